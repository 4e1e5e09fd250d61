/* retried.c - tests that end badly at first. They count their attempts in files in the working directory. The
 * beginning of a name says the outcome with two retries. */
#include <stdio.h>
#include <stdlib.h>

#include <ptpar.h>

/* How often it was called with this name before, in whatever process. */
static long count(const char *name)
{
	FILE *f = fopen(name, "a+");
	long n;

	ptpar_assert(f != NULL);
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	fputc('x', f);
	fclose(f);
	return n;
}

PTPAR_TEST(passes)
{
}

PTPAR_TEST(passes_at_the_second_attempt)
{
	ptpar_assert_ge(count("second"), 1);
}

PTPAR_TEST(passes_at_the_third_attempt, 2)
{
	if (ptpar_rank(test) == 1 && count("third") < 2)
		abort();
	MPI_Barrier(comm);
}

PTPAR_TEST(fails_always)
{
	count("always");
	ptpar_fail("always");
}

PTPAR_TEST(skips)
{
	count("skips");
	ptpar_skip("not here");
}

PTPAR_TEST_WITH(fails_as_expected, .xfail = "so it is")
{
	count("xfail");
	ptpar_fail("again");
}

PTPAR_TEST_WITH(passes_unexpectedly, .xfail = "no longer")
{
	count("xpass");
}
