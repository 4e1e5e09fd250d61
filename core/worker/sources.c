/* sources.c - the plugin loader does the work. */
#include "core/worker/sources.h"

#include "core/common/plugin.h"

static struct plugin_set *set;

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
