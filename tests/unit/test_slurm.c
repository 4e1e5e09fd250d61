/* test_slurm.c - what Slurm's variables say: as they were seen in salloc, in a batch script and in steps of 22.05.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/common/mpienv.h"
#include "core/common/slurm.h"

extern char **environ;

static int forget(void **state)
{
	(void)state;
	for (char **e = environ; *e != NULL;) {
		char name[64] = "";

		if (strncmp(*e, "SLURM", 5) != 0 && strncmp(*e, "OMPI_COMM", 9) != 0) {
			e++;
			continue;
		}
		strncpy(name, *e, sizeof(name) - 1);
		name[strcspn(name, "=")] = '\0';
		unsetenv(name);
	}
	return 0;
}

/* salloc -N2 -n3, on nodes of 2 CPUs. */
static void be_allocated(void)
{
	setenv("SLURM_JOB_ID", "4711", 1);
	setenv("SLURM_JOB_NUM_NODES", "2", 1);
	setenv("SLURM_JOB_CPUS_PER_NODE", "2(x2)", 1);
	setenv("SLURM_NTASKS", "3", 1);
}

static void be_in_step(const char *rank, const char *size, const char *nodes, const char *node)
{
	be_allocated();
	setenv("SLURMD_NODENAME", "node1", 1);
	setenv("SLURM_STEP_ID", "7", 1);
	setenv("SLURM_PROCID", rank, 1);
	setenv("SLURM_NTASKS", size, 1);
	setenv("SLURM_STEP_NUM_TASKS", size, 1);
	setenv("SLURM_STEP_TASKS_PER_NODE", nodes, 1);
	setenv("SLURM_NODEID", node, 1);
}

static void test_lists(void **state)
{
	static const struct {
		const char *list;
		uint32_t sum, entries[4];
	} cases[] = {
		{ "8", 8, { 8, 0, 0, 0 } },
		{ "2(x2)", 4, { 2, 2, 0, 0 } },
		{ "8(x2),4", 20, { 8, 8, 4, 0 } },
		{ "1,2,3", 6, { 1, 2, 3, 0 } },
		{ "", 0, { 0, 0, 0, 0 } },
		{ NULL, 0, { 0, 0, 0, 0 } },
		{ "many", 0, { 0, 0, 0, 0 } },
		{ "3(x", 3, { 3, 0, 0, 0 } },
		{ "999999999(x999999999)", 0, { 999999999, 999999999, 999999999, 999999999 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(slurm_sum(cases[i].list), cases[i].sum);
		for (uint32_t k = 0; k < 4; k++)
			assert_int_equal(slurm_entry(cases[i].list, k), cases[i].entries[k]);
	}
}

static void test_allocation(void **state)
{
	struct slurm_allocation a;

	(void)state;
	assert_false(slurm_allocation(&a));
	assert_false(slurm_is_elsewhere());
	be_allocated();
	assert_true(slurm_allocation(&a));
	assert_int_equal(a.nodes, 2);
	assert_int_equal(a.cpus, 4);
	assert_int_equal(a.tasks, 3);
	assert_int_equal(a.cpus_per_task, 1);
	assert_false(a.is_here);
	unsetenv("SLURM_NTASKS");
	setenv("SLURM_CPUS_PER_TASK", "2", 1);
	assert_true(slurm_allocation(&a));
	assert_int_equal(a.tasks, 4);
	assert_int_equal(a.cpus_per_task, 2);
}

static void test_nonsense(void **state)
{
	struct slurm_allocation a;
	struct slurm_step step;

	(void)state;
	setenv("SLURM_JOB_ID", "none", 1);
	assert_false(slurm_allocation(&a));
	setenv("SLURM_JOB_ID", "1", 1);
	setenv("SLURM_JOB_NUM_NODES", "-1", 1);
	setenv("SLURM_JOB_CPUS_PER_NODE", "a lot", 1);
	setenv("SLURM_NTASKS", "99999999999999999999", 1);
	assert_true(slurm_allocation(&a));
	assert_int_equal(a.nodes, 1);
	assert_int_equal(a.tasks, 1);
	be_in_step("4", "4", "4", "0");
	assert_false(slurm_step(&step));
}

/* Where srun is needed: other nodes, or this process is on none of them. */
static void test_elsewhere(void **state)
{
	char *path = strdup(getenv("PATH")), program[64] = "/tmp/ptpar-slurm-XXXXXX", file[80];

	(void)state;
	assert_non_null(mkdtemp(program));
	snprintf(file, sizeof(file), "%s/srun", program);
	assert_int_equal(symlink("/bin/true", file), 0);
	setenv("PATH", program, 1);
	be_allocated();
	assert_true(slurm_is_elsewhere());
	setenv("SLURMD_NODENAME", "node1", 1);
	assert_true(slurm_is_elsewhere());
	setenv("SLURM_JOB_NUM_NODES", "1", 1);
	assert_false(slurm_is_elsewhere());
	unsetenv("SLURMD_NODENAME");
	assert_true(slurm_is_elsewhere());
	unlink(file);
	assert_false(slurm_is_elsewhere());
	rmdir(program);
	setenv("PATH", path, 1);
	free(path);
}

static void test_step(void **state)
{
	struct slurm_step step;
	struct mpienv mpi;

	(void)state;
	be_allocated();
	setenv("SLURM_PROCID", "0", 1); /* as in a batch script */
	assert_false(slurm_step(&step));
	assert_false(slurm_is_in_step());
	assert_false(mpienv_get().launched);
	be_in_step("2", "3", "2,1", "1");
	assert_true(slurm_step(&step));
	assert_true(slurm_is_in_step());
	assert_int_equal(step.local_size, 1);
	mpi = mpienv_get();
	assert_true(mpi.launched);
	assert_int_equal(mpi.rank, 2);
	assert_int_equal(mpi.size, 3);
	assert_int_equal(mpi.local_size, 1);
}

/* `srun --pty bash` is no MPI job to run tests in; what mpirun has started in there is one. */
static void test_step_of_one(void **state)
{
	(void)state;
	be_in_step("0", "1", "1", "0");
	assert_false(mpienv_get().launched);
	assert_true(mpienv_of_step().launched);
	setenv("SLURM_STEP_ID", "4294967290", 1);
	assert_false(slurm_is_in_step());
	setenv("OMPI_COMM_WORLD_RANK", "1", 1);
	setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
	assert_int_equal(mpienv_get().size, 2);
}

static void check_unanswered(const char *said, const char *wanted)
{
	size_t n = strlen(said), length = 0;
	char *copy = malloc(n + 1); /* without a NUL behind: for the sanitizer */
	const char *line;

	assert_non_null(copy);
	memcpy(copy, said, n);
	line = slurm_unanswered(copy, n, &length);
	assert_int_equal(line != NULL, wanted != NULL);
	if (wanted != NULL) {
		assert_int_equal(length, strlen(wanted));
		assert_memory_equal(line, wanted, length);
	}
	free(copy);
}

/* As srun has said it: only where it has not started anything may it be tried again. */
static void test_unanswered(void **state)
{
	static const char AWAY[] = "srun: error: Unable to confirm allocation for job 4: Unable to contact slurm "
				   "controller (connect failure)";
	static const char SILENT[] =
		"srun: error: Unable to create step for job 5: Socket timed out on send/recv operation";
	char said[400];

	(void)state;
	check_unanswered(AWAY, AWAY);
	snprintf(said, sizeof(said), "srun: Job 5 step creation temporarily disabled, retrying\n%s\nmore", SILENT);
	check_unanswered(said, SILENT);
	snprintf(said, sizeof(said), "%s\n%s\n", SILENT, AWAY);
	check_unanswered(said, SILENT);
	check_unanswered("", NULL);
	check_unanswered("\n\n", NULL);
	check_unanswered("srun: error: Unable to confirm allocation for job 4: Invalid job id specified\n"
			 "srun: Check SLURM_JOB_ID environment variable. Expired or invalid job 4\n",
			 NULL);
	check_unanswered("srun: error: Unable to create step for job 5: More processors requested than permitted",
			 NULL);
	check_unanswered("srun: error: Task launch for StepId=5.0 failed on node node1: Socket timed out on "
			 "send/recv operation",
			 NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lists, forget),
		cmocka_unit_test_setup(test_allocation, forget),
		cmocka_unit_test_setup(test_nonsense, forget),
		cmocka_unit_test_setup(test_elsewhere, forget),
		cmocka_unit_test_setup(test_step, forget),
		cmocka_unit_test_setup(test_step_of_one, forget),
		cmocka_unit_test(test_unanswered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
