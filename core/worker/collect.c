/* collect.c - says which file it opens before it does, so that the core knows whom to blame if that was the last.
 */
#include "core/worker/collect.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/worker/core_link.h"
#include "core/common/sources.h"

/* So many files were read by a collector before this one, which the last of them has ended. */
static uint32_t to_skip;

/* Directories within directories, at most. */
enum { MAX_DEPTH = 32 };

static void warn(void *ctx, const char *text)
{
	(void)ctx;
	wire_put_warning(&core_out, &(struct wire_warning){ .text = text });
}

static const struct ptpar_source_host host = SOURCES_HOST(warn);

static int emit(void *ctx, const struct ptpar_case *c)
{
	const struct ptpar_source *source = ctx;

	wire_put_test(&core_out, &(struct wire_test){ .index = c->index,
						      .name = c->name,
						      .np = c->np,
						      .np_declared = c->np_declared,
						      .param = c->param,
						      .timeout = c->timeout,
						      .tags = c->tags,
						      .xfail = c->xfail,
						      .isolated = c->isolated,
						      .is_program = source->run == NULL,
						      .file = c->file,
						      .line = c->line });
	return 0;
}

/* Was this file seen before, by this name or another? */
static bool seen_before(const char *path)
{
	static struct seen {
		dev_t device;
		ino_t inode;
	} * seen;
	static size_t n, cap;
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (seen[i].device == status.st_dev && seen[i].inode == status.st_ino)
			return true;
	GROW(seen, n, cap);
	seen[n++] = (struct seen){ status.st_dev, status.st_ino };
	return false;
}

static void collect_file(const struct ptpar_source *source, const char *path)
{
	struct ptpar_error err = { "" };
	void *suite;
	int status;

	if (seen_before(path))
		return;
	if (to_skip > 0) {
		to_skip--;
		return;
	}
	wire_put_opening(&core_out, &(struct wire_opening){ .path = path, .plugin = source->head.name });
	core_flush();
	status = source->open(&host, path, &suite, &err);
	if (status == 0)
		status = source->list(suite, emit, (void *)source, &err);
	if (status < 0)
		wire_put_broken(&core_out, &(struct wire_broken){ .path = path, .text = err.text });
	/* Not closed: the destructors of a suite are nobody's test. */
}

static void unclaimed(const char *path, const char *why)
{
	wire_put_unclaimed(&core_out, &(struct wire_unclaimed){ .path = path, .text = why });
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The files of a directory that a source claims, and so on down, by name. */
static void collect_directory(const char *path, int depth)
{
	struct dirent **entries;
	const struct ptpar_source *source;
	struct stat status;
	int n = scandir(path, &entries, not_hidden, alphasort);

	if (n < 0) {
		unclaimed(path, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		size_t length = strlen(path);
		char *child = xasprintf("%s%s%s", path, length > 0 && path[length - 1] == '/' ? "" : "/",
					entries[i]->d_name);

		/* Links to directories are not followed: they may lead round in circles. */
		if (lstat(child, &status) == 0 && S_ISDIR(status.st_mode)) {
			if (depth < MAX_DEPTH)
				collect_directory(child, depth + 1);
		} else if (stat(child, &status) == 0 && S_ISREG(status.st_mode)) {
			source = sources_claim(child);
			if (source != NULL)
				collect_file(source, child);
		}
		free(child);
		free(entries[i]);
	}
	free(entries);
}

/* "command:NAME" is for the source of that name. */
static void collect_section(const char *path)
{
	char *name = xstrndup(path, strcspn(path, ":"));
	struct ptpar_error err;
	const struct ptpar_source *source = sources_find(name, &err);

	if (source != NULL)
		collect_file(source, path);
	else
		unclaimed(path, err.text);
	free(name);
}

static void collect_path(const char *path)
{
	const struct ptpar_source *source;
	struct stat status;

	if (sources_has_section(path)) {
		collect_section(path);
	} else if (stat(path, &status) != 0) {
		unclaimed(path, strerror(errno));
	} else if (S_ISDIR(status.st_mode)) {
		collect_directory(path, 0);
	} else {
		source = sources_claim(path);
		if (source != NULL)
			collect_file(source, path);
		else
			unclaimed(path, "it is neither a suite (a shared object, .so, made with ptpar.h) nor a TAP "
					"program (.t)");
	}
}

static int read_paths(const struct wire_collect *m)
{
	char **paths = xcalloc(m->paths.n + 1, sizeof(*paths));

	to_skip = (uint32_t)m->skip;
	for (size_t i = 0; i < m->paths.n; i++)
		paths[i] = xstrdup(m->paths.items[i]);
	for (char **path = paths; *path != NULL; path++)
		collect_path(*path);
	wire_put_collected(&core_out, &(struct wire_collected){ 0 });
	core_flush();
	/* Without exit(): see above about destructors. */
	_exit(0);
}

int collect(void)
{
	struct credentials credentials;
	struct ptpar_error err;
	struct wire_hello hello = { .role = WIRE_COLLECTOR, .pid = (uint64_t)getpid() };
	const struct wire_message *m;

	if (credentials_take_from_environment(&credentials, &err) < 0 ||
	    core_connect(&credentials, &hello, &err) < 0) {
		fprintf(stderr, "ptpar-worker: %s\n", err.text);
		return 3;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* what a suite prints when it is loaded is known even if it crashes */
	sources_load(warn, NULL);
	for (;;) {
		m = core_receive();
		if (m->number == WIRE_SECTION)
			sources_add_section(m->section.path, m->section.keys.items, m->section.values.items,
					    m->section.keys.n < m->section.values.n ? m->section.keys.n
										    : m->section.values.n);
		else if (m->number == WIRE_COLLECT)
			return read_paths(&m->collect);
	}
}
