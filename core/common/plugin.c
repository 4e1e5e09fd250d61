/* plugin.c - libltdl loads the plugins; what it cannot say of a bad one is found out before. */
#include "core/common/plugin.h"

#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ltdl.h>

#include <ptpar/scheduler.h>
#include <ptpar/source.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/elf_file.h"
#include "core/common/error.h"
#include "core/common/install.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* --- what a plugin of each kind must have ---------------------------------------------------------------- */

/* A plugin has all that are ALWAYS there, and all of one of the others, if there are any. */
enum need { ALWAYS, TO_RUN, TO_COMMAND, N_NEEDS };

struct member {
	const char *name;
	size_t offset;
	enum need need;
};

/* clang-format off */
#define MEMBER(type, name) { #name, offsetof(struct type, name), ALWAYS }
#define ONE_OF(type, name, need) { #name, offsetof(struct type, name), need }
/* clang-format on */

static const struct member scheduler_functions[] = {
	MEMBER(ptpar_scheduler, create),  MEMBER(ptpar_scheduler, slots_changed), MEMBER(ptpar_scheduler, submit),
	MEMBER(ptpar_scheduler, advance), MEMBER(ptpar_scheduler, finished),      MEMBER(ptpar_scheduler, destroy),
};

static const struct member source_functions[] = {
	MEMBER(ptpar_source, claims),
	MEMBER(ptpar_source, open),
	MEMBER(ptpar_source, list),
	MEMBER(ptpar_source, name),
	ONE_OF(ptpar_source, run, TO_RUN),
	ONE_OF(ptpar_source, stop, TO_RUN),
	ONE_OF(ptpar_source, command, TO_COMMAND),
	ONE_OF(ptpar_source, read, TO_COMMAND),
	MEMBER(ptpar_source, close),
};

typedef void (*function)(void);

/* Whoever adds a function to an interface is reminded of the table. */
_Static_assert(offsetof(struct ptpar_scheduler, batch) - offsetof(struct ptpar_scheduler, create) ==
		       COUNT(scheduler_functions) * sizeof(function),
	       "scheduler_functions lists all functions of struct ptpar_scheduler");
_Static_assert(sizeof(struct ptpar_source) - offsetof(struct ptpar_source, claims) ==
		       COUNT(source_functions) * sizeof(function),
	       "source_functions lists all functions of struct ptpar_source");

struct kind {
	const char *word;   /* begins the file's name */
	const char *symbol; /* what it exports */
	uint32_t abi;
	uint32_t size; /* of the descriptor, bytes */
	const struct member *functions;
	size_t n_functions;
};

/* By enum ptpar_plugin_kind. */
static const struct kind kinds[] = {
	[PTPAR_PLUGIN_SCHEDULER] = { "scheduler", "ptpar_scheduler", PTPAR_SCHEDULER_ABI,
				     sizeof(struct ptpar_scheduler), scheduler_functions,
				     COUNT(scheduler_functions) },
	[PTPAR_PLUGIN_SOURCE] = { "source", "ptpar_source", PTPAR_SOURCE_ABI, sizeof(struct ptpar_source),
				  source_functions, COUNT(source_functions) },
};

#define REBUILD "rebuild it with the headers of this ptpar"

/* --- the set --------------------------------------------------------------------------------------------- */

struct entry {
	char *name;
	char *path;
	struct stat file; /* of what the path leads to, or of a link that leads nowhere */
	char *rivals;     /* " and PATH" for each other file of that name, or NULL */
	lt_dlhandle handle;
	const struct ptpar_plugin *plugin; /* NULL: it is bad */
	struct ptpar_error fault;
};

struct plugin_set {
	enum ptpar_plugin_kind kind;
	struct entry *entries; /* sorted by name */
	size_t n, cap;
	struct buffer unread; /* "; DIRECTORY: WHY" for each that could not be read */
};

/* --- checking -------------------------------------------------------------------------------------------- */

/* Why dlopen refused a library. */
static int explain_linker(const char *text, struct ptpar_error *err)
{
	static const char undefined[] = "undefined symbol: ", missing[] = ": cannot open shared object file";
	const char *at;

	if (text == NULL)
		text = "the dynamic linker refuses it";
	at = strstr(text, undefined);
	if (at != NULL)
		return ptpar_fail(err, -ENOEXEC, "unresolved symbol %s: link it with the library that has it",
				  at + strlen(undefined));
	at = strstr(text, missing);
	if (at != NULL)
		return ptpar_fail(err, -ENOEXEC,
				  "it needs %.*s, which is not found: install that, or add its directory to "
				  "LD_LIBRARY_PATH",
				  (int)(at - text), text);
	return ptpar_fail(err, -ENOEXEC, "%s", text);
}

/* libltdl binds lazily, and calls everything that goes wrong "file not found". So the library is bound here, at
 * once and whole, by the same dlopen that libltdl will call; while it is open, libltdl gets it as it is. */
static lt_dlhandle open_library(const char *path, struct ptpar_error *err)
{
	void *bound = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	lt_dlhandle handle = NULL;
	lt_dladvise advice;

	if (bound == NULL) {
		explain_linker(dlerror(), err);
		return NULL;
	}
	if (lt_dladvise_init(&advice) == 0) {
		lt_dladvise_local(&advice);
		handle = lt_dlopenadvise(path, advice);
		lt_dladvise_destroy(&advice);
	}
	if (handle == NULL)
		ptpar_fail(err, -ENOEXEC, "libltdl refuses it: %s", lt_dlerror());
	dlclose(bound);
	return handle;
}

/* Bytes of the object that a symbol names; 0 if it is none, but code for instance. */
static size_t object_size(const void *object)
{
	Dl_info info;
	void *symbol = NULL;

	if (dladdr1(object, &info, &symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL || info.dli_saddr != object)
		return 0;
	return (((const ElfW(Sym) *)symbol)->st_info & 0xf) == STT_OBJECT ? ((const ElfW(Sym) *)symbol)->st_size
									  : 0;
}

static int check_symbol(const struct kind *kind, const struct entry *e, const void *object, struct ptpar_error *err)
{
	if (object == NULL) {
		for (size_t i = PTPAR_PLUGIN_SCHEDULER; i < COUNT(kinds); i++)
			if (lt_dlsym(e->handle, kinds[i].symbol) != NULL)
				return ptpar_fail(err, -EINVAL, "it is a %s, not a %s: call the file %s-%s.so",
						  kinds[i].word, kind->word, kinds[i].word, e->name);
		return ptpar_fail(err, -EINVAL, "it does not export %s: define it, and don't hide it",
				  kind->symbol);
	}
	if (object_size(object) < sizeof(struct ptpar_plugin))
		return ptpar_fail(err, -EINVAL, "what it exports as %s is not a descriptor: see ptpar/%s.h",
				  kind->symbol, kind->word);
	return 0;
}

static int check_head(const struct kind *kind, const struct entry *e, const struct ptpar_plugin *head,
		      struct ptpar_error *err)
{
	if (head->magic != PTPAR_PLUGIN_MAGIC)
		return ptpar_fail(err, -EINVAL, "its descriptor begins with 0x%08x, not with ptpar's 0x%08x: %s",
				  head->magic, PTPAR_PLUGIN_MAGIC, REBUILD);
	if (head->kind >= COUNT(kinds) || &kinds[head->kind] != kind)
		return ptpar_fail(err, -EINVAL, "its descriptor says that it is a plugin of kind %u, not a %s",
				  head->kind, kind->word);
	if (head->abi != kind->abi)
		return ptpar_fail(err, -EINVAL, "it was built for ABI %u of %ss, and this ptpar has ABI %u: %s",
				  head->abi, kind->word, kind->abi, REBUILD);
	if (head->size != kind->size || object_size(head) < kind->size)
		return ptpar_fail(err, -EINVAL, "its descriptor has %zu bytes, and this ptpar's has %u: %s",
				  head->size != kind->size ? (size_t)head->size : object_size(head), kind->size,
				  REBUILD);
	if (head->name == NULL || strcmp(head->name, e->name) != 0)
		return ptpar_fail(err, -EINVAL,
				  "it calls itself \"%s\": call the file %s-%s.so, or the plugin \"%s\"",
				  head->name == NULL ? "" : head->name, kind->word,
				  head->name == NULL ? "NAME" : head->name, e->name);
	return 0;
}

static int check_functions(const struct kind *kind, const struct ptpar_plugin *head, struct ptpar_error *err)
{
	const char *missing[N_NEEDS] = { NULL };
	bool has[N_NEEDS] = { false };

	for (size_t i = 0; i < kind->n_functions; i++) {
		const struct member *m = &kind->functions[i];
		function f;

		memcpy(&f, (const char *)head + m->offset, sizeof(f));
		if (f != NULL)
			has[m->need] = true;
		else if (missing[m->need] == NULL)
			missing[m->need] = m->name;
	}
	for (int need = ALWAYS; need < N_NEEDS; need++)
		if (missing[need] != NULL && (need == ALWAYS || has[need]))
			return ptpar_fail(err, -EINVAL, "its function %s is NULL: every %s%s must have one",
					  missing[need], kind->word,
					  need == TO_RUN       ? " that runs tests itself"
					  : need == TO_COMMAND ? " of programs"
							       : "");
	if (missing[TO_RUN] != NULL && missing[TO_COMMAND] != NULL)
		return ptpar_fail(err, -EINVAL,
				  "its functions run and command are NULL: every %s must have one of them",
				  kind->word);
	return 0;
}

/* Loads one plugin as far as it goes. Returns 0, or a negative errno with a reason that does not name the file. */
static int load(const struct kind *kind, struct entry *e, struct ptpar_error *err)
{
	const struct ptpar_plugin *head;
	int status = elf_check_library(e->path, err);

	if (status < 0)
		return status;
	e->handle = open_library(e->path, err);
	if (e->handle == NULL)
		return -ENOEXEC;
	head = lt_dlsym(e->handle, kind->symbol);
	status = check_symbol(kind, e, head, err);
	if (status == 0)
		status = check_head(kind, e, head, err);
	if (status == 0)
		status = check_functions(kind, head, err);
	if (status == 0)
		e->plugin = head;
	return status;
}

static void load_or_say_why(const struct kind *kind, struct entry *e)
{
	struct ptpar_error reason;

	if (e->rivals != NULL) {
		ptpar_fail(&e->fault, -EEXIST, "%s%s are different plugins of one name, %s: remove all but one",
			   e->path, e->rivals, e->name);
	} else if (load(kind, e, &reason) < 0) {
		ptpar_fail(&e->fault, -EINVAL, "%s: %s", e->path, reason.text);
		if (e->handle != NULL)
			lt_dlclose(e->handle);
		e->handle = NULL;
	}
}

/* --- finding --------------------------------------------------------------------------------------------- */

/* NAME of "scheduler-NAME.so", to be freed; NULL if that is not how the file is called. */
static char *name_in(const struct kind *kind, const char *file)
{
	size_t prefix = strlen(kind->word) + 1, length = strlen(file), suffix = strlen(".so");

	if (length <= prefix + suffix || strncmp(file, kind->word, prefix - 1) != 0 || file[prefix - 1] != '-' ||
	    strcmp(file + length - suffix, ".so") != 0)
		return NULL;
	return xstrndup(file + prefix, length - prefix - suffix);
}

static struct entry *find_entry(const struct plugin_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->entries[i].name, name) == 0)
			return &set->entries[i];
	return NULL;
}

static void add_rival(struct entry *e, const char *path)
{
	char *rivals = xasprintf("%s and %s", e->rivals == NULL ? "" : e->rivals, path);

	free(e->rivals);
	e->rivals = rivals;
}

static void add_file(struct plugin_set *set, const char *directory, const char *file)
{
	struct entry new = { .name = name_in(&kinds[set->kind], file) }, *old;

	if (new.name == NULL)
		return;
	new.path = xasprintf("%s/%s", directory, file);
	if (stat(new.path, &new.file) < 0 && lstat(new.path, &new.file) < 0)
		goto drop; /* it has just been removed */
	old = find_entry(set, new.name);
	if (old == NULL) {
		GROW(set->entries, set->n, set->cap);
		set->entries[set->n++] = new;
		return;
	}
	if (old->file.st_dev != new.file.st_dev || old->file.st_ino != new.file.st_ino)
		add_rival(old, new.path);
drop:
	free(new.path);
	free(new.name);
}

static void add_directory(struct plugin_set *set, const char *directory)
{
	struct dirent **files;
	int n = scandir(directory, &files, NULL, alphasort);

	if (n < 0) {
		buffer_printf(&set->unread, "; %s: %s", directory, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		add_file(set, directory, files[i]->d_name);
		free(files[i]);
	}
	free(files);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

struct plugin_set *plugins_scan_in(enum ptpar_plugin_kind kind, const char *directories)
{
	struct plugin_set *set = xcalloc(1, sizeof(*set));
	char *copy = xstrdup(directories), *rest = copy, *directory;

	set->kind = kind;
	lt_dlinit();
	while ((directory = strsep(&rest, ":")) != NULL)
		if (directory[0] != '\0')
			add_directory(set, directory);
	free(copy);
	if (set->n > 0)
		qsort(set->entries, set->n, sizeof(*set->entries), by_name);
	for (size_t i = 0; i < set->n; i++)
		load_or_say_why(&kinds[kind], &set->entries[i]);
	return set;
}

struct plugin_set *plugins_scan(enum ptpar_plugin_kind kind, const char *configured)
{
	char *path = install_plugin_path(configured);
	struct plugin_set *set = plugins_scan_in(kind, path);

	free(path);
	return set;
}

/* --- asking ---------------------------------------------------------------------------------------------- */

static void fail_with_choice(const struct plugin_set *set, const char *name, struct ptpar_error *err)
{
	struct buffer choice = { 0 };
	const struct ptpar_plugin *plugin;

	for (size_t i = 0; (plugin = plugins_get(set, i)) != NULL; i++)
		buffer_printf(&choice, "%s%s", i == 0 ? "" : ", ", plugin->name);
	if (choice.len == 0)
		buffer_puts(&choice, "none");
	if (set->unread.len > 0)
		buffer_append(&choice, set->unread.data, set->unread.len);
	ptpar_fail(err, -ENOENT, "%s: no such %s: there are %s", name, kinds[set->kind].word,
		   buffer_string(&choice));
	buffer_free(&choice);
}

const struct ptpar_plugin *plugins_find(const struct plugin_set *set, const char *name, struct ptpar_error *err)
{
	const struct entry *e = find_entry(set, name);

	if (e == NULL) {
		fail_with_choice(set, name, err);
		return NULL;
	}
	if (e->plugin == NULL)
		ptpar_fail(err, -EINVAL, "%s", e->fault.text);
	return e->plugin;
}

const struct ptpar_plugin *plugins_get(const struct plugin_set *set, size_t i)
{
	for (size_t j = 0; j < set->n; j++)
		if (set->entries[j].plugin != NULL && i-- == 0)
			return set->entries[j].plugin;
	return NULL;
}

void plugins_warn_bad(const struct plugin_set *set, const char *asked, void (*warn)(void *ctx, const char *text),
		      void *ctx)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct entry *e = &set->entries[i];

		if (e->plugin == NULL && (asked == NULL || strcmp(asked, e->name) != 0))
			warn(ctx, e->fault.text);
	}
}

void plugins_free(struct plugin_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n; i++) {
		struct entry *e = &set->entries[i];

		if (e->handle != NULL)
			lt_dlclose(e->handle);
		free(e->rivals);
		free(e->path);
		free(e->name);
	}
	free(set->entries);
	buffer_free(&set->unread);
	lt_dlexit();
	free(set);
}
