/* scheduler-short.c - claims the right size, but is only a head. */
#include <ptpar/scheduler.h>

PTPAR_EXPORT extern const struct ptpar_plugin only_a_head __asm__("ptpar_scheduler");

const struct ptpar_plugin only_a_head = PTPAR_SCHEDULER_HEAD("short", "only a head");
