/* scheduler-number.c - exports a number where the descriptor should be. */
#include <ptpar/plugin.h>

PTPAR_EXPORT extern const uint32_t ptpar_scheduler;

const uint32_t ptpar_scheduler = PTPAR_PLUGIN_MAGIC;
