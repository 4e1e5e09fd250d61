/* test_plugin.c - the loader takes good plugins, and says of each bad one what is wrong with it, and only that. */
#include <fcntl.h>
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

#include <ptpar/scheduler.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/plugin.h"
#include "core/common/remove_tree.h"

/* --- a place to arrange plugins in, new for each test ----------------------------------------------------------
 */

struct place {
	char root[64];
	char *a, *b; /* two directories */
	char *both;  /* A:B */
	struct plugin_set *set;
};

static int set_up(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	strcpy(p->root, "/tmp/test_plugin-XXXXXX");
	assert_non_null(mkdtemp(p->root));
	p->a = xasprintf("%s/a", p->root);
	p->b = xasprintf("%s/b", p->root);
	p->both = xasprintf("%s:%s", p->a, p->b);
	assert_int_equal(mkdir(p->a, 0700), 0);
	assert_int_equal(mkdir(p->b, 0700), 0);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	plugins_free(p->set);
	remove_tree(p->root);
	free(p->a);
	free(p->b);
	free(p->both);
	free(p);
	return 0;
}

/* Links FILE of the build into a directory as `as`. */
static void link_as(const char *directory, const char *file, const char *as)
{
	char *from = xasprintf("%s/%s", TEST_PLUGINS, file), *to = xasprintf("%s/%s", directory, as);

	assert_int_equal(symlink(from, to), 0);
	free(from);
	free(to);
}

static void write_file(const char *directory, const char *as, const char *data, size_t n)
{
	char *path = xasprintf("%s/%s", directory, as);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	free(path);
}

/* The bytes of a plugin of the build, to be changed and written elsewhere. To be freed. */
static char *read_plugin(const char *file, size_t *n)
{
	char *path = xasprintf("%s/%s", TEST_PLUGINS, file), *data;
	FILE *f = fopen(path, "r");
	struct stat status;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &status), 0);
	*n = (size_t)status.st_size;
	data = xmalloc(*n);
	assert_int_equal(fread(data, 1, *n, f), *n);
	fclose(f);
	free(path);
	return data;
}

/* --- what is expected ------------------------------------------------------------------------------------------
 */

static void expect_good(struct place *p, const char *name)
{
	struct ptpar_error err = { "" };
	const struct ptpar_plugin *plugin = plugins_find(p->set, name, &err);

	assert_string_equal(err.text, "");
	assert_non_null(plugin);
	assert_string_equal(plugin->name, name);
}

/* `line`, with @A and @B for the two directories, is the whole text. */
static void expect_bad(struct place *p, const char *name, const char *line)
{
	struct ptpar_error err = { "" };
	struct buffer wanted = { 0 };

	for (const char *s = line; *s != '\0'; s++) {
		if (*s == '@')
			buffer_puts(&wanted, *++s == 'A' ? p->a : p->b);
		else
			buffer_putc(&wanted, *s);
	}
	assert_null(plugins_find(p->set, name, &err));
	assert_string_equal(err.text, buffer_string(&wanted));
	buffer_free(&wanted);
}

/* The scheduler FILE of the build, alone in a directory, is bad for this reason. */
static void expect_fault(struct place *p, const char *name, const char *reason)
{
	char *file = xasprintf("scheduler-%s.so", name), *line = xasprintf("@A/%s: %s", file, reason);

	link_as(p->a, file, file);
	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->a);
	expect_bad(p, name, line);
	assert_null(plugins_get(p->set, 0));
	free(line);
	free(file);
}

/* The same of a file that is in place already, under the name "odd". */
static void expect_odd(struct place *p, const char *reason)
{
	char *line = xasprintf("@A/scheduler-odd.so: %s", reason);

	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->a);
	expect_bad(p, "odd", line);
	free(line);
}

/* --- good ones -------------------------------------------------------------------------------------------------
 */

static void a_good_scheduler_works(void **state)
{
	struct place *p = *state;
	const struct ptpar_scheduler *scheduler;
	void *its_state = NULL;

	link_as(p->a, "scheduler-good.so", "scheduler-good.so");
	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->a);
	expect_good(p, "good");
	scheduler = (const struct ptpar_scheduler *)plugins_find(p->set, "good", NULL);
	assert_int_equal(scheduler->create(NULL, &its_state, NULL), 0);
	scheduler->destroy(its_state);
}

static void kinds_are_kept_apart(void **state)
{
	struct place *p = *state;

	link_as(p->a, "scheduler-good.so", "scheduler-good.so");
	link_as(p->a, "source-good.so", "source-good.so");
	p->set = plugins_scan_in(PTPAR_PLUGIN_SOURCE, p->a);
	assert_string_equal(plugins_get(p->set, 0)->summary, "claims nothing");
	assert_null(plugins_get(p->set, 1));
}

static void other_files_are_passed_over(void **state)
{
	struct place *p = *state;

	write_file(p->a, "scheduler-good.la", "x", 1);
	write_file(p->a, "scheduler-.so", "x", 1);
	write_file(p->a, "scheduler.so", "x", 1);
	write_file(p->a, "libscheduler-good.so", "x", 1);
	write_file(p->a, "scheduler-good.so.1", "x", 1);
	link_as(p->a, "scheduler-good.so", ".scheduler-good.so");
	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->a);
	expect_bad(p, "good", "good: no such scheduler: there are none");
}

static void a_plugin_whose_create_fails_is_good_so_far(void **state)
{
	struct place *p = *state;
	const struct ptpar_scheduler *scheduler;
	struct ptpar_error err;

	link_as(p->a, "scheduler-unwilling.so", "scheduler-unwilling.so");
	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->a);
	expect_good(p, "unwilling");
	scheduler = (const struct ptpar_scheduler *)plugins_find(p->set, "unwilling", NULL);
	assert_true(scheduler->create(NULL, NULL, &err) < 0);
	assert_string_equal(err.text, "it is not in the mood");
}

/* --- asking for what is not there ------------------------------------------------------------------------------
 */

static void an_unknown_name_tells_which_there_are(void **state)
{
	struct place *p = *state;

	link_as(p->b, "scheduler-good.so", "scheduler-good.so");
	link_as(p->a, "scheduler-unwilling.so", "scheduler-unwilling.so");
	link_as(p->a, "scheduler-abi.so", "scheduler-abi.so");
	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->both);
	expect_bad(p, "god", "god: no such scheduler: there are good, unwilling");
}

static void an_unknown_name_tells_of_missing_directories(void **state)
{
	struct place *p = *state;
	char *path = xasprintf(":%s/nowhere:%s:", p->a, p->b);

	link_as(p->b, "scheduler-good.so", "scheduler-good.so");
	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, path);
	expect_good(p, "good");
	expect_bad(p, "x", "x: no such scheduler: there are good; @A/nowhere: No such file or directory");
	free(path);
}

/* --- files that are no shared libraries ------------------------------------------------------------------------
 */

static void a_dangling_link(void **state)
{
	struct place *p = *state;

	link_as(p->a, "gone.so", "scheduler-odd.so");
	expect_odd(p, "it is a link to a file that is not there");
}

static void an_unreadable_file(void **state)
{
	struct place *p = *state;
	char *path = xasprintf("%s/scheduler-odd.so", p->a);

	write_file(p->a, "scheduler-odd.so", "x", 1);
	assert_int_equal(chmod(path, 0), 0);
	if (access(path, R_OK) == 0)
		expect_odd(p, "it is not a shared library"); /* root may read it */
	else
		expect_odd(p, "cannot be read: Permission denied");
	free(path);
}

static void a_directory(void **state)
{
	struct place *p = *state;
	char *path = xasprintf("%s/scheduler-odd.so", p->a);

	assert_int_equal(mkdir(path, 0700), 0);
	expect_odd(p, "it is no file but a directory");
	free(path);
}

static void a_pipe_is_not_waited_for(void **state)
{
	struct place *p = *state;
	char *path = xasprintf("%s/scheduler-odd.so", p->a);

	assert_int_equal(mkfifo(path, 0700), 0);
	alarm(10);
	expect_odd(p, "it is no file");
	alarm(0);
	free(path);
}

static void a_text(void **state)
{
	struct place *p = *state;

	write_file(p->a, "scheduler-odd.so", "#!/bin/sh\necho this is no shared library\n", 41);
	expect_odd(p, "it is not a shared library");
}

static void an_empty_file(void **state)
{
	struct place *p = *state;

	write_file(p->a, "scheduler-odd.so", "", 0);
	expect_odd(p, "it is empty: build or copy it again");
}

/* Wherever a copy was cut: never a crash, and never a plugin. */
static void a_copy_that_was_cut_short(void **state)
{
	struct place *p = *state;
	struct ptpar_error err;
	size_t n;
	char *data = read_plugin("scheduler-good.so", &n);

	write_file(p->a, "scheduler-odd.so", data, 2000);
	expect_odd(p, "it was cut short: build or copy it again");
	plugins_free(p->set);
	for (size_t cut = 0; cut < 0x2000 && cut < n; cut += 61) {
		write_file(p->b, "scheduler-good.so", data, cut);
		p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->b);
		assert_null(plugins_find(p->set, "good", &err));
		plugins_free(p->set);
	}
	p->set = NULL;
	free(data);
}

static void a_library_for_another_machine(void **state)
{
	struct place *p = *state;
	size_t n;
	char *data = read_plugin("scheduler-good.so", &n);

	data[18] ^= 1; /* e_machine */
	write_file(p->a, "scheduler-odd.so", data, n);
	expect_odd(p, "it was built for another kind of machine: rebuild it on this one");
	free(data);
}

static void an_object_file(void **state)
{
	struct place *p = *state;
	size_t n;
	char *data = read_plugin("scheduler-good.so", &n);

	data[16] = 1; /* e_type: ET_REL */
	write_file(p->a, "scheduler-odd.so", data, n);
	expect_odd(p, "it is not a shared library: link it with -shared");
	free(data);
}

/* --- libraries that cannot be linked ---------------------------------------------------------------------------
 */

static void an_unresolved_symbol(void **state)
{
	expect_fault(*state, "unresolved",
		     "unresolved symbol nobody_has_this: link it with the library that has it");
}

static void a_missing_library(void **state)
{
	struct place *p = *state;
	size_t n;
	char *data = read_plugin("scheduler-good.so", &n), *libc = memmem(data, n, "libc.so.6", 10);

	assert_non_null(libc);
	memcpy(libc, "gone.so.6", 9);
	write_file(p->a, "scheduler-odd.so", data, n);
	expect_odd(p,
		   "it needs gone.so.6, which is not found: install that, or add its directory to LD_LIBRARY_PATH");
	free(data);
}

/* --- descriptors -----------------------------------------------------------------------------------------------
 */

static void no_descriptor(void **state)
{
	expect_fault(*state, "undescribed", "it does not export ptpar_scheduler: define it, and don't hide it");
}

static void a_number_for_a_descriptor(void **state)
{
	expect_fault(*state, "number",
		     "what it exports as ptpar_scheduler is not a descriptor: see ptpar/scheduler.h");
}

static void wrong_magic(void **state)
{
	expect_fault(*state, "magic",
		     "its descriptor begins with 0x12345678, not with ptpar's 0x70747061: "
		     "rebuild it with the headers of this ptpar");
}

static void wrong_kind(void **state)
{
	expect_fault(*state, "kind", "its descriptor says that it is a plugin of kind 2, not a scheduler");
}

static void a_source_called_scheduler(void **state)
{
	struct place *p = *state;

	link_as(p->a, "source-good.so", "scheduler-odd.so");
	expect_odd(p, "it is a source, not a scheduler: call the file source-odd.so");
}

static void wrong_abi(void **state)
{
	expect_fault(*state, "abi",
		     "it was built for ABI 101 of schedulers, and this ptpar has ABI 2: "
		     "rebuild it with the headers of this ptpar");
}

static void wrong_size(void **state)
{
	char reason[160];

	snprintf(reason, sizeof(reason), "its descriptor has %zu bytes, and this ptpar's has %zu: %s",
		 sizeof(struct ptpar_scheduler) + 8, sizeof(struct ptpar_scheduler),
		 "rebuild it with the headers of this ptpar");
	expect_fault(*state, "size", reason);
}

static void only_a_head(void **state)
{
	char reason[160];

	snprintf(reason, sizeof(reason), "its descriptor has %zu bytes, and this ptpar's has %zu: %s",
		 sizeof(struct ptpar_plugin), sizeof(struct ptpar_scheduler),
		 "rebuild it with the headers of this ptpar");
	expect_fault(*state, "short", reason);
}

static void another_name_than_the_file(void **state)
{
	struct place *p = *state;

	link_as(p->a, "scheduler-good.so", "scheduler-odd.so");
	expect_odd(p, "it calls itself \"good\": call the file scheduler-good.so, or the plugin \"odd\"");
}

static void a_missing_function(void **state)
{
	expect_fault(*state, "incomplete", "its function advance is NULL: every scheduler must have one");
}

/* --- several ---------------------------------------------------------------------------------------------------
 */

static void two_files_of_one_name_are_both_refused(void **state)
{
	struct place *p = *state;
	size_t n;
	char *data = read_plugin("scheduler-good.so", &n);

	link_as(p->a, "scheduler-good.so", "scheduler-good.so");
	write_file(p->b, "scheduler-good.so", data, n);
	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->both);
	expect_bad(p, "good",
		   "@A/scheduler-good.so and @B/scheduler-good.so are different plugins of one name, good: "
		   "remove all but one");
	assert_null(plugins_get(p->set, 0));
	free(data);
}

static void one_file_in_two_places_is_fine(void **state)
{
	struct place *p = *state;

	link_as(p->a, "scheduler-good.so", "scheduler-good.so");
	link_as(p->b, "scheduler-good.so", "scheduler-good.so");
	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->both);
	expect_good(p, "good");
	assert_null(plugins_get(p->set, 1));
}

static void remember(void *ctx, const char *text)
{
	strcat(ctx, text);
	strcat(ctx, "\n");
}

static void bad_ones_are_told_but_the_one_asked_for(void **state)
{
	struct place *p = *state;
	char told[2000] = "", *wanted;

	link_as(p->a, "scheduler-abi.so", "scheduler-abi.so");
	link_as(p->a, "scheduler-good.so", "scheduler-good.so");
	link_as(p->a, "scheduler-incomplete.so", "scheduler-incomplete.so");
	p->set = plugins_scan_in(PTPAR_PLUGIN_SCHEDULER, p->a);
	plugins_warn_bad(p->set, "abi", remember, told);
	wanted = xasprintf(
		"%s/scheduler-incomplete.so: its function advance is NULL: every scheduler must have one\n", p->a);
	assert_string_equal(told, wanted);
	free(wanted);
	told[0] = '\0';
	plugins_warn_bad(p->set, NULL, remember, told);
	assert_non_null(strstr(told, "scheduler-abi.so: it was built for ABI 101"));
	assert_non_null(strstr(told, "scheduler-incomplete.so: "));
	assert_null(strstr(told, "scheduler-good.so"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_scheduler_works),
		TEST(kinds_are_kept_apart),
		TEST(other_files_are_passed_over),
		TEST(a_plugin_whose_create_fails_is_good_so_far),
		TEST(an_unknown_name_tells_which_there_are),
		TEST(an_unknown_name_tells_of_missing_directories),
		TEST(a_dangling_link),
		TEST(an_unreadable_file),
		TEST(a_directory),
		TEST(a_pipe_is_not_waited_for),
		TEST(a_text),
		TEST(an_empty_file),
		TEST(a_copy_that_was_cut_short),
		TEST(a_library_for_another_machine),
		TEST(an_object_file),
		TEST(an_unresolved_symbol),
		TEST(a_missing_library),
		TEST(no_descriptor),
		TEST(a_number_for_a_descriptor),
		TEST(wrong_magic),
		TEST(wrong_kind),
		TEST(a_source_called_scheduler),
		TEST(wrong_abi),
		TEST(wrong_size),
		TEST(only_a_head),
		TEST(another_name_than_the_file),
		TEST(a_missing_function),
		TEST(two_files_of_one_name_are_both_refused),
		TEST(one_file_in_two_places_is_fine),
		TEST(bad_ones_are_told_but_the_one_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
