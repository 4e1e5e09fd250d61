/* fault_matrix.c - all that a test may do to its process; fault_matrix.py says how that must end. The comment
 * `strikes: FAULT` marks the line that a report must name.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault_matrix.h"

/* Not seen through by the compiler, which would warn of the faults or leave them out. */
static int *volatile nowhere = NULL;
static volatile int zero = 0;

static void segmentation_fault(void)
{
	*nowhere = 1; /* strikes: segmentation_fault */
}

/* Other processors have no trap for these two. */
static void division_by_zero(void)
{
#ifdef __x86_64__
	zero = 100 / zero; /* strikes: division_by_zero */
#else
	raise(SIGFPE);
#endif
}

static void illegal_instruction(void)
{
#ifdef __x86_64__
	__asm__ volatile("ud2"); /* strikes: illegal_instruction */
#else
	raise(SIGILL);
#endif
}

/* A file that is shorter than what of it is mapped. */
static void bus_error(void)
{
	int fd = memfd_create("short", MFD_CLOEXEC);
	volatile char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	map[0] = 1; /* strikes: bus_error */
}

static void assertion(void)
{
	assert(zero == 1); /* strikes: assertion */
}

static void double_free(void)
{
	void *volatile memory = malloc(100);

	free(memory);
	free(memory); /* strikes: double_free */
}

/* There is an end to it, which no stack reaches: else gcc 14 warns. */
static int deeper(volatile int depth)
{
	volatile char page[4096];

	if (depth < 0)
		return 0;
	page[0] = (char)depth;
	return deeper(depth + 1) + page[0]; /* the line is that of whatever touches the stack first */
}

static void stack_overflow(void)
{
	zero = deeper(1) * 0;
}

static void exits(void)
{
	exit(0); /* strikes: exits */
}

static void exits_at_once(void)
{
	_exit(0); /* strikes: exits_at_once */
}

static void aborts(void)
{
	abort(); /* strikes: aborts */
}

static void mpi_abort(void)
{
	MPI_Abort(MPI_COMM_WORLD, 3); /* strikes: mpi_abort */
}

static void mpi_finalize(void)
{
	MPI_Finalize(); /* strikes: mpi_finalize */
}

/* From outside: by a process that is not the victim. */
static void kill_from_outside(pid_t victim)
{
	if (fork() == 0) {
		kill(victim, SIGKILL);
		_exit(0);
	}
}

static void killed(void)
{
	kill_from_outside(getpid());
	for (;;)
		pause(); /* nobody can be asked any more where that was */
}

/* The agent is the worker's parent. */
static void agent_killed(void)
{
	kill_from_outside(getppid());
	for (;;)
		pause();
}

static void descriptors_closed(void)
{
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	for (;;)
		pause();
}

static void leave_a_child(void)
{
	if (fork() == 0) {
		setsid();
		execlp("sleep", "sleep", "1000", (char *)NULL);
		_exit(127);
	}
}

static void child_lives_on(void)
{
	leave_a_child();
}

static void crash_with_child(void)
{
	leave_a_child();
	abort(); /* strikes: crash_with_child */
}

static void deaf(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		zero = 0; /* strikes: deaf */
}

/* With and without the buffer of stdio. */
static void endless_output(void)
{
	static const char line[] = "What I tell you three times is true.\n";

	for (;;) {
		fputs(line, stdout);
		if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
			zero = 0;
	}
}

STRIKE(segmentation_fault)
STRIKE(division_by_zero)
STRIKE(bus_error)
STRIKE(illegal_instruction)
STRIKE(assertion)
STRIKE(double_free)
STRIKE(stack_overflow)
STRIKE(exits)
STRIKE(exits_at_once)
STRIKE(aborts)
STRIKE(mpi_abort)
STRIKE(mpi_finalize)
STRIKE(killed)
STRIKE(agent_killed)
STRIKE(descriptors_closed)
STRIKE(child_lives_on)
STRIKE(crash_with_child)
STRIKE_FOR(deaf, 0.5)
STRIKE_FOR(endless_output, 0.5)
