/* pmix_server.c - starts processes for libpmix (pmix_process.h), one after another, and asks them; jobs and their
 * files. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "core/agent/pmix_server.h"

#include "core/common/error.h"

#ifndef HAVE_PMIX

int pmix_server_open(uv_loop_t *loop, const char *directory, struct ptpar_error *err)
{
	(void)loop;
	(void)directory;
	return ptpar_fail(err, -ENOTSUP,
			  "ptpar was built without PMIx. On Debian and Ubuntu: apt-get install libpmix-dev, then "
			  "configure and make again");
}

void pmix_server_close(void)
{
}

bool pmix_server_owns(pid_t pid)
{
	(void)pid;
	return false;
}

struct pmix_job *pmix_job_open(const struct pmix_job_spec *spec, const struct pmix_job_callbacks *callbacks,
			       void *ctx, struct ptpar_error *err)
{
	(void)spec;
	(void)callbacks;
	(void)ctx;
	ptpar_fail(err, -ENOTSUP, "ptpar was built without PMIx");
	return NULL;
}

char **pmix_job_env(struct pmix_job *job, uint32_t rank, struct ptpar_error *err)
{
	(void)job;
	(void)rank;
	ptpar_fail(err, -ENOTSUP, "ptpar was built without PMIx");
	return NULL;
}

enum rank_state pmix_job_state(struct pmix_job *job, uint32_t rank)
{
	(void)job;
	(void)rank;
	return RANK_STARTED;
}

void pmix_job_close(struct pmix_job *job)
{
	(void)job;
}

#else

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hwloc.h>

#include "core/agent/pmix_process.h"
#include "core/common/alloc.h"
#include "core/common/mpienv.h"
#include "core/common/remove_tree.h"

enum {
	/* A process serves so many jobs, and then ends with them: it has grown by 7 KB with each. */
	JOBS_PER_PROCESS = 500,
	/* The next one is started so many jobs before: it needs 0.1 s. */
	JOBS_AHEAD = 20,
	/* Who does not answer for so long is hung, s. Answers take 0.1 ms. */
	PATIENCE = 30,
};

struct process {
	pid_t pid;
	uint32_t number;
	int calls;
	int notices;
	uv_poll_t poll;
	uint32_t n_jobs; /* so far */
	uint32_t n_open;
	bool is_lost;
	struct process *next;
};

struct pmix_job {
	uint32_t number;
	struct process *process;
	struct mpienv_launch launch;
	struct pmix_job_callbacks callbacks;
	void *ctx;
	char *directory;
	enum rank_state *states;
	struct pmix_job *next;
};

static struct {
	bool is_open;
	uv_loop_t *loop;
	char *directory;
	char *topology_file;
	hwloc_topology_t topology;
	struct process *processes; /* the newest first */
	struct process *current;   /* gets the next job; NULL: none yet */
	struct process *ahead;     /* is to follow; NULL: none yet */
	uint32_t n_processes;      /* ever */
	struct pmix_job *jobs;
	uint32_t n_jobs; /* ever */
} server;

static char *directory_of(const struct process *process)
{
	return xasprintf("%s/pmix-%u", server.directory, (unsigned)process->number);
}

static void on_poll_closed(uv_handle_t *poll)
{
	free(poll->data);
}

/* It serves nobody any more. */
static void end_process(struct process *process)
{
	char *directory = directory_of(process);

	for (struct process **at = &server.processes; *at != NULL; at = &(*at)->next)
		if (*at == process) {
			*at = process->next;
			break;
		}
	kill(process->pid, SIGKILL);
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(process->calls);
	remove_tree(directory);
	free(directory);
	uv_close((uv_handle_t *)&process->poll, on_poll_closed);
	close(process->notices);
}

/* --- notices ------------------------------------------------------------------------------------------------- */

static struct pmix_job *find_job(const struct process *process, uint32_t number)
{
	struct pmix_job *job = server.jobs;

	while (job != NULL && (job->number != number || job->process != process))
		job = job->next;
	return job;
}

static void deliver(const struct process *process, struct pmix_notice *notice)
{
	static const enum rank_state states[] = { [PMIX_NOTICE_INITIALIZED] = RANK_INITIALIZED,
						  [PMIX_NOTICE_FINALIZED] = RANK_FINALIZED,
						  [PMIX_NOTICE_ABORTED] = RANK_ABORTED };
	struct pmix_job *job = find_job(process, notice->job);

	if (job == NULL || notice->rank >= job->launch.np)
		return;
	notice->text[sizeof(notice->text) - 1] = '\0';
	job->states[notice->rank] = states[notice->kind];
	if (notice->kind == PMIX_NOTICE_ABORTED && job->callbacks.on_abort != NULL)
		job->callbacks.on_abort(job->ctx, notice->rank, notice->status, notice->text);
	if (job->callbacks.on_state != NULL)
		job->callbacks.on_state(job->ctx, notice->rank, states[notice->kind]);
}

static void lose(struct process *process)
{
	if (process->is_lost)
		return;
	process->is_lost = true;
	uv_poll_stop(&process->poll);
	if (process == server.current)
		server.current = NULL;
	if (process == server.ahead)
		server.ahead = NULL;
	for (struct pmix_job *job = server.jobs; job != NULL; job = job->next)
		if (job->process == process && job->callbacks.on_lost != NULL)
			job->callbacks.on_lost(job->ctx);
	if (process->n_open == 0)
		end_process(process);
}

/* What is there. */
static void read_notices(struct process *process)
{
	struct pmix_notice notice;
	ssize_t n;

	while ((n = recv(process->notices, &notice, sizeof(notice), MSG_DONTWAIT)) != 0) {
		if (n == (ssize_t)sizeof(notice))
			deliver(process, &notice);
		else if (n < 0 && errno == EAGAIN)
			return;
		else if (errno != EINTR)
			break;
	}
	lose(process);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	read_notices(poll->data);
}

/* --- processes ----------------------------------------------------------------------------------------------- */

/* In the new process: only its own descriptors stay open. */
_Noreturn static void become_server(const char *directory, pid_t parent, int calls, int notices)
{
	const struct pmix_process process = {
		.directory = directory, .topology = server.topology, .calls = 3, .notices = 4
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* First out of the way of 3 and 4. */
	calls = fcntl(calls, F_DUPFD_CLOEXEC, 5);
	notices = fcntl(notices, F_DUPFD_CLOEXEC, 5);
	if (dup3(calls, 3, O_CLOEXEC) < 0 || dup3(notices, 4, O_CLOEXEC) < 0)
		_exit(1);
	close_range(5, ~0U, 0);
	pmix_process_run(&process);
}

static struct process *add_process(pid_t pid, int calls, int notices)
{
	static const struct timeval patience = { .tv_sec = PATIENCE };
	struct process *process = xcalloc(1, sizeof(*process));

	process->pid = pid;
	process->number = server.n_processes;
	process->calls = calls;
	process->notices = notices;
	process->next = server.processes;
	server.processes = process;
	setsockopt(calls, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	uv_poll_init(server.loop, &process->poll, notices);
	process->poll.data = process;
	uv_poll_start(&process->poll, UV_READABLE, on_readable);
	/* It alone keeps no loop running. */
	uv_unref((uv_handle_t *)&process->poll);
	return process;
}

static void close_pair(const int *fds)
{
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Does not wait until it is ready: the first call does. */
static struct process *start_process(struct ptpar_error *err)
{
	const struct process next = { .number = ++server.n_processes };
	int calls[2] = { -1, -1 }, notices[2] = { -1, -1 };
	const pid_t self = getpid();
	char *directory = directory_of(&next);
	struct process *process = NULL;
	pid_t pid;

	if (mkdir(directory, 0700) != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, calls) != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, notices) != 0 || (pid = fork()) < 0) {
		ptpar_fail(err, -errno, "cannot start a PMIx server: %s", strerror(errno));
		close_pair(calls);
		close_pair(notices);
		goto out;
	}
	if (pid == 0)
		become_server(directory, self, calls[1], notices[1]);
	close(calls[1]);
	close(notices[1]);
	process = add_process(pid, calls[0], notices[0]);
out:
	free(directory);
	return process;
}

/* *n: bytes of answer->text. */
static int ask(struct process *process, const struct pmix_call *call, struct pmix_answer *answer, size_t *n,
	       struct ptpar_error *err)
{
	const ssize_t head = offsetof(struct pmix_answer, text);
	ssize_t got = -1;

	if (!process->is_lost && send(process->calls, call, sizeof(*call), MSG_NOSIGNAL) == (ssize_t)sizeof(*call))
		do {
			got = recv(process->calls, answer, sizeof(*answer), 0);
		} while (got < 0 && errno == EINTR);
	if (got < head) {
		lose(process);
		return ptpar_fail(err, -EPIPE, "the PMIx server %s",
				  got < 0 && errno == EAGAIN ? "does not answer" : "has died");
	}
	*n = (size_t)(got - head);
	if (answer->status < 0)
		return ptpar_fail(err, answer->status, "%.*s", (int)*n, answer->text);
	return 0;
}

/* For the next job. */
static struct process *choose_process(struct ptpar_error *err)
{
	struct process *old = server.current;

	if (old != NULL && old->n_jobs == JOBS_PER_PROCESS) {
		server.current = NULL;
		if (old->n_open == 0)
			end_process(old);
	}
	if (server.current == NULL) {
		server.current = server.ahead != NULL ? server.ahead : start_process(err);
		server.ahead = NULL;
	} else if (server.ahead == NULL && server.current->n_jobs >= JOBS_PER_PROCESS - JOBS_AHEAD) {
		/* If this fails, there is another chance. */
		server.ahead = start_process(NULL);
	}
	return server.current;
}

bool pmix_server_owns(pid_t pid)
{
	for (const struct process *process = server.processes; process != NULL; process = process->next)
		if (process->pid == pid)
			return true;
	return false;
}

/* --- opening and closing ------------------------------------------------------------------------------------- */

static int make_directory(const char *path, struct ptpar_error *err)
{
	struct stat st;

	/* With room for names in it, in what is handed to libpmix. */
	if (strlen(path) >= PMIX_PATH_SIZE - 64)
		return ptpar_fail(err, -ENAMETOOLONG, "%s: the path is too long", path);
	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno == EEXIST && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid()) {
		remove_tree(path);
		if (mkdir(path, 0700) == 0)
			return 0;
	}
	return ptpar_fail(err, -errno, "cannot make %s: %s", path, strerror(errno));
}

/* The machine as it is, with devices and with what this process may not use: those who read it leave that out
 * themselves. */
static int export_topology(struct ptpar_error *err)
{
	if (hwloc_topology_init(&server.topology) != 0)
		return ptpar_fail(err, -ENOMEM, "hwloc cannot look at this machine");
	hwloc_topology_set_flags(server.topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	hwloc_topology_set_io_types_filter(server.topology, HWLOC_TYPE_FILTER_KEEP_ALL);
	if (hwloc_topology_load(server.topology) == 0 &&
	    hwloc_topology_export_xml(server.topology, server.topology_file, 0) == 0)
		return 0;
	return ptpar_fail(err, -EIO, "hwloc cannot write the topology of this machine to %s", server.topology_file);
}

static void undo(void)
{
	if (server.topology != NULL)
		hwloc_topology_destroy(server.topology);
	server.topology = NULL;
	remove_tree(server.directory);
	free(server.directory);
	free(server.topology_file);
}

/* The process that is to serve the first job is asked something, to see whether it starts. */
static int start_first(struct ptpar_error *err)
{
	static struct pmix_answer answer;
	const struct pmix_call call = { .kind = PMIX_CALL_NONE };
	size_t n;
	int status;

	server.current = start_process(err);
	if (server.current == NULL)
		return -EIO;
	status = ask(server.current, &call, &answer, &n, err);
	if (status < 0 && server.current != NULL) {
		end_process(server.current);
		server.current = NULL;
	}
	return status;
}

int pmix_server_open(uv_loop_t *loop, const char *directory, struct ptpar_error *err)
{
	int status;

	if (server.is_open)
		return 0;
	status = make_directory(directory, err);
	if (status < 0)
		return status;
	server.loop = loop;
	server.directory = xstrdup(directory);
	server.topology_file = xasprintf("%s/topology.xml", directory);
	status = export_topology(err);
	if (status == 0)
		status = start_first(err);
	if (status < 0)
		undo();
	else
		server.is_open = true;
	return status;
}

void pmix_server_close(void)
{
	if (!server.is_open)
		return;
	server.is_open = false;
	server.current = server.ahead = NULL;
	while (server.processes != NULL)
		end_process(server.processes);
	undo();
}

/* --- jobs ---------------------------------------------------------------------------------------------------- */

static struct pmix_call call_of(const struct pmix_job *job, enum pmix_call_kind kind, uint32_t rank)
{
	struct pmix_call call = { .kind = kind,
				  .job = job->number,
				  .np = job->launch.np,
				  .rank = rank,
				  .oversubscribed = job->launch.oversubscribed };

	snprintf(call.directory, sizeof(call.directory), "%s", job->directory);
	snprintf(call.session, sizeof(call.session), "%s", job->launch.session);
	return call;
}

/* DIRECTORY/NUMBER, with room for shared memory and for the session, apart: when a rank ends, libpmix removes the
 * latter for Open MPI. */
static int make_directories(const struct pmix_job *job, struct ptpar_error *err)
{
	if (mkdir(job->directory, 0700) == 0 && mkdir(job->launch.shared_memory, 0700) == 0 &&
	    mkdir(job->launch.session, 0700) == 0)
		return 0;
	return ptpar_fail(err, -errno, "cannot make directories in %s: %s", job->directory, strerror(errno));
}

static void destroy(struct pmix_job *job)
{
	remove_tree(job->directory);
	free(job->launch.shared_memory);
	free(job->launch.session);
	free(job->directory);
	free(job->states);
	free(job);
}

static struct pmix_job *make_job(const struct pmix_job_spec *spec, const struct pmix_job_callbacks *callbacks,
				 void *ctx)
{
	struct pmix_job *job = xcalloc(1, sizeof(*job));

	job->number = ++server.n_jobs;
	job->callbacks = *callbacks;
	job->ctx = ctx;
	job->directory = xasprintf("%s/%u", server.directory, (unsigned)job->number);
	job->states = xcalloc(spec->np, sizeof(*job->states));
	job->launch = (struct mpienv_launch){ .np = spec->np,
					      .fast = spec->fast,
					      .oversubscribed = spec->oversubscribed,
					      .own_handler = spec->own_handler,
					      .argv = spec->argv,
					      .shared_memory = xasprintf("%s/shm", job->directory),
					      .session = xasprintf("%s/session", job->directory),
					      .topology = server.topology_file };
	return job;
}

static int register_job(struct pmix_job *job, struct ptpar_error *err)
{
	static struct pmix_answer answer;
	const struct pmix_call call = call_of(job, PMIX_CALL_OPEN, 0);
	size_t n;
	int status;

	job->process = choose_process(err);
	if (job->process == NULL)
		return -EIO;
	job->process->n_jobs++;
	status = ask(job->process, &call, &answer, &n, err);
	if (status == 0)
		job->process->n_open++;
	return status;
}

struct pmix_job *pmix_job_open(const struct pmix_job_spec *spec, const struct pmix_job_callbacks *callbacks,
			       void *ctx, struct ptpar_error *err)
{
	struct pmix_job *job;

	if (!server.is_open) {
		ptpar_fail(err, -EINVAL, "the PMIx server is not open");
		return NULL;
	}
	/* The rank on a node has 16 bits in PMIx. */
	if (spec->np < 1 || spec->np > UINT16_MAX) {
		ptpar_fail(err, -EINVAL, "%u ranks on one node: from 1 to %d are possible", (unsigned)spec->np,
			   UINT16_MAX);
		return NULL;
	}
	job = make_job(spec, callbacks, ctx);
	if (make_directories(job, err) < 0 || register_job(job, err) < 0) {
		destroy(job);
		return NULL;
	}
	job->next = server.jobs;
	server.jobs = job;
	return job;
}

/* n bytes of NAME=VALUE, a 0 byte behind each. */
static char **split(const char *text, size_t n)
{
	size_t n_variables = 0;
	char **env;

	for (size_t i = 0; i < n; i++)
		n_variables += text[i] == '\0';
	env = xcalloc(n_variables + 1, sizeof(*env));
	for (size_t i = 0; i < n_variables; i++, text += strlen(text) + 1)
		env[i] = xstrdup(text);
	return env;
}

char **pmix_job_env(struct pmix_job *job, uint32_t rank, struct ptpar_error *err)
{
	static struct pmix_answer answer;
	const struct pmix_call call = call_of(job, PMIX_CALL_ENV, rank);
	char **env;
	size_t n;

	if (ask(job->process, &call, &answer, &n, err) < 0)
		return NULL;
	env = split(answer.text, n);
	mpienv_launch(&env, &job->launch, rank);
	return env;
}

enum rank_state pmix_job_state(struct pmix_job *job, uint32_t rank)
{
	if (!job->process->is_lost)
		read_notices(job->process);
	return job->states[rank];
}

void pmix_job_close(struct pmix_job *job)
{
	static struct pmix_answer answer;
	struct pmix_call call;
	struct process *process;
	size_t n;

	if (job == NULL)
		return;
	for (struct pmix_job **at = &server.jobs; *at != NULL; at = &(*at)->next)
		if (*at == job) {
			*at = job->next;
			break;
		}
	process = job->process;
	if (!process->is_lost) {
		call = call_of(job, PMIX_CALL_CLOSE, 0);
		ask(process, &call, &answer, &n, NULL);
	}
	destroy(job);
	if (--process->n_open == 0 && process != server.current && process != server.ahead)
		end_process(process);
}

#endif
