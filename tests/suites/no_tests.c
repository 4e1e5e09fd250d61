/* no_tests.c - includes ptpar.h, as a file of helpers does, and has no test. */
#include <ptpar.h>

int no_tests(void);

int no_tests(void)
{
	ptpar_assert(1 == 1);
	return 0;
}
