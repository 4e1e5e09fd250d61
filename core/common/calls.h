/* calls.h - the blocking MPI calls that workers note while they are in them (see page.h), and how they are told.
 *
 * CALL(NAME, KIND, ARGUMENTS...): the names of up to CALL_ARGS integer arguments. What KIND says is for the proof
 * of deadlocks, see core/ptpar/deadlock.h.
 */
#ifndef CORE_COMMON_CALLS_H
#define CORE_COMMON_CALLS_H

#include <stddef.h>
#include <stdint.h>

enum { CALL_ARGS = 4 };

enum call_kind {
	CALL_KIND_NONE,       /* in no call */
	CALL_KIND_SEND,       /* args: dest, tag */
	CALL_KIND_RECEIVE,    /* args: source, tag */
	CALL_KIND_BOTH,       /* args: dest, sendtag, source, recvtag */
	CALL_KIND_COMPLETION, /* of requests: nobody knows of what */
	CALL_KIND_COLLECTIVE, /* over all of its communicator */
	CALL_KIND_RMA,
	CALL_KIND_OTHER, /* may wait for something outside of MPI: files, other jobs */
};

/* clang-format off */
#define CALLS(CALL)                                                                                                \
	CALL(Send, SEND, "dest", "tag")                                                                            \
	CALL(Ssend, SEND, "dest", "tag")                                                                           \
	CALL(Rsend, SEND, "dest", "tag")                                                                           \
	CALL(Bsend, SEND, "dest", "tag")                                                                           \
	CALL(Recv, RECEIVE, "source", "tag")                                                                       \
	CALL(Probe, RECEIVE, "source", "tag")                                                                      \
	CALL(Mprobe, RECEIVE, "source", "tag")                                                                     \
	CALL(Mrecv, COMPLETION, NULL)                                                                              \
	CALL(Sendrecv, BOTH, "dest", "sendtag", "source", "recvtag")                                               \
	CALL(Sendrecv_replace, BOTH, "dest", "sendtag", "source", "recvtag")                                       \
	CALL(Buffer_detach, COMPLETION, NULL)                                                                      \
	CALL(Wait, COMPLETION, NULL)                                                                               \
	CALL(Waitall, COMPLETION, "count")                                                                         \
	CALL(Waitany, COMPLETION, "count")                                                                         \
	CALL(Waitsome, COMPLETION, "incount")                                                                      \
	CALL(Barrier, COLLECTIVE, NULL)                                                                            \
	CALL(Bcast, COLLECTIVE, "count", "root")                                                                   \
	CALL(Gather, COLLECTIVE, "root")                                                                           \
	CALL(Gatherv, COLLECTIVE, "root")                                                                          \
	CALL(Scatter, COLLECTIVE, "root")                                                                          \
	CALL(Scatterv, COLLECTIVE, "root")                                                                         \
	CALL(Allgather, COLLECTIVE, NULL)                                                                          \
	CALL(Allgatherv, COLLECTIVE, NULL)                                                                         \
	CALL(Alltoall, COLLECTIVE, NULL)                                                                           \
	CALL(Alltoallv, COLLECTIVE, NULL)                                                                          \
	CALL(Alltoallw, COLLECTIVE, NULL)                                                                          \
	CALL(Reduce, COLLECTIVE, "count", "root")                                                                  \
	CALL(Allreduce, COLLECTIVE, "count")                                                                       \
	CALL(Reduce_scatter, COLLECTIVE, NULL)                                                                     \
	CALL(Reduce_scatter_block, COLLECTIVE, "recvcount")                                                        \
	CALL(Scan, COLLECTIVE, "count")                                                                            \
	CALL(Exscan, COLLECTIVE, "count")                                                                          \
	CALL(Neighbor_allgather, COLLECTIVE, NULL)                                                                 \
	CALL(Neighbor_allgatherv, COLLECTIVE, NULL)                                                                \
	CALL(Neighbor_alltoall, COLLECTIVE, NULL)                                                                  \
	CALL(Neighbor_alltoallv, COLLECTIVE, NULL)                                                                 \
	CALL(Neighbor_alltoallw, COLLECTIVE, NULL)                                                                 \
	CALL(Comm_dup, COLLECTIVE, NULL)                                                                           \
	CALL(Comm_dup_with_info, COLLECTIVE, NULL)                                                                 \
	CALL(Comm_create, COLLECTIVE, NULL)                                                                        \
	CALL(Comm_create_group, COLLECTIVE, "tag")                                                                 \
	CALL(Comm_split, COLLECTIVE, "color", "key")                                                               \
	CALL(Comm_split_type, COLLECTIVE, "split_type", "key")                                                     \
	CALL(Comm_free, COLLECTIVE, NULL)                                                                          \
	CALL(Comm_disconnect, COLLECTIVE, NULL)                                                                    \
	CALL(Cart_create, COLLECTIVE, "ndims")                                                                     \
	CALL(Cart_sub, COLLECTIVE, NULL)                                                                           \
	CALL(Graph_create, COLLECTIVE, "nnodes")                                                                   \
	CALL(Dist_graph_create, COLLECTIVE, "n")                                                                   \
	CALL(Dist_graph_create_adjacent, COLLECTIVE, "indegree", "outdegree")                                      \
	CALL(Intercomm_create, COLLECTIVE, "local_leader", "remote_leader", "tag")                                 \
	CALL(Intercomm_merge, COLLECTIVE, "high")                                                                  \
	CALL(Comm_spawn, OTHER, "maxprocs", "root")                                                                \
	CALL(Comm_spawn_multiple, OTHER, "count")                                                                  \
	CALL(Comm_accept, OTHER, "root")                                                                           \
	CALL(Comm_connect, OTHER, "root")                                                                          \
	CALL(Comm_join, OTHER, "fd")                                                                               \
	CALL(Win_create, RMA, NULL)                                                                                \
	CALL(Win_create_dynamic, RMA, NULL)                                                                        \
	CALL(Win_allocate, RMA, NULL)                                                                              \
	CALL(Win_allocate_shared, RMA, NULL)                                                                       \
	CALL(Win_free, RMA, NULL)                                                                                  \
	CALL(Win_fence, RMA, NULL)                                                                                 \
	CALL(Win_start, RMA, NULL)                                                                                 \
	CALL(Win_complete, RMA, NULL)                                                                              \
	CALL(Win_post, RMA, NULL)                                                                                  \
	CALL(Win_wait, RMA, NULL)                                                                                  \
	CALL(Win_lock, RMA, "rank")                                                                                \
	CALL(Win_lock_all, RMA, NULL)                                                                              \
	CALL(Win_unlock, RMA, "rank")                                                                              \
	CALL(Win_unlock_all, RMA, NULL)                                                                            \
	CALL(Win_flush, RMA, "rank")                                                                               \
	CALL(Win_flush_all, RMA, NULL)                                                                             \
	CALL(Win_flush_local, RMA, "rank")                                                                         \
	CALL(Win_flush_local_all, RMA, NULL)                                                                       \
	CALL(File_open, OTHER, NULL)                                                                               \
	CALL(File_close, OTHER, NULL)                                                                              \
	CALL(File_delete, OTHER, NULL)                                                                             \
	CALL(File_set_size, OTHER, NULL)                                                                           \
	CALL(File_preallocate, OTHER, NULL)                                                                        \
	CALL(File_set_view, OTHER, NULL)                                                                           \
	CALL(File_sync, OTHER, NULL)                                                                               \
	CALL(File_read, OTHER, "count")                                                                            \
	CALL(File_read_all, OTHER, "count")                                                                        \
	CALL(File_read_at, OTHER, "count")                                                                         \
	CALL(File_read_at_all, OTHER, "count")                                                                     \
	CALL(File_read_shared, OTHER, "count")                                                                     \
	CALL(File_read_ordered, OTHER, "count")                                                                    \
	CALL(File_read_all_begin, OTHER, "count")                                                                  \
	CALL(File_read_all_end, OTHER, NULL)                                                                       \
	CALL(File_read_at_all_begin, OTHER, "count")                                                               \
	CALL(File_read_at_all_end, OTHER, NULL)                                                                    \
	CALL(File_read_ordered_begin, OTHER, "count")                                                              \
	CALL(File_read_ordered_end, OTHER, NULL)                                                                   \
	CALL(File_write, OTHER, "count")                                                                           \
	CALL(File_write_all, OTHER, "count")                                                                       \
	CALL(File_write_at, OTHER, "count")                                                                        \
	CALL(File_write_at_all, OTHER, "count")                                                                    \
	CALL(File_write_shared, OTHER, "count")                                                                    \
	CALL(File_write_ordered, OTHER, "count")                                                                   \
	CALL(File_write_all_begin, OTHER, "count")                                                                 \
	CALL(File_write_all_end, OTHER, NULL)                                                                      \
	CALL(File_write_at_all_begin, OTHER, "count")                                                              \
	CALL(File_write_at_all_end, OTHER, NULL)                                                                   \
	CALL(File_write_ordered_begin, OTHER, "count")                                                             \
	CALL(File_write_ordered_end, OTHER, NULL)                                                                  \
	CALL(File_seek_shared, OTHER, NULL)
/* clang-format on */

enum call {
	CALL_NONE,
#define CALL(name, kind, ...) CALL_##name,
	CALLS(CALL)
#undef CALL
	/* ptpar's own, on the way through a test. */
	CALL_ENTER, /* making the test's communicator */
	CALL_ALL,   /* ptpar_assert_all and its kin */
	CALL_AGREE, /* between setup, call and teardown: did it fail anywhere? */
	CALL_TMPDIR,
	CALL_COUNT
};

enum call_kind call_kind(uint32_t number);

/* "MPI_Recv(source=0, tag=7)", "MPI_Barrier", "ptpar_assert_all"; "" for CALL_NONE. */
void call_tell(char *text, size_t size, uint32_t number, const int32_t args[CALL_ARGS]);

#endif
