/* calls.c - the wrappers. Each notes its call, calls the MPI library, and forgets the call again.
 *
 * A call inside of a call (of an MPI library that uses its own public functions) and calls of other threads than
 * the test's are let through unnoted.
 */
#include "core/worker/calls.h"

#include <dirent.h>
#include <pthread.h>
#include <stddef.h>

#include <ptpar/plugin.h>

/* calls.c of common tells these in words without mpi.h. */
_Static_assert(MPI_ANY_SOURCE == -1 && MPI_ANY_TAG == -1 && MPI_PROC_NULL == -2, "values of Open MPI");

static struct page_call *call;
static MPI_Comm own = MPI_COMM_NULL;
static pthread_t thread;

#define STORE(field, value) atomic_store_explicit(&call->field, value, memory_order_relaxed)
#define LOAD(field)         atomic_load_explicit(&call->field, memory_order_relaxed)

static uint32_t count_threads(void)
{
	DIR *d = opendir("/proc/self/task");
	uint32_t n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n < 2 ? 0 : n - 2; /* . and .. */
}

void calls_init(struct page *page)
{
	call = &page->call;
	thread = pthread_self();
	STORE(threads, count_threads());
}

void calls_begin_test(MPI_Comm comm)
{
	own = comm;
	STORE(volume, 0);
	calls_reset();
}

void calls_reset(void)
{
	STORE(number, CALL_NONE);
}

static bool on_the_tests_thread(void)
{
	if (pthread_equal(pthread_self(), thread))
		return true;
	STORE(foreign, 1);
	return false;
}

/* Of what a call without a simple count moves, nobody knows: take it for much. */
#define MUCH ((uint64_t)1 << 30)

static inline uint64_t bytes(int count, MPI_Datatype type)
{
	int size = 0;

	if (count <= 0 || type == MPI_DATATYPE_NULL || PMPI_Type_size(type, &size) != MPI_SUCCESS || size < 0)
		return 0;
	return (uint64_t)count * (uint64_t)size;
}

/* Returns whether the call was noted. */
static inline bool enter(enum call number, const void *caller, MPI_Comm comm, uint64_t volume, int a, int b, int c,
			 int d)
{
	int size = 0;

	if (call == NULL || !on_the_tests_thread() || LOAD(number) != CALL_NONE)
		return false;
	if (number >= CALL_Comm_spawn && number <= CALL_Comm_join) /* other jobs may send from now on */
		atomic_fetch_add(&call->outside, 1);
	if (comm != MPI_COMM_NULL)
		PMPI_Comm_size(comm, &size);
	STORE(comm_size, (uint32_t)size);
	STORE(is_own, comm != MPI_COMM_NULL && comm == own);
	STORE(args[0], a);
	STORE(args[1], b);
	STORE(args[2], c);
	STORE(args[3], d);
	STORE(caller, (uintptr_t)caller);
	STORE(volume, LOAD(volume) + volume);
	STORE(entries, LOAD(entries) + 1);
	atomic_store_explicit(&call->number, number, memory_order_release);
	return true;
}

static inline void leave(bool noted)
{
	if (noted)
		atomic_store_explicit(&call->number, CALL_NONE, memory_order_release);
}

void calls_enter_own(enum call number, int n)
{
	if (enter(number, NULL, MPI_COMM_NULL, 0, 0, 0, 0, 0))
		STORE(comm_size, (uint32_t)n);
}

void calls_leave_own(void)
{
	calls_reset();
}

/* clang-format off */
#define WRAP(NAME, PARAMETERS, ARGUMENTS, COMM, BYTES, A, B, C, D)                                                 \
	PTPAR_EXPORT int MPI_##NAME PARAMETERS                                                                     \
	{                                                                                                          \
		bool noted = enter(CALL_##NAME, __builtin_return_address(0), COMM, BYTES, A, B, C, D);             \
		int result = PMPI_##NAME ARGUMENTS;                                                                \
                                                                                                                   \
		leave(noted);                                                                                      \
		return result;                                                                                     \
	}

/* Those that do not block: only what they move is counted. */
#define COUNT(NAME, PARAMETERS, ARGUMENTS, BYTES)                                                                  \
	PTPAR_EXPORT int MPI_##NAME PARAMETERS                                                                     \
	{                                                                                                          \
		if (call != NULL && on_the_tests_thread())                                                         \
			STORE(volume, LOAD(volume) + BYTES);                                                       \
		return PMPI_##NAME ARGUMENTS;                                                                      \
	}

/* Those after which something outside of the test's communicators, or a function of the user's, may be what a blocking
 * call waits for; and those that end this. */
#define OUTSIDE(NAME, PARAMETERS, ARGUMENTS, CHANGE)                                                               \
	PTPAR_EXPORT int MPI_##NAME PARAMETERS                                                                     \
	{                                                                                                          \
		if (call != NULL)                                                                                  \
			atomic_fetch_add(&call->outside, (uint32_t)(CHANGE));                                      \
		return PMPI_##NAME ARGUMENTS;                                                                      \
	}

WRAP(Send, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm), (buf, count,
     datatype, dest, tag, comm), comm, bytes(count, datatype), dest, tag, 0, 0)
WRAP(Ssend, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm), (buf, count,
     datatype, dest, tag, comm), comm, bytes(count, datatype), dest, tag, 0, 0)
WRAP(Rsend, (const void *ibuf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm), (ibuf, count,
     datatype, dest, tag, comm), comm, bytes(count, datatype), dest, tag, 0, 0)
WRAP(Bsend, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm), (buf, count,
     datatype, dest, tag, comm), comm, bytes(count, datatype), dest, tag, 0, 0)
WRAP(Recv, (void *buf, int count, MPI_Datatype datatype, int source, int tag, MPI_Comm comm, MPI_Status *status),
     (buf, count, datatype, source, tag, comm, status), comm, bytes(count, datatype), source, tag, 0, 0)
WRAP(Probe, (int source, int tag, MPI_Comm comm, MPI_Status *status), (source, tag, comm, status), comm, 0,
     source, tag, 0, 0)
WRAP(Mprobe, (int source, int tag, MPI_Comm comm, MPI_Message *message, MPI_Status *status), (source, tag, comm,
     message, status), comm, 0, source, tag, 0, 0)
WRAP(Mrecv, (void *buf, int count, MPI_Datatype type, MPI_Message *message, MPI_Status *status), (buf, count,
     type, message, status), MPI_COMM_NULL, bytes(count, type), 0, 0, 0, 0)
WRAP(Sendrecv, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, int dest, int sendtag, void *recvbuf,
     int recvcount, MPI_Datatype recvtype, int source, int recvtag, MPI_Comm comm, MPI_Status *status), (sendbuf,
     sendcount, sendtype, dest, sendtag, recvbuf, recvcount, recvtype, source, recvtag, comm, status), comm,
     bytes(sendcount, sendtype) + bytes(recvcount, recvtype), dest, sendtag, source, recvtag)
WRAP(Sendrecv_replace, (void * buf, int count, MPI_Datatype datatype, int dest, int sendtag, int source, int
     recvtag, MPI_Comm comm, MPI_Status *status), (buf, count, datatype, dest, sendtag, source, recvtag, comm,
     status), comm, bytes(count, datatype), dest, sendtag, source, recvtag)
WRAP(Buffer_detach, (void *buffer, int *size), (buffer, size), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Wait, (MPI_Request *request, MPI_Status *status), (request, status), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Waitall, (int count, MPI_Request array_of_requests[], MPI_Status *array_of_statuses), (count,
     array_of_requests, array_of_statuses), MPI_COMM_NULL, 0, count, 0, 0, 0)
WRAP(Waitany, (int count, MPI_Request array_of_requests[], int *index, MPI_Status *status), (count,
     array_of_requests, index, status), MPI_COMM_NULL, 0, count, 0, 0, 0)
WRAP(Waitsome, (int incount, MPI_Request array_of_requests[], int *outcount, int array_of_indices[], MPI_Status
     array_of_statuses[]), (incount, array_of_requests, outcount, array_of_indices, array_of_statuses),
     MPI_COMM_NULL, 0, incount, 0, 0, 0)
WRAP(Barrier, (MPI_Comm comm), (comm), comm, 0, 0, 0, 0, 0)
WRAP(Bcast, (void *buffer, int count, MPI_Datatype datatype, int root, MPI_Comm comm), (buffer, count, datatype,
     root, comm), comm, bytes(count, datatype), count, root, 0, 0)
WRAP(Gather, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, int root, MPI_Comm comm), (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype,
     root, comm), comm, bytes(sendcount, sendtype) + bytes(recvcount, recvtype), root, 0, 0, 0)
WRAP(Gatherv, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, const int recvcounts[],
     const int displs[], MPI_Datatype recvtype, int root, MPI_Comm comm), (sendbuf, sendcount, sendtype, recvbuf,
     recvcounts, displs, recvtype, root, comm), comm, MUCH, root, 0, 0, 0)
WRAP(Scatter, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, int root, MPI_Comm comm), (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype,
     root, comm), comm, bytes(sendcount, sendtype) + bytes(recvcount, recvtype), root, 0, 0, 0)
WRAP(Scatterv, (const void *sendbuf, const int sendcounts[], const int displs[], MPI_Datatype sendtype, void
     *recvbuf, int recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm), (sendbuf, sendcounts, displs,
     sendtype, recvbuf, recvcount, recvtype, root, comm), comm, MUCH, root, 0, 0, 0)
WRAP(Allgather, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, MPI_Comm comm), (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm),
     comm, bytes(sendcount, sendtype) + bytes(recvcount, recvtype), 0, 0, 0, 0)
WRAP(Allgatherv, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, const int
     recvcounts[], const int displs[], MPI_Datatype recvtype, MPI_Comm comm), (sendbuf, sendcount, sendtype,
     recvbuf, recvcounts, displs, recvtype, comm), comm, MUCH, 0, 0, 0, 0)
WRAP(Alltoall, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, MPI_Comm comm), (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm),
     comm, bytes(sendcount, sendtype) + bytes(recvcount, recvtype), 0, 0, 0, 0)
WRAP(Alltoallv, (const void *sendbuf, const int sendcounts[], const int sdispls[], MPI_Datatype sendtype, void
     *recvbuf, const int recvcounts[], const int rdispls[], MPI_Datatype recvtype, MPI_Comm comm), (sendbuf,
     sendcounts, sdispls, sendtype, recvbuf, recvcounts, rdispls, recvtype, comm), comm, MUCH, 0, 0, 0, 0)
WRAP(Alltoallw, (const void *sendbuf, const int sendcounts[], const int sdispls[], const MPI_Datatype sendtypes[],
     void *recvbuf, const int recvcounts[], const int rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm),
     (sendbuf, sendcounts, sdispls, sendtypes, recvbuf, recvcounts, rdispls, recvtypes, comm), comm, MUCH, 0, 0,
     0, 0)
WRAP(Reduce, (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op, int root, MPI_Comm
     comm), (sendbuf, recvbuf, count, datatype, op, root, comm), comm, bytes(count, datatype), count, root, 0, 0)
WRAP(Allreduce, (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm),
     (sendbuf, recvbuf, count, datatype, op, comm), comm, bytes(count, datatype), count, 0, 0, 0)
WRAP(Reduce_scatter, (const void *sendbuf, void *recvbuf, const int recvcounts[], MPI_Datatype datatype, MPI_Op
     op, MPI_Comm comm), (sendbuf, recvbuf, recvcounts, datatype, op, comm), comm, MUCH, 0, 0, 0, 0)
WRAP(Reduce_scatter_block, (const void *sendbuf, void *recvbuf, int recvcount, MPI_Datatype datatype, MPI_Op op,
     MPI_Comm comm), (sendbuf, recvbuf, recvcount, datatype, op, comm), comm, bytes(recvcount, datatype),
     recvcount, 0, 0, 0)
WRAP(Scan, (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm),
     (sendbuf, recvbuf, count, datatype, op, comm), comm, bytes(count, datatype), count, 0, 0, 0)
WRAP(Exscan, (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm),
     (sendbuf, recvbuf, count, datatype, op, comm), comm, bytes(count, datatype), count, 0, 0, 0)
WRAP(Neighbor_allgather, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, MPI_Comm comm), (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm),
     comm, bytes(sendcount, sendtype) + bytes(recvcount, recvtype), 0, 0, 0, 0)
WRAP(Neighbor_allgatherv, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, const int
     recvcounts[], const int displs[], MPI_Datatype recvtype, MPI_Comm comm), (sendbuf, sendcount, sendtype,
     recvbuf, recvcounts, displs, recvtype, comm), comm, MUCH, 0, 0, 0, 0)
WRAP(Neighbor_alltoall, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, MPI_Comm comm), (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm),
     comm, bytes(sendcount, sendtype) + bytes(recvcount, recvtype), 0, 0, 0, 0)
WRAP(Neighbor_alltoallv, (const void *sendbuf, const int sendcounts[], const int sdispls[], MPI_Datatype sendtype,
     void *recvbuf, const int recvcounts[], const int rdispls[], MPI_Datatype recvtype, MPI_Comm comm), (sendbuf,
     sendcounts, sdispls, sendtype, recvbuf, recvcounts, rdispls, recvtype, comm), comm, MUCH, 0, 0, 0, 0)
WRAP(Neighbor_alltoallw, (const void *sendbuf, const int sendcounts[], const MPI_Aint sdispls[], const
     MPI_Datatype sendtypes[], void *recvbuf, const int recvcounts[], const MPI_Aint rdispls[], const MPI_Datatype
     recvtypes[], MPI_Comm comm), (sendbuf, sendcounts, sdispls, sendtypes, recvbuf, recvcounts, rdispls,
     recvtypes, comm), comm, MUCH, 0, 0, 0, 0)
WRAP(Comm_dup, (MPI_Comm comm, MPI_Comm *newcomm), (comm, newcomm), comm, 0, 0, 0, 0, 0)
WRAP(Comm_dup_with_info, (MPI_Comm comm, MPI_Info info, MPI_Comm *newcomm), (comm, info, newcomm), comm, 0, 0, 0,
     0, 0)
WRAP(Comm_create, (MPI_Comm comm, MPI_Group group, MPI_Comm *newcomm), (comm, group, newcomm), comm, 0, 0, 0, 0,
     0)
WRAP(Comm_create_group, (MPI_Comm comm, MPI_Group group, int tag, MPI_Comm *newcomm), (comm, group, tag, newcomm),
     comm, 0, tag, 0, 0, 0)
WRAP(Comm_split, (MPI_Comm comm, int color, int key, MPI_Comm *newcomm), (comm, color, key, newcomm), comm, 0,
     color, key, 0, 0)
WRAP(Comm_split_type, (MPI_Comm comm, int split_type, int key, MPI_Info info, MPI_Comm *newcomm), (comm,
     split_type, key, info, newcomm), comm, 0, split_type, key, 0, 0)
WRAP(Cart_create, (MPI_Comm old_comm, int ndims, const int dims[], const int periods[], int reorder, MPI_Comm
     *comm_cart), (old_comm, ndims, dims, periods, reorder, comm_cart), old_comm, 0, ndims, 0, 0, 0)
WRAP(Cart_sub, (MPI_Comm comm, const int remain_dims[], MPI_Comm *new_comm), (comm, remain_dims, new_comm), comm,
     0, 0, 0, 0, 0)
WRAP(Graph_create, (MPI_Comm comm_old, int nnodes, const int index[], const int edges[], int reorder, MPI_Comm
     *comm_graph), (comm_old, nnodes, index, edges, reorder, comm_graph), comm_old, 0, nnodes, 0, 0, 0)
WRAP(Dist_graph_create, (MPI_Comm comm_old, int n, const int nodes[], const int degrees[], const int targets[],
     const int weights[], MPI_Info info, int reorder, MPI_Comm * newcomm), (comm_old, n, nodes, degrees, targets,
     weights, info, reorder, newcomm), comm_old, 0, n, 0, 0, 0)
WRAP(Dist_graph_create_adjacent, (MPI_Comm comm_old, int indegree, const int sources[], const int sourceweights[],
     int outdegree, const int destinations[], const int destweights[], MPI_Info info, int reorder, MPI_Comm
     *comm_dist_graph), (comm_old, indegree, sources, sourceweights, outdegree, destinations, destweights, info,
     reorder, comm_dist_graph), comm_old, 0, indegree, outdegree, 0, 0)
WRAP(Intercomm_create, (MPI_Comm local_comm, int local_leader, MPI_Comm bridge_comm, int remote_leader, int tag,
     MPI_Comm *newintercomm), (local_comm, local_leader, bridge_comm, remote_leader, tag, newintercomm),
     local_comm, 0, local_leader, remote_leader, tag, 0)
WRAP(Intercomm_merge, (MPI_Comm intercomm, int high, MPI_Comm *newintercomm), (intercomm, high, newintercomm),
     intercomm, 0, high, 0, 0, 0)
WRAP(Comm_spawn, (const char *command, char *argv[], int maxprocs, MPI_Info info, int root, MPI_Comm comm,
     MPI_Comm *intercomm, int array_of_errcodes[]), (command, argv, maxprocs, info, root, comm, intercomm,
     array_of_errcodes), comm, 0, maxprocs, root, 0, 0)
WRAP(Comm_spawn_multiple, (int count, char *array_of_commands[], char **array_of_argv[], const int
     array_of_maxprocs[], const MPI_Info array_of_info[], int root, MPI_Comm comm, MPI_Comm *intercomm, int
     array_of_errcodes[]), (count, array_of_commands, array_of_argv, array_of_maxprocs, array_of_info, root, comm,
     intercomm, array_of_errcodes), comm, 0, count, 0, 0, 0)
WRAP(Comm_accept, (const char *port_name, MPI_Info info, int root, MPI_Comm comm, MPI_Comm *newcomm), (port_name,
     info, root, comm, newcomm), comm, 0, root, 0, 0, 0)
WRAP(Comm_connect, (const char *port_name, MPI_Info info, int root, MPI_Comm comm, MPI_Comm *newcomm), (port_name,
     info, root, comm, newcomm), comm, 0, root, 0, 0, 0)
WRAP(Comm_join, (int fd, MPI_Comm *intercomm), (fd, intercomm), MPI_COMM_NULL, 0, fd, 0, 0, 0)
WRAP(Win_create, (void *base, MPI_Aint size, int disp_unit, MPI_Info info, MPI_Comm comm, MPI_Win *win), (base,
     size, disp_unit, info, comm, win), comm, 0, 0, 0, 0, 0)
WRAP(Win_create_dynamic, (MPI_Info info, MPI_Comm comm, MPI_Win *win), (info, comm, win), comm, 0, 0, 0, 0, 0)
WRAP(Win_allocate, (MPI_Aint size, int disp_unit, MPI_Info info, MPI_Comm comm, void *baseptr, MPI_Win *win),
     (size, disp_unit, info, comm, baseptr, win), comm, 0, 0, 0, 0, 0)
WRAP(Win_allocate_shared, (MPI_Aint size, int disp_unit, MPI_Info info, MPI_Comm comm, void *baseptr, MPI_Win
     *win), (size, disp_unit, info, comm, baseptr, win), comm, 0, 0, 0, 0, 0)
WRAP(Win_free, (MPI_Win *win), (win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Win_fence, (int assert, MPI_Win win), (assert, win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Win_start, (MPI_Group group, int assert, MPI_Win win), (group, assert, win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Win_complete, (MPI_Win win), (win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Win_post, (MPI_Group group, int assert, MPI_Win win), (group, assert, win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Win_wait, (MPI_Win win), (win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Win_lock, (int lock_type, int rank, int assert, MPI_Win win), (lock_type, rank, assert, win), MPI_COMM_NULL,
     0, rank, 0, 0, 0)
WRAP(Win_lock_all, (int assert, MPI_Win win), (assert, win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Win_unlock, (int rank, MPI_Win win), (rank, win), MPI_COMM_NULL, 0, rank, 0, 0, 0)
WRAP(Win_unlock_all, (MPI_Win win), (win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Win_flush, (int rank, MPI_Win win), (rank, win), MPI_COMM_NULL, 0, rank, 0, 0, 0)
WRAP(Win_flush_all, (MPI_Win win), (win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(Win_flush_local, (int rank, MPI_Win win), (rank, win), MPI_COMM_NULL, 0, rank, 0, 0, 0)
WRAP(Win_flush_local_all, (MPI_Win win), (win), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(File_open, (MPI_Comm comm, const char *filename, int amode, MPI_Info info, MPI_File *fh), (comm, filename,
     amode, info, fh), comm, 0, 0, 0, 0, 0)
WRAP(File_close, (MPI_File *fh), (fh), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(File_delete, (const char *filename, MPI_Info info), (filename, info), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(File_set_size, (MPI_File fh, MPI_Offset size), (fh, size), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(File_preallocate, (MPI_File fh, MPI_Offset size), (fh, size), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(File_set_view, (MPI_File fh, MPI_Offset disp, MPI_Datatype etype, MPI_Datatype filetype, const char *datarep,
     MPI_Info info), (fh, disp, etype, filetype, datarep, info), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(File_sync, (MPI_File fh), (fh), MPI_COMM_NULL, 0, 0, 0, 0, 0)
WRAP(File_read, (MPI_File fh, void *buf, int count, MPI_Datatype datatype, MPI_Status *status), (fh, buf, count,
     datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_read_all, (MPI_File fh, void *buf, int count, MPI_Datatype datatype, MPI_Status *status), (fh, buf,
     count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_read_at, (MPI_File fh, MPI_Offset offset, void *buf, int count, MPI_Datatype datatype, MPI_Status
     *status), (fh, offset, buf, count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_read_at_all, (MPI_File fh, MPI_Offset offset, void *buf, int count, MPI_Datatype datatype, MPI_Status
     *status), (fh, offset, buf, count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_read_shared, (MPI_File fh, void *buf, int count, MPI_Datatype datatype, MPI_Status *status), (fh, buf,
     count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_read_ordered, (MPI_File fh, void *buf, int count, MPI_Datatype datatype, MPI_Status *status), (fh, buf,
     count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_read_all_begin, (MPI_File fh, void *buf, int count, MPI_Datatype datatype), (fh, buf, count, datatype),
     MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_read_all_end, (MPI_File fh, void *buf, MPI_Status *status), (fh, buf, status), MPI_COMM_NULL, 0, 0, 0,
     0, 0)
WRAP(File_read_at_all_begin, (MPI_File fh, MPI_Offset offset, void *buf, int count, MPI_Datatype datatype), (fh,
     offset, buf, count, datatype), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_read_at_all_end, (MPI_File fh, void *buf, MPI_Status *status), (fh, buf, status), MPI_COMM_NULL, 0, 0,
     0, 0, 0)
WRAP(File_read_ordered_begin, (MPI_File fh, void *buf, int count, MPI_Datatype datatype), (fh, buf, count,
     datatype), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_read_ordered_end, (MPI_File fh, void *buf, MPI_Status *status), (fh, buf, status), MPI_COMM_NULL, 0, 0,
     0, 0, 0)
WRAP(File_write, (MPI_File fh, const void *buf, int count, MPI_Datatype datatype, MPI_Status *status), (fh, buf,
     count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_write_all, (MPI_File fh, const void *buf, int count, MPI_Datatype datatype, MPI_Status *status), (fh,
     buf, count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_write_at, (MPI_File fh, MPI_Offset offset, const void *buf, int count, MPI_Datatype datatype, MPI_Status
     *status), (fh, offset, buf, count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_write_at_all, (MPI_File fh, MPI_Offset offset, const void *buf, int count, MPI_Datatype datatype,
     MPI_Status *status), (fh, offset, buf, count, datatype, status), MPI_COMM_NULL, bytes(count, datatype),
     count, 0, 0, 0)
WRAP(File_write_shared, (MPI_File fh, const void *buf, int count, MPI_Datatype datatype, MPI_Status *status), (fh,
     buf, count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_write_ordered, (MPI_File fh, const void *buf, int count, MPI_Datatype datatype, MPI_Status *status),
     (fh, buf, count, datatype, status), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_write_all_begin, (MPI_File fh, const void *buf, int count, MPI_Datatype datatype), (fh, buf, count,
     datatype), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_write_all_end, (MPI_File fh, const void *buf, MPI_Status *status), (fh, buf, status), MPI_COMM_NULL, 0,
     0, 0, 0, 0)
WRAP(File_write_at_all_begin, (MPI_File fh, MPI_Offset offset, const void *buf, int count, MPI_Datatype datatype),
     (fh, offset, buf, count, datatype), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_write_at_all_end, (MPI_File fh, const void *buf, MPI_Status *status), (fh, buf, status), MPI_COMM_NULL,
     0, 0, 0, 0, 0)
WRAP(File_write_ordered_begin, (MPI_File fh, const void *buf, int count, MPI_Datatype datatype), (fh, buf, count,
     datatype), MPI_COMM_NULL, bytes(count, datatype), count, 0, 0, 0)
WRAP(File_write_ordered_end, (MPI_File fh, const void *buf, MPI_Status *status), (fh, buf, status), MPI_COMM_NULL,
     0, 0, 0, 0, 0)
WRAP(File_seek_shared, (MPI_File fh, MPI_Offset offset, int whence), (fh, offset, whence), MPI_COMM_NULL, 0, 0, 0,
     0, 0)
COUNT(Isend, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Request
     *request), (buf, count, datatype, dest, tag, comm, request), bytes(count, datatype))
COUNT(Issend, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Request
     *request), (buf, count, datatype, dest, tag, comm, request), bytes(count, datatype))
COUNT(Irsend, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Request
     *request), (buf, count, datatype, dest, tag, comm, request), bytes(count, datatype))
COUNT(Ibsend, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm, MPI_Request
     *request), (buf, count, datatype, dest, tag, comm, request), bytes(count, datatype))
COUNT(Irecv, (void *buf, int count, MPI_Datatype datatype, int source, int tag, MPI_Comm comm, MPI_Request
     *request), (buf, count, datatype, source, tag, comm, request), bytes(count, datatype))
COUNT(Put, (const void *origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank, MPI_Aint
     target_disp, int target_count, MPI_Datatype target_datatype, MPI_Win win), (origin_addr, origin_count,
     origin_datatype, target_rank, target_disp, target_count, target_datatype, win), bytes(origin_count,
     origin_datatype))
COUNT(Get, (void *origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank, MPI_Aint
     target_disp, int target_count, MPI_Datatype target_datatype, MPI_Win win), (origin_addr, origin_count,
     origin_datatype, target_rank, target_disp, target_count, target_datatype, win), bytes(origin_count,
     origin_datatype))
COUNT(Accumulate, (const void *origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank,
     MPI_Aint target_disp, int target_count, MPI_Datatype target_datatype, MPI_Op op, MPI_Win win), (origin_addr,
     origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, op, win),
     bytes(origin_count, origin_datatype))
COUNT(Get_accumulate, (const void *origin_addr, int origin_count, MPI_Datatype origin_datatype, void *result_addr,
     int result_count, MPI_Datatype result_datatype, int target_rank, MPI_Aint target_disp, int target_count,
     MPI_Datatype target_datatype, MPI_Op op, MPI_Win win), (origin_addr, origin_count, origin_datatype,
     result_addr, result_count, result_datatype, target_rank, target_disp, target_count, target_datatype, op,
     win), bytes(origin_count, origin_datatype))
COUNT(Rput, (const void *origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank, MPI_Aint
     target_disp, int target_cout, MPI_Datatype target_datatype, MPI_Win win, MPI_Request *request), (origin_addr,
     origin_count, origin_datatype, target_rank, target_disp, target_cout, target_datatype, win, request),
     bytes(origin_count, origin_datatype))
COUNT(Rget, (void *origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank, MPI_Aint
     target_disp, int target_count, MPI_Datatype target_datatype, MPI_Win win, MPI_Request *request),
     (origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count, target_datatype, win,
     request), bytes(origin_count, origin_datatype))
COUNT(Raccumulate, (const void *origin_addr, int origin_count, MPI_Datatype origin_datatype, int target_rank,
     MPI_Aint target_disp, int target_count, MPI_Datatype target_datatype, MPI_Op op, MPI_Win win, MPI_Request
     *request), (origin_addr, origin_count, origin_datatype, target_rank, target_disp, target_count,
     target_datatype, op, win, request), bytes(origin_count, origin_datatype))
COUNT(Start, (MPI_Request *request), (request), MUCH)
COUNT(Startall, (int count, MPI_Request array_of_requests[]), (count, array_of_requests), MUCH)
COUNT(Ibcast, (void *buffer, int count, MPI_Datatype datatype, int root, MPI_Comm comm, MPI_Request *request),
     (buffer, count, datatype, root, comm, request), bytes(count, datatype))
COUNT(Igather, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, int root, MPI_Comm comm, MPI_Request *request), (sendbuf, sendcount, sendtype,
     recvbuf, recvcount, recvtype, root, comm, request), bytes(sendcount, sendtype) + bytes(recvcount, recvtype))
COUNT(Igatherv, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, const int recvcounts[],
     const int displs[], MPI_Datatype recvtype, int root, MPI_Comm comm, MPI_Request *request), (sendbuf,
     sendcount, sendtype, recvbuf, recvcounts, displs, recvtype, root, comm, request), MUCH)
COUNT(Iscatter, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, int root, MPI_Comm comm, MPI_Request *request), (sendbuf, sendcount, sendtype,
     recvbuf, recvcount, recvtype, root, comm, request), bytes(sendcount, sendtype) + bytes(recvcount, recvtype))
COUNT(Iscatterv, (const void *sendbuf, const int sendcounts[], const int displs[], MPI_Datatype sendtype, void
     *recvbuf, int recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm, MPI_Request *request), (sendbuf,
     sendcounts, displs, sendtype, recvbuf, recvcount, recvtype, root, comm, request), MUCH)
COUNT(Iallgather, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, MPI_Comm comm, MPI_Request *request), (sendbuf, sendcount, sendtype, recvbuf,
     recvcount, recvtype, comm, request), bytes(sendcount, sendtype) + bytes(recvcount, recvtype))
COUNT(Iallgatherv, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, const int
     recvcounts[], const int displs[], MPI_Datatype recvtype, MPI_Comm comm, MPI_Request *request), (sendbuf,
     sendcount, sendtype, recvbuf, recvcounts, displs, recvtype, comm, request), MUCH)
COUNT(Ialltoall, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
     MPI_Datatype recvtype, MPI_Comm comm, MPI_Request *request), (sendbuf, sendcount, sendtype, recvbuf,
     recvcount, recvtype, comm, request), bytes(sendcount, sendtype) + bytes(recvcount, recvtype))
COUNT(Ialltoallv, (const void *sendbuf, const int sendcounts[], const int sdispls[], MPI_Datatype sendtype, void
     *recvbuf, const int recvcounts[], const int rdispls[], MPI_Datatype recvtype, MPI_Comm comm, MPI_Request
     *request), (sendbuf, sendcounts, sdispls, sendtype, recvbuf, recvcounts, rdispls, recvtype, comm, request),
     MUCH)
COUNT(Ialltoallw, (const void *sendbuf, const int sendcounts[], const int sdispls[], const MPI_Datatype
     sendtypes[], void *recvbuf, const int recvcounts[], const int rdispls[], const MPI_Datatype recvtypes[],
     MPI_Comm comm, MPI_Request *request), (sendbuf, sendcounts, sdispls, sendtypes, recvbuf, recvcounts, rdispls,
     recvtypes, comm, request), MUCH)
COUNT(Ireduce, (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op, int root,
     MPI_Comm comm, MPI_Request *request), (sendbuf, recvbuf, count, datatype, op, root, comm, request),
     bytes(count, datatype))
COUNT(Iallreduce, (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
     MPI_Request *request), (sendbuf, recvbuf, count, datatype, op, comm, request), bytes(count, datatype))
COUNT(Ireduce_scatter, (const void *sendbuf, void *recvbuf, const int recvcounts[], MPI_Datatype datatype, MPI_Op
     op, MPI_Comm comm, MPI_Request *request), (sendbuf, recvbuf, recvcounts, datatype, op, comm, request), MUCH)
COUNT(Ireduce_scatter_block, (const void *sendbuf, void *recvbuf, int recvcount, MPI_Datatype datatype, MPI_Op op,
     MPI_Comm comm, MPI_Request *request), (sendbuf, recvbuf, recvcount, datatype, op, comm, request),
     bytes(recvcount, datatype))
COUNT(Iscan, (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
     MPI_Request *request), (sendbuf, recvbuf, count, datatype, op, comm, request), bytes(count, datatype))
COUNT(Iexscan, (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
     MPI_Request *request), (sendbuf, recvbuf, count, datatype, op, comm, request), bytes(count, datatype))
COUNT(Ineighbor_allgather, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int
     recvcount, MPI_Datatype recvtype, MPI_Comm comm, MPI_Request *request), (sendbuf, sendcount, sendtype,
     recvbuf, recvcount, recvtype, comm, request), bytes(sendcount, sendtype) + bytes(recvcount, recvtype))
COUNT(Ineighbor_allgatherv, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, const int
     recvcounts[], const int displs[], MPI_Datatype recvtype, MPI_Comm comm, MPI_Request *request), (sendbuf,
     sendcount, sendtype, recvbuf, recvcounts, displs, recvtype, comm, request), MUCH)
COUNT(Ineighbor_alltoall, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int
     recvcount, MPI_Datatype recvtype, MPI_Comm comm, MPI_Request *request), (sendbuf, sendcount, sendtype,
     recvbuf, recvcount, recvtype, comm, request), bytes(sendcount, sendtype) + bytes(recvcount, recvtype))
COUNT(Ineighbor_alltoallv, (const void *sendbuf, const int sendcounts[], const int sdispls[], MPI_Datatype
     sendtype, void *recvbuf, const int recvcounts[], const int rdispls[], MPI_Datatype recvtype, MPI_Comm comm,
     MPI_Request *request), (sendbuf, sendcounts, sdispls, sendtype, recvbuf, recvcounts, rdispls, recvtype, comm,
     request), MUCH)
COUNT(Ineighbor_alltoallw, (const void *sendbuf, const int sendcounts[], const MPI_Aint sdispls[], const
     MPI_Datatype sendtypes[], void *recvbuf, const int recvcounts[], const MPI_Aint rdispls[], const MPI_Datatype
     recvtypes[], MPI_Comm comm, MPI_Request *request), (sendbuf, sendcounts, sdispls, sendtypes, recvbuf,
     recvcounts, rdispls, recvtypes, comm, request), MUCH)

OUTSIDE(File_iread, (MPI_File fh, void *buf, int count, MPI_Datatype datatype, MPI_Request *request), (fh, buf,
     count, datatype, request), +1)
OUTSIDE(File_iread_at, (MPI_File fh, MPI_Offset offset, void *buf, int count, MPI_Datatype datatype, MPI_Request
     *request), (fh, offset, buf, count, datatype, request), +1)
OUTSIDE(File_iread_all, (MPI_File fh, void *buf, int count, MPI_Datatype datatype, MPI_Request *request), (fh,
     buf, count, datatype, request), +1)
OUTSIDE(File_iread_at_all, (MPI_File fh, MPI_Offset offset, void *buf, int count, MPI_Datatype datatype,
     MPI_Request *request), (fh, offset, buf, count, datatype, request), +1)
OUTSIDE(File_iread_shared, (MPI_File fh, void *buf, int count, MPI_Datatype datatype, MPI_Request *request), (fh,
     buf, count, datatype, request), +1)
OUTSIDE(File_iwrite, (MPI_File fh, const void *buf, int count, MPI_Datatype datatype, MPI_Request *request), (fh,
     buf, count, datatype, request), +1)
OUTSIDE(File_iwrite_at, (MPI_File fh, MPI_Offset offset, const void *buf, int count, MPI_Datatype datatype,
     MPI_Request *request), (fh, offset, buf, count, datatype, request), +1)
OUTSIDE(File_iwrite_all, (MPI_File fh, const void *buf, int count, MPI_Datatype datatype, MPI_Request *request),
     (fh, buf, count, datatype, request), +1)
OUTSIDE(File_iwrite_at_all, (MPI_File fh, MPI_Offset offset, const void *buf, int count, MPI_Datatype datatype,
     MPI_Request *request), (fh, offset, buf, count, datatype, request), +1)
OUTSIDE(File_iwrite_shared, (MPI_File fh, const void *buf, int count, MPI_Datatype datatype, MPI_Request
     *request), (fh, buf, count, datatype, request), +1)
OUTSIDE(Op_create, (MPI_User_function *function, int commute, MPI_Op *op), (function, commute, op), +1)
OUTSIDE(Grequest_start, (MPI_Grequest_query_function *query_fn, MPI_Grequest_free_function *free_fn,
     MPI_Grequest_cancel_function *cancel_fn, void *extra_state, MPI_Request *request), (query_fn, free_fn,
     cancel_fn, extra_state, request), +1)
OUTSIDE(Comm_create_keyval, (MPI_Comm_copy_attr_function *comm_copy_attr_fn, MPI_Comm_delete_attr_function
     *comm_delete_attr_fn, int *comm_keyval, void *extra_state), (comm_copy_attr_fn, comm_delete_attr_fn,
     comm_keyval, extra_state), +1)
OUTSIDE(Type_create_keyval, (MPI_Type_copy_attr_function *type_copy_attr_fn, MPI_Type_delete_attr_function
     *type_delete_attr_fn, int *type_keyval, void *extra_state), (type_copy_attr_fn, type_delete_attr_fn,
     type_keyval, extra_state), +1)
OUTSIDE(Win_create_keyval, (MPI_Win_copy_attr_function *win_copy_attr_fn, MPI_Win_delete_attr_function
     *win_delete_attr_fn, int *win_keyval, void *extra_state), (win_copy_attr_fn, win_delete_attr_fn, win_keyval,
     extra_state), +1)
OUTSIDE(Op_free, (MPI_Op *op), (op), -1)
OUTSIDE(Comm_free_keyval, (int *comm_keyval), (comm_keyval), -1)
OUTSIDE(Type_free_keyval, (int *type_keyval), (type_keyval), -1)
OUTSIDE(Win_free_keyval, (int *win_keyval), (win_keyval), -1)
