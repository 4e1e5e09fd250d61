/* source-lines.c - a source of tests for ptpar, as a third party would write it: files NAME.tests with a program on
 * each line.
 *
 *	# name   command
 *	adds     ./adder 1 2
 *	sorts    ./sorter --quick numbers.txt
 *
 * It is the smallest source of programs that does all that it must: claims its files, lists what is in them, says
 * what to run, and judges how that has ended.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <ptpar/source.h>

#define BLANKS " \t\r\n"

struct entry {
	char *text;  /* the line, cut into words */
	char **argv; /* points into it; ended by NULL */
	uint32_t line;
};

struct list {
	char *path;
	struct entry *entries;
	uint32_t n;
};

/* ---- Reading a file ---- */

/* Cuts the line, which is to be freed by the caller if this fails, and adds it. */
static int add(struct list *list, char *text, uint32_t line, struct ptpar_error *err)
{
	struct entry *entries = realloc(list->entries, (list->n + 1) * sizeof(*entries));
	char **argv = malloc((strlen(text) / 2 + 2) * sizeof(*argv));
	size_t n = 0;

	if (entries != NULL)
		list->entries = entries;
	if (entries == NULL || argv == NULL) {
		free(argv);
		snprintf(err->text, sizeof(err->text), "%s: out of memory", list->path);
		return -ENOMEM;
	}
	for (char *rest = text, *word; (word = strtok_r(rest, BLANKS, &rest)) != NULL;)
		argv[n++] = word;
	argv[n] = NULL;
	if (n == 1) {
		snprintf(err->text, sizeof(err->text), "%s:%u: '%.60s' has no command: write NAME COMMAND",
			 list->path, (unsigned)line, argv[0]);
		free(argv);
		return -EINVAL;
	}
	list->entries[list->n++] = (struct entry){ .text = text, .argv = argv, .line = line };
	return 0;
}

static int read_lines(struct list *list, FILE *in, struct ptpar_error *err)
{
	char *text = NULL;
	size_t size = 0;
	uint32_t line = 0;
	int r = 0;

	while (r == 0 && getline(&text, &size, in) >= 0) {
		const char *first = text + strspn(text, BLANKS);

		line++;
		if (*first == '\0' || *first == '#')
			continue;
		r = add(list, text, line, err);
		if (r == 0) {
			text = NULL; /* it is the list's now */
			size = 0;
		}
	}
	free(text);
	return r;
}

/* ---- The functions of a source ---- */

/* Asked for every file in a directory: look, and run nothing. */
static bool lines_claims(const char *path)
{
	static const char suffix[] = ".tests";
	size_t n = strlen(path);

	return n > strlen(suffix) && strcmp(path + n - strlen(suffix), suffix) == 0;
}

static void lines_close(void *suite)
{
	struct list *list = suite;

	if (list == NULL)
		return;
	for (uint32_t i = 0; i < list->n; i++) {
		free(list->entries[i].argv);
		free(list->entries[i].text);
	}
	free(list->entries);
	free(list->path);
	free(list);
}

static int lines_open(const struct ptpar_source_host *host, const char *path, void **suite, struct ptpar_error *err)
{
	struct ptpar_error unwanted; /* err may be NULL */
	struct list *list = calloc(1, sizeof(*list));
	FILE *in = fopen(path, "r");
	int r;

	(void)host;
	if (err == NULL)
		err = &unwanted;
	if (in == NULL) {
		r = -errno;
		snprintf(err->text, sizeof(err->text), "%s: %s", path, strerror(-r));
	} else if (list == NULL || (list->path = strdup(path)) == NULL) {
		r = -ENOMEM;
		snprintf(err->text, sizeof(err->text), "%s: out of memory", path);
	} else {
		r = read_lines(list, in, err);
	}
	if (in != NULL)
		fclose(in);
	if (r == 0)
		*suite = list;
	else
		lines_close(list);
	return r;
}

static int lines_list(void *suite, int (*emit)(void *ctx, const struct ptpar_case *c), void *ctx,
		      struct ptpar_error *err)
{
	const struct list *list = suite;

	(void)err;
	for (uint32_t i = 0; i < list->n; i++) {
		const struct ptpar_case c = {
			.index = i,
			.name = list->entries[i].argv[0],
			.np = 1,
			.isolated = true, /* a program always is */
			.file = list->path,
			.line = list->entries[i].line,
		};
		int r = emit(ctx, &c);

		if (r < 0)
			return r;
	}
	return 0;
}

static const char *lines_name(void *suite, uint32_t index)
{
	const struct list *list = suite;

	return index < list->n ? list->entries[index].argv[0] : NULL;
}

static int lines_command(void *suite, uint32_t index, uint32_t np, struct ptpar_command *command,
			 struct ptpar_error *err)
{
	const struct list *list = suite;

	(void)np;
	(void)err;
	*command = (struct ptpar_command){ .argv = (const char *const *)list->entries[index].argv + 1 };
	return 0;
}

static enum ptpar_rank_outcome lines_read(void *suite, uint32_t index, const struct ptpar_ended *ended,
					  const struct ptpar_reader *reader)
{
	char text[64];

	(void)suite;
	(void)index;
	if (ended->status == 0)
		return PTPAR_RANK_PASSED;
	if (WIFSIGNALED(ended->status))
		snprintf(text, sizeof(text), "killed by signal %d", WTERMSIG(ended->status));
	else
		snprintf(text, sizeof(text), "exited with status %d", WEXITSTATUS(ended->status));
	reader->note(reader->ctx, PTPAR_NOTE_FAILURE, NULL, 0, text);
	return WIFSIGNALED(ended->status) ? PTPAR_RANK_CRASHED : PTPAR_RANK_FAILED;
}

const struct ptpar_source ptpar_source = {
	.head = PTPAR_SOURCE_HEAD("lines", "files NAME.tests: a program on each line"),
	.claims = lines_claims,
	.open = lines_open,
	.list = lines_list,
	.name = lines_name,
	.command = lines_command,
	.read = lines_read,
	.close = lines_close,
};
