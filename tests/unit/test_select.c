/* test_select.c - the language of -k, its complaints, and ids on the command line. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/common/buffer.h"
#include "core/ptpar/select.h"

static const struct selectable io = {
	.id = "tests/io.so::Write_all[4]", .source = "tests/io.so", .name = "Write_all", .np = 4, .tags = "io slow"
};
static const struct selectable mesh = { .id = "mesh.so::cut", .source = "mesh.so", .name = "cut", .np = 1 };

static bool selects(const char *expr, const struct selectable *test)
{
	struct ptpar_error err = { "" };
	struct selection *selection = selection_parse(expr, &err);
	bool matches;

	if (selection == NULL)
		fail_msg("%s", err.text);
	matches = selection_matches(selection, test);
	selection_free(selection);
	return matches;
}

static void expressions_select(void **state)
{
	static const struct {
		const char *expr;
		bool io, mesh;
	} cases[] = {
		{ "write", true, false },
		{ "CUT", false, true },
		{ ".so", true, true },
		{ "Write_all[4]", true, false },
		{ "tests/io.so::Write_all[4]", true, false },
		{ "w*_ALL", true, false },
		{ "*::cut", false, true },
		{ "c?t", false, true },
		{ "[a-d]ut", false, true },
		{ "tag:io", true, false },
		{ "tag:slow", true, false },
		{ "tag:sl*", true, false },
		{ "tag:o", false, false },
		{ "tag:'io'", true, false },
		{ "source:io.so", true, false },
		{ "source:tests/*", true, false },
		{ "source:mesh.so", false, true },
		{ "source:mesh", false, false },
		{ "np:4", true, false },
		{ "np=1", false, true },
		{ "np>1", true, false },
		{ "np>=4", true, false },
		{ "np>4", false, false },
		{ "np<4", false, true },
		{ "np<=4", true, true },
		{ "not write", false, true },
		{ "not not write", true, false },
		{ "not(write)", false, true },
		{ "write and np:4", true, false },
		{ "write or cut", true, true },
		{ "cut or write and np:1", false, true },
		{ "(cut or write) and np:4", true, false },
		{ "not cut and not write", false, false },
		{ "not (cut and write)", true, true },
		{ "cut and np:2 or write", true, false },
		{ "'and' or 'tag:io'", false, false },
		{ "\"cut\"", false, true },
		{ "'write_all[4]'", true, false },
		{ "AND or cut", false, true },
		{ "android or cut", false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (selects(cases[i].expr, &io) != cases[i].io)
			fail_msg("%s on %s", cases[i].expr, io.id);
		if (selects(cases[i].expr, &mesh) != cases[i].mesh)
			fail_msg("%s on %s", cases[i].expr, mesh.id);
	}
}

static void complaints_say_where(void **state)
{
	static const struct {
		const char *expr, *complaint;
	} cases[] = {
		{ "", "-k '': column 1: expected a name" },
		{ "a and", "-k 'a and': column 6: expected a name after 'and'" },
		{ "a and or b", "-k 'a and or b': column 7: expected a name after 'and', not 'or'" },
		{ "a or )", "-k 'a or )': column 6: expected a name after 'or', not ')'" },
		{ "not", "-k 'not': column 4: expected a name after 'not'" },
		{ "()", "-k '()': column 2: expected a name after '(', not ')'" },
		{ "or", "-k 'or': column 1: expected a name, not 'or'" },
		{ "a b", "-k 'a b': column 3: expected 'and', 'or' or the end, not 'b'" },
		{ "\xc3\xa4 b", "-k '\xc3\xa4 b': column 3: expected 'and', 'or' or the end, not 'b'" },
		{ "a (b)", "-k 'a (b)': column 3: expected 'and', 'or' or the end, not '('" },
		{ "a)", "-k 'a)': column 2: ')' without a '(' before it" },
		{ "b and (a", "-k 'b and (a': column 9: expected 'and', 'or', or a ')' for the '(' in column 7" },
		{ "'a", "-k ''a': column 1: no second ' for this one" },
		{ "a and 'b", "-k 'a and 'b': column 7: no second ' for this one" },
		{ "''", "-k '''': column 3: expected a name after the quote" },
		{ "tag:", "-k 'tag:': column 5: expected a name after 'tag:'" },
		{ "source:", "-k 'source:': column 8: expected a name after 'source:'" },
		{ "np:x", "-k 'np:x': column 1: 'np:x': expected a number after 'np', as in np:4 or np>2" },
		{ "np>=", "-k 'np>=': column 1: 'np>=': expected a number after 'np', as in np:4 or np>2" },
		{ "np>-1", "-k 'np>-1': column 1: 'np>-1': expected a number after 'np', as in np:4 or np>2" },
		{ "np:99999999999",
		  "-k 'np:99999999999': column 1: 'np:99999999999': more than 1048576 processes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ptpar_error err = { "" };

		assert_null(selection_parse(cases[i].expr, &err));
		assert_string_equal(err.text, cases[i].complaint);
	}
	assert_null(selection_parse("(", NULL));
}

/* n times `open`, a name, n times `close`. */
static struct selection *parse_nested(const char *open, int n, const char *close, struct ptpar_error *err)
{
	struct buffer expr = { 0 };
	struct selection *selection;

	for (int i = 0; i < n; i++)
		buffer_puts(&expr, open);
	buffer_puts(&expr, "cut");
	for (int i = 0; i < n; i++)
		buffer_puts(&expr, close);
	selection = selection_parse(buffer_string(&expr), err);
	buffer_free(&expr);
	return selection;
}

static void depth_is_bounded(void **state)
{
	struct ptpar_error err = { "" };
	struct selection *selection;

	(void)state;
	/* Two values wait at each depth: the fullest the stack can be. */
	selection = parse_nested("write or cut and (", 64, ")", &err);
	assert_non_null(selection);
	assert_true(selection_matches(selection, &mesh));
	assert_true(selection_matches(selection, &io));
	selection_free(selection);

	assert_null(parse_nested("(", 65, ")", &err));
	assert_non_null(strstr(err.text, "column 65: more than 64 ( inside each other"));

	selection = parse_nested("not ", 1001, "", &err);
	assert_non_null(selection);
	assert_false(selection_matches(selection, &mesh));
	selection_free(selection);

	selection = parse_nested("a or ", 800, "", &err);
	assert_non_null(selection);
	assert_true(selection_matches(selection, &mesh));
	selection_free(selection);

	assert_null(parse_nested("a or ", 1000, "", &err));
	assert_non_null(strstr(err.text, "longer than 4096 bytes"));
	selection_free(NULL);
}

/* A glob of many stars must not take exponential time. */
static void hostile_globs_end(void **state)
{
	struct buffer glob = { 0 };
	char id[2001];
	struct selectable test = mesh;

	(void)state;
	memset(id, 'a', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	test.id = test.name = id;
	for (int i = 0; i < 500; i++)
		buffer_puts(&glob, "*a");
	buffer_puts(&glob, "*b");
	assert_false(selects(buffer_string(&glob), &test));
	buffer_free(&glob);
}

static void ids_match(void **state)
{
	static const struct {
		const char *wanted, *id;
		bool matches;
	} cases[] = {
		{ "suite.so::test_A[2]", "suite.so::test_A[2]", true },
		{ "suite.so::test_A[2]", "suite.so::test_A[2-coarse]", false },
		{ "suite.so::test_A[2]", "suite.so::test_A", false },
		{ "suite.so::test_A", "suite.so::test_A", true },
		{ "suite.so::test_A", "suite.so::test_A[2]", true },
		{ "suite.so::test_A", "suite.so::test_A[2-coarse]", true },
		{ "suite.so::test_A", "suite.so::test_AB", false },
		{ "suite.so::test_A", "suite.so::test_AB[2]", false },
		{ "suite.so::test_A", "suite.so::test_A[2]x", false },
		{ "suite.so", "suite.so::test_A[2]", true },
		{ "suite.so", "suite.so2::test_A", false },
		{ "suite.so", "suite.so[2]::test_A[2]", false },
		{ "suite", "suite.so::test_A", false },
		{ "suite.so::test_A[2]::more", "suite.so::test_A[2]", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (select_id_matches(cases[i].wanted, cases[i].id) != cases[i].matches)
			fail_msg("%s on %s", cases[i].wanted, cases[i].id);
}

static void globs_match_ids(void **state)
{
	(void)state;
	assert_true(select_glob_matches("*::io_*", "a/b.so::io_x[2]"));
	assert_true(select_glob_matches("b.so::x[2]", "b.so::x[2]"));
	assert_true(select_glob_matches("*::x\\[2]", "b.so::x[2]"));
	assert_false(select_glob_matches("*::x", "b.so::x[2]"));
}

static void arguments_split(void **state)
{
	char dir[] = "/tmp/ptpar-test-XXXXXX";
	int at;

	(void)state;
	assert_non_null(mkdtemp(dir));
	at = open(dir, O_RDONLY | O_DIRECTORY);
	assert_true(at >= 0);
	assert_int_equal(select_path_length(at, "a.so"), 4);
	assert_int_equal(select_path_length(at, "a.so::x"), 4);
	assert_int_equal(select_path_length(at, "a::b.so::x"), 1);
	close(openat(at, "a::b.so", O_CREAT | O_WRONLY, 0600));
	assert_int_equal(select_path_length(at, "a::b.so::x"), 7);
	assert_int_equal(select_path_length(at, "a::b.so"), 7);
	assert_int_equal(select_path_length(at, "::"), 0);
	unlinkat(at, "a::b.so", 0);
	close(at);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_select), cmocka_unit_test(complaints_say_where),
		cmocka_unit_test(depth_is_bounded),   cmocka_unit_test(hostile_globs_end),
		cmocka_unit_test(ids_match),          cmocka_unit_test(globs_match_ids),
		cmocka_unit_test(arguments_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
