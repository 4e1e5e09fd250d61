/* look.c - what of a stack is the user's, and how it is told. */
#include "core/agent/look.h"

#include <config.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/agent/processes.h"
#include "core/agent/stack.h"
#include "core/common/alloc.h"

/* --- which frames ---------------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool has_prefix_of(const char *name, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static bool is_ptpars(const struct frame *f)
{
	static const char *const prefixes[] = { "ptpar-worker", "lt-ptpar-worker", "source-" };

	return has_prefix_of(base_name(f->module), prefixes, sizeof(prefixes) / sizeof(*prefixes));
}

/* Libraries of the C and Fortran runtimes, of MPI, and of what MPI is made of. */
static bool is_systems(const struct frame *f)
{
	static const char *const prefixes[] = {
		"[",          "linux-vdso", "ld-linux",    "libc.so",  "libc-2",    "libm.so",     "libm-2",
		"libpthread", "libdl",      "librt.so",    "libgcc_s", "libstdc++", "libgfortran", "libgomp",
		"libmpi",     "libopen-",   "libpmix",     "libprrte", "libevent",  "mca_",        "libuc",
		"libfabric",  "libpsm",     "libhwloc",    "libasan",  "libubsan",  "libtsan",     "liblsan",
		"libibverbs", "librdmacm",  "libquadmath",
	};

	return f->module[0] == '\0' ||
	       has_prefix_of(base_name(f->module), prefixes, sizeof(prefixes) / sizeof(*prefixes));
}

/* The part of a stack that is worth telling: from the function that the user's code has called last (or that has
 * crashed) to the test's own; `user` is the innermost of the user's. */
struct part {
	unsigned start, user, end;
};

static struct part find_part(const struct stack *s)
{
	struct part p = { .user = 0, .end = s->n };

	while (p.user < s->n && (is_ptpars(&s->frames[p.user]) || is_systems(&s->frames[p.user])))
		p.user++;
	/* ptpar's wrappers and handlers, and what they have called. */
	for (unsigned i = 0; i < p.user; i++)
		if (is_ptpars(&s->frames[i]) && (p.user < s->n || i == 0 || is_ptpars(&s->frames[i - 1])))
			p.start = i + 1;
	if (p.start < s->n && p.start > 0 && s->frames[p.start].function != NULL &&
	    strcmp(s->frames[p.start].function, "__restore_rt") == 0)
		p.start++;
	for (p.end = p.user < p.start ? p.start : p.user; p.end < s->n && !is_ptpars(&s->frames[p.end]);)
		p.end++;
	if (p.start > p.end)
		p.start = p.end;
	return p;
}

/* The MPI function that the user's code has called, if it did not come by the worker's wrappers: from Fortran, or
 * one that has none. NULL: it is in none. */
static const char *find_mpi_call(const struct stack *s, const struct part *p)
{
	for (unsigned i = p->user; i > p->start; i--) {
		const char *name = s->frames[i - 1].function;

		if (name == NULL)
			continue;
		if (strncmp(name, "PMPI_", 5) == 0)
			name++;
		if (strncmp(name, "MPI_", 4) == 0 && isupper((unsigned char)name[4]))
			return name;
	}
	return NULL;
}

/* --- in words -------------------------------------------------------------------------------------------- */

static const char *name_of(const struct frame *f, char *room, size_t size)
{
	/* A test's function, as PTPAR_TEST of ptpar.h names it. */
	static const char test[] = "ptpar_call_";

	if (f->function != NULL)
		return f->function + (strncmp(f->function, test, strlen(test)) == 0 ? strlen(test) : 0);
	snprintf(room, size, "%s+%#llx", f->module[0] != '\0' ? base_name(f->module) : "?",
		 (unsigned long long)f->address);
	return room;
}

static char *tell_frame(const struct frame *f)
{
	char room[256];

	if (f->file != NULL && !is_systems(f))
		return xasprintf("%s (%s:%u)", name_of(f, room, sizeof(room)), f->file, f->line);
	if (f->module[0] != '\0' && f->function != NULL)
		return xasprintf("%s (%s)", f->function, base_name(f->module));
	return xstrdup(name_of(f, room, sizeof(room)));
}

/* "in solve"; "in usleep, called by solve"; NULL if nothing is known, or it is not in the user's code. */
static char *tell_function(const struct stack *s, const struct part *p, bool is_dying)
{
	char room[256], other[256];
	const struct frame *user = p->user < s->n ? &s->frames[p->user] : NULL;

	if (p->start == p->end)
		return NULL;
	if (user == NULL && !is_dying)
		return NULL;
	if (user == NULL || p->start == p->user)
		return xasprintf("in %s", name_of(&s->frames[p->start], room, sizeof(room)));
	return xasprintf("in %s, called by %s", name_of(&s->frames[p->user - 1], room, sizeof(room)),
			 name_of(user, other, sizeof(other)));
}

/* Of the libraries that the user's code is in, only the function that it has called; none if that is an MPI call.
 * Of functions that call themselves, the first. */
static size_t tell_frames(const struct stack *s, const struct part *p, bool in_call, const char **frames)
{
	unsigned from = p->start;
	size_t n = 0;

	if (p->user < s->n)
		from = in_call || p->user == p->start ? p->user : p->user - 1;
	for (unsigned i = from; i < p->end; i++) {
		unsigned same = i;

		while (same + 1 < p->end && s->frames[same + 1].address == s->frames[i].address)
			same++;
		frames[n++] = tell_frame(&s->frames[i]);
		if (same > i)
			frames[n++] =
				xasprintf(same + 1 == STACK_MAX ? "… and so on" : "… %u times more", same - i);
		i = same;
	}
	return n;
}

/* --- looking --------------------------------------------------------------------------------------------- */

static double cpu_of(pid_t pid)
{
	clockid_t clock;
	struct timespec t;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint32_t threads_of(pid_t pid)
{
	char path[64];
	DIR *d;
	uint32_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	d = opendir(path);
	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n < 2 ? 0 : n - 2; /* . and .. */
}

static void read_call(const struct page *page, struct wire_seen *m, uint32_t args[CALL_ARGS])
{
	const struct page_call *c = &page->call;

	m->begun = page_begun_seq(atomic_load(&page->begun));
	m->ended = atomic_load(&page->ended);
	m->entries = atomic_load(&c->entries);
	m->call = atomic_load(&c->number);
	m->comm_size = atomic_load(&c->comm_size);
	m->is_own = atomic_load(&c->is_own);
	m->volume = atomic_load(&c->volume);
	for (int i = 0; i < CALL_ARGS; i++)
		args[i] = (uint32_t)atomic_load(&c->args[i]);
	m->args = (struct wire_u32s){ args, CALL_ARGS };
}

/* The worker itself, which may have been started in something else. 0: it cannot be seen, as within valgrind. */
static pid_t worker_of(const struct child *child)
{
	pid_t pid = child->running ? child->pid : 0;

	if (pid > 0 && child->is_wrapped)
		pid = processes_leaf(pid);
	return pid > 0 && child->is_wrapped && !processes_runs(pid, "ptpar-worker") ? 0 : pid;
}

static void see_stack(const struct child *child, struct stack *stack)
{
	struct page *page = child->page;
	int32_t tid = atomic_load(&page->words_tid);
	uint64_t base = atomic_load(&page->suite_base), caller = atomic_load(&page->call.caller);
	char path[sizeof(page->suite_path)];
	pid_t pid = worker_of(child);

	stack->n = 0;
	if (pid > 0)
		stack_unwind(stack, pid, tid != 0 ? tid : pid);
	if (stack->n > 0 || base == 0 || caller == 0 || atomic_load(&page->call.number) == CALL_NONE)
		return;
	memcpy(path, page->suite_path, sizeof(path));
	path[sizeof(path) - 1] = '\0';
	stack_of_address(stack, path, base, caller - 1);
}

static char *tell(const struct stack *stack, const struct part *part, uint64_t number, const int32_t *args,
		  bool is_dying)
{
	char words[256];
	const char *call = find_mpi_call(stack, part);

	call_tell(words, sizeof(words), (uint32_t)number, args);
	if (words[0] != '\0')
		return xasprintf("in %s", words);
	if (call != NULL)
		return xasprintf("in %s", call);
	return tell_function(stack, part, is_dying);
}

static void put_seen(struct wire_seen *m, const struct stack *stack, const struct part *part, bool in_call,
		     struct buffer *out)
{
	const char *frames[2 * STACK_MAX];

	if (part->user < stack->n) {
		m->file = stack->frames[part->user].file;
		m->line = stack->frames[part->user].line;
	}
	m->frames.items = frames;
	m->frames.n = tell_frames(stack, part, in_call, frames);
	wire_put_seen(out, m);
	for (size_t i = 0; i < m->frames.n; i++)
		free((char *)frames[i]);
}

/* Of a program without debug information that calls no MPI, a stack says nothing. What has called main() neither.
 */
static void tell_of_program(struct stack *stack, const char *otherwise, struct wire_seen *m, struct buffer *out)
{
	struct part part = find_part(stack);
	const char *call = find_mpi_call(stack, &part);
	char *text;

	if (call == NULL && (part.user == stack->n || stack->frames[part.user].file == NULL)) {
		stack_free(stack);
		part = (struct part){ 0 };
	}
	for (unsigned i = part.start; i < part.end; i++)
		if (stack->frames[i].function != NULL && strcmp(stack->frames[i].function, "main") == 0)
			part.end = i + 1;
	text = call != NULL ? xasprintf("in %s", call) : tell_function(stack, &part, false);
	m->text = text != NULL ? text : otherwise;
	put_seen(m, stack, &part, call != NULL, out);
	free(text);
	stack_free(stack);
}

/* A program that is no worker: what has become of the process that it waits for in the end. */
static void look_at_program(const struct child *child, struct wire_seen *m, struct buffer *out)
{
	struct stack stack = { .n = 0 };
	pid_t pid = child->running ? processes_leaf(child->pid) : 0;
	char *process = pid > 0 ? processes_tell(pid) : NULL; /* before it is stopped */

	if (pid > 0)
		stack_unwind(&stack, pid, pid);
	m->cpu = pid > 0 ? cpu_of(pid) : 0;
	tell_of_program(&stack, process, m, out);
	free(process);
}

bool look_at_core_dump(const struct child *child, const char *path, struct buffer *out)
{
	struct wire_seen m = { .pool = child->pool, .rank = child->rank, .deep = true };
	struct stack stack = { .n = 0 };

	if (!stack_of_core_dump(&stack, path, child->pid))
		return false;
	tell_of_program(&stack, NULL, &m, out);
	return true;
}

void look_at(struct child *child, uint64_t id, bool deep, struct buffer *out)
{
	struct wire_seen m = { .pool = child->pool, .rank = child->rank, .id = id, .deep = deep };
	uint32_t args[CALL_ARGS], args_before[CALL_ARGS];
	struct wire_seen before = { 0 };
	struct stack stack = { .n = 0 };
	struct part part = { 0 };
	char *text = NULL;

	if (child->page == NULL) {
		if (deep)
			look_at_program(child, &m, out);
		else
			wire_put_seen(out, &m);
		return;
	}
	read_call(child->page, &before, args_before);
	if (deep)
		see_stack(child, &stack);
	read_call(child->page, &m, args);
	/* It has moved meanwhile: the stack does not belong to the call. */
	if (deep && m.entries != before.entries)
		m.call = CALL_NONE;
	m.cpu = child->running ? cpu_of(child->pid) : 0;
	m.steady = child->running && atomic_load(&child->page->call.foreign) == 0 &&
		   atomic_load(&child->page->call.outside) == 0 &&
		   threads_of(child->pid) == atomic_load(&child->page->call.threads);
	part = find_part(&stack);
	text = tell(&stack, &part, m.call, (const int32_t *)args, atomic_load(&child->page->words) != WORDS_NONE);
	m.text = text;
	put_seen(&m, &stack, &part, m.call != CALL_NONE || find_mpi_call(&stack, &part) != NULL, out);
	free(text);
	stack_free(&stack);
}
