/* sources.c - the plugin loader does the work. */
#include "core/common/sources.h"

#include <string.h>

#include "core/common/alloc.h"
#include "core/common/plugin.h"

struct option {
	char *path, *key, *value;
};

static struct plugin_set *set;
static struct option *options;
static size_t n_options, cap_options;
static char **sections;
static size_t n_sections, cap_sections;

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

void sources_add_section(const char *path, const char *const *keys, const char *const *values, size_t n)
{
	GROW(sections, n_sections, cap_sections);
	sections[n_sections++] = xstrdup(path);
	for (size_t i = 0; i < n; i++) {
		GROW(options, n_options, cap_options);
		options[n_options++] = (struct option){ xstrdup(path), xstrdup(keys[i]), xstrdup(values[i]) };
	}
}

const char *sources_option(const char *path, const char *key)
{
	for (size_t i = 0; i < n_options; i++)
		if (strcmp(options[i].path, path) == 0 && strcmp(options[i].key, key) == 0)
			return options[i].value;
	return NULL;
}

bool sources_has_section(const char *path)
{
	for (size_t i = 0; i < n_sections; i++)
		if (strcmp(sections[i], path) == 0)
			return true;
	return false;
}
