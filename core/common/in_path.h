/* in_path.h - is there such a program in PATH? */
#ifndef CORE_COMMON_IN_PATH_H
#define CORE_COMMON_IN_PATH_H

#include <stdbool.h>

bool in_path(const char *name);

#endif
