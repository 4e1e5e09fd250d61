/* test_mpienv.c - what a launcher has set goes, for Open MPI 4 and 5; what the user has set stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/common/mpienv.h"

static void set_all(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(setenv(names[i], "1", 1), 0);
}

static void unset_all(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		unsetenv(names[i]);
}

static void test_scrub(void **state)
{
	static const char *const launchers[] = {
		/* both */
		"OMPI_COMM_WORLD_RANK", "OMPI_UNIVERSE_SIZE", "OMPI_MCA_initial_wdir", "PMIX_RANK",
		"PMIX_NAMESPACE",
		/* 4.1.4 */
		"OMPI_MCA_orte_hnp_uri", "OMPI_MCA_ess_base_jobid", "OMPI_MCA_mpi_oversubscribe", "PMIX_ID",
		/* 5.0.7 */
		"OMPI_MCA_num_procs", "OMPI_MCA_PREFIXES", "OMPI_TOOL_NAME", "OMPI_VERSION",
		"OMPI_WORLD_LOCAL_SIZE", "OPAL_USER_PARAMS_GIVEN", "PRTE_LAUNCHED",
		/* hydra */
		"PMI_RANK", "PMI_FD", "HYDI_CONTROL_FD", "MPI_LOCALRANKID"
	};
	static const char *const users[] = { "OMPI_MCA_btl", "OMPI_ALLOW_RUN_AS_ROOT", "PMIX_MCA_gds",
					     "PRTE_MCA_rmaps_default_mapping_policy", "OMPI_CC" };
	const size_t n_launchers = sizeof(launchers) / sizeof(*launchers), n_users = sizeof(users) / sizeof(*users);

	(void)state;
	set_all(launchers, n_launchers);
	set_all(users, n_users);
	mpienv_scrub();
	for (size_t i = 0; i < n_launchers; i++)
		if (getenv(launchers[i]) != NULL)
			fail_msg("%s is still there", launchers[i]);
	for (size_t i = 0; i < n_users; i++)
		if (getenv(users[i]) == NULL)
			fail_msg("%s is gone", users[i]);
	unset_all(users, n_users);
}

static void test_rank(void **state)
{
	(void)state;
	mpienv_scrub();
	assert_false(mpienv_get().launched);
	setenv("OMPI_COMM_WORLD_RANK", "2", 1);
	assert_false(mpienv_get().launched);
	setenv("OMPI_COMM_WORLD_SIZE", "3", 1);
	assert_true(mpienv_get().launched);
	assert_int_equal(mpienv_get().rank, 2);
	assert_int_equal(mpienv_get().local_size, 3);
	mpienv_scrub();
}

/* MPICH's and Intel's. */
static void test_rank_of_hydra(void **state)
{
	(void)state;
	mpienv_scrub();
	setenv("PMI_RANK", "2", 1);
	setenv("PMI_SIZE", "3", 1);
	assert_false(mpienv_get().launched);
	setenv("MPI_LOCALNRANKS", "1", 1);
	assert_true(mpienv_get().launched);
	assert_int_equal(mpienv_get().rank, 2);
	assert_int_equal(mpienv_get().size, 3);
	assert_int_equal(mpienv_get().local_size, 1);
	mpienv_scrub();
	assert_false(mpienv_get().launched);
}

/* --- ranks that are started without mpirun ------------------------------------------------------------------- */

static char *const argv_of_program[] = { "bin/program", "an", "argument", NULL };
static const struct mpienv_launch a_launch = {
	.np = 3, .argv = argv_of_program, .shared_memory = "/shm", .session = "/session", .topology = "/topology"
};

/* The value in the list; NULL if there is none. There is none twice. */
static const char *value_of(char **env, const char *name)
{
	const size_t n = strlen(name);
	const char *value = NULL;

	for (size_t i = 0; env[i] != NULL; i++)
		if (strncmp(env[i], name, n) == 0 && env[i][n] == '=') {
			assert_null(value);
			value = env[i] + n + 1;
		}
	return value;
}

static char **launch_env(const struct mpienv_launch *launch, uint32_t rank)
{
	char **env = NULL;

	mpienv_launch(&env, launch, rank);
	assert_non_null(env);
	return env;
}

static void test_launch_rank(void **state)
{
	char **env = launch_env(&a_launch, 2);

	(void)state;
	assert_string_equal(value_of(env, "OMPI_COMM_WORLD_RANK"), "2");
	assert_string_equal(value_of(env, "OMPI_COMM_WORLD_LOCAL_RANK"), "2");
	assert_string_equal(value_of(env, "OMPI_COMM_WORLD_SIZE"), "3");
	assert_string_equal(value_of(env, "OMPI_UNIVERSE_SIZE"), "3");
	assert_non_null(strstr(value_of(env, "OMPI_COMMAND"), "program"));
	assert_string_equal(value_of(env, "OMPI_ARGV"), "an argument");
	assert_string_equal(value_of(env, "HWLOC_XMLFILE"), "/topology");
	assert_null(value_of(env, "OMPI_MCA_pml"));
	assert_null(value_of(env, "OMPI_MCA_mpi_yield_when_idle"));
	assert_null(value_of(env, "OMPI_MCA_opal_signal"));
	mpienv_free_list(env);
}

/* What is in the list already is replaced. */
static void test_launch_replaces(void **state)
{
	char **env = launch_env(&a_launch, 1);

	(void)state;
	mpienv_launch(&env, &a_launch, 2);
	assert_string_equal(value_of(env, "OMPI_COMM_WORLD_RANK"), "2");
	mpienv_free_list(env);
}

static void test_launch_options(void **state)
{
	struct mpienv_launch launch = a_launch;
	char **env;

	(void)state;
	launch.fast = launch.oversubscribed = launch.own_handler = true;
	env = launch_env(&launch, 0);
	assert_string_equal(value_of(env, "OMPI_MCA_pml"), "ob1");
	assert_non_null(value_of(env, "OMPI_MCA_btl"));
	assert_string_equal(value_of(env, "OMPI_MCA_mpi_yield_when_idle"), "1");
	assert_string_equal(value_of(env, "OMPI_MCA_opal_signal"), "");
	mpienv_free_list(env);
}

/* What the user has set is not in the list, which would hold. */
static void test_launch_users(void **state)
{
	static const char *const users[] = { "OMPI_MCA_btl", "OMPI_MCA_coll_tuned_priority", "HWLOC_SYNTHETIC",
					     "PMIX_MCA_gds", "OMPI_MCA_mpi_yield_when_idle" };
	static const char *const left_alone[] = { "OMPI_MCA_btl",      "OMPI_MCA_pml",
						  "OMPI_MCA_coll",     "HWLOC_XMLFILE",
						  "PMIX_MCA_gds",      "OMPI_MCA_mpi_yield_when_idle",
						  "HWLOC_PLUGINS_PATH" };
	struct mpienv_launch launch = a_launch;
	char **env;

	(void)state;
	launch.fast = launch.oversubscribed = true;
	set_all(users, sizeof(users) / sizeof(*users));
	env = launch_env(&launch, 0);
	for (size_t i = 0; i < sizeof(left_alone) / sizeof(*left_alone); i++)
		if (value_of(env, left_alone[i]) != NULL)
			fail_msg("%s=%s", left_alone[i], value_of(env, left_alone[i]));
	mpienv_free_list(env);
	unset_all(users, sizeof(users) / sizeof(*users));
}

/* A rank that starts ptpar or mpirun itself: what was set for it goes. */
static void test_launch_scrub(void **state)
{
	static const char *const names[] = { "OMPI_MCA_ess", "OMPI_MCA_schizo", "OMPI_MCA_state", "OMPI_MCA_errmgr",
					     "OMPI_COMM_WORLD_RANK" };
	const size_t n_names = sizeof(names) / sizeof(*names);
	struct mpienv_launch launch = a_launch;
	char **env;

	(void)state;
	launch.fast = true;
	env = launch_env(&launch, 0);
	for (size_t i = 0; i < n_names; i++)
		if (value_of(env, names[i]) != NULL)
			setenv(names[i], value_of(env, names[i]), 1);
	mpienv_free_list(env);
	mpienv_scrub();
	for (size_t i = 0; i < n_names; i++)
		if (getenv(names[i]) != NULL)
			fail_msg("%s is still there", names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scrub),           cmocka_unit_test(test_rank),
		cmocka_unit_test(test_rank_of_hydra),   cmocka_unit_test(test_launch_rank),
		cmocka_unit_test(test_launch_replaces), cmocka_unit_test(test_launch_options),
		cmocka_unit_test(test_launch_users),    cmocka_unit_test(test_launch_scrub)
	};

	return cmocka_run_group_tests_name("mpienv", tests, NULL, NULL);
}
