/* sections.c - an array in the order of the file, and a tree to find one by its name: there may be thousands. */
#include "core/ptpar/sections.h"

#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/ptpar/options.h"
#include "core/ptpar/paths.h"
#include "core/ptpar/select.h"
#include "core/ptpar/suggest.h"

static const char *const keys[] = { "command", "sh",   "np",    "env",    "cwd",
				    "timeout", "tags", "xfail", "expect", "threads" };
#define N_KEYS (sizeof(keys) / sizeof(*keys))

static const char prefix[] = "command:";

/* In the tree. */
struct node {
	const char *path; /* the section's */
	size_t index;
};

static int compare_nodes(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->path, ((const struct node *)b)->path);
}

bool sections_is_one(const char *heading)
{
	return strncmp(heading, prefix, sizeof(prefix) - 1) == 0;
}

bool sections_repeats(const char *key)
{
	return strcmp(key, "env") == 0;
}

static struct config_section *find(const struct settings *settings, const char *path)
{
	struct node wanted = { .path = path }, **found = tfind(&wanted, &settings->section_tree, compare_nodes);

	return found == NULL ? NULL : &settings->sections[(*found)->index];
}

const struct config_section *sections_find(const struct settings *settings, const char *path)
{
	return find(settings, path);
}

static int add(struct settings *settings, const struct ini_file *file, const struct ini_line *at,
	       struct ptpar_error *err)
{
	size_t n = settings->n_sections;
	struct node *node;

	if (strstr(at->section, "::") != NULL)
		return ptpar_fail(err, -EINVAL,
				  "%s:%u: section [%s]: '::' in its name, which stands before the name of a test "
				  "in ids: choose another name",
				  file->name, at->line, at->section);
	if (find(settings, at->section) != NULL)
		return 0;
	GROW(settings->sections, settings->n_sections, settings->cap_sections);
	settings->sections[n] = (struct config_section){ .path = xstrdup(at->section), .line = at->line };
	settings->n_sections++;
	node = xmalloc(sizeof(*node));
	*node = (struct node){ settings->sections[n].path, n };
	if (tsearch(node, &settings->section_tree, compare_nodes) == NULL)
		abort(); /* as xmalloc does without memory */
	return 0;
}

static int refuse_key(const struct ini_file *file, const struct ini_line *at, struct ptpar_error *err)
{
	const char *near = suggest(at->key, keys, N_KEYS);

	if (strcmp(at->key, "isolated") == 0)
		return ptpar_fail(err, -EINVAL,
				  "%s:%u: 'isolated' in [%s]: a command always has processes of its own: remove it",
				  file->name, at->line, at->section);
	if (near != NULL)
		return ptpar_fail(err, -EINVAL, "%s:%u: unknown key '%s' in [%s]: did you mean '%s'?", file->name,
				  at->line, at->key, at->section, near);
	return ptpar_fail(err, -EINVAL,
			  "%s:%u: unknown key '%s' in [%s]: there are command, sh, np, env, cwd, timeout, tags, "
			  "xfail, expect, threads",
			  file->name, at->line, at->key, at->section);
}

/* Sets a key, or adds to its value. */
static void set(struct config_section *section, const char *key, const char *value, bool adds)
{
	size_t i = 0;
	char *longer;

	while (i < section->n && strcmp(section->keys[i], key) != 0)
		i++;
	if (i == section->n) {
		section->n++;
		section->keys = xreallocarray(section->keys, section->n, sizeof(*section->keys));
		section->values = xreallocarray(section->values, section->n, sizeof(*section->values));
		section->keys[i] = xstrdup(key);
		section->values[i] = xstrdup(value);
		return;
	}
	longer = adds ? xasprintf("%s %s", section->values[i], value) : xstrdup(value);
	free(section->values[i]);
	section->values[i] = longer;
}

/* The one that is not for the source: how many slots a test takes is the core's. */
static int set_threads(struct config_section *section, const struct ini_file *file, const struct ini_line *at,
		       struct ptpar_error *err)
{
	struct match_rule rule;
	char *where;
	int rc;

	if (at->continues)
		return ptpar_fail(err, -EINVAL, "%s:%u: '%s': 'threads' is one number: remove this line",
				  file->name, at->line, at->value);
	where = xasprintf("%s:%u: %s = %s", file->name, at->line, at->key, at->value);
	rc = option_set(option_of_key("match", "threads"), &rule, at->value, where, err);
	free(where);
	if (rc == 0)
		section->threads = rule.threads;
	return rc;
}

int sections_apply(struct settings *settings, const struct ini_file *file, const struct ini_line *at,
		   struct ptpar_error *err)
{
	size_t i = 0;

	if (at->key == NULL)
		return add(settings, file, at, err);
	while (i < N_KEYS && strcmp(keys[i], at->key) != 0)
		i++;
	if (i == N_KEYS)
		return refuse_key(file, at, err);
	if (strcmp(at->key, "threads") == 0)
		return set_threads(find(settings, at->section), file, at, err);
	set(find(settings, at->section), at->key, at->value, at->continues || sections_repeats(at->key));
	return 0;
}

void sections_rebase(struct settings *settings, const char *base)
{
	for (size_t i = 0; i < settings->n_sections; i++) {
		struct config_section *section = &settings->sections[i];

		for (size_t k = 0; k < section->n; k++) {
			char *from_here;

			if (strcmp(section->keys[k], "cwd") != 0 || *section->values[k] == '\0')
				continue;
			from_here = paths_from_here(base, section->values[k]);
			free(section->values[k]);
			section->values[k] = from_here;
		}
	}
}

static int unknown_section(const struct settings *settings, const char *path, struct ptpar_error *err)
{
	const char **known = xcalloc(settings->n_sections, sizeof(*known)), *near;
	int rc;

	for (size_t i = 0; i < settings->n_sections; i++)
		known[i] = settings->sections[i].path;
	near = suggest(path, known, settings->n_sections);
	if (settings->config == NULL)
		rc = ptpar_fail(err, -EINVAL,
				"%s: no such section: there is no ptpar.ini here or above; give one "
				"with --config",
				path);
	else
		rc = ptpar_fail(err, -EINVAL, "%s: no such section in %s%s%s%s", path, settings->config,
				near != NULL ? ": did you mean " : "", near != NULL ? near : "",
				near != NULL ? "?" : "");
	free(known);
	return rc;
}

int sections_check_paths(const struct settings *settings, struct ptpar_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < settings->n_paths && rc == 0; i++) {
		size_t n = select_path_length(AT_FDCWD, settings->paths[i]);
		char *path = xstrndup(settings->paths[i], n);

		if (sections_is_one(path) && access(path, F_OK) != 0 && find(settings, path) == NULL)
			rc = unknown_section(settings, path, err);
		free(path);
	}
	return rc;
}

void sections_free(struct settings *settings)
{
	tdestroy(settings->section_tree, free);
	for (size_t i = 0; i < settings->n_sections; i++) {
		struct config_section *section = &settings->sections[i];

		for (size_t k = 0; k < section->n; k++) {
			free(section->keys[k]);
			free(section->values[k]);
		}
		free(section->path);
		free(section->keys);
		free(section->values);
	}
	free(settings->sections);
}
