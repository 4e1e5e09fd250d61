/* tap.c - works in a copy of the output: the texts of points are cut out of it where they stand, and the lines of a
 * point's detail are moved together. Nothing grows by that, so there is room for all of it, NULs at the ends
 * included.
 */
#include "plugins/tap.h"

#include "plugins/source-common.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
	INDENT = 4,     /* of a subtest, blanks */
	MAX_DEPTH = 16, /* what is indented more deeply is no TAP */
	MAX_TOLD = 10,  /* so many faults are told, the others counted */
};

#define NO_POINT SIZE_MAX

/* A line without its end. */
struct line {
	char *start; /* where it begins in the text */
	char *s;     /* behind its indentation */
	char *end;   /* behind its last character but blanks; may be written to */
	size_t indent;
	uint32_t number;
};

/* A plan and the points that belong to it: the whole output, or a subtest. */
struct document {
	bool announced; /* by "# Subtest" */
	bool open;      /* something of it was there */
	bool planned;
	uint32_t plan;
	uint32_t plan_line;
	uint32_t points_before; /* the plan */
	const char *skip;       /* with a plan of 1..0: why, or NULL */
	uint32_t n_points;
	uint32_t n_failed;
	uint32_t last; /* number of the last point */
	size_t first;  /* of all points from there on it may have some, and its own subtests all others */
};

struct tap {
	char *text;
	struct ptpar_point *points;
	size_t n, cap;
	struct document documents[MAX_DEPTH + 1]; /* by depth */
	unsigned version;                         /* 0: not said */
	const char *bail;                         /* why it bailed out, or NULL */
	char faults[MAX_TOLD][160];
	size_t n_faults; /* also of those that are not told */

	/* The detail of the last point. */
	size_t point;     /* whose it is, or NO_POINT */
	char *detail_end; /* its NUL */
	bool fresh;       /* nothing but comments was behind the point: YAML may begin */
	bool in_yaml;
	size_t yaml_indent;
};

__attribute__((format(printf, 2, 3))) static void fault(struct tap *t, const char *format, ...)
{
	va_list args;

	if (t->n_faults < MAX_TOLD) {
		va_start(args, format);
		vsnprintf(t->faults[t->n_faults], sizeof(t->faults[0]), format, args);
		va_end(args);
	}
	t->n_faults++;
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- Pieces of a line ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Every line ends in a character that is none of these, if only the NUL behind the text. */
static char *skip_blanks(char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	return s;
}

static bool begins(const char *s, const char *end, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(end - s) >= n && strncasecmp(s, word, n) == 0;
}

/* Digits, as far as a uint32_t goes; *beyond: they go further. Returns what is behind them. */
static char *take_number(char *s, const char *end, uint32_t *number, bool *beyond)
{
	uint64_t n = 0;

	for (; s < end && isdigit((unsigned char)*s); s++)
		n = n > UINT32_MAX ? n : n * 10 + (uint64_t)(*s - '0');
	*beyond = n >= UINT32_MAX; /* that one stands for all that are */
	*number = *beyond ? UINT32_MAX : (uint32_t)n;
	return s;
}

/* Cuts the text from s to end out, blanks around it removed, \# and \\ resolved. */
static const char *cut(char *s, char *end)
{
	char *to, *start;

	s = skip_blanks(s, end);
	while (end > s && is_blank(end[-1]))
		end--;
	start = to = s;
	for (; s < end; s++) {
		if (*s == '\\' && s + 1 < end && (s[1] == '\\' || s[1] == '#'))
			s++;
		*to++ = *s;
	}
	if (to == start)
		return ""; /* there may be no room in an empty text */
	*to = '\0';
	return start;
}

/* ---- Detail ---- */

static void add_detail(struct tap *t, struct line *l, const char *s)
{
	struct ptpar_point *p = &t->points[t->point];
	size_t n = s < l->end ? (size_t)(l->end - s) : 0;
	char *to = l->start;

	if (p->detail != NULL) {
		*t->detail_end = '\n';
		to = t->detail_end + 1;
	}
	memmove(to, s, n);
	to[n] = '\0';
	if (p->detail == NULL)
		p->detail = to;
	t->detail_end = to + n;
}

/* A line inside of YAML. False: it is less indented, and the YAML has no end. */
static bool take_yaml(struct tap *t, struct line *l)
{
	if (l->s < l->end && l->indent < t->yaml_indent) {
		t->in_yaml = false;
		return false;
	}
	if (l->indent == t->yaml_indent && l->end - l->s == 3 && memcmp(l->s, "...", 3) == 0)
		t->in_yaml = false;
	else
		add_detail(t, l, l->s < l->end ? l->start + t->yaml_indent : l->end);
	return true;
}

static bool take_yaml_begin(struct tap *t, const struct line *l)
{
	if (t->point == NO_POINT || !t->fresh || l->indent == 0 || !begins(l->s, l->end, "---") ||
	    (l->end - l->s > 3 && !is_blank(l->s[3])))
		return false;
	t->in_yaml = true;
	t->yaml_indent = l->indent;
	t->fresh = false;
	return true;
}

/* "# Subtest: NAME" stands before a subtest, where the point behind it will; older programs indent it, too. */
static bool take_announcement(struct tap *t, const struct line *l)
{
	char *s = skip_blanks(l->s + 1, l->end);
	size_t depth = l->indent / INDENT;

	if (!begins(s, l->end, "Subtest") || (l->end - s > 7 && s[7] != ':') || l->indent % INDENT != 0)
		return false;
	if (depth + 1 <= MAX_DEPTH)
		t->documents[depth + 1].announced = true;
	if (depth >= 1 && depth <= MAX_DEPTH)
		t->documents[depth].announced = true;
	t->point = NO_POINT;
	return true;
}

static void take_comment(struct tap *t, struct line *l)
{
	if (take_announcement(t, l) || t->point == NO_POINT)
		return;
	if (t->points[t->point].outcome == PTPAR_POINT_FAILED || t->points[t->point].outcome == PTPAR_POINT_XFAILED)
		add_detail(t, l, l->s + 1 < l->end && l->s[1] == ' ' ? l->s + 2 : l->s + 1);
}

/* ---- Documents ---- */

/* Also those between, which have not begun yet: a subtest may begin with one of its own. */
static struct document *open_document(struct tap *t, size_t depth)
{
	for (size_t i = 0; i <= depth; i++)
		if (!t->documents[i].open) {
			t->documents[i].open = true;
			t->documents[i].first = t->n;
		}
	return &t->documents[depth];
}

/* The point behind a subtest tells how that went. Where it says "ok" and the subtest says otherwise, one is wrong.
 */
static void compare(struct tap *t, const struct document *d, const struct ptpar_point *parent)
{
	if (parent->outcome != PTPAR_POINT_PASSED)
		return;
	if (d->n_failed > 0)
		fault(t, "line %u: test point %u is ok, but %u of %u test point%s of its subtest failed",
		      parent->line, parent->number, d->n_failed, d->n_points, plural(d->n_points));
	if (d->planned && d->plan != d->n_points)
		fault(t, "line %u: test point %u is ok, but its subtest planned %u test point%s and ran %u",
		      parent->line, parent->number, d->plan, plural(d->plan), d->n_points);
}

/* What fails in a subtest that is to be done or skipped as a whole is expected, too. */
static void excuse(struct tap *t, size_t first, const struct ptpar_point *parent)
{
	if (parent->outcome == PTPAR_POINT_PASSED || parent->outcome == PTPAR_POINT_FAILED)
		return;
	for (size_t i = first; i < t->n; i++)
		if (t->points[i].outcome == PTPAR_POINT_FAILED) {
			t->points[i].outcome =
				parent->outcome == PTPAR_POINT_SKIPPED ? PTPAR_POINT_SKIPPED : PTPAR_POINT_XFAILED;
			t->points[i].reason = parent->reason;
		}
}

/* Is it a subtest, or indented lines that look like some? */
static bool is_subtest(const struct tap *t, const struct document *d)
{
	return d->planned || d->announced || t->version >= 14;
}

/* Ends the subtests whose test point this is. */
static void close_documents(struct tap *t, const struct ptpar_point *parent)
{
	struct document *d = parent->depth < MAX_DEPTH ? &t->documents[parent->depth + 1] : NULL;

	if (d != NULL && d->open) {
		if (is_subtest(t, d)) {
			compare(t, d, parent);
			excuse(t, d->first, parent);
		} else {
			t->n = d->first;
		}
	}
	for (size_t i = parent->depth + 1; i <= MAX_DEPTH; i++)
		t->documents[i] = (struct document){ 0 };
}

/* ---- What a line may be ---- */

static bool take_version(struct tap *t, const struct line *l, size_t depth)
{
	static const char words[] = "TAP version ";
	uint32_t version;
	bool beyond;
	char *digits = l->s + strlen(words);

	if (!begins(l->s, l->end, words) || take_number(digits, l->end, &version, &beyond) != l->end)
		return false;
	if (depth > 0 || t->documents[0].open || t->version != 0)
		return true; /* of a subtest, or too late to change anything */
	t->version = version;
	if (version > 14)
		fault(t, "line %u: TAP version %.*s is not known here, only 12, 13 and 14", l->number,
		      (int)(l->end - digits), digits);
	return true;
}

/* "# SKIP why" or "# why" behind a plan of 1..0. */
static const char *skip_reason(char *s, char *end)
{
	s = skip_blanks(s, end);
	if (s == end)
		return NULL;
	s = skip_blanks(s + 1, end);
	if (begins(s, end, "skip"))
		while (s < end && !is_blank(*s))
			s++;
	return s < end ? cut(s, end) : NULL;
}

static void set_plan(struct tap *t, const struct line *l, size_t depth, uint32_t plan, char *rest)
{
	struct document *d = open_document(t, depth);

	if (d->planned) {
		if (depth == 0)
			fault(t, "line %u: a second plan, after the one in line %u", l->number, d->plan_line);
		return;
	}
	d->planned = true;
	d->plan = plan;
	d->plan_line = l->number;
	d->points_before = d->n_points;
	d->skip = skip_reason(rest, l->end);
}

static bool take_plan(struct tap *t, const struct line *l, size_t depth)
{
	uint32_t plan;
	bool beyond;
	char *digits = l->s + 3, *behind, *rest;

	if (!begins(l->s, l->end, "1.."))
		return false;
	behind = take_number(digits, l->end, &plan, &beyond);
	rest = skip_blanks(behind, l->end);
	if (behind == digits || (rest < l->end && *rest != '#'))
		return false;
	if (beyond && depth == 0)
		fault(t, "line %u: a plan for more than %u test points", l->number, UINT32_MAX - 1);
	set_plan(t, l, depth, plan, rest);
	return true;
}

static bool take_bail_out(struct tap *t, const struct line *l)
{
	static const char words[] = "Bail out!";

	if (!begins(l->s, l->end, words))
		return false;
	t->bail = cut(l->s + strlen(words), l->end);
	return true;
}

/* The # of "# skip why" or "# todo why", or NULL. The first # that stands alone ends the search, whatever it says,
 * so that no description is read as a directive. */
static char *find_directive(char *s, char *end)
{
	char *free_from = s; /* a # stands apart here, or behind a blank */

	for (char *c = s; c < end; c++) {
		char *word;

		if (*c == '\\' && c + 1 < end && (c[1] == '\\' || c[1] == '#')) {
			if (*++c == '\\')
				free_from = c + 1;
			continue;
		}
		if (*c != '#' || (c > free_from && !is_blank(c[-1])))
			continue;
		word = skip_blanks(c + 1, end);
		if (begins(word, end, "skip") || begins(word, end, "todo"))
			return c;
		if (word > c + 1 || word == end)
			return NULL;
	}
	return NULL;
}

/* Description, directive and reason of a point that says "ok" or "not ok". */
static void take_description(struct ptpar_point *p, bool ok, char *s, char *end)
{
	char *directive, *word;
	bool skip;

	s = skip_blanks(s, end);
	if (s < end && *s == '-' && (s + 1 == end || is_blank(s[1]) || s[1] == '#'))
		s = skip_blanks(s + 1, end);
	directive = find_directive(s, end);
	p->outcome = ok ? PTPAR_POINT_PASSED : PTPAR_POINT_FAILED;
	if (directive != NULL) {
		word = skip_blanks(directive + 1, end);
		skip = begins(word, end, "skip");
		p->outcome = skip ? PTPAR_POINT_SKIPPED : ok ? PTPAR_POINT_XPASSED : PTPAR_POINT_XFAILED;
		while (word < end && !is_blank(*word))
			word++;
		p->reason = cut(word, end);
		end = directive;
	}
	p->name = cut(s, end);
}

/* The number, if there is one: "3 apples" has one, "3rd" has none. */
static char *take_point_number(struct tap *t, struct ptpar_point *p, const struct document *d, char *s, char *end)
{
	bool beyond;
	char *behind;

	s = skip_blanks(s, end);
	behind = take_number(s, end, &p->number, &beyond);
	if (behind == s || (behind < end && is_word(*behind))) {
		behind = s;
		beyond = true;
	} else if (beyond && p->depth == 0) {
		fault(t, "line %u: the number of a test point is beyond %u", p->line, UINT32_MAX - 1);
	}
	if (beyond)
		p->number = d->last + 1;
	return behind;
}

static int push_point(struct tap *t, const struct ptpar_point *p)
{
	if (t->n == t->cap) {
		size_t cap = t->cap == 0 ? 16 : 2 * t->cap;
		void *grown = reallocarray(t->points, cap, sizeof(*t->points));

		if (grown == NULL)
			return -ENOMEM;
		t->points = grown;
		t->cap = cap;
	}
	t->points[t->n++] = *p;
	return 0;
}

static void check_place_of_plan(struct tap *t, const struct document *d, uint32_t line)
{
	/* Told once: at the first point behind it. */
	if (d->planned && d->points_before > 0 && d->n_points == d->points_before)
		fault(t, "line %u: a test point after the plan in line %u, which others came before", line,
		      d->plan_line);
}

/* 1: the line is a point. 0: it is none. */
static int take_point(struct tap *t, const struct line *l, size_t depth)
{
	struct ptpar_point p = { .depth = (uint32_t)depth, .line = l->number };
	struct document *d;
	char *s = l->s;
	bool ok = true;

	if (l->end - s >= 4 && memcmp(s, "not ", 4) == 0) {
		ok = false;
		s += 4;
	}
	if (l->end - s < 2 || memcmp(s, "ok", 2) != 0 || (l->end - s > 2 && is_word(s[2])))
		return 0;
	d = open_document(t, depth);
	s = take_point_number(t, &p, d, s + 2, l->end);
	take_description(&p, ok, s, l->end);
	close_documents(t, &p);
	if (depth == 0)
		check_place_of_plan(t, d, l->number);
	d->n_points++;
	d->n_failed += p.outcome == PTPAR_POINT_FAILED;
	d->last = p.number;
	if (push_point(t, &p) < 0)
		return -ENOMEM;
	t->point = t->n - 1;
	t->fresh = true;
	return 1;
}

/* What is not indented by a multiple of four blanks is no TAP but YAML and comments. */
static int take_line(struct tap *t, struct line *l)
{
	size_t depth = l->indent / INDENT;
	int r;

	if (t->in_yaml && take_yaml(t, l))
		return 0;
	if (l->s == l->end || take_yaml_begin(t, l))
		return 0;
	if (*l->s == '#') {
		take_comment(t, l);
		return 0;
	}
	t->fresh = false;
	if (l->indent % INDENT != 0 || depth > MAX_DEPTH || take_bail_out(t, l) || take_version(t, l, depth) ||
	    take_plan(t, l, depth))
		return 0;
	r = take_point(t, l, depth);
	return r < 0 ? r : 0;
}

/* ---- The whole ---- */

/* The line that begins at s. Returns where the next one does, or NULL. */
static char *next_line(struct line *l, char *s, char *end)
{
	char *newline = memchr(s, '\n', (size_t)(end - s));

	l->number++;
	l->start = s;
	l->end = newline != NULL ? newline : end;
	while (l->end > s && (is_blank(l->end[-1]) || l->end[-1] == '\r'))
		l->end--;
	l->s = s;
	while (l->s < l->end && *l->s == ' ')
		l->s++;
	l->indent = (size_t)(l->s - s);
	return newline != NULL ? newline + 1 : NULL;
}

static int parse(struct tap *t, const char *output, size_t n)
{
	struct line l = { 0 };
	int r = 0;

	*t = (struct tap){ .point = NO_POINT, .text = malloc(n + 1) };
	if (t->text == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		t->text[i] = output[i] == '\0' ? '\xff' : output[i];
	t->text[n] = '\0';
	for (char *s = t->text; s != NULL && r == 0 && t->bail == NULL;) {
		s = next_line(&l, s, t->text + n);
		r = take_line(t, &l);
	}
	return r;
}

static void tap_free(struct tap *t)
{
	free(t->points);
	free(t->text);
}

/* ---- Numbers and plan ---- */

static int by_number(const void *a, const void *b)
{
	const struct ptpar_point *const *x = a, *const *y = b;

	if ((*x)->number != (*y)->number)
		return (*x)->number < (*y)->number ? -1 : 1;
	return ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static int by_line(const void *a, const void *b)
{
	const struct ptpar_point *const *x = a, *const *y = b;

	return ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static bool numbers_are_in_order(const struct tap *t)
{
	uint32_t last = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->points[i].depth == 0 && t->points[i].number != ++last)
			return false;
	return true;
}

/* Moves those that have a number for the first time to the front, in the order of their lines; tells the others. */
static size_t tell_twins(struct tap *t, const struct ptpar_point **points, size_t n)
{
	size_t n_first = 0;

	qsort(points, n, sizeof(const struct ptpar_point *), by_number);
	for (size_t i = 0; i < n; i++) {
		if (n_first > 0 && points[n_first - 1]->number == points[i]->number)
			fault(t, "line %u: test point %u was already in line %u", points[i]->line,
			      points[i]->number, points[n_first - 1]->line);
		else
			points[n_first++] = points[i];
	}
	qsort(points, n_first, sizeof(const struct ptpar_point *), by_line);
	return n_first;
}

/* TAP 14 allows any order. */
static void tell_disorder(struct tap *t, const struct ptpar_point *p, uint32_t last)
{
	const struct document *d = &t->documents[0];

	if (p->number == 0)
		fault(t, "line %u: test point 0: numbers begin at 1", p->line);
	else if (t->version >= 14 && d->planned && p->number > d->plan)
		fault(t, "line %u: test point %u is beyond the plan, 1..%u", p->line, p->number, d->plan);
	else if (t->version < 14 && last == 0 && p->number != 1)
		fault(t, "line %u: the first test point is %u, not 1", p->line, p->number);
	else if (t->version < 14 && p->number != last + 1)
		fault(t, "line %u: test point %u comes after %u", p->line, p->number, last);
}

static int check_numbers(struct tap *t)
{
	const struct ptpar_point **points;
	uint32_t last = 0;
	size_t n = 0;

	if (numbers_are_in_order(t))
		return 0;
	points = calloc(t->n, sizeof(const struct ptpar_point *));
	if (points == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++)
		if (t->points[i].depth == 0)
			points[n++] = &t->points[i];
	n = tell_twins(t, points, n);
	for (size_t i = 0; i < n; i++) {
		tell_disorder(t, points[i], last);
		last = points[i]->number;
	}
	free(points);
	return 0;
}

static void check_plan(struct tap *t)
{
	const struct document *d = &t->documents[0];

	if (!d->planned && d->n_points > 0)
		fault(t, "no plan: the line 1..%u is missing, before the first test point or after the last",
		      d->n_points);
	else if (d->planned && d->plan != d->n_points && d->plan != UINT32_MAX)
		fault(t, "planned %u test point%s, but %u %s run", d->plan, plural(d->plan), d->n_points,
		      d->n_points == 1 ? "was" : "were");
}

/* ---- Judging ---- */

static bool has_tap(const struct tap *t)
{
	return t->documents[0].planned || t->documents[0].n_points > 0;
}

static enum ptpar_rank_outcome outcome_of(const struct tap *t, const struct ptpar_ended *ended)
{
	const struct document *d = &t->documents[0];

	if (t->bail != NULL)
		return PTPAR_RANK_ERROR;
	if (WIFSIGNALED(ended->status))
		return PTPAR_RANK_CRASHED;
	if (d->n_failed > 0 || t->n_faults > 0 || ended->status != 0)
		return PTPAR_RANK_FAILED;
	if (!has_tap(t)) /* if it once had some, that is lost */
		return ended->np > 1 && !ended->cut ? PTPAR_RANK_UNDECIDED : PTPAR_RANK_FAILED;
	return d->plan == 0 ? PTPAR_RANK_SKIPPED : PTPAR_RANK_PASSED;
}

/* Points of a subtest that did not end are of interest when the program did not end well. */
static void tell_points(const struct tap *t, const struct ptpar_reader *reader, enum ptpar_rank_outcome outcome)
{
	const struct document *d = &t->documents[1];
	size_t n = t->n;

	if (d->open && (!is_subtest(t, d) || outcome == PTPAR_RANK_PASSED || outcome == PTPAR_RANK_SKIPPED ||
			outcome == PTPAR_RANK_UNDECIDED))
		n = d->first;
	for (size_t i = 0; i < n; i++)
		reader->point(reader->ctx, &t->points[i]);
}

static void tell_points_failed(const struct tap *t, const struct ptpar_reader *reader, enum ptpar_note_kind kind)
{
	const struct document *d = &t->documents[0];

	if (d->n_failed > 0)
		source_note(reader, kind, "%u of %u test point%s failed", d->n_failed, d->n_points,
			    plural(d->n_points));
}

static void tell_faults(const struct tap *t, const struct ptpar_reader *reader, enum ptpar_note_kind kind)
{
	for (size_t i = 0; i < t->n_faults && i < MAX_TOLD; i++)
		source_note(reader, kind, "%s", t->faults[i]);
	if (t->n_faults > MAX_TOLD)
		source_note(reader, kind, "and %zu more faults in its TAP", t->n_faults - MAX_TOLD);
}

static void tell_crash(const struct tap *t, const struct ptpar_ended *ended, const struct ptpar_reader *reader)
{
	const struct document *d = &t->documents[0];
	char where[64] = "";

	if (d->n_points > 0)
		snprintf(where, sizeof(where), ", after test point %u", d->last);
	else if (d->planned)
		snprintf(where, sizeof(where), ", before its first test point");
	source_note(reader, PTPAR_NOTE_FAILURE, "%s%s", source_end_of(ended->status).text, where);
}

/* Its status is news where its TAP would not have said the same. */
static void tell_status(const struct tap *t, const struct ptpar_ended *ended, const struct ptpar_reader *reader)
{
	const struct document *d = &t->documents[0];
	const struct source_end end = source_end_of(ended->status);
	const char *how = end.text;

	if (!has_tap(t) && ended->status == 0 && ended->np == 1)
		source_note(reader, PTPAR_NOTE_FAILURE, "printed no TAP: neither a plan nor a test point");
	else if (!has_tap(t) && ended->status == 0)
		source_note(reader, PTPAR_NOTE_FAILURE, "no TAP is left in its output");
	else if (!has_tap(t))
		source_note(reader, PTPAR_NOTE_FAILURE, "printed no TAP, and %s", how);
	else if (ended->status != 0 && (d->n_failed > 0 || t->n_faults > 0))
		source_note(reader, PTPAR_NOTE_LOG, "%s", how);
	else if (ended->status != 0 && d->plan == 0)
		source_note(reader, PTPAR_NOTE_FAILURE, "skipped all its test points, but it %s", how);
	else if (ended->status != 0)
		source_note(reader, PTPAR_NOTE_FAILURE, "all its test points passed, but it %s", how);
}

static void tell_why(const struct tap *t, const struct ptpar_ended *ended, const struct ptpar_reader *reader,
		     enum ptpar_rank_outcome outcome)
{
	switch (outcome) {
	case PTPAR_RANK_ERROR:
		source_note(reader, PTPAR_NOTE_FAILURE, "bailed out%s%s", *t->bail != '\0' ? ": " : "", t->bail);
		tell_points_failed(t, reader, PTPAR_NOTE_LOG);
		tell_faults(t, reader, PTPAR_NOTE_LOG);
		break;
	case PTPAR_RANK_CRASHED:
		tell_crash(t, ended, reader);
		tell_points_failed(t, reader, PTPAR_NOTE_LOG);
		tell_faults(t, reader, PTPAR_NOTE_LOG);
		break;
	case PTPAR_RANK_FAILED:
		tell_points_failed(t, reader, PTPAR_NOTE_FAILURE);
		tell_faults(t, reader, PTPAR_NOTE_FAILURE);
		tell_status(t, ended, reader);
		break;
	case PTPAR_RANK_SKIPPED:
		source_note(reader, PTPAR_NOTE_SKIP, "%s",
			    t->documents[0].skip != NULL ? t->documents[0].skip : "its plan is 1..0");
		break;
	case PTPAR_RANK_UNDECIDED: /* it is told should no rank have printed any */
		source_note(reader, PTPAR_NOTE_LOG, "printed no TAP: neither a plan nor a test point");
		return;
	case PTPAR_RANK_PASSED:
		return;
	}
	if (ended->cut && outcome != PTPAR_RANK_SKIPPED)
		source_note(reader, PTPAR_NOTE_LOG,
			    "it printed more than is kept: the beginning of its TAP may be missing, and lines are "
			    "counted from what is left");
}

enum ptpar_rank_outcome tap_judge(const struct ptpar_ended *ended, const struct ptpar_reader *reader)
{
	enum ptpar_rank_outcome outcome = PTPAR_RANK_ERROR;
	struct tap t;
	int r = parse(&t, ended->output, ended->n_output);

	if (r == 0 && t.bail == NULL) {
		r = check_numbers(&t);
		check_plan(&t);
	}
	if (r == 0) {
		outcome = outcome_of(&t, ended);
		tell_points(&t, reader, outcome);
		tell_why(&t, ended, reader, outcome);
	} else {
		source_note(reader, PTPAR_NOTE_FAILURE, "out of memory to read its TAP");
	}
	tap_free(&t);
	return outcome;
}
