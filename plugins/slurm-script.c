/* slurm-script.c - the beginning, the user's commands, the end. */
#include "plugins/slurm-script.h"

#include <stdio.h>
#include <string.h>

static void put_quoted(FILE *f, const char *word)
{
	putc('\'', f);
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fputs("'\\''", f);
		else
			putc(*word, f);
	putc('\'', f);
}

/* In a line of #SBATCH; % stands for something in a name there. */
static void put_file_name(FILE *f, const char *name)
{
	putc('"', f);
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			putc('\\', f);
		if (*name == '%')
			putc('%', f);
		putc(*name, f);
	}
	fputs("\"\n", f);
}

/* What the user's lines say below ours counts. */
static void put_head(FILE *f, const struct slurm_script *s)
{
	const char *header = s->header != NULL ? s->header : "#!/bin/bash\n";
	size_t first = strcspn(header, "\n");

	fprintf(f, "%.*s\n", (int)first, header);
	/* There may be no directory on the node that it could write into: ptpar itself is told what it says. */
	fputs("#SBATCH --job-name=ptpar\n#SBATCH --no-requeue\n#SBATCH --output=", f);
	put_file_name(f, s->output != NULL ? s->output : "/dev/null");
	if (s->options != NULL)
		fprintf(f, "#SBATCH %s\n", s->options);
	if (header[first] == '\n')
		fprintf(f, "%s\n", header + first + 1);
}

static void put_join(FILE *f, const struct slurm_script *s)
{
	fputs("exec", f);
	for (const char *const *word = s->join; *word != NULL; word++) {
		putc(' ', f);
		put_quoted(f, *word);
	}
}

static void put_users_commands(FILE *f, const struct slurm_script *s)
{
	/* Else steps get what the job got, and not what the commands make of that. */
	if (!s->exports)
		fputs("export SLURM_EXPORT_ENV=ALL\n", f);
	if (s->init_cmds != NULL)
		fprintf(f, "%s\n", s->init_cmds);
	/* The shell makes words of them, and values of what the commands have set; the agent adds them to srun's.
	 */
	if (s->srun_options != NULL)
		fprintf(f, "PTPAR_SRUN_OPTIONS=$(printf '%%s\\n' %s)\nexport PTPAR_SRUN_OPTIONS\n",
			s->srun_options);
}

/* Commands may end the script: the agent is to tell that as well. */
static void put_joining(FILE *f, const struct slurm_script *s)
{
	fputs("ptpar_said=$(mktemp) || ptpar_said=/dev/null\n"
	      "ptpar_join() {\n"
	      "\texec >&3 2>&4 3>&- 4>&-\n"
	      "\tcat \"$ptpar_said\"\n"
	      "\t",
	      f);
	put_join(f, s);
	fputs(" \"$ptpar_said\" \"$@\"\n"
	      "}\n"
	      "trap 'ptpar_join $?' EXIT\n"
	      "exec 3>&1 4>&2 >\"$ptpar_said\" 2>&1\n",
	      f);
	put_users_commands(f, s);
	fputs("trap - EXIT\nptpar_join\n", f);
}

char *slurm_script_make(const struct slurm_script *s)
{
	char *script = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&script, &size);

	if (f == NULL)
		return NULL;
	put_head(f, s);
	if (s->output == NULL) {
		put_joining(f, s);
	} else {
		put_users_commands(f, s);
		put_join(f, s);
		putc('\n', f);
	}
	return fclose(f) == 0 ? script : NULL;
}
