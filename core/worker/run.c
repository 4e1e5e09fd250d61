/* run.c - begin, enter the group, call the source, report, leave. */
#include "core/worker/run.h"

#include <link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ptpar/source.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/worker/calls.h"
#include "core/worker/capture.h"
#include "core/worker/core_link.h"
#include "core/worker/group.h"
#include "core/worker/place.h"
#include "core/common/remove_tree.h"
#include "core/common/sources.h"

struct suite {
	char *path;
	char *plugin;
	const struct ptpar_source *source; /* NULL until it is opened */
	void *handle;
	struct ptpar_error refusal; /* why it cannot be opened; "" if it can */
	char *real_path;            /* and where it is loaded, if it is a shared object; see page.h */
	uintptr_t base;
};

/* The test that runs. */
static struct {
	uint64_t seq;
	struct suite *suite;
	struct group *group;
	MPI_Comm comm;
	char tmpdir[256]; /* "" until it is asked for */
	bool failed;      /* something was noted */
} now;

static struct page *page;
static struct suite *suites;
static size_t n_suites;
static uint32_t resumed;

/* --- what sources are lent ------------------------------------------------------------------------------- */

static void note(void *ctx, enum ptpar_note_kind kind, const char *file, uint32_t line, const char *text)
{
	(void)ctx;
	now.failed = now.failed || kind == PTPAR_NOTE_FAILURE;
	wire_put_note(&core_out, &(struct wire_note){ .seq = now.seq,
						      .kind = kind,
						      .phase = atomic_load(&page->phase),
						      .file = file,
						      .line = line,
						      .text = text });
	core_flush();
}

static void set_phase(void *ctx, enum ptpar_phase phase)
{
	(void)ctx;
	calls_reset();
	atomic_store_explicit(&page->phase, phase, memory_order_relaxed);
}

static int get_rank(void *ctx)
{
	(void)ctx;
	return now.group->rank;
}

static int get_size(void *ctx)
{
	(void)ctx;
	return now.group->n;
}

static int max_of_all(void *ctx, int value)
{
	(void)ctx;
	if (now.group->n == 1)
		return value;
	calls_enter_own(CALL_AGREE, now.group->n);
	PMPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MAX, now.group->parent);
	calls_leave_own();
	return value;
}

static void gather(void *ctx, int value, int *values)
{
	(void)ctx;
	calls_enter_own(CALL_ALL, now.group->n);
	PMPI_Allgather(&value, 1, MPI_INT, values, 1, MPI_INT, now.comm);
	calls_leave_own();
}

static const char *make_tmpdir(void *ctx)
{
	const char *base = getenv("TMPDIR");

	if (now.tmpdir[0] == '\0') {
		if (now.group->rank == 0) {
			snprintf(now.tmpdir, sizeof(now.tmpdir), "%s/ptpar-test-XXXXXX",
				 base != NULL && base[0] == '/' && strlen(base) < 200 ? base : "/tmp");
			if (mkdtemp(now.tmpdir) == NULL)
				now.tmpdir[0] = '\0';
		}
		calls_enter_own(CALL_TMPDIR, now.group->n);
		if (now.group->n > 1)
			PMPI_Bcast(now.tmpdir, sizeof(now.tmpdir), MPI_CHAR, 0, now.group->parent);
		calls_leave_own();
	}
	if (now.tmpdir[0] != '\0')
		return now.tmpdir;
	note(ctx, PTPAR_NOTE_FAILURE, NULL, 0, "a temporary directory for the test could not be made");
	return NULL;
}

static void warn(void *ctx, const char *text)
{
	(void)ctx;
	wire_put_warning(&core_out, &(struct wire_warning){ .text = text });
	core_flush();
}

static const struct ptpar_source_host host = {
	.abi = PTPAR_SOURCE_ABI,
	.size = sizeof(host),
	.note = note,
	.phase = set_phase,
	.comm_rank = get_rank,
	.comm_size = get_size,
	.max = max_of_all,
	.gather = gather,
	.tmpdir = make_tmpdir,
	.warn = warn,
	.option = sources_host_option,
};

/* --- suites ---------------------------------------------------------------------------------------------- */

void run_add_suite(const struct wire_suite *m)
{
	if (m->suite >= n_suites) {
		suites = xreallocarray(suites, m->suite + 1, sizeof(*suites));
		memset(suites + n_suites, 0, (m->suite + 1 - n_suites) * sizeof(*suites));
		n_suites = m->suite + 1;
	}
	suites[m->suite].path = xstrdup(m->path);
	suites[m->suite].plugin = xstrdup(m->plugin);
}

static int note_base(struct dl_phdr_info *info, size_t size, void *data)
{
	struct suite *s = data;

	(void)size;
	if (strcmp(info->dlpi_name, s->real_path) != 0)
		return 0;
	s->base = info->dlpi_addr;
	return 1;
}

/* Opens the suite if that is still to be done. Returns whether it is open. */
static bool open_suite(struct suite *s)
{
	if (s->source == NULL && s->refusal.text[0] == '\0') {
		atomic_store(&page->phase, PAGE_PHASE_LOADING);
		s->source = sources_find(s->plugin, &s->refusal);
		if (s->source != NULL && s->source->open(&host, s->path, &s->handle, &s->refusal) < 0)
			s->source = NULL;
		atomic_store(&page->phase, PTPAR_PHASE_NONE);
		s->real_path = realpath(s->path, NULL);
		if (s->real_path != NULL)
			dl_iterate_phdr(note_base, s);
	}
	return s->source != NULL;
}

/* Tells the agent where the suite is. */
static void show_suite(const struct suite *s)
{
	static const struct suite *shown;

	if (s == shown)
		return;
	shown = s;
	atomic_store(&page->suite_base, 0);
	snprintf(page->suite_path, sizeof(page->suite_path), "%s", s->base != 0 ? s->real_path : "");
	atomic_store(&page->suite_base, s->base);
}

/* Is this the test that was collected? */
static bool check_test(struct suite *s, const struct wire_run *m, struct ptpar_error *err)
{
	const char *name;

	if (!open_suite(s)) {
		*err = s->refusal;
		return false;
	}
	name = s->source->name(s->handle, (uint32_t)m->index);
	if (name == NULL || strcmp(name, m->name) != 0) {
		ptpar_fail(err, -ESTALE, "%s has changed since its tests were collected: run again", s->path);
		return false;
	}
	return true;
}

/* --- a test ---------------------------------------------------------------------------------------------- */

/* Those in which it was stopped by the user don't count. */
static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * ((double)t.tv_nsec - (double)atomic_load(&page->stopped));
}

/* Waits until the request is complete, letting others have the core. Returns false if the core calls it off. */
static bool wait_for_others(MPI_Request *request)
{
	static const struct timespec nap = { .tv_nsec = 100000 };
	int done = 0;

	for (unsigned tries = 0; PMPI_Test(request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done; tries++) {
		if (tries < 2000) {
			sched_yield();
			continue;
		}
		if (core_called_off(now.seq))
			return false;
		nanosleep(&nap, NULL);
	}
	return true;
}

/* Keeps MPI progressing until the test has ended on all of its ranks, so that nothing that others wait for stays in
 * this process. Tells whether it has failed anywhere. */
static bool leave_group(void)
{
	static int mine, any; /* outlive this function if the test is called off */
	MPI_Request request;

	mine = any = now.failed;
	if (now.group->n == 1)
		return mine;
	PMPI_Iallreduce(&mine, &any, 1, MPI_INT, MPI_MAX, now.group->parent, &request);
	if (!wait_for_others(&request)) {
		group_abandon(now.group);
		return true;
	}
	return any;
}

static void report(enum ptpar_rank_outcome outcome, double duration)
{
	struct wire_bytes output = capture_take();

	if (now.failed && now.tmpdir[0] != '\0') {
		char text[300];

		snprintf(text, sizeof(text), "its temporary directory is kept: %s", now.tmpdir);
		note(NULL, PTPAR_NOTE_LOG, NULL, 0, text);
	}
	wire_put_done(
		&core_out,
		&(struct wire_done){ .seq = now.seq, .outcome = outcome, .duration = duration, .output = output });
	core_flush();
}

/* Enters the group and runs the test in it. */
static enum ptpar_rank_outcome enter_and_run(const struct wire_run *m, double *duration)
{
	struct ptpar_error err;
	enum ptpar_rank_outcome outcome = PTPAR_RANK_ERROR;
	double begun;
	int status;

	calls_begin_test(MPI_COMM_NULL);
	calls_enter_own(CALL_ENTER, now.group->n);
	status = group_enter(now.group, &now.comm);
	calls_begin_test(now.comm);
	begun = seconds(); /* waiting for the other ranks is not the test's */
	if (status != MPI_SUCCESS) {
		snprintf(err.text, sizeof(err.text), "no communicator for the test: MPI error %d", status);
		note(NULL, PTPAR_NOTE_FAILURE, NULL, 0, err.text);
	} else if (!check_test(now.suite, m, &err)) {
		note(NULL, PTPAR_NOTE_FAILURE, NULL, 0, err.text);
	} else {
		show_suite(now.suite);
		outcome = now.suite->source->run(now.suite->handle, (uint32_t)m->index, &now.comm);
	}
	set_phase(NULL, PTPAR_PHASE_NONE);
	now.failed = now.failed || outcome == PTPAR_RANK_FAILED || outcome == PTPAR_RANK_ERROR;
	*duration = seconds() - begun;
	return outcome;
}

void run_test(const struct wire_run *m)
{
	enum ptpar_rank_outcome outcome;
	double duration;
	bool failed;

	if (!page_begin(page, m->seq, resumed))
		return;
	now.seq = m->seq;
	now.suite = m->suite < n_suites ? &suites[m->suite] : NULL;
	now.group = group_find(m->group);
	now.comm = MPI_COMM_NULL;
	now.tmpdir[0] = '\0';
	now.failed = false;
	if (now.suite == NULL || now.group == NULL)
		abort(); /* the core has sent nonsense: a bug */
	outcome = enter_and_run(m, &duration);
	report(outcome, duration);
	failed = leave_group();
	if (now.tmpdir[0] != '\0' && !failed && now.group->rank == 0)
		remove_tree(now.tmpdir);
	atomic_store(&page->ended, m->seq);
	now.comm = MPI_COMM_NULL;
	now.suite = NULL;
}

void run_init(struct page *shared)
{
	page = shared;
}

void run_resume(void)
{
	resumed++;
}

bool run_is_test_comm(MPI_Comm comm)
{
	return now.suite != NULL && comm == now.comm;
}

bool run_has_test(void)
{
	return now.suite != NULL;
}

bool run_in_test(void)
{
	uint32_t phase = atomic_load(&page->phase);

	return now.suite != NULL && phase != PTPAR_PHASE_NONE && phase != PAGE_PHASE_LOADING;
}

void run_note_failure(const char *text)
{
	struct place place = place_of_caller(now.suite->path);

	note(NULL, PTPAR_NOTE_FAILURE, place.file, place.line, text);
}

void run_stop(void)
{
	if (now.suite != NULL && now.suite->source != NULL)
		now.suite->source->stop(now.suite->handle);
}
