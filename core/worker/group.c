/* group.c - a short list: a rank is a member of few groups at a time; the core bounds their number. */
#include "core/worker/group.h"

#include <stdlib.h>

#include "core/common/alloc.h"

static struct group *groups;
static MPI_Errhandler errhandler;

static struct group *add(uint64_t id, size_t n)
{
	struct group *g = xcalloc(1, sizeof(*g));

	g->id = id;
	g->n = (int)n;
	g->ranks = xcalloc(n, sizeof(*g->ranks));
	g->parent = MPI_COMM_NULL;
	for (int i = 0; i < LINGER; i++)
		g->lingering[i] = MPI_COMM_NULL;
	g->chain = groups;
	groups = g;
	return g;
}

void groups_init(MPI_Errhandler handler)
{
	struct group *alone = add(0, 1);

	errhandler = handler;
	PMPI_Comm_dup(MPI_COMM_SELF, &alone->parent);
	PMPI_Comm_set_errhandler(alone->parent, errhandler);
}

void group_add(uint64_t id, const uint32_t *ranks, size_t n)
{
	struct group *g = add(id, n);
	int me;

	PMPI_Comm_rank(MPI_COMM_WORLD, &me);
	for (size_t i = 0; i < n; i++) {
		g->ranks[i] = (int)ranks[i];
		if (g->ranks[i] == me)
			g->rank = (int)i;
	}
}

struct group *group_find(uint64_t id)
{
	struct group **p = &groups, *g;

	while (*p != NULL && (*p)->id != id)
		p = &(*p)->chain;
	g = *p;
	if (g != NULL && g != groups) { /* to the front: the next test is likely to be of the same group */
		*p = g->chain;
		g->chain = groups;
		groups = g;
	}
	return g;
}

static void release(MPI_Comm *comm)
{
	if (*comm != MPI_COMM_NULL)
		PMPI_Comm_free(comm);
}

static void destroy(struct group *g)
{
	free(g->ranks);
	free(g);
}

void group_remove(uint64_t id)
{
	struct group *g = group_find(id);

	if (g == NULL)
		return;
	groups = g->chain;
	for (unsigned i = 0; i < LINGER; i++)
		release(&g->lingering[(g->next + i) % LINGER]);
	release(&g->parent);
	destroy(g);
}

void group_abandon(struct group *g)
{
	g = group_find(g->id);
	groups = g->chain;
	destroy(g);
}

static int make_parent(struct group *g)
{
	MPI_Group world, members;
	int status;

	PMPI_Comm_group(MPI_COMM_WORLD, &world);
	PMPI_Group_incl(world, g->n, g->ranks, &members);
	status = PMPI_Comm_create_group(MPI_COMM_WORLD, members, (int)(g->id & 0x7fff), &g->parent);
	PMPI_Group_free(&members);
	PMPI_Group_free(&world);
	if (status == MPI_SUCCESS)
		PMPI_Comm_set_errhandler(g->parent, errhandler);
	return status;
}

int group_enter(struct group *g, MPI_Comm *comm)
{
	MPI_Comm *place = &g->lingering[g->next];
	int status = g->parent == MPI_COMM_NULL ? make_parent(g) : MPI_SUCCESS;

	if (status != MPI_SUCCESS)
		return status;
	release(place);
	status = PMPI_Comm_dup(g->parent, place);
	*comm = *place;
	g->next = (g->next + 1) % LINGER;
	return status;
}
