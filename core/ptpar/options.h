/* options.h - the one table of settings, from which the command line, the configuration and --help are made. */
#ifndef CORE_PTPAR_OPTIONS_H
#define CORE_PTPAR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <ptpar/plugin.h>

enum option_type {
	OPTION_FLAG,    /* bool: true when given; yes or no in a file */
	OPTION_SWITCH,  /* int: becomes `on` when given; `no` in a file takes just that back */
	OPTION_NUMBER,  /* int or uint32_t, from `least` to `most` */
	OPTION_SECONDS, /* double, above 0 */
	OPTION_CHOICE,  /* an enum: the index of the word in `choices` */
	OPTION_STRING,  /* char *, owned, never empty */
	/* Keys only, of which settings.c makes sense: */
	OPTION_LIST, /* may go on over indented lines */
	OPTION_NP,   /* numbers of processes */
	/* Handed to a scheduler: that of the section's name or, from the command line, `plugin`. */
	OPTION_PLUGIN, /* a string, or one of `choices` */
};

enum option_group { GROUP_NONE, GROUP_SELECT, GROUP_RUN, GROUP_OUTPUT, GROUP_SLURM, GROUP_ABOUT, GROUP_COUNT };

struct option_spec {
	const char *name;    /* long option and key; NULL: a letter only */
	char letter;         /* short option; 0: none */
	const char *section; /* where it may be set in a file: "ptpar", "mpi", "shell", "match"; NULL: nowhere */
	const char *plugin;  /* on the command line: whose option `key` it sets; or NULL */
	const char *key;
	enum option_group group; /* GROUP_NONE: not on the command line */
	enum option_type type;
	size_t offset;              /* in struct settings; of section "match": in struct match_rule */
	const char *argument;       /* its name in --help; NULL: takes none */
	const char *takes;          /* with a fallback: these characters, if the next word has no others; or NULL */
	const char *fallback;       /* the value when the argument is left out; NULL: it must be there */
	const char *const *choices; /* ends with NULL; empty words stand for values that cannot be given */
	int on;
	const char *on_value; /* of an OPTION_PLUGIN without an argument: what it sets */
	bool is_path;         /* of an OPTION_PLUGIN: in a file it is relative to that */
	char separator;       /* of its lines in a file; 0: it has one */
	uint32_t least;
	uint32_t most;      /* 0: 2^20 */
	bool alone;         /* nothing else counts: --help */
	const char *remedy; /* what to give instead of a bad value */
	const char *help;   /* lines of at most 50 characters; NULL: it is for no person */
};

extern const struct option_spec options[];
extern const size_t n_options;

/* The row of a key in a section, or NULL. */
const struct option_spec *option_of_key(const char *section, const char *key);

/* Checks `value` (NULL: an option without an argument) and writes it to its place in `base`, a struct settings or
 * match_rule. Returns 0, or -EINVAL with a text that begins with `where`. */
int option_set(const struct option_spec *spec, void *base, const char *value, const char *where,
	       struct ptpar_error *err);

/* The index of the word in `choices`, or -EINVAL likewise. */
int option_choice(const struct option_spec *spec, const char *value, const char *where, struct ptpar_error *err);

/* The text of --help. */
void options_help(FILE *out);

#endif
