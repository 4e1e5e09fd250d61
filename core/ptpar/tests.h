/* tests.h - the tests of a run: what was collected, and what has become of each. */
#ifndef CORE_PTPAR_TESTS_H
#define CORE_PTPAR_TESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ptpar/source.h>

#include "core/common/wire.h"
#include "core/ptpar/event.h"
#include "core/ptpar/settings.h"

enum test_state {
	TEST_WAITING,  /* the scheduler has it, or will get it */
	TEST_STARTED,  /* it has slots */
	TEST_HELD,     /* it has ended badly, and is to be tried alone: see confirm.h */
	TEST_FINISHED, /* it has its outcome */
};

enum isolation {
	ISOLATION_NO,    /* it runs in the pool */
	ISOLATION_FRESH, /* it gets fresh processes, with an MPI_COMM_WORLD of its size */
	ISOLATION_WORLD, /* its processes may have run other tests of the kind */
};

/* A file that tests come from. */
struct suite {
	char *path;   /* to open it */
	char *plugin; /* name of its source plugin */
};

struct previous;

struct test {
	char *id;        /* SOURCE::NAME[NP] */
	char *name;      /* NAME[NP], as in JUnit */
	char *case_name; /* NAME, as the source knows it */
	char *xfail;     /* or NULL */
	char *tags;      /* or NULL */
	uint32_t suite;  /* index into tests.suites */
	uint32_t index;  /* the source's own number for it */
	uint32_t np;
	bool np_declared;
	double timeout;   /* seconds; 0: none */
	uint32_t retries; /* further attempts if it ends badly */
	enum isolation isolation;
	bool is_program;  /* it is no function of a suite: always isolated */
	uint32_t threads; /* cores that each of its processes needs */
	bool comes_first; /* it starts before those that do not */
	char *fault;      /* why it can't be run at all: an error of collection; or NULL */
	enum test_state state;
	uint32_t attempts;
	bool had_accident; /* its processes were killed while they started */
	bool was_lost;     /* an attempt was lost through no fault of its own, with an agent */
};

/* Something that could not be collected. */
struct fault {
	char *source;
	char *text;
};

struct tests {
	struct test *tests;
	size_t n, cap;
	struct suite *suites;
	size_t n_suites, cap_suites;
	struct fault *faults;
	size_t n_faults, cap_faults;
};

/* Adds the file that the next tests are of; the source of ids is its path without a leading "./". */
void tests_add_suite(struct tests *tests, const char *path, const char *plugin);
/* Adds a test of the last suite. n_slots: what PTPAR_SOURCE_NP_ALL stands for. */
void tests_add(struct tests *tests, const struct wire_test *m, uint32_t n_slots);
void tests_add_fault(struct tests *tests, const char *source, const char *text);

/* Puts, for each program that declares no number of processes, those that [match:…] np asks for. */
void tests_multiply(struct tests *tests, const struct settings *settings);

/* Marks tests that have the id of an earlier one as faulty; then keeps those that the user has asked for: by ids
 * among the paths, and by -k. Returns 0 or -EINVAL. */
int tests_select(struct tests *tests, const struct settings *settings, struct ptpar_error *err);
/* Those of an earlier run that the user has asked for and that are no longer there, in a line for the user; NULL:
 * none. To be called before any is left out. The caller frees it. */
char *tests_tell_gone(const struct tests *tests, const struct settings *settings, const struct previous *previous);
/* Keeps those that are among the tests of an earlier run; or puts them first. */
void tests_keep_previous(struct tests *tests, const struct previous *previous);
void tests_put_first(struct tests *tests, const struct previous *previous);

/* The timeout of each: its own, else that of the last [match:…] that fits, else that of --timeout; likewise the
 * retries, threads and isolation. */
void tests_apply_settings(struct tests *tests, const struct settings *settings);

/* Slots that it takes: one for each core that its processes need. */
uint32_t test_slots(const struct test *test);

const char *test_source(const struct tests *tests, const struct test *test);
/* For events; borrows the test's strings. */
struct event_test test_event(const struct tests *tests, const struct test *test);

void tests_free(struct tests *tests);

#endif
