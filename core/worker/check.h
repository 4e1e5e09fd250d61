/* check.h - an MPI program that checks MPI itself: what `ptpar --doctor` has a launcher start. */
#ifndef CORE_WORKER_CHECK_H
#define CORE_WORKER_CHECK_H

/* Is MPI_COMM_WORLD of the size that argv[0] says, and do messages and shared memory arrive? Rank 0 writes what MPI
 * library it is into the file argv[1], one line. Returns the exit status of the process; says on standard error
 * what is wrong. */
int check(int argc, char **argv);

#endif
