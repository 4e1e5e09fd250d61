/* test_settings.c - command line, configuration, profiles; each test in a directory of its own. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/ptpar/options.h"
#include "core/ptpar/sections.h"
#include "core/ptpar/settings.h"
#include "core/ptpar/suggest.h"

static char home[4096]; /* where the program was started */
static char dir[64];

static int enter(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/ptpar-test-XXXXXX");
	return mkdtemp(dir) == NULL || chdir(dir) != 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int leave(void **state)
{
	(void)state;
	return chdir(home) != 0 || nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0;
}

static void write_bytes(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void write_file(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

/* Runs settings_load on "ptpar " and the words of `args`, which are separated by single blanks. */
static int load(struct settings *settings, const char *args, struct ptpar_error *err)
{
	char *words = xstrdup(args), *rest = words;
	char *argv[32] = { "ptpar" };
	int argc = 1, rc;

	while (*args != '\0' && rest != NULL)
		argv[argc++] = strsep(&rest, " ");
	err->text[0] = '\0';
	rc = settings_load(settings, argc, argv, err);
	free(words);
	return rc;
}

static struct settings good(const char *args)
{
	struct settings settings;
	struct ptpar_error err;

	if (load(&settings, args, &err) != 0)
		fail_msg("%s: %s", args, err.text);
	return settings;
}

static void bad(const char *args, const char *text)
{
	struct settings settings;
	struct ptpar_error err;

	assert_int_equal(load(&settings, args, &err), -EINVAL);
	assert_string_equal(err.text, text);
	settings_free(&settings);
}

/* A configuration that is refused. */
static void bad_file(const char *ini, const char *text)
{
	write_file("ptpar.ini", ini);
	bad("", text);
}

static void defaults(void **state)
{
	struct settings s = good("");

	(void)state;
	assert_string_equal(s.scheduler, "sequential");
	assert_null(s.config);
	assert_int_equal(s.n_paths, 0);
	assert_int_equal(s.n_workers, 0);
	assert_false(s.n_workers_on_command_line);
	assert_int_equal(s.durations, -1);
	assert_int_equal(s.max_fail, 0);
	assert_int_equal(s.list, LIST_NONE);
	assert_int_equal(s.color, WHEN_AUTO);
	assert_int_equal(s.thread_level, THREAD_MULTIPLE);
	assert_int_equal(s.transports, TRANSPORTS_FAST);
	assert_true(s.timeout == 0 && s.run_timeout == 0);
	settings_free(&s);
}

static void command_line_sets(void **state)
{
	struct settings s = good("--scheduler static b.so -n 7 --timeout 2.5 --run-timeout=60 -k io --list=json "
				 "--junit - --color never --durations 0");

	(void)state;
	assert_string_equal(s.scheduler, "static");
	assert_int_equal(s.n_workers, 7);
	assert_true(s.n_workers_on_command_line);
	assert_true(s.timeout == 2.5 && s.run_timeout == 60);
	assert_string_equal(s.select, "io");
	assert_int_equal(s.list, LIST_JSON);
	assert_string_equal(s.junit, "-");
	assert_int_equal(s.color, WHEN_NEVER);
	assert_int_equal(s.durations, 0);
	assert_int_equal(s.n_paths, 1);
	assert_string_equal(s.paths[0], "b.so");
	settings_free(&s);

	s = good("-vsx --list --report r1 a.so -- -n");
	assert_int_equal(s.verbosity, 1);
	assert_true(s.no_capture);
	assert_int_equal(s.max_fail, 1);
	assert_int_equal(s.list, LIST_TEXT);
	assert_string_equal(s.report, "r1");
	assert_int_equal(s.n_paths, 2);
	assert_string_equal(s.paths[1], "-n");
	settings_free(&s);

	s = good("-v -q -n 3 -n4 -x --max-fail 5 --junit a --junit b --sched dynamic");
	assert_int_equal(s.verbosity, -1);
	assert_int_equal(s.n_workers, 4);
	assert_int_equal(s.max_fail, 5);
	assert_string_equal(s.junit, "b");
	assert_string_equal(s.scheduler, "dynamic");
	settings_free(&s);
}

static void help_and_version_stand_alone(void **state)
{
	struct settings s;

	(void)state;
	write_file("ptpar.ini", "[oops]\n");
	s = good("-n many --help --bogus");
	assert_true(s.help);
	assert_false(s.version);
	settings_free(&s);
	s = good("a.so -V");
	assert_true(s.version);
	settings_free(&s);
}

static void command_line_refuses(void **state)
{
	static const struct {
		const char *args, *text;
	} cases[] = {
		{ "-n many", "-n many: not a number: give the number of workers, 1 or more" },
		{ "-n 0", "-n 0: too small: give the number of workers, 1 or more" },
		{ "-n -3", "-n -3: not a number: give the number of workers, 1 or more" },
		{ "-n 0x10", "-n 0x10: not a number: give the number of workers, 1 or more" },
		{ "--n-workers=", "--n-workers '': not a number: give the number of workers, 1 or more" },
		{ "--n-workers 1048577", "--n-workers 1048577: too large: give at most 1048576" },
		{ "-n 99999999999999999999", "-n 99999999999999999999: too large: give at most 1048576" },
		{ "--max-fail x", "--max-fail x: not a number: give the number of failures, or 0 for no limit" },
		{ "--durations x", "--durations x: not a number: give how many to show, or 0 for all" },
		{ "--timeout 0", "--timeout 0: not above 0: give seconds above 0, such as 2.5" },
		{ "--timeout 0.0", "--timeout 0.0: not above 0: give seconds above 0, such as 2.5" },
		{ "--timeout -1", "--timeout -1: not a number of seconds: give seconds above 0, such as 2.5" },
		{ "--timeout inf", "--timeout inf: not a number of seconds: give seconds above 0, such as 2.5" },
		{ "--timeout nan", "--timeout nan: not a number of seconds: give seconds above 0, such as 2.5" },
		{ "--timeout 1,5", "--timeout 1,5: not a number of seconds: give seconds above 0, such as 2.5" },
		{ "--timeout 1.2.3",
		  "--timeout 1.2.3: not a number of seconds: give seconds above 0, such as 2.5" },
		{ "--timeout .", "--timeout .: not a number of seconds: give seconds above 0, such as 2.5" },
		{ "--run-timeout 1000000001", "--run-timeout 1000000001: too large: give at most 1000000000" },
		{ "--list=xml", "--list=xml: no such value: give one of text, json" },
		{ "--list=", "--list '': no such value: give one of text, json" },
		{ "--launcher rsh", "--launcher rsh: no such value: give one of auto, pmix, mpiexec, srun" },
		{ "command:x",
		  "command:x: no such section: there is no ptpar.ini here or above; give one with --config" },
		{ "--color red", "--color red: no such value: give one of auto, always, never" },
		{ "--junit=", "--junit '': empty: give a file, or - for standard output" },
		{ "-n", "-n: no N given: write -n N" },
		{ "-k", "-k: no EXPR given: write -k EXPR" },
		{ "--timeout", "--timeout: no SECONDS given: write --timeout SECONDS" },
		{ "--quiet=yes", "--quiet=yes: --quiet takes no value" },
		{ "--timeot 3", "unknown option '--timeot': did you mean '--timeout'?" },
		{ "--shedule=static", "unknown option '--shedule': did you mean '--scheduler'?" },
		{ "--retrys 2", "unknown option '--retrys': did you mean '--retries'?" },
		{ "--paths x", "unknown option '--paths': see 'ptpar --help'" },
		{ "--co", "ambiguous option '--co': did you mean '--config' or '--color'?" },
		{ "-z", "unknown option '-z': see 'ptpar --help'" },
		{ "-vz", "unknown option '-z': see 'ptpar --help'" },
		{ "--slurm-options --time=1", "--slurm-options: that is for --scheduler=slurm, and the scheduler "
					      "is sequential: leave one out" },
		{ "--scheduler dynamic --no-slurm-export-env",
		  "--no-slurm-export-env: that is for --scheduler=slurm, and the scheduler is dynamic: leave one "
		  "out" },
		{ "-c no.ini", "--config no.ini: cannot be read: No such file or directory" },
		{ "-c .", ".:1: cannot be read: Is a directory" },
		{ "-p ci",
		  "--profile ci: no such profile: there is no ptpar.ini here or above; give one with --config" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		bad(cases[i].args, cases[i].text);
}

static void file_sets(void **state)
{
	struct settings s;

	(void)state;
	write_file("ptpar.ini", "\xef\xbb\xbf; a comment\r\n"
				"[ptpar] ; with one behind it\r\n"
				"scheduler = dynamic\r\n"
				"n-workers = 4 ; here too\r\n"
				"timeout = 60\r\n"
				"run-timeout = 3600.5\r\n"
				"fail-fast = yes\r\n"
				"junit = r.xml\r\n"
				"quiet = on\r\n"
				"no-capture = true\r\n"
				"color = always\r\n"
				"durations = 3\r\n"
				"[mpi]\r\n"
				"thread-level = funneled\r\n"
				"transports = default\r\n"
				"[scheduler:mine]\r\n"
				"depth = 3\r\n"
				"words = a\r\n"
				"  b ; two\r\n"
				"[match:*::io_*]\r\n"
				"timeout = 5\r\n"
				"[match:a.so::test_A[2]]\r\n"
				"timeout = .5");
	s = good("");
	assert_string_equal(s.config, "ptpar.ini");
	assert_string_equal(s.scheduler, "dynamic");
	assert_int_equal(s.n_workers, 4);
	assert_false(s.n_workers_on_command_line);
	assert_true(s.timeout == 60 && s.run_timeout == 3600.5);
	assert_int_equal(s.max_fail, 1);
	assert_string_equal(s.junit, "r.xml");
	assert_int_equal(s.verbosity, -1);
	assert_true(s.no_capture);
	assert_int_equal(s.color, WHEN_ALWAYS);
	assert_int_equal(s.durations, 3);
	assert_int_equal(s.thread_level, THREAD_FUNNELED);
	assert_int_equal(s.transports, TRANSPORTS_DEFAULT);
	assert_int_equal(s.n_plugin_options, 2);
	assert_string_equal(s.plugin_options[0].plugin, "mine");
	assert_string_equal(s.plugin_options[0].key, "depth");
	assert_string_equal(s.plugin_options[0].value, "3");
	assert_string_equal(s.plugin_options[1].value, "a b");
	assert_int_equal(s.n_match_rules, 2);
	assert_string_equal(s.match_rules[0].pattern, "*::io_*");
	assert_true(s.match_rules[0].timeout == 5);
	assert_string_equal(s.match_rules[1].pattern, "a.so::test_A[2]");
	assert_true(s.match_rules[1].timeout == 0.5);
	settings_free(&s);
}

static void shell_and_isolation(void **state)
{
	struct settings s = good("");

	(void)state;
	assert_int_equal(s.launcher, LAUNCHER_AUTO);
	assert_int_equal(s.threads, 1);
	assert_int_equal(s.isolation, MATCH_ISOLATION_UNSET);
	settings_free(&s);
	write_file("ptpar.ini", "[ptpar]\nlauncher = srun\nthreads = 2\nisolated = world\n"
				"[shell]\norder = static\nlauncher = pmix\n"
				"[match:a.t::*]\nnp = 4 7\nthreads = 3\nisolated = yes\n"
				"[match:a.t::*]\nnp = 1,2\n");
	s = good("");
	assert_int_equal(s.launcher, LAUNCHER_PMIX); /* the later one */
	assert_int_equal(s.threads, 2);
	assert_int_equal(s.isolation, MATCH_ISOLATION_WORLD);
	assert_int_equal(s.n_plugin_options, 1);
	assert_string_equal(s.plugin_options[0].plugin, "shell");
	assert_string_equal(s.plugin_options[0].key, "order");
	assert_string_equal(s.plugin_options[0].value, "static");
	assert_int_equal(s.n_match_rules, 1);
	assert_int_equal(s.match_rules[0].threads, 3);
	assert_int_equal(s.match_rules[0].isolation, MATCH_ISOLATION_YES);
	assert_int_equal(s.match_rules[0].n_np, 2); /* of a section that is there twice, the later value */
	assert_int_equal(s.match_rules[0].np[1], 2);
	settings_free(&s);
	s = good("--launcher mpiexec");
	assert_int_equal(s.launcher, LAUNCHER_MPIEXEC);
	settings_free(&s);
}

static const char *value_of(const struct settings *s, const char *path, const char *key)
{
	const struct config_section *section = sections_find(s, path);

	assert_non_null(section);
	for (size_t i = 0; i < section->n; i++)
		if (strcmp(section->keys[i], key) == 0)
			return section->values[i];
	return NULL;
}

static void commands(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(mkdir("a", 0700), 0);
	write_file("ptpar.ini", "[command:one]\ncommand = ./one 'a  b'\n  -c\nenv = A=1\n  B=2\nenv = C=3\n"
				"cwd = a/b\nthreads = 2\n"
				"[command:dir/two words]\ncommand = two\ncwd = /abs\n"
				"[command:none]\n"
				"[command:one]\ncommand = other\nenv = D=4\n");
	s = good("");
	assert_false(s.paths_on_command_line);
	assert_int_equal(s.n_sections, 3);
	assert_string_equal(s.sections[0].path, "command:one");
	assert_int_equal(s.sections[0].line, 1);
	assert_int_equal(s.sections[0].threads, 2);
	assert_string_equal(s.sections[1].path, "command:dir/two words");
	assert_int_equal(s.sections[1].line, 9);
	assert_int_equal(s.sections[1].threads, 0);
	assert_int_equal(s.sections[2].n, 0);
	assert_null(sections_find(&s, "command:two"));
	assert_string_equal(value_of(&s, "command:one", "command"), "other");
	assert_string_equal(value_of(&s, "command:one", "env"), "A=1 B=2 C=3 D=4");
	assert_string_equal(value_of(&s, "command:one", "cwd"), "a/b");
	assert_string_equal(value_of(&s, "command:dir/two words", "cwd"), "/abs");
	assert_null(value_of(&s, "command:one", "threads"));
	settings_free(&s);

	assert_int_equal(chdir("a"), 0);
	s = good("command:one command:none::none[2]");
	assert_true(s.paths_on_command_line);
	assert_string_equal(value_of(&s, "command:one", "cwd"), "b");
	settings_free(&s);
	bad("command:on::on", "command:on: no such section in ../ptpar.ini: did you mean command:one?");
	bad("command:something-else", "command:something-else: no such section in ../ptpar.ini");
	write_file("command:file", "");
	s = good("command:file"); /* a file of such a name is one */
	settings_free(&s);
}

/* A list of an MPI library's tests may be long. */
static void many_commands(void **state)
{
	enum { N = 15000 };
	struct buffer ini = { 0 };
	struct settings s;

	(void)state;
	for (int i = 0; i < N; i++)
		buffer_printf(&ini, "[command:dir/test-%d]\ncommand = ./test-%d\n", i, i);
	write_file("ptpar.ini", buffer_string(&ini));
	buffer_free(&ini);
	s = good("");
	assert_int_equal(s.n_sections, N);
	assert_string_equal(value_of(&s, "command:dir/test-14999", "command"), "./test-14999");
	settings_free(&s);
}

static void layers_win_in_order(void **state)
{
	struct settings s;
	struct ptpar_error err;

	(void)state;
	write_file("ptpar.ini", "[profile:ci]\nn-workers = 8\nfail-fast = no\nthread-level = single\n"
				"[ptpar]\nn-workers = 2\nscheduler = static\nfail-fast = yes\nverbose = yes\n"
				"[profile:empty]\n"
				"[profile:other]\npaths = not-there.so\n"
				"[ptpar]\nscheduler = dynamic\n");
	s = good("-p ci");
	assert_int_equal(s.n_workers, 8);
	assert_int_equal(s.max_fail, 0);
	assert_int_equal(s.thread_level, THREAD_SINGLE);
	assert_string_equal(s.scheduler, "dynamic");
	assert_string_equal(s.profile, "ci");
	settings_free(&s);

	s = good("--profile=ci -n 3 -x -q");
	assert_int_equal(s.n_workers, 3);
	assert_true(s.n_workers_on_command_line);
	assert_int_equal(s.max_fail, 1);
	assert_int_equal(s.verbosity, -1);
	settings_free(&s);

	s = good("-p empty");
	assert_int_equal(s.n_workers, 2);
	settings_free(&s);

	bad("-p c", "--profile c: no such profile: ptpar.ini has ci, empty, other");
	assert_int_equal(load(&s, "-p other", &err), -EINVAL);
	assert_non_null(strstr(err.text, "ptpar.ini:12: paths: 'not-there.so': no such file in /"));
	settings_free(&s);
}

static void file_is_found_above(void **state)
{
	struct settings s;

	(void)state;
	write_file("ptpar.ini", "[ptpar]\nn-workers = 5\n");
	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(mkdir("a/ptpar.ini", 0700), 0); /* no file: passed over */
	assert_int_equal(mkdir("a/b", 0700), 0);
	assert_int_equal(chdir("a/b"), 0);
	s = good("");
	assert_string_equal(s.config, "../../ptpar.ini");
	assert_int_equal(s.n_workers, 5);
	settings_free(&s);
	write_file("../../ptpar.ini", "[ptpar]\nn-workers = x\n");
	bad("", "../../ptpar.ini:2: n-workers = x: not a number: give the number of workers, 1 or more");
	write_file("own.ini", "[ptpar]\nn-workers = 6\n");
	s = good("-c own.ini");
	assert_int_equal(s.n_workers, 6);
	settings_free(&s);
}

static void file_refuses(void **state)
{
	static const struct {
		const char *ini, *text;
	} cases[] = {
		{ "[ptpar]\n\ntimeot = 3\n",
		  "ptpar.ini:3: unknown key 'timeot' in [ptpar]: did you mean 'timeout'?" },
		{ "[match:x]\nspeed = 3\n",
		  "ptpar.ini:2: unknown key 'speed' in [match:x]: there are timeout, retries, threads, isolated, "
		  "np" },
		{ "[mpi]\nzzz = 3\n",
		  "ptpar.ini:2: unknown key 'zzz' in [mpi]: there are thread-level, transports" },
		{ "[ptpar]\ntransports = fast\n",
		  "ptpar.ini:2: unknown key 'transports' in [ptpar]: it belongs in [mpi]" },
		{ "[mpi]\ntimeout = 1\n", "ptpar.ini:2: unknown key 'timeout' in [mpi]: it belongs in [ptpar]" },
		{ "[profile:a]\nthread-levl = single\n",
		  "ptpar.ini:2: unknown key 'thread-levl' in [profile:a]: did you mean 'thread-level'?" },
		{ "[ptpra]\n", "ptpar.ini:1: unknown section [ptpra]: did you mean [ptpar]?" },
		{ "[profil:ci]\n", "ptpar.ini:1: unknown section [profil:ci]: did you mean [profile:ci]?" },
		{ "[zzz:x]\n",
		  "ptpar.ini:1: unknown section [zzz:x]: there are [ptpar], [mpi], [shell], [slurm], [match:GLOB], "
		  "[command:NAME], [scheduler:NAME] and [profile:NAME]" },
		{ "[command]\n", "ptpar.ini:1: section [command]: lacks a name; write [command:NAME]" },
		{ "[comand:x]\n", "ptpar.ini:1: unknown section [comand:x]: did you mean [command:x]?" },
		{ "[command:a::b]\n", "ptpar.ini:1: section [command:a::b]: '::' in its name, which stands before "
				      "the name of a test in "
				      "ids: choose another name" },
		{ "[command:x]\ncommand = a\ncomand = a\n",
		  "ptpar.ini:3: unknown key 'comand' in [command:x]: did you mean 'command'?" },
		{ "[command:x]\nspeed = 3\n",
		  "ptpar.ini:2: unknown key 'speed' in [command:x]: there are command, sh, np, env, cwd, timeout, "
		  "tags, xfail, expect, threads" },
		{ "[command:x]\nisolated = yes\n",
		  "ptpar.ini:2: 'isolated' in [command:x]: a command always has processes of its own: remove it" },
		{ "[command:x]\nnp = 1\nnp = 2\n",
		  "ptpar.ini:3: 'np' twice in [command:x]: line 2 has it too; remove one" },
		{ "[command:x]\nthreads = 0\n",
		  "ptpar.ini:2: threads = 0: too small: give the cores that each process needs, 1 or more" },
		{ "[command:x]\nthreads = 1\n  2\n",
		  "ptpar.ini:3: '2': 'threads' is one number: remove this line" },
		{ "[match:x]\nthreads = 1025\n", "ptpar.ini:2: threads = 1025: too large: give at most 1024" },
		{ "[match:x]\nisolated = maybe\n",
		  "ptpar.ini:2: isolated = maybe: no such value: give one of no, yes, world" },
		{ "[match:x]\nnp = 4 0\n",
		  "ptpar.ini:2: np = 4 0: not a list of different numbers of processes, 1 to 1048576: give such as "
		  "4, or 4 7" },
		{ "[match:x]\nnp = 4 4\n",
		  "ptpar.ini:2: np = 4 4: not a list of different numbers of processes, 1 to 1048576: give such as "
		  "4, or 4 7" },
		{ "[match:x]\nnp = ;\n",
		  "ptpar.ini:2: np = : not a list of different numbers of processes, 1 to 1048576: give such as 4, "
		  "or 4 7" },
		{ "[match:x]\nnp = 4\nnp = 7\n",
		  "ptpar.ini:3: 'np' twice in [match:x]: line 2 has it too; remove one" },
		{ "[shell]\norder = random\n",
		  "ptpar.ini:2: order = random: no such value: give one of dynamic, static" },
		{ "[shell]\norder = static\n  dynamic\n",
		  "ptpar.ini:3: 'dynamic': indented, so it would continue 'order', which has one line; begin it at "
		  "the margin" },
		{ "[shell]\nordr = static\n", "ptpar.ini:2: unknown key 'ordr' in [shell]: did you mean 'order'?" },
		{ "[ptpar]\nlauncher = mpirun\n",
		  "ptpar.ini:2: launcher = mpirun: no such value: give one of auto, pmix, mpiexec, srun" },
		{ "[profile]\n", "ptpar.ini:1: section [profile]: lacks a name; write [profile:NAME]" },
		{ "[match:]\n", "ptpar.ini:1: section [match:]: lacks a name; write [match:NAME]" },
		{ "[mpi:x]\n", "ptpar.ini:1: section [mpi:x]: takes no name; write [mpi]" },
		{ "[ptpar\n", "ptpar.ini:1: '[ptpar': not a section: write [name]" },
		{ "[]\n", "ptpar.ini:1: '[]': not a section: write [name]" },
		{ "\nn-workers = 2\n",
		  "ptpar.ini:2: 'n-workers' stands before the first section: write [ptpar] above it" },
		{ "[ptpar]\nverbose\n",
		  "ptpar.ini:2: not understood: write 'key = value' or '[section]', or indent "
		  "the line if it continues a value" },
		{ "[ptpar]\nverbose\nzzz = 1\n",
		  "ptpar.ini:2: not understood: write 'key = value' or '[section]', or "
		  "indent the line if it continues a value" },
		{ "[ptpar]\nzzzzzz = 1\nverbose\n[mpi\n",
		  "ptpar.ini:3: not understood: write 'key = value' or '[section]', or indent "
		  "the line if it continues a value" },
		{ "[ptpar]\n = 2\n", "ptpar.ini:2: no key before '=': write key = value" },
		{ "[ptpar]\ncolor = blue ; x\n",
		  "ptpar.ini:2: color = blue: no such value: give one of auto, always, never" },
		{ "[mpi]\nthread-level = most\n",
		  "ptpar.ini:2: thread-level = most: no such value: give one of single, "
		  "funneled, serialized, multiple" },
		{ "[profile:unused]\nverbose = perhaps\n",
		  "ptpar.ini:2: verbose = perhaps: not a yes or no: give yes or no" },
		{ "[match:x]\ntimeout = 0\n",
		  "ptpar.ini:2: timeout = 0: not above 0: give seconds above 0, such as 2.5" },
		{ "[ptpar]\njunit = ; none\n",
		  "ptpar.ini:2: junit = : empty: give a file, or - for standard output" },
		{ "[ptpar]\npaths =\n", "ptpar.ini:2: paths: empty: give paths, relative to this file" },
		{ "[ptpar]\nn-workers = 2\ncolor = auto\nn-workers = 3\n",
		  "ptpar.ini:4: 'n-workers' twice in [ptpar]: line 2 has it too; remove one" },
		{ "[ptpar]\n  n-workers = 2\n  color = auto\n",
		  "ptpar.ini:3: 'color = auto': indented, so it would continue 'n-workers', which has one line; "
		  "begin it at the margin" },
		{ "[ptpar]\njunit = a\x01z\n", "ptpar.ini:2: contains a control character: not a text file" },
		{ "[ptpar]\njunit = a\rz\n", "ptpar.ini:2: contains a control character: not a text file" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		bad_file(cases[i].ini, cases[i].text);
	write_bytes("ptpar.ini", "[ptpar]\nverbose = y\0es\n", 23);
	bad("", "ptpar.ini:2: contains a NUL byte: not a text file");
}

/* What inih would cut in silence. */
static void nothing_is_cut(void **state)
{
	struct buffer ini = { 0 };
	struct settings s;
	struct ptpar_error err;
	char longest[198], long_key[128];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	buffer_printf(&ini, "[ptpar]\njunit = %.*s\n", 189, longest); /* 197 bytes: what fits into inih's 200 */
	write_file("ptpar.ini", buffer_string(&ini));
	s = good("");
	assert_int_equal(strlen(s.junit), 189);
	settings_free(&s);

	ini.len = 0;
	buffer_printf(&ini, "[ptpar]\njunit = %.*s\n", 190, longest);
	write_file("ptpar.ini", buffer_string(&ini));
	assert_int_equal(load(&s, "", &err), -EINVAL);
	assert_string_equal(err.text,
			    "ptpar.ini:2: longer than 197 bytes: continue the value on the next line, indented");
	settings_free(&s);

	ini.len = 0;
	buffer_printf(&ini, "; %s%s\n[match:%.150s]\ntimeout = 1\n", longest, longest, longest);
	write_file("ptpar.ini", buffer_string(&ini));
	s = good("");
	assert_int_equal(strlen(s.match_rules[0].pattern), 150);
	settings_free(&s);

	snprintf(long_key, sizeof(long_key), "[scheduler:a]\n%.50s = 1\n", longest);
	write_file("ptpar.ini", long_key);
	assert_int_equal(load(&s, "", &err), -EINVAL);
	assert_non_null(strstr(err.text, "ptpar.ini:2: "));
	assert_non_null(strstr(err.text, "a key of more than 49 characters"));
	settings_free(&s);

	ini.len = 0;
	for (int i = 0; i < 300000; i++)
		buffer_puts(&ini, ";...\n");
	write_file("ptpar.ini", buffer_string(&ini));
	assert_int_equal(load(&s, "", &err), -EINVAL);
	assert_non_null(strstr(err.text, "larger than 1048576 bytes: not a configuration"));
	settings_free(&s);
	buffer_free(&ini);
}

static void expect_paths(const char *args, const char *expected)
{
	struct settings s = good(args);
	struct buffer all = { 0 };

	for (size_t i = 0; i < s.n_paths; i++)
		buffer_printf(&all, "%s%s", i == 0 ? "" : " ", s.paths[i]);
	assert_string_equal(buffer_string(&all), expected);
	buffer_free(&all);
	settings_free(&s);
}

static void paths_are_expanded(void **state)
{
	(void)state;
	assert_int_equal(mkdir("p[1]", 0700), 0); /* glob characters above the file are just a name */
	assert_int_equal(mkdir("p[1]/t", 0700), 0);
	assert_int_equal(mkdir("p[1]/u", 0700), 0);
	write_file("p[1]/t/b.so", "");
	write_file("p[1]/t/a.so", "");
	write_file("p[1]/t/c.t", "");
	write_file("p[1]/t/d[x].t", "");
	write_file("top.t", "");
	write_file("p[1]/ptpar.ini",
		   "[ptpar]\npaths = t/*.so ./t/a.so ; twice\n   t/c.t\n   t/a.so::x[2] t/d[x].t ../top.t\n"
		   "  [t]/c.t . ..\n"
		   "plugin-path = plug:/usr/lib\n  ../q\n"
		   "[profile:ci]\npaths = t\n");
	assert_int_equal(chdir("p[1]"), 0);
	expect_paths("", "t/a.so t/b.so t/c.t t/a.so::x[2] t/d[x].t ../top.t . ..");
	expect_paths("-p ci", "t");
	expect_paths("x.so nope", "x.so nope");
	assert_int_equal(chdir("t"), 0);
	expect_paths("", "a.so b.so c.t a.so::x[2] d[x].t ../../top.t .. ../..");
	assert_int_equal(chdir("../u"), 0);
	expect_paths("-p ci", "../t");
	assert_int_equal(chdir("../.."), 0);
	expect_paths("-c p[1]/ptpar.ini -p ci", "p[1]/t");
}

static void plugin_path_is_from_here(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(mkdir("a", 0700), 0);
	write_file("ptpar.ini", "[ptpar]\nplugin-path = plug:/usr/lib\n  ../q a\n");
	assert_int_equal(chdir("a"), 0);
	s = good("");
	/* Through / nothing gets shorter. */
	assert_string_equal(s.plugin_path, "../plug:/usr/lib:/tmp/q:.");
	settings_free(&s);
}

static void paths_that_match_nothing(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text),
		 "ptpar.ini:3: paths: 't/*.so': matches nothing in %s; build the tests, or correct it", dir);
	write_file("a.so", "");
	bad_file("[ptpar]\npaths = a.so\n  t/*.so\n", text);
	snprintf(text, sizeof(text),
		 "ptpar.ini:2: paths: 'b.so': no such file in %s; build the tests, or correct it", dir);
	bad_file("[ptpar]\npaths = b.so::x\n", text);
	expect_paths("a.so", "a.so"); /* nobody asked for those of the file */
}

static void help_fits_the_terminal(void **state)
{
	FILE *out = tmpfile();
	char line[256], option[64];
	size_t seen = 0, wanted = 0;

	(void)state;
	assert_non_null(out);
	options_help(out);
	rewind(out);
	for (size_t i = 0; i < n_options; i++)
		wanted += options[i].group != GROUP_NONE && options[i].help != NULL;
	assert_non_null(fgets(line, sizeof(line), out));
	assert_int_equal(strncmp(line, "Usage: ptpar ", 13), 0);
	do {
		assert_true(strcspn(line, "\n") <= 80);
		if (strncmp(line, "  -", 3) == 0 || strncmp(line, "      --", 8) == 0) {
			seen++;
			/* A gap of two before the help, so that it is a column of its own; or it is in the next
			 * line. */
			assert_int_equal(sscanf(line, "%63s", option), 1);
			if (strstr(line + 8, "  ") != NULL)
				assert_memory_equal(line + 28, "  ", 2);
		}
	} while (fgets(line, sizeof(line), out) != NULL);
	assert_int_equal(seen, wanted);
	fclose(out);
}

/* Does a line of the file begin with this key? */
static bool has_key(const char *path, const char *key)
{
	FILE *f = fopen(path, "r");
	char line[512];
	size_t len = strlen(key);
	bool found = false;

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, key, len) == 0 && line[len] == ' ';
	fclose(f);
	return found;
}

static void example_has_every_key(void **state)
{
	const char *path = TOP_SRCDIR "/etc/ptpar.ini";
	char args[5000];
	struct settings s;

	(void)state;
	snprintf(args, sizeof(args), "x.so -p ci -c %s", path);
	s = good(args);
	assert_int_equal(s.n_workers, 16);
	assert_string_equal(s.scheduler, "dynamic");
	settings_free(&s);
	for (size_t i = 0; i < n_options; i++)
		if (options[i].section != NULL && !has_key(path, options[i].name))
			fail_msg("%s lacks %s", path, options[i].name);
}

static void suggestions(void **state)
{
	static const char *const known[] = { "timeout", NULL, "color", "config" };

	(void)state;
	assert_string_equal(suggest("tiemout", known, 4), "timeout");
	assert_string_equal(suggest("colour", known, 4), "color");
	assert_string_equal(suggest("cnofig", known, 4), "config");
	assert_null(suggest("xyz", known, 4));
	assert_null(suggest("", known, 4));
	assert_null(suggest("a-word-that-is-longer-than-any-name-of-ours-can-be", known, 4));
}

int main(void)
{
#define IN_OWN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter, leave)
	const struct CMUnitTest tests[] = {
		IN_OWN_DIRECTORY(defaults),
		IN_OWN_DIRECTORY(command_line_sets),
		IN_OWN_DIRECTORY(help_and_version_stand_alone),
		IN_OWN_DIRECTORY(command_line_refuses),
		IN_OWN_DIRECTORY(file_sets),
		IN_OWN_DIRECTORY(shell_and_isolation),
		IN_OWN_DIRECTORY(commands),
		IN_OWN_DIRECTORY(many_commands),
		IN_OWN_DIRECTORY(layers_win_in_order),
		IN_OWN_DIRECTORY(file_is_found_above),
		IN_OWN_DIRECTORY(file_refuses),
		IN_OWN_DIRECTORY(nothing_is_cut),
		IN_OWN_DIRECTORY(paths_are_expanded),
		IN_OWN_DIRECTORY(plugin_path_is_from_here),
		IN_OWN_DIRECTORY(paths_that_match_nothing),
		cmocka_unit_test(help_fits_the_terminal),
		cmocka_unit_test(example_has_every_key),
		cmocka_unit_test(suggestions),
	};

	if (getcwd(home, sizeof(home)) == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
