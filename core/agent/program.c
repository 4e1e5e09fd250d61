/* program.c - opens the source, asks it for the command, and lets it read what that has printed. */
#include "core/agent/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ptpar/source.h>

#include "core/agent/agent.h"
#include "core/agent/core_dump.h"
#include "core/agent/launch_pmix.h"
#include "core/agent/look.h"
#include "core/agent/mpi_library.h"
#include "core/agent/printed.h"
#include "core/agent/wrapper.h"
#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/sources.h"

/* Of what it has printed, so much is told, bytes. */
enum { OUTPUT_LIMIT = 1 << 20 };

struct program {
	const struct ptpar_source *source;
	void *suite;
	uint32_t index;
	uint32_t np;
	char *cwd;  /* where it runs; NULL: here */
	char *path; /* argv[0] */
};

/* --- what sources are lent -------------------------------------------------------------------------------- */

static void warn(void *ctx, const char *text)
{
	(void)ctx;
	wire_put_warning(&agent.core->out, &(struct wire_warning){ .text = text });
}

static const struct ptpar_source_host host = SOURCES_HOST(warn);

static void ignore(void *ctx, const char *text)
{
	(void)ctx;
	(void)text; /* the collector has told of bad plugins, once */
}

static void put_point(void *ctx, const struct ptpar_point *p)
{
	const struct child *child = ctx;

	wire_put_point(&agent.core->out, &(struct wire_point){ .pool = child->pool,
							       .rank = child->rank,
							       .outcome = p->outcome,
							       .number = p->number,
							       .depth = p->depth,
							       .name = p->name,
							       .reason = p->reason,
							       .detail = p->detail,
							       .line = p->line });
}

static void put_note(void *ctx, enum ptpar_note_kind kind, const char *file, uint32_t line, const char *text)
{
	const struct child *child = ctx;

	wire_put_remark(&agent.core->out, &(struct wire_remark){ .pool = child->pool,
								 .rank = child->rank,
								 .kind = kind,
								 .file = file,
								 .line = line,
								 .text = text });
}

/* --- starting --------------------------------------------------------------------------------------------- */

static struct program *open_program(const struct wire_launch *m, struct ptpar_error *err)
{
	static bool loaded;
	const struct ptpar_source *source;
	struct program *p;
	void *suite;

	if (!loaded)
		sources_load(ignore, NULL);
	loaded = true;
	source = sources_find(m->plugin, err);
	if (source == NULL || source->open(&host, m->path, &suite, err) < 0)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	*p = (struct program){
		.source = source, .suite = suite, .index = (uint32_t)m->index, .np = (uint32_t)m->n
	};
	return p;
}

/* The first line of a script after #!, without what follows the interpreter; "" if it is none. */
static void read_interpreter(const char *path, char *name, size_t size)
{
	FILE *f = fopen(path, "re");
	char line[256] = "", *start = line + 2;

	name[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(line, sizeof(line), f) != NULL && strncmp(line, "#!", 2) == 0) {
		start += strspn(start, " \t");
		start[strcspn(start, " \t\r\n")] = '\0';
		snprintf(name, size, "%s", start);
	}
	fclose(f);
}

static char *path_of(const struct ptpar_command *c)
{
	const char *name = c->argv[0];

	return c->cwd != NULL && name[0] != '/' && strchr(name, '/') != NULL ? xasprintf("%s/%s", c->cwd, name)
									     : xstrdup(name);
}

/* Why it could not be started, and what to do about it. */
static void explain(char *text, size_t size, const struct ptpar_command *c, int error)
{
	const char *name = c->argv[0];
	char interpreter[256], *path;

	if (c->cwd != NULL && access(c->cwd, X_OK) != 0) {
		snprintf(text, size, "its working directory %s cannot be entered: %s", c->cwd, strerror(errno));
		return;
	}
	path = path_of(c);
	read_interpreter(path, interpreter, sizeof(interpreter));
	if (error == EACCES && access(path, F_OK) == 0 && access(path, X_OK) != 0)
		snprintf(text, size, "%s is not executable: chmod +x it", path);
	else if (error == ENOENT && strchr(name, '/') == NULL)
		snprintf(text, size, "%s is not found: there is none in PATH", name);
	else if (error == ENOENT && interpreter[0] != '\0')
		snprintf(text, size, "%s: there is no %s, which its first line names as its interpreter", path,
			 interpreter);
	else if (error == ENOEXEC)
		snprintf(text, size, "%s is no program for this machine, and no script that begins with #!", path);
	else
		snprintf(text, size, "%s cannot be executed: %s", path, strerror(error));
	free(path);
}

static void forget(struct child *child)
{
	for (int i = 0; i < 2; i++)
		printed_free(child->printed[i]);
	if (child->program != NULL) {
		child->program->source->close(child->program->suite);
		free(child->program->cwd);
		free(child->program->path);
		free(child->program);
		child->program = NULL;
	}
}

static void fail(struct child *child, const char *why)
{
	put_note(child, PTPAR_NOTE_FAILURE, NULL, 0, why);
	wire_put_exited(&agent.core->out, &(struct wire_exited){ .role = child->role,
								 .pool = child->pool,
								 .rank = child->rank,
								 .status = 127 << 8,
								 .verdict = 1 + PTPAR_RANK_ERROR });
	launch_pmix_ended(child->pool);
	forget(child);
}

void program_start(struct child *child, const struct wire_launch *m)
{
	struct ptpar_command command = { .argv = NULL };
	struct wrapper wrapper;
	struct ptpar_error err = { "" };
	char why[sizeof(err.text)];
	int status;

	child->program = open_program(m, &err);
	if (child->program == NULL || child->program->source->command(child->program->suite, (uint32_t)m->index,
								      (uint32_t)m->n, &command, &err) < 0) {
		fail(child, err.text);
		return;
	}
	child->more_env = command.env;
	child->cwd = command.cwd;
	child->program->cwd = command.cwd == NULL ? NULL : xstrdup(command.cwd);
	child->program->path = path_of(&command);
	wrapper = wrapper_make(m, child->rank, (char *const *)command.argv);
	status = child_start(&agent.loop, child, wrapper.argv, CAPTURE_PIPES, &err);
	if (status == 0)
		wrapper_open_debugger(m, child->rank, &wrapper, child->program->path);
	wrapper_free(&wrapper);
	for (int i = 0; i < 2 && !agent.capture && status == 0; i++)
		child->printed[i]->copy_to = 1 + i;
	if (status < 0) {
		explain(why, sizeof(why), &command, -status);
		fail(child, why);
	}
	child->more_env = NULL;
	child->cwd = NULL;
}

/* --- ending ----------------------------------------------------------------------------------------------- */

/* The end of it, at most as much as is told. */
static void append_end(struct buffer *out, const struct buffer *text)
{
	size_t n = text->len < OUTPUT_LIMIT ? text->len : OUTPUT_LIMIT;

	if (out->len > 0 && n > 0 && out->data[out->len - 1] != '\n')
		buffer_putc(out, '\n');
	if (n > 0)
		buffer_append(out, text->data + text->len - n, n);
}

/* Where it was when a signal has killed it, if there is a core dump: its path, or NULL. */
static char *look_at_dump(struct child *child)
{
	char *path = NULL;

	if (WIFSIGNALED(child->status) && WCOREDUMP(child->status))
		path = core_dump_find(child->pid, child->program->cwd);
	if (path != NULL && !look_at_core_dump(child, path, &agent.core->out)) {
		free(path);
		path = NULL;
	}
	return path;
}

static void put_dump(struct child *child, const char *path)
{
	char *text = path == NULL ? NULL : xasprintf("core dump: %s", path);

	if (text != NULL)
		put_note(child, PTPAR_NOTE_LOG, NULL, 0, text);
	free(text);
}

/* It has ended well, as far as its source can tell. How it got on with MPI is known here alone. */
static enum ptpar_rank_outcome judge_mpi(struct child *child, enum ptpar_rank_outcome outcome)
{
	struct program *p = child->program;
	enum rank_state state;
	char library[64], text[400];

	if ((outcome != PTPAR_RANK_PASSED && outcome != PTPAR_RANK_UNDECIDED) || child->status != 0 ||
	    !launch_pmix_state(child->pool, child->rank, &state))
		return outcome;
	if (state == RANK_INITIALIZED) {
		put_note(child, PTPAR_NOTE_FAILURE, NULL, 0,
			 "exited with status 0 after MPI_Init, but without MPI_Finalize");
		return PTPAR_RANK_FAILED;
	}
	if (state != RANK_STARTED || p->np == 1 || !mpi_library_of(p->path, library, sizeof(library)))
		return outcome;
	snprintf(text, sizeof(text),
		 "is no rank of this test: it has not called MPI_Init, or its %s has not met the launcher, and was "
		 "alone in "
		 "an MPI_COMM_WORLD of size 1\nIf ptpar was built with another MPI library: --launcher=mpiexec. If "
		 "it "
		 "needs no MPI: np = 1",
		 library);
	put_note(child, PTPAR_NOTE_FAILURE, NULL, 0, text);
	return PTPAR_RANK_ERROR;
}

void program_ended(struct child *child)
{
	struct program *p = child->program;
	struct ptpar_reader reader = { .ctx = child, .point = put_point, .note = put_note };
	struct buffer *out = &child->printed[0]->text, *errors = &child->printed[1]->text, both = { 0 };
	struct ptpar_ended ended = { .rank = child->rank, .np = p->np, .status = child->status };
	enum ptpar_rank_outcome outcome;
	char *dump;

	for (int i = 0; i < 2; i++)
		printed_finish(child->printed[i]);
	append_end(&both, out);
	append_end(&both, errors);
	ended.n_output = out->len;
	ended.n_errors = errors->len;
	buffer_putc(out, '\0');
	buffer_putc(errors, '\0');
	ended.output = out->data;
	ended.errors = errors->data;
	ended.cut = child->printed[0]->cut;
	dump = look_at_dump(child);
	outcome = judge_mpi(child, p->source->read(p->suite, p->index, &ended, &reader));
	put_dump(child, dump);
	free(dump);
	wire_put_exited(&agent.core->out, &(struct wire_exited){ .role = child->role,
								 .pool = child->pool,
								 .rank = child->rank,

								 .status = (uint64_t)child->status,
								 .phase = PTPAR_PHASE_CALL,
								 .verdict = 1 + outcome,
								 .output = { both.data, both.len } });
	buffer_free(&both);
	forget(child);
}
