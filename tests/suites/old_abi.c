/* old_abi.c - as if it had been compiled with the header of another ptpar. */
#include <ptpar/suite.h>

#undef PTPAR_SUITE_ABI
#define PTPAR_SUITE_ABI 99

#include <ptpar.h>

PTPAR_TEST(never)
{
}
