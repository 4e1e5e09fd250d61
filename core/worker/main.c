/* main.c - ptpar-worker: the one program that links MPI and loads user code.
 *
 *   ptpar-worker                      an MPI rank of a pool: runs the tests that the core sends
 *   ptpar-worker --collect            lists the tests of the files and directories that the core names
 *
 * Started by ptpar-agent only, see core/common/page.h for what it inherits.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <mpi.h>

#include "core/common/page.h"
#include "core/common/worker_env.h"
#include "core/worker/calls.h"
#include "core/worker/capture.h"
#include "core/worker/check.h"
#include "core/worker/collect.h"
#include "core/worker/core_link.h"
#include "core/worker/group.h"
#include "core/worker/intercept.h"
#include "core/worker/last_words.h"
#include "core/worker/run.h"
#include "core/common/sources.h"

static void warn(void *ctx, const char *text)
{
	(void)ctx;
	(void)text; /* the collector has told of bad plugins, once */
}

static void die(const char *what)
{
	fprintf(stderr, "ptpar-worker: %s\n", what);
	_exit(3);
}

static struct page *map_page(void)
{
	struct page *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, WORKER_PAGE_FD, 0);

	if (page == MAP_FAILED)
		die("this program is started by ptpar, not by hand");
	close(WORKER_PAGE_FD);
	return page;
}

static void init_mpi(void)
{
	static const int levels[] = { MPI_THREAD_SINGLE, MPI_THREAD_FUNNELED, MPI_THREAD_SERIALIZED,
				      MPI_THREAD_MULTIPLE };
	const char *text = getenv(ENV_THREAD_LEVEL);
	int wanted = text != NULL && text[0] >= '0' && text[0] <= '3' ? text[0] - '0' : 3, provided;

	if (PMPI_Init_thread(NULL, NULL, levels[wanted], &provided) != MPI_SUCCESS)
		die("MPI_Init_thread failed");
	/* Tests that use these although they should use `comm`: an error must not abort the job. */
	PMPI_Comm_set_errhandler(MPI_COMM_WORLD, intercept_errhandler());
	PMPI_Comm_set_errhandler(MPI_COMM_SELF, intercept_errhandler());
}

/* Rank 0 has them from its parents; the others, and their agents, learn them here. */
static void share_credentials(struct credentials *c)
{
	PMPI_Bcast(c, sizeof(*c), MPI_BYTE, 0, MPI_COMM_WORLD);
	if (write(WORKER_HANDOVER_FD, c, sizeof(*c)) != sizeof(*c))
		die("its agent is gone");
	fcntl(WORKER_HANDOVER_FD, F_SETFD, FD_CLOEXEC); /* open for last words */
}

static void meet_core(void)
{
	struct credentials credentials;
	struct ptpar_error err;
	const char *pool = getenv(ENV_POOL);
	char host[256] = "", mpi[MPI_MAX_LIBRARY_VERSION_STRING];
	struct wire_hello hello = { .role = WIRE_WORKER,
				    .pid = (uint64_t)getpid(),
				    .host = host,
				    .mpi = mpi,
				    .launcher = getenv(ENV_LAUNCHER) };
	int rank, size, n;

	if (credentials_take_from_environment(&credentials, &err) < 0)
		die(err.text);
	PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
	PMPI_Comm_size(MPI_COMM_WORLD, &size);
	PMPI_Get_library_version(mpi, &n);
	mpi[strcspn(mpi, ",\n")] = '\0'; /* "Open MPI v4.1.4", without package and build */
	gethostname(host, sizeof(host) - 1);
	hello.rank = (uint64_t)rank;
	hello.size = (uint64_t)size;
	hello.pool = pool == NULL ? 0 : strtoul(pool, NULL, 10);
	share_credentials(&credentials);
	if (core_connect(&credentials, &hello, &err) < 0)
		die(err.text);
	explicit_bzero(&credentials, sizeof(credentials));
}

static void quit(bool finalize)
{
	/* With a dead rank in the job, MPI_Finalize would wait for ever. */
	if (finalize)
		PMPI_Finalize();
	_exit(0);
}

static void serve(void)
{
	for (;;) {
		const struct wire_message *m = core_receive();

		switch (m->number) {
		case WIRE_RUN:
			run_test(&m->run);
			break;
		case WIRE_SUITE:
			run_add_suite(&m->suite);
			break;
		case WIRE_GROUP:
			group_add(m->group.group, m->group.ranks.items, m->group.ranks.n);
			break;
		case WIRE_UNGROUP:
			group_remove(m->ungroup.group);
			break;
		case WIRE_RESUME:
			run_resume();
			break;
		case WIRE_QUIT:
			quit(m->quit.finalize != 0);
			break;
		default:
			break;
		}
	}
}

int main(int argc, char **argv)
{
	const char *capture = getenv(ENV_CAPTURE);
	struct page *page;

	/* When its agent dies, nobody watches over it any more. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc > 1 && strcmp(argv[1], "--collect") == 0)
		return collect();
	if (argc > 1 && strcmp(argv[1], "--check") == 0)
		return check(argc - 2, argv + 2);
	page = map_page();
	run_init(page);
	capture_init(capture == NULL || strcmp(capture, "no") != 0);
	init_mpi();
	calls_init(page);
	last_words_init(page);
	groups_init(intercept_errhandler());
	meet_core();
	sources_load(warn, NULL);
	/* What MPI said while it started is nobody's test, but what valgrind said then may explain its verdict. */
	if (getenv(ENV_WRAPPED) == NULL)
		capture_take();
	serve();
}
