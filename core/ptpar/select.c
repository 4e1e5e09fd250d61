/* select.c - an expression becomes a program in postfix order, so that matching needs no recursion; parsing
 * recurses for ( ) only, to a bounded depth. */
#include "core/ptpar/select.h"

#include <ctype.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"

#define MAX_EXPR  4096 /* bytes */
#define MAX_DEPTH 64   /* of ( ) */
#define MAX_NP    (UINT32_C(1) << 20)
/* At each depth, the left sides of one `or` and one `and` wait for their right sides. */
#define MAX_STACK (2 * (MAX_DEPTH + 1) + 1)

enum op { OP_NAME, OP_TAG, OP_SOURCE, OP_NP, OP_NOT, OP_AND, OP_OR };

/* np is compared by the set of results that count. */
enum { LESS = 1, EQUAL = 2, GREATER = 4 };

struct step {
	enum op op;
	char *text; /* of OP_NAME, OP_TAG and OP_SOURCE */
	uint32_t np;
	int compare;
};

struct selection {
	struct step *steps;
	size_t n, cap;
};

enum token_kind { TOKEN_END, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_AND, TOKEN_OR, TOKEN_NOT, TOKEN_WORD };

struct parser {
	const char *expr;
	const char *at;    /* behind the token */
	const char *start; /* of the token */
	enum token_kind kind;
	struct buffer word; /* of TOKEN_WORD, without its quotes */
	bool quoted;        /* it began with a quote */
	const char *after;  /* the last token that wants something behind it, for messages */
	int depth;
	struct selection *selection;
	struct ptpar_error *err;
};

/* Columns are counted in characters of UTF-8, from 1. */
static unsigned column(const struct parser *p, const char *at)
{
	unsigned n = 1;

	for (const char *c = p->expr; c < at; c++)
		n += ((unsigned char)*c & 0xc0) != 0x80;
	return n;
}

/* A long expression is not repeated in full, so that the reason has room. */
#define COMPLAIN(p, at, format, ...)                                                                               \
	ptpar_fail((p)->err, -EINVAL, "-k '%.200s': column %u: " format, (p)->expr, column(p, at), __VA_ARGS__)

static bool ends_word(char c)
{
	return c == '\0' || isspace((unsigned char)c) || c == '(' || c == ')';
}

static int take_word(struct parser *p)
{
	p->word.len = 0;
	p->quoted = *p->at == '\'' || *p->at == '"';
	while (!ends_word(*p->at)) {
		const char *open = p->at, *close;

		if (*open != '\'' && *open != '"') {
			buffer_putc(&p->word, *p->at++);
			continue;
		}
		close = strchr(open + 1, *open);
		if (close == NULL)
			return COMPLAIN(p, open, "no second %c for this one", *open);
		buffer_append(&p->word, open + 1, (size_t)(close - open - 1));
		p->at = close + 1;
	}
	return 0;
}

static int next_token(struct parser *p)
{
	static const struct {
		const char *word;
		enum token_kind kind;
	} operators[] = { { "and", TOKEN_AND }, { "or", TOKEN_OR }, { "not", TOKEN_NOT } };
	int rc;

	while (isspace((unsigned char)*p->at))
		p->at++;
	p->start = p->at;
	if (*p->at == '\0' || *p->at == '(' || *p->at == ')') {
		p->kind = *p->at == '\0' ? TOKEN_END : *p->at == '(' ? TOKEN_OPEN : TOKEN_CLOSE;
		p->at += p->kind != TOKEN_END;
		return 0;
	}
	rc = take_word(p);
	p->kind = TOKEN_WORD;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]) && !p->quoted; i++)
		if (strcmp(buffer_string(&p->word), operators[i].word) == 0)
			p->kind = operators[i].kind;
	return rc;
}

static void emit(struct parser *p, struct step step)
{
	struct selection *s = p->selection;

	GROW(s->steps, s->n, s->cap);
	s->steps[s->n++] = step;
}

/* np:4 np=4 np>2 np>=2 np<8 np<=8; `text` is what stands behind "np". */
static int take_np(struct parser *p, const char *text)
{
	struct step step = { .op = OP_NP };
	const char *digits = text + 1;

	step.compare = *text == '<' ? LESS : *text == '>' ? GREATER : EQUAL;
	if (step.compare != EQUAL && *digits == '=') {
		step.compare |= EQUAL;
		digits++;
	}
	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return COMPLAIN(p, p->start, "'%.60s': expected a number after 'np', as in np:4 or np>2",
				buffer_string(&p->word));
	for (; *digits != '\0' && step.np <= MAX_NP; digits++)
		step.np = step.np * 10 + (uint32_t)(*digits - '0');
	if (step.np > MAX_NP)
		return COMPLAIN(p, p->start, "'%.60s': more than %u processes", buffer_string(&p->word), MAX_NP);
	emit(p, step);
	return 0;
}

static int take_test(struct parser *p)
{
	static const struct {
		const char *prefix, *shown;
		enum op op;
	} prefixes[] = { { "tag:", "'tag:'", OP_TAG }, { "source:", "'source:'", OP_SOURCE }, { "", "", OP_NAME } };
	const char *word = buffer_string(&p->word);
	size_t i = p->quoted ? 2 : 0, len;

	if (!p->quoted && strncmp(word, "np", 2) == 0 && word[2] != '\0' && strchr(":=<>", word[2]) != NULL)
		return take_np(p, word + 2);
	while (strncmp(word, prefixes[i].prefix, strlen(prefixes[i].prefix)) != 0)
		i++;
	len = strlen(prefixes[i].prefix);
	if (word[len] == '\0')
		return COMPLAIN(p, p->at, "expected a name after %s", len > 0 ? prefixes[i].shown : "the quote");
	emit(p, (struct step){ .op = prefixes[i].op, .text = xstrdup(word + len) });
	return 0;
}

/* Takes the token, after which a name has to come. */
static int want_more(struct parser *p, const char *after)
{
	p->after = after;
	return next_token(p);
}

static int expected_name(struct parser *p)
{
	const char *gap = p->after == NULL ? "" : " after ";
	const char *after = p->after == NULL ? "" : p->after;

	if (p->kind == TOKEN_END)
		return COMPLAIN(p, p->start, "expected a name%s%s", gap, after);
	return COMPLAIN(p, p->start, "expected a name%s%s, not '%.*s'", gap, after, (int)(p->at - p->start),
			p->start);
}

static int parse_or(struct parser *p);

static int parse_parenthesis(struct parser *p)
{
	const char *open = p->start;
	int rc;

	if (++p->depth > MAX_DEPTH)
		return COMPLAIN(p, open, "more than %d ( inside each other", MAX_DEPTH);
	rc = want_more(p, "'('");
	if (rc == 0)
		rc = parse_or(p);
	if (rc != 0)
		return rc;
	p->depth--;
	if (p->kind != TOKEN_CLOSE)
		return COMPLAIN(p, p->start, "expected 'and', 'or', or a ')' for the '(' in column %u",
				column(p, open));
	return next_token(p);
}

static int parse_not(struct parser *p)
{
	bool negated = false;
	int rc = 0;

	while (p->kind == TOKEN_NOT && rc == 0) {
		negated = !negated;
		rc = want_more(p, "'not'");
	}
	if (rc != 0)
		return rc;
	if (p->kind == TOKEN_OPEN) {
		rc = parse_parenthesis(p);
	} else if (p->kind == TOKEN_WORD) {
		rc = take_test(p);
		rc = rc != 0 ? rc : next_token(p);
	} else {
		rc = expected_name(p);
	}
	if (rc == 0 && negated)
		emit(p, (struct step){ .op = OP_NOT });
	return rc;
}

static int parse_and(struct parser *p)
{
	int rc = parse_not(p);

	while (rc == 0 && p->kind == TOKEN_AND) {
		rc = want_more(p, "'and'");
		if (rc == 0)
			rc = parse_not(p);
		if (rc == 0)
			emit(p, (struct step){ .op = OP_AND });
	}
	return rc;
}

static int parse_or(struct parser *p)
{
	int rc = parse_and(p);

	while (rc == 0 && p->kind == TOKEN_OR) {
		rc = want_more(p, "'or'");
		if (rc == 0)
			rc = parse_and(p);
		if (rc == 0)
			emit(p, (struct step){ .op = OP_OR });
	}
	return rc;
}

struct selection *selection_parse(const char *expr, struct ptpar_error *err)
{
	struct parser p = { .expr = expr, .at = expr, .start = expr, .err = err };
	int rc;

	if (strlen(expr) > MAX_EXPR) {
		ptpar_fail(err, -EINVAL, "-k '%.40s...': longer than %d bytes; name the tests as arguments", expr,
			   MAX_EXPR);
		return NULL;
	}
	p.selection = xcalloc(1, sizeof(*p.selection));
	rc = next_token(&p);
	if (rc == 0)
		rc = parse_or(&p);
	if (rc == 0 && p.kind == TOKEN_CLOSE)
		rc = COMPLAIN(&p, p.start, "%s", "')' without a '(' before it");
	else if (rc == 0 && p.kind != TOKEN_END)
		rc = COMPLAIN(&p, p.start, "expected 'and', 'or' or the end, not '%.*s'", (int)(p.at - p.start),
			      p.start);
	buffer_free(&p.word);
	if (rc == 0)
		return p.selection;
	selection_free(p.selection);
	return NULL;
}

void selection_free(struct selection *selection)
{
	if (selection == NULL)
		return;
	for (size_t i = 0; i < selection->n; i++)
		free(selection->steps[i].text);
	free(selection->steps);
	free(selection);
}

/* The literal reading counts for globs too: ids contain [ ], and people paste them. */
static bool matches_name(const char *word, const struct selectable *test)
{
	return strcasestr(test->id, word) != NULL || fnmatch(word, test->name, FNM_CASEFOLD) == 0 ||
	       fnmatch(word, test->id, FNM_CASEFOLD) == 0;
}

static bool matches_tag(const char *glob, const char *tags)
{
	bool found = false;

	while (tags != NULL && *tags != '\0' && !found) {
		size_t len = strcspn(tags, " ");
		char *tag = xstrndup(tags, len);

		found = len > 0 && fnmatch(glob, tag, 0) == 0;
		free(tag);
		tags += len + strspn(tags + len, " ");
	}
	return found;
}

static bool matches_source(const char *glob, const char *source)
{
	const char *slash = strrchr(source, '/');

	return select_glob_matches(glob, source) || (slash != NULL && select_glob_matches(glob, slash + 1));
}

static bool matches_step(const struct step *step, const struct selectable *test)
{
	switch (step->op) {
	case OP_NAME:
		return matches_name(step->text, test);
	case OP_TAG:
		return matches_tag(step->text, test->tags);
	case OP_SOURCE:
		return matches_source(step->text, test->source);
	default:
		return (step->compare & (test->np < step->np ? LESS : test->np > step->np ? GREATER : EQUAL)) != 0;
	}
}

bool selection_matches(const struct selection *selection, const struct selectable *test)
{
	bool stack[MAX_STACK];
	size_t top = 0; /* values on the stack */

	for (size_t i = 0; i < selection->n; i++) {
		const struct step *step = &selection->steps[i];

		if (step->op == OP_NOT) {
			stack[top - 1] = !stack[top - 1];
		} else if (step->op == OP_AND || step->op == OP_OR) {
			top--;
			stack[top - 1] =
				step->op == OP_AND ? stack[top - 1] && stack[top] : stack[top - 1] || stack[top];
		} else {
			stack[top++] = matches_step(step, test);
		}
	}
	return stack[0];
}

bool select_id_matches(const char *wanted, const char *id)
{
	size_t len = strlen(wanted), id_len = strlen(id);

	if (strncmp(wanted, id, len) != 0)
		return false;
	if (id[len] == '\0' || strncmp(id + len, "::", 2) == 0)
		return true;
	/* A source a.so has nothing to do with one that is called a.so[2]. */
	return strstr(wanted, "::") != NULL && id[len] == '[' && id[id_len - 1] == ']';
}

bool select_glob_matches(const char *glob, const char *id)
{
	return strcmp(glob, id) == 0 || fnmatch(glob, id, 0) == 0;
}

size_t select_path_length(int dir, const char *arg)
{
	const char *first = strstr(arg, "::");

	if (first == NULL || faccessat(dir, arg, F_OK, 0) == 0)
		return strlen(arg);
	for (const char *colons = first; colons != NULL; colons = strstr(colons + 1, "::")) {
		char *path = xstrndup(arg, (size_t)(colons - arg));
		bool there = faccessat(dir, path, F_OK, 0) == 0;

		free(path);
		if (there)
			return (size_t)(colons - arg);
	}
	return (size_t)(first - arg);
}
