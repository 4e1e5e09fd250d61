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

# FUZZ_CC: a clang with libFuzzer, for `make fuzz`; empty with FUZZ_MISSING, the reason and the remedy, if there is none.
AC_DEFUN([PTPAR_FUZZ], [
  AC_ARG_VAR([FUZZ_CC], [clang with libFuzzer, for make fuzz])
  AC_CHECK_PROGS([FUZZ_CC], [clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14])
  FUZZ_MISSING="the fuzzers need clang. On Debian and Ubuntu: apt-get install clang libclang-rt-dev; then configure again"
  AS_IF([test -n "$FUZZ_CC"], [
    AC_MSG_CHECKING([whether $FUZZ_CC has libFuzzer])
    AC_LANG_CONFTEST([AC_LANG_SOURCE([[
#include <stddef.h>
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) { return data == NULL && size > 0; }
]])])
    AS_IF([$FUZZ_CC -fsanitize=fuzzer,address,undefined conftest.c -o conftest$ac_exeext >&AS_MESSAGE_LOG_FD 2>&1],
      [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       FUZZ_MISSING="$FUZZ_CC has no libFuzzer. On Debian and Ubuntu: apt-get install libclang-rt-dev; then configure again"
       FUZZ_CC=])
    rm -f conftest.c conftest$ac_exeext
  ])
  AS_IF([test -n "$FUZZ_CC"], [FUZZ_MISSING=], [AC_MSG_NOTICE([without make fuzz: $FUZZ_MISSING])])
  AC_SUBST([FUZZ_MISSING])
])
