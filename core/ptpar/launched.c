/* launched.c - a number, and sentences. */
#include "core/ptpar/launched.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/common/alloc.h"

enum { QUOTE = 400 };

/* srun that is told to wait, since nodes of the job have not come back behind a restart of the controller, say,
 * does so for SlurmctldTimeout, from 60 to 300 s, and asks again then (src/srun/launch.c, 22.05 to 26.05). */
double launched_start_timeout(enum launcher launcher)
{
	return launcher == LAUNCHER_SRUN ? 700 : 120;
}

/* What to do if it does not know the MPI library, or "". To be freed. */
static char *advise(const char *launcher)
{
	if (launcher == NULL)
		return xstrdup("");
	return xasprintf(
		" It was started by %s: if another one of these is right for it, set SLURM_MPI_TYPE to that, "
		"else take --launcher=mpiexec.",
		launcher);
}

char *launched_tell_misfit(const struct wire_hello *hello, uint32_t np)
{
	char *advice = advise(hello->launcher);
	char *text = xasprintf(
		"its processes say that MPI_COMM_WORLD has %u processes instead of %u: %s has not met "
		"the launcher.%s",
		(unsigned)hello->size, (unsigned)np, hello->mpi != NULL ? hello->mpi : "their MPI library", advice);

	free(advice);
	return text;
}

static char *tell_end(const char *who, const char *when, const char *advice, const struct wire_exited *m)
{
	int status = (int)m->status;
	char said[QUOTE];

	launched_quote(said, sizeof(said), &m->output);
	return xasprintf("%s ended with %s %d %s.%s It said: %s", who, WIFSIGNALED(status) ? "signal" : "status",
			 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), when, advice, said);
}

char *launched_tell_early_end(const struct wire_exited *m, const char *launcher)
{
	char *advice = advise(launcher), *text;
	char rank[32];

	snprintf(rank, sizeof(rank), "rank %u", (unsigned)m->rank);
	text = tell_end(rank, "while MPI was initialised", advice, m);
	free(advice);
	return text;
}

char *launched_tell_end(const char *name, const struct wire_exited *m)
{
	char said[QUOTE];

	if (WEXITSTATUS((int)m->status) != LAUNCHER_UNFIT)
		return tell_end(name, "before all ranks were there", "", m);
	launched_quote(said, sizeof(said), &m->output);
	return xasprintf("%s cannot be used: %s", name, said);
}

const char *launched_tell_room(void)
{
	return "srun waits with job steps although there are free slots: Slurm counts more than CPUs. Say what a "
	       "step "
	       "needs of that: --slurm-srun-options, such as --mem-per-cpu=1G or --gres=gpu:1, in an allocation "
	       "SLURM_MEM_PER_CPU";
}

static const char *end_of_line(const char *line, const char *end)
{
	const char *stop = memchr(line, '\n', (size_t)(end - line));

	return stop != NULL ? stop : end;
}

/* Frames, and lines without a word. */
static bool is_empty(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && strchr(" \t\r-*", line[i]) != NULL && line[i] != '\0')
		i++;
	return i == n;
}

void launched_quote(char *text, size_t size, const struct wire_bytes *output)
{
	const char *line = output->n > 0 ? output->data : "", *end = line + output->n;
	size_t used = 0, n;

	text[0] = '\0';
	for (; line < end && used + 2 < size; line += n + 1) {
		while (line < end && *line == ' ')
			line++;
		n = (size_t)(end_of_line(line, end) - line);
		if (!is_empty(line, n))
			used += (size_t)snprintf(text + used, size - used, "%s%.*s", used > 0 ? "; " : "", (int)n,
						 line);
	}
	if (text[0] == '\0')
		snprintf(text, size, "nothing");
}
