/* sources.h - the source plugins of this process, and their sections of the configuration. */
#ifndef CORE_COMMON_SOURCES_H
#define CORE_COMMON_SOURCES_H

#include <ptpar/source.h>

/* Loads all there are; says of each bad one what is wrong. */
void sources_load(void (*warn)(void *ctx, const char *text), void *ctx);
/* The one of that name, or NULL with the reason. */
const struct ptpar_source *sources_find(const char *name, struct ptpar_error *err);
/* What the configuration says in the section that a path names. The strings are copied. */
void sources_add_section(const char *path, const char *const *keys, const char *const *values, size_t n);
const char *sources_option(const char *path, const char *key);
/* The same, as a source asks for it. */
const char *sources_host_option(void *ctx, const char *path, const char *key);
bool sources_has_section(const char *path);
/* The first that claims this file, or NULL. */
const struct ptpar_source *sources_claim(const char *path);

/* What sources are lent that run no tests: this way to warn, and the configuration. */
#define SOURCES_HOST(warn_)                                                                                        \
	{                                                                                                          \
		.abi = PTPAR_SOURCE_ABI, .size = sizeof(struct ptpar_source_host), .warn = (warn_),                \
		.option = sources_host_option                                                                      \
	}

#endif
