/* previous.h - how the tests of the last run ended, for --rerun and --failed-first.
 *
 * A run that was a rerun itself leaves out what it did not select: those tests are as the run before has left them.
 */
#ifndef CORE_PTPAR_PREVIOUS_H
#define CORE_PTPAR_PREVIOUS_H

#include <stdbool.h>
#include <stddef.h>

#include <ptpar/plugin.h>

/* Tests that are meant. */
enum { PREVIOUS_FAILED = 1, PREVIOUS_NOT_RUN = 2 };

/* "failed", "not-run", or both with a comma: which are meant. Returns them, or -EINVAL. */
int previous_parse(const char *text, struct ptpar_error *err);

struct previous;

/* Reads the event log of the last run here; a test that was not told to its end did not run. NULL with the reason.
 */
struct previous *previous_read(int which, struct ptpar_error *err);
/* Is this test one of those? Or, if its source could not be collected then, of that source. */
bool previous_has(const struct previous *p, const char *id, const char *source);
/* Their sources, each once, in the order of the run: n of them, borrowed. */
const char *const *previous_sources(const struct previous *p, size_t *n);
/* The id of the last run. */
const char *previous_run(const struct previous *p);
/* One of them after the other: its id (of a source that could not be collected: the path) and its source; i counts
 * from 0. */
const char *previous_id(const struct previous *p, size_t i);
const char *previous_source(const struct previous *p, size_t i);
/* How many there are. */
size_t previous_count(const struct previous *p);
void previous_free(struct previous *p); /* NULL is fine */

#endif
