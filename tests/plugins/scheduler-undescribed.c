/* scheduler-undescribed.c - a library like any other: it exports no descriptor. */
#include <ptpar/plugin.h>

PTPAR_EXPORT extern int nothing_of_ptpar;

int nothing_of_ptpar;
