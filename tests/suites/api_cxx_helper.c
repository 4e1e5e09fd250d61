/* api_cxx_helper.c - the part of api_cxx.so that is written in C. */
#include <ptpar.h>

void c_helper_that_fails(int value);
void cxx_helper_that_fails(int value);

void c_helper_that_fails(int value)
{
	ptpar_assert_eq(value, 2);
}

PTPAR_TEST(fails_in_cxx_helper)
{
	cxx_helper_that_fails(3);
}
