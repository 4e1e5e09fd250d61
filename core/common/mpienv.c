/* mpienv.c - Open MPI's variables: OMPI_COMM_WORLD_* say who we are, OMPI_MCA_* set parameters, PMIX_* and PRTE_*
 * belong to the launcher. */
#include "core/common/mpienv.h"

#include <mpi.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"

extern char **environ;

/* The btl for shared memory was renamed. */
#if OMPI_MAJOR_VERSION >= 5
#define SHARED_MEMORY_BTL "sm"
#else
#define SHARED_MEMORY_BTL "vader"
#endif

static bool number(const char *name, uint32_t *value)
{
	const char *text = getenv(name);

	if (text == NULL)
		return false;
	*value = (uint32_t)strtoul(text, NULL, 10);
	return true;
}

struct mpienv mpienv_get(void)
{
	struct mpienv env = { 0 };

	env.launched = number("OMPI_COMM_WORLD_RANK", &env.rank) && number("OMPI_COMM_WORLD_SIZE", &env.size);
	if (!env.launched)
		return (struct mpienv){ 0 };
	if (!number("OMPI_COMM_WORLD_LOCAL_SIZE", &env.local_size))
		env.local_size = env.size;
	return env;
}

static bool has_prefix(const char *variable, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* Prefixes of what a launcher (4.1.4, 5.0.7) sets for what it has started. mpirun passes the user's own parameters
 * on, and adds some of OMPI_MCA_ for its frameworks. */
static bool is_launchers(const char *variable)
{
	static const char *const prefixes[] = {
		"OMPI_COMM_WORLD_",
		"OMPI_UNIVERSE_",
		"OMPI_APP_",
		"OMPI_ARGV",
		"OMPI_COMMAND",
		"OMPI_FILE_LOCATION",
		"OMPI_FIRST_RANKS",
		"OMPI_LIBDIR_LOC",
		"OMPI_NUM_APP_CTX",
		"OMPI_TOOL_NAME",
		"OMPI_VERSION",
		"OMPI_WORLD_",
		"OMPI_MCA_PREFIXES",
		"OMPI_MCA_cpu_type",
		"OMPI_MCA_num_procs",
		"OMPI_MCA_mpi_oversubscribe",
		"OMPI_MCA_orte_",
		"OMPI_MCA_ess",
		"OMPI_MCA_pmix",
		"OMPI_MCA_plm",
		"OMPI_MCA_ras",
		"OMPI_MCA_shmem_",
		"OMPI_MCA_initial_wdir",
		"OMPI_MCA_mpi_yield",
		"OMPI_MCA_btl_vader_backing",
		"OMPI_MCA_btl_sm_backing",
		"OMPI_MCA_osc_sm_backing",
		"OPAL_USER_PARAMS_GIVEN",
		"PMIX_",
		"PMI_",
		"PRTE_",
		"ORTE_",
		"IPATH_NO_BACKTRACE",
		"HFI_NO_BACKTRACE",
	};
	static const char *const users[] = { "PMIX_MCA_", "PRTE_MCA_" };

	return has_prefix(variable, prefixes, sizeof(prefixes) / sizeof(*prefixes)) &&
	       !has_prefix(variable, users, sizeof(users) / sizeof(*users));
}

void mpienv_scrub(void)
{
	for (char **e = environ; *e != NULL;) {
		const char *equals = strchr(*e, '=');

		if (equals != NULL && is_launchers(*e)) {
			char *name = xstrndup(*e, (size_t)(equals - *e));

			unsetenv(name); /* moves the following ones up */
			free(name);
		} else {
			e++;
		}
	}
}

void mpienv_tune(bool fast, bool oversubscribed)
{
	if (fast && getenv("OMPI_MCA_pml") == NULL && getenv("OMPI_MCA_btl") == NULL) {
		setenv("OMPI_MCA_pml", "ob1", 1);
		setenv("OMPI_MCA_btl", "self," SHARED_MEMORY_BTL, 1);
	}
	if (oversubscribed)
		setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
	/* Its own handler of deadly signals would print into the test's output. */
	setenv("OMPI_MCA_opal_signal", "", 0);
}

void mpienv_set_backing_directory(const char *path)
{
	setenv("OMPI_MCA_btl_" SHARED_MEMORY_BTL "_backing_directory", path, 0);
	setenv("OMPI_MCA_osc_sm_backing_directory", path, 0);
}

void mpienv_set_session_directory(const char *path)
{
	static const char *const names[] = { "OMPI_MCA_orte_tmpdir_base", "PRTE_MCA_prte_tmpdir_base" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (path != NULL)
			setenv(names[i], path, 1);
		else
			unsetenv(names[i]);
}

void mpienv_job(char *name, size_t size)
{
	const char *job = getenv("PMIX_NAMESPACE");
	size_t n = 0;

	for (; job != NULL && *job != '\0' && n + 1 < size; job++)
		name[n++] = isalnum((unsigned char)*job) ? *job : '-';
	name[n] = '\0';
	if (n == 0)
		snprintf(name, size, "0");
}

void mpienv_permit(void)
{
	setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
	setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
	setenv("PRTE_ALLOW_RUN_AS_ROOT", "1", 1);
	setenv("PRTE_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
	setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 0);
	setenv("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe", 0);
}
