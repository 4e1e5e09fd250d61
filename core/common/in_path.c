/* in_path.c - as execvp(3) looks for programs. */
#include "core/common/in_path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/common/buffer.h"

bool in_path(const char *name)
{
	const char *path = getenv("PATH");
	struct buffer file = { 0 };
	bool found = false;

	while (path != NULL && *path != '\0' && !found) {
		size_t n = strcspn(path, ":");

		file.len = 0;
		buffer_append(&file, path, n);
		buffer_printf(&file, "/%s", name);
		buffer_putc(&file, '\0');
		found = n > 0 && access(file.data, X_OK) == 0;
		path += n + (path[n] == ':');
	}
	buffer_free(&file);
	return found;
}
