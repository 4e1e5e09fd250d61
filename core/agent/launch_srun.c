/* launch_srun.c - the options of srun, and what it offers to start MPI with (22.05). */
#include "core/agent/launch_srun.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/agent/agent.h"
#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/install.h"
#include "core/common/slurm.h"
#include "core/common/worker_env.h"

/* --- what there is to start MPI with ---------------------------------------------------------------------- */

static char offers[256]; /* "pmix, none, pmi2"; "" until srun was asked */
static char best[64];    /* of these, for Open MPI; "": none */

static void take_word(const char *word, size_t n)
{
	size_t used = strlen(offers);

	if (n == 0 || n >= sizeof(best) || used + n + 3 > sizeof(offers))
		return;
	snprintf(offers + used, sizeof(offers) - used, "%s%.*s", used > 0 ? ", " : "", (int)n, word);
	/* `pmix` is the newest of pmix_v3, pmix_v4, ... */
	if (n >= 4 && strncmp(word, "pmix", 4) == 0 && (best[0] == '\0' || n == 4))
		snprintf(best, sizeof(best), "%.*s", (int)n, word);
}

/* One line of `srun --mpi=list`: the name of a plugin if it is a single word, those of its versions behind a colon.
 */
static void take_line(const char *line)
{
	static const char *const SPACE = ", \t\r\n";
	const char *colon;
	size_t n;

	if (strncmp(line, "srun: ", 6) == 0) /* before 21.08 */
		line += 6;
	colon = strchr(line, ':');
	if (colon != NULL)
		line = colon + 1;
	line += strspn(line, SPACE);
	n = strcspn(line, SPACE);
	if (colon == NULL && line[n + strspn(line + n, SPACE)] != '\0')
		return;
	for (; n > 0; n = strcspn(line, SPACE)) {
		take_word(line, n);
		line += n;
		line += strspn(line, SPACE);
	}
}

static bool is_offered(const char *name)
{
	size_t n = strlen(name);

	for (const char *word = strstr(offers, name); word != NULL; word = strstr(word + 1, name))
		if ((word == offers || word[-1] == ' ') && (word[n] == ',' || word[n] == '\0'))
			return n > 0;
	return false;
}

/* Once. It reads a directory of its own, and asks nobody. */
static int ask_for_offers(struct ptpar_error *err)
{
	char line[256] = "", last[256] = "";
	FILE *f = offers[0] != '\0' ? NULL : popen("exec srun --mpi=list 2>&1", "re");
	int status;

	if (offers[0] != '\0')
		return 0;
	if (f == NULL)
		return ptpar_fail(err, -errno, "srun cannot be started: %s", strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL) {
		take_line(line);
		snprintf(last, sizeof(last), "%.*s", (int)strcspn(line, "\n"), line);
	}
	status = pclose(f);
	if (status != 0)
		offers[0] = best[0] = '\0';
	if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return ptpar_fail(err, -ENOENT, "srun cannot be started: it is not in PATH");
	if (status != 0)
		return ptpar_fail(err, -EIO, "srun --mpi=list failed: %s", last);
	return 0;
}

/* A step has SLURM_MPI_TYPE as well: there it says what that one was started with. */
static const char *users_choice(void)
{
	return getenv("SLURM_STEP_ID") == NULL ? getenv("SLURM_MPI_TYPE") : NULL;
}

static int choose_mpi(const char **mpi, const struct wire_launch *m, struct ptpar_error *err)
{
	int status;

	*mpi = "none";
	if (m->needs_mpi == 0)
		return 0;
	status = ask_for_offers(err);
	if (status < 0)
		return status;
	*mpi = users_choice() != NULL ? users_choice() : best;
	if (users_choice() != NULL && !is_offered(*mpi))
		return ptpar_fail(err, -EINVAL, "SLURM_MPI_TYPE is %s, and srun --mpi=list offers %s", *mpi,
				  offers);
	if (**mpi == '\0')
		return ptpar_fail(err, -ENOTSUP,
				  "this Slurm cannot start Open MPI: it needs the plugin pmix, and srun --mpi=list "
				  "offers %s. In its place: --launcher=mpiexec",
				  offers);
	return 0;
}

/* --- the command ------------------------------------------------------------------------------------------ */

static void add(struct srun_command *c, char *argument)
{
	size_t n = 0;

	while (c->argv[n] != NULL)
		n++;
	c->argv[n] = argument;
}

static void add_option(struct srun_command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_option(struct srun_command *c, const char *format, ...)
{
	char *word = c->words[c->n_words++];
	va_list args;

	va_start(args, format);
	vsnprintf(word, sizeof(c->words[0]), format, args);
	va_end(args);
	add(c, word);
}

static bool is_pool_running(void)
{
	for (const struct child *c = agent.children; c != NULL; c = c->next)
		if (c->running && c->role == WIRE_LAUNCHER && !c->is_isolated)
			return true;
	return false;
}

/* Has somebody else its room, who knows of this? */
static bool overlaps(void)
{
	return is_pool_running() || slurm_is_in_step() || agent.mpi.launched;
}

/* Where: on as few nodes as can be, with room of its own unless it overlaps. */
static void add_place(struct srun_command *c, const struct wire_launch *m)
{
	struct slurm_allocation a;
	uint64_t threads;

	slurm_allocation(&a);
	threads = m->threads > 1 ? m->threads : a.cpus_per_task;
	add_option(c, "--ntasks=%u", (unsigned)m->n);
	add_option(c, "--nodes=1-%u", (unsigned)(m->n < a.nodes ? m->n : a.nodes));
	add_option(c, "--cpus-per-task=%u", (unsigned)threads);
	add(c, (char *)"--distribution=block,Pack");
	/* More processes than CPUs can only have all nodes, and only if nothing else is counted. */
	add(c, (char *)(m->n * threads > a.cpus ? "--overcommit" : "--exact"));
	if (overlaps())
		add(c, (char *)"--overlap");
}

static bool is_about_memory(const char *word)
{
	return strncmp(word, "--mem", 5) == 0 && strncmp(word + 5, "-bind", 5) != 0 &&
	       strncmp(word + 5, "_bind", 5) != 0;
}

/* A step takes all that the job was given of each node, if that was said for nodes, and others wait for it; and one
 * that overlaps another is refused what that has taken. With 0, they share it. */
static void add_memory(struct srun_command *c, bool users_say)
{
	if (!users_say && (overlaps() || getenv("SLURM_MEM_PER_NODE") != NULL))
		add(c, (char *)"--mem=0");
}

/* What the user wants besides, one option a line. */
static int add_users(struct srun_command *c, struct ptpar_error *err)
{
	enum { OURS = 20 };
	const char *options = getenv(ENV_SRUN_OPTIONS);
	bool is_memory_said = false;
	char *rest = NULL;
	size_t n = 0;

	c->more = xstrdup(options != NULL ? options : "");
	for (char *word = strtok_r(c->more, "\n", &rest); word != NULL; word = strtok_r(NULL, "\n", &rest)) {
		if (++n + OURS > sizeof(c->argv) / sizeof(*c->argv))
			return ptpar_fail(err, -E2BIG, "too many words in the options for srun");
		add(c, word);
		is_memory_said = is_memory_said || is_about_memory(word);
	}
	add_memory(c, is_memory_said);
	return 0;
}

void srun_command_free(struct srun_command *c)
{
	free(c->more);
}

int srun_command_make(struct srun_command *c, const struct wire_launch *m, struct ptpar_error *err)
{
	const char *mpi;
	int status = choose_mpi(&mpi, m, err);

	*c = (struct srun_command){ .argv = { (char *)"srun" } };
	if (status < 0)
		return status;
	add_place(c, m);
	add_option(c, "--mpi=%s", mpi);
	/* A rank that dies is no reason to end the others, nor is one that ends before them. */
	add(c, (char *)"--kill-on-bad-exit=0");
	add(c, (char *)"--wait=0");
	add(c, (char *)"--input=none");
	add(c, (char *)"--export=ALL"); /* the token among it */
	if (add_users(c, err) < 0)
		return -E2BIG;
	add(c, (char *)install_helper("ptpar-agent"));
	add(c, (char *)"--supervise");
	snprintf(c->launcher, sizeof(c->launcher), ENV_LAUNCHER "=srun --mpi=%s; srun --mpi=list offers %s", mpi,
		 offers[0] != '\0' ? offers : "nothing");
	c->env[0] = c->launcher;
	/* Of the allocation, for steps that do not say it themselves: these do. */
	unsetenv("SLURM_NTASKS_PER_NODE");
	return 0;
}
