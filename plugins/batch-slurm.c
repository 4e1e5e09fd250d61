/* batch-slurm.c - what the user wants; sbatch, squeue, scancel, and what they say (22.05). */
#include "plugins/batch-slurm.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <ptpar/scheduler.h>

#include "plugins/scheduler-common.h"
#include "plugins/slurm-script.h"

enum {
	MAX_FILE = 1 << 20, /* of a job script's header, bytes */
	MAX_WORDS = 8,
};

struct slurm {
	const struct ptpar_batch_host *host;
	const struct ptpar_batch_request *request;
	struct slurm_script wanted;
	char *header; /* the user's, or NULL */
	char *script;
	char *export_list;
	char n_tasks[32];
	char job[64], cluster[64]; /* "" for the cluster that one is on */
	char jobs_option[80], clusters_option[80];
	const char *argv[MAX_WORDS];
	char **unset; /* names of variables, NULL-terminated; or NULL */
	const char **submit_argv;
};

/* --- what the user wants ----------------------------------------------------------------------------------- */

/* Options of sbatch that are ptpar's own affair. */
static const struct {
	const char *name;
	char letter;
	const char *why;
} refused[] = {
	{ "--ntasks", 'n', "the number of tasks is that of ptpar's -n" },
	{ "--array", 'a', "ptpar has one job for all tests" },
	{ "--wait", 'W', "ptpar waits itself" },
	{ "--parsable", 0, "ptpar sets that itself" },
	{ "--export", 0, "use --slurm-export-env or --no-slurm-export-env" },
	{ "--wrap", 0, "the script is ptpar's; use --slurm-init-cmds" },
};

static bool is_option(const char *word, size_t n, size_t which)
{
	size_t name = strlen(refused[which].name);

	if (n >= name && strncmp(word, refused[which].name, name) == 0)
		return n == name || word[name] == '=';
	return refused[which].letter != 0 && n >= 2 && word[0] == '-' && word[1] == refused[which].letter;
}

/* The length of a word; quotes hold it together. */
static size_t word_length(const char *text)
{
	size_t i = 0;
	char quote = 0;

	for (; text[i] != '\0' && (quote != 0 || (text[i] != ' ' && text[i] != '\t')); i++) {
		if (quote != 0 && text[i] == quote)
			quote = 0;
		else if (quote == 0 && (text[i] == '\'' || text[i] == '"'))
			quote = text[i];
	}
	return i;
}

static int check_options(const char *options, struct ptpar_error *err)
{
	size_t n;

	for (const char *word = options; word != NULL && *word != '\0'; word += n) {
		word += strspn(word, " \t");
		n = word_length(word);
		for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
			if (is_option(word, n, i))
				return scheduler_fail(err, -EINVAL, "options: %.*s is not for here: %s", (int)n,
						      word, refused[i].why);
	}
	if (options != NULL && strchr(options, '\n') != NULL)
		return scheduler_fail(err, -EINVAL, "options: they have one line");
	return 0;
}

/* NULL: not given, or taken back by an empty one. */
static const char *get_option(const struct ptpar_batch_host *host, const char *key)
{
	const char *value = host->option(host->ctx, key);

	return value == NULL || *value == '\0' ? NULL : value;
}

static int check_yes_or_no(const struct ptpar_batch_host *host, const char *key, bool unset, bool *yes,
			   struct ptpar_error *err)
{
	const char *value = host->option(host->ctx, key);

	*yes = value == NULL ? unset : strcmp(value, "yes") == 0;
	if (value == NULL || *yes || strcmp(value, "no") == 0)
		return 0;
	return scheduler_fail(err, -EINVAL, "%s = %s: it is yes or no", key, value);
}

static int read_header(struct slurm *s, const char *name, struct ptpar_error *err)
{
	FILE *f = fopen(name, "re");
	size_t n;

	if (f == NULL)
		return scheduler_fail(err, -errno, "file %s cannot be read: %s", name, strerror(errno));
	s->header = calloc(1, MAX_FILE + 2);
	n = s->header == NULL ? 0 : fread(s->header, 1, MAX_FILE + 1, f);
	fclose(f);
	if (s->header == NULL)
		return scheduler_no_memory(err);
	if (n > MAX_FILE || strlen(s->header) != n)
		return scheduler_fail(err, -EINVAL, "file %s is no header of a job script: it has %s", name,
				      n > MAX_FILE ? "more than a MiB" : "zero bytes");
	if (strncmp(s->header, "#!", 2) != 0)
		return scheduler_fail(err, -EINVAL,
				      "file %s is no header of a job script: begin it with #!/bin/bash", name);
	return 0;
}

static int read_options(struct slurm *s, struct ptpar_error *err)
{
	const struct ptpar_batch_host *host = s->host;
	const char *file = get_option(host, "file");
	int rc;

	s->wanted.options = get_option(host, "options");
	s->wanted.srun_options = get_option(host, "srun-options");
	s->wanted.init_cmds = get_option(host, "init-cmds");
	if (file != NULL && s->wanted.options != NULL)
		return scheduler_fail(
			err, -EINVAL,
			"both options and a file are given: write the options into the file, as lines "
			"#SBATCH OPTION");
	rc = check_yes_or_no(host, "export-env", true, &s->wanted.exports, err);
	if (rc == 0)
		rc = check_options(s->wanted.options, err);
	if (rc == 0 && file != NULL)
		rc = read_header(s, file, err);
	return rc;
}

static void free_names(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

static void slurm_close(void *state)
{
	struct slurm *s = state;

	if (s == NULL)
		return;
	free(s->header);
	free(s->script);
	free(s->export_list);
	free_names(s->unset);
	free(s->submit_argv);
	free(s);
}

static int slurm_open(const struct ptpar_batch_host *host, const struct ptpar_batch_request *request,
		      struct ptpar_batch_plan *plan, void **state, struct ptpar_error *err)
{
	struct slurm *s = calloc(1, sizeof(*s));
	bool reuse = false;
	int rc;

	if (s == NULL)
		return scheduler_no_memory(err);
	s->host = host;
	s->request = request;
	rc = check_yes_or_no(host, "reuse", false, &reuse, err);
	if (rc == 0)
		rc = read_options(s, err);
	if (rc < 0) {
		slurm_close(s);
		return rc;
	}
	*plan = (struct ptpar_batch_plan){ .launcher = "srun", .flags = reuse ? 0 : PTPAR_SCHEDULER_ISOLATES };
	*state = s;
	return 0;
}

/* --- commands and answers ---------------------------------------------------------------------------------- */

/* words: NULL-terminated. */
static const char *const *make_command(struct slurm *s, const char *const *words)
{
	size_t n = 0;

	for (; words[n] != NULL; n++)
		s->argv[n] = words[n];
	if (s->cluster[0] != '\0')
		s->argv[n++] = s->clusters_option;
	s->argv[n] = NULL;
	return s->argv;
}

/* Those of the environment that ptpar needs, or all. To be freed; NULL: no memory. */
static char *export_list(const struct slurm *s)
{
	char *list = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&list, &size);

	if (f == NULL)
		return NULL;
	fputs(s->wanted.exports ? "--export=ALL" : "--export=", f);
	for (const char *const *name = s->request->environment; !s->wanted.exports && *name != NULL; name++)
		fprintf(f, "%s%s", name == s->request->environment ? "" : ",", *name);
	fclose(f);
	return list;
}

/* Variables of the job that ptpar was started in, if it was: in the new one they would say what is not so, and bind
 * its steps to cores of this one. To be freed by free_names; NULL: no memory. */
static char **find_foreign_variables(void)
{
	bool is_in_job = getenv("SLURM_JOB_ID") != NULL;
	size_t n = 0, all = 0;
	char **names;

	while (environ[all] != NULL)
		all++;
	names = calloc(all + 1, sizeof(*names));
	for (size_t i = 0; names != NULL && is_in_job && i < all; i++) {
		if (strncmp(environ[i], "SLURM_", 6) != 0 || strncmp(environ[i], "SLURM_CONF=", 11) == 0)
			continue;
		names[n] = strndup(environ[i], strcspn(environ[i], "="));
		if (names[n++] == NULL) {
			free_names(names);
			return NULL;
		}
	}
	return names;
}

/* words, without the variables that are to be unset. NULL: no memory. */
static const char *const *make_submission(struct slurm *s, const char *const *words)
{
	size_t n = 0, more = 0;

	while (s->unset[n] != NULL)
		n++;
	while (words[more] != NULL)
		more++;
	free(s->submit_argv);
	s->submit_argv = calloc(2 * n + more + 2, sizeof(*s->submit_argv));
	if (s->submit_argv == NULL)
		return NULL;
	if (n > 0)
		s->submit_argv[0] = "env";
	for (size_t i = 0; i < n; i++) {
		s->submit_argv[1 + 2 * i] = "-u";
		s->submit_argv[2 + 2 * i] = s->unset[i];
	}
	memcpy(s->submit_argv + (n > 0 ? 2 * n + 1 : 0), words, more * sizeof(*words));
	return s->submit_argv;
}

static const char *const *slurm_submit(void *state)
{
	struct slurm *s = state;

	free(s->export_list);
	free_names(s->unset);
	s->export_list = export_list(s);
	s->unset = find_foreign_variables();
	snprintf(s->n_tasks, sizeof(s->n_tasks), "--ntasks=%u", (unsigned)s->request->processes);
	if (s->export_list == NULL || s->unset == NULL)
		return NULL;
	return make_submission(s,
			       (const char *const[]){ "sbatch", "--parsable", s->n_tasks, s->export_list, NULL });
}

static const char *slurm_script(void *state)
{
	struct slurm *s = state;

	free(s->script);
	s->wanted.header = s->header;
	s->wanted.join = s->request->join;
	s->wanted.output = s->request->output;
	s->script = slurm_script_make(&s->wanted);
	return s->script;
}

/* All lines in one. */
static void quote(char *text, size_t size, const char *output)
{
	size_t used = 0, n;

	text[0] = '\0';
	for (; *output != '\0' && used + 3 < size; output += n + (output[n] == '\n')) {
		n = strcspn(output, "\n");
		if (n > 0)
			used += (size_t)snprintf(text + used, size - used, "%s%.*s", used > 0 ? "; " : "", (int)n,
						 output);
	}
	if (text[0] == '\0')
		snprintf(text, size, "nothing");
}

static void know_job(struct slurm *s)
{
	snprintf(s->jobs_option, sizeof(s->jobs_option), "--jobs=%s", s->job);
	snprintf(s->clusters_option, sizeof(s->clusters_option), "--clusters=%s", s->cluster);
}

/* NUMBER or NUMBER;CLUSTER. Other lines are warnings. */
static void take_line(struct slurm *s, const char *line, size_t n)
{
	char copy[256];
	int end = -1;

	snprintf(copy, sizeof(copy), "%.*s", (int)n, line);
	if (sscanf(copy, "%63[0-9]%n", s->job, &end) == 1 && copy[end] == '\0')
		return;
	if (sscanf(copy, "%63[0-9];%63[^;\n]%n", s->job, s->cluster, &end) == 2 && copy[end] == '\0')
		return;
	s->job[0] = s->cluster[0] = '\0';
	if (n > 0)
		s->host->warn(s->host->ctx, copy);
}

static int slurm_submitted(void *state, int status, const char *output, char *job, uint32_t job_size,
			   struct ptpar_error *err)
{
	struct slurm *s = state;
	char said[400];
	size_t n;

	quote(said, sizeof(said), output);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return scheduler_fail(err, -ENOENT, "%s: is this a machine from which jobs are submitted?", said);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return scheduler_fail(err, -EIO, "Slurm takes no such job: %s", said);
	for (; *output != '\0' && s->job[0] == '\0'; output += n + (output[n] == '\n')) {
		n = strcspn(output, "\n");
		take_line(s, output, n);
	}
	if (s->job[0] == '\0')
		return scheduler_fail(err, -EPROTO, "sbatch has not said the number of the job, but: %s", said);
	know_job(s);
	snprintf(job, job_size, s->cluster[0] != '\0' ? "%s@%s" : "%s", s->job, s->cluster);
	return 0;
}

static void slurm_adopt(void *state, const char *job)
{
	struct slurm *s = state;

	s->job[0] = s->cluster[0] = '\0';
	sscanf(job, "%63[0-9]@%63s", s->job, s->cluster);
	know_job(s);
}

static const char *const *slurm_poll(void *state)
{
	struct slurm *s = state;

	return make_command(s, (const char *const[]){ "squeue", "--noheader", "--states=all", "--format=%T|%r",
						      s->jobs_option, NULL });
}

/* All others are of a job that runs. */
static const struct {
	const char *word;
	enum ptpar_batch_state state;
} states[] = {
	{ "COMPLETING", PTPAR_BATCH_ENDING },    { "STAGE_OUT", PTPAR_BATCH_ENDING },
	{ "SIGNALING", PTPAR_BATCH_ENDING },     { "STOPPED", PTPAR_BATCH_RUNNING },
	{ "PENDING", PTPAR_BATCH_PENDING },      { "CONFIGURING", PTPAR_BATCH_PENDING },
	{ "REQUEUED", PTPAR_BATCH_PENDING },     { "REQUEUE_HOLD", PTPAR_BATCH_PENDING },
	{ "SPECIAL_EXIT", PTPAR_BATCH_PENDING }, { "RESV_DEL_HOLD", PTPAR_BATCH_PENDING },
	{ "COMPLETED", PTPAR_BATCH_ENDED },      { "FAILED", PTPAR_BATCH_ENDED },
	{ "BOOT_FAIL", PTPAR_BATCH_KILLED },     { "OUT_OF_MEMORY", PTPAR_BATCH_KILLED },
	{ "CANCELLED", PTPAR_BATCH_KILLED },     { "NODE_FAIL", PTPAR_BATCH_KILLED },
	{ "PREEMPTED", PTPAR_BATCH_KILLED },     { "REVOKED", PTPAR_BATCH_KILLED },
	{ "DEADLINE", PTPAR_BATCH_TIMED_OUT },   { "TIMEOUT", PTPAR_BATCH_TIMED_OUT },
};

static void read_state(const char *word, const char *reason, struct ptpar_batch_status *answer)
{
	bool has_reason = reason[0] != '\0' && strcmp(reason, "None") != 0;

	answer->state = PTPAR_BATCH_RUNNING;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (strcmp(word, states[i].word) == 0)
			answer->state = states[i].state;
	/* The states of the end come behind this one, but its reason is there. */
	if (strcmp(word, "COMPLETING") == 0 && strcmp(reason, "TimeLimit") == 0)
		answer->state = PTPAR_BATCH_TIMED_OUT;
	if (answer->state == PTPAR_BATCH_PENDING)
		snprintf(answer->reason, sizeof(answer->reason), "%s",
			 has_reason                     ? reason
			 : strcmp(word, "PENDING") == 0 ? ""
							: word);
	else
		snprintf(answer->reason, sizeof(answer->reason), has_reason ? "%s (%s)" : "%s", word, reason);
}

static void slurm_polled(void *state, int status, const char *output, struct ptpar_batch_status *answer)
{
	char word[32], reason[160] = "";

	(void)state;
	*answer = (struct ptpar_batch_status){ .state = PTPAR_BATCH_UNKNOWN };
	if (strstr(output, "Invalid job id") != NULL) {
		answer->state = PTPAR_BATCH_ENDED;
		snprintf(answer->reason, sizeof(answer->reason), "Slurm does not know it any more");
	} else if (status == 0) {
		for (const char *line = output; line != NULL && answer->state == PTPAR_BATCH_UNKNOWN;
		     line = strchr(line, '\n') == NULL ? NULL : strchr(line, '\n') + 1)
			if (sscanf(line, "%31[A-Z_]|%159[^\n]", word, reason) >= 1 && line[strlen(word)] == '|')
				read_state(word, reason, answer);
	} else {
		quote(answer->reason, sizeof(answer->reason), output);
	}
}

static const char *const *slurm_cancel(void *state)
{
	struct slurm *s = state;

	return make_command(s, (const char *const[]){ "scancel", s->job, NULL });
}

const struct ptpar_batch batch_slurm = {
	.size = sizeof(struct ptpar_batch),
	.open = slurm_open,
	.script = slurm_script,
	.submit = slurm_submit,
	.submitted = slurm_submitted,
	.adopt = slurm_adopt,
	.poll = slurm_poll,
	.polled = slurm_polled,
	.cancel = slurm_cancel,
	.close = slurm_close,
};
