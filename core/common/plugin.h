/* plugin.h - finding, checking and loading plugins.
 *
 * Every file scheduler-NAME.so, or source-NAME.so, in the directories of the plugin path is a plugin. What can be
 * wrong with one is looked for before anything in it is called; a bad plugin is kept as a line that names its file,
 * says what is wrong and, where there is one, the remedy. Two different files of one name are both bad.
 *
 * For core and worker, in one thread. Loading runs the constructors of a library, as dlopen(3) does.
 */
#ifndef CORE_COMMON_PLUGIN_H
#define CORE_COMMON_PLUGIN_H

#include <stddef.h>

#include <ptpar/plugin.h>

struct plugin_set;

/* Loads all plugins of a kind. configured: `plugin-path` of the configuration, or NULL; see install_plugin_path.
 * Never fails. To be freed with plugins_free. */
struct plugin_set *plugins_scan(enum ptpar_plugin_kind kind, const char *configured);
/* The same from these directories alone, separated by colons. */
struct plugin_set *plugins_scan_in(enum ptpar_plugin_kind kind, const char *directories);

/* The good one of that name, which begins a struct ptpar_scheduler or ptpar_source and lives as long as the set.
 * Else NULL, and err says why it is bad, or that there is none and which there are. */
const struct ptpar_plugin *plugins_find(const struct plugin_set *set, const char *name, struct ptpar_error *err);

/* The i-th good one in the order of their names; NULL behind the last. */
const struct ptpar_plugin *plugins_get(const struct plugin_set *set, size_t i);

/* Tells of each bad plugin but the one called `asked` (or NULL), whose fault plugins_find tells. */
void plugins_warn_bad(const struct plugin_set *set, const char *asked, void (*warn)(void *ctx, const char *text),
		      void *ctx);

/* Unloads the plugins. NULL is allowed. */
void plugins_free(struct plugin_set *set);

#endif
