/* test_import_testlist.c - lists of tests as sections of a configuration, which is then read. */
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

#include <errno.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/ptpar/import_testlist.h"
#include "core/ptpar/ini_write.h"
#include "core/ptpar/sections.h"
#include "core/ptpar/settings.h"
#include "tests/unit/sample_run.h"

static void write_bytes(const char *name, const char *bytes, size_t n)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void write_text(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static void add_warning(void *ctx, const char *text)
{
	buffer_printf(ctx, "%s\n", text);
}

/* The list, imported and read again as a configuration; what was warned of is compared. */
static struct settings import(const char *file, const char *built, int n_tests, const char *warnings)
{
	char *argv[] = { "ptpar", "-c", "imported.ini", NULL };
	struct buffer out = { 0 }, warned = { 0 };
	struct ptpar_error err = { "" };
	struct settings settings;

	assert_int_equal(import_testlist(file, built, &out, add_warning, &warned, &err), n_tests);
	assert_string_equal(buffer_string(&warned), warnings);
	write_bytes("imported.ini", out.data, out.len);
	if (settings_load(&settings, 3, argv, &err) != 0)
		fail_msg("%s\n%s", err.text, buffer_string(&out));
	buffer_free(&out);
	buffer_free(&warned);
	return settings;
}

static void refused(const char *file, int rc, const char *text)
{
	struct buffer out = { 0 }, warned = { 0 };
	struct ptpar_error err = { "" };

	assert_int_equal(import_testlist(file, NULL, &out, add_warning, &warned, &err), rc);
	assert_string_equal(err.text, text);
	buffer_free(&out);
	buffer_free(&warned);
}

static const char *value_of(const struct settings *s, const char *path, const char *key)
{
	const struct config_section *section = sections_find(s, path);

	if (section == NULL)
		fail_msg("[%s]: not there", path);
	for (size_t i = 0; i < section->n; i++)
		if (strcmp(section->keys[i], key) == 0)
			return section->values[i];
	return "";
}

static void expect(const struct settings *s, const char *path, const char *key, const char *value)
{
	assert_string_equal(value_of(s, path, key), value);
}

#define NO_ERRORS "exit 0, output ^[[:space:]]*(No [Ee]rrors|Test Skipped)[[:space:]]*$"

static void every_key(void **state)
{
	struct settings s;

	(void)state;
	write_text("testlist", "# a comment\r\n"
			       "\r\n"
			       "  plain 4\r\n"
			       "args 2 arg=-n arg=10 arg= arg=a'b arg=$x;y\n"
			       "envs\t1 env=A=1 env=B=x=y env=C= # the end\n"
			       "limited 3 timeLimit=30 resultTest=TestStatus\n"
			       "fatal 1 resultTest=TestErrFatal\n"
			       "both 1 resultTest=TestStatusNoErrors\n"
			       "warns 1 resultTest=TestAllowWarnings\n"
			       "fails 1 xfail=ticket0012\n"
			       "odd 1 xfail=;semicolon\n"
			       "tagged 1 mpiversion=3.0 mpix=true strict=false\n"
			       "untagged 1 mpix=false strict=true xfail=\n"
			       "default");
	s = import("testlist", NULL, 12, "testlist:13: xfail=: no reason is given: left out\n");
	expect(&s, "command:plain", "command", "./plain");
	expect(&s, "command:plain", "np", "4");
	expect(&s, "command:plain", "cwd", ".");
	expect(&s, "command:plain", "expect", NO_ERRORS);
	expect(&s, "command:plain", "timeout", "");
	expect(&s, "command:plain", "tags", "");
	expect(&s, "command:args", "command", "./args -n 10 '' a''\\''b' '$x;y'");
	expect(&s, "command:envs", "env", "A=1 B=x=y C=");
	expect(&s, "command:limited", "timeout", "30");
	expect(&s, "command:limited", "expect", "fail");
	expect(&s, "command:fatal", "expect", "fail");
	expect(&s, "command:both", "expect", "fail, output ^[[:space:]]*No [Ee]rrors[[:space:]]*$");
	expect(&s, "command:warns", "expect", NO_ERRORS);
	expect(&s, "command:fails", "xfail", "ticket0012");
	expect(&s, "command:odd", "xfail", "see above");
	expect(&s, "command:tagged", "tags", "mpi-3.0 mpix non-strict");
	expect(&s, "command:untagged", "tags", "");
	expect(&s, "command:untagged", "xfail", "");
	expect(&s, "command:default", "np", "2");
	settings_free(&s);
}

/* One section for several np; and a name of its own for whatever differs otherwise, or is there twice. */
static void names_are_unique(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(mkdir("below", 0700), 0);
	write_text("testlist",
		   "a 4\na 7\na 4 arg=100\na 4\na 7 arg=100\na.2 1\na.2 1\nb::c 1\nbelow/a 1\n./a 9\nbelow\n");
	write_text("below/testlist", "a 2\n");
	s = import("testlist", NULL, 11, "");
	expect(&s, "command:a", "np", "4 7");
	expect(&s, "command:a.2", "command", "./a 100");
	expect(&s, "command:a.2", "np", "4 7");
	expect(&s, "command:a.3", "np", "4 9");
	expect(&s, "command:a.2.2", "command", "./a.2");
	expect(&s, "command:a.2.3", "command", "./a.2");
	expect(&s, "command:b__c", "command", "./b::c");
	expect(&s, "command:below/a", "cwd", "below");
	expect(&s, "command:below/a", "np", "1 2");
	assert_int_equal(s.n_sections, 7);
	settings_free(&s);
}

static void what_cannot_be_told_is_kept_and_warned_of(void **state)
{
	struct settings s;
	struct buffer b;

	(void)state;
	assert_int_equal(mkdir("empty", 0700), 0);
	write_text("testlist", "a 4 mem=3 lock=x\nb 1 mem=4\nc many\nd 0\ne 1048577\nf 1 env=A timeLimit=0 stray "
			       "resultTest=TestX\n@rmadir@\n!util:all\nempty\n");
	s = import("testlist", NULL, 3,
		   "testlist:3: c: 'many' is not a number of processes, 1 to 1048576: left out\n"
		   "testlist:4: d: '0' is not a number of processes, 1 to 1048576: left out\n"
		   "testlist:5: e: '1048577' is not a number of processes, 1 to 1048576: left out\n"
		   "testlist:6: env=A: not NAME=VALUE: left out\n"
		   "testlist:6: timeLimit=0: not a number of seconds: left out\n"
		   "testlist:6: 'stray': not KEY=VALUE: left out\n"
		   "testlist:6: resultTest=TestX: not known: its exit status alone is looked at\n"
		   "testlist:7: @rmadir@: configure puts something in its place: import what it has made of this "
		   "list\n"
		   "testlist:8: !util:all: make it before the tests are run\n"
		   "testlist:9: empty: there is no testlist in this directory: left out\n"
		   "testlist:1: unknown key 'mem': kept as a comment, here and in further lines\n"
		   "testlist:1: unknown key 'lock': kept as a comment\n");
	expect(&s, "command:f", "expect", "exit 0");
	settings_free(&s);
	b = read_file("imported.ini");
	assert_contains(&b, "\n; mem=3\n; lock=x\n");
	assert_contains(&b, "\n; c many\n");
	assert_contains(&b, "\n; env=A\n; timeLimit=0\n; resultTest=TestX\n");
	buffer_free(&b);
}

/* Lists and programs are looked for where the tests were built, then beside the list. */
static void built_elsewhere(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(mkdir("source", 0700), 0);
	assert_int_equal(mkdir("source/a", 0700), 0);
	assert_int_equal(mkdir("source/b", 0700), 0);
	assert_int_equal(mkdir("built", 0700), 0);
	assert_int_equal(mkdir("built/a", 0700), 0);
	write_text("source/testlist", "top 1\na\nb\n");
	write_text("source/a/testlist", "of-source 1\n");
	write_text("source/b/testlist", "of-source 1\n");
	write_text("built/a/testlist", "of-built 1\n");
	s = import("source/testlist", "built", 3, "");
	expect(&s, "command:top", "cwd", "built");
	expect(&s, "command:a/of-built", "cwd", "built/a");
	expect(&s, "command:b/of-source", "cwd", "built/b");
	settings_free(&s);
	s = import("source/testlist", NULL, 3, "");
	expect(&s, "command:a/of-source", "cwd", "source/a");
	settings_free(&s);
}

static void long_lines_go_on(void **state)
{
	struct buffer list = { 0 }, wanted = { 0 };
	struct settings s;

	(void)state;
	buffer_puts(&list, "a 1");
	buffer_puts(&wanted, "./a");
	for (int i = 0; i < 100; i++) {
		buffer_printf(&list, " arg=--number=%d", i);
		buffer_printf(&wanted, " --number=%d", i);
	}
	for (int i = 2; i < 200; i++)
		buffer_printf(&list, "\nb %d", i);
	write_bytes("testlist", list.data, list.len);
	s = import("testlist", NULL, 199, "");
	expect(&s, "command:a", "command", buffer_string(&wanted));
	assert_non_null(strstr(value_of(&s, "command:b", "np"), " 198 199"));
	settings_free(&s);
	buffer_free(&list);
	buffer_free(&wanted);
}

static void bad_lists(void **state)
{
	char longest[300], text[400];
	struct buffer out = { 0 };
	struct ptpar_error err;

	(void)state;
	refused("nowhere", -ENOENT, "nowhere: cannot be read: No such file or directory");
	refused(".", -EISDIR, ".: cannot be read: Is a directory");
	write_text("testlist", "a 1\n\x7f"
			       "ELF\n");
	refused("testlist", -EINVAL, "testlist:2: contains a control character: not a list of tests");
	write_bytes("testlist", "a\0b", 3);
	refused("testlist", -EINVAL, "testlist:1: contains a NUL byte: not a list of tests");
	memset(longest, 'x', sizeof(longest));
	snprintf(text, sizeof(text), "a 1\na 1 arg=%.250s\n", longest);
	write_text("testlist", text);
	refused("testlist", -E2BIG,
		"testlist:2: a word is longer than a line of a configuration may be (197 bytes): shorten it");
	write_text("testlist", ";x/a 1\n");
	refused("testlist", -EINVAL,
		"testlist:1: ;x: a directory of this name cannot be written into a configuration: rename it");
	write_text("testlist", ".\n");
	refused("testlist", -ELOOP,
		"testlist: more than 10000 lists, or one in another more than 16 times: does a list name its own "
		"directory?");
	write_text("testlist", "# nothing\n");
	assert_int_equal(import_testlist("testlist", NULL, &out, NULL, NULL, &err), 0);
	buffer_free(&out);
}

/* Read as they were written, whatever they hold. */
static void values_of_a_configuration(void **state)
{
	char *words[] = {
		"", "plain", "a b", "it's", " ;x", "\t;", ";", "#", "[x]", "=", "$HOME", "\\", "\"", "*"
	};
	struct buffer b = { 0 };

	(void)state;
	assert_int_equal(ini_put_words(&b, "k", words, sizeof(words) / sizeof(*words), true), 0);
	assert_string_equal(
		buffer_string(&b),
		"k = '' plain a' b' it''\\''s' ' '';x' '\t'';' ';' '#' '[x]' = '$HOME' '\\' '\"' '*'\n");
	buffer_free(&b);
	assert_true(ini_is_value("k", "a b;c"));
	assert_false(ini_is_value("k", ""));
	assert_false(ini_is_value("k", "a ;c"));
	assert_false(ini_is_value("k", ";"));
	assert_false(ini_is_value("k", " a"));
	assert_false(ini_is_value("k", "a\t"));
	assert_false(ini_is_value("k", "a\nb"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_key),
		TEST(names_are_unique),
		TEST(what_cannot_be_told_is_kept_and_warned_of),
		TEST(built_elsewhere),
		TEST(long_lines_go_on),
		TEST(bad_lists),
		TEST(values_of_a_configuration),
	};

	return cmocka_run_group_tests_name("import_testlist", tests, NULL, NULL);
}
