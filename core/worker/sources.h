/* sources.h - the source plugins of this process. */
#ifndef CORE_WORKER_SOURCES_H
#define CORE_WORKER_SOURCES_H

#include <ptpar/source.h>

/* Loads all there are; says of each bad one what is wrong. */
void sources_load(void (*warn)(void *ctx, const char *text), void *ctx);
/* The one of that name, or NULL with the reason. */
const struct ptpar_source *sources_find(const char *name, struct ptpar_error *err);
/* The first that claims this file, or NULL. */
const struct ptpar_source *sources_claim(const char *path);

#endif
