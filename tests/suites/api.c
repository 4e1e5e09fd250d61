/* api.c - everything of ptpar.h, each time as it holds and as it fails. A name says how its test ends. */
#include <ptpar.h>

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum color { RED, GREEN = 7 };

struct flags {
	unsigned low : 3;
	int high : 5;
};

static int calls;

static int count(void)
{
	return ++calls;
}

/* Assertions need nothing passed along. */
static void helper_that_fails(int value)
{
	ptpar_assert_eq(value, 41);
	ptpar_log("helper_that_fails: never here");
}

/* ---- Conditions ---- */

PTPAR_TEST(passes_assert)
{
	const char *text = "not NULL";

	ptpar_assert(1 + 1 == 2);
	ptpar_assert(text);
	ptpar_assert(text[0] == 'n');
}

PTPAR_TEST(fails_assert)
{
	ptpar_assert(ptpar_size(test) != 1);
	ptpar_log("never here");
}

PTPAR_TEST(passes_expect)
{
	if (!ptpar_expect(true))
		ptpar_fail("ptpar_expect(true) gave false");
}

PTPAR_TEST(fails_expect_and_goes_on)
{
	bool first = ptpar_expect(1 == 2);

	ptpar_expect_eq(first, true);
	ptpar_log("still here");
}

PTPAR_TEST(fails_in_helper)
{
	helper_that_fails(6 * 7);
}

PTPAR_TEST(passes_evaluating_once)
{
	calls = 0;
	ptpar_assert(count());
	ptpar_assert_eq(count(), 2);
	ptpar_assert_near(count(), 3, 0);
	ptpar_assert_all(count());
	ptpar_assert_lt(4, count());
	ptpar_assert_eq(calls, 5);
}

/* ---- Numbers ---- */

PTPAR_TEST(passes_comparing)
{
	signed char schar = -3;
	unsigned char uchar = 200;
	short s = -300;
	char letter = 'a';
	bool yes = true;
	enum color color = GREEN;
	struct flags flags = { 5, -2 };
	const volatile long constant = 12;

	ptpar_assert_eq(schar, -3L);
	ptpar_assert_eq(uchar, 200ull);
	ptpar_assert_lt(s, schar);
	ptpar_assert_eq(letter, 'a');
	ptpar_assert_eq(yes, true);
	ptpar_assert_eq(color, GREEN);
	ptpar_assert_ne(color, RED);
	ptpar_assert_eq(flags.low, 5);
	ptpar_assert_eq(flags.high, -2);
	ptpar_assert_eq(constant, 12);
	ptpar_assert_le(1, 1);
	ptpar_assert_ge(1, 1);
	ptpar_assert_gt(SIZE_MAX, 1);
}

PTPAR_TEST(passes_comparing_as_numbers)
{
	ptpar_assert_lt(-1, 0u);
	ptpar_assert_ne(-1, UINT_MAX);
	ptpar_assert_ne(-1LL, ULLONG_MAX);
	ptpar_assert_lt(LLONG_MIN, ULLONG_MAX);
	ptpar_assert_gt(ULLONG_MAX, LLONG_MAX);
	ptpar_assert_lt(INT64_MIN, INT64_MIN + 1);
	ptpar_assert_lt(1, 1.5);
	ptpar_assert_ne(ULLONG_MAX, 1.5f);
}

PTPAR_TEST(passes_comparing_pointers)
{
	int array[2];
	const int *first = array;

	ptpar_assert_eq(first, &array[0]);
	ptpar_assert_ne(first, &array[1]);
	ptpar_assert_ne(first, NULL);
	ptpar_assert_eq(ptpar_data(test), NULL);
}

PTPAR_TEST(fails_eq)
{
	int rank = 1;

	ptpar_assert_eq(rank, 0);
}

PTPAR_TEST(fails_ne)
{
	int rank = 1;

	ptpar_assert_ne(rank, 1);
}

PTPAR_TEST(fails_comparing_all)
{
	int one = 1;
	char letter = 'a';
	bool yes = true;
	void *nothing = NULL;

	ptpar_expect_eq(one, 2u);
	ptpar_expect_ne(one, 1ll);
	ptpar_expect_lt(one, -1);
	ptpar_expect_le(one, 0);
	ptpar_expect_gt(-1, ULLONG_MAX);
	ptpar_expect_ge(LLONG_MIN, one);
	ptpar_expect_eq(letter, 'b');
	ptpar_expect_eq(yes, false);
	ptpar_expect_ne(nothing, NULL);
	ptpar_expect_eq(0.1 + 0.2, 0.3);
}

PTPAR_TEST(passes_near)
{
	ptpar_assert_near(0.1 + 0.2, 0.3, 1e-15);
	ptpar_assert_near(1, 2u, 1);
	ptpar_assert_near(INFINITY, INFINITY, 0);
}

PTPAR_TEST(fails_near)
{
	double x = 1.5;

	ptpar_assert_near(x, 1.0, 0.25);
}

PTPAR_TEST(fails_near_nan)
{
	ptpar_expect_near(NAN, NAN, INFINITY);
	ptpar_expect_near(1, NAN, INFINITY);
	ptpar_expect_near(1, 1, NAN);
	ptpar_expect_near(INFINITY, -INFINITY, 1);
}

/* ---- Strings and bytes ---- */

PTPAR_TEST(passes_str_eq)
{
	const char *none = NULL;
	char text[] = "pencil";

	ptpar_assert_str_eq(text, "pencil");
	ptpar_assert_str_eq(none, NULL);
}

PTPAR_TEST(fails_str_eq)
{
	const char *name = "pen\tcil\"";

	ptpar_assert_str_eq(name, "pen");
}

PTPAR_TEST(fails_str_eq_null)
{
	const char *name = NULL;

	ptpar_assert_str_eq(name, "pen");
}

PTPAR_TEST(fails_str_eq_long)
{
	char a[1001], b[1001];

	memset(a, 'x', 1000);
	a[1000] = '\0';
	memcpy(b, a, sizeof(b));
	b[500] = 'y';
	ptpar_assert_str_eq(a, b);
}

PTPAR_TEST(passes_mem_eq)
{
	const char *none = NULL;

	ptpar_assert_mem_eq("abc", "abd", 2);
	ptpar_assert_mem_eq(none, "a", 0);
}

PTPAR_TEST(fails_mem_eq)
{
	unsigned char sent[32], received[32];

	for (unsigned i = 0; i < 32; i++)
		sent[i] = received[i] = (unsigned char)i;
	received[16] = 0xff;
	ptpar_assert_mem_eq(sent, received, sizeof(sent));
}

PTPAR_TEST(fails_mem_eq_null)
{
	const char *none = NULL;

	ptpar_assert_mem_eq(none, "abc", 3);
}

/* ---- Together ---- */

PTPAR_TEST(passes_all, 1, 2)
{
	ptpar_assert_all(ptpar_rank(test) >= 0);
}

/* On every rank, though it is false on one only; so nobody is left in the barrier. */
PTPAR_TEST(fails_all, 1, 4)
{
	ptpar_assert_all(ptpar_rank(test) != ptpar_size(test) - 1);
	MPI_Barrier(comm);
}

PTPAR_TEST(fails_expect_all)
{
	if (!ptpar_expect_all(1 > 2))
		ptpar_log("all know");
}

PTPAR_TEST(fails_on_rank_1, 2)
{
	int rank;

	MPI_Comm_rank(comm, &rank);
	ptpar_assert_ne(rank, 1);
}

PTPAR_TEST(passes_sendrecv, 2)
{
	int other = 1 - ptpar_rank(test), got = -1, rank = ptpar_rank(test);

	MPI_Sendrecv(&rank, 1, MPI_INT, other, 0, &got, 1, MPI_INT, other, 0, comm, MPI_STATUS_IGNORE);
	ptpar_assert_eq(got, other);
}

/* ---- fail, skip, log ---- */

PTPAR_TEST(fails_fail)
{
	ptpar_fail("%d things, %s", 3, "all wrong");
}

PTPAR_TEST(skips)
{
	ptpar_skip("no %s here", "GPU");
}

PTPAR_TEST(fails_before_skip)
{
	ptpar_expect(false);
	ptpar_skip("too late");
}

PTPAR_TEST(passes_log)
{
	ptpar_log("%d%%", 100);
}

PTPAR_TEST(passes_printing)
{
	printf("to stdout\n");
	fprintf(stderr, "to stderr\n");
}

PTPAR_TEST(fails_printing)
{
	printf("to stdout\n");
	fprintf(stderr, "to stderr\n");
	ptpar_fail("after printing");
}

PTPAR_TEST(passes_tmpdir, 1, 2)
{
	const char *path = ptpar_tmpdir();

	ptpar_assert_eq(access(path, W_OK | X_OK), 0);
	ptpar_assert_str_eq(ptpar_tmpdir(), path);
}

PTPAR_TEST(passes_comm_rank_size)
{
	ptpar_assert(ptpar_comm(test) == comm);
	ptpar_assert_eq(ptpar_rank(test), 0);
	ptpar_assert_eq(ptpar_size(test), 1);
	ptpar_assert_eq(ptpar_param(test), NULL);
	ptpar_assert_eq(ptpar_param_index(test), -1);
}

/* ---- Fixtures ---- */

static int mesh;

static void make_mesh(ptpar_test *test)
{
	mesh = 12;
	ptpar_set_data(test, &mesh);
	ptpar_log("setup");
}

static void free_mesh(ptpar_test *test)
{
	ptpar_assert_eq(ptpar_data(test), &mesh);
	ptpar_log("teardown");
}

static void fail_setup(ptpar_test *test)
{
	ptpar_assert_eq(ptpar_size(test), 0);
}

static void expect_in_setup(ptpar_test *test)
{
	ptpar_expect_eq(ptpar_size(test), 0);
}

static void skip_setup(ptpar_test *test)
{
	ptpar_skip("%d processes won't do", ptpar_size(test));
}

static void fail_setup_on_last(ptpar_test *test)
{
	if (ptpar_size(test) > 1)
		ptpar_assert_lt(ptpar_rank(test), ptpar_size(test) - 1);
}

static void log_teardown(ptpar_test *test)
{
	ptpar_log("teardown of rank %d", ptpar_rank(test));
}

static void fail_teardown(ptpar_test *test)
{
	ptpar_assert_eq(ptpar_size(test), 0);
}

PTPAR_TEST_WITH(passes_fixture, .setup = make_mesh, .teardown = free_mesh)
{
	int *data = ptpar_data(test);

	ptpar_assert_eq(*data, 12);
}

PTPAR_TEST_WITH(fails_fixture, .setup = make_mesh, .teardown = free_mesh)
{
	ptpar_fail("in the call");
}

PTPAR_TEST_WITH(skips_fixture, .setup = make_mesh, .teardown = free_mesh)
{
	ptpar_skip("in the call");
}

PTPAR_TEST_WITH(errors_setup, .setup = fail_setup, .teardown = log_teardown)
{
	ptpar_log("never here");
}

PTPAR_TEST_WITH(errors_setup_expect, .setup = expect_in_setup, .teardown = log_teardown)
{
	ptpar_log("never here");
}

PTPAR_TEST_WITH(skips_setup, .setup = skip_setup, .teardown = log_teardown)
{
	ptpar_log("never here");
}

PTPAR_TEST_WITH(errors_setup_on_one, .np = { 2, 4 }, .setup = fail_setup_on_last, .teardown = log_teardown)
{
	ptpar_log("never here");
}

PTPAR_TEST_WITH(errors_teardown, .teardown = fail_teardown)
{
	ptpar_log("call");
}

PTPAR_TEST_WITH(errors_teardown_after_skip, .teardown = fail_teardown)
{
	ptpar_skip("in the call");
}

PTPAR_TEST_WITH(errors_setup_and_teardown, .setup = skip_setup, .teardown = fail_teardown)
{
}

PTPAR_TEST_WITH(fails_call_and_teardown, .teardown = fail_teardown)
{
	ptpar_fail("in the call");
}

/* ---- Fields ---- */

static const char *const sizes[] = { "coarse", "fine", NULL };

PTPAR_TEST_WITH(passes_no_field)
{
}

PTPAR_TEST_WITH(passes_np_all, .np = { PTPAR_NP_ALL })
{
	ptpar_assert_ge(ptpar_size(test), 1);
}

PTPAR_TEST(passes_np_all_short, PTPAR_NP_ALL)
{
	ptpar_assert_ge(ptpar_size(test), 1);
}

PTPAR_TEST_WITH(passes_timeout, .timeout = 2.5)
{
}

PTPAR_TEST_WITH(passes_tags, .tags = "io, .np = {9} slow")
{
}

PTPAR_TEST_WITH(passes_isolated, .np = { 2 }, .isolated = true)
{
	int size;

	MPI_Comm_size(MPI_COMM_WORLD, &size);
	ptpar_assert_eq(size, 2);
}

PTPAR_TEST_WITH(fails_as_expected, .xfail = "issue 12")
{
	ptpar_fail("as expected");
}

PTPAR_TEST_WITH(passes_unexpectedly, .xfail = "issue 13")
{
}

PTPAR_TEST_WITH(passes_param, .params = sizes)
{
	ptpar_assert_str_eq(ptpar_param(test), sizes[ptpar_param_index(test)]);
}

PTPAR_TEST_WITH(passes_np_param, .params = sizes, .np = { 1, 2 })
{
	ptpar_assert_str_eq(ptpar_param(test), sizes[ptpar_param_index(test)]);
	ptpar_assert_le(ptpar_size(test), 2);
}

PTPAR_TEST_WITH(fails_every_field, .np = { 2, 4 }, .timeout = 5.0, .tags = "io slow", .isolated = true,
		.xfail = "issue 12", .setup = make_mesh, .teardown = free_mesh, .params = sizes)
{
	ptpar_fail("%s", ptpar_param(test));
}
