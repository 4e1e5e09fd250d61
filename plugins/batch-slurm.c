/* batch-slurm.c - sbatch, squeue, scancel (22.05). */
#include "plugins/batch-slurm.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <ptpar/scheduler.h>

#include "plugins/scheduler-common.h"

enum {
	MAX_FILE = 1 << 20, /* of a job script's header, bytes */
	MAX_WORDS = 8,
};

struct slurm {
	const struct ptpar_batch_host *host;
	const struct ptpar_batch_request *request;
	const char *options, *srun_options, *init_cmds; /* or NULL */
	bool exports;                                   /* the environment, as it is */
	char *header;                                   /* the user's, or NULL */
	char *script;
	char *export_list;
	char n_tasks[32];
	char job[64], cluster[64]; /* "" for the cluster that one is on */
	char jobs_option[80], clusters_option[80];
	const char *argv[MAX_WORDS];
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

	s->options = get_option(host, "options");
	s->srun_options = get_option(host, "srun-options");
	s->init_cmds = get_option(host, "init-cmds");
	if (file != NULL && s->options != NULL)
		return scheduler_fail(
			err, -EINVAL,
			"both options and a file are given: write the options into the file, as lines "
			"#SBATCH OPTION");
	rc = check_yes_or_no(host, "export-env", true, &s->exports, err);
	if (rc == 0)
		rc = check_options(s->options, err);
	if (rc == 0 && file != NULL)
		rc = read_header(s, file, err);
	return rc;
}

static void slurm_close(void *state)
{
	struct slurm *s = state;

	if (s == NULL)
		return;
	free(s->header);
	free(s->script);
	free(s->export_list);
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

/* --- the script -------------------------------------------------------------------------------------------- */

static void put_quoted(FILE *f, const char *word)
{
	putc('\'', f);
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fputs("'\\''", f);
		else
			putc(*word, f);
	putc('\'', f);
}

/* In a line of #SBATCH; % stands for something in a name there. */
static void put_file_name(FILE *f, const char *name)
{
	putc('"', f);
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			putc('\\', f);
		if (*name == '%')
			putc('%', f);
		putc(*name, f);
	}
	fputs("\"\n", f);
}

/* What the user's lines say below ours counts. */
static void put_head(FILE *f, const struct slurm *s)
{
	const char *header = s->header != NULL ? s->header : "#!/bin/bash\n";
	size_t first = strcspn(header, "\n");

	fprintf(f, "%.*s\n", (int)first, header);
	/* There may be no directory on the node that it could write into: ptpar itself is told what it says. */
	fputs("#SBATCH --job-name=ptpar\n#SBATCH --no-requeue\n#SBATCH --output=", f);
	put_file_name(f, s->request->output != NULL ? s->request->output : "/dev/null");
	if (s->options != NULL)
		fprintf(f, "#SBATCH %s\n", s->options);
	if (header[first] == '\n')
		fprintf(f, "%s\n", header + first + 1);
}

static void put_join(FILE *f, const struct slurm *s)
{
	fputs("exec", f);
	for (const char *const *word = s->request->join; *word != NULL; word++) {
		putc(' ', f);
		put_quoted(f, *word);
	}
}

static void put_users_commands(FILE *f, const struct slurm *s)
{
	/* Else steps get what the job got, and not what the commands make of that. */
	if (!s->exports)
		fputs("export SLURM_EXPORT_ENV=ALL\n", f);
	if (s->init_cmds != NULL)
		fprintf(f, "%s\n", s->init_cmds);
	/* The shell makes words of them, and values of what the commands have set; the agent adds them to srun's.
	 */
	if (s->srun_options != NULL)
		fprintf(f, "PTPAR_SRUN_OPTIONS=$(printf '%%s\\n' %s)\nexport PTPAR_SRUN_OPTIONS\n",
			s->srun_options);
}

/* Commands may end the script: the agent is to tell that as well. */
static void put_joining(FILE *f, const struct slurm *s)
{
	fputs("ptpar_said=$(mktemp) || ptpar_said=/dev/null\n"
	      "ptpar_join() {\n"
	      "\texec >&3 2>&4 3>&- 4>&-\n"
	      "\tcat \"$ptpar_said\"\n"
	      "\t",
	      f);
	put_join(f, s);
	fputs(" \"$ptpar_said\" \"$@\"\n"
	      "}\n"
	      "trap 'ptpar_join $?' EXIT\n"
	      "exec 3>&1 4>&2 >\"$ptpar_said\" 2>&1\n",
	      f);
	put_users_commands(f, s);
	fputs("trap - EXIT\nptpar_join\n", f);
}

static const char *slurm_script(void *state)
{
	struct slurm *s = state;
	size_t size = 0;
	FILE *f;

	free(s->script);
	s->script = NULL;
	f = open_memstream(&s->script, &size);
	if (f == NULL)
		return NULL;
	put_head(f, s);
	if (s->request->output == NULL) {
		put_joining(f, s);
	} else {
		put_users_commands(f, s);
		put_join(f, s);
		putc('\n', f);
	}
	return fclose(f) == 0 ? s->script : NULL;
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
	fputs(s->exports ? "--export=ALL" : "--export=", f);
	for (const char *const *name = s->request->environment; !s->exports && *name != NULL; name++)
		fprintf(f, "%s%s", name == s->request->environment ? "" : ",", *name);
	fclose(f);
	return list;
}

static const char *const *slurm_submit(void *state)
{
	struct slurm *s = state;

	free(s->export_list);
	s->export_list = export_list(s);
	snprintf(s->n_tasks, sizeof(s->n_tasks), "--ntasks=%u", (unsigned)s->request->processes);
	if (s->export_list == NULL)
		return NULL;
	return make_command(s, (const char *const[]){ "sbatch", "--parsable", s->n_tasks, s->export_list, NULL });
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
