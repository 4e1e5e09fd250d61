/* source-tap.c - programs that print TAP: files called NAME.t, scripts in any language or compiled ones.
 *
 * A script may say in its first lines how it wants to be run, "# ptpar: np=4". What a compiled program is is not
 * looked at.
 */
#include <ptpar/source.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/source-common.h"
#include "plugins/tap.h"

enum {
	HEAD_LINES = 20,
	HEAD_BYTES = 16384, /* in which the first lines have to be */
};

struct program {
	char *path;
	char *name;
	char *program; /* the path with a slash in it, so that PATH is not searched */
	const char *argv[2];
	struct declared declared;
	uint32_t line; /* of the first "# ptpar:", or 1 */
};

/* ---- What a script says ---- */

/* The first bytes of a script with a NUL behind; "" if it is none, or if only the kernel may read it. */
static int read_head(const char *path, char head[HEAD_BYTES + 1], struct ptpar_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	head[0] = '\0';
	if (fd < 0)
		return errno == EACCES ? 0 : source_fail(err, -errno, "%s: %s", path, strerror(errno));
	while (n < HEAD_BYTES && (got = read(fd, head + n, HEAD_BYTES - n)) > 0)
		n += (size_t)got;
	close(fd);
	head[strncmp(head, "#!", 2) == 0 ? n : 0] = '\0';
	return 0;
}

static bool is_declared_twice(const struct declared *d, const char *key)
{
	return (strcmp(key, "np") == 0 && d->np != NULL) || (strcmp(key, "timeout") == 0 && d->timeout != 0) ||
	       (strcmp(key, "tags") == 0 && d->tags != NULL) || (strcmp(key, "xfail") == 0 && d->xfail != NULL);
}

static int take_setting(struct program *p, uint32_t line, char *word, struct ptpar_error *err)
{
	struct ptpar_error why = { "" };
	char *value = strchr(word, '=');
	int r;

	if (value == NULL)
		return source_fail(err, -EINVAL, "%s:%u: '%.60s': write key=value, as in np=4", p->path, line,
				   word);
	*value++ = '\0';
	if (is_declared_twice(&p->declared, word))
		return source_fail(err, -EINVAL, "%s:%u: %s is there twice: remove one", p->path, line, word);
	r = declared_set(&p->declared, word, value, &why);
	if (r == -ENOENT)
		return source_fail(err, -EINVAL,
				   "%s:%u: unknown key '%.60s': there are np, timeout, tags and xfail", p->path,
				   line, word);
	return r == 0 ? 0 : source_fail(err, r, "%s:%u: %s=%.60s: %s", p->path, line, word, value, why.text);
}

static int take_settings(struct program *p, uint32_t line, const char *text, struct ptpar_error *err)
{
	struct ptpar_error why = { "" };
	struct ptpar_words words;
	int r = ptpar_words_split(&words, text, &why);

	if (r < 0)
		return source_fail(err, r, "%s:%u: '%.60s': %s: quote it", p->path, line, text, why.text);
	if (words.n == 0)
		r = source_fail(err, -EINVAL, "%s:%u: nothing behind 'ptpar:': write key=value, as in np=4",
				p->path, line);
	for (size_t i = 0; r == 0 && i < words.n; i++)
		r = take_setting(p, line, words.v[i], err);
	free(words.v);
	return r;
}

/* What is behind "# ptpar:", or NULL. */
static const char *settings_in(const char *line)
{
	static const char word[] = "ptpar:";

	line += strspn(line, " \t");
	if (*line != '#')
		return NULL;
	line += strspn(line, "#");
	line += strspn(line, " \t");
	return strncmp(line, word, strlen(word)) == 0 ? line + strlen(word) : NULL;
}

static int take_head(struct program *p, char *head, struct ptpar_error *err)
{
	char *line;
	int r = 0;

	p->line = 1;
	for (uint32_t i = 1; r == 0 && i <= HEAD_LINES && (line = strsep(&head, "\n")) != NULL; i++) {
		const char *text = settings_in(line);

		if (text == NULL)
			continue;
		if (p->line == 1)
			p->line = i;
		r = take_settings(p, i, text, err);
	}
	return r;
}

/* ---- The source ---- */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Whether it may be executed is not asked: one that may not shall be told of, not passed over. */
static bool tap_claims(const char *path)
{
	const char *base = base_of(path);
	size_t len = strlen(base);
	struct stat status;

	return len > 2 && strcmp(base + len - 2, ".t") == 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void tap_close(void *state)
{
	struct program *p = state;

	if (p == NULL)
		return;
	declared_free(&p->declared);
	free(p->program);
	free(p->name);
	free(p->path);
	free(p);
}

static int copy_names(struct program *p, const char *path)
{
	const char *base = base_of(path);

	p->path = strdup(path);
	p->name = strndup(base, strlen(base) - strlen(".t"));
	if (p->path == NULL || p->name == NULL ||
	    asprintf(&p->program, "%s%s", base == path ? "./" : "", path) < 0) {
		p->program = NULL;
		return -ENOMEM;
	}
	p->argv[0] = p->program;
	return 0;
}

static int tap_open(const struct ptpar_source_host *host, const char *path, void **suite, struct ptpar_error *err)
{
	char head[HEAD_BYTES + 1];
	struct program *p = calloc(1, sizeof(*p));
	int r;

	(void)host;
	if (p == NULL || copy_names(p, path) < 0) {
		tap_close(p);
		return source_fail(err, -ENOMEM, "%s: out of memory", path);
	}
	r = read_head(path, head, err);
	if (r == 0)
		r = take_head(p, head, err);
	if (r == 0)
		*suite = p;
	else
		tap_close(p);
	return r;
}

static int tap_list(void *state, int (*emit)(void *ctx, const struct ptpar_case *c), void *ctx,
		    struct ptpar_error *err)
{
	const struct program *p = state;

	(void)err;
	return declared_emit(&p->declared, p->name, p->path, p->line, emit, ctx);
}

static const char *tap_name(void *state, uint32_t index)
{
	const struct program *p = state;

	return index < declared_n_cases(&p->declared) ? p->name : NULL;
}

static int tap_command(void *state, uint32_t index, uint32_t np, struct ptpar_command *command,
		       struct ptpar_error *err)
{
	const struct program *p = state;

	(void)index;
	(void)np;
	(void)err;
	*command = (struct ptpar_command){ .argv = p->argv };
	return 0;
}

static enum ptpar_rank_outcome tap_read(void *state, uint32_t index, const struct ptpar_ended *ended,
					const struct ptpar_reader *reader)
{
	(void)state;
	(void)index;
	return tap_judge(ended, reader);
}

const struct ptpar_source ptpar_source = {
	.head = PTPAR_SOURCE_HEAD("tap", "programs NAME.t that print TAP"),
	.claims = tap_claims,
	.open = tap_open,
	.list = tap_list,
	.name = tap_name,
	.command = tap_command,
	.read = tap_read,
	.close = tap_close,
};
