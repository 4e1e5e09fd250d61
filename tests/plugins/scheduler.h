/* scheduler.h - the functions of a scheduler that does next to nothing: what the plugins here are made of, each
 * with one fault in its descriptor. */
#ifndef TESTS_PLUGINS_SCHEDULER_H
#define TESTS_PLUGINS_SCHEDULER_H

#include <stdlib.h>

#include <ptpar/scheduler.h>

static inline int create(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err)
{
	(void)host;
	(void)err;
	*state = malloc(1);
	return 0;
}

static inline int slots_changed(void *state, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err)
{
	(void)state;
	(void)slots;
	(void)n;
	(void)err;
	return 0;
}

static inline int submit(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err)
{
	(void)state;
	(void)jobs;
	(void)n;
	(void)err;
	return 0;
}

static inline int advance(void *state, struct ptpar_error *err)
{
	(void)state;
	(void)err;
	return 0;
}

static inline void finished(void *state, uint32_t job)
{
	(void)state;
	(void)job;
}

static inline void destroy(void *state)
{
	free(state);
}

#define FUNCTIONS                                                                                                  \
	.create = create, .slots_changed = slots_changed, .submit = submit, .advance = advance,                    \
	.finished = finished, .destroy = destroy

#endif
