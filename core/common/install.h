#ifndef CORE_COMMON_INSTALL_H
#define CORE_COMMON_INSTALL_H
const char *install_helper(const char *name);
char *install_plugin_path(const char *configured);
#endif
