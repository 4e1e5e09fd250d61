# PTPAR_PKG(VARIABLE, MODULES, PACKAGE): the first of the pkg-config MODULES that is there; an error
# naming the Debian PACKAGE if none is. A module with a version bound stands alone.
AC_DEFUN([PTPAR_PKG], [
  ptpar_found=no
  m4_if(m4_index([$2], [>]), [-1],
    [m4_foreach_w([ptpar_module], [$2],
      [AS_IF([test "x$ptpar_found" = xno],
        [PKG_CHECK_MODULES([$1], ptpar_module, [ptpar_found=yes], [ptpar_found=no])])
])],
    [PKG_CHECK_MODULES([$1], [$2], [ptpar_found=yes], [ptpar_found=no])])
  AS_IF([test "x$ptpar_found" = xno],
    [AC_MSG_ERROR([$2 is missing. On Debian and Ubuntu: apt-get install $3])])
])

# PTPAR_PKG_OPTIONAL(VARIABLE, MODULE, PACKAGE, PURPOSE): sets have_variable to yes or no.
AC_DEFUN([PTPAR_PKG_OPTIONAL], [
  PKG_CHECK_MODULES([$1], [$2],
    [m4_tolower([have_$1])=yes
     AC_DEFINE([HAVE_$1], [1], [Define to 1 if $2 is there.])],
    [m4_tolower([have_$1])=no
     AC_MSG_NOTICE([without $2 ($4): apt-get install $3])])
])

# libltdl has no .pc file.
AC_DEFUN([PTPAR_LTDL], [
  AC_CHECK_HEADER([ltdl.h], [],
    [AC_MSG_ERROR([ltdl.h is missing. On Debian and Ubuntu: apt-get install libltdl-dev])])
  AC_CHECK_LIB([ltdl], [lt_dlopen], [LTDL_LIBS=-lltdl],
    [AC_MSG_ERROR([libltdl is missing. On Debian and Ubuntu: apt-get install libltdl-dev])])
  AC_SUBST([LTDL_LIBS])
])

# MPI is for ptpar-worker, and for the suites of the tests: flags are asked of the wrapper compiler, so that
# one $CC builds everything and nothing but the worker is linked with it.
AC_DEFUN([PTPAR_MPI], [
  AC_ARG_VAR([MPICC], [MPI wrapper compiler for C])
  AC_ARG_VAR([MPICXX], [MPI wrapper compiler for C++])
  AC_PATH_PROGS([MPICC], [mpicc])
  AC_PATH_PROGS([MPICXX], [mpicxx mpic++])
  AS_IF([test -z "$MPICC"],
    [AC_MSG_ERROR([mpicc is missing. On Debian and Ubuntu: apt-get install libopenmpi-dev openmpi-bin])])
  MPI_CFLAGS=`$MPICC --showme:compile 2>/dev/null`
  AS_IF([test $? -ne 0],
    [AC_MSG_ERROR([$MPICC is not Open MPI's, the one MPI that ptpar knows so far. On Debian and Ubuntu: apt-get install libopenmpi-dev, then MPICC=mpicc.openmpi])])
  MPI_LIBS=`$MPICC --showme:link`
  ptpar_mpi_version="Open MPI `$MPICC --showme:version 2>/dev/null | sed -n 's/.*Open MPI \(@<:@0-9.@:>@*\).*/\1/p'`"
  AC_SUBST([MPI_CFLAGS])
  AC_SUBST([MPI_LIBS])
])

AC_DEFUN([PTPAR_WARNINGS], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [warnings are errors (for development and CI)])])
  PTPAR_CFLAGS="-std=gnu11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -fvisibility=hidden"
  AS_IF([test "x$enable_werror" = xyes], [PTPAR_CFLAGS="$PTPAR_CFLAGS -Werror"])
  AC_SUBST([PTPAR_CFLAGS])
])

# AddressSanitizer and UndefinedBehaviorSanitizer, in all three programs, the plugins and the unit tests.
AC_DEFUN([PTPAR_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers], [build with AddressSanitizer and UndefinedBehaviorSanitizer])])
  ptpar_sanitizers=no
  AS_IF([test "x$enable_sanitizers" = xyes], [
    ptpar_sanitizers="address,undefined"
    SANITIZER_FLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
  ])
  AM_CONDITIONAL([SANITIZERS], [test "x$enable_sanitizers" = xyes])
  AC_SUBST([SANITIZER_FLAGS])
])
