/* isolated.c - start, come, end. */
#include "core/ptpar/isolated.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "core/common/alloc.h"
#include "core/ptpar/launched.h"

/* Until all ranks have gone, seconds. */
static const double STOP_TIMEOUT = 10;
/* Where there is room for a step, it begins in a second or two; seconds. */
static const double ROOM_PATIENCE = 30;
/* srun tells of the end of a step when all of its processes have gone: until then, seconds. */
static const double WORDS_TIMEOUT = 40;

static double now_of(const struct isolated_tests *isolation)
{
	return isolation->host.now(isolation->host.ctx);
}

static double start_timeout(const struct isolated_tests *isolation)
{
	return launched_start_timeout(isolation->launcher);
}

/* A person may take any time. */
static bool is_debugged(const struct isolated_tests *isolation)
{
	return isolation->wrap != NULL && isolation->wrap->debugs;
}

static struct isolated *find(struct isolated_tests *isolation, uint32_t pool)
{
	struct isolated *i = isolation->all;

	while (i != NULL && i->pool != pool)
		i = i->next;
	return i;
}

struct slot *isolation_slot(struct isolated_tests *isolation, uint32_t pool, uint32_t rank)
{
	struct isolated *i = find(isolation, pool);

	return i != NULL && rank < i->np ? &i->ranks[rank] : NULL;
}

/* --- starting -------------------------------------------------------------------------------------------- */

static void tell_wrapped_launch(const struct wrap *wrap, const struct test *t, struct peer *agent,
				struct wire_launch *m)
{
	char **words = wrap_words(wrap, t), *entry = xasprintf("ptpar_call_%s", t->case_name);
	uint32_t *debugged = wrap_debugged(wrap, t, &m->debugged.n);

	m->wrap = (struct wire_strs){ (const char **)words, wrap->words.n };
	m->debugged.items = debugged;
	m->title = t->id;
	m->entry = t->is_program ? "main" : entry;
	wire_put_launch(&agent->channel->out, m);
	wrap_free_words(words);
	free(entry);
	free(debugged);
}

static void tell_launch(struct isolated_tests *isolation, const struct isolated *i, struct peer *agent)
{
	const struct test *t = i->attempt->test;
	const struct suite *suite = &isolation->tests->suites[t->suite];
	struct wire_launch m = { .pool = i->pool,
				 .n = i->np,
				 .launcher = isolation->launcher,
				 .needs_mpi = !i->is_program || t->np_declared,
				 .threads = i->threads,
				 .index = t->index };

	/* With more slots than cores, no process can have one for itself. Slurm gives them away itself. */
	if (isolation->n_slots <= isolation->n_cores && isolation->launcher != LAUNCHER_SRUN)
		m.cores = (struct wire_u32s){ i->attempt->slots, i->attempt->n_slots };
	if (i->is_program) {
		m.plugin = suite->plugin;
		m.path = suite->path;
	}
	if (wrap_is_set(isolation->wrap))
		tell_wrapped_launch(isolation->wrap, t, agent, &m);
	else
		wire_put_launch(&agent->channel->out, &m);
}

static struct isolated *find_waiting(struct isolated_tests *isolation, const struct test *t)
{
	struct isolated *i = isolation->all;

	while (i != NULL &&
	       !(i->is_world && i->is_ready && i->attempt == NULL && i->np == t->np && i->threads == t->threads))
		i = i->next;
	return i;
}

static void give(struct isolated_tests *isolation, struct isolated *i, struct attempt *a)
{
	i->attempt = a;
	a->process = i;
	i->due = INFINITY;
	isolation->host.ready(isolation->host.ctx, i);
}

void isolated_start(struct isolated_tests *isolation, struct attempt *a)
{
	const struct test *t = a->test;
	struct peer *agent = isolation->host.agent(isolation->host.ctx);
	struct isolated *i = t->isolation == ISOLATION_WORLD ? find_waiting(isolation, t) : NULL;

	if (i != NULL) {
		give(isolation, i, a);
		return;
	}
	i = xcalloc(1, sizeof(*i));
	*i = (struct isolated){ .pool = WIRE_FIRST_ISOLATED + isolation->last_pool++,
				.np = t->np,
				.threads = t->threads,
				.is_program = t->is_program,
				.attempt = a,
				.is_world = t->isolation == ISOLATION_WORLD && !t->is_program,
				.began = now_of(isolation),
				.due = now_of(isolation) +
				       (is_debugged(isolation) ? INFINITY : start_timeout(isolation)),
				.next = isolation->all };
	i->ranks = xcalloc(t->np, sizeof(*i->ranks));
	for (uint32_t k = 0; k < t->np; k++)
		i->ranks[k] = (struct slot){ .index = k, .pool = i->pool, .isolated = i, .live = true };
	isolation->all = i;
	a->process = i;
	if (agent == NULL)
		isolation->host.failed(isolation->host.ctx, i, "there is no agent at the moment", false);
	else
		tell_launch(isolation, i, agent);
}

/* All its ranks are there. */
static void become_ready(struct isolated_tests *isolation, struct isolated *i)
{
	struct peer *agent = isolation->host.agent(isolation->host.ctx);
	uint32_t *members;

	i->is_ready = true;
	isolation->ever_ready = isolation->ever_ready || !i->is_program;
	if (i->attempt == NULL)
		return;
	for (uint32_t k = 0; k < i->np && i->is_program; k++)
		if (i->ranks[k].agent != agent)
			tell_launch(isolation, i, i->ranks[k].agent);
	if (!i->is_program && i->np > 1) {
		members = xcalloc(i->np, sizeof(*members));
		for (uint32_t k = 0; k < i->np; k++)
			members[k] = k;
		for (uint32_t k = 0; k < i->np; k++)
			wire_put_group(
				&i->ranks[k].worker->channel->out,
				&(struct wire_group){ .group = ISOLATED_GROUP, .ranks = { members, i->np } });
		free(members);
	}
	give(isolation, i, i->attempt);
}

static void fail(struct isolated_tests *isolation, struct isolated *i, const char *why, bool is_accident)
{
	if (i->attempt != NULL && !i->is_ready)
		isolation->host.failed(isolation->host.ctx, i, why, is_accident);
}

/* Takes why. is_unfit: if no job of this launcher has got further, none will. */
static void fail_start(struct isolated_tests *isolation, struct isolated *i, char *why, bool is_unfit,
		       bool is_accident)
{
	bool was_unfit = isolation->unfit != NULL;

	if (is_unfit && isolation->launcher == LAUNCHER_SRUN && !isolation->ever_ready && !was_unfit)
		isolation->unfit = xstrdup(why);
	fail(isolation, i, was_unfit ? "for the reason that was said before" : why, is_accident);
	free(why);
}

static void check_rank(struct isolated_tests *isolation, struct slot *rank)
{
	struct isolated *i = rank->isolated;

	if (rank->agent != NULL && (rank->worker != NULL || i->is_program) && ++i->here == i->np)
		become_ready(isolation, i);
}

bool isolation_launched(struct isolated_tests *isolation, const struct wire_launched *m)
{
	struct isolated *i = find(isolation, (uint32_t)m->pool);
	struct peer *agent = isolation->host.agent(isolation->host.ctx);

	for (uint32_t k = 0; i != NULL && agent != NULL && k < i->np; k++) {
		i->ranks[k].agent = agent;
		check_rank(isolation, &i->ranks[k]);
	}
	return i != NULL;
}

bool isolation_delayed(struct isolated_tests *isolation, const struct wire_delayed *m)
{
	struct isolated *i = find(isolation, (uint32_t)m->pool);

	if (i != NULL)
		i->is_delayed = true;
	if (i != NULL && i->attempt != NULL && !i->is_ready)
		i->due = fmax(i->due, now_of(isolation) + start_timeout(isolation));
	return i != NULL;
}

bool isolation_finalized(struct isolated_tests *isolation, const struct wire_finalized *m)
{
	struct isolated *i = find(isolation, (uint32_t)m->pool);

	if (i != NULL && ++i->finalized == i->np && i->attempt != NULL)
		isolation->host.finalized(isolation->host.ctx, i);
	return i != NULL;
}

bool isolation_hello(struct isolated_tests *isolation, struct peer *peer, const struct wire_hello *hello)
{
	struct isolated *i = find(isolation, peer->pool);
	struct slot *rank = i != NULL && peer->rank < i->np ? &i->ranks[peer->rank] : NULL;

	if (peer->pool < WIRE_FIRST_ISOLATED)
		return false;
	if (i != NULL && peer->size != i->np) {
		fail_start(isolation, i, launched_tell_misfit(hello, i->np), true, false);
		return true;
	}
	if (isolation->started_by == NULL && hello->launcher != NULL)
		isolation->started_by = xstrdup(hello->launcher);
	if (rank == NULL) { /* it was given up meanwhile */
		if (peer->role == WIRE_WORKER)
			wire_put_quit(&peer->channel->out, &(struct wire_quit){ .finalize = 0 });
		else
			wire_put_leave(&peer->channel->out, &(struct wire_leave){ 0 });
		return true;
	}
	peer->owner = rank;
	if (peer->role == WIRE_WORKER) {
		rank->worker = peer;
	} else {
		rank->agent = peer;
		/* It was started by a launcher, and waits to be told what it is to start. (With programs, all are
		 * told when all are there.) */
		if (!i->is_program && i->attempt != NULL)
			tell_launch(isolation, i, peer);
	}
	check_rank(isolation, rank);
	return true;
}

/* --- ending ---------------------------------------------------------------------------------------------- */

static void forget(struct isolated_tests *isolation, struct isolated *i)
{
	struct isolated **p = &isolation->all;

	while (*p != i)
		p = &(*p)->next;
	*p = i->next;
	for (uint32_t k = 0; k < i->np; k++) {
		if (i->ranks[k].worker != NULL)
			i->ranks[k].worker->owner = NULL;
		if (i->ranks[k].agent != NULL && i->ranks[k].agent->owner == &i->ranks[k])
			i->ranks[k].agent->owner = NULL;
		free(i->ranks[k].queue);
		buffer_free(&i->ranks[k].last_output);
		where_free(&i->ranks[k].words);
	}
	free(i->ranks);
	free(i->last_words);
	free(i);
}

/* The agents beside its ranks go when all ranks have ended: before, their launcher would end the others. */
static void end_agents(struct isolated_tests *isolation, struct isolated *i)
{
	struct peer *agent = isolation->host.agent(isolation->host.ctx);

	for (uint32_t k = 0; k < i->np; k++)
		if (slot_has_agent(&i->ranks[k]) && i->ranks[k].agent != agent)
			wire_put_leave(&i->ranks[k].agent->channel->out, &(struct wire_leave){ 0 });
}

/* Forgets it, if there is nothing more to come. */
static void clear_up(struct isolated_tests *isolation, struct isolated *i)
{
	if (i->attempt != NULL || i->ended < i->np)
		return;
	end_agents(isolation, i);
	forget(isolation, i);
}

void isolated_kill(struct isolated *i)
{
	for (uint32_t k = 0; k < i->np; k++)
		if (!i->ranks[k].exited)
			slot_kill(&i->ranks[k]);
}

static void kill_launcher(struct isolated_tests *isolation, struct isolated *i)
{
	struct peer *agent = isolation->host.agent(isolation->host.ctx);

	if (agent != NULL)
		wire_put_signal(&agent->channel->out,
				&(struct wire_signal){ .role = WIRE_LAUNCHER, .pool = i->pool, .signal = SIGTERM });
}

void isolated_quit(struct isolated_tests *isolation, struct isolated *i)
{
	for (uint32_t k = 0; k < i->np; k++)
		if (i->ranks[k].worker != NULL) {
			i->ranks[k].condemned = true;
			wire_put_quit(&i->ranks[k].worker->channel->out, &(struct wire_quit){ .finalize = 1 });
		}
	i->due = now_of(isolation) + (is_debugged(isolation) ? INFINITY : STOP_TIMEOUT);
}

void isolated_release(struct isolated_tests *isolation, struct isolated *i, bool keep)
{
	i->attempt = NULL;
	if (keep && i->is_world && i->ended == 0)
		return;
	i->is_world = false;
	i->due = now_of(isolation) + STOP_TIMEOUT;
	if (!i->is_ready) {
		/* Nobody is waited for who may never come. */
		isolated_kill(i);
		kill_launcher(isolation, i);
		i->ended = i->np;
	} else {
		isolated_kill(i);
	}
	clear_up(isolation, i);
}

/* A rank is dead when its agent has said so and all that it had sent was read. */
static void check_death(struct isolated_tests *isolation, struct slot *rank)
{
	struct isolated *i = rank->isolated;

	if (!rank->exited || rank->worker != NULL || !rank->live)
		return;
	rank->live = false;
	i->ended++;
	if (i->attempt != NULL && !i->is_ready && rank->death.begun != DEATH_UNSEEN && !rank->dismissed) {
		struct wire_exited m = rank->death;

		m.output = (struct wire_bytes){ rank->last_output.data, rank->last_output.len };
		fail_start(isolation, i, launched_tell_early_end(&m, isolation->started_by),
			   WIFEXITED((int)m.status), WIFSIGNALED((int)m.status));
		return; /* it is gone */
	}
	if (i->attempt != NULL) {
		isolation->host.lost(isolation->host.ctx, rank);
		return; /* likewise */
	}
	if (i->is_world) /* it dies while it waits for a test: the others are of no use */
		isolated_release(isolation, i, false);
	else
		clear_up(isolation, i);
}

/* --- the end of a launcher --------------------------------------------------------------------------------- */

/* A rank whose agent has gone without a word about it. */
static struct slot *find_speechless(struct isolated *i)
{
	for (uint32_t k = 0; i != NULL && k < i->np; k++)
		if (i->ranks[k].live && i->ranks[k].agent == NULL && !i->ranks[k].exited)
			return &i->ranks[k];
	return NULL;
}

/* Slurm has ended the job step, and said so to srun alone. */
static void end_speechless(struct isolated_tests *isolation, uint32_t pool)
{
	struct slot *rank;

	while ((rank = find_speechless(find(isolation, pool))) != NULL) {
		slot_die_unseen(rank);
		check_death(isolation, rank);
	}
}

static void lose_launcher(struct isolated_tests *isolation, struct isolated *i, const struct wire_exited *m)
{
	char said[400];

	if (i->attempt != NULL && !i->is_ready) {
		fail_start(isolation, i,
			   launched_tell_end(isolation->launcher == LAUNCHER_SRUN ? "srun" : "its launcher", m),
			   WEXITSTATUS((int)m->status) == LAUNCHER_UNFIT, WIFSIGNALED((int)m->status));
		return;
	}
	if (isolation->launcher != LAUNCHER_SRUN || i->last_words != NULL)
		return;
	launched_quote(said, sizeof(said), &m->output);
	i->last_words = xstrdup(said);
	if (i->speechless > 0)
		end_speechless(isolation, i->pool);
}

/* Its agent has gone. Returns whether the reason is still to come. */
static bool wait_for_words(struct isolated_tests *isolation, struct isolated *i)
{
	if (isolation->launcher != LAUNCHER_SRUN || i->attempt == NULL || i->last_words != NULL)
		return false;
	if (i->speechless == 0)
		i->speechless = now_of(isolation) + WORDS_TIMEOUT;
	return true;
}

bool isolation_exited(struct isolated_tests *isolation, const struct wire_exited *m)
{
	struct isolated *i = find(isolation, (uint32_t)m->pool);
	struct slot *rank;

	if (m->pool < WIRE_FIRST_ISOLATED)
		return false;
	if (i == NULL)
		return true;
	if (m->role == WIRE_LAUNCHER) {
		lose_launcher(isolation, i, m);
		return true;
	}
	if (m->role != WIRE_WORKER || m->rank >= i->np)
		return true;
	rank = &i->ranks[m->rank];
	rank->exited = true;
	rank->death = *m;
	rank->death.output = (struct wire_bytes){ 0 };
	buffer_append(&rank->last_output, m->output.data, m->output.n);
	check_death(isolation, rank);
	return true;
}

bool isolation_gone(struct isolated_tests *isolation, struct peer *peer)
{
	struct slot *rank = peer->owner;

	if (peer->pool < WIRE_FIRST_ISOLATED)
		return false;
	if (rank == NULL)
		return true;
	if (rank->worker == peer) {
		rank->worker = NULL;
	} else if (rank->agent == peer) {
		rank->agent = NULL;
		if (!rank->exited && wait_for_words(isolation, rank->isolated))
			return true;
		slot_die_unseen(rank);
	}
	check_death(isolation, rank);
	return true;
}

/* The first rank that it watched over, or was about to start, or NULL. */
static struct slot *find_orphan(struct isolated_tests *isolation, const struct peer *agent)
{
	for (struct isolated *i = isolation->all; i != NULL; i = i->next)
		for (uint32_t k = 0; k < i->np; k++)
			if (i->ranks[k].live &&
			    (i->ranks[k].agent == agent || (i->ranks[k].agent == NULL && !i->is_ready)))
				return &i->ranks[k];
	return NULL;
}

void isolation_lost_agent(struct isolated_tests *isolation, const struct peer *agent)
{
	struct slot *rank;

	while ((rank = find_orphan(isolation, agent)) != NULL) {
		rank->agent = NULL;
		if (rank->worker != NULL)
			rank->worker->owner = NULL; /* its connection ends as well */
		rank->worker = NULL;
		slot_die_unseen(rank);
		check_death(isolation, rank);
	}
	for (struct isolated *i = isolation->all; i != NULL; i = i->next)
		for (uint32_t k = 0; k < i->np; k++)
			if (i->ranks[k].agent == agent)
				i->ranks[k].agent = NULL; /* of ranks that had ended before */
}

/* --- time ------------------------------------------------------------------------------------------------ */

/* srun waits until its step fits beside the others, however long they take. */
static bool waits_for_room(const struct isolated_tests *isolation, const struct isolated *waiting)
{
	if (isolation->launcher != LAUNCHER_SRUN || waiting->attempt == NULL || waiting->here > 0)
		return false;
	for (const struct isolated *i = isolation->all; i != NULL; i = i->next)
		if (i->is_ready && i->ended < i->np)
			return true;
	return false;
}

/* All that is started has room on the slots: what waits for so long beside others waits for something else. Returns
 * when that may be. */
static double notice_room(struct isolated_tests *isolation, const struct isolated *i)
{
	double since = i->began + ROOM_PATIENCE;

	if (isolation->has_told_of_room || i->is_ready || i->is_delayed || !waits_for_room(isolation, i))
		return INFINITY;
	if (now_of(isolation) < since)
		return since;
	isolation->has_told_of_room = true;
	isolation->host.tell(isolation->host.ctx, launched_tell_room());
	return INFINITY;
}

static void fail_late(struct isolated_tests *isolation, struct isolated *i)
{
	char why[80];

	snprintf(why, sizeof(why), "after %.0f s not all of its processes were there",
		 now_of(isolation) - i->began);
	fail(isolation, i, why, false);
}

double isolation_tick(struct isolated_tests *isolation)
{
	double now = now_of(isolation), next = INFINITY;
	struct isolated *following;

	for (struct isolated *i = isolation->all; i != NULL; i = following) {
		following = i->next;
		if (i->speechless > 0 && i->speechless <= now && i->last_words == NULL) {
			i->last_words = xstrdup("srun has not said why");
			end_speechless(isolation, i->pool);
			return now;
		}
		if (i->speechless > now)
			next = fmin(next, i->speechless);
		next = fmin(next, notice_room(isolation, i));
		if (i->due <= now && waits_for_room(isolation, i))
			i->due = now + start_timeout(isolation);
		if (i->due > now) {
			next = fmin(next, i->due);
		} else if (i->attempt != NULL && !i->is_ready) {
			fail_late(isolation, i);
			return now;
		} else {
			isolated_kill(i);
			kill_launcher(isolation, i);
			i->due = INFINITY;
		}
	}
	return next;
}

void isolation_retire(struct isolated_tests *isolation)
{
	struct isolated *following;

	for (struct isolated *i = isolation->all; i != NULL; i = following) {
		following = i->next;
		if (i->attempt != NULL || !i->is_world)
			continue;
		i->is_world = false;
		isolated_quit(isolation, i);
	}
}

bool isolation_is_over(const struct isolated_tests *isolation)
{
	return isolation->all == NULL;
}

void isolation_free(struct isolated_tests *isolation)
{
	while (isolation->all != NULL)
		forget(isolation, isolation->all);
	free(isolation->started_by);
	free(isolation->unfit);
}
