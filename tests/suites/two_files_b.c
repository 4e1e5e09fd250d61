/* two_files_b.c - see two_files_a.c. */
#include <ptpar.h>

PTPAR_TEST(b_first)
{
	ptpar_assert_eq(ptpar_rank(test), 0);
}

PTPAR_TEST(b_second)
{
	ptpar_assert_eq(ptpar_param(test), NULL);
}
