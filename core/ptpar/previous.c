/* previous.c - all ends of tests, of the last run and of those before it that count; then, for each id, the newest.
 */
#include "core/ptpar/previous.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/ptpar/eventlog.h"
#include "core/ptpar/roster.h"
#include "core/ptpar/rundir.h"

struct entry {
	char *id; /* of a test, or the path of a source that could not be collected */
	char *source;
	bool is_source;
	int kind;
	unsigned age; /* 0: of the last run; 1: of the one that it was a rerun of … */
	size_t place; /* among all, in the order of ends */
};

struct previous {
	char run[RUN_ID_SIZE];
	struct entry *entries; /* those that are meant, by id */
	size_t n, cap;
	const char **sources;
	size_t n_sources, cap_sources;
};

/* A log that is being read. */
struct reading {
	struct previous *previous;
	unsigned age;
	char base[RUN_ID_SIZE]; /* the run that it was a rerun of, or "" */
};

int previous_parse(const char *text, struct ptpar_error *err)
{
	static const char *const words[] = { "failed", "not-run" };
	int which = 0;

	while (which >= 0) {
		size_t n = strcspn(text, ","), i = 0;

		while (i < 2 && (strlen(words[i]) != n || strncmp(text, words[i], n) != 0))
			i++;
		if (i == 2)
			return ptpar_fail(err, -EINVAL,
					  "--rerun %s: no such value: give failed, not-run, or failed,not-run",
					  text);
		which |= 1 << i;
		if (text[n] == '\0')
			break;
		text += n + 1;
	}
	return which;
}

static int kind_of(enum outcome outcome)
{
	return outcome == OUTCOME_NOT_RUN ? PREVIOUS_NOT_RUN : outcome_is_bad(outcome) ? PREVIOUS_FAILED : 0;
}

static void on_event(void *ctx, const struct event *e)
{
	struct reading *reading = ctx;
	struct previous *p = reading->previous;

	if (e->kind == EVENT_RUN_START)
		snprintf(reading->base, sizeof(reading->base), "%s", e->run_start.base);
	if (e->kind != EVENT_FINISHED)
		return;
	GROW(p->entries, p->n, p->cap);
	p->entries[p->n] = (struct entry){ .id = xstrdup(e->finished.test.id),
					   .source = xstrdup(e->finished.test.source),
					   .is_source = e->finished.test.name[0] == '\0',
					   .kind = kind_of(e->finished.outcome),
					   .age = reading->age,
					   .place = p->n };
	p->n++;
}

/* Of one id: the newest first, and of twins the one that is of some kind. */
static int by_id(const void *a, const void *b)
{
	const struct entry *s = a, *t = b;
	int order = strcmp(s->id, t->id);

	if (order != 0)
		return order;
	return s->age != t->age ? (s->age < t->age ? -1 : 1) : t->kind - s->kind;
}

static int by_place(const void *a, const void *b)
{
	const struct entry *s = a, *t = b;

	return (s->place > t->place) - (s->place < t->place);
}

/* Keeps those that say so; in their order. */
static void keep(struct previous *p, bool (*is_kept)(const struct previous *p, size_t i, int which), int which)
{
	bool *kept = xcalloc(p->n, sizeof(*kept));
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		kept[i] = is_kept(p, i, which);
	for (size_t i = 0; i < p->n; i++) {
		if (kept[i]) {
			p->entries[n++] = p->entries[i];
			continue;
		}
		free(p->entries[i].id);
		free(p->entries[i].source);
	}
	p->n = n;
	free(kept);
}

static bool is_newest(const struct previous *p, size_t i, int which)
{
	(void)which;
	return i == 0 || strcmp(p->entries[i - 1].id, p->entries[i].id) != 0;
}

/* But for a source that could not be collected once, and could be later. */
static bool is_meant(const struct previous *p, size_t i, int which)
{
	const struct entry *e = &p->entries[i];

	if ((e->kind & which) == 0)
		return false;
	for (size_t k = 0; e->is_source && e->age > 0 && k < p->n; k++)
		if (p->entries[k].age < e->age && strcmp(p->entries[k].source, e->source) == 0)
			return false;
	return true;
}

static void add_source(struct previous *p, const char *source)
{
	for (size_t i = p->n_sources; i > 0; i--)
		if (strcmp(p->sources[i - 1], source) == 0)
			return;
	GROW(p->sources, p->n_sources, p->cap_sources);
	p->sources[p->n_sources++] = source;
}

/* Of all that was read, what counts. */
static void select_entries(struct previous *p, int which)
{
	if (p->n == 0)
		return;
	qsort(p->entries, p->n, sizeof(*p->entries), by_id);
	keep(p, is_newest, which);
	keep(p, is_meant, which);
	qsort(p->entries, p->n, sizeof(*p->entries), by_place);
	for (size_t i = 0; i < p->n; i++)
		add_source(p, p->entries[i].source);
	qsort(p->entries, p->n, sizeof(*p->entries), by_id);
}

/* What a record names is loaded and run: one that another user has put there must not be obeyed. */
static int check_owner(FILE *log, const char *run, struct ptpar_error *err)
{
	struct stat st;

	if (fstat(fileno(log), &st) == 0 && (st.st_uid == geteuid() || st.st_uid == 0))
		return 0;
	return ptpar_fail(
		err, -EACCES,
		".ptpar/runs/%s/events.jsonl belongs to another user, and may name anything: name the tests", run);
}

/* Reads the log of that run, whose whole id it writes. */
static int read_run(struct reading *reading, const char *wanted, char run[RUN_ID_SIZE], struct ptpar_error *err)
{
	FILE *log = rundir_open(wanted, run, err);
	struct ptpar_error why;
	unsigned long line = 0;
	struct roster *roster;
	int status;

	if (log == NULL)
		return -ENOENT;
	status = check_owner(log, run, err);
	if (status == 0) {
		roster = roster_new(on_event, reading);
		status = eventlog_read(log, &line, roster_event, roster, &why);
		roster_finish(roster, NULL);
		if (status < 0)
			ptpar_fail(err, status, ".ptpar/runs/%s/events.jsonl: %s", run, why.text);
	}
	fclose(log);
	return status;
}

struct previous *previous_read(int which, struct ptpar_error *err)
{
	struct previous *p = xcalloc(1, sizeof(*p));
	struct reading reading = { .previous = p };
	char base[RUN_ID_SIZE], run[RUN_ID_SIZE];

	if (read_run(&reading, "last", p->run, err) < 0) {
		previous_free(p);
		return NULL;
	}
	/* An older one that is gone, or broken, is only less to know. */
	while (reading.base[0] != '\0' && ++reading.age < RUNS_KEPT) {
		memcpy(base, reading.base, sizeof(base));
		reading.base[0] = '\0';
		(void)read_run(&reading, base, run, NULL);
	}
	select_entries(p, which);
	return p;
}

static bool has(const struct previous *p, const char *id)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(id, p->entries[middle].id);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool previous_has(const struct previous *p, const char *id, const char *source)
{
	return has(p, id) || has(p, source);
}

const char *const *previous_sources(const struct previous *p, size_t *n)
{
	*n = p->n_sources;
	return p->sources;
}

const char *previous_run(const struct previous *p)
{
	return p->run;
}

const char *previous_id(const struct previous *p, size_t i)
{
	return p->entries[i].id;
}

const char *previous_source(const struct previous *p, size_t i)
{
	return p->entries[i].source;
}

size_t previous_count(const struct previous *p)
{
	return p->n;
}

void previous_free(struct previous *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++) {
		free(p->entries[i].id);
		free(p->entries[i].source);
	}
	free(p->entries);
	free(p->sources);
	free(p);
}
