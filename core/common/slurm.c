/* slurm.c - SLURM_JOB_* say what the allocation is, SLURM_STEP_* and SLURM_PROCID who we are in a step (22.05). */
#include "core/common/slurm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/in_path.h"

/* Steps that are no srun's of the user have numbers from here on: the batch script, an interactive shell. */
static const unsigned long SPECIAL_STEPS = 0xfffffff0;

static uint32_t number(const char *name)
{
	const char *text = getenv(name);
	char *end;
	unsigned long value = text == NULL ? 0 : strtoul(text, &end, 10);

	return text == NULL || *end != '\0' || value > INT32_MAX ? 0 : (uint32_t)value;
}

/* Takes VALUE or VALUE(xTIMES) off the list. */
static bool take(const char **list, uint32_t *value, uint32_t *times)
{
	int n = 0;

	*times = 1;
	if (*list == NULL || sscanf(*list, "%9u%n", value, &n) != 1)
		return false;
	*list += n;
	n = 0;
	if (sscanf(*list, "(x%9u)%n", times, &n) == 1)
		*list += n;
	*list += **list == ',';
	return true;
}

uint32_t slurm_sum(const char *list)
{
	uint32_t value, times;
	uint64_t sum = 0;

	while (take(&list, &value, &times))
		sum += (uint64_t)value * times;
	return sum > INT32_MAX ? 0 : (uint32_t)sum;
}

uint32_t slurm_entry(const char *list, uint32_t index)
{
	uint32_t value, times;

	while (take(&list, &value, &times)) {
		if (index < times)
			return value;
		index -= times;
	}
	return 0;
}

bool slurm_allocation(struct slurm_allocation *allocation)
{
	*allocation = (struct slurm_allocation){ 0 };
	if (number("SLURM_JOB_ID") == 0)
		return false;
	allocation->nodes = number("SLURM_JOB_NUM_NODES");
	if (allocation->nodes == 0)
		allocation->nodes = 1;
	allocation->cpus = slurm_sum(getenv("SLURM_JOB_CPUS_PER_NODE"));
	if (allocation->cpus == 0)
		allocation->cpus = allocation->nodes;
	allocation->cpus_per_task = number("SLURM_CPUS_PER_TASK");
	if (allocation->cpus_per_task == 0)
		allocation->cpus_per_task = 1;
	/* In a step, that is the number of the step's. */
	if (getenv("SLURM_STEP_NUM_TASKS") == NULL)
		allocation->tasks = number("SLURM_NTASKS");
	if (allocation->tasks == 0)
		allocation->tasks = allocation->cpus;
	allocation->is_here = getenv("SLURMD_NODENAME") != NULL;
	return true;
}

bool slurm_is_elsewhere(void)
{
	struct slurm_allocation a;

	return slurm_allocation(&a) && (a.nodes > 1 || !a.is_here) && in_path("srun");
}

bool slurm_step(struct slurm_step *step)
{
	const char *nodes = getenv("SLURM_STEP_TASKS_PER_NODE");

	*step = (struct slurm_step){ .rank = number("SLURM_PROCID"), .size = number("SLURM_STEP_NUM_TASKS") };
	if (step->size == 0 || step->rank >= step->size || getenv("SLURM_PROCID") == NULL)
		return false;
	step->local_size = slurm_entry(nodes, number("SLURM_NODEID"));
	if (step->local_size == 0)
		step->local_size = 1;
	return true;
}

bool slurm_is_in_step(void)
{
	const char *id = getenv("SLURM_STEP_ID");

	return id != NULL && strtoul(id, NULL, 10) < SPECIAL_STEPS;
}

static bool holds(const char *text, size_t n, const char *words)
{
	return memmem(text, n, words, strlen(words)) != NULL;
}

/* Before it has asked for a step, or when it did (22.05 to 26.05). */
static bool is_about_the_start(const char *line, size_t n)
{
	return holds(line, n, "Unable to confirm allocation for job") ||
	       holds(line, n, "Unable to create step for job");
}

static bool is_without_answer(const char *line, size_t n)
{
	static const char *const WHYS[] = { "Unable to contact slurm controller",
					    "Socket timed out on send/recv operation",
					    "Zero Bytes were transmitted or received",
					    "in standby mode",
					    "Rate limit exceeded",
					    "Connection refused",
					    "Connection timed out",
					    "Connection reset by peer" };

	for (size_t i = 0; i < sizeof(WHYS) / sizeof(*WHYS); i++)
		if (holds(line, n, WHYS[i]))
			return true;
	return false;
}

const char *slurm_unanswered(const char *said, size_t n, size_t *length)
{
	const char *end = said + n, *stop;

	for (const char *line = said; line < end; line = stop + 1) {
		stop = memchr(line, '\n', (size_t)(end - line));
		*length = (size_t)((stop != NULL ? stop : end) - line);
		if (is_about_the_start(line, *length) && is_without_answer(line, *length))
			return line;
		if (stop == NULL)
			break;
	}
	return NULL;
}
