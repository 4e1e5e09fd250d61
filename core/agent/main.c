/* main.c - ptpar-agent: starts processes for the core, watches them, ends them.
 *
 *   ptpar-agent               beside the core: collects, launches pools
 *   ptpar-agent --join FILE [STATUS]   in a batch job: launches in place of the one beside the core, see join.h
 *   ptpar-agent --supervise   beside a rank: what mpirun (or a launcher of ours) has started as a rank becomes
 * this, and the MPI rank is its child, whose death the MPI job does not notice both                      beside
 * rank 0 when the core itself was started by mpirun
 *
 * An agent that does not know where the core is learns it from its worker, who was told by MPI.
 * It ends when the core says so or is gone, and ends all that it has started first.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uv.h>

#include "core/agent/agent.h"
#include "core/agent/join.h"
#include "core/agent/launch.h"
#include "core/agent/launch_pmix.h"
#include "core/agent/look.h"
#include "core/agent/pmix_relay.h"
#include "core/agent/program.h"
#include "core/agent/shared_memory.h"
#include "core/agent/srun_steps.h"
#include "core/agent/wrapper.h"
#include "core/common/alloc.h"
#include "core/common/cores.h"
#include "core/common/error.h"
#include "core/common/install.h"
#include "core/common/orphans.h"
#include "core/common/remains.h"
#include "core/common/slurm.h"
#include "core/common/sources.h"
#include "core/common/worker_env.h"

/* Of what a process printed, so much is told when it has ended, bytes. */
enum { OUTPUT_LIMIT = 1 << 20 };

/* Between the ends of two processes of a job step that Slurm kills, ms at most. */
enum { DOUBT_MS = 300 };

struct agent agent;

/* Ends all children and then the agent. SIGKILL: their state is of no use to anybody any more. A launcher ends by
 * itself when its ranks' agents do, who leave at the same time, and clears up what it has made; a command may be
 * the one that cancels a job. */
static void leave(void)
{
	agent.leaving = true;
	for (struct child *c = agent.children; c != NULL; c = c->next)
		if (c->role != WIRE_LAUNCHER && c->role != WIRE_COMMAND)
			child_signal(c, SIGKILL);
	if (agent.core != NULL)
		channel_close(agent.core);
	agent.core = NULL;
	uv_stop(&agent.loop);
}

/* --- children -------------------------------------------------------------------------------------------- */

static void tell_end(struct child *child)
{
	struct buffer output = { 0 };
	struct wire_exited m = {
		.role = child->role, .pool = child->pool, .rank = child->rank, .status = (uint64_t)child->status
	};

	if (child->role == WIRE_LAUNCHER)
		shared_memory_remove(child->pool);
	if (child->program != NULL && agent.core != NULL && !agent.leaving) {
		program_ended(child);
		child_kill_orphans(agent.children);
		return;
	}
	child_output(child, OUTPUT_LIMIT, &output);
	child_kill_orphans(agent.children);
	if (agent.leaving || child->role == WIRE_DEBUGGER ||
	    (child->role == WIRE_LAUNCHER && srun_steps_ended(child, &output)))
		goto out;
	if (child->role == WIRE_COMMAND) {
		wire_put_answer(&agent.core->out, &(struct wire_answer){ .id = child->rank,
									 .status = (uint64_t)child->status,
									 .output = { output.data, output.len } });
		goto out;
	}
	if (agent.core == NULL) {
		/* The job cannot start without this rank: say what is known, and let the MPI launcher end it. */
		fprintf(stderr, "ptpar: rank %u ended before MPI was initialised (wait status %#x)\n%.*s",
			child->rank, child->status, (int)output.len, output.len > 0 ? output.data : "");
		agent.status = 1;
		leave();
	} else {
		if (child->page != NULL) {
			m.begun = page_begun_seq(atomic_load(&child->page->begun));
			m.ended = atomic_load(&child->page->ended);
			m.phase = atomic_load(&child->page->phase);
			if (atomic_load(&child->page->words) == WORDS_NONE)
				look_at(child, 0, true, &agent.core->out);
		}
		m.output = (struct wire_bytes){ output.data, output.len };
		wire_put_exited(&agent.core->out, &m);
	}
out:
	buffer_free(&output);
}

static void on_not_slurm(uv_timer_t *timer)
{
	struct child *child = agent.doubtful;

	(void)timer;
	agent.doubtful = NULL;
	tell_end(child);
}

/* When Slurm ends a job step it kills all of its processes, this one the next moment: then srun knows the reason,
 * and there is nothing to tell of the rank. It begins with SIGTERM. */
static bool may_be_slurm(const struct child *child)
{
	return agent.supervises && child->role == WIRE_WORKER && WIFSIGNALED(child->status) &&
	       (WTERMSIG(child->status) == SIGKILL || WTERMSIG(child->status) == SIGTERM) && !child->killed &&
	       slurm_is_in_step();
}

static void on_child_exit(struct child *child)
{
	if (may_be_slurm(child)) {
		agent.doubtful = child;
		uv_timer_start(&agent.doubt, on_not_slurm, DOUBT_MS, 0);
		return;
	}
	tell_end(child);
	if (child->role == WIRE_WORKER)
		launch_pmix_ended(child->pool);
}

/* Isolated tests come by the thousand; a child of the pool is asked about even after its end. */
static void forget_ended(void)
{
	struct child **p = &agent.children;

	while (*p != NULL) {
		struct child *c = *p;

		if (c->running || !(c->is_isolated || c->role == WIRE_COMMAND) || c->program != NULL ||
		    c == agent.doubtful) {
			p = &c->next;
			continue;
		}
		*p = c->next;
		child_free(c);
	}
}

static void on_sigchld(uv_signal_t *handle, int signal)
{
	(void)handle;
	(void)signal;
	child_reap(agent.children);
	forget_ended();
}

struct child *agent_new_child(enum wire_role role, uint32_t pool, uint32_t rank)
{
	struct child *child = xcalloc(1, sizeof(*child));

	child->role = role;
	child->pool = pool;
	child->rank = rank;
	child->is_isolated = pool >= WIRE_FIRST_ISOLATED;
	child->capture_fd = -1;
	child->on_exit = on_child_exit;
	child->next = agent.children;
	agent.children = child;
	return child;
}

void agent_start_child(struct child *child, char **argv, enum capture capture)
{
	struct ptpar_error err;

	if (child_start(&agent.loop, child, argv, capture, &err) == 0)
		return;
	if (agent.core != NULL) {
		wire_put_warning(&agent.core->out, &(struct wire_warning){ .text = err.text });
		wire_put_exited(&agent.core->out, &(struct wire_exited){ .role = child->role,
									 .pool = child->pool,
									 .rank = child->rank,
									 .status = 127 << 8 });
		if (child->role == WIRE_WORKER)
			launch_pmix_ended(child->pool);
	} else {
		fprintf(stderr, "ptpar: %s\n", err.text);
		agent.status = 1;
	}
}

static struct child *find_child(uint64_t role, uint64_t pool, uint64_t rank)
{
	for (struct child *c = agent.children; c != NULL; c = c->next)
		if (c->role == role && c->pool == pool && (c->rank == rank || role != WIRE_WORKER))
			return c;
	return NULL;
}

/* It is about to end: it waits until its stack was seen. */
static void on_words(struct child *child)
{
	if (agent.core != NULL)
		look_at(child, 0, true, &agent.core->out);
	atomic_store(&child->page->words, WORDS_HEARD);
}

/* --- what the core asks for ------------------------------------------------------------------------------ */

static void collect(void)
{
	char *argv[] = { (char *)install_helper("ptpar-worker"), "--collect", NULL };

	credentials_put_into_environment(&agent.credentials);
	agent_start_child(agent_new_child(WIRE_COLLECTOR, 0, 0), argv, CAPTURE_MEMORY);
	unsetenv(ENV_TOKEN);
}

static void run_command(const struct wire_run_command *m)
{
	struct child *child = agent_new_child(WIRE_COMMAND, 0, (uint32_t)m->id);
	const char **argv = xcalloc(m->argv.n + 1, sizeof(*argv));
	struct ptpar_error err;

	for (size_t i = 0; i < m->argv.n; i++)
		argv[i] = m->argv.items[i];
	child->input = m->input;
	if (m->secret != 0)
		credentials_put_into_environment(&agent.credentials);
	if (m->argv.n == 0 || child_start(&agent.loop, child, (char **)argv, CAPTURE_MEMORY, &err) < 0)
		wire_put_answer(&agent.core->out,
				&(struct wire_answer){ .id = m->id,
						       .status = 127 << 8,
						       .output = { err.text, strlen(err.text) } });
	unsetenv(ENV_TOKEN);
	child->input = NULL;
	free(argv);
}

static void on_message(struct channel *core, const struct wire_message *m)
{
	struct child *child;

	switch (m->number) {
	case WIRE_COLLECT:
		collect();
		break;
	case WIRE_SECTION:
		sources_add_section(m->section.path, m->section.keys.items, m->section.values.items,
				    m->section.keys.n < m->section.values.n ? m->section.keys.n
									    : m->section.values.n);
		break;
	case WIRE_LAUNCH:
		launch(&m->launch);
		break;
	case WIRE_SIGNAL:
		if (m->signal.role == WIRE_LAUNCHER)
			srun_steps_call_off((uint32_t)m->signal.pool);
		child = find_child(m->signal.role, m->signal.pool, m->signal.rank);
		if (child != NULL)
			child_signal(child, (int)m->signal.signal);
		break;
	case WIRE_RECALL:
		child = find_child(WIRE_WORKER, m->recall.pool, m->recall.rank);
		if (child != NULL && child->page != NULL)
			wire_put_recalled(&core->out, &(struct wire_recalled){ .pool = m->recall.pool,
									       .rank = m->recall.rank,
									       .begun = page_recall(child->page) });
		break;
	case WIRE_LOOK:
		child = find_child(WIRE_WORKER, m->look.pool, m->look.rank);
		if (child != NULL)
			look_at(child, m->look.id, m->look.deep != 0, &core->out);
		else /* it has just ended */
			wire_put_seen(&core->out, &(struct wire_seen){ .pool = m->look.pool,
								       .rank = m->look.rank,
								       .id = m->look.id,
								       .deep = m->look.deep });
		break;
	case WIRE_PAUSE:
		/* A launcher runs no tests, and is needed if the core dies meanwhile. */
		for (child = agent.children; child != NULL; child = child->next)
			if (child->role != WIRE_LAUNCHER)
				child_pause(child, m->pause.stop != 0);
		break;
	case WIRE_LEAVE:
		leave();
		break;
	case WIRE_RUN_COMMAND:
		run_command(&m->run_command);
		break;
	case WIRE_INSPECT:
		join_inspect(&m->inspect, &core->out);
		break;
	default:
		break;
	}
}

static void on_core_gone(struct channel *core, const char *why)
{
	(void)core;
	(void)why;
	credentials_remove_socket(&agent.credentials);
	agent.status = 1;
	leave();
}

static int meet_core(void)
{
	struct ptpar_error err;
	const char *node = getenv("SLURMD_NODENAME");
	char host[256] = "";
	int fd = credentials_connect(&agent.credentials, &err);

	if (fd >= 0)
		agent.core = channel_open(&agent.loop, fd, NULL, on_message, on_core_gone);
	/* The core's own: it has gone meanwhile, by the user's wish. */
	if (fd == -ECONNREFUSED && !agent.supervises && !agent.joins)
		return fd;
	if (agent.core == NULL) {
		fprintf(stderr, "ptpar-agent: %s\n", fd < 0 ? err.text : "libuv refused the connection");
		return -EIO;
	}
	gethostname(host, sizeof(host) - 1);
	if (node != NULL && (agent.supervises || agent.joins))
		snprintf(host, sizeof(host), "%s", node); /* of several on one machine, each has its own */
	wire_put_hello(&agent.core->out, &(struct wire_hello){ .role = WIRE_AGENT,
							       .pool = agent.joins ? WIRE_JOB_POOL : agent.pool,
							       .rank = agent.mpi.rank,
							       .size = agent.supervises ? agent.mpi.size : 0,
							       .pid = (uint64_t)getpid(),
							       .host = host,
							       .launcher = getenv(ENV_LAUNCHER) });
	return 0;
}

/* --- supervising ----------------------------------------------------------------------------------------- */

static void on_handover(struct child *child, const struct credentials *c)
{
	(void)child;
	if (agent.core != NULL)
		return; /* it was known before */
	agent.credentials = *c;
	if (meet_core() < 0) {
		agent.status = 1;
		leave();
	}
}

void agent_start_worker(struct child *child, const struct wire_launch *m)
{
	char *argv[] = { (char *)install_helper("ptpar-worker"), NULL };
	struct wrapper wrapper = wrapper_make(m, child->rank, argv);

	child_set_number(child, ENV_POOL, child->pool);
	if (child->is_wrapped)
		child_set_number(child, ENV_WRAPPED, 1);
	if (agent.credentials.address[0] != '\0')
		credentials_put_into_environment(&agent.credentials);
	child->on_handover = on_handover;
	child->on_words = on_words;
	agent_start_child(child, wrapper.argv, agent.capture ? CAPTURE_MEMORY : CAPTURE_NO);
	unsetenv(ENV_TOKEN);
	wrapper_open_debugger(m, child->rank, &wrapper, argv[0]);
	wrapper_free(&wrapper);
}

static void supervise(void)
{
	bool one_node = agent.mpi.local_size == agent.mpi.size, is_to_wait = getenv(ENV_WAIT) != NULL;
	const char *transports = getenv(ENV_TRANSPORTS);

	mpienv_tune(one_node && (transports == NULL || strcmp(transports, "default") != 0),
		    agent.mpi.local_size > cores_usable(true));
	shared_memory_open();
	pmix_relay_open(&agent.loop);
	unsetenv(ENV_WAIT);
	if (!is_to_wait) /* else the core says what, and where */
		agent_start_worker(agent_new_child(WIRE_WORKER, agent.pool, agent.mpi.rank), NULL);
}

static void on_terminate(uv_signal_t *handle, int signal)
{
	(void)handle;
	(void)signal;
	agent.terminated = true;
	agent.status = 1;
	if (agent.core != NULL)
		wire_put_dismissed(&agent.core->out, &(struct wire_dismissed){ 0 });
	leave();
}

static bool any_child_runs(void)
{
	for (struct child *c = agent.children; c != NULL; c = c->next)
		if (c->running)
			return true;
	return false;
}

/* Waits until all children have ended; helps after a while. */
static void wait_for_children(void)
{
	/* mpiexec takes 2 s when a rank has ended without MPI_Finalize. */
	static const struct {
		int ms;
		int signal;
	} steps[] = { { 3000, SIGTERM }, { 5000, SIGKILL }, { 6000, 0 } };
	uint64_t start = uv_hrtime();

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		while (any_child_runs() && uv_hrtime() - start < (uint64_t)steps[i].ms * 1000000) {
			uv_run(&agent.loop, UV_RUN_NOWAIT);
			uv_sleep(1);
		}
		for (struct child *c = agent.children; c != NULL && steps[i].signal != 0; c = c->next)
			child_signal(c, steps[i].signal);
	}
}

int main(int argc, char **argv)
{
	struct ptpar_error err;
	const char *capture = getenv(ENV_CAPTURE), *pool = getenv(ENV_POOL);
	bool is_cores;

	agent.supervises = argc > 1 && strcmp(argv[1], "--supervise") == 0;
	agent.joins = argc > 1 && strcmp(argv[1], "--join") == 0;
	if (agent.joins)
		join_begin(argv + 2);
	agent.capture = capture == NULL || strcmp(capture, "no") != 0;
	agent.pool = pool == NULL ? 0 : (uint32_t)strtoul(pool, NULL, 10);
	agent.mpi = mpienv_get();
	if (agent.supervises && !agent.mpi.launched)
		agent.mpi = mpienv_of_step();
	/* When its parent (core, launcher) dies, it ends its children and itself. */
	remains_begin(SIGTERM);
	/* What tests leave behind becomes its child, wherever it has gone. */
	orphans_adopt();
	signal(SIGPIPE, SIG_IGN);
	/* These are for the core: from the terminal, or forwarded by mpirun. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	if (credentials_take_from_environment(&agent.credentials, &err) < 0) {
		fprintf(stderr, "ptpar-agent: %s\n", err.text);
		return 3;
	}
	is_cores = agent.credentials.address[0] != '\0' && agent.pool == 0;
	if (agent.credentials.address[0] == '\0' && !(agent.supervises && agent.mpi.launched)) {
		fprintf(stderr, "ptpar-agent: this program is started by ptpar, not by hand\n");
		return 4;
	}
	uv_loop_init(&agent.loop);
	uv_signal_init(&agent.loop, &agent.terminate);
	uv_signal_start(&agent.terminate, on_terminate, SIGTERM);
	uv_timer_init(&agent.loop, &agent.doubt);
	uv_signal_init(&agent.loop, &agent.sigchld);
	uv_signal_start(&agent.sigchld, on_sigchld, SIGCHLD);
	if (agent.credentials.address[0] != '\0' && meet_core() < 0)
		return 3;
	if (agent.supervises)
		supervise();
	if (agent.status == 0)
		uv_run(&agent.loop, UV_RUN_DEFAULT);
	wait_for_children();
	child_kill_orphans(agent.children);
	launch_pmix_close();
	remains_remove(agent.terminated ? 500 : 0);
	if (!agent.supervises)
		shared_memory_sweep();
	/* Beside the core it is the only one that mpirun does not kill. */
	shared_memory_close(is_cores ? 10000 : 0);
	return agent.status;
}
