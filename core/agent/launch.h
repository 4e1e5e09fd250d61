/* launch.h - starts the ranks of an MPI job, or a program that needs no MPI, as the core asks.
 *
 * Either they are this agent's own children, which the core is told of by LAUNCHED; or a launcher of MPI starts an
 * agent as each rank, which supervises it and says so itself.
 */
#ifndef CORE_AGENT_LAUNCH_H
#define CORE_AGENT_LAUNCH_H

#include "core/common/wire.h"

void launch(const struct wire_launch *m);

#endif
