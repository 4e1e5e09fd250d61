/* ptpar/suite.h - what a suite and the source plugin `suite` have in common.
 *
 * Not for authors of suites: ptpar.h has what they write. This is the binary interface below it, stated once for
 * both sides: what a suite exports (struct ptpar_suite), and the functions that the plugin lends it (struct
 * ptpar_suite_api). Everything here is called in a rank of a test, on the thread that runs it. Pointers are
 * borrowed for the call.
 */
#ifndef PTPAR_SUITE_H
#define PTPAR_SUITE_H

/* mpi.h of Open MPI is not free of warnings in C++; what a system header includes is one as well. */
#pragma GCC system_header

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PTPAR_SUITE_MAGIC UINT32_C(0x70747375) /* "ptsu" */
#define PTPAR_SUITE_ABI   1

#define PTPAR_SUITE_MAX_NP 32                           /* values that .np takes */
#define PTPAR_SUITE_NP_ALL (-9223372036854775807LL - 1) /* every slot there is; as PTPAR_SOURCE_NP_ALL */
#define PTPAR_SUITE_NP_END (-9223372036854775807LL)     /* behind the last value of PTPAR_TEST */

typedef struct ptpar_test ptpar_test;

/* The fields of PTPAR_TEST_WITH. C++ wants them in this order. */
struct ptpar_suite_fields {
	long long np[PTPAR_SUITE_MAX_NP];
	double timeout;
	const char *tags;
	bool isolated;
	const char *xfail;
	void (*setup)(ptpar_test *test);
	void (*teardown)(ptpar_test *test);
	const char *const *params;
	bool end; /* written by the macro, so that its list of fields is never empty */
};

/* A test as it is declared. */
struct ptpar_suite_test {
	uint32_t abi;  /* PTPAR_SUITE_ABI: the objects of one suite may have seen different headers */
	uint32_t line; /* of the declaration */
	const char *file;
	const char *name;
	const long long *np; /* ended by PTPAR_SUITE_NP_END if `text` is NULL */
	const char *text;    /* the fields as they were written: tells `.np = {0}` from no .np; NULL: PTPAR_TEST */
	const struct ptpar_suite_fields *fields; /* NULL: PTPAR_TEST */
	void (*call)(ptpar_test *test, MPI_Comm comm);
	/* NULL in C. In C++: guard calls body(arg) and catches what comes; unwind throws what guard expects. */
	void (*guard)(void (*body)(void *arg), void *arg);
	void (*unwind)(void);
};

/* Where an assertion stands. */
struct ptpar_suite_site {
	const char *file;
	const char *text;  /* what is asserted, as its author would read it */
	const char *left;  /* the operands as they were written; NULL if there are none */
	const char *right; /* likewise */
	uint32_t line;
	bool fatal; /* a failure ends the phase */
};

enum ptpar_suite_relation { PTPAR_EQ, PTPAR_NE, PTPAR_LT, PTPAR_LE, PTPAR_GT, PTPAR_GE };

enum ptpar_suite_kind {
	PTPAR_KIND_SIGNED,
	PTPAR_KIND_UNSIGNED,
	PTPAR_KIND_BOOL,
	PTPAR_KIND_CHAR,
	PTPAR_KIND_POINTER,
	PTPAR_KIND_FLOAT,
	PTPAR_KIND_DOUBLE,
	PTPAR_KIND_LONG_DOUBLE,
};

/* An operand of a comparison: its kind says which of the rest counts. */
struct ptpar_suite_value {
	enum ptpar_suite_kind kind;
	long long integer;            /* SIGNED, CHAR */
	unsigned long long natural;   /* UNSIGNED, BOOL */
	const volatile void *pointer; /* POINTER */
	long double real;             /* FLOAT, DOUBLE, LONG_DOUBLE */
};

/* What the plugin lends. Those that return bool check something: true if it holds; if not, they note the failure
 * and end the phase if the site is fatal, else return false. Ending a phase means not to return. */
struct ptpar_suite_api {
	uint32_t abi;  /* PTPAR_SUITE_ABI of the plugin */
	uint32_t size; /* sizeof this table, bytes */

	bool (*check)(const struct ptpar_suite_site *site, bool holds);
	bool (*compare)(const struct ptpar_suite_site *site, enum ptpar_suite_relation relation,
			const struct ptpar_suite_value *left, const struct ptpar_suite_value *right);
	bool (*near)(const struct ptpar_suite_site *site, const struct ptpar_suite_value *left,
		     const struct ptpar_suite_value *right, const struct ptpar_suite_value *tolerance);
	bool (*str_eq)(const struct ptpar_suite_site *site, const char *left, const char *right);
	bool (*mem_eq)(const struct ptpar_suite_site *site, const void *left, const void *right, size_t n);
	/* Collective over the test. */
	bool (*all)(const struct ptpar_suite_site *site, bool holds);

	/* fail and skip end the phase. */
	void (*fail)(const char *file, uint32_t line, const char *format, va_list args);
	void (*skip)(const char *file, uint32_t line, const char *format, va_list args);
	void (*log)(const char *file, uint32_t line, const char *format, va_list args);
	/* Notes a C++ exception that nothing in the test has caught. what may be NULL. */
	void (*exception)(const char *type, const char *what);

	/* Collective over the test on its first call. Ends the phase if there is no directory. */
	const char *(*tmpdir)(void);
	MPI_Comm (*comm)(const ptpar_test *test);
	int (*rank)(const ptpar_test *test);
	int (*comm_size)(const ptpar_test *test);
	const char *(*param)(const ptpar_test *test);
	int (*param_index)(const ptpar_test *test);
	void (*set_data)(ptpar_test *test, void *data);
	void *(*data)(const ptpar_test *test);
};

/* What a suite exports, as the symbol `ptpar_suite`. */
struct ptpar_suite {
	uint32_t magic;                        /* PTPAR_SUITE_MAGIC */
	uint32_t abi;                          /* PTPAR_SUITE_ABI of the header that it was compiled with */
	uint32_t size;                         /* sizeof this struct, bytes */
	uint32_t test_size;                    /* sizeof(struct ptpar_suite_test), bytes */
	const struct ptpar_suite_test **begin; /* the tests, in whatever order the compiler left them */
	const struct ptpar_suite_test **end;   /* behind the last; both NULL if there are none */
	const struct ptpar_suite_api **api;    /* where the plugin puts its table */
};

#ifdef __cplusplus
}
#endif

#endif
