/* stack.c - PTRACE_SEIZE, so that the process sees no signal; libdwfl does the rest. */
#include "core/agent/stack.h"

#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/text.h"

#ifdef HAVE_DW
#include <elfutils/libdwfl.h>
#endif

/* A process that does not stop for so long sleeps in the kernel for good, ms. Less would be a danger: what stops
 * when nobody waits for that any more, libuv takes for ended. */
enum { STOP_PATIENCE = 5000 };

void stack_free(struct stack *stack)
{
	for (unsigned i = 0; i < stack->n; i++) {
		free(stack->frames[i].function);
		free(stack->frames[i].file);
		free(stack->frames[i].module);
	}
	stack->n = 0;
}

#ifdef HAVE_DW

#ifdef HAVE_CXA_DEMANGLE
extern char *__cxa_demangle(const char *name, char *buffer, size_t *size, int *status);

static char *demangle(const char *name)
{
	int status;
	char *readable = strncmp(name, "_Z", 2) == 0 ? __cxa_demangle(name, NULL, NULL, &status) : NULL;

	return readable != NULL ? readable : xstrdup(name);
}
#else
static char *demangle(const char *name)
{
	return xstrdup(name);
}
#endif

/* Of a core dump some have only a name, which is the path then. */
static const char *path_of(Dwfl_Module *module)
{
	const char *path = NULL, *name = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, &path, NULL);

	return path != NULL ? path : name != NULL ? name : "";
}

static void add_frame(struct stack *stack, Dwfl *dwfl, Dwarf_Addr pc)
{
	struct frame *f = &stack->frames[stack->n++];
	Dwfl_Module *module = dwfl_addrmodule(dwfl, pc);
	const char *name = module == NULL ? NULL : dwfl_module_addrname(module, pc), *file = NULL;
	Dwfl_Line *line = module == NULL ? NULL : dwfl_module_getsrc(module, pc);
	int number = 0;

	*f = (struct frame){ .address = pc };
	if (line != NULL)
		file = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	f->function = name == NULL ? NULL : demangle(name);
	f->module = xstrdup(module == NULL ? "" : path_of(module));
	if (file != NULL) {
		f->file = text_short_path(file);
		f->line = (uint32_t)number;
	}
}

static int on_frame(Dwfl_Frame *state, void *ctx)
{
	struct stack *stack = ctx;
	Dwarf_Addr pc;
	bool is_activation;

	if (!dwfl_frame_pc(state, &pc, &is_activation))
		return DWARF_CB_ABORT;
	/* A return address is behind the call. */
	add_frame(stack, dwfl_thread_dwfl(dwfl_frame_thread(state)), is_activation ? pc : pc - 1);
	return stack->n < STACK_MAX ? DWARF_CB_OK : DWARF_CB_ABORT;
}

enum progress { RUNS, STOPPED, ENDED };

/* What has become of the thread is looked at first, and then taken if it is a stop. (Not by two calls, one for
 * each: the kernel tells of the stops of who is traced whatever was asked for.) Should the process have ended,
 * libuv waits for that: it would never hear of an end that was taken from it here. That of another thread is for
 * nobody else.
 */
static enum progress look_for_stop(pid_t pid, pid_t tid, int *signal)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)tid, &info, WSTOPPED | WEXITED | __WALL | WNOHANG | WNOWAIT) != 0)
		return ENDED;
	if (info.si_pid != tid)
		return RUNS;
	if (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED) {
		/* A stop for us has the number of an event above that of a signal. */
		*signal = info.si_status >> 8 != 0 ? 0 : info.si_status;
		waitid(P_PID, (id_t)tid, &info, WSTOPPED | __WALL | WNOHANG);
		return STOPPED;
	}
	if (tid != pid)
		waitid(P_PID, (id_t)tid, &info, WEXITED | __WALL | WNOHANG);
	return ENDED;
}

/* Stops the thread. Returns whether it has stopped; *signal: the one that it was about to get then, or 0. */
static bool seize(pid_t pid, pid_t tid, int *signal)
{
	static const struct timespec nap = { .tv_nsec = 1000000 };

	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0)
		return false;
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) != 0)
		return false;
	for (int ms = 0; ms < STOP_PATIENCE; ms++) {
		switch (look_for_stop(pid, tid, signal)) {
		case STOPPED:
			return true;
		case ENDED:
			return false;
		default:
			nanosleep(&nap, NULL);
		}
	}
	return false;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
};

void stack_unwind(struct stack *stack, pid_t pid, pid_t tid)
{
	int signal;
	Dwfl *dwfl;

	stack->n = 0;
	unsetenv("DEBUGINFOD_URLS"); /* debug information that a server has is not waited for */
	if (!seize(pid, tid, &signal))
		return;
	dwfl = dwfl_begin(&callbacks);
	if (dwfl != NULL && dwfl_linux_proc_report(dwfl, pid) == 0 && dwfl_report_end(dwfl, NULL, NULL) == 0 &&
	    dwfl_linux_proc_attach(dwfl, pid, true) == 0)
		dwfl_getthread_frames(dwfl, tid, on_frame, stack);
	dwfl_end(dwfl);
	ptrace(PTRACE_DETACH, tid, NULL, (void *)(intptr_t)signal);
}

static const Dwfl_Callbacks offline = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
};

/* The kernel writes the thread that the signal was for as the first one. */
static int on_first_thread(Dwfl_Thread *thread, void *ctx)
{
	dwfl_thread_getframes(thread, on_frame, ctx);
	return DWARF_CB_ABORT;
}

bool stack_of_core_dump(struct stack *stack, const char *path, pid_t pid)
{
	bool is_its = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Dwfl *dwfl = dwfl_begin(&offline);
	Elf *elf = NULL;

	stack->n = 0;
	unsetenv("DEBUGINFOD_URLS");
	elf_version(EV_CURRENT);
	if (fd >= 0)
		elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (dwfl != NULL && elf != NULL && dwfl_core_file_report(dwfl, elf, NULL) > 0 &&
	    dwfl_report_end(dwfl, NULL, NULL) == 0)
		is_its = dwfl_core_file_attach(dwfl, elf) == pid;
	if (is_its)
		dwfl_getthreads(dwfl, on_first_thread, stack);
	dwfl_end(dwfl);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return is_its;
}

void stack_of_address(struct stack *stack, const char *path, uint64_t base, uint64_t address)
{
	Dwfl *dwfl = dwfl_begin(&offline);

	stack->n = 0;
	if (dwfl == NULL)
		return;
	dwfl_report_begin(dwfl);
	if (dwfl_report_elf(dwfl, path, path, -1, base, false) != NULL && dwfl_report_end(dwfl, NULL, NULL) == 0)
		add_frame(stack, dwfl, address);
	dwfl_end(dwfl);
}

#else

void stack_unwind(struct stack *stack, pid_t pid, pid_t tid)
{
	(void)pid;
	(void)tid;
	stack->n = 0;
}

bool stack_of_core_dump(struct stack *stack, const char *path, pid_t pid)
{
	(void)path;
	(void)pid;
	stack->n = 0;
	return false;
}

void stack_of_address(struct stack *stack, const char *path, uint64_t base, uint64_t address)
{
	(void)path;
	(void)base;
	(void)address;
	stack->n = 0;
}

#endif
