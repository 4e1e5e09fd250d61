/* pmix_relay.h - stands between a rank and the PMIx server of Slurm, so that it does not see the rank die.
 *
 * When a rank's connection ends without MPI_Finalize, slurmstepd kills the whole job step (22.05), with the ranks
 * that could go on and the agents that would tell what has happened. Through the relay, the connection ends with
 * the agent.
 */
#ifndef CORE_AGENT_PMIX_RELAY_H
#define CORE_AGENT_PMIX_RELAY_H

#include <uv.h>

/* Listens on the loopback, and has the environment name that instead of Slurm's server, for the ranks that are
 * started from now on. Does nothing where there is no such server. */
void pmix_relay_open(uv_loop_t *loop);

#endif
