/* settings.c - the file first, the profile over it, the command line over both. */
#include "core/ptpar/settings.h"

#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/ptpar/command_line.h"
#include "core/ptpar/ini_file.h"
#include "core/ptpar/options.h"
#include "core/ptpar/paths.h"
#include "core/ptpar/sections.h"
#include "core/ptpar/suggest.h"

enum { MAX_NP = 1 << 20 };

/* Where the lists stand that win: their first line, NULL if there is none. They are made sense of at the end, so
 * that files are looked for only where they are asked for. */
struct lists {
	const struct ini_line *paths;
	const struct ini_line *plugin_path;
};

/* What a heading may say; with an argument, NAME:ARGUMENT. */
static const struct {
	const char *name;
	bool argument;
} section_kinds[] = {
	{ "ptpar", false },  { "mpi", false },      { "shell", false },  { "match", true },
	{ "command", true }, { "scheduler", true }, { "profile", true }, { "slurm", false },
};
#define N_KINDS (sizeof(section_kinds) / sizeof(section_kinds[0]))

/* The argument of a section of this kind, or NULL if it is another. */
static const char *argument_of(const char *section, const char *kind)
{
	size_t len = strlen(kind);

	return strncmp(section, kind, len) == 0 && section[len] == ':' ? section + len + 1 : NULL;
}

static void set_defaults(struct settings *settings)
{
	*settings = (struct settings){
		.scheduler = xstrdup("sequential"),
		.durations = -1,
		.grace = 2,
		.slow = 10,
		.thread_level = THREAD_MULTIPLE,
		.transports = TRANSPORTS_FAST,
		.threads = 1,
	};
}

static int check_heading(const struct ini_file *file, const struct ini_line *at, struct ptpar_error *err)
{
	const char *names[N_KINDS];
	size_t len = strcspn(at->section, ":");
	char *kind = xstrndup(at->section, len);
	const char *near;
	int rc;

	for (size_t i = 0; i < N_KINDS; i++) {
		names[i] = section_kinds[i].name;
		if (strcmp(kind, names[i]) != 0)
			continue;
		free(kind);
		if (section_kinds[i].argument == (at->section[len] == ':' && at->section[len + 1] != '\0'))
			return 0;
		return ptpar_fail(err, -EINVAL, "%s:%u: section [%s]: %s; write [%s%s]", file->name, at->line,
				  at->section, section_kinds[i].argument ? "lacks a name" : "takes no name",
				  names[i], section_kinds[i].argument ? ":NAME" : "");
	}
	near = suggest(kind, names, N_KINDS);
	if (near != NULL)
		rc = ptpar_fail(err, -EINVAL, "%s:%u: unknown section [%s]: did you mean [%s%s]?", file->name,
				at->line, at->section, near, at->section + len);
	else
		rc = ptpar_fail(
			err, -EINVAL,
			"%s:%u: unknown section [%s]: there are [ptpar], [mpi], [shell], [slurm], [match:GLOB], "
			"[command:NAME], [scheduler:NAME] and [profile:NAME]",
			file->name, at->line, at->section);
	free(kind);
	return rc;
}

/* The row of a line's key. Profiles take the keys of [ptpar] and of [mpi]. */
static const struct option_spec *spec_of(const struct ini_line *at)
{
	const struct option_spec *spec;

	if (argument_of(at->section, "match") != NULL)
		return option_of_key("match", at->key);
	if (argument_of(at->section, "profile") == NULL)
		return option_of_key(at->section, at->key);
	spec = option_of_key("ptpar", at->key);
	return spec != NULL ? spec : option_of_key("mpi", at->key);
}

static int unknown_key(const struct ini_file *file, const struct ini_line *at, struct ptpar_error *err)
{
	struct buffer known = { 0 };
	const char **keys = xcalloc(n_options, sizeof(*keys));
	struct ini_line candidate = *at;
	const char *near, *elsewhere = NULL;
	int rc;

	for (size_t i = 0; i < n_options; i++) {
		if (options[i].section == NULL)
			continue;
		candidate.key = (char *)options[i].name;
		if (spec_of(&candidate) == &options[i]) {
			keys[i] = options[i].name;
			buffer_printf(&known, "%s%s", known.len == 0 ? "" : ", ", keys[i]);
		} else if (elsewhere == NULL && strcmp(options[i].name, at->key) == 0) {
			elsewhere = options[i].section;
		}
	}
	near = suggest(at->key, keys, n_options);
	if (elsewhere != NULL)
		rc = ptpar_fail(err, -EINVAL, "%s:%u: unknown key '%s' in [%s]: it belongs in [%s]", file->name,
				at->line, at->key, at->section, elsewhere);
	else if (near != NULL)
		rc = ptpar_fail(err, -EINVAL, "%s:%u: unknown key '%s' in [%s]: did you mean '%s'?", file->name,
				at->line, at->key, at->section, near);
	else
		rc = ptpar_fail(err, -EINVAL, "%s:%u: unknown key '%s' in [%s]: there are %s", file->name, at->line,
				at->key, at->section, buffer_string(&known));
	free(keys);
	buffer_free(&known);
	return rc;
}

/* A section may be written again further down, and then its later values count; within one, twice is a slip. */
static int check_not_twice(const struct ini_file *file, const struct ini_line *at, struct ptpar_error *err)
{
	for (const struct ini_line *other = at - 1; other >= file->lines && other->key != NULL; other--)
		if (!other->continues && strcmp(other->key, at->key) == 0)
			return ptpar_fail(err, -EINVAL, "%s:%u: '%s' twice in [%s]: line %u has it too; remove one",
					  file->name, at->line, at->key, at->section, other->line);
	return 0;
}

/* The rule that a line of [match:PATTERN] belongs to: the last one, or a new one. */
static struct match_rule *match_rule(struct settings *settings, const char *pattern)
{
	size_t n = settings->n_match_rules;

	if (n > 0 && strcmp(settings->match_rules[n - 1].pattern, pattern) == 0)
		return &settings->match_rules[n - 1];
	settings->match_rules = xreallocarray(settings->match_rules, n + 1, sizeof(*settings->match_rules));
	settings->match_rules[n] = (struct match_rule){
		.pattern = xstrdup(pattern), .timeout = NAN, .retries = MATCH_UNSET, .threads = MATCH_UNSET
	};
	settings->n_match_rules++;
	return &settings->match_rules[n];
}

const char *settings_plugin_option(const struct settings *settings, const char *plugin, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < settings->n_plugin_options; i++)
		if (strcmp(settings->plugin_options[i].plugin, plugin) == 0 &&
		    strcmp(settings->plugin_options[i].key, key) == 0)
			value = settings->plugin_options[i].value;
	return value;
}

int settings_launcher(const char *name)
{
	return option_choice(option_of_key("ptpar", "launcher"), name, "", NULL);
}

/* The last one of a key counts. */
void settings_set_plugin_option(struct settings *settings, const char *plugin, const char *key, const char *value,
				bool is_path)
{
	size_t n = settings->n_plugin_options;

	settings->plugin_options =
		xreallocarray(settings->plugin_options, n + 1, sizeof(*settings->plugin_options));
	settings->plugin_options[n] =
		(struct plugin_option){ xstrdup(plugin), xstrdup(key), xstrdup(value), is_path };
	settings->n_plugin_options++;
}

static void continue_plugin_option(struct settings *settings, const struct ini_line *at, char separator)
{
	struct plugin_option *last = &settings->plugin_options[settings->n_plugin_options - 1];
	char *longer = xasprintf("%s%c%s", last->value, separator, at->value);

	free(last->value);
	last->value = longer;
}

static void apply_plugin_option(struct settings *settings, const char *plugin, const struct ini_line *at)
{
	if (at->continues && settings->n_plugin_options > 0)
		continue_plugin_option(settings, at, ' ');
	else
		settings_set_plugin_option(settings, plugin, at->key, at->value, false);
}

/* A key of the table that is for the scheduler of the section's name. */
static int apply_known_plugin_option(struct settings *settings, const struct option_spec *spec,
				     const struct ini_line *at, const char *where, struct ptpar_error *err)
{
	if (spec->choices != NULL && option_choice(spec, at->value, where, err) < 0)
		return -EINVAL;
	settings_set_plugin_option(settings, at->section, spec->key != NULL ? spec->key : spec->name, at->value,
				   spec->is_path);
	return 0;
}

/* A list of numbers, each once. */
static int apply_np(struct match_rule *rule, const char *value, const char *where, struct ptpar_error *err)
{
	char *copy = xstrdup(value), *state = NULL;
	bool good = true;

	rule->n_np = 0;
	for (char *word = strtok_r(copy, " ,\t", &state); word != NULL && good;
	     word = strtok_r(NULL, " ,\t", &state)) {
		unsigned long np = strtoul(word, NULL, 10);

		good = strspn(word, "0123456789") == strlen(word) && strlen(word) < 8 && np >= 1 && np <= MAX_NP;
		for (size_t i = 0; i < rule->n_np; i++)
			good = good && rule->np[i] != np;
		rule->np = xreallocarray(rule->np, rule->n_np + 1, sizeof(*rule->np));
		rule->np[rule->n_np++] = (uint32_t)np;
	}
	free(copy);
	if (rule->n_np > 0 && good)
		return 0;
	return ptpar_fail(err, -EINVAL,
			  "%s: not a list of different numbers of processes, 1 to %d: give such as 4, or 4 7",
			  where, MAX_NP);
}

static int apply_list(const struct option_spec *spec, struct lists *lists, const struct ini_file *file,
		      const struct ini_line *at, struct ptpar_error *err)
{
	bool more = at + 1 < file->lines + file->n && at[1].continues;

	if (*at->value == '\0' && !more)
		return ptpar_fail(err, -EINVAL, "%s:%u: %s: empty: give paths, relative to this file", file->name,
				  at->line, at->key);
	if (at->continues)
		return 0;
	if (spec->offset == offsetof(struct settings, paths))
		lists->paths = at;
	else
		lists->plugin_path = at;
	return 0;
}

/* A line with a key of the table that has one line. */
static int apply_value(struct settings *settings, const struct option_spec *spec, const struct ini_line *at,
		       const char *where, struct ptpar_error *err)
{
	const char *pattern = argument_of(at->section, "match");

	if (spec->type == OPTION_NP)
		return apply_np(match_rule(settings, pattern), at->value, where, err);
	if (spec->type == OPTION_PLUGIN)
		return apply_known_plugin_option(settings, spec, at, where, err);
	return option_set(spec, pattern != NULL ? (void *)match_rule(settings, pattern) : settings, at->value,
			  where, err);
}

static int apply_key(struct settings *settings, struct lists *lists, const struct ini_file *file,
		     const struct ini_line *at, struct ptpar_error *err)
{
	const struct option_spec *spec = spec_of(at);
	char *where;
	int rc;

	if (spec == NULL)
		return unknown_key(file, at, err);
	if (spec->type == OPTION_LIST && at->continues)
		return apply_list(spec, lists, file, at, err);
	if (at->continues && spec->separator != '\0') {
		continue_plugin_option(settings, at, spec->separator);
		return 0;
	}
	if (at->continues)
		return ptpar_fail(err, -EINVAL,
				  "%s:%u: '%s': indented, so it would continue '%s', which has one line; "
				  "begin it at the margin",
				  file->name, at->line, at->value, at->key);
	rc = check_not_twice(file, at, err);
	if (rc != 0)
		return rc;
	if (spec->type == OPTION_LIST)
		return apply_list(spec, lists, file, at, err);
	where = xasprintf("%s:%u: %s = %s", file->name, at->line, at->key, at->value);
	rc = apply_value(settings, spec, at, where, err);
	free(where);
	return rc;
}

static int apply_line(struct settings *settings, struct lists *lists, const struct ini_file *file,
		      const struct ini_line *at, struct ptpar_error *err)
{
	const char *plugin = argument_of(at->section, "scheduler");
	int rc = 0;

	if (at->key == NULL)
		rc = check_heading(file, at, err);
	if (rc != 0)
		return rc;
	if (sections_is_one(at->section)) {
		if (at->key != NULL && !at->continues && !sections_repeats(at->key))
			rc = check_not_twice(file, at, err);
		return rc != 0 ? rc : sections_apply(settings, file, at, err);
	}
	if (at->key == NULL)
		return 0;
	if (plugin != NULL) {
		apply_plugin_option(settings, plugin, at);
		return 0;
	}
	return apply_key(settings, lists, file, at, err);
}

/* Every line is checked, the profiles that were not asked for too, in the order of the file. */
static int check_file(const struct ini_file *file, struct ptpar_error *err)
{
	struct settings scratch;
	struct lists lists = { 0 };
	int rc = 0;

	set_defaults(&scratch);
	for (size_t i = 0; i < file->n && rc == 0; i++)
		rc = apply_line(&scratch, &lists, file, &file->lines[i], err);
	settings_free(&scratch);
	return rc;
}

static int unknown_profile(const struct ini_file *file, const char *name, struct ptpar_error *err)
{
	struct buffer known = { 0 };
	int rc;

	for (size_t i = 0; i < file->n; i++) {
		const char *profile = argument_of(file->lines[i].section, "profile");

		if (profile != NULL && file->lines[i].key == NULL)
			buffer_printf(&known, "%s%s", known.len == 0 ? "" : ", ", profile);
	}
	if (file->name == NULL)
		rc = ptpar_fail(err, -EINVAL,
				"--profile %s: no such profile: there is no ptpar.ini here or above; "
				"give one with --config",
				name);
	else
		rc = ptpar_fail(err, -EINVAL, "--profile %s: no such profile: %s has %s", name, file->name,
				known.len == 0 ? "none" : buffer_string(&known));
	buffer_free(&known);
	return rc;
}

/* The lines of the file, or those of one profile. Returns how many headings or lines there were. */
static size_t apply_layer(struct settings *settings, struct lists *lists, const struct ini_file *file,
			  const char *profile)
{
	size_t n = 0;

	for (size_t i = 0; i < file->n; i++) {
		const char *of = argument_of(file->lines[i].section, "profile");

		if (profile == NULL ? of != NULL : of == NULL || strcmp(of, profile) != 0)
			continue;
		n++;
		(void)apply_line(settings, lists, file, &file->lines[i], NULL); /* check_file saw no error */
	}
	return n;
}

/* What stands in a configuration is obeyed, plugins and all: in /tmp that of a stranger must not be. */
static char *find_file(void)
{
	char *foreign, *path = paths_find_above("ptpar.ini", &foreign);

	if (foreign != NULL)
		fprintf(stderr,
			"ptpar: warning: %s is not read: it belongs to another user, and everybody can write to "
			"its "
			"directory; --config reads it\n",
			foreign);
	free(foreign);
	return path;
}

static int open_file(struct settings *settings, struct ini_file *file, struct ptpar_error *err)
{
	FILE *in;
	int rc;

	if (settings->config == NULL)
		settings->config = find_file();
	if (settings->config == NULL)
		return 0;
	in = fopen(settings->config, "re");
	if (in == NULL)
		return ptpar_fail(err, -EINVAL, "--config %s: cannot be read: %s", settings->config,
				  strerror(errno));
	rc = ini_file_read(file, in, settings->config, err);
	fclose(in);
	return rc;
}

/* The directory of the configuration, absolute and without symbolic links. The caller frees it; NULL if it is gone.
 */
static char *directory_of(const char *config)
{
	char *copy = xstrdup(config);
	char *dir = realpath(dirname(copy), NULL);

	free(copy);
	return dir;
}

static int expand_paths(struct settings *settings, const struct ini_file *file, const char *base,
			const struct ini_line *at, struct ptpar_error *err)
{
	struct path_list list = { 0 };
	int rc = 0;

	do {
		char *where = xasprintf("%s:%u: %s", file->name, at->line, at->key);

		rc = paths_expand(&list, base, at->value, where, err);
		free(where);
		at++;
	} while (rc == 0 && at < file->lines + file->n && at->continues);
	settings->paths = list.items;
	settings->n_paths = list.n;
	return rc;
}

static void expand_plugin_path(struct settings *settings, const struct ini_file *file, const char *base,
			       const struct ini_line *at)
{
	struct buffer all = { 0 };

	do {
		char *copy = xstrdup(at->value), *state = NULL;

		for (char *dir = strtok_r(copy, ": \t", &state); dir != NULL;
		     dir = strtok_r(NULL, ": \t", &state)) {
			char *from_here = paths_from_here(base, dir);

			buffer_printf(&all, "%s%s", all.len == 0 ? "" : ":", from_here);
			free(from_here);
		}
		free(copy);
		at++;
	} while (at < file->lines + file->n && at->continues);
	settings->plugin_path = xstrdup(buffer_string(&all));
	buffer_free(&all);
}

static bool any_plugin_path(const struct settings *settings)
{
	for (size_t i = 0; i < settings->n_plugin_options; i++)
		if (settings->plugin_options[i].is_path)
			return true;
	return false;
}

static void rebase_plugin_options(struct settings *settings, const char *base)
{
	for (size_t i = 0; i < settings->n_plugin_options; i++) {
		struct plugin_option *option = &settings->plugin_options[i];
		char *from_here = option->is_path ? paths_from_here(base, option->value) : NULL;

		if (from_here == NULL)
			continue;
		free(option->value);
		option->value = from_here;
	}
}

static int expand_lists(struct settings *settings, const struct ini_file *file, const struct lists *lists,
			struct ptpar_error *err)
{
	char *base;
	int rc = 0;

	if (lists->paths == NULL && lists->plugin_path == NULL && settings->n_sections == 0 &&
	    !any_plugin_path(settings))
		return 0;
	base = directory_of(settings->config);
	if (base == NULL)
		return ptpar_fail(err, -EINVAL, "%s: its directory is gone: %s", settings->config, strerror(errno));
	if (lists->plugin_path != NULL)
		expand_plugin_path(settings, file, base, lists->plugin_path);
	sections_rebase(settings, base);
	rebase_plugin_options(settings, base);
	if (lists->paths != NULL)
		rc = expand_paths(settings, file, base, lists->paths, err);
	free(base);
	return rc != 0 ? -EINVAL : 0;
}

static void take_operands(struct settings *settings, const struct command_line *line)
{
	settings->paths = xcalloc(line->n_operands, sizeof(*settings->paths));
	settings->n_paths = line->n_operands;
	settings->paths_on_command_line = true;
	for (size_t i = 0; i < line->n_operands; i++)
		settings->paths[i] = xstrdup(line->operands[i]);
}

/* It is made of a file, or two, and of no configuration. */
static int take_import(struct settings *settings, const struct command_line *line, struct ptpar_error *err)
{
	if (line->n_operands < 1 || line->n_operands > 2)
		return ptpar_fail(err, -EINVAL, "--import: %s: write --import testlist FILE [DIRECTORY]",
				  line->n_operands == 0 ? "no FILE given" : "too many files");
	take_operands(settings, line);
	return 0;
}

/* The file, the profile, and again the command line, which has told where the file is. */
static int load_layers(struct settings *settings, const struct command_line *line, struct ini_file *file,
		       struct ptpar_error *err)
{
	struct lists lists = { 0 };
	int rc = open_file(settings, file, err);

	if (rc == 0)
		rc = check_file(file, err);
	if (rc != 0)
		return -EINVAL;
	apply_layer(settings, &lists, file, NULL);
	if (settings->profile != NULL && apply_layer(settings, &lists, file, settings->profile) == 0)
		return unknown_profile(file, settings->profile, err);
	if (line->n_operands > 0) {
		lists.paths = NULL;
		take_operands(settings, line);
	}
	rc = command_line_apply(line, settings, err);
	if (rc == 0)
		rc = command_line_check(line, settings, err);
	if (rc == 0)
		rc = expand_lists(settings, file, &lists, err);
	return rc != 0 ? rc : sections_check_paths(settings, err);
}

/* A person who debugs takes any time, and looks at one test at a time. */
static void prepare_for_debugging(struct settings *settings)
{
	settings->run_timeout = 0;
	settings->grace = INFINITY;
	settings->slow = INFINITY;
	free(settings->scheduler);
	settings->scheduler = xstrdup("sequential");
}

int settings_load(struct settings *settings, int argc, char **argv, struct ptpar_error *err)
{
	struct command_line line = { 0 };
	struct ini_file file = { 0 };
	int rc;

	set_defaults(settings);
	rc = command_line_read(&line, argc, argv, err);
	if (rc == 0)
		rc = command_line_apply(&line, settings, err);
	settings->n_workers_on_command_line = settings->n_workers != 0;
	if (rc == 0 && settings->import != IMPORT_NONE)
		rc = take_import(settings, &line, err);
	else if (rc == 0 && !settings->help && !settings->version)
		rc = load_layers(settings, &line, &file, err);
	if (rc == 0 && settings->gdb != NULL)
		prepare_for_debugging(settings);
	ini_file_free(&file);
	command_line_free(&line);
	return rc;
}

void settings_free(struct settings *settings)
{
	for (size_t i = 0; i < settings->n_paths; i++)
		free(settings->paths[i]);
	for (size_t i = 0; i < settings->n_match_rules; i++) {
		free(settings->match_rules[i].np);
		free(settings->match_rules[i].pattern);
	}
	for (size_t i = 0; i < settings->n_plugin_options; i++) {
		free(settings->plugin_options[i].plugin);
		free(settings->plugin_options[i].key);
		free(settings->plugin_options[i].value);
	}
	sections_free(settings);
	free(settings->paths);
	free(settings->match_rules);
	free(settings->plugin_options);
	free(settings->host);
	free(settings->attach);
	free(settings->in_job);
	free(settings->scheduler);
	free(settings->config);
	free(settings->profile);
	free(settings->plugin_path);
	free(settings->select);
	free(settings->rerun);
	free(settings->junit);
	free(settings->report);
	free(settings->wrap);
	free(settings->gdb);
	*settings = (struct settings){ 0 };
}

void settings_help(void)
{
	options_help(stdout);
}
