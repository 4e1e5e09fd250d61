/* scheduler-shuffle.c - a scheduler for ptpar, as a third party would write it: starts the tests in a random order.
 *
 * It is the smallest scheduler that does all that it must: keeps the jobs that wait, finds slots that have room,
 * copes with slots that come and go, with jobs that come back, and with a host that says "not now".
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ptpar/scheduler.h>

struct waiting {
	uint32_t job;
	uint32_t np;
};

struct shuffle {
	const struct ptpar_scheduler_host *host;
	uint64_t random;
	struct waiting *jobs; /* all that wait, in no order */
	uint32_t n_jobs, cap;
	uint32_t n_wide; /* the first so many are wider than the slots that there are */
	bool drawn;      /* the last one was drawn: it is the next to start */
	uint32_t *slots; /* numbers of the live ones */
	uint32_t n_slots;
	uint32_t *chosen; /* n_slots of them: where the next job goes */
};

static int fail(struct ptpar_error *err, int code, const char *text)
{
	if (err != NULL)
		snprintf(err->text, sizeof(err->text), "shuffle: %s", text);
	return code;
}

/* splitmix64: any seed is a good one. */
static uint64_t draw(struct shuffle *s)
{
	uint64_t z = s->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* The seed: from the configuration, else from the environment, else a new one, which is told, so that the same
 * order can be had again. */
static int find_seed(struct shuffle *s, struct ptpar_error *err)
{
	const char *text = s->host->option(s->host->ctx, "seed");
	struct timespec now;
	char line[96], *end;

	if (text == NULL)
		text = getenv("PTPAR_SHUFFLE_SEED");
	if (text != NULL) {
		errno = 0;
		s->random = strtoull(text, &end, 10);
		if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
			return fail(err, -EINVAL, "the seed must be a whole number, 0 or more");
		return 0;
	}
	timespec_get(&now, TIME_UTC);
	s->random = ((uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec) % 1000000000u;
	snprintf(line, sizeof(line), "shuffle: the seed is %llu; PTPAR_SHUFFLE_SEED=%llu gives this order again",
		 (unsigned long long)s->random, (unsigned long long)s->random);
	s->host->warn(s->host->ctx, line);
	return 0;
}

static int shuffle_create(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err)
{
	struct shuffle *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return fail(err, -ENOMEM, "out of memory");
	s->host = host;
	rc = find_seed(s, err);
	if (rc < 0) {
		free(s);
		return rc;
	}
	*state = s;
	return 0;
}

/* The whole truth about slots, each time: what is not in it any more is lost. */
static int shuffle_slots_changed(void *state, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err)
{
	struct shuffle *s = state;

	s->n_wide = 0;
	s->drawn = false;
	free(s->slots);
	free(s->chosen);
	s->n_slots = 0;
	s->slots = calloc(n + (size_t)1, sizeof(*s->slots)); /* there may be none */
	s->chosen = calloc(n + (size_t)1, sizeof(*s->chosen));
	if (s->slots == NULL || s->chosen == NULL)
		return fail(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < n; i++)
		s->slots[s->n_slots++] = slots[i].slot;
	return 0;
}

/* `jobs` is gone after the call: copy what is needed. */
static int shuffle_submit(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err)
{
	struct shuffle *s = state;

	if (n > s->cap - s->n_jobs) {
		uint32_t cap = 2 * s->cap + n;
		struct waiting *grown = realloc(s->jobs, cap * sizeof(*grown));

		if (grown == NULL)
			return fail(err, -ENOMEM, "out of memory");
		s->jobs = grown;
		s->cap = cap;
	}
	for (uint32_t i = 0; i < n; i++)
		s->jobs[s->n_jobs++] = (struct waiting){ jobs[i].job, jobs[i].np };
	s->drawn = false;
	return 0;
}

static void swap(struct waiting *a, struct waiting *b)
{
	struct waiting old = *a;

	*a = *b;
	*b = old;
}

/* Draws the next job, if that has not been done, and puts it last. False: none waits that there are slots for. */
static bool draw_job(struct shuffle *s)
{
	while (!s->drawn && s->n_wide < s->n_jobs) {
		struct waiting *job = &s->jobs[s->n_wide + draw(s) % (s->n_jobs - s->n_wide)];

		s->drawn = job->np <= s->n_slots;
		swap(job, &s->jobs[s->drawn ? s->n_jobs - 1 : s->n_wide++]);
	}
	return s->drawn;
}

/* Puts np slots that have room into s->chosen; false if there are not so many now. */
static bool choose_slots(struct shuffle *s, uint32_t np)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_slots && n < np; i++)
		if (s->host->room(s->host->ctx, s->slots[i]) > 0)
			s->chosen[n++] = s->slots[i];
	return n == np;
}

/* Starts jobs until one must wait for room. (A faster scheduler would look for another that fits; this one keeps
 * the order.) When there is room again, or jobs or slots are new, advance is called again. */
static int shuffle_advance(void *state, struct ptpar_error *err)
{
	struct shuffle *s = state;

	while (draw_job(s)) {
		const struct waiting *job = &s->jobs[s->n_jobs - 1];
		int rc;

		if (!choose_slots(s, job->np))
			return 0;
		rc = s->host->start(s->host->ctx, job->job, s->chosen, job->np);
		if (rc == -EAGAIN)
			return 0;
		if (rc < 0)
			return fail(err, rc, "a job was refused");
		s->n_jobs--;
		s->drawn = false;
	}
	return 0;
}

static void shuffle_finished(void *state, uint32_t job)
{
	(void)state; /* that its slots have room again is all that matters, and `room` tells */
	(void)job;
}

static void shuffle_destroy(void *state)
{
	struct shuffle *s = state;

	if (s == NULL)
		return;
	free(s->jobs);
	free(s->slots);
	free(s->chosen);
	free(s);
}

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("shuffle", "in random order"),
	.create = shuffle_create,
	.slots_changed = shuffle_slots_changed,
	.submit = shuffle_submit,
	.advance = shuffle_advance,
	.finished = shuffle_finished,
	.destroy = shuffle_destroy,
};
