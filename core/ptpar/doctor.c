/* doctor.c - a function for each thing that is looked at. MPI is tried by ptpar itself, run on a command of one
 * test: the way that a user's tests would go. */
#include "core/ptpar/doctor.h"

#include <config.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ptpar/plugin.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/cores.h"
#include "core/common/in_path.h"
#include "core/common/install.h"
#include "core/common/plugin.h"
#include "core/common/remove_tree.h"
#include "core/ptpar/probe.h"
#include "core/ptpar/report_terminal.h"
#include "core/ptpar/report_text.h"
#include "core/ptpar/session.h"

/* A job of two processes that takes longer to start hangs, seconds. */
static const double JOB_TIME = 60;
/* The same of a program that is asked for its version. */
static const double VERSION_TIME = 10;
/* Of shared memory, so much should be free, MiB: each process of an MPI job takes some. */
enum { SHARED_MEMORY_WANTED = 64 };

enum verdict { VERDICT_OK, VERDICT_INFO, VERDICT_WARNING, VERDICT_FAULT };

struct doctor {
	const struct settings *settings;
	const struct mpienv *mpi;
	struct text_style style;
	char directory[64]; /* for what is tried */
	unsigned warnings, faults;
};

/* --- telling --------------------------------------------------------------------------------------------- */

static void put_plain(struct buffer *out, const char *s, size_t n)
{
	buffer_append(out, s, n);
}

static void head(const char *title)
{
	printf("\n%s\n", title);
	fflush(stdout);
}

/* The first line of text stands behind the name; the others, a remedy for instance, below it. */
__attribute__((format(printf, 4, 5))) static void tell(struct doctor *d, enum verdict verdict, const char *name,
						       const char *format, ...)
{
	static const struct {
		const char *word;
		enum text_colour colour;
	} marks[] = { { "ok", TEXT_GREEN }, { "-", TEXT_DIM }, { "warning", TEXT_YELLOW }, { "FAULT", TEXT_RED } };
	struct buffer line = { 0 };
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_begin(&line, &d->style, marks[verdict].colour);
	buffer_printf(&line, "  %-8s", marks[verdict].word);
	text_end(&line, &d->style);
	buffer_printf(&line, "%-14s ", name);
	for (const char *p = text; *p != '\0'; p++)
		if (*p == '\n')
			buffer_printf(&line, "\n%25s", "");
		else
			buffer_putc(&line, *p);
	printf("%s\n", buffer_string(&line));
	fflush(stdout);
	buffer_free(&line);
	d->warnings += verdict == VERDICT_WARNING;
	d->faults += verdict == VERDICT_FAULT;
}

/* --- the machine ----------------------------------------------------------------------------------------- */

static void check_cores(struct doctor *d)
{
	uint32_t usable = cores_usable(d->mpi->launched), threads = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);

	tell(d, VERDICT_OK, "cores",
	     "%u to use: so many slots there are without -n (the machine has %u hardware threads)", usable,
	     threads);
	if (d->mpi->launched)
		tell(d, VERDICT_INFO, "mpirun", "has started %u processes, which the pool would be made of",
		     d->mpi->size);
}

static void check_shared_memory(struct doctor *d)
{
	struct statvfs fs;
	unsigned long free_mib;

	if (statvfs("/dev/shm", &fs) != 0 || access("/dev/shm", W_OK) != 0) {
		tell(d, VERDICT_FAULT, "/dev/shm",
		     "%s\nMPI needs it for messages within a node: mount a tmpfs there", strerror(errno));
		return;
	}
	free_mib = (unsigned long)((double)fs.f_bavail * (double)fs.f_frsize / (1 << 20));
	if (free_mib < SHARED_MEMORY_WANTED)
		tell(d, VERDICT_WARNING, "/dev/shm",
		     "%lu MiB are free: few for the shared memory of MPI\nRemove old files there; for a container, "
		     "--shm-size=1g",
		     free_mib);
	else
		tell(d, VERDICT_OK, "/dev/shm", "%lu MiB are free", free_mib);
}

static void check_temporary(struct doctor *d)
{
	const char *base = getenv("TMPDIR");

	base = base != NULL && base[0] != '\0' ? base : "/tmp";
	if (access(base, W_OK | X_OK) != 0)
		tell(d, VERDICT_FAULT, "TMPDIR", "%s: %s\nSet TMPDIR to a directory that you can write to", base,
		     strerror(errno));
	else if (strlen(base) > 50)
		tell(d, VERDICT_WARNING, "TMPDIR",
		     "%s has a long name: sockets of MPI in it may not get one\nSet TMPDIR to a directory with a "
		     "shorter "
		     "one",
		     base);
	else
		tell(d, VERDICT_OK, "TMPDIR", "%s", base);
}

static void check_limits(struct doctor *d)
{
	struct rlimit files, processes;

	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_NPROC, &processes);
	if (files.rlim_max != RLIM_INFINITY && files.rlim_max < 1024)
		tell(d, VERDICT_WARNING, "open files",
		     "%llu at most: not enough for some hundred processes\nRaise the hard limit (ulimit -Hn)",
		     (unsigned long long)files.rlim_max);
	else
		tell(d, VERDICT_OK, "open files", "enough");
	if (processes.rlim_cur != RLIM_INFINITY && processes.rlim_cur < 256)
		tell(d, VERDICT_WARNING, "processes",
		     "%llu at most, for all of this user's\nRaise the limit (ulimit -u)",
		     (unsigned long long)processes.rlim_cur);
}

static void check_stacks(struct doctor *d)
{
	FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope = 0;

	if (f != NULL && fscanf(f, "%d", &scope) != 1)
		scope = 0;
	if (f != NULL)
		fclose(f);
#ifndef HAVE_DW
	tell(d, VERDICT_WARNING, "stacks",
	     "ptpar was built without libdw: crashes are told without function, file and line\nInstall libdw-dev "
	     "and "
	     "build it again");
	return;
#endif
	if (scope == 3 || (scope == 2 && geteuid() != 0))
		tell(d, VERDICT_WARNING, "stacks",
		     "reading stacks is forbidden here: crashes and hangs are told without functions and lines\n"
		     "sysctl kernel.yama.ptrace_scope=1");
	else
		tell(d, VERDICT_OK, "stacks", "can be read: crashes and hangs are told with file and line");
}

/* --- MPI ------------------------------------------------------------------------------------------------- */

static bool write_configuration(const char *path, const char *result)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		return false;
	fprintf(f, "[command:check]\ncommand = '%s' --check 2 '%s'\nnp = 2\n", install_helper("ptpar-worker"),
		result);
	return fclose(f) == 0;
}

/* What went wrong, of all that ptpar has printed: an error of its own, what a rank has said, or the first line
 * below the title of the test. */
static const char *find_reason(char *text)
{
	const char *said = NULL, *first = NULL;
	char *line, *rest = text, *mark;
	bool below_title = false;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strncmp(line, "ptpar: ", 7) == 0)
			return line + 7;
		mark = strstr(line, "│ ");
		if (said == NULL && mark != NULL)
			said = mark + strlen("│ ");
		if (first == NULL && below_title)
			first = line + strspn(line, " ");
		below_title = strncmp(line, "── ", strlen("── ")) == 0;
	}
	return said != NULL ? said : first != NULL ? first : "it has said nothing";
}

static void read_library(const char *path, char *library, size_t size)
{
	FILE *f = fopen(path, "re");

	library[0] = '\0';
	if (f != NULL && fgets(library, (int)size, f) != NULL)
		library[strcspn(library, "\n")] = '\0';
	if (f != NULL)
		fclose(f);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Does a job of two processes start and run? why: the reason if not, or the MPI library's name. */
static bool try_launcher(struct doctor *d, const char *launcher, char *why, size_t size, double *time)
{
	char configuration[96], result[96];
	char *argv[] = { xasprintf("%s/ptpar", d->directory),  "-n", "2",           "-q", "--color=never",
			 xasprintf("--launcher=%s", launcher), "-c", configuration, NULL };
	struct buffer out = { 0 };
	double start = seconds();
	int status;

	snprintf(configuration, sizeof(configuration), "%s/check.ini", d->directory);
	snprintf(result, sizeof(result), "%s/library", d->directory);
	unlink(result);
	status = write_configuration(configuration, result) ? probe(argv, d->directory, JOB_TIME, &out) : -1;
	*time = seconds() - start;
	read_library(result, why, size);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		snprintf(why, size, "it hangs: not over after %.0f s", JOB_TIME);
	else if (status == -1)
		snprintf(why, size, "it could not be tried: %s", strerror(errno));
	else if (status != 0 || why[0] == '\0')
		snprintf(why, size, "%s", find_reason(out.data));
	buffer_free(&out);
	free(argv[0]);
	free(argv[5]);
	return status == 0;
}

static void tell_of_mpiexec(struct doctor *d, bool works, const char *why, bool is_needed)
{
	if (works)
		return;
	if (!in_path("mpiexec"))
		why = "there is no mpiexec in PATH";
	tell(d, is_needed ? VERDICT_FAULT : VERDICT_WARNING, "mpiexec",
	     "%s\nPut the mpiexec of the MPI library that ptpar was built with into PATH (Debian: openmpi-bin); "
	     "try\n"
	     "mpiexec -n 2 %s --check 2 /dev/null",
	     why, install_helper("ptpar-worker"));
}

static void check_launchers(struct doctor *d)
{
	char why[512];
	double time;
	bool pmix, mpiexec, in_slurm = getenv("SLURM_JOB_ID") != NULL;

	pmix = try_launcher(d, "pmix", why, sizeof(why), &time);
	if (pmix)
		tell(d, VERDICT_OK, "pmix", "2 processes of %s: started, met, and ended in %.2f s", why, time);
	else
		tell(d, VERDICT_WARNING, "pmix",
		     "%s\nTests are started by mpiexec, which takes several times as long. Where ptpar was built "
		     "without\n"
		     "PMIx: install libpmix-dev and build it again",
		     why);
	mpiexec = try_launcher(d, "mpiexec", why, sizeof(why), &time);
	if (mpiexec)
		tell(d, VERDICT_OK, "mpiexec", "2 processes of %s: started, met, and ended in %.2f s", why, time);
	tell_of_mpiexec(d, mpiexec, why, !pmix);
	if (in_slurm && try_launcher(d, "srun", why, sizeof(why), &time))
		tell(d, VERDICT_OK, "srun", "2 processes of %s: started, met, and ended in %.2f s", why, time);
	else if (in_slurm)
		tell(d, VERDICT_WARNING, "srun", "%s\nsrun --mpi=list tells what it can start", why);
	if (pmix || mpiexec)
		tell(d, VERDICT_INFO, "auto", "takes %s", pmix ? "pmix" : "mpiexec");
}

/* --- ptpar ----------------------------------------------------------------------------------------------- */

static void warn(void *ctx, const char *text)
{
	tell(ctx, VERDICT_FAULT, "plugin", "%s", text);
}

static void check_plugins(struct doctor *d, enum ptpar_plugin_kind kind, const char *name)
{
	struct plugin_set *set = plugins_scan(kind, d->settings->plugin_path);
	struct buffer names = { 0 };

	for (size_t i = 0; plugins_get(set, i) != NULL; i++)
		buffer_printf(&names, "%s%s", i > 0 ? ", " : "", plugins_get(set, i)->name);
	if (names.len > 0)
		tell(d, VERDICT_OK, name, "%s", buffer_string(&names));
	else
		tell(d, VERDICT_FAULT, name, "there are none\nInstall ptpar again, or set PTPAR_PLUGIN_PATH");
	plugins_warn_bad(set, NULL, warn, d);
	buffer_free(&names);
	plugins_free(set);
}

static void check_configuration(struct doctor *d, const char *error)
{
	if (error != NULL)
		tell(d, VERDICT_FAULT, "configuration", "%s", error);
	else if (d->settings->config == NULL)
		tell(d, VERDICT_INFO, "configuration", "there is no ptpar.ini here or above");
	else
		tell(d, VERDICT_OK, "configuration", "%s", d->settings->config);
}

/* --- other programs -------------------------------------------------------------------------------------- */

/* The first line of what it says of itself. */
static void check_program(struct doctor *d, const char *name, const char *option, const char *otherwise)
{
	char *argv[] = { (char *)name, (char *)option, NULL };
	struct buffer out = { 0 };

	if (!in_path(name)) {
		if (otherwise != NULL)
			tell(d, VERDICT_INFO, name, "%s", otherwise);
		return;
	}
	if (probe(argv, NULL, VERSION_TIME, &out) == 0)
		tell(d, VERDICT_OK, name, "%.*s", (int)strcspn(out.data, "\n"), out.data);
	else
		tell(d, VERDICT_WARNING, name, "%s %s: does not work: %.*s", name, option,
		     (int)strcspn(out.data, "\n"), out.data);
	buffer_free(&out);
}

static void check_slurm(struct doctor *d)
{
	char *version[] = { "sinfo", "--version", NULL }, *list[] = { "srun", "--mpi=list", NULL };
	const char *job = getenv("SLURM_JOB_ID");
	struct buffer out = { 0 };

	if (!in_path("srun"))
		return;
	head("Slurm");
	if (probe(version, NULL, VERSION_TIME, &out) != 0 || probe(list, NULL, VERSION_TIME, &out) != 0) {
		tell(d, job != NULL ? VERDICT_FAULT : VERDICT_INFO, "srun",
		     "is installed, but does not work here: %.*s", (int)strcspn(out.data, "\n"), out.data);
		buffer_free(&out);
		return;
	}
	for (char *p = out.data; *p != '\0'; p++)
		*p = *p == '\n' || *p == '\t' ? ' ' : *p;
	tell(d, VERDICT_OK, "srun", "%s", out.data);
	tell(d, VERDICT_INFO, "allocation", "%s", job != NULL ? job : "none here: --scheduler=slurm submits a job");
	buffer_free(&out);
}

/* --- all of it ------------------------------------------------------------------------------------------- */

/* A directory of its own, with a link to this program: what is run in there leaves nothing elsewhere. */
static bool make_directory(struct doctor *d)
{
	char self[4096], link[96];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *base = getenv("TMPDIR");

	snprintf(d->directory, sizeof(d->directory), "%s/ptpar-doctor-XXXXXX",
		 base != NULL && strlen(base) < 40 && access(base, W_OK) == 0 ? base : "/tmp");
	if (n < 0 || mkdtemp(d->directory) == NULL)
		return false;
	self[n] = '\0';
	snprintf(link, sizeof(link), "%s/ptpar", d->directory);
	return symlink(self, link) == 0;
}

static void check_mpi(struct doctor *d)
{
	head("MPI");
	mpienv_scrub(); /* what is started here is no part of mpirun's job */
	if (!make_directory(d)) {
		tell(d, VERDICT_FAULT, "launchers", "cannot be tried: %s: %s", d->directory, strerror(errno));
		return;
	}
	check_launchers(d);
	remove_tree(d->directory);
}

static int conclude(const struct doctor *d)
{
	if (d->faults + d->warnings == 0)
		printf("\nAll is well.\n");
	else
		printf("\n%u fault%s, %u warning%s\n", d->faults, d->faults == 1 ? "" : "s", d->warnings,
		       d->warnings == 1 ? "" : "s");
	return d->faults > 0 ? STATUS_USAGE : STATUS_OK;
}

int doctor_run(const struct settings *settings, const struct mpienv *mpi, const char *config_error)
{
	struct doctor d = { .settings = settings, .mpi = mpi, .style = { .put = put_plain } };
	struct terminal_options terminal;
	char host[256] = "";

	report_terminal_detect(&terminal, STDOUT_FILENO, settings);
	d.style.colour = terminal.colour;
	gethostname(host, sizeof(host) - 1);
	printf("ptpar %s on %s\n", PACKAGE_VERSION, host);
	head("ptpar");
	check_configuration(&d, config_error);
	check_plugins(&d, PTPAR_PLUGIN_SCHEDULER, "schedulers");
	check_plugins(&d, PTPAR_PLUGIN_SOURCE, "sources");
	head("Machine");
	check_cores(&d);
	check_shared_memory(&d);
	check_temporary(&d);
	check_limits(&d);
	check_stacks(&d);
	check_mpi(&d);
	head("Tools");
	check_program(&d, "gdb", "--version", "not here: needed for --gdb");
	check_program(&d, "valgrind", "--version", "not here");
	check_slurm(&d);
	return conclude(&d);
}
