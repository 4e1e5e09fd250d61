/* source-common.h - what the sources of programs share: words as a shell splits them, what is declared of a
 * program, and how the end of a process is told.
 *
 * Linked into each of them. Functions that return int return 0 or a negative errno with err's text.
 */
#ifndef PLUGINS_SOURCE_COMMON_H
#define PLUGINS_SOURCE_COMMON_H

#include <stdbool.h>
#include <stddef.h>

#include <ptpar/source.h>
#include <ptpar/words.h>

/* ---- Errors and notes ---- */

/* Writes err's text (err may be NULL) and returns code. */
__attribute__((format(printf, 3, 4))) int source_fail(struct ptpar_error *err, int code, const char *format, ...);
int source_no_memory(struct ptpar_error *err);
/* A note without a place. */
__attribute__((format(printf, 3, 4))) void source_note(const struct ptpar_reader *reader, enum ptpar_note_kind kind,
						       const char *format, ...);

/* "exited with status 3", "killed by signal 11 (SIGSEGV, Segmentation fault)"; of a status as from waitpid(). */
struct source_end {
	char text[96];
};
struct source_end source_end_of(int status);
/* The number of "SEGV", "SIGSEGV" or "11"; 0 if that is none. */
int source_signal(const char *name);

/* ---- What is declared of a program ---- */

/* All 0: nothing. */
struct declared {
	uint32_t *np;
	size_t n_np;    /* 0: none was declared, and np is 1 */
	double timeout; /* seconds; 0: none */
	char *tags;     /* separated by blanks, or NULL */
	char *xfail;    /* or NULL */
};

/* The keys there are: "np", "timeout", "tags", "xfail"; ended by NULL. */
extern const char *const declared_keys[];

/* Takes the value of a key. Lists are separated by blanks or commas. err's text is the reason, without key and
 * value. -ENOENT: no such key. */
int declared_set(struct declared *d, const char *key, const char *value, struct ptpar_error *err);
/* One for each np. */
uint32_t declared_n_cases(const struct declared *d);
/* Emits them; what emit returns. */
int declared_emit(const struct declared *d, const char *name, const char *file, uint32_t line,
		  int (*emit)(void *ctx, const struct ptpar_case *c), void *ctx);
void declared_free(struct declared *d);

#endif
