/* command_line.c - getopt_long finds the options, its messages are replaced by ours. */
#include "core/ptpar/command_line.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/ptpar/settings.h"
#include "core/ptpar/suggest.h"

/* A long option is known to getopt by its row in the table, behind all letters. */
#define LONG_BASE 256

static const struct option_spec *spec_of(int code)
{
	if (code >= LONG_BASE)
		return &options[code - LONG_BASE];
	for (size_t i = 0; i < n_options; i++)
		if (options[i].letter != '\0' && options[i].letter == code)
			return &options[i];
	return NULL;
}

/* longs is freed by the caller, and ends with a row of zeros. The ':' in front makes getopt tell a missing argument
 * from an unknown option. */
static struct option *make_tables(struct buffer *letters)
{
	struct option *longs = xcalloc(n_options + 1, sizeof(*longs)), *next = longs;

	buffer_putc(letters, ':');
	for (size_t i = 0; i < n_options; i++) {
		const struct option_spec *spec = &options[i];

		if (spec->group == GROUP_NONE)
			continue;
		if (spec->letter != '\0')
			buffer_printf(letters, "%c%s", spec->letter, spec->argument != NULL ? ":" : "");
		if (spec->name == NULL)
			continue;
		next->name = spec->name;
		next->has_arg = spec->argument == NULL   ? no_argument
				: spec->fallback != NULL ? optional_argument
							 : required_argument;
		next->val = LONG_BASE + (int)i;
		next++;
	}
	return longs;
}

/* getopt takes the beginning of a name for the whole, if just one name begins so. */
static int unknown_long(const char *arg, struct ptpar_error *err)
{
	struct buffer candidates = { 0 };
	const char **names = xcalloc(n_options, sizeof(*names));
	char *word = xstrndup(arg + 2, strcspn(arg + 2, "="));
	const char *near;
	int rc;

	for (size_t i = 0; i < n_options; i++) {
		if (options[i].group == GROUP_NONE || options[i].name == NULL || options[i].help == NULL)
			continue;
		names[i] = options[i].name;
		if (*word != '\0' && strncmp(names[i], word, strlen(word)) == 0)
			buffer_printf(&candidates, "%s'--%s'", candidates.len == 0 ? "" : " or ", names[i]);
	}
	near = suggest(word, names, n_options);
	if (candidates.len > 0)
		rc = ptpar_fail(err, -EINVAL, "ambiguous option '--%s': did you mean %s?", word,
				buffer_string(&candidates));
	else if (near != NULL)
		rc = ptpar_fail(err, -EINVAL, "unknown option '--%s': did you mean '--%s'?", word, near);
	else
		rc = ptpar_fail(err, -EINVAL, "unknown option '--%s': see 'ptpar --help'", word);
	free(word);
	free(names);
	buffer_free(&candidates);
	return rc;
}

/* What getopt_long refused: it returned ':' or '?', optopt is the option if it is known. */
static int refused(int code, char **argv, struct ptpar_error *err)
{
	const struct option_spec *spec = spec_of(optopt);

	if (code == ':' && optopt < LONG_BASE)
		return ptpar_fail(err, -EINVAL, "-%c: no %s given: write -%c %s", optopt, spec->argument, optopt,
				  spec->argument);
	if (code == ':')
		return ptpar_fail(err, -EINVAL, "--%s: no %s given: write --%s %s", spec->name, spec->argument,
				  spec->name, spec->argument);
	if (optopt >= LONG_BASE)
		return ptpar_fail(err, -EINVAL, "%s: --%s takes no value", argv[optind - 1], spec->name);
	if (optopt != 0)
		return ptpar_fail(err, -EINVAL, "unknown option '-%c': see 'ptpar --help'", optopt);
	return unknown_long(argv[optind - 1], err);
}

/* That of some options may stand in the next word as well, although it may be left out. */
static char *value_of(const struct option_spec *spec, char **argv)
{
	const char *next = argv[optind];

	if (optarg != NULL || spec->takes == NULL || next == NULL || *next == '\0' || *next == '-' ||
	    strspn(next, spec->takes) != strlen(next))
		return optarg;
	return argv[optind++];
}

int command_line_read(struct command_line *line, int argc, char **argv, struct ptpar_error *err)
{
	struct buffer letters = { 0 };
	struct option *longs = make_tables(&letters);
	const char *shorts = buffer_string(&letters);
	bool alone = false;
	int code, rc = 0;

	*line = (struct command_line){ 0 };
	opterr = 0;
	optind = 0; /* glibc: begin anew */
	while (!alone && rc == 0 && (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (code == '?' || code == ':') {
			rc = refused(code, argv, err);
			continue;
		}
		alone = spec_of(code)->alone;
		if (alone)
			line->n = 0;
		GROW(line->given, line->n, line->cap);
		line->given[line->n++] =
			(struct given){ spec_of(code), value_of(spec_of(code), argv), code < LONG_BASE };
	}
	if (rc == 0 && !alone) {
		line->operands = argv + optind;
		line->n_operands = (size_t)(argc - optind);
	}
	free(longs);
	buffer_free(&letters);
	return rc;
}

void command_line_free(struct command_line *line)
{
	free(line->given);
	*line = (struct command_line){ 0 };
}

/* The option as it was written, for messages. */
static char *where(const struct given *g)
{
	const char *value = g->value == NULL ? "" : *g->value == '\0' ? " ''" : g->value;
	const char *gap = g->value == NULL || *g->value == '\0' ? "" : g->spec->fallback != NULL ? "=" : " ";

	if (g->by_letter)
		return xasprintf("-%c%s%s", g->spec->letter, gap, value);
	return xasprintf("--%s%s%s", g->spec->name, gap, value);
}

static int apply(const struct option_spec *spec, struct settings *settings, const char *value, const char *text,
		 struct ptpar_error *err)
{
	if (spec->type != OPTION_PLUGIN)
		return option_set(spec, settings, value, text, err);
	settings_set_plugin_option(settings, spec->plugin, spec->key, value != NULL ? value : spec->on_value,
				   false);
	return 0;
}

int command_line_apply(const struct command_line *line, struct settings *settings, struct ptpar_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < line->n && rc == 0; i++) {
		char *text = where(&line->given[i]);

		rc = apply(line->given[i].spec, settings, line->given[i].value, text, err);
		free(text);
	}
	return rc;
}

int command_line_check(const struct command_line *line, const struct settings *settings, struct ptpar_error *err)
{
	for (size_t i = 0; i < line->n; i++) {
		const struct option_spec *spec = line->given[i].spec;

		if (spec->plugin != NULL && strcmp(spec->plugin, settings->scheduler) != 0)
			return ptpar_fail(
				err, -EINVAL,
				"--%s: that is for --scheduler=%s, and the scheduler is %s: leave one out",
				spec->name, spec->plugin, settings->scheduler);
	}
	return 0;
}
