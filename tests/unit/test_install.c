/* test_install.c - helpers and plugins are found from wherever the programs lie.
 *
 * The test copies itself into trees like those that ptpar is found in; such a copy, called with a word, prints what
 * it finds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/common/alloc.h"
#include "core/common/install.h"
#include "core/common/remove_tree.h"

static char root[64];

static int show(const char *configured)
{
	char *path = install_plugin_path(configured[0] == '\0' ? NULL : configured);

	printf("%s\n%s\n", install_helper("ptpar-agent"), path);
	free(path);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_install-XXXXXX");
	unsetenv("PTPAR_PLUGIN_PATH");
	return mkdtemp(root) == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	remove_tree(root);
	return 0;
}

__attribute__((format(printf, 1, 2))) static void shell(const char *format, ...)
{
	char *command;
	va_list args;

	va_start(args, format);
	assert_true(vasprintf(&command, format, args) > 0);
	va_end(args);
	assert_int_equal(system(command), 0);
	free(command);
}

/* Puts this program where `path` below the root says. */
static void place(const char *path)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	shell("mkdir -p \"$(dirname '%s%s')\" && cp '%s' '%s%s'", root, path, self, root, path);
}

/* Runs the copy at `path`: it finds this helper and this plugin path. */
static void expect(const char *path, const char *configured, const char *helper, const char *plugins)
{
	char *command = xasprintf("'%s%s' --show '%s'", root, path, configured), line[4096];
	FILE *f = popen(command, "r");

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(line, helper);
	assert_non_null(fgets(line, sizeof(line), f));
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(line, plugins);
	assert_int_equal(pclose(f), 0);
	free(command);
}

/* A path of the installation below what all of it has in common: "/bin" of "/usr/local/bin". */
static const char *below_prefix(const char *path)
{
	size_t common = 0;

	for (size_t i = 0; PTPAR_BINDIR[i] == PTPAR_PLUGINDIR[i] && PTPAR_BINDIR[i] == PTPAR_LIBEXECDIR[i] &&
			   PTPAR_BINDIR[i] != '\0';
	     i++)
		if (PTPAR_BINDIR[i] == '/')
			common = i;
	return path + common;
}

static void a_build_tree_uses_its_own(void **state)
{
	char *helper = xasprintf("%s/b/ptpar-agent", root), *plugins = xasprintf("::%s/b/plugins/.libs", root);

	(void)state;
	place("/b/ptpar");
	place("/b/ptpar-agent");
	shell("mkdir -p %s/b/plugins/.libs", root);
	expect("/b/ptpar", "", helper, plugins);
	expect("/b/ptpar-agent", "", helper, plugins);
	free(helper);
	free(plugins);
}

static void a_moved_tree_finds_its_parts(void **state)
{
	char *bin = xasprintf("/new%s/ptpar", below_prefix(PTPAR_BINDIR));
	char *libexec = xasprintf("/new%s/ptpar-agent", below_prefix(PTPAR_LIBEXECDIR));
	char *helper = xasprintf("%s%s", root, libexec);
	char *plugins = xasprintf("::%s/new%s", root, below_prefix(PTPAR_PLUGINDIR));

	(void)state;
	place(bin);
	place(libexec);
	shell("mkdir -p %s", plugins + 2);
	expect(bin, "", helper, plugins);
	expect(libexec, "", helper, plugins);
	free(bin);
	free(libexec);
	free(helper);
	free(plugins);
}

static void a_lone_program_uses_what_was_compiled_in(void **state)
{
	(void)state;
	place("/elsewhere/ptpar");
	expect("/elsewhere/ptpar", "", PTPAR_LIBEXECDIR "/ptpar-agent", "::" PTPAR_PLUGINDIR);
}

static void what_the_user_says_comes_first(void **state)
{
	(void)state;
	place("/elsewhere/ptpar");
	setenv("PTPAR_PLUGIN_PATH", "/e:/f", 1);
	expect("/elsewhere/ptpar", "/c", PTPAR_LIBEXECDIR "/ptpar-agent", "/e:/f:/c:" PTPAR_PLUGINDIR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_build_tree_uses_its_own),
		TEST(a_moved_tree_finds_its_parts),
		TEST(a_lone_program_uses_what_was_compiled_in),
		TEST(what_the_user_says_comes_first),
	};

	if (argc == 3 && strcmp(argv[1], "--show") == 0)
		return show(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
