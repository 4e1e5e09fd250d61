/* srun_steps.c - a list; and since when the controller has been away. */
#include "core/agent/srun_steps.h"

#include <stdlib.h>

#include <uv.h>

#include "core/agent/agent.h"
#include "core/common/alloc.h"
#include "core/common/slurm.h"

/* Between the end of an srun and the next one, ms. (It waits for 10 to 15 s itself.) */
static const uint64_t PAUSE = 5000;
/* A controller that is away for longer will not come, ms. */
static const uint64_t LONGEST = 30 * 60 * 1000;

struct step {
	struct wire_launch launch; /* what the launcher needs to know of it */
	struct srun_command *command;
	srun_steps_start_fn *start;
	uint64_t began;     /* the present srun, ms of the loop */
	bool is_called_off; /* it is not to be tried again */
	uv_timer_t timer;
	struct step *next;
};

static struct step *steps;
static uint64_t away_since; /* ms of the loop; 0: the controller answers */

static struct step **find(uint32_t pool)
{
	struct step **p = &steps;

	while (*p != NULL && (*p)->launch.pool != pool)
		p = &(*p)->next;
	return p;
}

static void on_closed(uv_handle_t *timer)
{
	free(timer->data);
}

static void forget(struct step **p)
{
	struct step *step = *p;

	*p = step->next;
	srun_command_free(step->command);
	free(step->command);
	uv_close((uv_handle_t *)&step->timer, on_closed);
}

static void start(struct step *step)
{
	step->began = uv_now(&agent.loop);
	step->start(&step->launch, step->command->argv, step->command->env);
}

void srun_steps_begin_take(struct srun_command *command, const struct wire_launch *m, srun_steps_start_fn *how)
{
	struct step *step = xcalloc(1, sizeof(*step));

	*step = (struct step){
		.launch = { .pool = m->pool, .n = m->n, .launcher = m->launcher, .threads = m->threads },
		.command = command,
		.start = how,
		.next = steps
	};
	uv_timer_init(&agent.loop, &step->timer);
	uv_unref((uv_handle_t *)&step->timer);
	step->timer.data = step;
	steps = step;
	start(step);
}

static void on_pause_over(uv_timer_t *timer)
{
	if (!agent.leaving)
		start(timer->data);
}

/* line: of srun; NULL: the user knows. */
static void tell_delay(const struct step *step, const char *line, size_t n)
{
	char *why = line == NULL
			    ? NULL
			    : xasprintf("Slurm's controller does not answer: what is to be started waits until it "
					"does, for %d minutes at most. srun has said: %.*s",
					(int)(LONGEST / 60000), (int)n, line);

	wire_put_delayed(&agent.core->out, &(struct wire_delayed){ .pool = step->launch.pool, .why = why });
	free(why);
}

/* Whatever has become of it, it was started while the controller answered. */
static void note_answer(const struct step *step)
{
	if (step->began > away_since)
		away_since = 0;
}

bool srun_steps_ended(const struct child *launcher, const struct buffer *printed)
{
	struct step **p = find(launcher->pool), *step = *p;
	uint64_t now = uv_now(&agent.loop);
	bool is_news = away_since == 0;
	const char *line = NULL;
	size_t n = 0;

	if (step == NULL)
		return false;
	if (launcher->status != 0 && printed->len > 0)
		line = slurm_unanswered(printed->data, printed->len, &n);
	if (line == NULL)
		note_answer(step);
	else if (is_news)
		away_since = now;
	if (line == NULL || step->is_called_off || agent.leaving || now - away_since > LONGEST) {
		forget(p);
		return false;
	}
	tell_delay(step, is_news ? line : NULL, n);
	uv_timer_start(&step->timer, on_pause_over, PAUSE, 0);
	return true;
}

void srun_steps_call_off(uint32_t pool)
{
	struct step **p = find(pool);

	if (*p != NULL && uv_is_active((uv_handle_t *)&(*p)->timer))
		forget(p);
	else if (*p != NULL)
		(*p)->is_called_off = true;
}
