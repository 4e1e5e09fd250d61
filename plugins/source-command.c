/* source-command.c - tests that are command lines: sections [command:NAME] of the configuration.
 *
 * A test passes when each of its processes ends as expected, and what is to be found in the output was printed by
 * one of them.
 */
#include <ptpar/source.h>

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "plugins/source-common.h"
#include "plugins/tap.h"

/* As in Automake. */
enum { EXIT_SKIP = 77, EXIT_ERROR = 99 };

/* How a process is to end. */
enum end { END_EXIT, END_FAIL, END_SIGNAL, END_TAP };

struct expectation {
	enum end end;
	bool said;      /* END_EXIT with 0 is the default */
	int number;     /* the status or signal */
	char *pattern;  /* that a line of the output matches, or NULL */
	regex_t regex;  /* the same */
	bool has_regex; /* it is compiled */
};

struct program {
	const struct ptpar_source_host *host;
	char *path;
	char *name;
	char *text; /* with sh = yes, the command */
	char *cwd;
	struct ptpar_words command;
	struct ptpar_words env;
	const char *sh[4];
	struct declared declared;
	struct expectation expected;
};

/* ---- What the section says ---- */

static const char *option(const struct program *p, const char *key)
{
	return p->host->option(p->host->ctx, p->path, key);
}

/* "np = 0: WHY" */
static int refuse(struct ptpar_error *err, int code, const char *key, const char *value, const char *why)
{
	return source_fail(err, code, "%s = %.80s: %s", key, value, why);
}

static int take_sh(const struct program *p, bool *sh, struct ptpar_error *err)
{
	static const char *const yes[] = { "yes", "on", "true", NULL }, *const no[] = { "no", "off", "false",
											NULL };
	const char *value = option(p, "sh");

	*sh = false;
	if (value == NULL)
		return 0;
	for (size_t i = 0; yes[i] != NULL; i++)
		if (strcasecmp(value, yes[i]) == 0) {
			*sh = true;
			return 0;
		}
	for (size_t i = 0; no[i] != NULL; i++)
		if (strcasecmp(value, no[i]) == 0)
			return 0;
	return refuse(err, -EINVAL, "sh", value, "write yes or no");
}

static int take_shell_command(struct program *p, const char *value, struct ptpar_error *err)
{
	p->text = strdup(value);
	if (p->text == NULL)
		return source_no_memory(err);
	p->sh[0] = "/bin/sh";
	p->sh[1] = "-c";
	p->sh[2] = p->text;
	return 0;
}

static int take_command(struct program *p, struct ptpar_error *err)
{
	struct ptpar_error why = { "" };
	const char *value = option(p, "command");
	bool sh;
	int r = take_sh(p, &sh, err);

	if (r < 0)
		return r;
	if (value == NULL || value[strspn(value, " \t\r\n")] == '\0')
		return source_fail(err, -EINVAL, "no command: write 'command = PROGRAM ARGUMENT...'");
	if (sh)
		return take_shell_command(p, value, err);
	r = ptpar_words_split(&p->command, value, &why);
	if (r == -EINVAL)
		return source_fail(err, r, "command = %.80s: %s: quote it, or write 'sh = yes' for a shell", value,
				   why.text);
	if (r == 0 && p->command.v[0][0] == '\0')
		return refuse(err, -EINVAL, "command", value, "the program has no name");
	return r < 0 ? source_fail(err, r, "%s", why.text) : 0;
}

static int take_env(struct program *p, struct ptpar_error *err)
{
	struct ptpar_error why = { "" };
	const char *value = option(p, "env");
	int r;

	if (value == NULL)
		return 0;
	r = ptpar_words_split(&p->env, value, &why);
	if (r < 0)
		return source_fail(err, r, "env = %.80s: %s: quote it", value, why.text);
	for (size_t i = 0; i < p->env.n; i++) {
		const char *equals = strchr(p->env.v[i], '=');

		if (equals == NULL || equals == p->env.v[i])
			return source_fail(err, -EINVAL, "env = %.80s: '%.40s' is not NAME=VALUE", value,
					   p->env.v[i]);
	}
	return 0;
}

static int take_cwd(struct program *p, struct ptpar_error *err)
{
	const char *value = option(p, "cwd");

	if (value == NULL)
		return 0;
	if (*value == '\0')
		return refuse(err, -EINVAL, "cwd", value, "name a directory");
	p->cwd = strdup(value);
	return p->cwd == NULL ? source_no_memory(err) : 0;
}

static int take_declared(struct program *p, struct ptpar_error *err)
{
	struct ptpar_error why = { "" };

	for (size_t i = 0; declared_keys[i] != NULL; i++) {
		const char *value = option(p, declared_keys[i]);
		int r = value == NULL ? 0 : declared_set(&p->declared, declared_keys[i], value, &why);

		if (r < 0)
			return refuse(err, r, declared_keys[i], value, why.text);
	}
	return 0;
}

/* ---- What is expected ---- */

/* The words of the conditions: "exit", "signal" and "output" have something behind them, the others nothing. */
#define CONDITIONS "write exit N, fail, signal N, tap or output REGEX; with commas between, and output last"

/* What is behind a word and blanks, or NULL if text does not begin with it. */
static const char *behind_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(text, word, n) != 0 || (text[n] != '\0' && !isspace((unsigned char)text[n])))
		return NULL;
	return text + n + strspn(text + n, " \t\r\n");
}

static int set_end(struct expectation *e, enum end end, int number)
{
	if (e->said)
		return -EEXIST;
	e->end = end;
	e->said = true;
	e->number = number;
	return 0;
}

/* One condition that is not about output. -EINVAL: it is none; -EEXIST: there was one before. */
static int take_end(struct expectation *e, const char *condition)
{
	const char *rest;
	char *end;
	long status;
	int number;

	if (strcmp(condition, "fail") == 0)
		return set_end(e, END_FAIL, 0);
	if (strcmp(condition, "tap") == 0)
		return set_end(e, END_TAP, 0);
	rest = behind_word(condition, "signal");
	if (rest != NULL) {
		number = source_signal(rest);
		return number == 0 ? -EINVAL : set_end(e, END_SIGNAL, number);
	}
	rest = behind_word(condition, "exit");
	if (rest == NULL || !isdigit((unsigned char)*rest))
		return -EINVAL;
	status = strtol(rest, &end, 10);
	return *end != '\0' || status > 255 ? -EINVAL : set_end(e, END_EXIT, (int)status);
}

static int take_pattern(struct expectation *e, const char *value, const char *pattern, struct ptpar_error *err)
{
	char why[256];
	int r;

	if (*pattern == '\0')
		return refuse(err, -EINVAL, "expect", value, "output: give a regular expression");
	e->pattern = strdup(pattern);
	if (e->pattern == NULL)
		return source_no_memory(err);
	r = regcomp(&e->regex, pattern, REG_EXTENDED | REG_NOSUB);
	if (r != 0) {
		regerror(r, &e->regex, why, sizeof(why));
		return source_fail(err, -EINVAL, "expect = %.80s: not a regular expression: %s", value, why);
	}
	e->has_regex = true;
	return 0;
}

/* From here to the next comma, blanks removed; to be freed. */
static char *copy_condition(const char *text, size_t n)
{
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	return strndup(text, n);
}

static int take_condition(struct expectation *e, const char *value, const char *text, size_t n,
			  struct ptpar_error *err)
{
	char *condition = copy_condition(text, n);
	int r = condition == NULL ? -ENOMEM : take_end(e, condition);

	if (r == -ENOMEM)
		source_no_memory(err);
	else if (r == -EEXIST)
		refuse(err, r, "expect", value, "only one of exit, fail, signal and tap");
	else if (r < 0)
		source_fail(err, r, "expect = %.80s: '%.40s': " CONDITIONS, value, condition);
	free(condition);
	return r;
}

static int take_expect(struct program *p, struct ptpar_error *err)
{
	const char *value = option(p, "expect"), *text = value;
	int r = 0;

	while (r == 0 && text != NULL) {
		const char *pattern, *comma;

		text += strspn(text, " \t\r\n");
		pattern = behind_word(text, "output");
		if (pattern != NULL)
			return take_pattern(&p->expected, value, pattern, err);
		comma = strchr(text, ',');
		r = take_condition(&p->expected, value, text, strcspn(text, ","), err);
		text = comma != NULL ? comma + 1 : NULL;
	}
	return r;
}

/* ---- Judging ---- */

static bool exited_with(const struct ptpar_ended *ended, int status)
{
	return WIFEXITED(ended->status) && WEXITSTATUS(ended->status) == status;
}

/* "exited with status 3, expected 0" */
static void tell_end(const struct expectation *e, const struct ptpar_ended *ended,
		     const struct ptpar_reader *reader, enum ptpar_note_kind kind)
{
	const struct source_end end = source_end_of(ended->status);
	const char *name;

	switch (e->end) {
	case END_EXIT:
		source_note(reader, kind, "%s, expected %s%d", end.text, WIFEXITED(ended->status) ? "" : "status ",
			    e->number);
		break;
	case END_SIGNAL:
		name = sigabbrev_np(e->number);
		source_note(reader, kind, "%s, expected signal %d (SIG%s)", end.text, e->number,
			    name != NULL ? name : "?");
		break;
	case END_FAIL:
		source_note(reader, kind, "%s, expected a failure", end.text);
		break;
	case END_TAP: /* has notes of its own */
		break;
	}
}

static bool ended_as_expected(const struct expectation *e, const struct ptpar_ended *ended)
{
	switch (e->end) {
	case END_EXIT:
		return exited_with(ended, e->number);
	case END_FAIL:
		return ended->status != 0;
	case END_SIGNAL:
		return WIFSIGNALED(ended->status) && WTERMSIG(ended->status) == e->number;
	case END_TAP:
		break;
	}
	return false;
}

/* Of several processes one may be the one that is to fail; the others end well, or are ended because of it. */
static bool another_may_fail(const struct expectation *e, const struct ptpar_ended *ended)
{
	if (ended->np == 1 || (e->end != END_FAIL && e->end != END_SIGNAL))
		return false;
	return ended->status == 0 || (WIFSIGNALED(ended->status) &&
				      (WTERMSIG(ended->status) == SIGTERM || WTERMSIG(ended->status) == SIGKILL));
}

static enum ptpar_rank_outcome judge_end(const struct expectation *e, const struct ptpar_ended *ended,
					 const struct ptpar_reader *reader)
{
	const struct source_end end = source_end_of(ended->status);
	bool exactly = e->end == END_EXIT && exited_with(ended, e->number);

	if (exited_with(ended, EXIT_SKIP) && !exactly) {
		source_note(reader, PTPAR_NOTE_SKIP, "%s", end.text);
		return PTPAR_RANK_SKIPPED;
	}
	if (exited_with(ended, EXIT_ERROR) && !exactly) {
		source_note(reader, PTPAR_NOTE_FAILURE, "%s: a hard error", end.text);
		return PTPAR_RANK_ERROR;
	}
	if (ended_as_expected(e, ended))
		return PTPAR_RANK_PASSED;
	if (another_may_fail(e, ended)) {
		tell_end(e, ended, reader, PTPAR_NOTE_LOG);
		return PTPAR_RANK_UNDECIDED;
	}
	tell_end(e, ended, reader, PTPAR_NOTE_FAILURE);
	return WIFSIGNALED(ended->status) ? PTPAR_RANK_CRASHED : PTPAR_RANK_FAILED;
}

/* Does a line of the text match? Lines end at a newline, \r\n or NUL. -1: out of memory. */
static int find_line(const regex_t *regex, const char *text, size_t n)
{
	char *copy = malloc(n + 1);
	bool found = false;

	if (copy == NULL)
		return -1;
	memcpy(copy, text, n);
	copy[n] = '\0';
	for (char *line = copy, *end; !found && line < copy + n; line = end + 1) {
		end = line + strcspn(line, "\n");
		*end = '\0';
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		found = regexec(regex, line, 0, NULL, 0) == 0;
	}
	free(copy);
	return found;
}

/* What is left to say of a process that has ended as expected. */
static enum ptpar_rank_outcome judge_output(const struct expectation *e, const struct ptpar_ended *ended,
					    const struct ptpar_reader *reader)
{
	int found = find_line(&e->regex, ended->output, ended->n_output);

	if (found == 0)
		found = find_line(&e->regex, ended->errors, ended->n_errors);
	if (found > 0)
		return PTPAR_RANK_PASSED;
	if (found < 0) {
		source_note(reader, PTPAR_NOTE_FAILURE, "out of memory to search its output");
		return PTPAR_RANK_ERROR;
	}
	source_note(reader, ended->np > 1 ? PTPAR_NOTE_LOG : PTPAR_NOTE_FAILURE, "no line of its output matches %s",
		    e->pattern);
	if (ended->cut)
		source_note(reader, PTPAR_NOTE_LOG, "it printed more than is kept: the beginning was not searched");
	return ended->np > 1 ? PTPAR_RANK_UNDECIDED : PTPAR_RANK_FAILED;
}

/* ---- The source ---- */

/* It has no files: sections are given to it without asking. */
static bool command_claims(const char *path)
{
	(void)path;
	return false;
}

static void command_close(void *state)
{
	struct program *p = state;

	if (p == NULL)
		return;
	if (p->expected.has_regex)
		regfree(&p->expected.regex);
	free(p->expected.pattern);
	declared_free(&p->declared);
	free(p->command.v);
	free(p->env.v);
	free(p->text);
	free(p->cwd);
	free(p->name);
	free(p->path);
	free(p);
}

static int take_section(struct program *p, struct ptpar_error *err)
{
	int r = take_command(p, err);

	if (r == 0)
		r = take_env(p, err);
	if (r == 0)
		r = take_cwd(p, err);
	if (r == 0)
		r = take_declared(p, err);
	if (r == 0)
		r = take_expect(p, err);
	return r;
}

static int command_open(const struct ptpar_source_host *host, const char *path, void **suite,
			struct ptpar_error *err)
{
	const char *colon = strchr(path, ':');
	struct program *p = calloc(1, sizeof(*p));
	int r;

	if (p == NULL)
		return source_no_memory(err);
	p->host = host;
	p->path = strdup(path);
	p->name = strdup(colon != NULL ? colon + 1 : path);
	r = p->path == NULL || p->name == NULL ? source_no_memory(err) : take_section(p, err);
	if (r == 0)
		*suite = p;
	else
		command_close(p);
	return r;
}

static int command_list(void *state, int (*emit)(void *ctx, const struct ptpar_case *c), void *ctx,
			struct ptpar_error *err)
{
	const struct program *p = state;

	(void)err;
	return declared_emit(&p->declared, p->name, NULL, 0, emit, ctx);
}

static const char *command_name(void *state, uint32_t index)
{
	const struct program *p = state;

	return index < declared_n_cases(&p->declared) ? p->name : NULL;
}

static int command_command(void *state, uint32_t index, uint32_t np, struct ptpar_command *command,
			   struct ptpar_error *err)
{
	const struct program *p = state;

	(void)index;
	(void)np;
	(void)err;
	*command = (struct ptpar_command){
		.argv = p->text != NULL ? p->sh : (const char *const *)p->command.v,
		.env = (const char *const *)p->env.v,
		.cwd = p->cwd,
	};
	return 0;
}

static enum ptpar_rank_outcome command_read(void *state, uint32_t index, const struct ptpar_ended *ended,
					    const struct ptpar_reader *reader)
{
	const struct program *p = state;
	const struct expectation *e = &p->expected;
	enum ptpar_rank_outcome outcome =
		e->end == END_TAP ? tap_judge(ended, reader) : judge_end(e, ended, reader);

	(void)index;
	return outcome == PTPAR_RANK_PASSED && e->has_regex ? judge_output(e, ended, reader) : outcome;
}

const struct ptpar_source ptpar_source = {
	.head = PTPAR_SOURCE_HEAD("command", "sections [command:NAME]: tests that are command lines"),
	.claims = command_claims,
	.open = command_open,
	.list = command_list,
	.name = command_name,
	.command = command_command,
	.read = command_read,
	.close = command_close,
};
