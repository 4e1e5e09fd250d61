/* orphans.h - processes that this one has become the parent of, because theirs has ended: what tests leave behind.
 *
 * A process that calls orphans_adopt gets those of all of its descendants.
 */
#ifndef CORE_COMMON_ORPHANS_H
#define CORE_COMMON_ORPHANS_H

#include <stdbool.h>
#include <sys/types.h>

void orphans_adopt(void);
/* Waits until every child of this process has ended but those that are known, for at most so many ms. */
void orphans_wait(bool (*is_known)(const void *ctx, pid_t pid), const void *ctx, unsigned patience);
/* Kills every child of this process but those that are known. */
void orphans_kill(bool (*is_known)(const void *ctx, pid_t pid), const void *ctx);

#endif
