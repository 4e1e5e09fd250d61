/* last_words.h - a worker that is about to end waits for its agent to see where it is: on a signal that kills, in
 * exit(), _exit() and MPI_Abort().
 *
 * The agent is told by a byte in the handover pipe, unwinds the stack from outside, and says so in the page. It is
 * waited for at most five seconds. Everything here is async-signal-safe.
 */
#ifndef CORE_WORKER_LAST_WORDS_H
#define CORE_WORKER_LAST_WORDS_H

#include "core/common/page.h"

/* After MPI_Init, whose own signal handlers are replaced. */
void last_words_init(struct page *page);

/* Lets the agent look, if a test runs. */
void last_words(void);

#endif
