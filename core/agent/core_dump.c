/* core_dump.c - /proc/sys/kernel/core_pattern tells how they are called, see core(5). */
#include "core/agent/core_dump.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");
	bool is_read = f != NULL && fgets(line, (int)size, f) != NULL;

	if (f != NULL)
		fclose(f);
	line[is_read ? strcspn(line, "\n") : 0] = '\0';
	return is_read;
}

static void put_literally(struct buffer *out, char c)
{
	if (strchr("*?[\\", c) != NULL)
		buffer_putc(out, '\\');
	buffer_putc(out, c);
}

/* As a pattern for glob(): what is not known here, the time for instance, is a star. */
static void put_name(struct buffer *out, const char *pattern, pid_t pid)
{
	bool has_pid = false;
	char uses_pid[8];

	for (const char *p = pattern; *p != '\0'; p++) {
		if (*p != '%') {
			put_literally(out, *p);
			continue;
		}
		if (*++p == '\0')
			break;
		has_pid = has_pid || *p == 'p';
		if (*p == 'p')
			buffer_printf(out, "%d", (int)pid);
		else
			buffer_putc(out, *p == '%' ? '%' : '*');
	}
	if (!has_pid && read_line("/proc/sys/kernel/core_uses_pid", uses_pid, sizeof(uses_pid)) &&
	    strcmp(uses_pid, "0") != 0)
		buffer_printf(out, ".%d", (int)pid);
}

static char *newest(const glob_t *found)
{
	const char *best = NULL;
	struct stat st;
	struct timespec time = { 0 };

	for (size_t i = 0; i < found->gl_pathc; i++) {
		if (stat(found->gl_pathv[i], &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		if (best != NULL && (st.st_mtim.tv_sec < time.tv_sec ||
				     (st.st_mtim.tv_sec == time.tv_sec && st.st_mtim.tv_nsec < time.tv_nsec)))
			continue;
		best = found->gl_pathv[i];
		time = st.st_mtim;
	}
	return best == NULL ? NULL : xstrdup(best);
}

char *core_dump_find(pid_t pid, const char *cwd)
{
	struct buffer name = { 0 };
	char pattern[256], *path = NULL;
	glob_t found;

	if (!read_line("/proc/sys/kernel/core_pattern", pattern, sizeof(pattern)) || pattern[0] == '|')
		return NULL;
	for (const char *p = cwd; pattern[0] != '/' && p != NULL && *p != '\0'; p++)
		put_literally(&name, *p);
	if (name.len > 0)
		buffer_putc(&name, '/');
	put_name(&name, pattern, pid);
	buffer_putc(&name, '\0');
	if (glob(name.data, 0, NULL, &found) == 0) {
		path = newest(&found);
		globfree(&found);
	}
	buffer_free(&name);
	return path;
}
