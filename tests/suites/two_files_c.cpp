// two_files_c.cpp - see two_files_a.c.
#include <ptpar.h>

PTPAR_TEST(c_first)
{
	ptpar_assert_eq(ptpar_rank(test), 0);
}

PTPAR_TEST(c_second)
{
	ptpar_fail("c_second fails");
}
