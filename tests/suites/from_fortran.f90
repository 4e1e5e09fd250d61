! from_fortran.f90 - a suite's function in Fortran: it waits in MPI_Recv for a message that never comes.
subroutine wait_in_fortran(comm) bind(c)
  use iso_c_binding
  use mpi
  implicit none
  integer(c_int), value :: comm
  integer :: x, ierr
  call MPI_Recv(x, 1, MPI_INTEGER, 0, 5, comm, MPI_STATUS_IGNORE, ierr) ! here: fortran
end subroutine
