#ifndef CORE_COMMON_PLUGIN_H
#define CORE_COMMON_PLUGIN_H
#include <stddef.h>
#include <ptpar/plugin.h>
struct plugin_set;
struct plugin_set *plugins_scan(enum ptpar_plugin_kind kind, const char *configured);
const struct ptpar_plugin *plugins_find(const struct plugin_set *set, const char *name, struct ptpar_error *err);
const struct ptpar_plugin *plugins_get(const struct plugin_set *set, size_t i);
void plugins_warn_bad(const struct plugin_set *set, const char *asked, void (*warn)(void *ctx, const char *text),
		      void *ctx);
void plugins_free(struct plugin_set *set);
#endif
