/* replay.c - runs a target over its kept corpus: what once was wrong stays right, with any compiler. TAP. */
#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "fuzz/fuzz.h"

/* NAME of .../NAME-replay. */
static char *target_name(const char *program)
{
	const char *slash = strrchr(program, '/'), *base = slash == NULL ? program : slash + 1;

	return xstrndup(base, strcspn(base, "-"));
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* A copy of its exact size, so that AddressSanitizer sees who reads beyond it. */
static bool replay(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	FILE *file = fopen(path, "re");
	struct buffer b = { 0 };
	uint8_t *exact;
	size_t n;

	if (file == NULL) {
		perror(path);
		free(path);
		return false;
	}
	while ((n = fread(buffer_reserve(&b, 4096), 1, 4096, file)) > 0)
		b.len += n;
	fclose(file);
	fprintf(stderr, "%s\n", path); /* if this is the last line, that one was it */
	exact = xmalloc(b.len + (b.len == 0));
	memcpy(exact, b.len == 0 ? "" : b.data, b.len);
	LLVMFuzzerTestOneInput(exact, b.len);
	free(exact);
	buffer_free(&b);
	free(path);
	return true;
}

int main(int argc, char **argv)
{
	char *name = target_name(argv[0]), *directory = xasprintf("%s/%s", CORPUS, name);
	FILE *tap = fdopen(dup(STDOUT_FILENO), "w"); /* targets do with standard output what they like */
	struct dirent **entries;
	int n = scandir(directory, &entries, is_input, alphasort), n_run = 0;

	(void)argc;
	if (tap == NULL)
		return 99;
	fputs("1..1\n", tap);
	fflush(tap);
	for (int i = 0; i < n; i++) {
		n_run += replay(directory, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	fprintf(tap, "%sok 1 - the corpus of %s: %d inputs\n", n > 0 && n_run == n ? "" : "not ", name, n_run);
	fclose(tap);
	free(directory);
	free(name);
	return 0;
}
