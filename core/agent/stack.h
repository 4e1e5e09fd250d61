/* stack.h - what a process is doing, seen from outside: its stack by ptrace and libdw, without its help. Works for
 * one that spins with all signals blocked as well.
 */
#ifndef CORE_AGENT_STACK_H
#define CORE_AGENT_STACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { STACK_MAX = 64 };

struct frame {
	char *function; /* demangled; NULL: it has no symbol */
	char *file;     /* of its source; NULL: there is no debug information */
	uint32_t line;
	char *module; /* path of the file that it was loaded from; "" if there is none */
	uint64_t address;
};

/* Innermost first. */
struct stack {
	struct frame frames[STACK_MAX];
	unsigned n;
};

/* Unwinds a thread of a process that this one may trace, which stands still for some milliseconds. Leaves the stack
 * empty if that is not possible (not allowed, or ptpar was built without libdw). */
void stack_unwind(struct stack *stack, pid_t pid, pid_t tid);

/* The stack of the thread that a core dump was written for. Returns false if it is not of this process, or cannot
 * be read. */
bool stack_of_core_dump(struct stack *stack, const char *path, pid_t pid);

/* One frame: the code at `address` of the file `path` that was loaded at `base` in a process that may be gone. */
void stack_of_address(struct stack *stack, const char *path, uint64_t base, uint64_t address);

void stack_free(struct stack *stack);

#endif
