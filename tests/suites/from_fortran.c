/* from_fortran.c - see from_fortran.f90. */
#include <ptpar.h>

extern void wait_in_fortran(int comm);

PTPAR_TEST_WITH(timeouts_in_fortran, .np = { 1 }, .timeout = 0.5)
{
	wait_in_fortran(MPI_Comm_c2f(comm));
}
