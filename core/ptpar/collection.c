/* collection.c - the collector says which file it opens before it does. Its last words and the news of its end come
 * by two connections: it is buried when both are through. */
#include "core/ptpar/collection.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/ptpar/sections.h"
#include "core/ptpar/select.h"

/* To load one file, seconds. */
static const double TIMEOUT = 60;
/* A collector that died before it ever connected has no last words to wait for, seconds. */
static const double LAST_WORDS = 1;

void collection_add(struct collection *c, const char *path_or_id)
{
	size_t n = select_path_length(AT_FDCWD, path_or_id);

	for (size_t i = 0; i < c->n_paths; i++)
		if (strlen(c->paths[i]) == n && strncmp(c->paths[i], path_or_id, n) == 0)
			return;
	c->paths = xreallocarray(c->paths, c->n_paths + 1, sizeof(*c->paths));
	c->paths[c->n_paths++] = xstrndup(path_or_id, n);
}

void collection_start(struct collection *c, struct peer *agent, double now)
{
	c->running = true;
	c->opened_at = now;
	c->told = c->gone = false;
	/* Those that were opened before need not be read again: the last of them has ended a collector. */
	wire_put_collect(&agent->channel->out, &(struct wire_collect){ .skip = c->opened });
}

void collection_hello(struct collection *c, struct peer *collector)
{
	wire_put_collect(&collector->channel->out,
			 &(struct wire_collect){ .paths = { (const char *const *)c->paths, c->n_paths },
						 .skip = c->opened });
}

static void on_opening(struct collection *c, const struct wire_opening *m, double now)
{
	c->opened++;
	c->opened_at = now;
	free(c->opening);
	c->opening = xstrdup(m->path);
	tests_add_suite(c->tests, m->path, m->plugin);
}

/* What is wrong with a section is put right in the configuration: says where. */
static void on_broken(struct collection *c, const struct wire_broken *m)
{
	const struct config_section *section = sections_find(c->settings, m->path);
	char *text;

	if (section == NULL) {
		tests_add_fault(c->tests, m->path, m->text);
		return;
	}
	text = xasprintf("%s:%u: %s", c->settings->config, section->line, m->text);
	tests_add_fault(c->tests, m->path, text);
	free(text);
}

void collection_message(struct collection *c, const struct wire_message *m, double now)
{
	switch (m->number) {
	case WIRE_OPENING:
		if (m->opening.path != NULL && m->opening.plugin != NULL)
			on_opening(c, &m->opening, now);
		break;
	case WIRE_TEST:
		if (c->opening != NULL && m->test.name != NULL)
			tests_add(c->tests, &m->test, c->n_slots);
		break;
	case WIRE_BROKEN:
		if (m->broken.path != NULL && m->broken.text != NULL)
			on_broken(c, &m->broken);
		break;
	case WIRE_UNCLAIMED:
		if (c->usage_error.text[0] == '\0')
			ptpar_fail(&c->usage_error, 0, "%s: %s", m->unclaimed.path, m->unclaimed.text);
		break;
	case WIRE_COLLECTED:
		c->done = true;
		break;
	case WIRE_WARNING:
		if (m->warning.text != NULL)
			c->warn(c->ctx, m->warning.text);
		break;
	default:
		break;
	}
}

void collection_exited(struct collection *c, const struct wire_exited *m, double now)
{
	c->told = true;
	c->told_at = now;
	c->status = (int)m->status;
	c->output.len = 0;
	buffer_append(&c->output, m->output.data, m->output.n);
}

void collection_gone(struct collection *c)
{
	c->gone = true;
}

/* Why the collector died, with the beginning of what it said. */
static void tell_death(const struct collection *c, char *text, size_t size)
{
	int status = c->status, n = (int)c->output.len;
	char how[128];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "it was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "it exited with status %d", WEXITSTATUS(status));
	snprintf(text, size, "while its tests were listed, %s%s%.*s", how, n > 0 ? ", after saying: " : "",
		 n > 300 ? 300 : n, n > 0 ? c->output.data : "");
}

/* A collector that ends before it has seen everything has died of the file that it was reading. */
static void bury(struct collection *c, struct peer *agent, double now)
{
	char text[512];

	c->running = false;
	if (c->done)
		return;
	tell_death(c, text, sizeof(text));
	if (c->opening == NULL) {
		ptpar_fail(&c->failure, 0, "tests cannot be collected: %s", text);
		return;
	}
	tests_add_fault(c->tests, c->opening, text);
	free(c->opening);
	c->opening = NULL;
	collection_start(c, agent, now);
}

double collection_watch(struct collection *c, struct peer *agent, double now)
{
	if (!c->running || agent == NULL)
		return INFINITY;
	if (c->told) {
		if (!c->gone && now < c->told_at + LAST_WORDS)
			return c->told_at + LAST_WORDS;
		bury(c, agent, now);
	} else if (now >= c->opened_at + TIMEOUT) { /* constructors that never return */
		wire_put_signal(&agent->channel->out,
				&(struct wire_signal){ .role = WIRE_COLLECTOR, .signal = SIGKILL });
		c->opened_at = now;
	}
	return c->running ? c->opened_at + TIMEOUT : INFINITY;
}

void collection_free(struct collection *c)
{
	for (size_t i = 0; i < c->n_paths; i++)
		free(c->paths[i]);
	free(c->paths);
	free(c->opening);
	buffer_free(&c->output);
}
