/* eventlog.c - writing: an appender of its own, since tens of thousands of tests in a second are normal: 0.34 µs
 * for a plain EVENT_FINISHED, where jansson (json_pack, json_dumpf) took 2.7 µs on the same machine (gcc -O2,
 * /dev/null). Reading: jansson, which also bounds the depth. */
#include "core/ptpar/eventlog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/common/text.h"
#include "core/ptpar/points.h"

/* The longest line that is read, bytes. */
enum { LINE_MAX_BYTES = 256 << 20 };

struct log {
	struct reporter reporter;
	int fd;
	int error; /* errno of the first write that failed; nothing is written after it */
	struct buffer out;
};

static const char *const kinds[] = {
	[EVENT_RUN_START] = "run-start", [EVENT_SELECTED] = "selected", [EVENT_STARTED] = "started",
	[EVENT_FINISHED] = "finished",   [EVENT_RETRIED] = "retried",   [EVENT_RESUMED] = "resumed",
	[EVENT_SLOW] = "slow",           [EVENT_WARNING] = "warning",   [EVENT_STATUS] = "status",
	[EVENT_WAITING] = "waiting",     [EVENT_RUN_END] = "run-end",
};
static const char *const note_kinds[] = {
	[PTPAR_NOTE_FAILURE] = "failure",
	[PTPAR_NOTE_SKIP] = "skip",
	[PTPAR_NOTE_LOG] = "log",
};
static const char *const phases[] = {
	[PTPAR_PHASE_NONE] = "",
	[PTPAR_PHASE_SETUP] = "setup",
	[PTPAR_PHASE_CALL] = "call",
	[PTPAR_PHASE_TEARDOWN] = "teardown",
};

/* --- writing --------------------------------------------------------------------------------------------- */

static void put_key(struct buffer *b, const char *key)
{
	buffer_append(b, ",\"", 2);
	buffer_puts(b, key);
	buffer_append(b, "\":", 2);
}

static void put_text(struct buffer *b, const char *s, size_t n)
{
	buffer_putc(b, '"');
	text_put_json(b, s, n);
	buffer_putc(b, '"');
}

static void put_string(struct buffer *b, const char *key, const char *s)
{
	put_key(b, key);
	if (s == NULL)
		buffer_append(b, "null", 4);
	else
		put_text(b, s, strlen(s));
}

static void put_digits(struct buffer *b, uint64_t v)
{
	char digits[20], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	buffer_append(b, p, (size_t)(digits + sizeof(digits) - p));
}

static void put_number(struct buffer *b, const char *key, uint64_t v)
{
	put_key(b, key);
	put_digits(b, v);
}

/* Seconds, to the microsecond. A number that is none, or none that a clock shows (a log that was read may say
 * anything), becomes 0. */
static void put_seconds(struct buffer *b, const char *key, double v)
{
	uint64_t us = v > 0 && v < 1e12 ? (uint64_t)(v * 1e6 + 0.5) : 0;
	char fraction[7];

	put_key(b, key);
	put_digits(b, us / 1000000);
	fraction[0] = '.';
	for (int i = 6; i > 0; i--, us /= 10)
		fraction[i] = (char)('0' + us % 10);
	buffer_append(b, fraction, 7);
}

static void put_test(struct buffer *b, const struct event_test *t)
{
	put_string(b, "id", t->id);
	put_string(b, "source", t->source);
	put_string(b, "name", t->name);
	put_number(b, "np", t->np);
}

static void put_run_start(struct buffer *b, const struct event_run_start *r)
{
	put_string(b, "run", r->run);
	put_string(b, "version", r->version);
	put_string(b, "scheduler", r->scheduler);
	put_string(b, "mpi", r->mpi);
	put_key(b, "argv");
	for (uint32_t i = 0; i < r->argc; i++) {
		buffer_putc(b, i == 0 ? '[' : ',');
		put_text(b, r->argv[i], strlen(r->argv[i]));
	}
	buffer_puts(b, r->argc == 0 ? "[]" : "]");
	put_number(b, "workers", r->workers);
	put_number(b, "cores", r->cores);
	put_seconds(b, "epoch", r->epoch);
	if (r->base != NULL && r->base[0] != '\0')
		put_string(b, "base", r->base);
}

static void put_started(struct buffer *b, const struct event_started *s)
{
	put_string(b, "id", s->id);
	put_key(b, "slots");
	for (uint32_t i = 0; i < s->np; i++) {
		buffer_putc(b, i == 0 ? '[' : ',');
		put_digits(b, s->slots[i]);
	}
	buffer_puts(b, s->np == 0 ? "[]" : "]");
	put_number(b, "attempt", s->attempt);
}

static void put_note(struct buffer *b, const struct event_note *n)
{
	buffer_puts(b, "{\"kind\":\"");
	buffer_puts(b, note_kinds[n->kind]);
	buffer_putc(b, '"');
	put_string(b, "phase", phases[n->phase]);
	put_string(b, "file", n->file);
	put_number(b, "line", n->line);
	put_string(b, "text", n->text);
	buffer_putc(b, '}');
}

static void put_point(struct buffer *b, const struct ptpar_point *p)
{
	buffer_printf(b, "{\"number\":%u", (unsigned)p->number);
	put_string(b, "outcome", point_words[p->outcome]);
	put_number(b, "depth", p->depth);
	put_string(b, "name", p->name);
	put_string(b, "reason", p->reason);
	put_string(b, "detail", p->detail);
	put_number(b, "line", p->line);
	buffer_putc(b, '}');
}

static void put_rank(struct buffer *b, const struct event_rank *r)
{
	buffer_puts(b, "{\"rank\":");
	put_digits(b, r->rank);
	put_string(b, "outcome", outcome_word(r->outcome));
	put_seconds(b, "duration", r->duration);
	put_key(b, "notes");
	for (size_t i = 0; i < r->n_notes; i++) {
		buffer_putc(b, i == 0 ? '[' : ',');
		put_note(b, &r->notes[i]);
	}
	buffer_puts(b, r->n_notes == 0 ? "[]" : "]");
	put_key(b, "output");
	put_text(b, r->output, r->n_output);
	for (size_t i = 0; i < r->n_points; i++) {
		if (i == 0)
			put_key(b, "points");
		buffer_putc(b, i == 0 ? '[' : ',');
		put_point(b, &r->points[i]);
	}
	buffer_puts(b, r->n_points == 0 ? "}" : "]}");
}

static void put_finished(struct buffer *b, const struct event_finished *f)
{
	put_test(b, &f->test);
	put_string(b, "outcome", outcome_word(f->outcome));
	put_seconds(b, "duration", f->duration);
	put_number(b, "attempt", f->attempt);
	if (f->is_slow)
		buffer_puts(b, ",\"slow\":true");
	if (f->reason[0] != '\0')
		put_string(b, "reason", f->reason);
	if (f->n_ranks == 0)
		return;
	put_key(b, "ranks");
	for (size_t i = 0; i < f->n_ranks; i++) {
		buffer_putc(b, i == 0 ? '[' : ',');
		put_rank(b, &f->ranks[i]);
	}
	buffer_putc(b, ']');
}

static void flush(struct log *log)
{
	size_t done = 0;
	ssize_t n;

	while (done < log->out.len && log->error == 0) {
		n = write(log->fd, log->out.data + done, log->out.len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			log->error = n == 0 ? EIO : errno;
	}
	log->out.len = 0;
}

static void on_event(struct reporter *self, const struct event *e)
{
	struct log *log = (struct log *)self;
	struct buffer *b = &log->out;

	buffer_puts(b, "{\"event\":\"");
	buffer_puts(b, kinds[e->kind]);
	buffer_putc(b, '"');
	put_seconds(b, "time", e->time);
	switch (e->kind) {
	case EVENT_RUN_START:
		put_run_start(b, &e->run_start);
		break;
	case EVENT_SELECTED:
		put_test(b, &e->selected);
		break;
	case EVENT_STARTED:
		put_started(b, &e->started);
		break;
	case EVENT_FINISHED:
	case EVENT_RETRIED:
		put_finished(b, &e->finished);
		break;
	case EVENT_RESUMED:
		put_seconds(b, "stopped", e->resumed);
		break;
	case EVENT_SLOW:
		put_string(b, "id", e->slow.id);
		put_seconds(b, "duration", e->slow.duration);
		break;
	case EVENT_WARNING:
		put_string(b, "text", e->warning);
		break;
	case EVENT_STATUS:
		put_string(b, "text", e->status);
		break;
	case EVENT_WAITING:
		put_string(b, "text", e->waiting.text);
		put_seconds(b, "since", e->waiting.since);
		break;
	case EVENT_RUN_END:
		put_number(b, "status", (uint64_t)e->run_end.status);
		put_string(b, "interrupted", e->run_end.interrupted);
		break;
	}
	buffer_append(b, "}\n", 2);
	if (b->len > 1 << 16)
		flush(log);
}

static void on_idle(struct reporter *self)
{
	flush((struct log *)self);
}

static int on_finish(struct reporter *self, struct ptpar_error *err)
{
	struct log *log = (struct log *)self;
	int error;

	flush(log);
	if (close(log->fd) != 0 && log->error == 0)
		log->error = errno;
	error = log->error;
	buffer_free(&log->out);
	free(log);
	if (error != 0)
		return ptpar_fail(err, -error, "the event log of this run is incomplete: %s", strerror(error));
	return 0;
}

struct reporter *eventlog_new(int fd)
{
	struct log *log = xcalloc(1, sizeof(*log));

	log->reporter = (struct reporter){ .event = on_event, .idle = on_idle, .finish = on_finish };
	log->fd = fd;
	return &log->reporter;
}

/* --- reading: -------------------------------------------------------------------------------------------- */

static const char *get_string(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

static uint64_t get_number(json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));

	return v < 0 ? 0 : (uint64_t)v;
}

static double get_seconds(json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

/* Index of the word in the table, or -1. */
static int find_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (words[i] != NULL && strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

#define FIND(table, word) find_word(table, sizeof(table) / sizeof(*(table)), word)

static struct event_test get_test(json_t *o)
{
	return (struct event_test){ .id = get_string(o, "id"),
				    .source = get_string(o, "source"),
				    .name = get_string(o, "name"),
				    .np = (uint32_t)get_number(o, "np") };
}

static bool get_note(json_t *o, struct event_note *n)
{
	int kind = FIND(note_kinds, get_string(o, "kind")), phase = FIND(phases, get_string(o, "phase"));

	*n = (struct event_note){ .kind = (enum ptpar_note_kind)kind,
				  .phase = (enum ptpar_phase)phase,
				  .file = json_string_value(json_object_get(o, "file")),
				  .line = (uint32_t)get_number(o, "line"),
				  .text = get_string(o, "text") };
	return kind >= 0 && phase >= 0;
}

static bool get_point(json_t *o, struct ptpar_point *p)
{
	int outcome = FIND(point_words, get_string(o, "outcome"));

	*p = (struct ptpar_point){ .outcome = (enum ptpar_point_outcome)outcome,
				   .number = (uint32_t)get_number(o, "number"),
				   .depth = (uint32_t)get_number(o, "depth"),
				   .name = get_string(o, "name"),
				   .reason = json_string_value(json_object_get(o, "reason")),
				   .detail = json_string_value(json_object_get(o, "detail")),
				   .line = (uint32_t)get_number(o, "line") };
	return outcome >= 0;
}

static bool get_rank(json_t *o, struct event_rank *r, struct event_note *notes, struct ptpar_point *points)
{
	json_t *list = json_object_get(o, "notes"), *output = json_object_get(o, "output");
	json_t *point_list = json_object_get(o, "points");
	enum outcome outcome = outcome_from_word(get_string(o, "outcome"));

	for (size_t i = 0; i < json_array_size(list); i++)
		if (!get_note(json_array_get(list, i), &notes[i]))
			return false;
	for (size_t i = 0; i < json_array_size(point_list); i++)
		if (!get_point(json_array_get(point_list, i), &points[i]))
			return false;
	*r = (struct event_rank){ .rank = (uint32_t)get_number(o, "rank"),
				  .outcome = outcome,
				  .duration = get_seconds(o, "duration"),
				  .notes = notes,
				  .n_notes = json_array_size(list),
				  .output = get_string(o, "output"),
				  .n_output = json_string_length(output),
				  .points = points,
				  .n_points = json_array_size(point_list) };
	return outcome != OUTCOME_COUNT;
}

static size_t count_all(json_t *ranks, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(ranks); i++)
		n += json_array_size(json_object_get(json_array_get(ranks, i), key));
	return n;
}

typedef void emit_function(void *ctx, const struct event *e);

static bool emit_finished(json_t *o, struct event *e, emit_function *emit, void *ctx)
{
	json_t *list = json_object_get(o, "ranks");
	size_t n = json_array_size(list);
	struct event_rank *ranks = xcalloc(n, sizeof(*ranks));
	struct event_note *all = xcalloc(count_all(list, "notes"), sizeof(*all)), *notes = all;
	struct ptpar_point *all_points = xcalloc(count_all(list, "points"), sizeof(*all_points)),
			   *points = all_points;
	bool good = true;

	e->finished = (struct event_finished){ .test = get_test(o),
					       .outcome = outcome_from_word(get_string(o, "outcome")),
					       .duration = get_seconds(o, "duration"),
					       .attempt = (uint32_t)get_number(o, "attempt"),
					       .is_slow = json_is_true(json_object_get(o, "slow")),
					       .reason = get_string(o, "reason"),
					       .ranks = ranks,
					       .n_ranks = n };
	for (size_t i = 0; good && i < n; i++) {
		good = get_rank(json_array_get(list, i), &ranks[i], notes, points);
		notes += ranks[i].n_notes;
		points += ranks[i].n_points;
	}
	good = good && e->finished.outcome != OUTCOME_COUNT;
	/* Nobody tries again what went well; reports rely on it. */
	good = good && (e->kind == EVENT_FINISHED || outcome_is_bad(e->finished.outcome));
	if (good)
		emit(ctx, e);
	free(ranks);
	free(all);
	free(all_points);
	return good;
}

static bool emit_started(json_t *o, struct event *e, emit_function *emit, void *ctx)
{
	json_t *list = json_object_get(o, "slots");
	size_t n = json_array_size(list);
	uint32_t *slots = xcalloc(n, sizeof(*slots));

	for (size_t i = 0; i < n; i++)
		slots[i] = (uint32_t)json_integer_value(json_array_get(list, i));
	e->started = (struct event_started){ .id = get_string(o, "id"),
					     .slots = slots,
					     .np = (uint32_t)n,
					     .attempt = (uint32_t)get_number(o, "attempt") };
	emit(ctx, e);
	free(slots);
	return true;
}

static bool emit_run_start(json_t *o, struct event *e, emit_function *emit, void *ctx)
{
	json_t *list = json_object_get(o, "argv");
	size_t n = json_array_size(list);
	const char **argv = xcalloc(n, sizeof(*argv));
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		argv[i] = json_string_value(json_array_get(list, i));
		good = good && argv[i] != NULL;
	}
	e->run_start = (struct event_run_start){ .run = get_string(o, "run"),
						 .version = get_string(o, "version"),
						 .scheduler = get_string(o, "scheduler"),
						 .mpi = get_string(o, "mpi"),
						 .argv = argv,
						 .argc = (uint32_t)n,
						 .workers = (uint32_t)get_number(o, "workers"),
						 .cores = (uint32_t)get_number(o, "cores"),
						 .epoch = get_seconds(o, "epoch"),
						 .base = get_string(o, "base") };
	if (good)
		emit(ctx, e);
	free(argv);
	return good;
}

static bool emit_object(json_t *o, emit_function *emit, void *ctx)
{
	int kind = FIND(kinds, get_string(o, "event"));
	struct event e = { .time = get_seconds(o, "time") };

	if (kind < 0)
		return false;
	e.kind = (enum event_kind)kind;
	switch (e.kind) {
	case EVENT_RUN_START:
		return emit_run_start(o, &e, emit, ctx);
	case EVENT_SELECTED:
		e.selected = get_test(o);
		break;
	case EVENT_STARTED:
		return emit_started(o, &e, emit, ctx);
	case EVENT_FINISHED:
	case EVENT_RETRIED:
		return emit_finished(o, &e, emit, ctx);
	case EVENT_RESUMED:
		e.resumed = get_seconds(o, "stopped");
		break;
	case EVENT_SLOW:
		e.slow = (struct event_slow){ .id = get_string(o, "id"), .duration = get_seconds(o, "duration") };
		break;
	case EVENT_WARNING:
		e.warning = get_string(o, "text");
		break;
	case EVENT_STATUS:
		e.status = get_string(o, "text");
		break;
	case EVENT_WAITING:
		e.waiting = (struct event_waiting){ get_string(o, "text"), get_seconds(o, "since") };
		break;
	case EVENT_RUN_END:
		e.run_end = (struct event_run_end){ .status = (int)get_number(o, "status"),
						    .interrupted = get_string(o, "interrupted") };
		break;
	}
	emit(ctx, &e);
	return true;
}

/* The next line, without its end, into *line. Returns 1, 0 at the end of the file or of what is whole, -1 if the
 * line is too long. Not getline(): that one would have it all in memory before it could be refused. */
static int next_line(FILE *file, struct buffer *line)
{
	int c;

	line->len = 0;
	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		if (line->len == LINE_MAX_BYTES)
			return -1;
		buffer_putc(line, (char)c);
	}
	return c == '\n';
}

static int read_event(const struct buffer *line, emit_function *emit, void *ctx, unsigned long number,
		      struct ptpar_error *err)
{
	json_error_t why;
	json_t *o = json_loadb(line->data == NULL ? "" : line->data, line->len, 0, &why);
	int status = 0;

	if (o == NULL)
		status = ptpar_fail(err, -EINVAL, "line %lu: %s", number, why.text);
	else if (!emit_object(o, emit, ctx))
		status = ptpar_fail(err, -EINVAL, "line %lu: no event of ptpar's", number);
	json_decref(o);
	return status;
}

/* Goes back to the beginning of a line that is not whole, so that it can be read later. */
static void put_back(FILE *file, const struct buffer *line)
{
	if (line->len > 0 && feof(file) && fseeko(file, -(off_t)line->len, SEEK_CUR) != 0)
		return; /* a pipe: what was read is lost, and nobody reads on */
	clearerr(file);
}

int eventlog_read(FILE *file, unsigned long *number, emit_function *emit, void *ctx, struct ptpar_error *err)
{
	struct buffer line = { 0 };
	int status = 0, more = 1;

	while (status == 0 && (more = next_line(file, &line)) > 0)
		status = read_event(&line, emit, ctx, ++*number, err);
	if (more < 0)
		status = ptpar_fail(err, -EINVAL, "line %lu: too long", *number + 1);
	else if (status == 0 && ferror(file))
		status = ptpar_fail(err, -EIO, "after line %lu: %s", *number, strerror(errno));
	else if (status == 0)
		put_back(file, &line);
	buffer_free(&line);
	return status;
}
