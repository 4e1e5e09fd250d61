/* credentials.h - where the core listens, and the secret that opens a connection to it.
 *
 * They travel in the environment (never on a command line), from worker to worker by MPI, and from a worker to its
 * agent through a pipe; always as this struct, which is plain bytes of a fixed size.
 *
 * An address is words separated by spaces: the name of the core's node, then `unix:PATH` for its own node and
 * `tcp:IP:PORT` for the others.
 */
#ifndef CORE_COMMON_CREDENTIALS_H
#define CORE_COMMON_CREDENTIALS_H

#include <ptpar/plugin.h>

#include "core/common/wire.h"

struct credentials {
	char address[512]; /* NUL-terminated; "" when there are none */
	unsigned char token[WIRE_TOKEN_SIZE];
};

/* Environment variables of ours. */
#define ENV_ADDRESS "PTPAR_ADDRESS"
#define ENV_TOKEN   "PTPAR_TOKEN" /* in hexadecimal digits */

/* Makes a new token with getrandom(2). */
int credentials_make_token(struct credentials *c, struct ptpar_error *err);

/* Takes them from the environment and removes the token there, so that tests and what they start don't see it.
 * Returns 0, also when there are none (address "" then), or -EINVAL. */
int credentials_take_from_environment(struct credentials *c, struct ptpar_error *err);
/* Puts them there, for a child. Remove the token again after the fork. */
void credentials_put_into_environment(const struct credentials *c);

/* Connects to the core and sends the preface. Blocking, bounded to some seconds. Returns a descriptor
 * (close-on-exec), or a negative errno. */
int credentials_connect(const struct credentials *c, struct ptpar_error *err);

/* Removes the core's socket and its directory, for a core that was killed. */
void credentials_remove_socket(const struct credentials *c);

#endif
