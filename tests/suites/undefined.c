/* undefined.c - was not linked with what it tests. */
#include <ptpar.h>

int where_is_this(void);

PTPAR_TEST(calls_it)
{
	ptpar_assert_eq(where_is_this(), 0);
}
