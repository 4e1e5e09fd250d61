/* ptpar/plugin.h - what every ptpar plugin has in common.
 *
 * A plugin is a shared object that exports one constant descriptor and nothing else:
 *
 *   scheduler-NAME.so   exports   const struct ptpar_scheduler ptpar_scheduler   (ptpar/scheduler.h)
 *   source-NAME.so      exports   const struct ptpar_source    ptpar_source      (ptpar/source.h)
 *
 * It is looked for in $PTPAR_PLUGIN_PATH (directories, colon-separated), in `plugin-path` of the configuration,
 * then where ptpar was installed. The descriptor begins with a head, which ptpar checks before it calls anything:
 * magic, kind, ABI number, size, and that the name is the one in the file's name.
 */
#ifndef PTPAR_PLUGIN_H
#define PTPAR_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PTPAR_PLUGIN_MAGIC UINT32_C(0x70747061) /* "ptpa" */

enum ptpar_plugin_kind {
	PTPAR_PLUGIN_SCHEDULER = 1,
	PTPAR_PLUGIN_SOURCE = 2,
};

/* The head of a descriptor; made by PTPAR_SCHEDULER_HEAD and PTPAR_SOURCE_HEAD. */
struct ptpar_plugin {
	uint32_t magic;      /* PTPAR_PLUGIN_MAGIC */
	uint32_t kind;       /* enum ptpar_plugin_kind */
	uint32_t abi;        /* PTPAR_SCHEDULER_ABI or PTPAR_SOURCE_ABI of the header that it was compiled with */
	uint32_t size;       /* sizeof the whole descriptor, bytes */
	const char *name;    /* as in the file's name and in --scheduler=NAME */
	const char *summary; /* one line, for people */
};

/* The text of an error, one line without a newline. The caller's; written only on failure; may be NULL. */
struct ptpar_error {
	char text[512];
};

/* Functions that can fail return 0 or a negative errno (as in libuv and kmod), with the text in a ptpar_error. */

#define PTPAR_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
}
#endif

#endif
