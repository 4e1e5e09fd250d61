/* test_launched.c - what is said of launchers, also where they print much, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/ptpar/launched.h"

static void check_quote(const char *output, const char *wanted)
{
	char text[64], *copy = malloc(strlen(output) + 1); /* without a NUL behind: for the sanitizer */

	assert_non_null(copy);
	memcpy(copy, output, strlen(output));
	launched_quote(text, sizeof(text), &(struct wire_bytes){ copy, strlen(output) });
	assert_string_equal(text, wanted);
	free(copy);
}

static void test_quote(void **state)
{
	char text[16];

	(void)state;
	check_quote("one\n", "one");
	check_quote("one\n  two", "one; two");
	check_quote("-----\none\n\n*** --\ntwo\n----\n", "one; two");
	check_quote("", "nothing");
	check_quote("\n\n", "nothing");
	check_quote("this is its beginning\nand this is the second line of it\nand this\n",
		    "this is its beginning; and this is the second line of it; and t");
	check_quote("one line that is longer than what there is room for here: its end",
		    "one line that is longer than what there is room for here: its e");
	check_quote("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np",
		    "a; b; c; d; e; f; g; h; i; j; k; l; m; n; o; p");
	launched_quote(text, sizeof(text), &(struct wire_bytes){ NULL, 0 });
	assert_string_equal(text, "nothing");
}

/* As of Open MPI 5, whose ranks know nothing of each other if nobody tells them. */
static void test_misfit(void **state)
{
	struct wire_hello hello = { .size = 1 };
	char *text;

	(void)state;
	text = launched_tell_misfit(&hello, 4);
	assert_string_equal(text, "its processes say that MPI_COMM_WORLD has 1 processes instead of 4: their MPI "
				  "library has not met the launcher.");
	free(text);
	hello.mpi = "Open MPI v5.0.7";
	hello.launcher = "srun --mpi=none; srun --mpi=list offers none, pmi2";
	text = launched_tell_misfit(&hello, 4);
	assert_string_equal(text, "its processes say that MPI_COMM_WORLD has 1 processes instead of 4: Open MPI "
				  "v5.0.7 has not met the launcher. It was started by srun --mpi=none; srun "
				  "--mpi=list offers none, pmi2: if another one of these is right for it, set "
				  "SLURM_MPI_TYPE to that, else take --launcher=mpiexec.");
	free(text);
}

static void test_ends(void **state)
{
	struct wire_exited m = { .rank = 3, .status = 2 << 8, .output = { "no\n", 3 } };
	char *text;

	(void)state;
	text = launched_tell_early_end(&m, NULL);
	assert_string_equal(text, "rank 3 ended with status 2 while MPI was initialised. It said: no");
	free(text);
	m.status = 9;
	text = launched_tell_end("mpiexec", &m);
	assert_string_equal(text, "mpiexec ended with signal 9 before all ranks were there. It said: no");
	free(text);
	m.status = LAUNCHER_UNFIT << 8;
	text = launched_tell_end("srun", &m);
	assert_string_equal(text, "srun cannot be used: no");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_misfit),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
