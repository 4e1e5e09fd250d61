/* crew.c - who is there, and the orderly ways of starting and ending them. */
#include "core/ptpar/crew.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/install.h"
#include "core/common/worker_env.h"
#include "core/ptpar/launched.h"

/* So often the core's agent is replaced. */
enum { MAX_AGENTS_LOST = 3 };

/* --- starting -------------------------------------------------------------------------------------------- */

void crew_export_settings(const struct settings *settings)
{
	char level[2] = { (char)('0' + settings->thread_level), '\0' };

	setenv(ENV_THREAD_LEVEL, level, 1);
	setenv(ENV_TRANSPORTS, settings->transports == TRANSPORTS_FAST ? "fast" : "default", 1);
	setenv(ENV_CAPTURE, settings->no_capture ? "no" : "yes", 1);
	if (settings->plugin_path != NULL) {
		const char *before = getenv(ENV_PLUGIN_PATH);
		char *path = before == NULL ? xstrdup(settings->plugin_path)
					    : xasprintf("%s:%s", before, settings->plugin_path);

		setenv(ENV_PLUGIN_PATH, path, 1);
		free(path);
	}
}

static void on_agent_closed(uv_handle_t *process)
{
	free(process);
}

static void on_agent_exit(uv_process_t *process, int64_t status, int signal)
{
	struct crew *crew = process->data;

	crew->agent_runs = false;
	uv_close((uv_handle_t *)process, on_agent_closed);
	if (crew->stopping || crew->failure != NULL)
		return;
	crew->agents_ever_lost = true;
	if (crew->agents_lost++ < MAX_AGENTS_LOST)
		crew->needs_agent = true;
	else
		crew->failure = xasprintf("its agent ended: %s %d", signal != 0 ? "signal" : "status",
					  signal != 0 ? signal : (int)status);
}

static int start_agent(struct crew *crew, bool supervises, struct ptpar_error *err)
{
	char *argv[] = { (char *)install_helper("ptpar-agent"), supervises ? "--supervise" : NULL, NULL };
	uv_stdio_container_t fds[3];
	uv_process_options_t options = { .file = argv[0],
					 .args = argv,
					 .flags = UV_PROCESS_DETACHED,
					 .exit_cb = on_agent_exit,
					 .stdio = fds,
					 .stdio_count = 3 };
	int status;

	for (int i = 0; i < 3; i++)
		fds[i] = (uv_stdio_container_t){ .flags = i == 0 ? UV_IGNORE : UV_INHERIT_FD, .data.fd = i };
	credentials_put_into_environment(crew->credentials);
	crew->agent_process = xcalloc(1, sizeof(*crew->agent_process));
	crew->agent_process->data = crew;
	status = uv_spawn(crew->loop, crew->agent_process, &options);
	unsetenv(ENV_TOKEN);
	if (status < 0) {
		uv_close((uv_handle_t *)crew->agent_process, on_agent_closed);
		return ptpar_fail(err, status, "cannot start %s: %s", argv[0], uv_strerror(status));
	}
	crew->agent_pid = (uint32_t)crew->agent_process->pid;
	crew->agent_runs = true;
	return 0;
}

int crew_start(struct crew *crew, uv_loop_t *loop, const struct settings *settings, const struct mpienv *mpi,
	       const struct credentials *credentials, uint32_t n, struct ptpar_error *err)
{
	crew->n = n;
	crew->slots = xcalloc(n, sizeof(*crew->slots));
	for (uint32_t i = 0; i < n; i++)
		crew->slots[i].index = i;
	crew->under_mpirun = mpi->launched;
	crew->loop = loop;
	crew->credentials = credentials;
	crew_export_settings(settings);
	/* A listing needs no ranks; and one that is in MPI_Init when all is listed would make mpirun fail. */
	return start_agent(crew, mpi->launched && settings->list == LIST_NONE, err);
}

void crew_replace_agent(struct crew *crew)
{
	struct ptpar_error err;

	if (!crew->needs_agent || crew->home != NULL)
		return;
	crew->needs_agent = false;
	if (start_agent(crew, false, &err) < 0)
		crew->failure = xstrdup(err.text);
}

void crew_launched(struct crew *crew, uint32_t pool)
{
	for (uint32_t i = 0; pool == crew->pool && i < crew->n; i++)
		crew->slots[i].agent = crew->agent;
}

void crew_delayed(struct crew *crew, uint32_t pool)
{
	crew->is_delayed = crew->is_delayed || pool == crew->pool;
}

void crew_join(struct crew *crew, struct peer *agent)
{
	crew->agent = agent;
}

void crew_launch(struct crew *crew)
{
	uint32_t *cores = xcalloc(crew->n, sizeof(*cores));
	struct wire_launch m = { .n = crew->n, .launcher = crew->launcher, .needs_mpi = 1, .threads = 1 };

	crew->pool++;
	crew->ready = 0;
	crew->damaged = crew->collapses = false;
	for (uint32_t i = 0; i < crew->n; i++) {
		free(crew->slots[i].queue);
		buffer_free(&crew->slots[i].last_output);
		where_free(&crew->slots[i].words);
		crew->slots[i] = (struct slot){ .index = i, .pool = crew->pool };
	}
	crew->launcher_runs = true;
	m.pool = crew->pool;
	/* With more workers than cores, none can have one for itself. */
	for (uint32_t i = 0; i < crew->n; i++)
		cores[i] = i;
	if (crew->n <= crew->cores)
		m.cores = (struct wire_u32s){ cores, crew->n };
	wire_put_launch(&crew->agent->channel->out, &m);
	free(cores);
}

/* --- coming and going ------------------------------------------------------------------------------------ */

struct slot *crew_slot(struct crew *crew, uint32_t pool, uint32_t rank)
{
	return pool == crew->pool && rank < crew->n ? &crew->slots[rank] : NULL;
}

bool crew_is_ready(const struct crew *crew)
{
	return crew->ready == crew->n;
}

bool crew_is_idle(const struct crew *crew)
{
	for (uint32_t i = 0; i < crew->n; i++) {
		const struct slot *slot = &crew->slots[i];

		if (slot->worker != NULL || (slot->agent != NULL && !slot->exited && crew_is_ready(crew)))
			return false;
	}
	return true;
}

static void fail(struct crew *crew, char *why)
{
	if (crew->failure == NULL && !crew->stopping)
		crew->failure = why;
	else
		free(why);
}

/* is_unfit: no job could be started by that launcher. */
static void fail_start(struct crew *crew, char *why, bool is_unfit, bool is_accident)
{
	if (crew->failure == NULL && !crew->stopping) {
		crew->is_unfit = is_unfit;
		crew->is_accident = is_accident;
	}
	fail(crew, why);
}

/* Nodes are numbered as they come, */
static uint32_t node_of(struct crew *crew, const char *host)
{
	uint32_t i = 0;

	while (i < crew->n_nodes && strcmp(crew->nodes[i], host) != 0)
		i++;
	if (i == crew->n_nodes) {
		GROW(crew->nodes, crew->n_nodes, crew->cap_nodes);
		crew->nodes[crew->n_nodes++] = xstrdup(host);
	}
	return i;
}

/* and again in the order of ranks, so that tests get the same slots in each run. */
static void renumber_nodes(struct crew *crew)
{
	uint32_t *numbers = xcalloc(crew->n_nodes, sizeof(*numbers)), n = 0;

	/* No node has been told if the agent here has started all ranks itself: they are on node 0. */
	for (uint32_t i = 0; i < crew->n && crew->n_nodes > 0; i++) {
		uint32_t *number = &numbers[crew->slots[i].node];

		if (*number == 0)
			*number = ++n;
		crew->slots[i].node = *number - 1;
	}
	free(numbers);
}

bool crew_hello(struct crew *crew, struct peer *peer, const struct wire_hello *hello)
{
	struct slot *slot = crew_slot(crew, peer->pool, peer->rank);

	if (peer->role == WIRE_AGENT && peer->pool == 0 && peer->pid == crew->agent_pid) {
		crew->home = peer;
		if (!crew->in_job)
			crew->agent = peer;
	}
	if (peer->role == WIRE_COLLECTOR || slot == NULL || peer->size == 0)
		return false; /* an agent of size 0 supervises nobody */
	if (peer->size != crew->n) {
		fail_start(crew, launched_tell_misfit(hello, crew->n), crew->launcher == LAUNCHER_SRUN, false);
		return false;
	}
	if (peer->role == WIRE_AGENT) {
		slot->agent = peer;
		slot->node = node_of(crew, hello->host != NULL ? hello->host : "");
		if (crew->started_by == NULL && hello->launcher != NULL)
			crew->started_by = xstrdup(hello->launcher);
	} else {
		slot->worker = peer;
		if (crew->mpi == NULL && hello->mpi != NULL)
			crew->mpi = xstrdup(hello->mpi);
	}
	peer->owner = slot;
	if (slot->agent == NULL || slot->worker == NULL)
		return false;
	if (++crew->ready < crew->n)
		return false;
	renumber_nodes(crew);
	return true;
}

/* A worker is dead when its agent has said so and all that it had sent was read. */
static struct slot *if_dead(struct crew *crew, struct slot *slot)
{
	if (!slot->exited || slot->worker != NULL || !slot->live)
		return NULL;
	if (!crew->stopping)
		crew->damaged = true;
	return slot;
}

struct slot *crew_orphan(struct crew *crew, const struct peer *agent)
{
	for (uint32_t i = 0; i < crew->n; i++) {
		struct slot *slot = &crew->slots[i];

		if (slot->agent != agent || !slot->live || slot->exited)
			continue;
		slot->agent = NULL;
		if (slot->worker != NULL)
			slot->worker->owner = NULL; /* its connection ends as well */
		slot->worker = NULL;
		slot_die_unseen(slot);
		slot->dismissed = slot->lost_agent = true;
		crew->damaged = true;
		return slot;
	}
	return NULL;
}

struct slot *crew_gone(struct crew *crew, struct peer *peer)
{
	struct slot *slot = peer->owner;

	if (peer == crew->home)
		crew->home = NULL;
	if (peer == crew->agent) {
		crew->agent = NULL;
		for (uint32_t i = 0; i < crew->n; i++)
			if (crew->slots[i].agent == peer)
				crew->slots[i].agent = NULL; /* of workers that had ended before */
	}
	if (slot == NULL)
		return NULL;
	if (slot->agent == peer) {
		slot->agent = NULL;
		/* Its worker dies with it: nobody else will tell how. */
		if (slot_die_unseen(slot)) {
			slot->dismissed = slot->dismissed || crew->collapses;
			crew->collapses = true;
			crew->collapsed = slot->pool;
		}
		return if_dead(crew, slot);
	}
	if (slot->worker != peer)
		return NULL;
	slot->worker = NULL;
	return if_dead(crew, slot);
}

static void lose_launcher(struct crew *crew, const struct wire_exited *m)
{
	const char *name = crew->launcher == LAUNCHER_SRUN ? "srun" : "mpiexec";
	char said[400];

	if (m->pool == crew->pool) {
		crew->launcher_runs = false;
		if (!crew_is_ready(crew))
			fail_start(crew, launched_tell_end(name, m), WEXITSTATUS((int)m->status) == LAUNCHER_UNFIT,
				   WIFSIGNALED((int)m->status));
	}
	if (m->pool == crew->collapsed && crew->launcher == LAUNCHER_SRUN && m->status != 0) {
		launched_quote(said, sizeof(said), &m->output);
		free(crew->last_words);
		crew->last_words = xasprintf("the job step of the workers has ended: %s", said);
	}
}

struct slot *crew_exited(struct crew *crew, struct peer *agent, const struct wire_exited *m)
{
	struct slot *slot = crew_slot(crew, (uint32_t)m->pool, (uint32_t)m->rank);

	(void)agent;
	if (m->role == WIRE_LAUNCHER)
		lose_launcher(crew, m);
	if (m->role != WIRE_WORKER || slot == NULL)
		return NULL;
	if (slot->worker == NULL && !slot->live && !slot->exited)
		fail_start(crew, launched_tell_early_end(m, crew->started_by),
			   crew->launcher == LAUNCHER_SRUN && WIFEXITED((int)m->status),
			   WIFSIGNALED((int)m->status));
	slot->exited = true;
	slot->death = *m;
	slot->death.output = (struct wire_bytes){ 0 };
	buffer_append(&slot->last_output, m->output.data, m->output.n);
	return if_dead(crew, slot);
}

/* --- stopping -------------------------------------------------------------------------------------------- */

static void pause_agent(struct peer *agent, bool stop)
{
	if (agent == NULL || agent->channel == NULL)
		return;
	wire_put_pause(&agent->channel->out, &(struct wire_pause){ .stop = stop });
	channel_flush(agent->channel);
}

void crew_pause(struct crew *crew, bool stop)
{
	pause_agent(crew->agent, stop);
	if (crew->home != crew->agent)
		pause_agent(crew->home, stop);
	for (uint32_t i = 0; i < crew->n; i++)
		if (crew->slots[i].agent != crew->agent)
			pause_agent(crew->slots[i].agent, stop);
}

/* --- ending ---------------------------------------------------------------------------------------------- */

void crew_quit_workers(struct crew *crew)
{
	for (uint32_t i = 0; i < crew->n; i++) {
		if (crew->slots[i].worker == NULL)
			continue;
		crew->slots[i].condemned = true;
		wire_put_quit(&crew->slots[i].worker->channel->out,
			      &(struct wire_quit){ .finalize = !crew->damaged && crew_is_ready(crew) });
	}
}

void crew_kill_workers(struct crew *crew)
{
	for (uint32_t i = 0; i < crew->n; i++)
		if (crew->slots[i].agent != NULL)
			wire_put_signal(
				&crew->slots[i].agent->channel->out,
				&(struct wire_signal){
					.role = WIRE_WORKER, .pool = crew->pool, .rank = i, .signal = SIGKILL });
}

void crew_release_pool(struct crew *crew)
{
	if (crew->pool == 0)
		return; /* its agents are the user's MPI job: it ends when the first of them does */
	for (uint32_t i = 0; i < crew->n; i++)
		if (crew->slots[i].agent != NULL && crew->slots[i].agent != crew->agent)
			wire_put_leave(&crew->slots[i].agent->channel->out, &(struct wire_leave){ 0 });
	if (crew->launcher_runs && crew->agent != NULL && !crew_is_ready(crew))
		wire_put_signal(
			&crew->agent->channel->out,
			&(struct wire_signal){ .role = WIRE_LAUNCHER, .pool = crew->pool, .signal = SIGTERM });
}

void crew_free(struct crew *crew)
{
	for (uint32_t i = 0; i < crew->n; i++) {
		free(crew->slots[i].queue);
		buffer_free(&crew->slots[i].last_output);
		where_free(&crew->slots[i].words);
	}
	free(crew->slots);
	for (size_t i = 0; i < crew->n_nodes; i++)
		free(crew->nodes[i]);
	free(crew->nodes);
	free(crew->failure);
	free(crew->last_words);
	free(crew->started_by);
	free(crew->mpi);
}
