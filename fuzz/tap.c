/* tap.c - what a program that is a test has printed, judged for each way in which it may have ended. */
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "plugins/tap.h"

struct seen {
	const struct ptpar_ended *ended;
	uint32_t points, failed; /* not those of subtests */
	uint32_t line;           /* of the last point */
	unsigned failures, skips;
};

static void take_point(void *ctx, const struct ptpar_point *p)
{
	struct seen *seen = ctx;

	MUST(p->name != NULL && strlen(p->name) <= seen->ended->n_output && strchr(p->name, '\n') == NULL);
	MUST(p->reason == NULL || strchr(p->reason, '\n') == NULL);
	MUST(p->detail == NULL || strlen(p->detail) <= seen->ended->n_output);
	MUST(p->line > seen->line);
	MUST((p->outcome == PTPAR_POINT_PASSED || p->outcome == PTPAR_POINT_FAILED) == (p->reason == NULL));
	seen->line = p->line;
	seen->points += p->depth == 0;
	seen->failed += p->depth == 0 && p->outcome == PTPAR_POINT_FAILED;
}

static void take_note(void *ctx, enum ptpar_note_kind kind, const char *file, uint32_t line, const char *text)
{
	struct seen *seen = ctx;

	MUST(file == NULL && line == 0 && text[0] != '\0' && strchr(text, '\n') == NULL);
	seen->failures += kind == PTPAR_NOTE_FAILURE;
	seen->skips += kind == PTPAR_NOTE_SKIP;
}

static void judge(const struct ptpar_ended *ended)
{
	struct seen seen = { .ended = ended };
	const struct ptpar_reader reader = { .ctx = &seen, .point = take_point, .note = take_note };

	switch (tap_judge(ended, &reader)) {
	case PTPAR_RANK_PASSED:
		MUST(ended->status == 0 && seen.points > 0 && seen.failed == 0 && seen.failures + seen.skips == 0);
		break;
	case PTPAR_RANK_SKIPPED:
		MUST(ended->status == 0 && seen.points == 0 && seen.failures == 0 && seen.skips == 1);
		break;
	case PTPAR_RANK_UNDECIDED:
		MUST(ended->status == 0 && ended->np > 1 && seen.points == 0 && seen.failures + seen.skips == 0);
		break;
	case PTPAR_RANK_FAILED:
		MUST(ended->status != SIGSEGV && seen.failures > 0 && seen.skips == 0);
		break;
	case PTPAR_RANK_ERROR:
	case PTPAR_RANK_CRASHED:
		MUST(seen.failures == 1 && seen.skips == 0);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ptpar_ended ends[] = {
		{ .np = 1, .status = 0 },
		{ .np = 2, .status = 0 },
		{ .np = 2, .status = 0, .cut = true },
		{ .np = 1, .status = 0x0300 },
		{ .np = 1, .status = SIGSEGV },
	};
	char *output = malloc(size + 1);

	MUST(output != NULL);
	if (size > 0)
		memcpy(output, data, size);
	output[size] = '\0';
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct ptpar_ended ended = ends[i];

		ended.output = output;
		ended.n_output = size;
		ended.errors = "";
		judge(&ended);
	}
	free(output);
	return 0;
}
