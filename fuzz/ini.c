/* ini.c - a configuration file: its lines, and what settings make of them, with and without a profile. (Paths on
 * the command line, so that no glob in the file looks around on this machine.) */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/ptpar/ini_file.h"
#include "core/ptpar/settings.h"
#include "fuzz/fuzz.h"

static void check_error(const char *text, const char *name)
{
	MUST(text[0] != '\0' && strchr(text, '\n') == NULL);
	MUST(strncmp(text, name, strlen(name)) == 0 || strncmp(text, "--profile", 9) == 0);
}

static void read_lines(const uint8_t *data, size_t size)
{
	FILE *in = fmemopen((void *)(uintptr_t)data, size, "r");
	struct ptpar_error err = { "" };
	struct ini_file file;
	unsigned line = 0;

	if (in == NULL)
		return;
	if (ini_file_read(&file, in, "ptpar.ini", &err) < 0)
		check_error(err.text, "ptpar.ini");
	for (size_t i = 0; i < file.n; i++) {
		MUST(file.lines[i].line >= line && file.lines[i].section != NULL);
		MUST((file.lines[i].key == NULL) == (file.lines[i].value == NULL));
		line = file.lines[i].line;
	}
	ini_file_free(&file);
	fclose(in);
}

static void load(char *path, char *profile)
{
	char *argv[] = {
		"ptpar", "--config", path, "suite.so", profile == NULL ? NULL : "--profile", profile, NULL
	};
	struct settings settings;
	struct ptpar_error err = { "" };

	if (settings_load(&settings, profile == NULL ? 4 : 6, argv, &err) < 0)
		check_error(err.text, path);
	settings_free(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("ptpar.ini", MFD_CLOEXEC);
	char path[32];

	if (size > 0)
		read_lines(data, size);
	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	load(path, NULL);
	load(path, "ci");
	close(fd);
	return 0;
}
