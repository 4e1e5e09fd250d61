/* last_words.c - handlers that were there before (a sanitizer's) get the signal afterwards. */
#include "core/worker/last_words.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <ptpar/plugin.h>

#include "core/worker/run.h"

/* Room for the handler when the stack is used up, bytes. */
enum { STACK_SIZE = 64 << 10 };

/* How long the agent is waited for, ms. */
enum { PATIENCE = 5000 };

static struct page *page;
static pid_t worker;
static const int deadly[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGXCPU };
static struct sigaction before[NSIG];

void last_words(void)
{
	static const struct timespec nap = { .tv_nsec = 1000000 };
	uint32_t none = WORDS_NONE;

	/* Not for processes that a test has forked, and once only. */
	if (page == NULL || getpid() != worker || !run_has_test() ||
	    !atomic_compare_exchange_strong(&page->words, &none, WORDS_SPOKEN))
		return;
	atomic_store(&page->words_tid, (int32_t)syscall(SYS_gettid));
	if (write(WORKER_HANDOVER_FD, "!", 1) != 1)
		return;
	for (int ms = 0; ms < PATIENCE && atomic_load(&page->words) != WORDS_HEARD; ms++)
		nanosleep(&nap, NULL);
}

static void on_deadly_signal(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	last_words();
	sigaction(signal, &before[signal], NULL);
	/* What the processor has raised comes again when this returns. */
	if (info->si_code <= 0)
		raise(signal);
	errno = saved;
}

static void on_exit_of_process(void)
{
	last_words();
}

void last_words_init(struct page *shared)
{
	stack_t stack = { .ss_size = STACK_SIZE };
	struct sigaction action = { .sa_sigaction = on_deadly_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	page = shared;
	worker = getpid();
	stack.ss_sp = malloc(stack.ss_size);
	if (stack.ss_sp != NULL)
		sigaltstack(&stack, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
		sigaction(deadly[i], &action, &before[deadly[i]]);
	atexit(on_exit_of_process);
}

/* A suite finds these before the C library's. */
PTPAR_EXPORT void _exit(int status)
{
	last_words();
	for (;;)
		syscall(SYS_exit_group, status);
}

PTPAR_EXPORT void _Exit(int status)
{
	_exit(status);
}
