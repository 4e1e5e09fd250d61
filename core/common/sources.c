/* sources.c - the plugin loader does the work. */
#include "core/common/sources.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/plugin.h"

struct option {
	char *key, *value;
};

struct section {
	char *path;
	struct option *options;
	size_t n;
};

static struct plugin_set *set;
static void *sections; /* a tree: there may be thousands */

void sources_load(void (*warn)(void *ctx, const char *text), void *ctx)
{
	set = plugins_scan(PTPAR_PLUGIN_SOURCE, NULL);
	plugins_warn_bad(set, NULL, warn, ctx);
}

const struct ptpar_source *sources_find(const char *name, struct ptpar_error *err)
{
	return (const struct ptpar_source *)plugins_find(set, name, err);
}

const struct ptpar_source *sources_claim(const char *path)
{
	const struct ptpar_plugin *plugin;

	for (size_t i = 0; (plugin = plugins_get(set, i)) != NULL; i++) {
		const struct ptpar_source *source = (const struct ptpar_source *)plugin;

		if (source->claims(path))
			return source;
	}
	return NULL;
}

static int compare_sections(const void *a, const void *b)
{
	return strcmp(((const struct section *)a)->path, ((const struct section *)b)->path);
}

static const struct section *find_section(const char *path)
{
	struct section wanted = { .path = (char *)path }, **found = tfind(&wanted, &sections, compare_sections);

	return found == NULL ? NULL : *found;
}

void sources_add_section(const char *path, const char *const *keys, const char *const *values, size_t n)
{
	struct section *section;

	if (find_section(path) != NULL)
		return;
	section = xcalloc(1, sizeof(*section));
	*section =
		(struct section){ .path = xstrdup(path), .options = xcalloc(n, sizeof(*section->options)), .n = n };
	for (size_t i = 0; i < n; i++)
		section->options[i] = (struct option){ xstrdup(keys[i]), xstrdup(values[i]) };
	if (tsearch(section, &sections, compare_sections) == NULL)
		abort(); /* as xmalloc does without memory */
}

const char *sources_option(const char *path, const char *key)
{
	const struct section *section = find_section(path);

	for (size_t i = 0; section != NULL && i < section->n; i++)
		if (strcmp(section->options[i].key, key) == 0)
			return section->options[i].value;
	return NULL;
}

const char *sources_host_option(void *ctx, const char *path, const char *key)
{
	(void)ctx;
	return sources_option(path, key);
}

bool sources_has_section(const char *path)
{
	return find_section(path) != NULL;
}
