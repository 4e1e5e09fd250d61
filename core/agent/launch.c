/* launch.c - one function for each launcher. */
#include "core/agent/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sched.h>

#include "core/agent/agent.h"
#include "core/agent/launch_pmix.h"
#include "core/agent/launch_srun.h"
#include "core/agent/pmix_server.h"
#include "core/agent/program.h"
#include "core/agent/shared_memory.h"
#include "core/agent/srun_steps.h"
#include "core/agent/wrapper.h"
#include "core/common/alloc.h"
#include "core/common/cores.h"
#include "core/common/install.h"
#include "core/common/worker_env.h"

/* --- ranks that are children ------------------------------------------------------------------------------ */

/* Does its launcher not know that there are processes of others? */
static bool is_unaware(const struct wire_launch *m)
{
	return m->pool >= WIRE_FIRST_ISOLATED && m->launcher != LAUNCHER_SRUN;
}

/* Where it may run; false: where this process may. */
static bool choose_cores(const struct wire_launch *m, uint32_t rank, cpu_set_t *cpus)
{
	if (m->cores.n >= (rank + 1) * m->threads)
		return cores_of(m->cores.items + rank * m->threads, (uint32_t)m->threads, agent.mpi.launched, cpus);
	/* mpirun binds what it starts, this process included. The pool's launcher knows all of its processes, and
	 * so has Slurm: they bind well. But of isolated tests each mpiexec would take the first cores. */
	return agent.mpi.launched && (m->pool != agent.pool || is_unaware(m)) && cores_all(true, cpus);
}

static void set_threads(struct child *child, const struct wire_launch *m)
{
	if (m->threads > 1)
		child_set_number(child, "OMP_NUM_THREADS", (uint32_t)m->threads);
}

static void start_rank(const struct wire_launch *m, uint32_t rank, const char *const *env)
{
	struct child *child = agent_new_child(WIRE_WORKER, (uint32_t)m->pool, rank);
	cpu_set_t cpus;

	child->env = env;
	child->is_wrapped = wrapper_is_set(m);
	set_threads(child, m);
	if (choose_cores(m, rank, &cpus))
		child->cpus = &cpus;
	if (m->path != NULL)
		program_start(child, m);
	else
		agent_start_worker(child, m);
	child->env = NULL;
	child->cpus = NULL;
}

/* A program without MPI. */
static void by_fork(const struct wire_launch *m)
{
	mpienv_scrub();
	wire_put_launched(&agent.core->out, &(struct wire_launched){ .pool = m->pool });
	start_rank(m, 0, NULL);
}

/* This agent supervises a rank that a launcher has started. */
static void in_place(const struct wire_launch *m)
{
	if (m->cores.n == 0 && is_unaware(m))
		mpienv_tune(false, true);
	start_rank(m, agent.mpi.rank, NULL);
}

/* By a PMIx server of our own. Returns false with the reason if that is impossible here. */
static bool by_pmix(const struct wire_launch *m, struct ptpar_error *err)
{
	bool oversubscribed =
		m->cores.n == 0 && (m->pool >= WIRE_FIRST_ISOLATED || m->n > cores_usable(agent.mpi.launched));
	struct pmix_job *job =
		launch_pmix_open((uint32_t)m->pool, (uint32_t)m->n, oversubscribed, m->path == NULL, err);
	char **env;

	if (job == NULL)
		return false;
	wire_put_launched(&agent.core->out, &(struct wire_launched){ .pool = m->pool });
	for (uint32_t rank = 0; rank < m->n; rank++) {
		env = pmix_job_env(job, rank, err);
		if (env == NULL)
			wire_put_warning(&agent.core->out, &(struct wire_warning){ .text = err->text });
		start_rank(m, rank, (const char *const *)env);
		mpienv_free_list(env);
	}
	return true;
}

/* --- ranks that are started by others --------------------------------------------------------------------- */

/* By that command: each rank is an agent that supervises a worker, as under the user's mpirun, or a program. */
static void by_command(const struct wire_launch *m, char **argv, const char *const *env)
{
	struct child *launcher = agent_new_child(WIRE_LAUNCHER, (uint32_t)m->pool, 0);

	launcher->env = env;
	child_set_number(launcher, ENV_POOL, (uint32_t)m->pool);
	if (m->pool >= WIRE_FIRST_ISOLATED)
		child_set_number(launcher, ENV_WAIT, 1);
	set_threads(launcher, m);
	mpienv_scrub();
	shared_memory_announce((uint32_t)m->pool, m->launcher == LAUNCHER_SRUN);
	credentials_put_into_environment(&agent.credentials);
	agent_start_child(launcher, argv, agent.capture ? CAPTURE_MEMORY : CAPTURE_NO);
	unsetenv(ENV_TOKEN);
	shared_memory_announced();
	launcher->env = NULL;
}

static void by_mpiexec(const struct wire_launch *m)
{
	char n[16];
	char *argv[] = { "mpiexec", "-n", n, (char *)install_helper("ptpar-agent"), "--supervise", NULL };

	snprintf(n, sizeof(n), "%u", (unsigned)m->n);
	mpienv_permit();
	by_command(m, argv, NULL);
}

static void refuse(const struct wire_launch *m, int status, const char *why)
{
	wire_put_exited(&agent.core->out, &(struct wire_exited){ .role = WIRE_LAUNCHER,
								 .pool = m->pool,
								 .status = (uint64_t)status << 8,
								 .output = { why, strlen(why) } });
}

static void by_srun(const struct wire_launch *m)
{
	struct srun_command *command = xcalloc(1, sizeof(*command));
	struct ptpar_error err;

	if (srun_command_make(command, m, &err) == 0) {
		srun_steps_begin_take(command, m, by_command);
		return;
	}
	refuse(m, LAUNCHER_UNFIT, err.text);
	srun_command_free(command);
	free(command);
}

void launch(const struct wire_launch *m)
{
	struct ptpar_error err = { "" };

	if (agent.supervises && m->pool == agent.pool) {
		in_place(m);
		return;
	}
	if (m->launcher == LAUNCHER_AUTO || m->launcher == LAUNCHER_PMIX) {
		if (by_pmix(m, &err))
			return;
		if (m->launcher == LAUNCHER_PMIX) {
			refuse(m, 1, err.text);
			return;
		}
	}
	if (m->launcher == LAUNCHER_SRUN)
		by_srun(m);
	else if (m->n == 1 && m->needs_mpi == 0)
		by_fork(m);
	else
		by_mpiexec(m);
}
