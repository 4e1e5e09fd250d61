/* mpienv.c - Open MPI's variables: OMPI_COMM_WORLD_* say who we are, OMPI_MCA_* set parameters, PMIX_* and PRTE_*
 * belong to the launcher. */
#include "core/common/mpienv.h"

#include <mpi.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/slurm.h"

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

struct mpienv mpienv_of_step(void)
{
	struct slurm_step step;

	if (!slurm_step(&step))
		return (struct mpienv){ 0 };
	return (struct mpienv){
		.launched = true, .rank = step.rank, .size = step.size, .local_size = step.local_size
	};
}

/* Hydra, the mpiexec of MPICH and Intel MPI. (Others set PMI_RANK as well.) */
static bool get_of_hydra(struct mpienv *env)
{
	return number("PMI_RANK", &env->rank) && number("PMI_SIZE", &env->size) &&
	       number("MPI_LOCALNRANKS", &env->local_size);
}

struct mpienv mpienv_get(void)
{
	struct mpienv env = { 0 };

	env.launched = get_of_hydra(&env);
	if (env.launched)
		return env;

	env.launched = number("OMPI_COMM_WORLD_RANK", &env.rank) && number("OMPI_COMM_WORLD_SIZE", &env.size);
	if (!env.launched) {
		env = mpienv_of_step();
		return env.size > 1 ? env : (struct mpienv){ 0 };
	}
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

/* Prefixes of what a launcher (Open MPI 4.1.4, 5.0.7, hydra 4.0.2) sets for what it has started. mpirun passes the
 * user's own parameters on, and adds some of OMPI_MCA_ for its frameworks. */
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
		"OMPI_MCA_schizo=^orte",
		"OMPI_MCA_state=app",
		"OMPI_MCA_errmgr=default_app",
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
		"HYDI_",
		"MPI_LOCALRANKID",
		"MPI_LOCALNRANKS",
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

/* --- ranks that are started without mpirun ------------------------------------------------------------------- */

/* Takes the text. */
static void set_take(char ***env, const char *name, char *value)
{
	char *variable = xasprintf("%s=%s", name, value);
	size_t n = 0;

	free(value);
	for (; *env != NULL && (*env)[n] != NULL; n++)
		if (strncmp((*env)[n], variable, strlen(name) + 1) == 0) {
			free((*env)[n]);
			(*env)[n] = variable;
			return;
		}
	*env = xreallocarray(*env, n + 2, sizeof(**env));
	(*env)[n] = variable;
	(*env)[n + 1] = NULL;
}

static void set(char ***env, const char *name, const char *value)
{
	set_take(env, name, xstrdup(value));
}

static void set_number(char ***env, const char *name, uint32_t value)
{
	set_take(env, name, xasprintf("%u", (unsigned)value));
}

/* Has the user set it himself, or something whose name goes on behind it? */
static bool is_chosen(const char *name, bool or_longer)
{
	size_t n = strlen(name);

	for (char **e = environ; *e != NULL; e++)
		if (strncmp(*e, name, n) == 0 && ((*e)[n] == '=' || or_longer))
			return true;
	return false;
}

static void suggest(char ***env, const char *name, const char *value)
{
	if (!is_chosen(name, false))
		set(env, name, value);
}

/* What programs read to know who they are. */
static void set_rank(char ***env, const struct mpienv_launch *launch, uint32_t rank)
{
	static const char *const sizes[] = { "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE",
					     "OMPI_UNIVERSE_SIZE" };
	static const char *const ranks[] = { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK",
					     "OMPI_COMM_WORLD_NODE_RANK" };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		set_number(env, sizes[i], launch->np);
	for (size_t i = 0; i < sizeof(ranks) / sizeof(*ranks); i++)
		set_number(env, ranks[i], rank);
	set_number(env, "OMPI_NUM_APP_CTX", 1);
#if OMPI_MAJOR_VERSION < 5
	set_number(env, "OMPI_APP_CTX_NUM_PROCS", launch->np);
	set_number(env, "OMPI_FIRST_RANKS", 0);
	set_take(env, "OMPI_FILE_LOCATION", xasprintf("%s/%u", launch->session, (unsigned)rank));
#endif
}

/* Of these Open MPI makes MPI_INFO_ENV. */
static void set_command(char ***env, char *const *argv)
{
	const char *command = argv[0];
	char *rest = xstrdup(""), *longer;

#if OMPI_MAJOR_VERSION < 5
	if (strrchr(command, '/') != NULL)
		command = strrchr(command, '/') + 1;
#endif
	set(env, "OMPI_COMMAND", command);
	for (size_t i = 1; argv[i] != NULL; i++) {
		longer = xasprintf("%s%s%s", rest, i > 1 ? " " : "", argv[i]);
		free(rest);
		rest = longer;
	}
	set_take(env, "OMPI_ARGV", rest);
}

/* Without the first two, Open MPI 4 takes each rank for a job of its own of size 1 (by itself, or because of the
 * variables of a batch script of Slurm). Open MPI 5 needs none. */
static void set_launched(char ***env)
{
#if OMPI_MAJOR_VERSION < 5
	set(env, "OMPI_MCA_ess", "pmi");
	set(env, "OMPI_MCA_schizo", "^orte,slurm");
#endif
	/* As mpirun does: no backtraces by the drivers of networks. */
	suggest(env, "IPATH_NO_BACKTRACE", "1");
	suggest(env, "HFI_NO_BACKTRACE", "1");
}

/* What hwloc would find out about the machine, and look for in plugins, each time anew. */
static void suggest_topology(char ***env, const char *topology)
{
	if (is_chosen("HWLOC_", true))
		return;
	set(env, "HWLOC_XMLFILE", topology);
	set(env, "HWLOC_THISSYSTEM", "1");
	set(env, "HWLOC_PLUGINS_PATH", topology); /* not a directory: there are none */
}

/* Only what Open MPI 4.1 would take by itself: looking at the others costs 8 % of a start. */
static void suggest_components(char ***env)
{
#if OMPI_MAJOR_VERSION < 5
	if (!is_chosen("OMPI_MCA_coll", true))
		set(env, "OMPI_MCA_coll", "basic,inter,libnbc,self,tuned");
	suggest(env, "OMPI_MCA_state", "app");
	suggest(env, "OMPI_MCA_errmgr", "default_app");
#else
	(void)env;
#endif
}

static void suggest_tuning(char ***env, const struct mpienv_launch *launch)
{
	suggest(env, "PMIX_MCA_gds", "hash");
	suggest(env, "OMPI_MCA_btl_" SHARED_MEMORY_BTL "_backing_directory", launch->shared_memory);
	suggest(env, "OMPI_MCA_osc_sm_backing_directory", launch->shared_memory);
	suggest(env, "OMPI_MCA_shmem_RUNTIME_QUERY_hint", "mmap");
	if (launch->oversubscribed)
		suggest(env, "OMPI_MCA_mpi_yield_when_idle", "1");
	if (launch->own_handler)
		set(env, "OMPI_MCA_opal_signal", "");
	if (launch->fast && !is_chosen("OMPI_MCA_pml", false) && !is_chosen("OMPI_MCA_btl", false)) {
		set(env, "OMPI_MCA_pml", "ob1");
		set(env, "OMPI_MCA_btl", "self," SHARED_MEMORY_BTL);
	}
	if (launch->fast)
		suggest_components(env);
}

void mpienv_launch(char ***env, const struct mpienv_launch *launch, uint32_t rank)
{
	set_rank(env, launch, rank);
	if (launch->argv != NULL)
		set_command(env, launch->argv);
	set_launched(env);
	suggest_topology(env, launch->topology);
	suggest_tuning(env, launch);
}

void mpienv_free_list(char **env)
{
	for (size_t i = 0; env != NULL && env[i] != NULL; i++)
		free(env[i]);
	free(env);
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

/* PMIX_SERVER_URI2, _URI3, _URI41, …, one for each version of the protocol:
 * "pmix-server.4711;tcp4://127.0.0.1:12345" */
static const char SERVER[] = "PMIX_SERVER_URI", PROTOCOL[] = ";tcp4://";

bool mpienv_slurm_server(char *ip, size_t size, unsigned *port)
{
	const char *job = getenv("PMIX_NAMESPACE"), *uri;
	size_t n;

	if (job == NULL || strncmp(job, "slurm.", 6) != 0)
		return false;
	for (char **e = environ; *e != NULL; e++) {
		uri = strncmp(*e, SERVER, strlen(SERVER)) == 0 ? strstr(*e, PROTOCOL) : NULL;
		if (uri == NULL)
			continue;
		uri += strlen(PROTOCOL);
		n = strcspn(uri, ":");
		if (n < size && sscanf(uri + n, ":%5u", port) == 1) {
			snprintf(ip, size, "%.*s", (int)n, uri);
			return true;
		}
	}
	return false;
}

void mpienv_set_slurm_server(const char *ip, unsigned port)
{
	for (char **e = environ; *e != NULL; e++) {
		const char *uri = strncmp(*e, SERVER, strlen(SERVER)) == 0 ? strstr(*e, PROTOCOL) : NULL;

		if (uri != NULL) /* the string stays where it is as long as this process lives */
			*e = xasprintf("%.*s%s%s:%u", (int)(uri - *e), *e, PROTOCOL, ip, port);
	}
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
