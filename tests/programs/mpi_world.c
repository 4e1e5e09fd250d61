/* mpi_world.c - an MPI program that uses what depends on its launcher, and says what it finds: its output is the
 * same under every launcher, but for the order of lines.
 *
 *   mpi_world FILE    a file of its own, for MPI-IO
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 8 << 20, BLOCK = 100000 };

static int rank, size;

static void check(int condition, const char *what)
{
	if (condition)
		return;
	printf("rank %d: wrong: %s\n", rank, what);
	fflush(stdout);
	MPI_Abort(MPI_COMM_WORLD, 9);
}

static void tell(const char *what, int value)
{
	printf("rank %d: %s: %d\n", rank, what, value);
}

static void tell_text(const char *what, const char *value)
{
	printf("rank %d: %s: %s\n", rank, what, value == NULL ? "(none)" : value);
}

static void identity(void)
{
	static const char *const variables[] = { "OMPI_COMM_WORLD_RANK",       "OMPI_COMM_WORLD_SIZE",
						 "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE",
						 "OMPI_APP_CTX_NUM_PROCS",     "OMPI_NUM_APP_CTX",
						 "OMPI_FIRST_RANKS",           "OMPI_COMMAND" };
	char name[MPI_MAX_PROCESSOR_NAME];
	int length, *appnum, *universe, flag, thread;
	MPI_Comm parent;

	tell("size", size);
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		tell_text(variables[i], getenv(variables[i]));
	MPI_Get_processor_name(name, &length);
	tell_text("processor", name);
	MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_APPNUM, &appnum, &flag);
	tell("application", flag ? *appnum : -1);
	MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_UNIVERSE_SIZE, &universe, &flag);
	check(flag && *universe > 0, "the size of the universe");
	MPI_Comm_get_parent(&parent);
	tell("has a parent", parent != MPI_COMM_NULL);
	MPI_Query_thread(&thread);
	tell("threads", thread);
}

static void info_env(void)
{
	static const char *const keys[] = { "command", "argv", "maxprocs" };
	char value[256];
	int flag;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		MPI_Info_get(MPI_INFO_ENV, keys[i], sizeof(value) - 1, value, &flag);
		tell_text(keys[i], flag ? value : NULL);
	}
}

static void shared_window(void)
{
	MPI_Comm node;
	MPI_Win window;
	int node_rank, node_size, *mine, *first, unit;
	MPI_Aint bytes;

	MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
	MPI_Comm_rank(node, &node_rank);
	MPI_Comm_size(node, &node_size);
	tell("rank on the node", node_rank);
	tell("ranks on the node", node_size);
	MPI_Win_allocate_shared(sizeof(int), sizeof(int), MPI_INFO_NULL, node, &mine, &window);
	MPI_Win_fence(0, window);
	*mine = 100 + node_rank;
	MPI_Win_fence(0, window);
	MPI_Win_shared_query(window, 0, &bytes, &unit, &first);
	for (int i = 0; i < node_size; i++)
		check(first[i] == 100 + i, "a rank's part of the shared window");
	MPI_Win_fence(0, window);
	MPI_Win_free(&window);
	MPI_Comm_free(&node);
}

static void one_sided(void)
{
	int next = (rank + 1) % size, value = -1, *memory;
	MPI_Win window;

	MPI_Win_allocate(sizeof(int), sizeof(int), MPI_INFO_NULL, MPI_COMM_WORLD, &memory, &window);
	*memory = -1;
	MPI_Win_fence(0, window);
	MPI_Put(&rank, 1, MPI_INT, next, 0, 1, MPI_INT, window);
	MPI_Win_fence(0, window);
	check(*memory == (rank + size - 1) % size, "what the left neighbour has put");
	MPI_Win_lock(MPI_LOCK_SHARED, next, 0, window);
	MPI_Get(&value, 1, MPI_INT, next, 0, 1, MPI_INT, window);
	MPI_Win_unlock(next, window);
	check(value == rank, "what was got from the right neighbour");
	MPI_Win_free(&window);
}

static void file(char *name)
{
	char *block = malloc(BLOCK), *all = malloc((size_t)BLOCK * (size_t)size);
	MPI_File f;
	MPI_Offset bytes;

	memset(block, 'a' + rank, BLOCK);
	check(MPI_File_open(MPI_COMM_WORLD, name, MPI_MODE_CREATE | MPI_MODE_RDWR, MPI_INFO_NULL, &f) ==
		      MPI_SUCCESS,
	      "opening a file");
	MPI_File_write_at_all(f, (MPI_Offset)rank * BLOCK, block, BLOCK, MPI_CHAR, MPI_STATUS_IGNORE);
	MPI_File_sync(f);
	MPI_Barrier(MPI_COMM_WORLD);
	MPI_File_get_size(f, &bytes);
	tell("bytes in the file", (int)bytes);
	MPI_File_read_at_all(f, 0, all, BLOCK * size, MPI_CHAR, MPI_STATUS_IGNORE);
	for (int i = 0; i < BLOCK * size; i++)
		check(all[i] == 'a' + i / BLOCK, "what was read from the file");
	/* The shared pointer needs a file in the session's directory. */
	MPI_File_seek_shared(f, 0, MPI_SEEK_SET);
	MPI_File_write_ordered(f, block, 1, MPI_CHAR, MPI_STATUS_IGNORE);
	MPI_File_sync(f);
	MPI_Barrier(MPI_COMM_WORLD);
	MPI_File_read_at_all(f, 0, all, size, MPI_CHAR, MPI_STATUS_IGNORE);
	for (int i = 0; i < size; i++)
		check(all[i] == 'a' + i, "what was written by the shared pointer");
	MPI_File_close(&f);
	if (rank == 0)
		MPI_File_delete(name, MPI_INFO_NULL);
	free(block);
	free(all);
}

static void large_messages(void)
{
	int right = (rank + 1) % size, left = (rank + size - 1) % size;
	char *out = malloc(LARGE), *in = malloc(LARGE);

	memset(out, rank + 1, LARGE);
	for (int i = 0; i < 3; i++) {
		memset(in, 0, LARGE);
		MPI_Sendrecv(out, LARGE, MPI_CHAR, right, i, in, LARGE, MPI_CHAR, left, i, MPI_COMM_WORLD,
			     MPI_STATUS_IGNORE);
		check(in[0] == left + 1 && in[LARGE - 1] == left + 1 && memchr(in, 0, LARGE) == NULL,
		      "a large message");
	}
	free(out);
	free(in);
}

static void collectives(void)
{
	int sum = 0, all[64], out[64], in[64];
	MPI_Request request;

	for (int i = 0; i < 200; i++) {
		MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
		check(sum == size * (size - 1) / 2, "a sum");
	}
	MPI_Allgather(&rank, 1, MPI_INT, all, 1, MPI_INT, MPI_COMM_WORLD);
	for (int i = 0; i < size; i++) {
		check(all[i] == i, "a gathered rank");
		out[i] = rank * 64 + i;
	}
	MPI_Alltoall(out, 1, MPI_INT, in, 1, MPI_INT, MPI_COMM_WORLD);
	for (int i = 0; i < size; i++)
		check(in[i] == i * 64 + rank, "what came from a rank");
	MPI_Ibarrier(MPI_COMM_WORLD, &request);
	MPI_Wait(&request, MPI_STATUS_IGNORE);
}

/* Two halves, and messages between them. */
static void communicators(void)
{
	MPI_Comm half, between, merged;
	int sum = 0, merged_size;

	if (size < 2)
		return;
	MPI_Comm_split(MPI_COMM_WORLD, rank % 2, 0, &half);
	MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - rank % 2, 0, &between);
	MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, between);
	tell("sum of the other half", sum);
	MPI_Intercomm_merge(between, rank % 2, &merged);
	MPI_Comm_size(merged, &merged_size);
	check(merged_size == size, "the merged size");
	MPI_Comm_free(&merged);
	MPI_Comm_free(&between);
	MPI_Comm_free(&half);
}

int main(int argc, char **argv)
{
	int thread;

	MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &thread);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	if (argc != 2 || size > 64)
		MPI_Abort(MPI_COMM_WORLD, 8);
	identity();
	info_env();
	shared_window();
	one_sided();
	file(argv[1]);
	large_messages();
	collectives();
	communicators();
	MPI_Finalize();
	printf("rank %d: done\n", rank);
	return 0;
}
