/* main.c - ptpar-agent: starts processes for the core, watches them, ends them.
 *
 *   ptpar-agent               beside the core: collects, launches pools
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
#include <sys/prctl.h>
#include <unistd.h>

#include <uv.h>

#include "core/agent/child.h"
#include "core/agent/look.h"
#include "core/agent/shared_memory.h"
#include "core/common/alloc.h"
#include "core/common/channel.h"
#include "core/common/cores.h"
#include "core/common/credentials.h"
#include "core/common/error.h"
#include "core/common/install.h"
#include "core/common/mpienv.h"
#include "core/common/remains.h"
#include "core/common/worker_env.h"

/* Of what a process printed, so much is told when it has ended, bytes. */
enum { OUTPUT_LIMIT = 1 << 20 };

struct agent {
	uv_loop_t loop;
	struct credentials credentials;
	struct channel *core; /* NULL until it is known where the core is, and after it has gone */
	struct mpienv mpi;
	uint32_t pool;
	bool supervises;
	bool capture;
	bool leaving;
	bool terminated; /* by a signal: its parent may have died */
	struct child *children;
	uv_signal_t terminate;
	int status; /* to exit with */
};

static struct agent agent;

/* Ends all children and then the agent. SIGKILL: their state is of no use to anybody any more. A launcher ends by
 * itself when its ranks' agents do, who leave at the same time, and clears up what it has made. */
static void leave(void)
{
	agent.leaving = true;
	for (struct child *c = agent.children; c != NULL; c = c->next)
		if (c->role != WIRE_LAUNCHER)
			child_signal(c, SIGKILL);
	if (agent.core != NULL)
		channel_close(agent.core);
	agent.core = NULL;
	uv_stop(&agent.loop);
}

/* --- children -------------------------------------------------------------------------------------------- */

static void on_child_exit(struct child *child)
{
	struct buffer output = { 0 };
	struct wire_exited m = {
		.role = child->role, .pool = child->pool, .rank = child->rank, .status = (uint64_t)child->status
	};

	if (child->role == WIRE_LAUNCHER)
		shared_memory_remove(child->pool);
	child_output(child, OUTPUT_LIMIT, &output);
	child_kill_orphans(agent.children);
	if (agent.leaving)
		return;
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
	buffer_free(&output);
}

static struct child *start_child(enum wire_role role, uint32_t pool, uint32_t rank, char **argv, bool capture)
{
	struct child *child = xcalloc(1, sizeof(*child));
	struct ptpar_error err;

	child->role = role;
	child->pool = pool;
	child->rank = rank;
	child->on_exit = on_child_exit;
	child->next = agent.children;
	agent.children = child;
	if (child_start(&agent.loop, child, argv, capture, &err) < 0) {
		if (agent.core != NULL) {
			wire_put_warning(&agent.core->out, &(struct wire_warning){ .text = err.text });
			wire_put_exited(&agent.core->out,
					&(struct wire_exited){
						.role = role, .pool = pool, .rank = rank, .status = 127 << 8 });
		} else {
			fprintf(stderr, "ptpar: %s\n", err.text);
			agent.status = 1;
		}
	}
	return child;
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

static void collect(const struct wire_collect *m)
{
	char **argv = xcalloc(m->paths.n + 4, sizeof(*argv));
	char skip[32];
	size_t n = 0;

	argv[n++] = (char *)install_helper("ptpar-worker");
	argv[n++] = "--collect";
	snprintf(skip, sizeof(skip), "%u", (unsigned)m->skip);
	argv[n++] = skip;
	for (size_t i = 0; i < m->paths.n; i++)
		argv[n++] = (char *)m->paths.items[i];
	credentials_put_into_environment(&agent.credentials);
	start_child(WIRE_COLLECTOR, 0, 0, argv, true);
	unsetenv(ENV_TOKEN);
	free(argv);
}

/* A pool of its own, by mpiexec: each rank is an agent that supervises a worker, as under the user's mpirun. */
static void launch(const struct wire_launch *m)
{
	char n[16], pool[16];
	char *argv[] = { "mpiexec", "-n", n, (char *)install_helper("ptpar-agent"), "--supervise", NULL };

	snprintf(n, sizeof(n), "%u", (unsigned)m->n);
	snprintf(pool, sizeof(pool), "%u", (unsigned)m->pool);
	setenv(ENV_POOL, pool, 1);
	mpienv_scrub();
	mpienv_permit();
	shared_memory_announce((uint32_t)m->pool);
	credentials_put_into_environment(&agent.credentials);
	start_child(WIRE_LAUNCHER, (uint32_t)m->pool, 0, argv, agent.capture);
	unsetenv(ENV_TOKEN);
	unsetenv(ENV_POOL);
	shared_memory_announced();
}

static void on_message(struct channel *core, const struct wire_message *m)
{
	struct child *child;

	switch (m->number) {
	case WIRE_COLLECT:
		collect(&m->collect);
		break;
	case WIRE_LAUNCH:
		launch(&m->launch);
		break;
	case WIRE_SIGNAL:
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
	char host[256] = "";
	int fd = credentials_connect(&agent.credentials, &err);

	if (fd >= 0)
		agent.core = channel_open(&agent.loop, fd, NULL, on_message, on_core_gone);
	if (agent.core == NULL) {
		fprintf(stderr, "ptpar-agent: %s\n", fd < 0 ? err.text : "libuv refused the connection");
		return -EIO;
	}
	gethostname(host, sizeof(host) - 1);
	wire_put_hello(&agent.core->out, &(struct wire_hello){ .role = WIRE_AGENT,
							       .pool = agent.pool,
							       .rank = agent.mpi.rank,
							       .size = agent.supervises ? agent.mpi.size : 0,
							       .pid = (uint64_t)getpid(),
							       .host = host });
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

static void supervise(void)
{
	char *argv[] = { (char *)install_helper("ptpar-worker"), NULL };
	bool one_node = agent.mpi.local_size == agent.mpi.size;
	const char *transports = getenv(ENV_TRANSPORTS);
	struct child *child;

	mpienv_tune(one_node && (transports == NULL || strcmp(transports, "default") != 0),
		    agent.mpi.local_size > cores_usable(true));
	shared_memory_open();
	if (agent.credentials.address[0] != '\0')
		credentials_put_into_environment(&agent.credentials);
	child = start_child(WIRE_WORKER, agent.pool, agent.mpi.rank, argv, agent.capture);
	unsetenv(ENV_TOKEN);
	child->on_handover = on_handover;
	child->on_words = on_words;
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
	agent.capture = capture == NULL || strcmp(capture, "no") != 0;
	agent.pool = pool == NULL ? 0 : (uint32_t)strtoul(pool, NULL, 10);
	agent.mpi = mpienv_get();
	/* When its parent (core, launcher) dies, it ends its children and itself. */
	remains_begin(SIGTERM);
	/* What tests leave behind becomes its child, wherever it has gone. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
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
	if (agent.credentials.address[0] != '\0' && meet_core() < 0)
		return 3;
	if (agent.supervises)
		supervise();
	if (agent.status == 0)
		uv_run(&agent.loop, UV_RUN_DEFAULT);
	wait_for_children();
	child_kill_orphans(agent.children);
	remains_remove(agent.terminated ? 500 : 0);
	/* Beside the core it is the only one that mpirun does not kill. */
	shared_memory_close(is_cores ? 10000 : 0);
	return agent.status;
}
