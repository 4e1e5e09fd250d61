/* test_mpienv.c - what a launcher has set goes, for Open MPI 4 and 5; what the user has set stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/common/mpienv.h"

static void set_all(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(setenv(names[i], "1", 1), 0);
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
		"OMPI_WORLD_LOCAL_SIZE", "OPAL_USER_PARAMS_GIVEN", "PRTE_LAUNCHED"
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
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_scrub), cmocka_unit_test(test_rank) };

	return cmocka_run_group_tests_name("mpienv", tests, NULL, NULL);
}
