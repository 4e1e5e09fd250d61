/* test_batch_slurm.c - the job script, and what sbatch, squeue and scancel say: as seen with 22.05. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "plugins/batch-slurm.h"

struct world {
	struct ptpar_batch_host host;
	struct ptpar_batch_request request;
	struct ptpar_batch_plan plan;
	const char *keys[8], *values[8];
	size_t n;
	void *state;
	char warning[256];
	struct ptpar_error err;
};

static const char *const join[] = { "/opt/pt par/agent", "--join", "it's", NULL };
static const char *const environment[] = { "PTPAR_ADDRESS", "PTPAR_TOKEN", NULL };

static const char *get_option(void *ctx, const char *key)
{
	struct world *w = ctx;

	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->keys[i], key) == 0)
			return w->values[i];
	return NULL;
}

static void warn(void *ctx, const char *text)
{
	struct world *w = ctx;

	snprintf(w->warning, sizeof(w->warning), "%s", text);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->host = (struct ptpar_batch_host){ sizeof(w->host), w, get_option, warn };
	w->request = (struct ptpar_batch_request){
		.size = sizeof(w->request), .processes = 6, .join = join, .environment = environment
	};
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	batch_slurm.close(w->state);
	free(w);
	return 0;
}

static void set(struct world *w, const char *key, const char *value)
{
	w->keys[w->n] = key;
	w->values[w->n++] = value;
}

static void open_it(struct world *w)
{
	assert_int_equal(batch_slurm.open(&w->host, &w->request, &w->plan, &w->state, &w->err), 0);
}

static void refuses(struct world *w, const char *key, const char *value, const char *text)
{
	w->n = 0;
	set(w, key, value);
	w->state = NULL;
	assert_true(batch_slurm.open(&w->host, &w->request, &w->plan, &w->state, &w->err) < 0);
	assert_null(w->state);
	if (strstr(w->err.text, text) == NULL)
		fail_msg("%s = %s: \"%s\" does not say \"%s\"", key, value, w->err.text, text);
}

static void submit(struct world *w)
{
	char job[64];

	assert_int_equal(batch_slurm.submitted(w->state, 0, "4711\n", job, sizeof(job), &w->err), 0);
	assert_string_equal(job, "4711");
}

static void is_command(const char *const *argv, const char *wanted)
{
	char line[512] = "";

	for (; *argv != NULL; argv++) {
		strcat(line, *argv);
		strcat(line, argv[1] != NULL ? " " : "");
	}
	assert_string_equal(line, wanted);
}

static struct ptpar_batch_status poll_says(struct world *w, int status, const char *output)
{
	struct ptpar_batch_status answer;

	batch_slurm.polled(w->state, status, output, &answer);
	return answer;
}

static void options_of_ptpars_own(void **state)
{
	struct world *w = *state;

	refuses(w, "options", "-n 4", "-n is not for here");
	refuses(w, "options", "-n4", "-n4 is not for here");
	refuses(w, "options", "--qos=q --ntasks=4", "--ntasks=4 is not for here");
	refuses(w, "options", "\t--ntasks 4", "--ntasks is not for here");
	refuses(w, "options", "--array=1-3", "one job for all tests");
	refuses(w, "options", "--export=NONE", "--no-slurm-export-env");
	refuses(w, "options", "--time=1\n--qos=q", "one line");
	refuses(w, "reuse", "perhaps", "reuse = perhaps: it is yes or no");
	refuses(w, "export-env", "on", "export-env = on: it is yes or no");
}

/* So the configuration's is taken back, to have a header in its place once. */
static void an_empty_option_is_none(void **state)
{
	struct world *w = *state;

	set(w, "options", "");
	set(w, "srun-options", "");
	set(w, "file", "");
	open_it(w);
	assert_null(strstr(batch_slurm.script(w->state), "PTPAR_SRUN_OPTIONS"));
}

static void options_that_only_look_so(void **state)
{
	struct world *w = *state;

	set(w, "options", "--ntasks-per-node=2 --nodes=1 --comment='-n 4' --job-name=\"a -n4\"");
	open_it(w);
	assert_non_null(strstr(batch_slurm.script(w->state),
			       "\n#SBATCH --ntasks-per-node=2 --nodes=1 --comment='-n 4' --job-name=\"a -n4\"\n"));
}

static void script_joins(void **state)
{
	struct world *w = *state;
	const char *script, *init, *end;

	set(w, "init-cmds", "module load mpi");
	set(w, "srun-options", "--mem=$MEM");
	open_it(w);
	assert_string_equal(w->plan.launcher, "srun");
	script = batch_slurm.script(w->state);
	assert_memory_equal(script, "#!/bin/bash\n#SBATCH --job-name=ptpar\n", 37);
	assert_non_null(strstr(script, "\n#SBATCH --output=\"/dev/null\"\n"));
	assert_non_null(strstr(script, "exec '/opt/pt par/agent' '--join' 'it'\\''s' \"$ptpar_said\" \"$@\"\n"));
	init = strstr(script, "\nmodule load mpi\n");
	end = strstr(script, "\nptpar_join\n");
	assert_true(init != NULL && end != NULL && init < end && end[12] == '\0');
	assert_non_null(strstr(script, "PTPAR_SRUN_OPTIONS=$(printf '%s\\n' --mem=$MEM)\n"));
}

static void script_stands_alone(void **state)
{
	struct world *w = *state;
	const char *script;

	set(w, "init-cmds", "module load mpi");
	w->request.output = "/home/a b/50%/job.out";
	open_it(w);
	script = batch_slurm.script(w->state);
	assert_non_null(strstr(script, "\n#SBATCH --output=\"/home/a b/50%%/job.out\"\n"));
	assert_non_null(strstr(script, "\nmodule load mpi\nexec '/opt/pt par/agent' '--join' 'it'\\''s'\n"));
	assert_null(strstr(script, "ptpar_said"));
}

static void header_of_ones_own(void **state)
{
	struct world *w = *state;
	char name[] = "/tmp/ptpar-test-XXXXXX";
	int fd = mkstemp(name);
	const char *script;

	assert_int_equal(dprintf(fd, "#!/bin/sh -e\n#SBATCH --qos=q"), 28);
	close(fd);
	set(w, "file", name);
	open_it(w);
	unlink(name);
	script = batch_slurm.script(w->state);
	/* Ours first: of two, Slurm takes the last. */
	assert_memory_equal(script, "#!/bin/sh -e\n#SBATCH --job-name=ptpar\n", 38);
	assert_non_null(strstr(script, "\n#SBATCH --qos=q\n"));
}

static void bad_headers(void **state)
{
	struct world *w = *state;
	char name[] = "/tmp/ptpar-test-XXXXXX";
	int fd = mkstemp(name);

	refuses(w, "file", "/nowhere/at/all", "file /nowhere/at/all cannot be read: No such file");
	refuses(w, "file", name, "begin it with #!");
	assert_int_equal(write(fd, "#!/bin/sh\n\0", 11), 11);
	refuses(w, "file", name, "zero bytes");
	assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
	refuses(w, "file", name, "more than a MiB");
	close(fd);
	unlink(name);
	refuses(w, "file", "/dev", "");
}

static void forget_jobs(void)
{
	char name[128];

	for (size_t i = 0; environ[i] != NULL;) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(environ[i], "="), environ[i]);
		if (strncmp(name, "SLURM_", 6) != 0)
			i++;
		else
			unsetenv(name); /* the next one is at its place */
	}
}

static void submitting(void **state)
{
	struct world *w = *state;

	forget_jobs();
	set(w, "reuse", "yes");
	open_it(w);
	assert_int_equal(w->plan.flags, 0);
	is_command(batch_slurm.submit(w->state), "sbatch --parsable --ntasks=6 --export=ALL");
	submit(w);
	is_command(batch_slurm.poll(w->state), "squeue --noheader --states=all --format=%T|%r --jobs=4711");
	is_command(batch_slurm.cancel(w->state), "scancel 4711");
}

/* From within another job: what is said of that one is not for the new one. */
static void submitting_from_a_job(void **state)
{
	struct world *w = *state;

	forget_jobs();
	setenv("SLURM_CONF", "here", 1);
	setenv("SLURM_CPU_BIND", "mask_cpu:0x1", 1);
	open_it(w);
	is_command(batch_slurm.submit(w->state), "sbatch --parsable --ntasks=6 --export=ALL");
	setenv("SLURM_JOB_ID", "7", 1);
	is_command(batch_slurm.submit(w->state), "env -u SLURM_CPU_BIND -u SLURM_JOB_ID "
						 "sbatch --parsable --ntasks=6 --export=ALL");
	forget_jobs();
}

static void submitting_without_environment(void **state)
{
	struct world *w = *state;

	set(w, "export-env", "no");
	open_it(w);
	is_command(batch_slurm.submit(w->state), "sbatch --parsable --ntasks=6 --export=PTPAR_ADDRESS,PTPAR_TOKEN");
}

static void submitted_elsewhere(void **state)
{
	struct world *w = *state;
	char job[64];

	open_it(w);
	assert_int_equal(
		batch_slurm.submitted(w->state, 0, "sbatch: warning: be good\n12;far\n", job, sizeof(job), &w->err),
		0);
	assert_string_equal(job, "12@far");
	assert_string_equal(w->warning, "sbatch: warning: be good");
	is_command(batch_slurm.cancel(w->state), "scancel 12 --clusters=far");
}

static void adopting(void **state)
{
	struct world *w = *state;

	open_it(w);
	batch_slurm.adopt(w->state, "12@far");
	is_command(batch_slurm.cancel(w->state), "scancel 12 --clusters=far");
	batch_slurm.adopt(w->state, "13");
	is_command(batch_slurm.cancel(w->state), "scancel 13");
}

static void refused_by_slurm(void **state)
{
	struct world *w = *state;
	char job[64];

	open_it(w);
	assert_true(
		batch_slurm.submitted(w->state, 1 << 8,
				      "sbatch: error: invalid partition specified: moon\nsbatch: error: Batch job "
				      "submission failed: Invalid partition name specified\n",
				      job, sizeof(job), &w->err) < 0);
	assert_string_equal(w->err.text,
			    "Slurm takes no such job: sbatch: error: invalid partition specified: moon; "
			    "sbatch: error: Batch job submission failed: Invalid partition name "
			    "specified");
	assert_true(batch_slurm.submitted(w->state, 127 << 8, "cannot start sbatch: why", job, sizeof(job),
					  &w->err) < 0);
	assert_string_equal(w->err.text,
			    "cannot start sbatch: why: is this a machine from which jobs are submitted?");
	assert_true(batch_slurm.submitted(w->state, 0, "hello\n", job, sizeof(job), &w->err) < 0);
	assert_string_equal(w->err.text, "sbatch has not said the number of the job, but: hello");
	assert_true(batch_slurm.submitted(w->state, 9, "", job, sizeof(job), &w->err) < 0);
	assert_string_equal(w->err.text, "Slurm takes no such job: nothing");
}

static void states(void **state)
{
	static const struct {
		const char *output;
		enum ptpar_batch_state state;
		const char *reason;
	} cases[] = {
		{ "PENDING|Resources\n", PTPAR_BATCH_PENDING, "Resources" },
		{ "PENDING|None\n", PTPAR_BATCH_PENDING, "" },
		{ "CONFIGURING|None\n", PTPAR_BATCH_PENDING, "CONFIGURING" },
		{ "RUNNING|None\n", PTPAR_BATCH_RUNNING, "RUNNING" },
		{ "SUSPENDED|None\n", PTPAR_BATCH_RUNNING, "SUSPENDED" },
		{ "COMPLETING|None\n", PTPAR_BATCH_ENDING, "COMPLETING" },
		{ "COMPLETING|TimeLimit\n", PTPAR_BATCH_TIMED_OUT, "COMPLETING (TimeLimit)" },
		{ "COMPLETED|None\n", PTPAR_BATCH_ENDED, "COMPLETED" },
		{ "FAILED|NonZeroExitCode\n", PTPAR_BATCH_ENDED, "FAILED (NonZeroExitCode)" },
		{ "CANCELLED|None\n", PTPAR_BATCH_KILLED, "CANCELLED" },
		{ "NODE_FAIL|NodeDown\n", PTPAR_BATCH_KILLED, "NODE_FAIL (NodeDown)" },
		{ "PREEMPTED|None\n", PTPAR_BATCH_KILLED, "PREEMPTED" },
		{ "OUT_OF_MEMORY|OutOfMemory\n", PTPAR_BATCH_KILLED, "OUT_OF_MEMORY (OutOfMemory)" },
		{ "BOOT_FAIL|None\n", PTPAR_BATCH_KILLED, "BOOT_FAIL" },
		{ "TIMEOUT|TimeLimit\n", PTPAR_BATCH_TIMED_OUT, "TIMEOUT (TimeLimit)" },
		{ "DEADLINE|None\n", PTPAR_BATCH_TIMED_OUT, "DEADLINE" },
		{ "squeue: warning: x\nRUNNING|None\n", PTPAR_BATCH_RUNNING, "RUNNING" },
		{ "CLUSTER: far\nCOMPLETED|None\n", PTPAR_BATCH_ENDED, "COMPLETED" },
		/* Nothing is not the end. */
		{ "", PTPAR_BATCH_UNKNOWN, "" },
		{ "RUNNING", PTPAR_BATCH_UNKNOWN, "" },
		{ "gibberish|\n", PTPAR_BATCH_UNKNOWN, "" },
	};
	struct world *w = *state;

	open_it(w);
	submit(w);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ptpar_batch_status answer = poll_says(w, 0, cases[i].output);

		if (answer.state != cases[i].state)
			fail_msg("%s: state %d", cases[i].output, (int)answer.state);
		assert_string_equal(answer.reason, cases[i].reason);
	}
}

static void nobody_answers(void **state)
{
	struct world *w = *state;
	struct ptpar_batch_status answer;

	open_it(w);
	submit(w);
	answer = poll_says(w, 1 << 8,
			   "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n");
	assert_int_equal(answer.state, PTPAR_BATCH_UNKNOWN);
	assert_string_equal(answer.reason,
			    "slurm_load_jobs error: Unable to contact slurm controller (connect failure)");
	answer = poll_says(w, 9, "");
	assert_int_equal(answer.state, PTPAR_BATCH_UNKNOWN);
	/* That is an answer: it has ended long ago. */
	answer = poll_says(w, 1 << 8, "slurm_load_jobs error: Invalid job id specified\n");
	assert_int_equal(answer.state, PTPAR_BATCH_ENDED);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(options_of_ptpars_own),
		TEST(an_empty_option_is_none),
		TEST(options_that_only_look_so),
		TEST(script_joins),
		TEST(script_stands_alone),
		TEST(header_of_ones_own),
		TEST(bad_headers),
		TEST(submitting),
		TEST(submitting_from_a_job),
		TEST(submitting_without_environment),
		TEST(submitted_elsewhere),
		TEST(adopting),
		TEST(refused_by_slurm),
		TEST(states),
		TEST(nobody_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
