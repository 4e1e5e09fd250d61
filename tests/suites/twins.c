/* twins.c - two tests of one id. */
#include <ptpar.h>

PTPAR_TEST(twin, 1, 1)
{
}

PTPAR_TEST(single)
{
}
