#include "core/common/install.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <limits.h>
#include "core/common/alloc.h"
static char dir[PATH_MAX];
static const char *here(void)
{
	if (dir[0] == 0) {
		ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
		if (n > 0)
			dir[n] = 0;
		char *slash = strrchr(dir, '/');
		if (slash)
			*slash = 0;
	}
	return dir;
}
const char *install_helper(const char *name)
{
	return xasprintf("%s/%s", here(), name);
}
char *install_plugin_path(const char *configured)
{
	const char *env = getenv("PTPAR_PLUGIN_PATH");
	return xasprintf("%s:%s:%s/plugins/.libs", env ? env : "", configured ? configured : "", here());
}
