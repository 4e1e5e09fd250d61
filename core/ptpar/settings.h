/* settings.h - what the user asked for: the command line over the profile over the configuration file. */
#ifndef CORE_PTPAR_SETTINGS_H
#define CORE_PTPAR_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ptpar/plugin.h>

#include "core/common/launcher.h"

enum list_mode { LIST_NONE, LIST_TEXT, LIST_JSON };
enum import_kind { IMPORT_NONE, IMPORT_TESTLIST };
enum confirm_how { CONFIRM_NO, CONFIRM_ISOLATED };
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };
enum thread_level {
	THREAD_SINGLE,
	THREAD_FUNNELED,
	THREAD_SERIALIZED,
	THREAD_MULTIPLE
}; /* as in MPI_Init_thread */
enum transports { TRANSPORTS_FAST, TRANSPORTS_DEFAULT };

/* What a section says of isolation; the order is that of the words for it. */
enum match_isolation { MATCH_ISOLATION_UNSET, MATCH_ISOLATION_NO, MATCH_ISOLATION_YES, MATCH_ISOLATION_WORLD };

/* A section [match:PATTERN]: settings for the tests whose id matches the glob. Later ones win. */
struct match_rule {
	char *pattern;
	double timeout;   /* seconds; NAN: not set */
	uint32_t retries; /* MATCH_UNSET: not set */
	uint32_t threads; /* MATCH_UNSET: not set */
	enum match_isolation isolation;
	uint32_t *np; /* for programs that declare none: one test for each; NULL: not set */
	size_t n_np;
};

#define MATCH_UNSET UINT32_MAX

/* A section [command:NAME]: tests that a source finds in it. */
struct config_section {
	char *path;    /* "command:NAME", as the heading */
	unsigned line; /* of the heading */
	char **keys;   /* as in the file, but `threads` */
	char **values;
	size_t n;
	uint32_t threads; /* 0: not set */
};

/* key = value of a section [scheduler:NAME], handed to that plugin. */
struct plugin_option {
	char *plugin;
	char *key;
	char *value;
	bool is_path; /* of the configuration: relative to its directory until it is read */
};

/* All strings are owned, and freed by settings_free. Unless said otherwise NULL or 0 is "not given". */
struct settings {
	/* Suites, programs, directories, ids. From the command line: as they were given, unchecked. From the
	 * configuration: globbed, there, and named from the working directory. */
	char **paths;
	size_t n_paths;
	bool paths_on_command_line;     /* then no sections are run but those that are named there */
	char *scheduler;                /* never NULL: "sequential" */
	uint32_t n_workers;             /* slots; 0: not given */
	bool n_workers_on_command_line; /* and not just in a file */
	char *config;                   /* the configuration file that was read */
	char *profile;
	char *plugin_path; /* directories, colon-separated, named from the working directory, unchecked; looked
			    * into before where ptpar was installed */
	enum list_mode list;
	char *select;             /* -k */
	char *rerun;              /* --rerun, unchecked: see previous.h */
	bool failed_first;        /* those that failed in the last run come first */
	double timeout;           /* seconds per test; 0: none */
	double run_timeout;       /* seconds for the run; 0: none */
	double grace;             /* seconds for the other ranks when one has failed; default 2 */
	double slow;              /* seconds from which on a test is marked as slow; default 10 */
	enum confirm_how confirm; /* is a test that crashed or hung tried again alone? */
	uint32_t retries;         /* further attempts at a test that ends badly */
	uint32_t max_fail;        /* stop after so many bad outcomes; 0: never */
	char *junit;              /* file; "-": standard output */
	int verbosity;            /* -1, 0, 1 */
	bool no_capture;          /* -s */
	enum when color;
	int durations;                  /* how many of the slowest tests to show; -1: none, 0: all */
	enum import_kind import;        /* --import: of the file paths[0] sections are made, and nothing is run */
	char *report;                   /* --report RUN: make the reports of an earlier run again */
	enum thread_level thread_level; /* default THREAD_MULTIPLE */
	enum transports transports;     /* default TRANSPORTS_FAST */
	enum launcher launcher;         /* how processes are started; default LAUNCHER_AUTO */
	char *host;                     /* --host, unchecked: where those of other nodes connect to */
	bool detach;                    /* --detach: submit the job and leave */
	char *in_job;                   /* the directory of a run that --detach has left to this job */
	char *attach;                   /* --attach RUN: show a run that was detached */
	char *wrap;                     /* --wrap, unchecked: see wrap.h */
	char *gdb;                      /* --gdb: ranks, or "all", unchecked */
	uint32_t threads;               /* cores for each process; default 1 */
	enum match_isolation isolation; /* of tests that say nothing else */
	struct match_rule *match_rules;
	size_t n_match_rules;
	struct config_section *sections; /* in the order of the file; see sections.h */
	size_t n_sections, cap_sections;
	void *section_tree;
	struct plugin_option *plugin_options;
	size_t n_plugin_options;
	bool doctor;  /* --doctor was given */
	bool help;    /* --help was given: nothing else counts */
	bool version; /* --version likewise */
};

/* Reads the command line and the configuration. Returns 0, or -EINVAL with a line that says what, where (file and
 * line), why, and the remedy. *settings is to be freed in either case. */
int settings_load(struct settings *settings, int argc, char **argv, struct ptpar_error *err);
void settings_free(struct settings *settings);
/* What the user has set for that plugin: the value of a key of [scheduler:NAME], or of the section or the options
 * that it has of its own; or NULL. */
const char *settings_plugin_option(const struct settings *settings, const char *plugin, const char *key);
/* For settings.c and command_line.c: a key of a plugin gets that value. */
void settings_set_plugin_option(struct settings *settings, const char *plugin, const char *key, const char *value,
				bool is_path);
/* The launcher (enum launcher) of that name, or -1. */
int settings_launcher(const char *name);
/* The text of --help, made from the table of options; on stdout. */
void settings_help(void);

#endif
