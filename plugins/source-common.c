/* source-common.c - the splitter reads a character at a time, and writes words into memory that is as long as the
 * text: no word becomes longer by being unquoted. */
#include "plugins/source-common.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* ---- Errors and notes ---- */

int source_fail(struct ptpar_error *err, int code, const char *format, ...)
{
	va_list args;

	if (err != NULL) {
		va_start(args, format);
		vsnprintf(err->text, sizeof(err->text), format, args);
		va_end(args);
	}
	return code;
}

int source_no_memory(struct ptpar_error *err)
{
	return source_fail(err, -ENOMEM, "out of memory");
}

void source_note(const struct ptpar_reader *reader, enum ptpar_note_kind kind, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reader->note(reader->ctx, kind, NULL, 0, text);
}

struct source_end source_end_of(int status)
{
	struct source_end end;

	if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		snprintf(end.text, sizeof(end.text), "killed by signal %d (SIG%s, %s)", WTERMSIG(status),
			 name != NULL ? name : "?", strsignal(WTERMSIG(status)));
	} else {
		snprintf(end.text, sizeof(end.text), "exited with status %d", WEXITSTATUS(status));
	}
	return end;
}

int source_signal(const char *name)
{
	char *end;
	long number = strtol(name, &end, 10);

	if (end != name)
		return *end == '\0' && number > 0 && number < NSIG ? (int)number : 0;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 1; i < NSIG; i++) {
		const char *known = sigabbrev_np(i);

		if (known != NULL && strcasecmp(known, name) == 0)
			return i;
	}
	return 0;
}

/* ---- What is declared of a program ---- */

const char *const declared_keys[] = { "np", "timeout", "tags", "xfail", NULL };

#define MAX_NP 1048576

/* Between the items of a list. */
#define SEPARATORS " \t\r\n,"

static int refuse_np(struct ptpar_error *err)
{
	return source_fail(err, -EINVAL, "give one or more numbers of processes, from 1 to %d", MAX_NP);
}

static int set_np(struct declared *d, const char *value, struct ptpar_error *err)
{
	d->np = calloc(strlen(value) / 2 + 1, sizeof(*d->np));
	if (d->np == NULL)
		return source_no_memory(err);
	for (value += strspn(value, SEPARATORS); *value != '\0'; value += strspn(value, SEPARATORS)) {
		char *end;
		unsigned long long np = strtoull(value, &end, 10);

		/* strtoull takes signs, and what is too large for it is too large for us. */
		if (!isdigit((unsigned char)*value) || np < 1 || np > MAX_NP ||
		    (*end != '\0' && strchr(SEPARATORS, *end) == NULL))
			return refuse_np(err);
		d->np[d->n_np++] = (uint32_t)np;
		value = end;
	}
	return d->n_np == 0 ? refuse_np(err) : 0;
}

static int set_timeout(struct declared *d, const char *value, struct ptpar_error *err)
{
	char *end;

	d->timeout = strtod(value, &end);
	if (!isdigit((unsigned char)*value) || *end != '\0' || !isfinite(d->timeout) || d->timeout <= 0)
		return source_fail(err, -EINVAL, "give a number of seconds above 0");
	return 0;
}

static int set_tags(struct declared *d, const char *value, struct ptpar_error *err)
{
	d->tags = strdup(value);
	if (d->tags == NULL)
		return source_no_memory(err);
	if (value[strspn(value, SEPARATORS)] == '\0')
		return source_fail(err, -EINVAL, "give one or more words");
	for (char *c = d->tags; *c != '\0'; c++)
		if (strchr(SEPARATORS, *c) != NULL)
			*c = ' ';
	return 0;
}

static int set_xfail(struct declared *d, const char *value, struct ptpar_error *err)
{
	d->xfail = strdup(value);
	if (d->xfail == NULL)
		return source_no_memory(err);
	return *value == '\0' ? source_fail(err, -EINVAL, "give the reason why it is expected to fail") : 0;
}

int declared_set(struct declared *d, const char *key, const char *value, struct ptpar_error *err)
{
	if (strcmp(key, "np") == 0)
		return set_np(d, value, err);
	if (strcmp(key, "timeout") == 0)
		return set_timeout(d, value, err);
	if (strcmp(key, "tags") == 0)
		return set_tags(d, value, err);
	if (strcmp(key, "xfail") == 0)
		return set_xfail(d, value, err);
	return source_fail(err, -ENOENT, "unknown key");
}

uint32_t declared_n_cases(const struct declared *d)
{
	return d->n_np == 0 ? 1 : (uint32_t)d->n_np;
}

int declared_emit(const struct declared *d, const char *name, const char *file, uint32_t line,
		  int (*emit)(void *ctx, const struct ptpar_case *c), void *ctx)
{
	for (uint32_t i = 0; i < declared_n_cases(d); i++) {
		const struct ptpar_case listed = {
			.index = i,
			.name = name,
			.np = d->n_np == 0 ? 1 : d->np[i],
			.np_declared = d->n_np != 0,
			.timeout = d->timeout,
			.tags = d->tags,
			.xfail = d->xfail,
			.isolated = true,
			.file = file,
			.line = line,
		};
		int r = emit(ctx, &listed);

		if (r < 0)
			return r;
	}
	return 0;
}

void declared_free(struct declared *d)
{
	free(d->np);
	free(d->tags);
	free(d->xfail);
	*d = (struct declared){ 0 };
}
