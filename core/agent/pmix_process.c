/* pmix_process.c - calls of the agent come one at a time, on the main thread; libpmix calls us on a thread of its
 * own: there, requests of ranks are answered at once, and what the agent is to know is sent as a notice.
 *
 * What has no function in the table of the server is refused by libpmix itself, with PMIX_ERR_NOT_SUPPORTED: so are
 * MPI_Comm_spawn, MPI_Publish_name and the like.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "core/agent/pmix_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <pmix.h>
#include <pmix_server.h>

#include "core/common/alloc.h"
#include "core/common/error.h"

/* In MPI_Finalize a rank sends five small packets, which Linux keeps back for 40 ms, until the first one is
 * acknowledged. It is acknowledged at once, so that the last one is here 40 ms earlier, and the rank's core may be
 * given away.
 *
 * But Open MPI 4.1 sometimes crashes when the answer to that comes at once as well (10 of 450 runs): it gets it as
 * late as if nothing had been done. */
enum { FINALIZE_MS = 40 };

/* From libpmix' thread to the main one. */
struct late_answer {
	pmix_op_cbfunc_t done;
	void *cbdata;
	pmix_status_t status;
	int64_t due; /* ms */
};

static struct {
	const struct pmix_process *process;
	int late[2];              /* pipe */
	struct late_answer *kept; /* n_kept, until they are due: in that order */
	size_t n_kept, kept_cap;
	int epoll;
	char host[HOST_NAME_MAX + 1];
	char prefix[40]; /* of namespaces' names; the number of the job follows */
} server;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- on libpmix' thread -------------------------------------------------------------------------------------- */

/* The number behind the prefix; false: not one of our jobs. */
static bool parse_namespace(const char *name, uint32_t *number)
{
	size_t n = strlen(server.prefix);
	char *end;

	if (strncmp(name, server.prefix, n) != 0)
		return false;
	*number = (uint32_t)strtoul(name + n, &end, 10);
	return end != name + n && *end == '\0';
}

static void tell_agent(const pmix_proc_t *proc, enum pmix_notice_kind kind, int status, const char *text)
{
	struct pmix_notice notice = { .kind = kind, .rank = proc->rank, .status = status };

	if (!parse_namespace(proc->nspace, &notice.job))
		return;
	snprintf(notice.text, sizeof(notice.text), "%s", text == NULL ? "" : text);
	while (send(server.process->notices, &notice, sizeof(notice), MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

/* By the main thread, in order: what a rank has sent before it ended is answered before that. libpmix holds a lock
 * while it waits for the function of a log to return, which its answer needs. */
static void answer_later(pmix_status_t status, pmix_op_cbfunc_t done, void *cbdata, int ms)
{
	const struct late_answer answer = {
		.done = done, .cbdata = cbdata, .status = status, .due = now_ms() + ms
	};

	while (write(server.late[1], &answer, sizeof(answer)) < 0 && errno == EINTR)
		;
}

/* The main thread is to see when something comes in. libpmix does not say which descriptors its connections have;
 * those that are closed leave by themselves. */
static void watch_connections(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *entry;
	struct sockaddr_storage peer;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		const int fd = atoi(entry->d_name);
		struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.fd = fd };
		socklen_t length = sizeof(peer);

		if (getpeername(fd, (struct sockaddr *)&peer, &length) == 0 &&
		    (peer.ss_family == AF_INET || peer.ss_family == AF_INET6))
			epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event);
	}
	if (d != NULL)
		closedir(d);
}

static pmix_status_t client_connected(const pmix_proc_t *proc, void *object, pmix_info_t info[], size_t n,
				      pmix_op_cbfunc_t done, void *cbdata)
{
	(void)object;
	(void)info;
	(void)n;
	(void)done;
	(void)cbdata;
	tell_agent(proc, PMIX_NOTICE_INITIALIZED, 0, NULL);
	watch_connections();
	return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t client_finalized(const pmix_proc_t *proc, void *object, pmix_op_cbfunc_t done, void *cbdata)
{
	(void)object;
	tell_agent(proc, PMIX_NOTICE_FINALIZED, 0, NULL);
	answer_later(PMIX_SUCCESS, done, cbdata, FINALIZE_MS);
	return PMIX_SUCCESS;
}

static pmix_status_t abort_job(const pmix_proc_t *proc, void *object, int status, const char text[],
			       pmix_proc_t procs[], size_t n, pmix_op_cbfunc_t done, void *cbdata)
{
	(void)object;
	(void)procs;
	(void)n;
	/* What Open MPI 4 says when it has nothing to say. */
	if (text != NULL && strcmp(text, "N/A") == 0)
		text = NULL;
	tell_agent(proc, PMIX_NOTICE_ABORTED, status, text);
	answer_later(PMIX_SUCCESS, done, cbdata, 0);
	return PMIX_SUCCESS;
}

/* Open MPI 5 sends what it has to say to people, to be printed by who has launched it. Refused, it prints that
 * itself, and so it is among what the rank has printed. */
static void refuse_log(const pmix_proc_t *client, const pmix_info_t data[], size_t n_data,
		       const pmix_info_t directives[], size_t n_directives, pmix_op_cbfunc_t done, void *cbdata)
{
	(void)client;
	(void)data;
	(void)n_data;
	(void)directives;
	(void)n_directives;
	answer_later(PMIX_ERR_NOT_SUPPORTED, done, cbdata, 0);
}

/* All ranks are here: what they have given is what each of them gets. The answer must come by the callback, always:
 * when a client has died, libpmix frees the request if it gets another return value than PMIX_SUCCESS. */
static pmix_status_t fence(const pmix_proc_t procs[], size_t n_procs, const pmix_info_t info[], size_t n_info,
			   char *data, size_t n, pmix_modex_cbfunc_t done, void *cbdata)
{
	(void)procs;
	(void)n_procs;
	(void)info;
	(void)n_info;
	done(PMIX_SUCCESS, data, n, cbdata, free, data);
	return PMIX_SUCCESS;
}

/* Only ranks of other nodes are asked for here, and there are none. */
static pmix_status_t fetch_remote(const pmix_proc_t *proc, const pmix_info_t info[], size_t n,
				  pmix_modex_cbfunc_t done, void *cbdata)
{
	(void)proc;
	(void)info;
	(void)n;
	(void)done;
	(void)cbdata;
	return PMIX_ERR_NOT_FOUND;
}

/* For MPI_Comm_spawn, connect and accept. libpmix calls these without looking whether they are there. */
static pmix_status_t refuse_connect(const pmix_proc_t procs[], size_t n_procs, const pmix_info_t info[],
				    size_t n_info, pmix_op_cbfunc_t done, void *cbdata)
{
	(void)procs;
	(void)n_procs;
	(void)info;
	(void)n_info;
	(void)done;
	(void)cbdata;
	return PMIX_ERR_NOT_SUPPORTED;
}

/* Ranks ask to be told of failures. They are: libpmix tells them what it sees itself. */
static pmix_status_t register_events(pmix_status_t *codes, size_t n_codes, const pmix_info_t info[], size_t n_info,
				     pmix_op_cbfunc_t done, void *cbdata)
{
	(void)codes;
	(void)n_codes;
	(void)info;
	(void)n_info;
	(void)done;
	(void)cbdata;
	return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t deregister_events(pmix_status_t *codes, size_t n_codes, pmix_op_cbfunc_t done, void *cbdata)
{
	(void)codes;
	(void)n_codes;
	(void)done;
	(void)cbdata;
	return PMIX_OPERATION_SUCCEEDED;
}

static pmix_server_module_t module = {
	.client_connected2 = client_connected,
	.client_finalized = client_finalized,
	.abort = abort_job,
	.fence_nb = fence,
	.direct_modex = fetch_remote,
	.connect = refuse_connect,
	.disconnect = refuse_connect,
	.register_events = register_events,
	.deregister_events = deregister_events,
	.log = refuse_log,
};

/* --- what ranks ask for -------------------------------------------------------------------------------------- */

/* Lists of libpmix copy what is put into them. */
static void put(void *list, const char *key, const void *value, pmix_data_type_t type)
{
	if (PMIx_Info_list_add(list, key, value, type) != PMIX_SUCCESS)
		abort(); /* out of memory */
}

static void put_u32(void *list, const char *key, uint32_t value)
{
	put(list, key, &value, PMIX_UINT32);
}

static void put_rank(void *list, const char *key, pmix_rank_t value)
{
	put(list, key, &value, PMIX_PROC_RANK);
}

static void put_u16(void *list, const char *key, uint16_t value)
{
	put(list, key, &value, PMIX_UINT16);
}

/* The list becomes an array, to be given to PMIX_DATA_ARRAY_DESTRUCT. */
static pmix_data_array_t finish(void *list)
{
	pmix_data_array_t array;

	if (PMIx_Info_list_convert(list, &array) != PMIX_SUCCESS)
		abort(); /* out of memory */
	PMIx_Info_list_release(list);
	return array;
}

/* All ranks, in order, with that between them; to be freed. */
static char *join_ranks(uint32_t np, char between)
{
	char *text = xmalloc((size_t)np * 11 + 1), *end = text;

	for (uint32_t rank = 0; rank < np; rank++)
		end += sprintf(end, "%s%u", rank > 0 ? (char[]){ between, '\0' } : "", (unsigned)rank);
	return text;
}

/* One node, all ranks on it. */
static int put_maps(void *list, const struct pmix_call *job, struct ptpar_error *err)
{
	char *ranks = join_ranks(job->np, ','), *nodes = NULL, *map = NULL;
	pmix_status_t status = PMIx_generate_regex(server.host, &nodes);

	if (status == PMIX_SUCCESS)
		status = PMIx_generate_ppn(ranks, &map);
	if (status == PMIX_SUCCESS) {
		put(list, PMIX_NODE_MAP, nodes, PMIX_REGEX);
		put(list, PMIX_PROC_MAP, map, PMIX_REGEX);
		put(list, PMIX_LOCAL_PEERS, ranks, PMIX_STRING);
	}
	free(ranks);
	free(nodes);
	free(map);
	if (status != PMIX_SUCCESS)
		return ptpar_fail(err, -EIO, "PMIx cannot describe the node %s: %s", server.host,
				  PMIx_Error_string(status));
	return 0;
}

static void put_job(void *list, const struct pmix_call *job)
{
	const uint32_t np = job->np;
	const bool yes = true;

	/* Values of a session are common to its jobs: each job has one of its own. */
	put_u32(list, PMIX_SESSION_ID, job->job);
	put_u32(list, PMIX_UNIV_SIZE, np);
	put_u32(list, PMIX_JOB_SIZE, np);
	put_u32(list, PMIX_MAX_PROCS, np);
	put_u32(list, PMIX_NUM_SLOTS, np);
	put_u32(list, PMIX_APP_SIZE, np);
	put_u32(list, PMIX_LOCAL_SIZE, np);
	put_u32(list, PMIX_NODE_SIZE, np);
	put_u32(list, PMIX_NUM_NODES, 1);
	put_u32(list, PMIX_JOB_NUM_APPS, 1);
	put_u32(list, PMIX_NODEID, 0);
	put_rank(list, PMIX_LOCALLDR, 0);
	put_rank(list, PMIX_APPLDR, 0);
	put(list, PMIX_NODE_OVERSUBSCRIBED, &job->oversubscribed, PMIX_BOOL);
	put(list, PMIX_TMPDIR, job->directory, PMIX_STRING);
	put(list, PMIX_NSDIR, job->session, PMIX_STRING);
	put(list, PMIX_TDIR_RMCLEAN, &yes, PMIX_BOOL);
}

static void put_rank_of_job(void *list, const struct pmix_call *job, uint32_t rank)
{
	void *own = PMIx_Info_list_start();
	pmix_data_array_t array;
	char directory[PMIX_PATH_SIZE + 16];

	put_rank(own, PMIX_RANK, rank); /* must be the first */
	put_rank(own, PMIX_GLOBAL_RANK, rank);
	put_rank(own, PMIX_APP_RANK, rank);
	put_u16(own, PMIX_LOCAL_RANK, (uint16_t)rank);
	put_u16(own, PMIX_NODE_RANK, (uint16_t)rank);
	put_u32(own, PMIX_APPNUM, 0);
	put_u32(own, PMIX_NODEID, 0);
	put_u32(own, PMIX_REINCARNATION, 0);
	put(own, PMIX_HOSTNAME, server.host, PMIX_STRING);
	snprintf(directory, sizeof(directory), "%s/%u", job->session, (unsigned)rank);
	put(own, PMIX_PROCDIR, directory, PMIX_STRING);
	array = finish(own);
	put(list, PMIX_PROC_INFO_ARRAY, &array, PMIX_DATA_ARRAY);
	PMIX_DATA_ARRAY_DESTRUCT(&array);
}

/* --- calls --------------------------------------------------------------------------------------------------- */

static pmix_proc_t name_of(const struct pmix_call *job, uint32_t rank)
{
	pmix_proc_t proc = { .rank = rank };

	snprintf(proc.nspace, sizeof(proc.nspace), "%s%u", server.prefix, (unsigned)job->job);
	return proc;
}

static int register_job(const struct pmix_call *job, struct ptpar_error *err)
{
	void *list = PMIx_Info_list_start();
	const pmix_proc_t all = name_of(job, PMIX_RANK_WILDCARD);
	pmix_data_array_t array;
	pmix_status_t status;
	int result;

	put_job(list, job);
	result = put_maps(list, job, err);
	for (uint32_t rank = 0; rank < job->np; rank++)
		put_rank_of_job(list, job, rank);
	array = finish(list);
	if (result == 0) {
		/* Without a callback these return when it is done. */
		status = PMIx_server_register_nspace(all.nspace, (int)job->np, array.array, array.size, NULL, NULL);
		for (uint32_t rank = 0; rank < job->np && status == PMIX_OPERATION_SUCCEEDED; rank++) {
			const pmix_proc_t proc = name_of(job, rank);

			status = PMIx_server_register_client(&proc, geteuid(), getegid(), NULL, NULL, NULL);
		}
		if (status != PMIX_OPERATION_SUCCEEDED)
			result = ptpar_fail(err, -EIO, "PMIx does not take a job of %u ranks: %s",
					    (unsigned)job->np, PMIx_Error_string(status));
	}
	PMIX_DATA_ARRAY_DESTRUCT(&array);
	return result;
}

static int env_of_rank(const struct pmix_call *call, struct pmix_answer *answer, size_t *n, struct ptpar_error *err)
{
	const pmix_proc_t proc = name_of(call, call->rank);
	char **env = NULL;
	const pmix_status_t status = PMIx_server_setup_fork(&proc, &env);
	int result = 0;

	for (size_t i = 0, length; env != NULL && env[i] != NULL; i++, *n += length) {
		length = strlen(env[i]) + 1;
		if (length > sizeof(answer->text) - *n) {
			result = ptpar_fail(err, -E2BIG, "PMIx wants too large an environment");
			break;
		}
		memcpy(answer->text + *n, env[i], length);
	}
	for (size_t i = 0; env != NULL && env[i] != NULL; i++)
		free(env[i]);
	free(env);
	if (status != PMIX_SUCCESS)
		return ptpar_fail(err, -EIO, "PMIx has no environment for rank %u: %s", (unsigned)call->rank,
				  PMIx_Error_string(status));
	return result;
}

/* PMIx_server_deregister_client is not called: it closes sockets whose end libpmix' loop has not seen yet, and then
 * does not see what comes to the next socket of that number. */
static void forget_job(const struct pmix_call *call)
{
	const pmix_proc_t all = name_of(call, PMIX_RANK_WILDCARD);

	PMIx_server_deregister_nspace(all.nspace, NULL, NULL);
}

static int serve(const struct pmix_call *call, struct pmix_answer *answer, size_t *n, struct ptpar_error *err)
{
	switch (call->kind) {
	case PMIX_CALL_NONE:
		return 0;
	case PMIX_CALL_OPEN:
		return register_job(call, err);
	case PMIX_CALL_ENV:
		return env_of_rank(call, answer, n, err);
	case PMIX_CALL_CLOSE:
		forget_job(call);
		return 0;
	default:
		return ptpar_fail(err, -EINVAL, "unknown call");
	}
}

/* --- the process --------------------------------------------------------------------------------------------- */

/* Nobody can guess the name, and so no other user can pretend, over the loopback device, to be one of our ranks:
 * libpmix believes the user id that it is told. */
static int name_prefix(struct ptpar_error *err)
{
	unsigned long long token;

	if (getrandom(&token, sizeof(token), 0) != (ssize_t)sizeof(token))
		return ptpar_fail(err, -errno, "no random number: %s", strerror(errno));
	snprintf(server.prefix, sizeof(server.prefix), "ptpar-%016llx-", token);
	return 0;
}

static int start(struct ptpar_error *err)
{
	pmix_topology_t machine = { .source = "hwloc", .topology = server.process->topology };
	const bool chosen = getenv("PMIX_MCA_gds") != NULL;
	pmix_info_t info[5];
	pmix_status_t status;

	PMIX_INFO_LOAD(&info[0], PMIX_SERVER_TMPDIR, (char *)server.process->directory, PMIX_STRING);
	PMIX_INFO_LOAD(&info[1], PMIX_SYSTEM_TMPDIR, (char *)server.process->directory, PMIX_STRING);
	PMIX_INFO_LOAD(&info[2], PMIX_SERVER_NSPACE, "ptpar-agent", PMIX_STRING);
	PMIX_INFO_LOAD(&info[3], PMIX_HOSTNAME, server.host, PMIX_STRING);
	/* By hand: PMIX_INFO_LOAD would copy the topology. */
	memset(&info[4], 0, sizeof(info[4]));
	snprintf(info[4].key, sizeof(info[4].key), "%s", PMIX_TOPOLOGY2);
	info[4].value.type = PMIX_TOPO;
	info[4].value.data.topo = &machine;
	/* The store of data: the others make files for each job, which takes 58 ms for two ranks. */
	if (!chosen)
		setenv("PMIX_MCA_gds", "hash", 1);
	status = PMIx_server_init(&module, info, 5);
	if (!chosen)
		unsetenv("PMIX_MCA_gds");
	for (size_t i = 0; i < 4; i++)
		PMIX_INFO_DESTRUCT(&info[i]);
	if (status != PMIX_SUCCESS)
		return ptpar_fail(err, -EIO, "the PMIx server does not start: %s", PMIx_Error_string(status));
	return 0;
}

static void reply(int fd, struct pmix_answer *answer, size_t n)
{
	if (send(fd, answer, offsetof(struct pmix_answer, text) + n, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static void reply_error(int fd, struct pmix_answer *answer, int status, const struct ptpar_error *err)
{
	answer->status = status;
	snprintf(answer->text, sizeof(answer->text), "%s", err->text);
	reply(fd, answer, strlen(answer->text) + 1);
}

/* false: the agent has closed its end. */
static bool answer_call(int started, struct ptpar_error *err)
{
	static struct pmix_answer answer;
	struct pmix_call call;
	const int fd = server.process->calls;
	size_t n = 0;
	int status;

	if (recv(fd, &call, sizeof(call), 0) != (ssize_t)sizeof(call))
		return errno == EINTR;
	/* A server that has not started says so to every call. */
	status = started < 0 ? started : serve(&call, &answer, &n, err);
	answer.status = 0;
	if (status < 0)
		reply_error(fd, &answer, status, err);
	else
		reply(fd, &answer, n);
	return true;
}

static void take_late_answer(void)
{
	struct late_answer answer;

	if (read(server.late[0], &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
		return;
	if (answer.due <= now_ms()) {
		answer.done(answer.status, answer.cbdata);
	} else {
		GROW(server.kept, server.n_kept, server.kept_cap);
		server.kept[server.n_kept++] = answer;
	}
}

static void give_kept_answers(void)
{
	const int64_t now = now_ms();
	size_t n = 0;

	while (n < server.n_kept && server.kept[n].due <= now) {
		server.kept[n].done(server.kept[n].status, server.kept[n].cbdata);
		n++;
	}
	server.n_kept -= n;
	if (n > 0)
		memmove(server.kept, server.kept + n, server.n_kept * sizeof(*server.kept));
}

/* Until the next answer is due, ms; -1: there is none. */
static int time_left(void)
{
	int64_t ms;

	if (server.n_kept == 0)
		return -1;
	ms = server.kept[0].due - now_ms();
	return ms > 0 ? (int)ms : 0;
}

/* A rank has sent something, for libpmix. */
static void acknowledge(int fd)
{
	const int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
}

static void work(int started, struct ptpar_error *err)
{
	struct epoll_event events[16];

	for (;;) {
		const int n = epoll_wait(server.epoll, events, 16, time_left());

		give_kept_answers();
		for (int i = 0; i < n; i++) {
			const int fd = events[i].data.fd;

			if (fd == server.late[0])
				take_late_answer();
			else if (fd != server.process->calls)
				acknowledge(fd);
			else if (!answer_call(started, err))
				return;
		}
	}
}

static int make_epoll(void)
{
	const int fds[] = { server.process->calls, server.late[0] };

	server.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = fds[i] };

		if (epoll_ctl(server.epoll, EPOLL_CTL_ADD, fds[i], &event) != 0)
			return -errno;
	}
	return 0;
}

/* libpmix has a line for every misshapen packet, and anybody on this machine can send some. */
static void be_silent(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

void pmix_process_run(const struct pmix_process *process)
{
	struct ptpar_error err;
	int status;

	server.process = process;
	gethostname(server.host, sizeof(server.host) - 1);
	prctl(PR_SET_NAME, "ptpar-pmix");
	/* Signals to the group of processes that it is in are the agent's. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	if (pipe2(server.late, O_CLOEXEC) != 0 || make_epoll() < 0)
		_exit(1);
	status = name_prefix(&err);
	if (status == 0)
		status = start(&err);
	if (status == 0)
		be_silent();
	work(status, &err);
	_exit(0);
}
