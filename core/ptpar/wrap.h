/* wrap.h - what the processes of tests are started in: --wrap, --gdb. */
#ifndef CORE_PTPAR_WRAP_H
#define CORE_PTPAR_WRAP_H

#include <stdbool.h>
#include <stdint.h>

#include <ptpar/plugin.h>
#include <ptpar/words.h>

#include "core/ptpar/settings.h"
#include "core/ptpar/tests.h"

struct wrap {
	struct ptpar_words words; /* before the command; none: n is 0 */
	bool debugs;
	uint32_t *ranks; /* those that are debugged; n_ranks 0: all */
	size_t n_ranks;
};

/* Takes what the user has asked for. Returns 0 or -EINVAL with the reason: no such program, no such ranks. To be
 * freed in either case. */
int wrap_read(struct wrap *wrap, const struct settings *settings, struct ptpar_error *err);
void wrap_free(struct wrap *wrap);

/* Is there anything around the processes of tests? wrap may be NULL here. */
bool wrap_is_set(const struct wrap *wrap);
/* The words for this test, in which {test} and {np} have been replaced, ended by NULL; {rank} is left to who starts
 * the rank. Give it to wrap_free_words(). */
char **wrap_words(const struct wrap *wrap, const struct test *test);
void wrap_free_words(char **words);
/* The ranks of this test that are debugged, *n of them; to be freed. */
uint32_t *wrap_debugged(const struct wrap *wrap, const struct test *test, size_t *n);

#endif
