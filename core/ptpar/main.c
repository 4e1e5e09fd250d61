/* main.c - ptpar: reads what the user wants, then runs it, or makes the reports of an earlier run again.
 *
 * Started by mpirun, only rank 0 becomes the core; the other processes become agents that supervise a rank each.
 */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/common/install.h"
#include "core/common/mpienv.h"
#include "core/common/slurm.h"
#include "core/ptpar/attach.h"
#include "core/ptpar/crew.h"
#include "core/ptpar/doctor.h"
#include "core/ptpar/import_testlist.h"
#include "core/ptpar/replay.h"
#include "core/ptpar/session.h"
#include "core/ptpar/settings.h"

/* A process that mpirun has started as a rank other than 0. Rank 0 tells of errors; nobody waits for this one then.
 */
static int become_agent(const struct settings *settings)
{
	if (settings->help || settings->version || settings->report != NULL || settings->attach != NULL ||
	    settings->list != LIST_NONE || settings->import != IMPORT_NONE || settings->doctor)
		return STATUS_OK;
	crew_export_settings(settings);
	execl(install_helper("ptpar-agent"), "ptpar-agent", "--supervise", (char *)NULL);
	fprintf(stderr, "ptpar: cannot start %s: %s\n", install_helper("ptpar-agent"), strerror(errno));
	return STATUS_INTERNAL;
}

static int be_core(const struct settings *settings, const struct mpienv *mpi, int argc, char **argv)
{
	if (settings->help) {
		settings_help();
		return STATUS_OK;
	}
	if (settings->version) {
		printf("ptpar %s\n", PACKAGE_VERSION);
		return STATUS_OK;
	}
	if (settings->doctor)
		return doctor_run(settings, mpi, NULL);
	if (settings->import == IMPORT_TESTLIST)
		return import_testlist_print(settings);
	if (settings->attach != NULL)
		return attach_run(settings);
	if (settings->report != NULL)
		return replay_again(settings);
	return session_run(settings, mpi, argc, argv);
}

/* A standard stream that is closed would give its number to the next file that is opened. */
static void open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct mpienv mpi = mpienv_get();
	struct settings settings;
	struct ptpar_error err;
	int status = STATUS_USAGE;

	open_standard_streams();
	if (settings_load(&settings, argc, argv, &err) == 0) {
		if (settings.launcher == LAUNCHER_AUTO && slurm_is_elsewhere())
			settings.launcher = LAUNCHER_SRUN;
		status = mpi.rank > 0 ? become_agent(&settings) : be_core(&settings, &mpi, argc, argv);
	} else if (mpi.rank == 0 && settings.doctor) {
		status = doctor_run(&settings, &mpi, err.text);
	} else if (mpi.rank == 0) {
		fprintf(stderr, "ptpar: %s\n", err.text);
	}
	settings_free(&settings);
	return status;
}
