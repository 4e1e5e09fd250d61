/* launch_pmix.h - the jobs of which this agent starts the ranks itself, as their PMIx server. */
#ifndef CORE_AGENT_LAUNCH_PMIX_H
#define CORE_AGENT_LAUNCH_PMIX_H

#include <stdbool.h>
#include <stdint.h>

#include <ptpar/plugin.h>

#include "core/agent/pmix_server.h"

/* Makes ready for a job of n ranks. runs_workers: ptpar's own. Returns NULL with the reason if that cannot be done
 * here. */
struct pmix_job *launch_pmix_open(uint32_t pool, uint32_t n, bool oversubscribed, bool runs_workers,
				  struct ptpar_error *err);
/* How far this rank has come, if it is one of these jobs'; all that it has told is known if it has ended. */
bool launch_pmix_state(uint32_t pool, uint32_t rank, enum rank_state *state);
/* One of its ranks has ended, or could not be started; nothing if the pool is no job of these. */
void launch_pmix_ended(uint32_t pool);
/* The agent ends. */
void launch_pmix_close(void);

#endif
