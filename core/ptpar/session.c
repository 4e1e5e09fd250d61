/* session.c - the way of a run: collect, select, run, end. Each step waits for its condition in the one event loop;
 * what arrives meanwhile: see session_events.c. */
#include "core/ptpar/session.h"

#include <config.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/cores.h"
#include "core/common/error.h"
#include "core/common/orphans.h"
#include "core/common/remains.h"
#include "core/common/slurm.h"
#include "core/ptpar/isolated.h"
#include "core/ptpar/launched.h"
#include "core/ptpar/listing.h"
#include "core/ptpar/run_clock.h"
#include "core/ptpar/sections.h"
#include "core/ptpar/session_state.h"

/* Bounds on waiting, seconds. */
static const double MUSTER_TIMEOUT = 20; /* until all workers are there that are not wanted any more */
static const double STOP_TIMEOUT = 6;    /* until workers have finalized MPI, or launchers have cleared up */

/* Progress at a terminal, seconds. */
static const double REDRAW = 0.11;

enum { MAX_USELESS_POOLS = 3 };

double session_now(void *ctx)
{
	(void)ctx;
	return run_clock_now();
}

void session_emit(void *ctx, const struct event *e)
{
	struct session *s = ctx;

	if (s->reports == NULL) /* nothing is told after the end */
		return;
	reports_event(s->reports, e);
	s->news = true;
}

void session_warn(void *ctx, const char *text)
{
	struct session *s = ctx;
	struct event e = { .kind = EVENT_WARNING, .time = session_now(s), .warning = text };

	if (text != NULL)
		session_emit(s, &e);
}

bool session_isolates(const struct session *s)
{
	return (s->scheduler_flags & PTPAR_SCHEDULER_ISOLATES) != 0;
}

/* Does this test run in a pool? */
bool session_needs_pool(const struct session *s, const struct test *t)
{
	return t->isolation == ISOLATION_NO && t->fault == NULL && !session_isolates(s);
}

/* --- waiting --------------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer)
{
	(void)timer; /* wakes the loop; wait_until looks at what is due */
}

/* Returns when they want that again: progress is drawn a few times in a second, and then once more. */
static double let_reports_idle(struct session *s)
{
	double again = s->news ? session_now(s) + REDRAW : INFINITY;

	s->news = false;
	if (s->reports != NULL)
		reports_idle(s->reports);
	return again;
}

/* What was put into the channels must go out before. */
static void take_nap(struct session *s)
{
	struct timespec t = { .tv_nsec = (long)(1e9 * s->nap) };

	if (s->nap <= 0)
		return;
	s->nap = 0;
	uv_run(&s->loop, UV_RUN_NOWAIT);
	nanosleep(&t, NULL);
}

/* Tells of a stop, also of one that came without a warning (SIGSTOP). */
static void notice_stop(struct session *s)
{
	struct event e = { .kind = EVENT_RESUMED, .time = session_now(s) };

	e.resumed = run_clock_stopped() - s->stopped;
	s->stopped = run_clock_stopped();
	if (e.resumed > 0 && s->running)
		session_emit(s, &e);
}

bool session_wait(struct session *s, bool (*condition)(struct session *), double (*step)(struct session *),
		  double seconds)
{
	double end = session_now(s) + seconds, next, pause;

	for (;;) {
		notice_stop(s);
		next = step != NULL ? step(s) : INFINITY;
		if (condition(s))
			return true;
		if (session_now(s) >= end)
			return false;
		next = fmin(next, let_reports_idle(s));
		pause = 1000 * (fmin(next, end) - session_now(s));
		if (pause < 1e9)
			uv_timer_start(&s->timer, on_timer, pause < 1 ? 1 : (uint64_t)ceil(pause), 0);
		else
			uv_timer_stop(&s->timer);
		take_nap(s);
		uv_run(&s->loop, UV_RUN_ONCE);
	}
}

bool session_must_stop(const struct session *s)
{
	return s->interrupted != NULL || s->internal_error.text[0] != '\0';
}

static bool is_collected(struct session *s)
{
	if (!s->crew.agent_runs && s->internal_error.text[0] == '\0')
		ptpar_fail(&s->internal_error, 0, "%s",
			   s->crew.failure != NULL ? s->crew.failure : "its agent ended");
	return session_must_stop(s) || s->collection.done;
}

static double watch_collection(struct session *s)
{
	double next = collection_watch(&s->collection, s->crew.home, session_now(s));

	if (s->collection.failure.text[0] != '\0')
		s->internal_error = s->collection.failure;
	return next;
}

static bool is_staffed(struct session *s)
{
	return session_must_stop(s) || s->crew.failure != NULL || crew_is_ready(&s->crew) || session_is_job_over(s);
}

static bool is_mustered(struct session *s)
{
	return s->interrupts > 1 || s->crew.damaged || s->crew.failure != NULL || !s->crew.agent_runs ||
	       crew_is_ready(&s->crew);
}

/* mpirun gives little time to those that it ends: 50 ms from SIGTERM to SIGKILL were seen (4.1.4). */
static bool is_in_a_hurry(const struct session *s)
{
	return s->interrupts > 1 || (s->interrupts == 1 && s->mpi.launched);
}

static bool is_over(struct session *s)
{
	return s->internal_error.text[0] != '\0' || dispatch_remaining(s->dispatch) == 0 || is_in_a_hurry(s) ||
	       s->crew.failure != NULL || session_is_job_over(s);
}

static bool is_stopped(struct session *s)
{
	return s->interrupts > 1 || crew_is_idle(&s->crew);
}

static bool is_agent_gone(struct session *s)
{
	return s->interrupts > 1 || !s->crew.agent_runs;
}

/* --- running --------------------------------------------------------------------------------------------- */

/* Ends the workers of the present pool and waits for that. Its launcher may take longer: nobody waits for it here.
 */
static void stop_pool(struct session *s)
{
	s->crew.stopping = true;
	crew_quit_workers(&s->crew);
	session_wait(s, is_stopped, NULL, STOP_TIMEOUT);
	if (!crew_is_idle(&s->crew))
		crew_kill_workers(&s->crew);
	crew_release_pool(&s->crew);
	s->crew.stopping = false;
}

/* For the workers that were launched. Returns whether something has come of it. */
static bool wait_for_staff(struct session *s)
{
	do {
		s->crew.is_delayed = false;
		if (session_wait(s, is_staffed, session_step_before, launched_start_timeout(s->launcher)))
			return true;
	} while (s->crew.is_delayed);
	return false;
}

/* Waits for the workers that were launched. Open MPI's start has races: a second try tells whether a process was
 * killed by one of these. */
static bool staff(struct session *s)
{
	bool in_time = wait_for_staff(s);

	if (s->crew.failure != NULL && s->crew.is_accident && !session_must_stop(s)) {
		free(s->crew.failure);
		s->crew.failure = NULL;
		stop_pool(s);
		crew_launch(&s->crew);
		in_time = wait_for_staff(s);
	}
	if (session_is_job_over(s))
		return false;
	if (!in_time && s->crew.failure == NULL)
		s->crew.failure =
			xasprintf("after %g s not all workers were there", launched_start_timeout(s->launcher));
	if (s->crew.failure != NULL && s->internal_error.text[0] == '\0')
		ptpar_fail(&s->internal_error, 0, "the workers could not be started: %s", s->crew.failure);
	session_stop_if_unfit(s, s->crew.is_unfit ? s->crew.failure : NULL);
	return !session_must_stop(s);
}

static void check_limits(struct session *s)
{
	const struct settings *settings = s->settings;

	if (settings->max_fail > 0 && dispatch_bad(s->dispatch) >= settings->max_fail && s->interrupted == NULL) {
		s->interrupted = settings->max_fail == 1 ? "fail-fast" : "max-fail";
		dispatch_cancel(s->dispatch, "the run stopped at a failure");
	} else if (s->interrupts == 1) {
		/* The run is over when all have ended, or at the next signal. */
		dispatch_abort(s->dispatch, "the run was interrupted");
	} else if (session_now(s) >= s->deadline && s->interrupted == NULL) {
		s->interrupted = "run-timeout";
		dispatch_abort(s->dispatch, "the time of the run was up");
	}
}

/* Is there a test that waits, or is to be submitted, for which a pool is needed? */
static bool any_needs_pool(const struct session *s)
{
	for (size_t i = 0; i < s->tests.n; i++)
		if (s->tests.tests[i].state == TEST_WAITING && session_needs_pool(s, &s->tests.tests[i]))
			return true;
	return false;
}

/* All that is left to run needs nothing but room. */
static void use_bare_slots(struct session *s)
{
	if (s->bare == NULL)
		s->bare = xcalloc(s->n_slots, sizeof(*s->bare));
	for (uint32_t i = 0; i < s->n_slots; i++)
		s->bare[i].bare = true;
	dispatch_set_slots(s->dispatch, s->bare, s->n_slots, &s->internal_error);
}

/* Everything that waits needs more slots than are left: another pool, unless that has been of no use before. */
static void renew_pool(struct session *s)
{
	if (!any_needs_pool(s)) {
		use_bare_slots(s);
		return;
	}
	s->useless_pools = dispatch_remaining(s->dispatch) == s->remaining_before ? s->useless_pools + 1 : 0;
	s->remaining_before = dispatch_remaining(s->dispatch);
	if (s->useless_pools > MAX_USELESS_POOLS) {
		ptpar_fail(&s->internal_error, 0, "workers end before they have run a test: see the warnings");
		return;
	}
	stop_pool(s);
	crew_launch(&s->crew);
	if (staff(s))
		dispatch_set_slots(s->dispatch, s->crew.slots, s->crew.n, &s->internal_error);
}

/* Nothing else is left to do: the next test is tried alone, in a pool of its own. */
static void confirm_one(struct session *s)
{
	stop_pool(s);
	crew_launch(&s->crew);
	if (!staff(s))
		return;
	dispatch_set_slots(s->dispatch, s->crew.slots, s->crew.n, &s->internal_error);
	dispatch_confirm(s->dispatch);
}

static double run_step(struct session *s)
{
	double job, next;

	check_limits(s);
	job = session_step_job(s);
	if (session_is_job_ending(s))
		return job;
	if (s->crew.agent == NULL && s->crew.failure == NULL) {
		crew_replace_agent(&s->crew);
		dispatch_tick(s->dispatch);
		return session_now(s) + 0.05;
	}
	next = fmin(job, dispatch_tick(s->dispatch));
	if (dispatch_advance(s->dispatch, &s->internal_error) < 0)
		return 0;
	if (dispatch_remaining(s->dispatch) > 0 && dispatch_running(s->dispatch) == 0 && s->interrupted == NULL &&
	    !dispatch_is_losing(s->dispatch)) {
		if (dispatch_held(s->dispatch) == dispatch_remaining(s->dispatch))
			confirm_one(s);
		else if (dispatch_widest_waiting(s->dispatch) > dispatch_live_slots(s->dispatch))
			renew_pool(s);
		else
			ptpar_fail(&s->internal_error, 0,
				   "scheduler %s starts nothing although %u tests wait and nothing runs",
				   s->scheduler->head.name, dispatch_remaining(s->dispatch));
		return session_now(s);
	}
	/* What was just started may be due already. */
	next = fmin(fmin(next, dispatch_tick(s->dispatch)), s->interrupted == NULL ? s->deadline : INFINITY);
	s->nap = dispatch_nap(s->dispatch);
	return next;
}

static void emit_start(struct session *s)
{
	struct event e = { .kind = EVENT_RUN_START, .time = 0 };

	reports_begin(s->reports);
	e.run_start =
		(struct event_run_start){ .run = reports_run_id(s->reports),
					  .version = PACKAGE_VERSION,
					  .scheduler = s->scheduler->head.name,
					  .mpi = s->crew.mpi != NULL ? s->crew.mpi : "",
					  .argv = (const char *const *)s->argv,
					  .argc = (uint32_t)s->argc,
					  .workers = s->n_slots,
					  .cores = s->cores,
					  .epoch = reports_epoch(s->reports),
					  .base = s->settings->rerun != NULL ? previous_run(s->previous) : "" };
	session_emit(s, &e);
	e = (struct event){ .kind = EVENT_SELECTED, .time = session_now(s) };
	for (size_t i = 0; i < s->tests.n; i++) {
		e.selected = test_event(&s->tests, &s->tests.tests[i]);
		session_emit(s, &e);
	}
}

static void emit_faults(struct session *s)
{
	for (size_t i = 0; i < s->tests.n_faults; i++) {
		const struct fault *f = &s->tests.faults[i];
		struct event e = { .kind = EVENT_FINISHED, .time = session_now(s) };

		e.finished = (struct event_finished){ .test = { .id = f->source, .source = f->source, .name = "" },
						      .outcome = OUTCOME_ERROR,
						      .attempt = 1,
						      .reason = f->text };
		session_emit(s, &e);
	}
}

static struct peer *get_agent(void *ctx)
{
	struct session *s = ctx;

	return s->crew.agent != NULL && s->crew.agent->channel != NULL ? s->crew.agent : NULL;
}

/* Have the processes of isolated tests gone? */
static bool is_tidy(struct session *s)
{
	return s->interrupts > 1 || s->crew.agent == NULL || session_is_job_over(s) ||
	       isolation_is_over(dispatch_isolation(s->dispatch));
}

static double tidy_step(struct session *s)
{
	return isolation_tick(dispatch_isolation(s->dispatch));
}

static void start_pool(struct session *s)
{
	if (s->crew.pool == 0 && !s->mpi.launched)
		crew_launch(&s->crew);
	staff(s);
}

static void run_tests(struct session *s)
{
	struct dispatch_config config = { .settings = s->settings,
					  .tests = &s->tests,
					  .scheduler = s->scheduler,
					  .ctx = s,
					  .emit = session_emit,
					  .now = session_now,
					  .agent = get_agent,
					  .wrap = &s->wrap,
					  .cores = s->cores,
					  .launcher = s->launcher,
					  .doubt = s->batch != NULL || s->own_job.system != NULL ? session_doubt_job
												 : NULL };
	bool pooled = any_needs_pool(s);

	/* Before the start is told, which tells of MPI; but who waits for a job is to see that. */
	if (s->batch == NULL && pooled)
		start_pool(s);

	emit_start(s);
	emit_faults(s);
	s->dispatch = dispatch_new(&config, &s->usage_error);
	if (s->dispatch == NULL)
		return;
	if (s->batch != NULL && session_enter_job(s) && pooled)
		start_pool(s);
	if (pooled)
		dispatch_set_slots(s->dispatch, s->crew.slots, s->n_slots, &s->internal_error);
	else
		use_bare_slots(s);
	dispatch_submit(s->dispatch, &s->internal_error);
	s->running = true;
	s->keyboard = keyboard_open(&s->loop, s->mpi.launched, session_tell_status, s);
	if (!session_must_stop(s) && !session_is_job_over(s))
		session_wait(s, is_over, run_step, INFINITY);
	if (session_is_job_over(s))
		session_end_with_job(s);
	isolation_retire(dispatch_isolation(s->dispatch));
	session_wait(s, is_tidy, tidy_step, STOP_TIMEOUT);
	keyboard_close(s->keyboard);
	s->keyboard = NULL;
	if (s->crew.failure != NULL && s->internal_error.text[0] == '\0')
		ptpar_fail(&s->internal_error, 0, "%s", s->crew.failure);
	s->running = false;
	dispatch_give_up(s->dispatch,
			 s->internal_error.text[0] != '\0' ? s->internal_error.text : "the run was interrupted");
	session_leave_job(s);
}

/* --- the whole way --------------------------------------------------------------------------------------- */

/* Makes sure that enough files may be open: a launcher that has too few waits for ever. */
static int check_limit_of_files(const struct session *s, struct ptpar_error *err)
{
	rlim_t needed = s->mpi.launched ? 48 + 2 * (rlim_t)s->n_slots : 32 + 5 * (rlim_t)s->n_slots;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
		return 0;
	if (limit.rlim_max < needed)
		return ptpar_fail(err, -EMFILE,
				  "%u workers need %llu open files, the limit is %llu: raise it with ulimit -n",
				  s->n_slots, (unsigned long long)needed, (unsigned long long)limit.rlim_max);
	limit.rlim_cur = needed;
	setrlimit(RLIMIT_NOFILE, &limit);
	return 0;
}

/* Reads the last run, if that is wanted. Without paths, --rerun takes those of the last run. */
static int read_previous(struct session *s, struct ptpar_error *err)
{
	const struct settings *settings = s->settings;
	int which = settings->failed_first ? PREVIOUS_FAILED : 0;
	const char *const *sources;
	struct ptpar_error why;
	size_t n;

	if (settings->rerun != NULL)
		which = previous_parse(settings->rerun, err);
	if (which <= 0)
		return which;
	s->previous = previous_read(which, &why);
	if (s->previous == NULL && settings->rerun != NULL)
		return ptpar_fail(err, -EINVAL, "--rerun: %s", why.text);
	if (s->previous == NULL || settings->rerun == NULL || settings->n_paths > 0)
		return 0; /* --failed-first may well be given in the first run */
	sources = previous_sources(s->previous, &n);
	for (size_t i = 0; i < n; i++)
		if (access(sources[i], F_OK) == 0 || sections_find(settings, sources[i]) != NULL)
			collection_add(&s->collection, sources[i]);
	return 0;
}

/* Those of this process, or of the allocation in which Slurm starts others. */
static int count_cores(struct session *s, struct ptpar_error *err)
{
	struct slurm_allocation a;

	s->cores = s->default_slots = cores_usable(s->mpi.launched);
	if (s->batch != NULL)
		s->cores = s->settings->n_workers; /* it is a core for each */
	if (s->launcher != LAUNCHER_SRUN || s->settings->list != LIST_NONE || s->batch != NULL)
		return 0;
	if (!slurm_allocation(&a))
		return ptpar_fail(
			err, -EINVAL,
			"--launcher=srun: this is no allocation of Slurm (SLURM_JOB_ID is not set): start "
			"ptpar in one, by salloc or sbatch");
	s->cores = a.cpus;
	s->default_slots = a.tasks;
	return 0;
}

/* Under mpirun its processes, unless none of them runs a test. */
static int count_slots(struct session *s, struct ptpar_error *err)
{
	const struct settings *settings = s->settings;

	if (count_cores(s, err) < 0)
		return -EINVAL;
	s->crew.cores = s->cores;

	if (s->mpi.launched && settings->n_workers_on_command_line && settings->n_workers != s->mpi.size &&
	    !session_isolates(s))
		return ptpar_fail(err, -EINVAL, "-n %u, but mpirun has started %u processes: leave -n out",
				  settings->n_workers, s->mpi.size);
	s->n_slots = s->mpi.launched && !(session_isolates(s) && settings->n_workers_on_command_line) ? s->mpi.size
		     : settings->n_workers > 0 ? settings->n_workers
					       : s->default_slots;
	s->collection.n_slots = s->n_slots;
	return 0;
}

/* Everything that can go wrong before a process is started. */
static int prepare(struct session *s, struct ptpar_error *err)
{
	const struct settings *settings = s->settings;
	struct ptpar_error why;

	s->collection.tests = &s->tests;
	s->collection.settings = settings;
	s->collection.warn = session_warn;
	s->collection.ctx = s;
	s->deadline = settings->run_timeout > 0 ? settings->run_timeout : INFINITY;
	s->schedulers = plugins_scan(PTPAR_PLUGIN_SCHEDULER, settings->plugin_path);
	s->scheduler = (const struct ptpar_scheduler *)plugins_find(s->schedulers, settings->scheduler, err);
	if (s->scheduler == NULL)
		return -EINVAL;
	if (session_open_job(s, err) < 0)
		return -EINVAL;
	s->crew.launcher = s->launcher;
	s->crew.in_job = s->batch != NULL;
	if (settings->host != NULL && link_resolve(settings->host, s->ip, &why) < 0)
		return ptpar_fail(err, -EINVAL, "--host: %s", why.text);
	if (wrap_read(&s->wrap, settings, err) < 0 || count_slots(s, err) < 0)
		return -EINVAL;
	if (settings->list == LIST_NONE && check_limit_of_files(s, err) < 0)
		return -EMFILE;
	if (read_previous(s, err) < 0)
		return -EINVAL;
	if (settings->n_paths == 0 && settings->n_sections == 0 && settings->rerun == NULL)
		return ptpar_fail(err, -EINVAL,
				  "nothing to run: name suites (.so), programs (.t) or directories, or set paths "
				  "in ptpar.ini");
	for (size_t i = 0; i < settings->n_paths; i++)
		collection_add(&s->collection, settings->paths[i]);
	/* --rerun without any paths has taken those of the last run. */
	for (size_t i = 0; i < settings->n_sections && !settings->paths_on_command_line &&
			   (settings->rerun == NULL || settings->n_paths > 0);
	     i++)
		collection_add(&s->collection, settings->sections[i].path);
	return 0;
}

/* The user has decided about it: nohup, say. */
static bool is_ignored(int signum)
{
	struct sigaction present;

	return (signum == SIGHUP || signum == SIGTSTP) && sigaction(signum, NULL, &present) == 0 &&
	       present.sa_handler == SIG_IGN;
}

static void open_loop(struct session *s)
{
	const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGTSTP, PARENT_DEATH };

	uv_loop_init(&s->loop);
	uv_timer_init(&s->loop, &s->timer);
	for (int i = 0; i < N_SIGNALS; i++) {
		uv_signal_init(&s->loop, &s->signals[i]);
		s->signals[i].data = s;
		if (!is_ignored(numbers[i]))
			uv_signal_start(&s->signals[i], session_on_signal, numbers[i]);
		uv_unref((uv_handle_t *)&s->signals[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a report that grows beyond the limit is lost, the run is not */
}

/* May ranks run on other nodes? */
static bool may_be_elsewhere(const struct session *s)
{
	return s->mpi.local_size != s->mpi.size || s->launcher == LAUNCHER_SRUN || s->batch != NULL ||
	       s->ip[0] != '\0';
}

static int start(struct session *s, struct ptpar_error *err)
{
	struct link_handlers handlers = { .ctx = s,
					  .on_hello = session_on_hello,
					  .on_message = session_on_message,
					  .on_gone = session_on_gone,
					  .on_full = session_on_full,
					  .on_intruder = session_on_intruder };

	s->link = link_open(&s->loop, may_be_elsewhere(s), s->ip, &handlers, err);
	if (s->link == NULL)
		return -EIO;
	return crew_start(&s->crew, &s->loop, s->settings, &s->mpi, link_credentials(s->link),
			  s->mpi.launched ? s->mpi.size : s->n_slots, err);
}

/* Which exit status the run deserves. */
static int judge(struct session *s)
{
	if (s->usage_error.text[0] != '\0') {
		fprintf(stderr, "ptpar: %s\n", s->usage_error.text);
		return STATUS_USAGE;
	}
	if (s->internal_error.text[0] != '\0') {
		fprintf(stderr, "ptpar: %s\n", s->internal_error.text);
		return STATUS_INTERNAL;
	}
	if (s->interrupts > 0 || (s->interrupted != NULL && (strcmp(s->interrupted, "run-timeout") == 0 ||
							     strcmp(s->interrupted, JOB_ENDED) == 0)))
		return STATUS_INTERRUPTED;
	if (s->tests.n == 0 && s->tests.n_faults == 0) {
		fprintf(stderr, "ptpar: no tests: %s\n",
			s->previous != NULL && previous_count(s->previous) == 0 && s->settings->rerun != NULL
				? "there is nothing of that kind in the last run"
			: s->n_collected == 0 ? "there are none in what was named"
					      : "none of those found was selected");
		return STATUS_NO_TESTS;
	}
	if (s->tests.n_faults > 0 || (s->dispatch != NULL && dispatch_bad(s->dispatch) > 0))
		return STATUS_FAILED;
	return STATUS_OK;
}

/* Some settings imply that a test is isolated. */
static void isolate(struct session *s)
{
	for (size_t i = 0; i < s->tests.n; i++) {
		struct test *t = &s->tests.tests[i];

		if (t->isolation == ISOLATION_NO && (session_isolates(s) || t->threads > 1))
			t->isolation = ISOLATION_FRESH;
	}
}

static void warn_of_gone(struct session *s)
{
	char *text = s->settings->rerun == NULL ? NULL : tests_tell_gone(&s->tests, s->settings, s->previous);

	session_warn(s, text);
	free(text);
}

/* Collects, selects, runs. What goes wrong is in the session's errors. */
static void do_run(struct session *s)
{
	session_wait(s, is_collected, watch_collection, INFINITY);
	s->usage_error = s->collection.usage_error;
	if (session_must_stop(s) || s->usage_error.text[0] != '\0')
		return;
	s->n_collected = s->tests.n;
	tests_multiply(&s->tests, s->settings);
	warn_of_gone(s);
	if (tests_select(&s->tests, s->settings, &s->usage_error) < 0)
		return;
	if (s->settings->rerun != NULL)
		tests_keep_previous(&s->tests, s->previous);
	else if (s->previous != NULL)
		tests_put_first(&s->tests, s->previous);
	tests_apply_settings(&s->tests, s->settings);
	if (s->settings->list != LIST_NONE) {
		listing_print(&s->tests, s->settings->list);
		return;
	}
	isolate(s);
	plugins_warn_bad(s->schedulers, s->settings->scheduler, session_warn, s);
	if (s->settings->detach && s->settings->in_job == NULL) {
		session_detach(s);
		return;
	}
	if (s->tests.n > 0) {
		run_tests(s);
	} else {
		emit_start(s);
		emit_faults(s);
	}
}

/* Lets all ranks come to the end of MPI_Init: mpirun of Open MPI 4 hangs in one of ten cases, with a lock of its
 * PMIx server held, if its job ends while a rank is connecting to it. */
static void muster(struct session *s)
{
	if (s->settings->list == LIST_NONE && (s->mpi.launched || s->crew.pool > 0))
		session_wait(s, is_mustered, NULL, MUSTER_TIMEOUT);
}

static bool is_agent(const void *ctx, pid_t pid)
{
	const struct session *s = ctx;

	return s->crew.agent_runs && (uint32_t)pid == s->crew.agent_pid;
}

static void shut_down(struct session *s)
{
	muster(s);
	if (s->crew.agent != NULL && !session_is_job_over(s))
		stop_pool(s);
	s->crew.stopping = true;
	/* Under mpirun, the first agent that goes may end the whole job, this process as well. */
	link_stop_listening(s->link);
	link_send_leave(s->link);
	/* If the user won't wait, it clears up behind this process. */
	if (!session_wait(s, is_agent_gone, NULL, STOP_TIMEOUT) && s->crew.agent_runs)
		uv_process_kill(s->crew.agent_process, SIGKILL);
	/* If an agent was killed, what its children had left behind is there still. */
	if (s->crew.agents_ever_lost) {
		orphans_wait(is_agent, s, 3000); /* a launcher clears up */
		orphans_kill(is_agent, s);
	}
}

static void release(struct session *s)
{
	link_close(s->link);
	dispatch_free(s->dispatch);
	crew_free(&s->crew);
	free(s->bare);
	wrap_free(&s->wrap);
	tests_free(&s->tests);
	batch_free(s->batch);
	batch_system_close(s->own_job.system);
	free(s->own_job.end);
	plugins_free(s->schedulers);
	collection_free(&s->collection);
	previous_free(s->previous);
	if (s->mpi.launched)
		remains_remove(s->is_orphan ? 500 : 0);
	uv_close((uv_handle_t *)&s->timer, NULL);
	for (int i = 0; i < N_SIGNALS; i++)
		uv_close((uv_handle_t *)&s->signals[i], NULL);
	uv_run(&s->loop, UV_RUN_NOWAIT);
	uv_loop_close(&s->loop);
}

/* Writes all reports. In a hurry, a process of its own does, out of reach of mpirun, who ends the process group of
 * this one. */
static int close_reports(struct session *s, int status)
{
	bool apart = s->mpi.launched && is_in_a_hurry(s);
	pid_t writer = apart ? fork() : -1;
	int ended;

	if (writer > 0) {
		s->reports = NULL; /* its memory goes with this process, which ends soon */
		while (waitpid(writer, &ended, 0) < 0 && errno == EINTR)
			;
		return WIFEXITED(ended) ? WEXITSTATUS(ended) : STATUS_INTERNAL;
	}
	if (writer == 0)
		setsid();
	status = reports_close(s->reports, session_now(s), status, s->interrupted);
	if (writer == 0)
		_exit(status);
	s->reports = NULL;
	return status;
}

int session_run(const struct settings *settings, const struct mpienv *mpi, int argc, char **argv)
{
	struct session s = { .settings = settings, .mpi = *mpi, .argc = argc, .argv = argv };
	struct ptpar_error err;
	int status;

	run_clock_start();
	orphans_adopt();
	if (mpi->launched)
		remains_begin(PARENT_DEATH);
	open_loop(&s);
	status = prepare(&s, &err);
	if (status < 0) {
		fprintf(stderr, "ptpar: %s\n", err.text);
		/* The other ranks do not know, and are starting. */
		if (mpi->launched && status != -EMFILE && start(&s, &err) == 0)
			shut_down(&s);
		release(&s);
		return STATUS_USAGE;
	}
	s.prepared = true;
	s.reports = reports_new(settings);
	if (start(&s, &err) < 0) {
		fprintf(stderr, "ptpar: %s\n", err.text);
		status = STATUS_INTERNAL;
	} else {
		do_run(&s);
		status = judge(&s);
		status = close_reports(&s, status);
		shut_down(&s);
	}
	release(&s);
	return status;
}
