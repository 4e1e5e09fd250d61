/* two_files_a.c - with two_files_b.c one suite, two_files.so; with two_files_c.cpp as well, mixed.so. */
#include <ptpar.h>

PTPAR_TEST(a_first)
{
	ptpar_assert_eq(ptpar_rank(test), 0);
}

PTPAR_TEST(a_second, 2)
{
	ptpar_assert_eq(ptpar_size(test), 2);
}

PTPAR_TEST(a_third)
{
	ptpar_fail("a_third fails");
}
