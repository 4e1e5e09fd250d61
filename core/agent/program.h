/* program.h - a program that is a test: which one it is, and what it has printed, its source knows. */
#ifndef CORE_AGENT_PROGRAM_H
#define CORE_AGENT_PROGRAM_H

#include "core/agent/child.h"
#include "core/common/wire.h"

struct program;

/* Starts it as this child; if that fails, tells the core why, as of one that has ended at once. */
void program_start(struct child *child, const struct wire_launch *m);
/* It has ended: tells the core what it has printed and how it has ended. */
void program_ended(struct child *child);

#endif
