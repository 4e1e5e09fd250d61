/* test_wrap.c - what --wrap and --gdb ask for. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/ptpar/wrap.h"

static struct test test = { .id = (char *)"tests/a b.so::test_A[2-x/y]", .np = 4 };

static void read_wrap(struct wrap *wrap, const char *words, const char *ranks, int wanted, const char *why)
{
	struct settings settings = { .wrap = (char *)words, .gdb = (char *)ranks };
	struct ptpar_error err = { "" };

	assert_int_equal(wrap_read(wrap, &settings, &err), wanted);
	assert_non_null(strstr(err.text, why));
}

static void test_nothing(void **state)
{
	struct wrap wrap;

	(void)state;
	read_wrap(&wrap, NULL, NULL, 0, "");
	assert_false(wrap_is_set(&wrap));
	assert_false(wrap_is_set(NULL));
	wrap_free(&wrap);
}

static void test_words(void **state)
{
	static const char *const wanted[] = { "sh", "-c", "a b", "--log={rank}.a_b.so__test_A_2-x_y_.4", "{tes" };
	struct wrap wrap;
	char **words;

	(void)state;
	read_wrap(&wrap, "sh -c 'a b' --log={rank}.{test}.{np} {tes", NULL, 0, "");
	assert_true(wrap_is_set(&wrap));
	words = wrap_words(&wrap, &test);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		assert_string_equal(words[i], wanted[i]);
	assert_null(words[5]);
	wrap_free_words(words);
	wrap_free(&wrap);
}

static void test_refused(void **state)
{
	static const struct {
		const char *words, *why;
	} bad[] = {
		{ "", "give a command" },
		{ "a; b", "an unquoted ';'" },
		{ "'a", "an unclosed '''" },
		{ "no-such-program-anywhere -q", "there is no program no-such-program-anywhere in PATH" },
		{ "/no/such/program", "there is no program /no/such/program: install it" },
	};
	struct wrap wrap;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		read_wrap(&wrap, bad[i].words, NULL, -EINVAL, bad[i].why);
		wrap_free(&wrap);
	}
}

static void check_ranks(const char *text, const char *wanted)
{
	char got[64] = "";
	struct wrap wrap;
	uint32_t *ranks;
	size_t n;

	read_wrap(&wrap, NULL, text, 0, "");
	assert_true(wrap_is_set(&wrap));
	ranks = wrap_debugged(&wrap, &test, &n);
	for (size_t i = 0; i < n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), " %u", ranks[i]);
	assert_string_equal(got, wanted);
	free(ranks);
	wrap_free(&wrap);
}

static void test_ranks(void **state)
{
	static const char *const bad[] = { "x", "1,x", "3-1", "1-", "-1", "99999999" };
	struct wrap wrap;

	(void)state;
	check_ranks("all", " 0 1 2 3");
	check_ranks("0,2", " 0 2");
	check_ranks("1-2", " 1 2");
	check_ranks("3,7-9", " 3");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		read_wrap(&wrap, NULL, bad[i], -EINVAL, "no ranks: give numbers");
		wrap_free(&wrap);
	}
}

/* There need not be a gdbserver here. */
static char directory[] = "/tmp/ptpar-test-XXXXXX", server[64];

static int make_server(void **state)
{
	char path[256];
	int fd;

	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(server, sizeof(server), "%s/gdbserver", directory);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", directory);
	fd = open(server, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
	return fd < 0 || close(fd) != 0 || setenv("PATH", path, 1) != 0 ? -1 : 0;
}

static int remove_server(void **state)
{
	(void)state;
	return unlink(server) != 0 || rmdir(directory) != 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_ranks),
	};

	return cmocka_run_group_tests(tests, make_server, remove_server);
}
