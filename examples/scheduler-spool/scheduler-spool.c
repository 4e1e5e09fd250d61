/* scheduler-spool.c - a batch system for ptpar, as a third party would write it: that of the script spoold, for
 * which a job is a file in a directory.
 *
 * The second half is what makes it a batch system; the first, a scheduler that starts tests as they come.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ptpar/batch.h>
#include <ptpar/scheduler.h>

static int fail(struct ptpar_error *err, int code, const char *text)
{
	if (err != NULL)
		snprintf(err->text, sizeof(err->text), "spool: %s", text);
	return code;
}

/* --- in the order in which they come ----------------------------------------------------------------------- */

struct queue {
	const struct ptpar_scheduler_host *host;
	struct ptpar_job *jobs; /* that wait; `id` is not kept */
	uint32_t n_jobs;
	uint32_t *slots, *chosen; /* numbers; n_slots of each */
	uint32_t n_slots;
};

static int queue_create(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return fail(err, -ENOMEM, "out of memory");
	q->host = host;
	*state = q;
	return 0;
}

static int queue_slots_changed(void *state, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err)
{
	struct queue *q = state;

	free(q->slots);
	q->slots = calloc(2 * (size_t)n + 1, sizeof(*q->slots));
	q->n_slots = q->slots == NULL ? 0 : n;
	q->chosen = q->slots + q->n_slots;
	for (uint32_t i = 0; i < q->n_slots; i++)
		q->slots[i] = slots[i].slot;
	return q->slots == NULL ? fail(err, -ENOMEM, "out of memory") : 0;
}

static int queue_submit(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err)
{
	struct queue *q = state;
	struct ptpar_job *grown = realloc(q->jobs, (q->n_jobs + (size_t)n + 1) * sizeof(*grown));

	if (grown == NULL)
		return fail(err, -ENOMEM, "out of memory");
	q->jobs = grown;
	memcpy(q->jobs + q->n_jobs, jobs, n * sizeof(*jobs));
	q->n_jobs += n;
	return 0;
}

static bool choose_slots(struct queue *q, uint32_t np)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < q->n_slots && n < np; i++)
		if (q->host->room(q->host->ctx, q->slots[i]) > 0)
			q->chosen[n++] = q->slots[i];
	return n == np;
}

static int queue_advance(void *state, struct ptpar_error *err)
{
	struct queue *q = state;
	uint32_t i = 0;

	while (i < q->n_jobs) {
		int rc = choose_slots(q, q->jobs[i].np)
				 ? q->host->start(q->host->ctx, q->jobs[i].job, q->chosen, q->jobs[i].np)
				 : -EAGAIN;

		if (rc < 0 && rc != -EAGAIN)
			return fail(err, rc, "a job was refused");
		if (rc == 0)
			memmove(q->jobs + i, q->jobs + i + 1, (--q->n_jobs - i) * sizeof(*q->jobs));
		else if (q->jobs[i].np <= q->n_slots)
			return 0; /* the order is kept */
		else
			i++; /* nobody knows whether there will ever be so many */
	}
	return 0;
}

static void queue_finished(void *state, uint32_t job)
{
	(void)state;
	(void)job;
}

static void queue_destroy(void *state)
{
	struct queue *q = state;

	if (q == NULL)
		return;
	free(q->jobs);
	free(q->slots);
	free(q);
}

/* --- the batch system --------------------------------------------------------------------------------------- */

struct spool {
	const struct ptpar_batch_request *request;
	const char *directory;
	const char *first; /* a command of the user's, or NULL */
	char *script;
	char job[64];
	const char *argv[6];
};

static int spool_open(const struct ptpar_batch_host *host, const struct ptpar_batch_request *request,
		      struct ptpar_batch_plan *plan, void **state, struct ptpar_error *err)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return fail(err, -ENOMEM, "out of memory");
	s->request = request;
	s->first = host->option(host->ctx, "first");
	s->directory = host->option(host->ctx, "directory");
	if (s->directory == NULL)
		s->directory = getenv("SPOOL_DIRECTORY");
	if (s->directory == NULL) {
		free(s);
		return fail(err, -EINVAL,
			    "where does spoold look? Set directory in [scheduler:spool], or SPOOL_DIRECTORY");
	}
	*plan = (struct ptpar_batch_plan){ .launcher = "auto", .flags = PTPAR_SCHEDULER_ISOLATES };
	*state = s;
	return 0;
}

static void put_quoted(FILE *f, const char *word)
{
	fputs(" '", f);
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fputs("'\\''", f);
		else
			putc(*word, f);
	putc('\'', f);
}

static const char *spool_script(void *state)
{
	struct spool *s = state;
	size_t size;
	FILE *f;

	free(s->script);
	s->script = NULL;
	f = open_memstream(&s->script, &size);
	if (f == NULL)
		return NULL;
	if (s->request->output != NULL) {
		fputs("exec >", f);
		put_quoted(f, s->request->output);
		fputs(" 2>&1\n", f);
	}
	fprintf(f, "%s\nexec", s->first != NULL ? s->first : ":");
	for (const char *const *word = s->request->join; *word != NULL; word++)
		put_quoted(f, *word);
	putc('\n', f);
	return fclose(f) == 0 ? s->script : NULL;
}

/* In text, $0 is the directory, and $1 the job. */
static const char *const *make_command(struct spool *s, const char *text)
{
	s->argv[0] = "sh";
	s->argv[1] = "-c";
	s->argv[2] = text;
	s->argv[3] = s->directory;
	s->argv[4] = s->job;
	s->argv[5] = NULL;
	return s->argv;
}

/* The job has our environment and our working directory: they are written before the script, into a file that
 * nobody else can read, since the secret is in there. */
static const char *const *spool_submit(void *state)
{
	return make_command(state,
			    "umask 077; job=$(mktemp \"$0/XXXXXX\") && "
			    "{ export -p; echo 'cd \"$PWD\"'; cat; } >\"$job\" && mv \"$job\" \"$job.job\" && "
			    "basename \"$job\"");
}

static void spool_adopt(void *state, const char *job)
{
	struct spool *s = state;

	snprintf(s->job, sizeof(s->job), "%s", job);
}

static int spool_submitted(void *state, int status, const char *output, char *job, uint32_t job_size,
			   struct ptpar_error *err)
{
	if (status != 0)
		return fail(err, -EIO, output);
	snprintf(job, job_size, "%.*s", (int)strcspn(output, "\n"), output);
	spool_adopt(state, job);
	return 0;
}

static const char *const *spool_poll(void *state)
{
	return make_command(state, "cd \"$0\" && if [ -e \"$1.end\" ]; then cat \"$1.end\"; "
				   "elif [ -e \"$1.run\" ]; then echo running; "
				   "elif [ -e \"$1.job\" ]; then echo pending; fi");
}

static void spool_polled(void *state, int status, const char *output, struct ptpar_batch_status *answer)
{
	(void)state;
	memset(answer, 0, sizeof(*answer)); /* UNKNOWN */
	if (status == 0 && strcmp(output, "pending\n") == 0)
		answer->state = PTPAR_BATCH_PENDING;
	else if (status == 0 && strcmp(output, "running\n") == 0)
		answer->state = PTPAR_BATCH_RUNNING;
	else if (status == 0 && strcmp(output, "cancelled\n") == 0)
		answer->state = PTPAR_BATCH_KILLED;
	else if (status == 0 && strncmp(output, "status ", 7) == 0)
		answer->state = PTPAR_BATCH_ENDED;
	if (answer->state != PTPAR_BATCH_PENDING)
		snprintf(answer->reason, sizeof(answer->reason), "%.*s", (int)strcspn(output, "\n"), output);
}

static const char *const *spool_cancel(void *state)
{
	return make_command(state, "cd \"$0\" && rm -f \"$1.job\" && echo cancelled >\"$1.end\" && "
				   "{ [ ! -e \"$1.pid\" ] || kill -- \"-$(cat \"$1.pid\")\"; }");
}

static void spool_close(void *state)
{
	struct spool *s = state;

	if (s != NULL)
		free(s->script);
	free(s);
}

static const struct ptpar_batch spool = {
	.size = sizeof(struct ptpar_batch),
	.open = spool_open,
	.script = spool_script,
	.submit = spool_submit,
	.submitted = spool_submitted,
	.adopt = spool_adopt,
	.poll = spool_poll,
	.polled = spool_polled,
	.cancel = spool_cancel,
	.close = spool_close,
};

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("spool", "in a job of spoold"),
	.flags = PTPAR_SCHEDULER_ISOLATES,
	.create = queue_create,
	.slots_changed = queue_slots_changed,
	.submit = queue_submit,
	.advance = queue_advance,
	.finished = queue_finished,
	.destroy = queue_destroy,
	.batch = &spool,
};
