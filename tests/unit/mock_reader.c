/* mock_reader.c - appends to two texts. */
#include "tests/unit/mock_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char mock_points[65536], mock_notes[65536];

__attribute__((format(printf, 3, 4))) static void append(char *to, size_t size, const char *format, ...)
{
	size_t n = strlen(to);
	va_list args;

	va_start(args, format);
	vsnprintf(to + n, size - n, format, args);
	va_end(args);
}

#define POINT(...) append(mock_points, sizeof(mock_points), __VA_ARGS__)

static void take_point(void *ctx, const struct ptpar_point *p)
{
	static const char *const outcomes[] = {
		[PTPAR_POINT_PASSED] = "passed",   [PTPAR_POINT_FAILED] = "failed",
		[PTPAR_POINT_SKIPPED] = "skipped", [PTPAR_POINT_XFAILED] = "xfailed",
		[PTPAR_POINT_XPASSED] = "xpassed",
	};

	(void)ctx;
	POINT("%s %u.%u", outcomes[p->outcome], (unsigned)p->depth, (unsigned)p->number);
	if (p->name[0] != '\0')
		POINT(" %s", p->name);
	if (p->reason != NULL)
		POINT(" [%s]", p->reason);
	if (p->detail != NULL)
		POINT(" {%s}", p->detail);
	POINT(" @%u\n", (unsigned)p->line);
}

static void take_note(void *ctx, enum ptpar_note_kind kind, const char *file, uint32_t line, const char *text)
{
	static const char *const kinds[] = {
		[PTPAR_NOTE_FAILURE] = "failure",
		[PTPAR_NOTE_SKIP] = "skip",
		[PTPAR_NOTE_LOG] = "log",
	};

	(void)ctx;
	append(mock_notes, sizeof(mock_notes), "%s: %s%s\n", kinds[kind], text,
	       file != NULL || line != 0 ? " (with a place)" : "");
}

const struct ptpar_reader mock_reader = { .point = take_point, .note = take_note };

struct ptpar_ended mock_ended(const char *output, int status)
{
	mock_points[0] = mock_notes[0] = '\0';
	return (struct ptpar_ended){
		.np = 1, .status = status, .output = output, .n_output = strlen(output), .errors = ""
	};
}
