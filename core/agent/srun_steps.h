/* srun_steps.h - the job steps that are being started: one for which Slurm's controller had no answer is tried
 * again.
 *
 * A controller may be away for minutes, to be updated, say. srun waits some seconds for it, and has started nothing
 * then. That is no fault of the test: the core is told that it takes longer (DELAYED).
 */
#ifndef CORE_AGENT_SRUN_STEPS_H
#define CORE_AGENT_SRUN_STEPS_H

#include <stdbool.h>

#include "core/agent/child.h"
#include "core/agent/launch_srun.h"
#include "core/common/buffer.h"

/* Starts the command as the launcher of what m asks for; now, and again each time. */
typedef void srun_steps_start_fn(const struct wire_launch *m, char **argv, const char *const *env);

/* Takes the command, made for m. */
void srun_steps_begin_take(struct srun_command *command, const struct wire_launch *m, srun_steps_start_fn *start);

/* This launcher has ended, and printed that. Returns whether it will be tried again: then its end is none. */
bool srun_steps_ended(const struct child *launcher, const struct buffer *printed);

/* Nobody wants that step any more. */
void srun_steps_call_off(uint32_t pool);

#endif
