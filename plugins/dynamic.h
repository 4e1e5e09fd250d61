/* dynamic.h - the decisions of the scheduler `dynamic`, which `shell` makes as well: the functions of a struct
 * ptpar_scheduler. */
#ifndef PLUGINS_DYNAMIC_H
#define PLUGINS_DYNAMIC_H

#include <ptpar/scheduler.h>

int dynamic_create(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err);
int dynamic_slots_changed(void *state, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err);
int dynamic_submit(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err);
int dynamic_advance(void *state, struct ptpar_error *err);
void dynamic_finished(void *state, uint32_t job);
void dynamic_destroy(void *state);

#endif
