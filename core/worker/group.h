/* group.h - communicators: groups of ranks, and the private communicator that each test gets.
 *
 * What makes a test's communicator private, and cheap:
 *
 * - Each group has a parent communicator that no test ever sees. It is made once, when the group's first test
 * begins (MPI_Comm_create_group costs several times as much as MPI_Comm_dup). Each test gets a duplicate of the
 * parent: messages, attributes, error handler and info of one test are bound to a context that the next does not
 * have.
 * - What the worker itself says to the other ranks of a test (setup failed, I have ended) goes over the parent.
 * - A duplicate is not freed when its test ends, but only LINGER tests of the group later. Open MPI gives the
 * context id of a communicator out again as soon as it is freed; a message that nobody received may still be under
 * way then, and would arrive in a later test's communicator. A test ends on all of its ranks before the next of the
 *   group begins, so by then what was under way has arrived at the old one, and goes with it.
 * - A test that frees `comm` only seems to: the worker intercepts MPI_Comm_free and MPI_Comm_disconnect for it, so
 *   that nothing is freed twice and no context id comes back early.
 *
 * Each rank frees the communicators of a group in the same order, since each test of it is run by all of its ranks.
 */
#ifndef CORE_WORKER_GROUP_H
#define CORE_WORKER_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include <mpi.h>

enum { LINGER = 4 };

struct group {
	uint64_t id;                /* 0: this rank alone */
	int n;                      /* its size */
	int rank;                   /* ours in it */
	int *ranks;                 /* in MPI_COMM_WORLD */
	MPI_Comm parent;            /* MPI_COMM_NULL until the first test */
	MPI_Comm lingering[LINGER]; /* a ring of duplicates */
	unsigned next;              /* where in the ring the next one goes */
	struct group *chain;
};

/* Once, after MPI_Init. handler: of all communicators that tests get. */
void groups_init(MPI_Errhandler handler);
/* Notes a group; makes nothing yet. */
void group_add(uint64_t id, const uint32_t *ranks, size_t n);
/* The group of that number; NULL if there is none. */
struct group *group_find(uint64_t id);
/* Frees a group and its communicators. */
void group_remove(uint64_t id);

/* Collective over the group: a new communicator for a test. Returns an MPI error code. */
int group_enter(struct group *g, MPI_Comm *comm);
/* Gives up the group's communicators without another word to its ranks, since one of them is dead. */
void group_abandon(struct group *g);

#endif
