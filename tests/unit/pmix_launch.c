/* pmix_launch.c - starts MPI programs by the agent's PMIx server, as the agent does.
 *
 *   pmix_launch [OPTION]... NP [REPEAT] PROGRAM [ARGUMENT]...
 *
 * Runs the program on NP ranks, REPEAT times in a row (1). Prints a line for each rank that ended otherwise than
 * with exit status 0 and for each MPI_Abort, and in the end how many jobs there were, how many of them were in
 * order, and how many ranks were seen to finalize. Exit status: 1 if a job was not in order, 2 if it cannot start.
 *
 *   -d DIRECTORY   of the server; the default is in /dev/shm, by process id
 *   -f             shared memory only (fast)
 *   -k             when a rank has ended badly, the others of its job are killed
 *   -o             waiting yields: more processes than cores (oversubscribed)
 *   -s N           after each N jobs: memory in KiB, descriptors, processes of the server, files in its directory
 *   -w SECONDS     what still runs after that is killed (60)
 *   -x             the next job starts as soon as all ranks of this one have finalized
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <uv.h>

#include "core/agent/pmix_server.h"
#include "core/common/alloc.h"
#include "core/common/mpienv.h"

extern char **environ;

struct job;

struct rank {
	uv_process_t process;
	struct job *job;
	uint32_t number;
	bool runs;
};

struct job {
	struct pmix_job *pmix;
	struct rank *ranks;
	uint32_t n_running, n_finalized;
	bool is_bad;
	bool is_followed; /* by the next one: that was started */
	uv_timer_t timer;
};

static struct {
	uv_loop_t loop;
	char *directory;
	struct pmix_job_spec spec;
	char **argv;
	bool kills, overlaps;
	unsigned patience, every;
	unsigned to_start, started, ended, ok, finalized;
} driver = { .patience = 60 };

static void start_job(void);

/* --- what this process needs ---------------------------------------------------------------------------------- */

static unsigned count_entries(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n;
}

/* KiB that only this process has, and what it shares with others in parts. */
static unsigned long memory_of(const char *pid)
{
	char path[64];
	unsigned long pss = 0;
	char line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Pss: %lu", &pss) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return pss;
}

/* Of this process and those of the server. */
static void show_needs(void)
{
	char path[64], pid[16];
	unsigned long memory = memory_of("self");
	unsigned fds = count_entries("/proc/self/fd"), n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	while (f != NULL && fscanf(f, "%15s", pid) == 1) {
		if (!pmix_server_owns(atoi(pid)))
			continue;
		n++;
		memory += memory_of(pid);
		snprintf(path, sizeof(path), "/proc/%s/fd", pid);
		fds += count_entries(path);
	}
	if (f != NULL)
		fclose(f);
	printf("after %u jobs: memory=%lu fds=%u servers=%u files=%u\n", driver.ended, memory, fds, n,
	       count_entries(driver.directory));
}

/* --- jobs ----------------------------------------------------------------------------------------------------- */

static void follow(struct job *job)
{
	if (!job->is_followed && driver.started < driver.to_start)
		start_job();
	job->is_followed = true;
}

/* As mpirun does: all but the one that has ended, or is about to. */
static void kill_others(struct job *job, uint32_t rank)
{
	for (uint32_t i = 0; i < driver.spec.np && driver.kills; i++)
		if (i != rank && job->ranks[i].runs)
			uv_process_kill(&job->ranks[i].process, SIGKILL);
}

/* The first one is the cause: it ends by itself. */
static void fail(struct job *job, uint32_t rank)
{
	if (!job->is_bad)
		kill_others(job, rank);
	job->is_bad = true;
}

static void on_state(void *ctx, uint32_t rank, enum rank_state state)
{
	struct job *job = ctx;

	(void)rank;
	if (state != RANK_FINALIZED)
		return;
	driver.finalized++;
	if (++job->n_finalized == driver.spec.np && driver.overlaps)
		follow(job);
}

static void on_abort(void *ctx, uint32_t rank, int status, const char *text)
{
	printf("rank %u: MPI_Abort %d%s%s\n", (unsigned)rank, status, *text != '\0' ? " " : "", text);
	fail(ctx, rank);
}

static void on_lost(void *ctx)
{
	struct job *job = ctx;

	printf("the server is lost\n");
	fail(job, driver.spec.np);
}

static void on_timeout(uv_timer_t *timer)
{
	struct job *job = timer->data;

	printf("job %u: takes too long\n", driver.started);
	job->is_bad = true;
	for (uint32_t i = 0; i < driver.spec.np; i++)
		if (job->ranks[i].runs)
			uv_process_kill(&job->ranks[i].process, SIGKILL);
}

static void on_timer_closed(uv_handle_t *timer)
{
	struct job *job = timer->data;

	follow(job);
	free(job->ranks);
	free(job);
}

static void end_job(struct job *job)
{
	pmix_job_close(job->pmix);
	driver.ended++;
	driver.ok += !job->is_bad;
	if (driver.every > 0 && driver.ended % driver.every == 0)
		show_needs();
	uv_close((uv_handle_t *)&job->timer, on_timer_closed);
}

static void on_process_closed(uv_handle_t *process)
{
	struct rank *rank = process->data;

	if (--rank->job->n_running == 0)
		end_job(rank->job);
}

static void on_exit_of_rank(uv_process_t *process, int64_t status, int signal)
{
	struct rank *rank = process->data;

	rank->runs = false;
	if (signal != 0)
		printf("rank %u: signal %d\n", (unsigned)rank->number, signal);
	else if (status != 0)
		printf("rank %u: exit status %d\n", (unsigned)rank->number, (int)status);
	else if (pmix_job_state(rank->job->pmix, rank->number) == RANK_INITIALIZED)
		printf("rank %u: exit without MPI_Finalize\n", (unsigned)rank->number);
	if (signal != 0 || status != 0 || pmix_job_state(rank->job->pmix, rank->number) == RANK_INITIALIZED)
		fail(rank->job, rank->number);
	uv_close((uv_handle_t *)process, on_process_closed);
}

/* Of both lists; the second one's hold. Its texts are not copied. */
static char **merge(char **base, char **over)
{
	char **env;
	size_t n = 0, n_base = 0, n_over = 0;

	while (base[n_base] != NULL)
		n_base++;
	while (over[n_over] != NULL)
		n_over++;
	env = xcalloc(n_base + n_over + 1, sizeof(*env));
	for (; n < n_over; n++)
		env[n] = over[n];
	for (; *base != NULL; base++) {
		size_t length = strcspn(*base, "=") + 1, i = 0;

		while (i < n_over && strncmp(over[i], *base, length) != 0)
			i++;
		if (i == n_over)
			env[n++] = *base;
	}
	return env;
}

static void give_up(const char *why)
{
	fprintf(stderr, "pmix_launch: %s\n", why);
	exit(2);
}

static void start_rank(struct job *job, uint32_t number)
{
	struct rank *rank = &job->ranks[number];
	struct ptpar_error err;
	char **own = pmix_job_env(job->pmix, number, &err), **env;
	uv_stdio_container_t fds[3] = { { .flags = UV_IGNORE },
					{ .flags = UV_INHERIT_FD, .data.fd = 1 },
					{ .flags = UV_INHERIT_FD, .data.fd = 2 } };
	uv_process_options_t options = { .file = driver.argv[0],
					 .args = driver.argv,
					 .exit_cb = on_exit_of_rank,
					 .stdio = fds,
					 .stdio_count = 3 };
	int status;

	if (own == NULL)
		give_up(err.text);
	options.env = env = merge(environ, own);
	rank->job = job;
	rank->number = number;
	rank->process.data = rank;
	status = uv_spawn(&driver.loop, &rank->process, &options);
	if (status < 0)
		give_up(uv_strerror(status));
	rank->runs = true;
	free(env);
	mpienv_free_list(own);
}

static void start_job(void)
{
	static const struct pmix_job_callbacks callbacks = { on_state, on_abort, on_lost };
	struct job *job = xcalloc(1, sizeof(*job));
	struct ptpar_error err;

	driver.started++;
	job->pmix = pmix_job_open(&driver.spec, &callbacks, job, &err);
	if (job->pmix == NULL)
		give_up(err.text);
	job->ranks = xcalloc(driver.spec.np, sizeof(*job->ranks));
	job->n_running = driver.spec.np;
	uv_timer_init(&driver.loop, &job->timer);
	job->timer.data = job;
	uv_timer_start(&job->timer, on_timeout, driver.patience * 1000, 0);
	for (uint32_t i = 0; i < driver.spec.np; i++)
		start_rank(job, i);
}

/* --- the command line ----------------------------------------------------------------------------------------- */

static bool is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

static const char *parse(int argc, char **argv)
{
	const char *directory = NULL;

	for (int c; (c = getopt(argc, argv, "+d:fkos:w:x")) != -1;)
		switch (c) {
		case 'd':
			directory = optarg;
			break;
		case 'f':
			driver.spec.fast = true;
			break;
		case 'k':
			driver.kills = true;
			break;
		case 'o':
			driver.spec.oversubscribed = true;
			break;
		case 's':
			driver.every = (unsigned)atoi(optarg);
			break;
		case 'w':
			driver.patience = (unsigned)atoi(optarg);
			break;
		case 'x':
			driver.overlaps = true;
			break;
		default:
			exit(2);
		}
	argv += optind;
	driver.to_start = 1;
	if (*argv != NULL)
		driver.spec.np = (uint32_t)atoi(*argv++);
	if (*argv != NULL && is_number(*argv))
		driver.to_start = (unsigned)atoi(*argv++);
	if (*argv == NULL)
		give_up("usage: pmix_launch [OPTION]... NP [REPEAT] PROGRAM [ARGUMENT]...");
	driver.argv = argv;
	driver.spec.argv = argv;
	return directory;
}

int main(int argc, char **argv)
{
	const char *given = parse(argc, argv);
	struct ptpar_error err;

	driver.directory = given != NULL ? xstrdup(given) : xasprintf("/dev/shm/ptpar-launch-%d", (int)getpid());
	setvbuf(stdout, NULL, _IOLBF, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mpienv_scrub();
	uv_loop_init(&driver.loop);
	if (pmix_server_open(&driver.loop, driver.directory, &err) < 0)
		give_up(err.text);
	start_job();
	uv_run(&driver.loop, UV_RUN_DEFAULT);
	pmix_server_close();
	uv_run(&driver.loop, UV_RUN_DEFAULT);
	uv_loop_close(&driver.loop);
	free(driver.directory);
	printf("%u jobs, %u in order, %u ranks finalized\n", driver.ended, driver.ok, driver.finalized);
	return driver.ok == driver.ended ? 0 : 1;
}
