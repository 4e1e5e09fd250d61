/* options.c - the table, and what is folded over it: values and --help. */
#include "core/ptpar/options.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/ptpar/settings.h"

#define MAX_NUMBER  (UINT32_C(1) << 20)
#define MAX_THREADS 1024
#define MAX_SECONDS 1e9 /* 31 years, and still exact in milliseconds */

#define AT(field) offsetof(struct settings, field)

/* Choices are written through an int. */
static_assert(sizeof(enum list_mode) == sizeof(int) && sizeof(enum import_kind) == sizeof(int) &&
		      sizeof(enum confirm_how) == sizeof(int) && sizeof(enum when) == sizeof(int) &&
		      sizeof(enum thread_level) == sizeof(int) && sizeof(enum transports) == sizeof(int) &&
		      sizeof(enum launcher) == sizeof(int) && sizeof(enum match_isolation) == sizeof(int),
	      "an enum is as wide as an int");

static const char *const imports[] = { [IMPORT_NONE] = "", [IMPORT_TESTLIST] = "testlist", NULL };
static const char *const list_modes[] = { [LIST_NONE] = "", [LIST_TEXT] = "text", [LIST_JSON] = "json", NULL };
static const char *const confirm_hows[] = { [CONFIRM_NO] = "no", [CONFIRM_ISOLATED] = "isolated", NULL };
static const char *const whens[] = { [WHEN_AUTO] = "auto", [WHEN_ALWAYS] = "always", [WHEN_NEVER] = "never", NULL };
static const char *const thread_levels[] = { [THREAD_SINGLE] = "single",
					     [THREAD_FUNNELED] = "funneled",
					     [THREAD_SERIALIZED] = "serialized",
					     [THREAD_MULTIPLE] = "multiple",
					     NULL };
static const char *const launchers[] = { [LAUNCHER_AUTO] = "auto",
					 [LAUNCHER_PMIX] = "pmix",
					 [LAUNCHER_MPIEXEC] = "mpiexec",
					 [LAUNCHER_SRUN] = "srun",
					 NULL };
static const char *const orders[] = { "dynamic", "static", NULL };
static const char *const yes_no[] = { "yes", "no", NULL };
static const char *const isolations[] = { [MATCH_ISOLATION_UNSET] = "",
					  [MATCH_ISOLATION_NO] = "no",
					  [MATCH_ISOLATION_YES] = "yes",
					  [MATCH_ISOLATION_WORLD] = "world",
					  NULL };
static const char *const transports[] = { [TRANSPORTS_FAST] = "fast", [TRANSPORTS_DEFAULT] = "default", NULL };

#define SECONDS_REMEDY "give seconds above 0, such as 2.5"

/* clang-format off */
const struct option_spec options[] = {
	{ .letter = 'k', .group = GROUP_SELECT, .type = OPTION_STRING, .offset = AT(select), .argument = "EXPR",
	  .remedy = "give an expression, such as 'io and np>2'",
	  .help = "only the tests that match: names and globs, tag:T,\nnp:4, np>2, source:GLOB, with and, or, not, ( )" },
	{ .name = "rerun", .group = GROUP_SELECT, .type = OPTION_STRING, .offset = AT(rerun), .argument = "WHICH",
	  .remedy = "give failed, not-run, or failed,not-run",
	  .help = "only what failed, or did not run, in the last run\n(failed, not-run, or failed,not-run)" },
	{ .name = "failed-first", .group = GROUP_SELECT, .type = OPTION_FLAG, .offset = AT(failed_first),
	  .help = "first what failed in the last run, then the others" },
	{ .name = "list", .group = GROUP_SELECT, .type = OPTION_CHOICE, .offset = AT(list), .argument = "FORMAT",
	  .fallback = "text", .choices = list_modes,
	  .help = "run nothing, list what would run: text or json" },
	{ .name = "config", .letter = 'c', .group = GROUP_SELECT, .type = OPTION_STRING, .offset = AT(config),
	  .argument = "FILE", .remedy = "give a file",
	  .help = "configuration; default: ptpar.ini here or in a\nparent directory" },
	{ .name = "profile", .letter = 'p', .group = GROUP_SELECT, .type = OPTION_STRING, .offset = AT(profile),
	  .argument = "NAME", .remedy = "give the NAME of a section [profile:NAME]",
	  .help = "put [profile:NAME] over the configuration" },
	{ .name = "paths", .section = "ptpar", .type = OPTION_LIST, .offset = AT(paths) },

	{ .name = "scheduler", .section = "ptpar", .group = GROUP_RUN, .type = OPTION_STRING, .offset = AT(scheduler),
	  .argument = "NAME", .remedy = "give the name of a scheduler, such as dynamic",
	  .help = "which test starts when: sequential (default),\nstatic, dynamic, shell, slurm, or another plugin's" },
	{ .name = "n-workers", .letter = 'n', .section = "ptpar", .group = GROUP_RUN, .type = OPTION_NUMBER,
	  .offset = AT(n_workers), .argument = "N", .least = 1, .remedy = "give the number of workers, 1 or more",
	  .help = "slots; default: the cores that ptpar may use, or\nunder mpirun its processes" },
	{ .name = "timeout", .section = "ptpar", .group = GROUP_RUN, .type = OPTION_SECONDS, .offset = AT(timeout),
	  .argument = "SECONDS", .remedy = SECONDS_REMEDY, .help = "end a test that takes longer" },
	{ .name = "run-timeout", .section = "ptpar", .group = GROUP_RUN, .type = OPTION_SECONDS,
	  .offset = AT(run_timeout), .argument = "SECONDS", .remedy = SECONDS_REMEDY,
	  .help = "end the run when it takes longer" },
	{ .name = "grace", .section = "ptpar", .type = OPTION_SECONDS, .offset = AT(grace), .remedy = SECONDS_REMEDY },
	{ .name = "slow", .section = "ptpar", .type = OPTION_SECONDS, .offset = AT(slow), .remedy = SECONDS_REMEDY },
	{ .name = "retries", .section = "ptpar", .group = GROUP_RUN, .type = OPTION_NUMBER, .offset = AT(retries),
	  .argument = "N", .remedy = "give how often to try again, or 0 for never",
	  .help = "try a test that ends badly up to N times again" },
	{ .name = "confirm", .section = "ptpar", .type = OPTION_CHOICE, .offset = AT(confirm),
	  .choices = confirm_hows },
	{ .name = "fail-fast", .letter = 'x', .section = "ptpar", .group = GROUP_RUN, .type = OPTION_SWITCH,
	  .offset = AT(max_fail), .on = 1, .help = "stop at the first failure, as --max-fail 1" },
	{ .name = "max-fail", .section = "ptpar", .group = GROUP_RUN, .type = OPTION_NUMBER, .offset = AT(max_fail),
	  .argument = "N", .remedy = "give the number of failures, or 0 for no limit",
	  .help = "stop after N failures; 0: never" },
	{ .name = "launcher", .section = "ptpar", .group = GROUP_RUN, .type = OPTION_CHOICE, .offset = AT(launcher),
	  .argument = "NAME", .choices = launchers,
	  .help = "how processes are started: auto (default), pmix,\nmpiexec or srun" },
	{ .name = "wrap", .section = "ptpar", .group = GROUP_RUN, .type = OPTION_STRING, .offset = AT(wrap),
	  .argument = "CMD", .remedy = "give a command, such as 'valgrind -q --error-exitcode=9'",
	  .help = "start each process of a test in CMD, which may\nhold {rank}, {np}, {test}; all tests are isolated" },
	{ .name = "gdb", .group = GROUP_RUN, .type = OPTION_STRING, .offset = AT(gdb), .argument = "RANKS",
	  .fallback = "all", .takes = "0123456789,-", .remedy = "give ranks, such as 0,2",
	  .help = "debug these ranks (default: all) of each test, in\nwindows, panes of tmux, or where you type" },
	{ .name = "launcher", .section = "shell", .type = OPTION_CHOICE, .offset = AT(launcher), .choices = launchers },
	{ .name = "order", .section = "shell", .type = OPTION_PLUGIN, .choices = orders },
	{ .name = "threads", .section = "ptpar", .type = OPTION_NUMBER, .offset = AT(threads), .least = 1,
	  .most = MAX_THREADS,  .remedy = "give the cores that each process needs, 1 or more" },
	{ .name = "isolated", .section = "ptpar", .type = OPTION_CHOICE, .offset = AT(isolation),
	  .choices = isolations },
	{ .name = "plugin-path", .section = "ptpar", .type = OPTION_LIST, .offset = AT(plugin_path) },
	{ .name = "thread-level", .section = "mpi", .type = OPTION_CHOICE, .offset = AT(thread_level),
	  .choices = thread_levels },
	{ .name = "transports", .section = "mpi", .type = OPTION_CHOICE, .offset = AT(transports),
	  .choices = transports },
	{ .name = "timeout", .section = "match", .type = OPTION_SECONDS, .offset = offsetof(struct match_rule, timeout),
	  .remedy = SECONDS_REMEDY },
	{ .name = "retries", .section = "match", .type = OPTION_NUMBER, .offset = offsetof(struct match_rule, retries),
	  .remedy = "give how often to try again, or 0 for never" },
	{ .name = "threads", .section = "match", .type = OPTION_NUMBER, .offset = offsetof(struct match_rule, threads),
	  .least = 1, .most = MAX_THREADS, .remedy = "give the cores that each process needs, 1 or more" },
	{ .name = "isolated", .section = "match", .type = OPTION_CHOICE,
	  .offset = offsetof(struct match_rule, isolation), .choices = isolations },
	{ .name = "np", .section = "match", .type = OPTION_NP },

	{ .name = "junit", .section = "ptpar", .group = GROUP_OUTPUT, .type = OPTION_STRING, .offset = AT(junit),
	  .argument = "FILE", .remedy = "give a file, or - for standard output",
	  .help = "write a JUnit report; -: on standard output" },
	{ .name = "verbose", .letter = 'v', .section = "ptpar", .group = GROUP_OUTPUT, .type = OPTION_SWITCH,
	  .offset = AT(verbosity), .on = 1, .help = "a line for each test" },
	{ .name = "quiet", .letter = 'q', .section = "ptpar", .group = GROUP_OUTPUT, .type = OPTION_SWITCH,
	  .offset = AT(verbosity), .on = -1, .help = "failures and the summary only" },
	{ .name = "no-capture", .letter = 's', .section = "ptpar", .group = GROUP_OUTPUT, .type = OPTION_FLAG,
	  .offset = AT(no_capture), .help = "let tests print as they run" },
	{ .name = "color", .section = "ptpar", .group = GROUP_OUTPUT, .type = OPTION_CHOICE, .offset = AT(color),
	  .argument = "WHEN", .choices = whens, .help = "auto (default), always or never" },
	{ .name = "durations", .section = "ptpar", .group = GROUP_OUTPUT, .type = OPTION_NUMBER,
	  .offset = AT(durations), .argument = "N", .remedy = "give how many to show, or 0 for all",
	  .help = "show the N slowest tests; 0: all" },
	{ .name = "report", .group = GROUP_OUTPUT, .type = OPTION_STRING, .offset = AT(report), .argument = "RUN",
	  .remedy = "give the name of a run, as in .ptpar/runs", .help = "run nothing, report an earlier run again" },
	{ .name = "import", .group = GROUP_OUTPUT, .type = OPTION_CHOICE, .offset = AT(import), .argument = "FORMAT",
	  .choices = imports,
	  .help = "run nothing, print sections [command:NAME] for\nthe tests of a list, as in MPICH: testlist FILE" },

	{ .name = "slurm-options", .group = GROUP_SLURM, .type = OPTION_PLUGIN, .plugin = "slurm", .key = "options",
	  .argument = "OPTS", .help = "of sbatch, such as '--time=00:30:00 --qos=short'" },
	{ .name = "slurm-srun-options", .group = GROUP_SLURM, .type = OPTION_PLUGIN, .plugin = "slurm",
	  .key = "srun-options", .argument = "OPTS", .help = "of the srun that starts each test" },
	{ .name = "slurm-init-cmds", .group = GROUP_SLURM, .type = OPTION_PLUGIN, .plugin = "slurm", .key = "init-cmds",
	  .argument = "CMDS", .help = "what the job's script does first, such as\n'module load openmpi'" },
	{ .name = "slurm-additional-cmds", .group = GROUP_SLURM, .type = OPTION_PLUGIN, .plugin = "slurm",
	  .key = "init-cmds", .argument = "CMDS", .help = "the same" },
	{ .name = "slurm-export-env", .group = GROUP_SLURM, .type = OPTION_PLUGIN, .plugin = "slurm",
	  .key = "export-env", .on_value = "yes", .help = "the job gets the environment of ptpar (default)" },
	{ .name = "no-slurm-export-env", .group = GROUP_SLURM, .type = OPTION_PLUGIN, .plugin = "slurm",
	  .key = "export-env", .on_value = "no", .help = "it gets that of a login instead" },
	{ .name = "slurm-file", .group = GROUP_SLURM, .type = OPTION_PLUGIN, .plugin = "slurm", .key = "file",
	  .argument = "FILE", .help = "the beginning of the job's script, with #SBATCH\nlines, instead of --slurm-options" },
	{ .name = "detach", .group = GROUP_SLURM, .type = OPTION_FLAG, .offset = AT(detach),
	  .help = "submit the job, and leave" },
	{ .name = "attach", .group = GROUP_SLURM, .type = OPTION_STRING, .offset = AT(attach), .argument = "RUN",
	  .remedy = "give the name of a run, as --detach has told it, or last",
	  .help = "show how a run with --detach goes, or went, and\nmake its reports" },
	/* What the job does for --detach; not for people. */
	{ .name = "in-job", .group = GROUP_SLURM, .type = OPTION_STRING, .offset = AT(in_job), .argument = "DIRECTORY",
	  .remedy = "leave it to --detach" },
	{ .name = "host", .section = "ptpar", .group = GROUP_SLURM, .type = OPTION_STRING, .offset = AT(host),
	  .argument = "ADDRESS", .remedy = "give a name or an address of this machine",
	  .help = "where the job's nodes reach this machine; default:\nany of its addresses" },
	{ .name = "options", .section = "slurm", .type = OPTION_PLUGIN, .separator = ' ' },
	{ .name = "srun-options", .section = "slurm", .type = OPTION_PLUGIN, .separator = ' ' },
	{ .name = "init-cmds", .section = "slurm", .type = OPTION_PLUGIN, .separator = '\n' },
	{ .name = "additional-cmds", .section = "slurm", .key = "init-cmds", .type = OPTION_PLUGIN, .separator = '\n' },
	{ .name = "export-env", .section = "slurm", .type = OPTION_PLUGIN, .choices = yes_no },
	{ .name = "reuse", .section = "slurm", .type = OPTION_PLUGIN, .choices = yes_no },
	{ .name = "file", .section = "slurm", .type = OPTION_PLUGIN, .is_path = true },

	{ .name = "doctor", .group = GROUP_ABOUT, .type = OPTION_FLAG, .offset = AT(doctor),
	  .help = "check this machine, and say what to do about each\nfault" },
	{ .name = "help", .letter = 'h', .group = GROUP_ABOUT, .type = OPTION_FLAG, .offset = AT(help), .alone = true,
	  .help = "this text" },
	{ .name = "version", .letter = 'V', .group = GROUP_ABOUT, .type = OPTION_FLAG, .offset = AT(version),
	  .alone = true, .help = "the version" },
};
/* clang-format on */
const size_t n_options = sizeof(options) / sizeof(options[0]);

const struct option_spec *option_of_key(const char *section, const char *key)
{
	for (const struct option_spec *spec = options; spec < options + n_options; spec++)
		if (spec->section != NULL && strcmp(spec->section, section) == 0 && strcmp(spec->name, key) == 0)
			return spec;
	return NULL;
}

static int yes_or_no(const char *value, bool *yes, const char *where, struct ptpar_error *err)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0) {
			*yes = i % 2 == 1;
			return 0;
		}
	}
	return ptpar_fail(err, -EINVAL, "%s: not a yes or no: give yes or no", where);
}

static int set_number(const struct option_spec *spec, uint32_t *field, const char *value, const char *where,
		      struct ptpar_error *err)
{
	uint32_t most = spec->most > 0 ? spec->most : MAX_NUMBER, n = 0;

	if (*value == '\0' || strspn(value, "0123456789") != strlen(value))
		return ptpar_fail(err, -EINVAL, "%s: not a number: %s", where, spec->remedy);
	for (const char *p = value; *p != '\0' && n <= most; p++)
		n = n * 10 + (uint32_t)(*p - '0');
	if (n > most)
		return ptpar_fail(err, -EINVAL, "%s: too large: give at most %u", where, most);
	if (n < spec->least)
		return ptpar_fail(err, -EINVAL, "%s: too small: %s", where, spec->remedy);
	*field = n;
	return 0;
}

/* Digits with at most one point, whatever the locale says; so there is no inf, nan, sign or exponent to refuse. */
static int set_seconds(const struct option_spec *spec, double *field, const char *value, const char *where,
		       struct ptpar_error *err)
{
	size_t len = strlen(value), digits = 0, points = 0;
	double mantissa = 0, scale = 1;

	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '.') {
			points++;
		} else if (*p >= '0' && *p <= '9') {
			digits++;
			mantissa = mantissa * 10 + (*p - '0');
			scale *= points == 0 ? 1 : 10;
		}
	}
	/* The bound on the length keeps both finite. */
	if (digits == 0 || points > 1 || digits + points != len || len > 40)
		return ptpar_fail(err, -EINVAL, "%s: not a number of seconds: %s", where, spec->remedy);
	if (mantissa / scale > MAX_SECONDS)
		return ptpar_fail(err, -EINVAL, "%s: too large: give at most %.0f", where, MAX_SECONDS);
	if (mantissa <= 0)
		return ptpar_fail(err, -EINVAL, "%s: not above 0: %s", where, spec->remedy);
	*field = mantissa / scale;
	return 0;
}

int option_choice(const struct option_spec *spec, const char *value, const char *where, struct ptpar_error *err)
{
	struct buffer known = { 0 };
	int rc;

	for (int i = 0; spec->choices[i] != NULL; i++) {
		if (*spec->choices[i] == '\0')
			continue;
		if (strcmp(spec->choices[i], value) == 0) {
			buffer_free(&known);
			return i;
		}
		buffer_printf(&known, "%s%s", known.len == 0 ? "" : ", ", spec->choices[i]);
	}
	rc = ptpar_fail(err, -EINVAL, "%s: no such value: give one of %s", where, buffer_string(&known));
	buffer_free(&known);
	return rc;
}

static int set_choice(const struct option_spec *spec, int *field, const char *value, const char *where,
		      struct ptpar_error *err)
{
	int choice = option_choice(spec, value, where, err);

	if (choice < 0)
		return choice;
	*field = choice;
	return 0;
}

static int set_string(const struct option_spec *spec, char **field, const char *value, const char *where,
		      struct ptpar_error *err)
{
	if (*value == '\0')
		return ptpar_fail(err, -EINVAL, "%s: empty: %s", where, spec->remedy);
	free(*field);
	*field = xstrdup(value);
	return 0;
}

int option_set(const struct option_spec *spec, void *base, const char *value, const char *where,
	       struct ptpar_error *err)
{
	void *field = (char *)base + spec->offset;
	bool yes = true;
	int rc = 0;

	switch (spec->type) {
	case OPTION_FLAG:
	case OPTION_SWITCH:
		if (value != NULL)
			rc = yes_or_no(value, &yes, where, err);
		if (rc != 0)
			return rc;
		if (spec->type == OPTION_FLAG)
			*(bool *)field = yes;
		else if (yes)
			*(int *)field = spec->on;
		else if (*(int *)field == spec->on)
			*(int *)field = 0;
		return 0;
	case OPTION_NUMBER:
		return set_number(spec, field, value, where, err);
	case OPTION_SECONDS:
		return set_seconds(spec, field, value, where, err);
	case OPTION_CHOICE:
		return set_choice(spec, field, value != NULL ? value : spec->fallback, where, err);
	case OPTION_STRING:
		return set_string(spec, field, value != NULL ? value : spec->fallback, where, err);
	case OPTION_LIST:
	case OPTION_NP:
	case OPTION_PLUGIN:
		break;
	}
	return 0;
}

#define HELP_COLUMN 30

static void help_row(FILE *out, const struct option_spec *spec)
{
	struct buffer row = { 0 };

	if (spec->letter != '\0')
		buffer_printf(&row, "  -%c%s", spec->letter, spec->name != NULL ? ", " : "");
	else
		buffer_puts(&row, "      ");
	if (spec->name != NULL)
		buffer_printf(&row, "--%s", spec->name);
	if (spec->argument != NULL)
		buffer_printf(&row, spec->fallback != NULL ? "[=%s]" : " %s", spec->argument);
	fprintf(out, "%-*s", HELP_COLUMN, buffer_string(&row));
	if (row.len > HELP_COLUMN - 2)
		fprintf(out, "\n%*s", HELP_COLUMN, "");
	for (const char *line = spec->help; line != NULL;) {
		size_t len = strcspn(line, "\n");

		fprintf(out, "%.*s\n", (int)len, line);
		line = line[len] == '\0' ? NULL : line + len + 1;
		if (line != NULL)
			fprintf(out, "%*s", HELP_COLUMN, "");
	}
	buffer_free(&row);
}

void options_help(FILE *out)
{
	static const char *const titles[GROUP_COUNT] = { [GROUP_SELECT] = "What to run",
							 [GROUP_RUN] = "How to run it",
							 [GROUP_OUTPUT] = "What to show",
							 [GROUP_SLURM] = "In a job of Slurm (--scheduler slurm)",
							 [GROUP_ABOUT] = "About ptpar" };

	fputs("Usage: ptpar [OPTION]... [SUITE.so | PROGRAM.t | DIRECTORY | ID]...\n"
	      "Runs tests that need several MPI processes each, many of them at once.\n",
	      out);
	for (int group = GROUP_SELECT; group < GROUP_COUNT; group++) {
		fprintf(out, "\n%s:\n", titles[group]);
		for (const struct option_spec *spec = options; spec < options + n_options; spec++)
			if ((int)spec->group == group && spec->help != NULL)
				help_row(out, spec);
	}
	fputs("\nExit status:\n"
	      "  0 all passed or skipped    1 tests failed      2 interrupted\n"
	      "  3 internal error           4 usage or configuration error\n"
	      "  5 no tests\n"
	      "\nExample:\n"
	      "  ptpar -n 4 --scheduler dynamic --junit report.xml tests/suite.so\n"
	      "  ptpar -k 'io and not np>2' 'tests/suite.so::test_A[2]' tests/mesh.so\n",
	      out);
}
