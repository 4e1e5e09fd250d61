/* bad_np.c - numbers of processes that ptpar refuses: they must reach it as they were written. */
#include <ptpar.h>

#define MANY 3, 0

PTPAR_TEST(zero, 0)
{
}

PTPAR_TEST(negative, -2)
{
}

PTPAR_TEST_WITH(zero_field, .np = { 0 })
{
}

PTPAR_TEST_WITH(negative_field, .np = { -2 })
{
}

PTPAR_TEST_WITH(zero_behind, .tags = "a,b}\"{", .np = { MANY }, .timeout = 2.0)
{
}

PTPAR_TEST(huge, 1048577)
{
}
