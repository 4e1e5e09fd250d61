/* report_junit.c - each test is rendered as it finishes, into the text of its source; the counts, which stand
 * before them in the file, are known at the end. */
#include "core/ptpar/report_junit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/common/output.h"
#include "core/common/replace.h"
#include "core/common/text.h"
#include "core/ptpar/points.h"
#include "core/ptpar/report_text.h"
#include "core/ptpar/retries.h"
#include "core/ptpar/tally.h"

/* What a test may print into the report, bytes: libxml2 refuses elements above 10 MB, escaped or not. */
enum { OUTPUT_MAX = 2 << 20, OUTPUT_MIN = 1 << 12 };

struct counts {
	size_t tests, failures, errors, skipped;
	double time; /* s */
};

struct junit_suite {
	char *source;
	struct counts counts;
	struct buffer cases;
};

struct junit {
	struct reporter reporter;
	char *file;
	double epoch; /* s since 1970 */
	double end;   /* s since the start */
	struct junit_suite *suites;
	size_t n, cap;
	struct retries retries;
};

/* The one table of what becomes what. */
static const struct {
	const char *element; /* NULL: none */
	size_t count;        /* offset in struct counts of what it adds to */
} mapping[OUTCOME_COUNT] = {
	[OUTCOME_PASSED] = { NULL, 0 },
	[OUTCOME_FAILED] = { "failure", offsetof(struct counts, failures) },
	[OUTCOME_XPASSED] = { "failure", offsetof(struct counts, failures) },
	[OUTCOME_ERROR] = { "error", offsetof(struct counts, errors) },
	[OUTCOME_CRASHED] = { "error", offsetof(struct counts, errors) },
	[OUTCOME_TIMEOUT] = { "error", offsetof(struct counts, errors) },
	[OUTCOME_SKIPPED] = { "skipped", offsetof(struct counts, skipped) },
	[OUTCOME_XFAILED] = { "skipped", offsetof(struct counts, skipped) },
	[OUTCOME_NOT_RUN] = { "skipped", offsetof(struct counts, skipped) },
};

static void count(struct counts *c, const struct event_finished *f)
{
	c->tests++;
	c->time += f->duration;
	if (mapping[f->outcome].element != NULL)
		++*(size_t *)((char *)c + mapping[f->outcome].count);
}

/* --- one test -------------------------------------------------------------------------------------------- */

static void put_attribute(struct buffer *b, const char *name, const char *value)
{
	buffer_printf(b, " %s=\"", name);
	text_put_xml(b, value, strlen(value));
	buffer_putc(b, '"');
}

static struct text_style style_for(const struct event_finished *f)
{
	size_t share = OUTPUT_MAX / (f->n_ranks == 0 ? 1 : f->n_ranks);

	return (struct text_style){ .put = text_put_xml,
				    .max_bytes = share < OUTPUT_MIN ? OUTPUT_MIN : share,
				    .hint = ": the event log has them" };
}

static void put_message(struct buffer *b, const struct event_finished *f, const struct text_style *style)
{
	const char *reason = event_reason(f, PTPAR_NOTE_SKIP);

	buffer_puts(b, " message=\"");
	if (strcmp(mapping[f->outcome].element, "skipped") == 0)
		text_put_xml(b, reason, strlen(reason));
	else
		text_put_brief(b, f, style);
	buffer_putc(b, '"');
}

static void put_result(struct buffer *b, const struct event_finished *f, const struct text_style *style)
{
	const char *element = mapping[f->outcome].element;
	bool skipped;

	if (element == NULL)
		return;
	skipped = strcmp(element, "skipped") == 0;
	buffer_printf(b, "      <%s type=\"%s\"", element, outcome_word(f->outcome));
	put_message(b, f, style);
	if (skipped) {
		buffer_puts(b, "/>\n");
		return;
	}
	buffer_putc(b, '>');
	text_put_failure(b, f, style, false);
	buffer_printf(b, "</%s>\n", element);
}

static void put_system_out(struct buffer *b, const struct event_finished *f, const struct text_style *style)
{
	size_t before = b->len, empty;

	buffer_puts(b, "      <system-out>");
	empty = b->len;
	text_put_output(b, f, style);
	if (b->len == empty)
		b->len = before;
	else
		buffer_puts(b, "</system-out>\n");
}

/* The attempts before, as Surefire writes them: of a test that has passed in the end, or has not. */
static void put_retries(struct buffer *b, const struct retries *retries, const struct event_finished *f,
			const struct text_style *style)
{
	const struct event_finished *r;
	size_t at = 0;

	while (f->attempt > 1 && (r = retries_next(retries, f->test.id, &at)) != NULL && r->attempt < f->attempt) {
		const char *kind = strcmp(mapping[r->outcome].element, "failure") == 0 ? "Failure" : "Error";
		const char *when = event_is_flaky(f) ? "flaky" : "rerun";

		buffer_printf(b, "      <%s%s type=\"%s\"", when, kind, outcome_word(r->outcome));
		put_message(b, r, style);
		buffer_putc(b, '>');
		text_put_failure(b, r, style, false);
		buffer_printf(b, "</%s%s>\n", when, kind);
	}
}

static void put_case(struct buffer *b, const struct event_finished *f, const struct retries *retries)
{
	const struct event_note *note = text_first_failure(f);
	struct text_style style = style_for(f);

	buffer_puts(b, "    <testcase");
	put_attribute(b, "classname", f->test.source);
	put_attribute(b, "name", f->test.name[0] == '\0' ? "collection" : f->test.name);
	buffer_printf(b, " time=\"%.6f\"", f->duration);
	if (note != NULL && note->file != NULL) {
		put_attribute(b, "file", note->file);
		buffer_printf(b, " line=\"%" PRIu32 "\"", note->line);
	}
	buffer_puts(b, ">\n");
	if (event_is_flaky(f))
		buffer_printf(b,
			      "      <properties><property name=\"flaky\" value=\"passed at attempt %" PRIu32
			      "\"/></properties>\n",
			      f->attempt);
	put_result(b, f, &style);
	put_retries(b, retries, f, &style);
	put_system_out(b, f, &style);
	buffer_puts(b, "    </testcase>\n");
}

/* --- its test points, each a case of its own ------------------------------------------------------------- */

/* "NAME: 3 - description", "NAME rank 1: 3.1 - description" */
static char *point_name(const struct event_finished *f, const struct event_rank *r, const size_t *parents, size_t i,
			bool with_rank)
{
	struct buffer name = { 0 };

	buffer_puts(&name, f->test.name);
	if (with_rank)
		buffer_printf(&name, " rank %" PRIu32, r->rank);
	buffer_puts(&name, ": ");
	points_put_number(&name, r, parents, i);
	if (r->points[i].name[0] != '\0')
		buffer_printf(&name, " - %s", r->points[i].name);
	buffer_putc(&name, '\0');
	return name.data;
}

static void put_point(struct buffer *b, const struct event_finished *f, const struct ptpar_point *p,
		      const char *name)
{
	buffer_puts(b, "    <testcase");
	put_attribute(b, "classname", f->test.source);
	put_attribute(b, "name", name);
	buffer_puts(b, " time=\"0\"");
	switch (p->outcome) {
	case PTPAR_POINT_PASSED:
	case PTPAR_POINT_XPASSED:
		buffer_puts(b, "/>\n");
		return;
	case PTPAR_POINT_FAILED:
		buffer_printf(b, ">\n      <failure type=\"failed\" message=\"not ok, line %" PRIu32 "\">",
			      p->line);
		if (p->detail != NULL)
			text_put_xml(b, p->detail, strnlen(p->detail, OUTPUT_MAX));
		buffer_puts(b, "</failure>\n");
		break;
	case PTPAR_POINT_SKIPPED:
	case PTPAR_POINT_XFAILED:
		buffer_printf(b, ">\n      <skipped type=\"%s\"", point_words[p->outcome]);
		put_attribute(b, "message", p->reason != NULL ? p->reason : "");
		buffer_puts(b, "/>\n");
		break;
	}
	buffer_puts(b, "    </testcase>\n");
}

static void count_point(struct counts *c, const struct ptpar_point *p)
{
	c->tests++;
	c->failures += p->outcome == PTPAR_POINT_FAILED;
	c->skipped += p->outcome == PTPAR_POINT_SKIPPED || p->outcome == PTPAR_POINT_XFAILED;
}

static void put_points(struct buffer *b, struct counts *c, const struct event_finished *f)
{
	bool with_rank = points_count_ranks(f) > 1;

	for (size_t i = 0; i < f->n_ranks; i++) {
		const struct event_rank *r = &f->ranks[i];
		size_t *parents = points_parents(r);

		for (size_t k = 0; k < r->n_points; k++) {
			char *name = point_name(f, r, parents, k, with_rank);

			put_point(b, f, &r->points[k], name);
			count_point(c, &r->points[k]);
			free(name);
		}
		free(parents);
	}
}

/* --- the file -------------------------------------------------------------------------------------------- */

/* Tests of a source tend to finish one after another: the search goes backwards. */
static struct junit_suite *find_suite(struct junit *j, const char *source)
{
	for (size_t i = j->n; i > 0; i--)
		if (strcmp(j->suites[i - 1].source, source) == 0)
			return &j->suites[i - 1];
	GROW(j->suites, j->n, j->cap);
	j->suites[j->n] = (struct junit_suite){ .source = xstrdup(source) };
	return &j->suites[j->n++];
}

static void on_event(struct reporter *self, const struct event *e)
{
	struct junit *j = (struct junit *)self;
	struct junit_suite *suite;

	j->end = e->time > j->end ? e->time : j->end;
	if (e->kind == EVENT_RUN_START)
		j->epoch = e->run_start.epoch;
	retries_event(&j->retries, e);
	if (e->kind != EVENT_FINISHED)
		return;
	suite = find_suite(j, e->finished.test.source);
	count(&suite->counts, &e->finished);
	put_case(&suite->cases, &e->finished, &j->retries);
	put_points(&suite->cases, &suite->counts, &e->finished);
}

static void put_counts(struct buffer *b, const struct counts *c)
{
	buffer_printf(b, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.6f\"", c->tests,
		      c->failures, c->errors, c->skipped, c->time);
}

static void put_suite(struct buffer *b, const struct junit_suite *s, const char *timestamp, const char *host)
{
	buffer_puts(b, "  <testsuite");
	put_attribute(b, "name", s->source);
	put_counts(b, &s->counts);
	put_attribute(b, "timestamp", timestamp);
	put_attribute(b, "hostname", host);
	buffer_puts(b, ">\n");
	buffer_append(b, s->cases.data, s->cases.len);
	buffer_puts(b, "  </testsuite>\n");
}

/* UTC. Without a zone behind it: the schema of Jenkins' plugin allows none. */
static void format_time(char text[32], double epoch)
{
	time_t seconds = epoch > 0 && epoch < 1e11 ? (time_t)epoch : 0;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm);
}

static void put_file(struct buffer *b, const struct junit *j)
{
	char timestamp[32], host[256] = "";
	struct counts sum = { .time = j->end };

	format_time(timestamp, j->epoch);
	gethostname(host, sizeof(host) - 1);
	for (size_t i = 0; i < j->n; i++) {
		sum.tests += j->suites[i].counts.tests;
		sum.failures += j->suites[i].counts.failures;
		sum.errors += j->suites[i].counts.errors;
		sum.skipped += j->suites[i].counts.skipped;
	}
	buffer_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ptpar\"");
	put_counts(b, &sum);
	buffer_puts(b, ">\n");
	for (size_t i = 0; i < j->n; i++)
		put_suite(b, &j->suites[i], timestamp, host);
	buffer_puts(b, "</testsuites>\n");
}

static int write_out(const char *file, const struct buffer *b, struct ptpar_error *err)
{
	int status;

	if (strcmp(file, "-") != 0)
		return file_replace(file, b->data, b->len, err);
	status = output_write(STDOUT_FILENO, b->data, b->len);
	if (status == 0 || output_is_closed(status))
		return 0;
	return ptpar_fail(err, status, "standard output: %s", strerror(-status));
}

static int on_finish(struct reporter *self, struct ptpar_error *err)
{
	struct junit *j = (struct junit *)self;
	struct buffer b = { 0 };
	int status;

	put_file(&b, j);
	status = write_out(j->file, &b, err);
	buffer_free(&b);
	for (size_t i = 0; i < j->n; i++) {
		free(j->suites[i].source);
		buffer_free(&j->suites[i].cases);
	}
	retries_free(&j->retries);
	free(j->suites);
	free(j->file);
	free(j);
	return status;
}

struct reporter *report_junit_new(const char *file)
{
	struct junit *j = xcalloc(1, sizeof(*j));

	j->reporter = (struct reporter){ .event = on_event, .finish = on_finish };
	j->file = xstrdup(file);
	return &j->reporter;
}
