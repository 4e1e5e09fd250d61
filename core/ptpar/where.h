/* where.h - where the ranks of a test were when it was ended, or when they died. */
#ifndef CORE_PTPAR_WHERE_H
#define CORE_PTPAR_WHERE_H

#include <stddef.h>
#include <stdint.h>

#include "core/common/buffer.h"
#include "core/common/wire.h"

/* Of one rank. All strings are owned; all zero: nobody knows. */
struct where {
	char *text;         /* "in MPI_Recv(source=1, tag=7)", "in solve", or NULL */
	uint32_t comm_size; /* of the communicator of that call, 0: none is concerned */
	char *file;         /* of the user's code there, or NULL */
	uint32_t line;
	char **frames; /* the functions that led there, innermost first, in words */
	size_t n_frames;
};

/* Replaces what was known. */
void where_set(struct where *w, const struct wire_seen *m);
void where_free(struct where *w);

/* Appends ", in MPI_Recv(source=1, tag=7) on a communicator of size 4"; nothing if nobody knows. */
void where_put_call(struct buffer *out, const struct where *w);
/* Appends a line for each frame: "\n    at solve (ring.c:31)". */
void where_put_frames(struct buffer *out, const struct where *w);
/* Appends "ranks 0,1,3 in MPI_Barrier (ring.c:35); rank 2 in MPI_Recv(source=1, tag=7) (ring.c:31)": all ranks that
 * are known to be somewhere, n of them, where(ctx, rank) for each. */
void where_put_groups(struct buffer *out, uint32_t n, const struct where *(*where)(const void *ctx, uint32_t rank),
		      const void *ctx);

#endif
