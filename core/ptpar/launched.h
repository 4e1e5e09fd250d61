/* launched.h - what is known, and said, of the launchers of MPI jobs: mpiexec, srun. */
#ifndef CORE_PTPAR_LAUNCHED_H
#define CORE_PTPAR_LAUNCHED_H

#include <stddef.h>
#include <stdint.h>

#include "core/common/launcher.h"
#include "core/common/wire.h"

/* How long all ranks may take to be there, seconds. */
double launched_start_timeout(enum launcher launcher);

/* Why MPI_COMM_WORLD has another size than np. */
char *launched_tell_misfit(const struct wire_hello *hello, uint32_t np);

/* That a rank has ended before MPI_Init had. launcher: as in struct wire_hello, or NULL. */
char *launched_tell_early_end(const struct wire_exited *m, const char *launcher);

/* That the launcher, called so, has ended before all ranks were there. */
char *launched_tell_end(const char *name, const struct wire_exited *m);

/* That srun waits with job steps for which there are slots, and what to do. Not to be freed. */
const char *launched_tell_room(void);

/* What it has printed, in one line: the reason comes first, and as much after it as fits into `size` bytes. */
void launched_quote(char *text, size_t size, const struct wire_bytes *output);

/* (The other texts are to be freed.) */

#endif
