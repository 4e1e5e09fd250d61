#include "core/ptpar/reports.h"
#include <stdlib.h>
#include <stdio.h>
#include "core/common/alloc.h"
struct reports {
	int c[OUTCOME_COUNT];
};
struct reports *reports_open(const struct settings *settings, bool record)
{
	(void)settings;
	(void)record;
	return xcalloc(1, sizeof(struct reports));
}
const char *reports_run_id(const struct reports *reports)
{
	(void)reports;
	return "";
}
double reports_epoch(const struct reports *reports)
{
	(void)reports;
	return 0;
}
void reports_event(struct reports *reports, const struct event *e)
{
	if (e->kind == EVENT_FINISHED) {
		reports->c[e->finished.outcome]++;
		if (e->finished.outcome != OUTCOME_PASSED) {
			printf("%.3f %s %s: %s (%.6f)\n", e->time, outcome_word(e->finished.outcome),
			       e->finished.test.id, e->finished.reason, e->finished.duration);
			for (size_t i = 0; i < e->finished.n_ranks; i++) {
				const struct event_rank *r = &e->finished.ranks[i];
				printf("  On rank %u: %s\n", r->rank, outcome_word(r->outcome));
				for (size_t k = 0; k < r->n_notes; k++)
					printf("    %s:%u: %s\n", r->notes[k].file, r->notes[k].line,
					       r->notes[k].text);
				printf("    %.*s\n", (int)r->n_output, r->output);
			}
		}
	}
	if (e->kind == EVENT_WARNING)
		printf("warning: %s\n", e->warning);
}
void reports_started(struct reports *reports)
{
	(void)reports;
}
void reports_idle(struct reports *reports)
{
	(void)reports;
}
int reports_close(struct reports *reports, double now, int status, const char *interrupted)
{
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (reports->c[i])
			printf("%d %s, ", reports->c[i], outcome_word(i));
	printf("in %.2fs %s\n", now, interrupted ? interrupted : "");
	free(reports);
	return status;
}
int reports_again(const struct settings *settings)
{
	(void)settings;
	return 0;
}
