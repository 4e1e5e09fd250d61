/* install.h - where ptpar's helper programs and plugins are, as seen from the program that runs.
 *
 * Works from a build tree (a directory with ptpar-agent and plugins/.libs), where ptpar was installed, and after
 * the installed tree was moved or staged elsewhere. What lies by the running program wins over what configure was
 * told, so that two versions are never mixed. For all three programs.
 */
#ifndef CORE_COMMON_INSTALL_H
#define CORE_COMMON_INSTALL_H

/* Absolute path of a program: "ptpar", "ptpar-agent", "ptpar-worker", or what valgrind is told, "valgrind.supp".
 * The path where it should be if it is nowhere. Valid while the process lives; not to be freed. */
const char *install_helper(const char *name);

/* The directories in which to look for plugins, separated by colons: $PTPAR_PLUGIN_PATH, configured (`plugin-path`
 * of the configuration, or NULL), ptpar's own. To be freed. */
char *install_plugin_path(const char *configured);

#endif
