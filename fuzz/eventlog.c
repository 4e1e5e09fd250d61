/* eventlog.c - an event log, and the reports that are made of it: `ptpar --report`. Whatever it says, the reports
 * do nothing to a terminal, to a reader of XML, or to the machine that shows them. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/text.h"
#include "core/ptpar/eventlog.h"
#include "core/ptpar/report_junit.h"
#include "core/ptpar/report_terminal.h"
#include "core/ptpar/roster.h"
#include "fuzz/fuzz.h"

/* What is written to a descriptor. */
static int new_file(void)
{
	int fd = memfd_create("report", MFD_CLOEXEC);

	MUST(fd >= 0);
	return fd;
}

static struct buffer take_file(int fd)
{
	struct buffer b = { 0 };
	ssize_t n;

	MUST(lseek(fd, 0, SEEK_SET) == 0);
	while ((n = read(fd, buffer_reserve(&b, 4096), 4096)) > 0)
		b.len += (size_t)n;
	close(fd);
	return b;
}

static void emit(void *ctx, const struct event *e)
{
	struct reporter *r = ctx;

	r->event(r, e);
	if (r->idle != NULL)
		r->idle(r);
}

/* Returns whether all of it could be read. */
static bool read_log(const void *data, size_t size, void (*to)(void *, const struct event *), void *ctx)
{
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
	struct ptpar_error err = { "" };
	unsigned long line = 0;
	int status;

	if (file == NULL)
		return false;
	status = eventlog_read(file, &line, to, ctx, &err);
	MUST(status == 0 || strstr(err.text, "line ") != NULL);
	fclose(file);
	return status == 0;
}

/* A log that is read and written stays the same from then on. */
static struct buffer rewrite(const void *data, size_t size, bool *good)
{
	int fd = new_file();
	struct reporter *log = eventlog_new(dup(fd));

	*good = read_log(data, size, emit, log);
	MUST(log->finish(log, NULL) == 0);
	return take_file(fd);
}

static void check_rewritten(const uint8_t *data, size_t size)
{
	bool good;
	struct buffer first = rewrite(data, size, &good), second = { 0 };

	if (first.len > 0) {
		second = rewrite(first.data, first.len, &good);
		MUST(good && first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	}
	buffer_free(&first);
	buffer_free(&second);
}

static void check_characters(const struct buffer *b)
{
	unsigned code = 0;
	size_t length;

	for (size_t i = 0; i < b->len; i += length) {
		length = text_decode(b->data + i, b->len - i, &code);
		MUST(length > 0);
		MUST(code == '\n' || code == '\t' || (code >= ' ' && (code < 0x7f || code >= 0xa0)));
	}
}

/* What GitHub, Azure or TeamCity would take for a command in the log of a job. */
static void check_commands(struct buffer *b)
{
	const char *line = buffer_string(b), *s;

	MUST(strlen(line) == b->len);
	for (s = line; (s = strstr(s, "##")) != NULL; s++)
		MUST(s[2 + strspn(s + 2, "abcdefghijklmnopqrstuvwxyz")] != '[');
	while (line != NULL) {
		for (s = line; *s != '\0' && *s != '\n' && (*s == ' ' || *s == '\t' || (*s & 0x80) != 0); s++)
			;
		MUST(strncmp(s, "::", 2) != 0 || s[2] < 'a' || s[2] > 'z');
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
}

/* Nothing in it but our own elements, each closed. */
static void check_xml(struct buffer *b)
{
	static const char *const names[] = {
		"?xml ",         "testsuites ",    "testsuite ",    "testcase ",      "properties>",
		"property ",     "failure ",       "error ",        "skipped ",       "system-out>",
		"flakyFailure ", "flakyError ",    "rerunFailure ", "rerunError ",    "/testsuites>",
		"/testsuite>",   "/testcase>",     "/properties>",  "/failure>",      "/error>",
		"/system-out>",  "/flakyFailure>", "/flakyError>",  "/rerunFailure>", "/rerunError>",
	};
	const char *at = buffer_string(b);
	int depth = 0;

	MUST(strlen(at) == b->len);
	while ((at = strchr(at, '<')) != NULL) {
		const char *end = strchr(++at, '>');
		size_t i = 0;

		while (i < sizeof(names) / sizeof(*names) && strncmp(at, names[i], strlen(names[i])) != 0)
			i++;
		MUST(i < sizeof(names) / sizeof(*names) && end != NULL);
		depth += *at == '?' || end[-1] == '/' ? 0 : *at == '/' ? -1 : 1;
		MUST(depth >= 0);
	}
	MUST(depth == 0);
}

static void report(const uint8_t *data, size_t size, struct reporter *r)
{
	struct roster *roster = roster_new(emit, r);

	read_log(data, size, roster_event, roster);
	roster_finish(roster, NULL);
	MUST(r->finish(r, NULL) == 0);
}

static void check_terminal(const uint8_t *data, size_t size, int verbosity)
{
	struct terminal_options options = { .fd = new_file(), .width = 80, .verbosity = verbosity, .durations = 3 };
	struct buffer b;

	report(data, size, report_terminal_new(&options));
	b = take_file(options.fd);
	check_characters(&b);
	check_commands(&b);
	buffer_free(&b);
}

/* It goes to standard output: by name it could not be written into memory. */
static void check_junit(const uint8_t *data, size_t size)
{
	int before = dup(STDOUT_FILENO), fd = new_file();
	struct buffer b;

	MUST(before >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	report(data, size, report_junit_new("-"));
	MUST(dup2(before, STDOUT_FILENO) >= 0);
	close(before);
	b = take_file(fd);
	check_characters(&b);
	check_commands(&b);
	check_xml(&b);
	buffer_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0; /* fmemopen makes no file of nothing */
	check_rewritten(data, size);
	check_terminal(data, size, 0);
	check_terminal(data, size, 1);
	check_junit(data, size);
	return 0;
}
