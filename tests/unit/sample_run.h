/* sample_run.h - a small run with something of everything, and what tests of reports need around it. */
#ifndef TESTS_UNIT_SAMPLE_RUN_H
#define TESTS_UNIT_SAMPLE_RUN_H

#include <stddef.h>

#include "core/common/buffer.h"
#include "core/ptpar/event.h"

/* Of what tests print and say: an escape sequence, the end of a CDATA section, bytes that are no UTF-8. */
#define HOSTILE "\033]0;pwned\a]]>&<\xff\xc3(\x01"

typedef void emit_function(void *ctx, const struct event *e);

/* Every kind of event and every outcome. */
void sample_run(emit_function *emit, void *ctx);
/* As above, but the core is killed while a test runs and another waits. */
void sample_killed_run(emit_function *emit, void *ctx);
/* One test of np processes, finished so. */
struct event sample_finished(enum outcome outcome, const char *id, uint32_t np, const struct event_rank *ranks,
			     size_t n_ranks);
/* A program on two ranks that has failed: rank 0 has printed test points of each outcome, with a subtest, rank 1
 * one. */
struct event sample_program(void);
/* An emit_function: ctx is a struct reporter. */
void emit_to_reporter(void *ctx, const struct event *e);

/* cmocka's setup and teardown: a directory of its own as the working directory. */
int enter_directory(void **state);
int leave_directory(void **state);

/* What the file has; to be freed. Fails the test if it cannot be read. */
struct buffer read_file(const char *name);
/* What the descriptor of a regular file has, from its beginning. */
struct buffer read_all(int fd);
/* Is this part of it? */
int contains(struct buffer *b, const char *part);
/* Fails the test, showing what is there, if it is not part of it. */
void assert_contains(struct buffer *b, const char *part);
/* Nothing that a terminal would act on, but newline, tab. */
void assert_harmless(const struct buffer *b);

#endif
