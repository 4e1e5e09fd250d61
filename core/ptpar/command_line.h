/* command_line.h - the arguments, matched with the table of options; values are not looked at yet. */
#ifndef CORE_PTPAR_COMMAND_LINE_H
#define CORE_PTPAR_COMMAND_LINE_H

#include "core/ptpar/options.h"

struct settings;

struct given {
	const struct option_spec *spec;
	const char *value; /* points into argv; NULL: none */
	bool by_letter;
};

struct command_line {
	struct given *given; /* in the order of the command line; only itself if one is to stand alone */
	size_t n, cap;
	char **operands; /* points into argv */
	size_t n_operands;
};

/* Permutes argv as getopt_long does. Returns 0, or -EINVAL; command_line_free in either case. */
int command_line_read(struct command_line *line, int argc, char **argv, struct ptpar_error *err);
void command_line_free(struct command_line *line);

/* Writes the values into the settings, in order. Returns 0, or -EINVAL. */
int command_line_apply(const struct command_line *line, struct settings *settings, struct ptpar_error *err);
/* Refuses options of a scheduler that is not the one which was chosen, there or in the configuration. */
int command_line_check(const struct command_line *line, const struct settings *settings, struct ptpar_error *err);

#endif
