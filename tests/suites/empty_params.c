/* empty_params.c - a test that would be run with no parameter at all, and so be lost without a word. */
#include <ptpar.h>

static const char *const none[] = { NULL };

PTPAR_TEST_WITH(lost, .params = none)
{
}
