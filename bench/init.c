/* init.c - initialises MPI and ends: what mpirun and MPI_Init cost by themselves. */
#include <mpi.h>

int main(int argc, char **argv)
{
	MPI_Init(&argc, &argv);
	MPI_Finalize();
	return 0;
}
