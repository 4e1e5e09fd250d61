/* previous.c - a fold over the event log; ids are sorted for the search. */
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

struct previous {
	int which;
	char **ids; /* of tests, and paths of sources that could not be collected */
	size_t n, cap;
	const char **sources;
	size_t n_sources, cap_sources;
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

static void add_source(struct previous *p, const char *source)
{
	for (size_t i = p->n_sources; i > 0; i--)
		if (strcmp(p->sources[i - 1], source) == 0)
			return;
	GROW(p->sources, p->n_sources, p->cap_sources);
	p->sources[p->n_sources++] = xstrdup(source);
}

static void on_event(void *ctx, const struct event *e)
{
	struct previous *p = ctx;

	if (e->kind != EVENT_FINISHED || (kind_of(e->finished.outcome) & p->which) == 0)
		return;
	GROW(p->ids, p->n, p->cap);
	p->ids[p->n++] = xstrdup(e->finished.test.id);
	add_source(p, e->finished.test.source);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
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

struct previous *previous_read(int which, struct ptpar_error *err)
{
	char run[RUN_ID_SIZE];
	FILE *log = rundir_open("last", run, err);
	struct ptpar_error why;
	struct previous *p;
	struct roster *roster;
	int status;

	if (log == NULL)
		return NULL;
	if (check_owner(log, run, err) < 0) {
		fclose(log);
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->which = which;
	roster = roster_new(on_event, p);
	status = eventlog_read(log, roster_event, roster, &why);
	roster_finish(roster);
	fclose(log);
	if (status < 0) {
		ptpar_fail(err, status, ".ptpar/runs/%s/events.jsonl: %s", run, why.text);
		previous_free(p);
		return NULL;
	}
	if (p->n > 0)
		qsort(p->ids, p->n, sizeof(*p->ids), compare);
	return p;
}

static bool has(const struct previous *p, const char *id)
{
	return p->n > 0 && bsearch(&id, p->ids, p->n, sizeof(*p->ids), compare) != NULL;
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

size_t previous_count(const struct previous *p)
{
	return p->n;
}

void previous_free(struct previous *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		free(p->ids[i]);
	for (size_t i = 0; i < p->n_sources; i++)
		free((char *)p->sources[i]);
	free(p->ids);
	free(p->sources);
	free(p);
}
