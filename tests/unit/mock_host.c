/* mock_host.c - a discrete-event simulation: ends of jobs in a heap, what was said beforehand in a sorted list. */
#include "tests/unit/mock_host.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"

struct mock_slot {
	bool live;
	struct ptpar_slot place;
	uint32_t queue[MOCK_MAX_WINDOW]; /* jobs; queue[0] runs, or waits for its other slots */
	uint32_t n;
	uint32_t seen;       /* the start that has named it last */
	uint32_t refused_in; /* this advance was told that it has no room */
};

struct action {
	double at;
	void (*act)(struct mock_host *m, const struct action *action);
	uint32_t a, b; /* its arguments */
};

struct end {
	double at;
	uint32_t job;
	uint32_t started_as; /* tells an end that no longer holds, since the job was killed meanwhile */
};

struct mock_host {
	struct mock_config config;
	struct ptpar_scheduler_host host;
	void *scheduler;
	struct mock_slot slots[MOCK_MAX_SLOTS];
	uint32_t n_slots; /* one more than the largest number of a slot so far */
	uint32_t n_live;
	struct mock_job *jobs;
	uint32_t n_jobs, cap_jobs;
	struct action *actions;
	uint32_t n_actions, cap_actions;
	struct end *ends; /* a heap */
	uint32_t n_ends, cap_ends;
	uint64_t *groups; /* hashes */
	uint32_t n_groups, cap_groups;
	double now;
	uint32_t window, starts, advances, warnings;
	uint32_t refusals; /* in this advance */
	bool advancing, refused;
	char fault[256];
};

__attribute__((format(printf, 2, 3))) static int fault(struct mock_host *m, const char *format, ...)
{
	va_list args;

	if (m->fault[0] != '\0')
		return -EINVAL;
	va_start(args, format);
	vsnprintf(m->fault, sizeof(m->fault), format, args);
	va_end(args);
	return -EINVAL;
}

/* Ends of jobs. */

static void push_end(struct mock_host *m, struct end end)
{
	uint32_t i;

	GROW(m->ends, m->n_ends, m->cap_ends);
	for (i = m->n_ends++; i > 0 && end.at < m->ends[(i - 1) / 2].at; i = (i - 1) / 2)
		m->ends[i] = m->ends[(i - 1) / 2];
	m->ends[i] = end;
}

static struct end pop_end(struct mock_host *m)
{
	struct end first = m->ends[0], last = m->ends[--m->n_ends];
	uint32_t i = 0, child;

	while ((child = 2 * i + 1) < m->n_ends) {
		if (child + 1 < m->n_ends && m->ends[child + 1].at < m->ends[child].at)
			child++;
		if (last.at <= m->ends[child].at)
			break;
		m->ends[i] = m->ends[child];
		i = child;
	}
	m->ends[i] = last;
	return first;
}

/* Queues of slots. */

static void come_to_front(struct mock_host *m, uint32_t number)
{
	struct mock_job *job = &m->jobs[number];

	if (++job->fronts < job->np)
		return;
	if (job->state != MOCK_QUEUED)
		fault(m, "job %u begins twice", number);
	job->state = MOCK_RUNNING;
	job->begun = m->now;
	push_end(m, (struct end){ m->now + job->duration, number, job->started_as });
}

/* Removes a job from the queues of its slots, so that others may begin. */
static void take_out(struct mock_host *m, uint32_t number)
{
	struct mock_job *job = &m->jobs[number];

	job->fronts = 0;
	for (uint32_t i = 0; i < job->np; i++) {
		struct mock_slot *slot = &m->slots[job->slots[i]];
		uint32_t at = 0;

		while (slot->queue[at] != number)
			at++;
		memmove(slot->queue + at, slot->queue + at + 1, (--slot->n - at) * sizeof(*slot->queue));
		if (at == 0 && slot->n > 0)
			come_to_front(m, slot->queue[0]);
	}
}

/* What the scheduler is told. */

static void check_rc(struct mock_host *m, const char *what, int rc, const struct ptpar_error *err)
{
	if (rc < 0)
		fault(m, "%s: %s (%d)", what, err->text, rc);
}

static void tell_slots(struct mock_host *m)
{
	struct ptpar_slot *list = xcalloc(m->n_slots, sizeof(*list));
	struct ptpar_error err = { "" };
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n_slots; i++)
		if (m->slots[i].live)
			list[n++] = m->slots[i].place;
	m->n_live = n;
	check_rc(m, "slots_changed", m->config.scheduler->slots_changed(m->scheduler, list, n, &err), &err);
	free(list);
}

/* numbers: of n jobs. Everything that is lent is freed at once, so that a scheduler that keeps it is found out. */
static void submit(struct mock_host *m, const uint32_t *numbers, uint32_t n)
{
	struct ptpar_job *list = xcalloc(n, sizeof(*list));
	struct ptpar_error err = { "" };
	char *id = xstrdup("suite.so::test");

	for (uint32_t i = 0; i < n; i++) {
		struct mock_job *job = &m->jobs[numbers[i]];

		job->state = MOCK_WAITING;
		list[i] =
			(struct ptpar_job){ .job = numbers[i], .np = job->np, .expected = job->expected, .id = id };
	}
	check_rc(m, "submit", m->config.scheduler->submit(m->scheduler, list, n, &err), &err);
	free(id);
	free(list);
}

static void finish(struct mock_host *m, uint32_t number)
{
	struct mock_job *job = &m->jobs[number];

	job->state = MOCK_ENDED;
	job->ended = m->now;
	job->ends++;
	m->config.scheduler->finished(m->scheduler, number);
}

static void advance(struct mock_host *m)
{
	struct ptpar_error err = { "" };

	m->advancing = true;
	do {
		m->refused = false;
		m->refusals = 0;
		m->advances++;
		check_rc(m, "advance", m->config.scheduler->advance(m->scheduler, &err), &err);
	} while (m->refused && m->fault[0] == '\0');
	m->advancing = false;
}

/* What the scheduler may call. */

static uint32_t host_room(void *ctx, uint32_t slot)
{
	const struct mock_host *m = ctx;

	if (slot >= m->n_slots || !m->slots[slot].live || m->slots[slot].n >= m->window)
		return 0;
	return m->window - m->slots[slot].n;
}

static const char *host_option(void *ctx, const char *key)
{
	const struct mock_host *m = ctx;

	return m->config.option[0] != NULL && strcmp(m->config.option[0], key) == 0 ? m->config.option[1] : NULL;
}

static void host_warn(void *ctx, const char *text)
{
	struct mock_host *m = ctx;

	(void)text;
	m->warnings++;
}

static int check_start(struct mock_host *m, uint32_t number, const uint32_t *slots, uint32_t n)
{
	if (!m->advancing)
		return fault(m, "start outside of advance");
	if (number >= m->n_jobs || m->jobs[number].state != MOCK_WAITING)
		return fault(m, "job %u is started and does not wait", number);
	if (n != m->jobs[number].np)
		return fault(m, "job %u is started on %u slots and needs %u", number, n, m->jobs[number].np);
	for (uint32_t i = 0; i < n; i++) {
		if (slots[i] >= m->n_slots || !m->slots[slots[i]].live)
			return fault(m, "job %u is started on slot %u, which is not there", number, slots[i]);
		if (m->slots[slots[i]].seen == m->starts)
			return fault(m, "job %u is started on slot %u twice", number, slots[i]);
		m->slots[slots[i]].seen = m->starts;
	}
	return 0;
}

static void note_group(struct mock_host *m, const uint32_t *slots, uint32_t n)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (uint32_t i = 0; i < n; i++)
		hash = (hash ^ slots[i]) * UINT64_C(1099511628211);
	for (uint32_t i = 0; i < m->n_groups; i++)
		if (m->groups[i] == hash)
			return;
	GROW(m->groups, m->n_groups, m->cap_groups);
	m->groups[m->n_groups++] = hash;
}

/* -EAGAIN if a slot has no room, or if it is time to say so without reason: the same slots are then refused until
 * the next advance. */
static int refuse(struct mock_host *m, const uint32_t *slots, uint32_t n)
{
	bool full = false;

	if (m->config.refuse_every != 0 && m->starts % m->config.refuse_every == 0) {
		m->refused = true;
		for (uint32_t i = 0; i < n; i++)
			m->slots[slots[i]].refused_in = m->advances;
	}
	for (uint32_t i = 0; i < n; i++)
		full |= host_room(m, slots[i]) == 0 || m->slots[slots[i]].refused_in == m->advances;
	if (!full)
		return 0;
	if (++m->refusals > 2 * m->n_slots)
		return fault(m, "asks for the same slots again and again in one advance");
	return -EAGAIN;
}

static int host_start(void *ctx, uint32_t number, const uint32_t *slots, uint32_t n)
{
	struct mock_host *m = ctx;
	struct mock_job *job;
	int rc;

	m->starts++;
	rc = check_start(m, number, slots, n);
	if (rc < 0)
		return rc;
	rc = refuse(m, slots, n);
	if (rc < 0)
		return rc;
	if (n > 1)
		note_group(m, slots, n);
	job = &m->jobs[number];
	free(job->slots);
	job->slots = xcalloc(n, sizeof(*slots));
	memcpy(job->slots, slots, n * sizeof(*slots));
	job->state = MOCK_QUEUED;
	job->started_as = m->starts;
	for (uint32_t i = 0; i < n; i++) {
		m->slots[slots[i]].queue[m->slots[slots[i]].n++] = number;
		if (m->slots[slots[i]].n == 1)
			come_to_front(m, number);
	}
	return 0;
}

/* Actions. */

static void add_action(struct mock_host *m, double at, void (*act)(struct mock_host *, const struct action *),
		       uint32_t a, uint32_t b)
{
	uint32_t i;

	GROW(m->actions, m->n_actions, m->cap_actions);
	for (i = m->n_actions++; i > 0 && m->actions[i - 1].at > at; i--)
		m->actions[i] = m->actions[i - 1];
	m->actions[i] = (struct action){ at, act, a, b };
}

static void act_slot(struct mock_host *m, const struct action *action)
{
	struct mock_slot *slot = &m->slots[action->a];

	if (slot->live || action->a >= MOCK_MAX_SLOTS) {
		fault(m, "slot %u cannot be added", action->a);
		return;
	}
	slot->live = true;
	slot->place = (struct ptpar_slot){ .slot = action->a, .node = action->b, .core = action->a };
	if (action->a >= m->n_slots)
		m->n_slots = action->a + 1;
	tell_slots(m);
}

/* Takes back what is queued on a slot and does not run; from the end, so that nothing of it begins meanwhile. The
 * job numbers, in the order of the queue, are written to `back`. */
static uint32_t take_back(struct mock_host *m, uint32_t number, uint32_t *back)
{
	struct mock_slot *slot = &m->slots[number];
	uint32_t n = 0;

	while (slot->n > 0 && m->jobs[slot->queue[slot->n - 1]].state == MOCK_QUEUED) {
		back[n++] = slot->queue[slot->n - 1];
		take_out(m, back[n - 1]);
	}
	for (uint32_t i = 0; i < n / 2; i++) {
		uint32_t other = back[i];

		back[i] = back[n - 1 - i];
		back[n - 1 - i] = other;
	}
	return n;
}

static void act_kill(struct mock_host *m, const struct action *action)
{
	uint32_t back[MOCK_MAX_WINDOW], n, crashed;

	if (!m->slots[action->a].live)
		return;
	m->slots[action->a].live = false;
	n = take_back(m, action->a, back);
	tell_slots(m);
	if (m->slots[action->a].n > 0) {
		crashed = m->slots[action->a].queue[0];
		take_out(m, crashed);
		m->jobs[crashed].crashes++;
		finish(m, crashed);
		if (m->config.retry)
			submit(m, &crashed, 1);
	}
	if (n > 0)
		submit(m, back, n);
}

static void act_recall(struct mock_host *m, const struct action *action)
{
	uint32_t back[MOCK_MAX_WINDOW], n = take_back(m, action->a, back);

	if (n > 0)
		submit(m, back, n);
}

static void act_window(struct mock_host *m, const struct action *action)
{
	m->window = action->a;
}

static void act_submit(struct mock_host *m, const struct action *action)
{
	uint32_t *numbers = xcalloc(action->b, sizeof(*numbers));

	for (uint32_t i = 0; i < action->b; i++)
		numbers[i] = action->a + i;
	submit(m, numbers, action->b);
	free(numbers);
}

void mock_at_slot(struct mock_host *m, double at, uint32_t slot, uint32_t node)
{
	add_action(m, at, act_slot, slot, node);
}

void mock_slots(struct mock_host *m, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		mock_at_slot(m, 0.0, i, 0);
}

void mock_at_kill(struct mock_host *m, double at, uint32_t slot)
{
	add_action(m, at, act_kill, slot, 0);
}

void mock_at_recall(struct mock_host *m, double at, uint32_t slot)
{
	add_action(m, at, act_recall, slot, 0);
}

void mock_at_window(struct mock_host *m, double at, uint32_t window)
{
	add_action(m, at, act_window, window, 0);
}

void mock_at_submit(struct mock_host *m, double at, const struct mock_job *jobs, uint32_t n)
{
	add_action(m, at, act_submit, m->n_jobs, n);
	for (uint32_t i = 0; i < n; i++) {
		GROW(m->jobs, m->n_jobs, m->cap_jobs);
		m->jobs[m->n_jobs++] = (struct mock_job){
			.np = jobs[i].np,
			.duration = jobs[i].duration,
			.expected = jobs[i].expected,
		};
	}
}

/* The run. */

static bool end_holds(const struct mock_host *m, const struct end *end)
{
	return m->jobs[end->job].state == MOCK_RUNNING && m->jobs[end->job].started_as == end->started_as;
}

/* Nothing will happen any more: is that as it should be? */
static void check_end(struct mock_host *m)
{
	for (uint32_t i = 0; i < m->n_jobs; i++) {
		const struct mock_job *job = &m->jobs[i];

		if (job->state == MOCK_QUEUED)
			fault(m, "deadlock: job %u is queued and never begins", i);
		if (job->state == MOCK_WAITING && job->np <= m->n_live)
			fault(m, "stall: job %u needs %u of %u slots and is not started", i, job->np, m->n_live);
		if (job->state == MOCK_ENDED && job->ends != 1 + (m->config.retry ? job->crashes : 0))
			fault(m, "job %u has ended %u times", i, job->ends);
	}
}

static void run(struct mock_host *m)
{
	uint32_t next = 0;

	while (m->fault[0] == '\0') {
		double action_at = next < m->n_actions ? m->actions[next].at : INFINITY;

		if (m->n_ends > 0 && !end_holds(m, &m->ends[0])) {
			pop_end(m);
		} else if (m->n_ends > 0 && m->ends[0].at <= action_at) {
			struct end end = pop_end(m);

			m->now = end.at;
			take_out(m, end.job);
			finish(m, end.job);
			advance(m);
		} else if (next < m->n_actions) {
			m->now = action_at;
			m->actions[next].act(m, &m->actions[next]);
			next++;
			/* Before the first advance, all that happens at the start has happened. */
			if (m->now > 0.0 || next == m->n_actions || m->actions[next].at > 0.0)
				advance(m);
		} else {
			check_end(m);
			return;
		}
	}
}

struct mock_host *mock_new(const struct mock_config *config)
{
	struct mock_host *m = xcalloc(1, sizeof(*m));

	m->config = *config;
	m->window = config->window;
	m->host = (struct ptpar_scheduler_host){
		.abi = PTPAR_SCHEDULER_ABI,
		.size = sizeof(m->host),
		.ctx = m,
		.start = host_start,
		.room = host_room,
		.option = host_option,
		.warn = host_warn,
	};
	return m;
}

int mock_run(struct mock_host *m)
{
	struct ptpar_error err = { "" };

	check_rc(m, "create", m->config.scheduler->create(&m->host, &m->scheduler, &err), &err);
	if (m->fault[0] == '\0')
		run(m);
	m->config.scheduler->destroy(m->scheduler);
	return m->fault[0] == '\0' ? 0 : -1;
}

void mock_free(struct mock_host *m)
{
	if (m == NULL)
		return;
	for (uint32_t i = 0; i < m->n_jobs; i++)
		free(m->jobs[i].slots);
	free(m->jobs);
	free(m->actions);
	free(m->ends);
	free(m->groups);
	free(m);
}

const char *mock_fault(const struct mock_host *m)
{
	return m->fault;
}

const struct mock_job *mock_job(const struct mock_host *m, uint32_t job)
{
	return &m->jobs[job];
}

double mock_makespan(const struct mock_host *m)
{
	double last = 0.0;

	for (uint32_t i = 0; i < m->n_jobs; i++)
		if (m->jobs[i].ended > last)
			last = m->jobs[i].ended;
	return last;
}

uint32_t mock_waiting(const struct mock_host *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n_jobs; i++)
		n += m->jobs[i].state == MOCK_WAITING;
	return n;
}

uint32_t mock_groups(const struct mock_host *m)
{
	return m->n_groups;
}

uint32_t mock_warnings(const struct mock_host *m)
{
	return m->warnings;
}

double mock_lower_bound(const struct mock_job *jobs, uint32_t n, uint32_t slots)
{
	double work = 0.0, longest = 0.0, wide = 0.0;

	for (uint32_t i = 0; i < n; i++) {
		work += jobs[i].np * jobs[i].duration;
		longest = fmax(longest, jobs[i].duration);
		/* Two that need more than half of the slots cannot run at once, nor three that need just half. */
		if (2 * jobs[i].np > slots)
			wide += jobs[i].duration;
		else if (2 * jobs[i].np == slots)
			wide += jobs[i].duration / 2;
	}
	return fmax(work / slots, fmax(longest, wide));
}
