/* mpi_end.c - an MPI program that ends, or goes on, in the way that it is told.
 *
 *   mpi_end HOW [RANK]
 *
 * The rank (the last one) does it; the others wait for it in a barrier and then finalize.
 */
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void abort_by_mpi(void)
{
	MPI_Abort(MPI_COMM_WORLD, 7);
}

static void crash(void)
{
	raise(SIGSEGV);
}

static void leave(void)
{
	exit(3);
}

static void leave_well(void)
{
	_exit(0);
}

static void be_killed(void)
{
	kill(getpid(), SIGKILL);
}

static void hang(void)
{
	for (;;)
		pause();
}

/* Says how it ended: one that hangs says nothing. */
static void spawn(void)
{
	MPI_Comm children;
	int error;

	MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
	error = MPI_Comm_spawn("/bin/true", MPI_ARGV_NULL, 1, MPI_INFO_NULL, 0, MPI_COMM_SELF, &children,
			       MPI_ERRCODES_IGNORE);
	printf("MPI_Comm_spawn: %s\n", error == MPI_SUCCESS ? "done" : "refused");
}

static void publish(void)
{
	char port[MPI_MAX_PORT_NAME] = "port";
	int published, found;

	MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	published = MPI_Publish_name("a service", MPI_INFO_NULL, port);
	found = MPI_Lookup_name("a service", MPI_INFO_NULL, port);
	printf("MPI_Publish_name: %s\n", published == MPI_SUCCESS ? "done" : "refused");
	printf("MPI_Lookup_name: %s\n", found == MPI_SUCCESS ? "done" : "refused");
}

static const struct {
	const char *name;
	void (*how)(void);
	int before_init;
} ways[] = {
	{ "finalize", NULL, 0 },     { "abort", abort_by_mpi, 0 }, { "crash", crash, 0 },
	{ "exit", leave, 0 },        { "exit-0", leave_well, 0 },  { "killed", be_killed, 0 },
	{ "hang", hang, 0 },         { "spawn", spawn, 0 },        { "publish", publish, 0 },
	{ "crash-early", crash, 1 }, { "exit-early", leave, 1 },   { "none", leave_well, 1 },
};

/* What mpirun or else srun says, before MPI_Init. */
static int number(const char *of_mpirun, const char *of_srun)
{
	return atoi(getenv(of_mpirun) != NULL ? getenv(of_mpirun) : getenv(of_srun));
}

int main(int argc, char **argv)
{
	int rank = number("OMPI_COMM_WORLD_RANK", "SLURM_PROCID"),
	    size = number("OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"), who = size - 1;
	size_t i = 0;

	if (argc > 2)
		who = atoi(argv[2]);
	while (i < sizeof(ways) / sizeof(*ways) && argc > 1 && strcmp(ways[i].name, argv[1]) != 0)
		i++;
	if (argc < 2 || i == sizeof(ways) / sizeof(*ways))
		return 99;
	if (rank == who && ways[i].before_init)
		ways[i].how();
	MPI_Init(&argc, &argv);
	if (rank == who && ways[i].how != NULL)
		ways[i].how();
	MPI_Barrier(MPI_COMM_WORLD);
	MPI_Finalize();
	return 0;
}
