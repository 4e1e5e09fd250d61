/* constructor.c - a suite that crashes as soon as it is loaded. */
#include <stdio.h>
#include <stdlib.h>

#include <ptpar.h>

__attribute__((constructor)) static void crash(void)
{
	puts("built at night");
	abort();
}

PTPAR_TEST(never_seen)
{
}
