/* nodes.c - where the ranks of a test are, in an allocation of two nodes of Slurm with two CPUs each. */
#include <stdlib.h>
#include <string.h>

#include <ptpar.h>

/* How many of the ranks are on the node of this one. */
static int count_neighbours(MPI_Comm comm)
{
	char name[64] = "", names[8][64] = { "" };
	const char *node = getenv("SLURMD_NODENAME");
	int size, n = 0;

	MPI_Comm_size(comm, &size);
	if (node != NULL)
		strncpy(name, node, sizeof(name) - 1);
	MPI_Allgather(name, sizeof(name), MPI_CHAR, names, sizeof(name), MPI_CHAR, comm);
	for (int i = 0; i < size; i++)
		n += name[0] != '\0' && strcmp(names[i], name) == 0;
	return n;
}

PTPAR_TEST(passes_on_all_nodes, 4)
{
	ptpar_assert_eq(count_neighbours(comm), 2);
}

PTPAR_TEST(passes_on_one_node, 2)
{
	ptpar_assert_eq(count_neighbours(comm), 2);
}

PTPAR_TEST(passes_on_one_node_too, 2)
{
	ptpar_assert_eq(count_neighbours(comm), 2);
}
