#include "core/common/plugin.h"
#include <dlfcn.h>
#include <glob.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/install.h"
struct plugin_set {
	const struct ptpar_plugin *p[64];
	size_t n;
};
struct plugin_set *plugins_scan(enum ptpar_plugin_kind kind, const char *configured)
{
	struct plugin_set *s = xcalloc(1, sizeof(*s));
	char *path = install_plugin_path(configured), *rest = path, *d;
	const char *k = kind == PTPAR_PLUGIN_SCHEDULER ? "scheduler" : "source";
	while ((d = strsep(&rest, ":"))) {
		glob_t g;
		char *pat;
		if (!*d)
			continue;
		pat = xasprintf("%s/%s-*.so", d, k);
		if (glob(pat, 0, NULL, &g) == 0)
			for (size_t i = 0; i < g.gl_pathc; i++) {
				void *h = dlopen(g.gl_pathv[i], RTLD_NOW | RTLD_LOCAL);
				const struct ptpar_plugin *p = h ? dlsym(h, xasprintf("ptpar_%s", k)) : NULL;
				if (p)
					s->p[s->n++] = p;
				else
					fprintf(stderr, "%s\n", dlerror());
			}
	}
	return s;
}
const struct ptpar_plugin *plugins_find(const struct plugin_set *set, const char *name, struct ptpar_error *err)
{
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->p[i]->name, name))
			return set->p[i];
	ptpar_fail(err, -ENOENT, "no such plugin %s", name);
	return NULL;
}
const struct ptpar_plugin *plugins_get(const struct plugin_set *set, size_t i)
{
	return i < set->n ? set->p[i] : NULL;
}
void plugins_warn_bad(const struct plugin_set *set, const char *asked, void (*warn)(void *ctx, const char *text),
		      void *ctx)
{
	(void)set, (void)asked, (void)warn, (void)ctx;
}
void plugins_free(struct plugin_set *set)
{
	free(set);
}
