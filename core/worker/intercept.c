/* intercept.c - what a test may not do to the process that it shares with others: end MPI, free its communicator.
 */
#include "core/worker/intercept.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <ptpar/plugin.h>

#include "core/worker/last_words.h"
#include "core/worker/run.h"

/* Open MPI hands the name of the function as a further argument. */
static void intercept_on_error(MPI_Comm *comm, int *code, ...)
{
	char what[MPI_MAX_ERROR_STRING], text[MPI_MAX_ERROR_STRING + 128];
	const char *function;
	va_list args;
	int n;

	(void)comm;
	if (!run_in_test())
		return;
	va_start(args, code);
	function = va_arg(args, const char *);
	va_end(args);
	if (PMPI_Error_string(*code, what, &n) != MPI_SUCCESS)
		snprintf(what, sizeof(what), "MPI error %d", *code);
	snprintf(text, sizeof(text), "%s: %s", function != NULL ? function : "an MPI call", what);
	run_note_failure(text);
	run_stop();
}

MPI_Errhandler intercept_errhandler(void)
{
	static MPI_Errhandler handler = MPI_ERRHANDLER_NULL;

	if (handler == MPI_ERRHANDLER_NULL)
		PMPI_Comm_create_errhandler(intercept_on_error, &handler);
	return handler;
}

/* The test's communicator is the worker's to free, see group.h. */
PTPAR_EXPORT int MPI_Comm_free(MPI_Comm *comm)
{
	if (!run_is_test_comm(*comm))
		return PMPI_Comm_free(comm);
	*comm = MPI_COMM_NULL;
	return MPI_SUCCESS;
}

PTPAR_EXPORT int MPI_Comm_disconnect(MPI_Comm *comm)
{
	if (!run_is_test_comm(*comm))
		return PMPI_Comm_disconnect(comm);
	*comm = MPI_COMM_NULL;
	return MPI_SUCCESS;
}

/* Would end the whole job. Ends this process instead: its agent tells, and the test has crashed. */
PTPAR_EXPORT int MPI_Abort(MPI_Comm comm, int code)
{
	char text[64];

	(void)comm;
	if (run_in_test()) {
		snprintf(text, sizeof(text), "MPI_Abort was called, with error code %d", code);
		run_note_failure(text);
	}
	last_words();
	_exit(code != 0 ? code & 0xff : 1);
}

/* Would leave this rank unable to run further tests. */
PTPAR_EXPORT int MPI_Finalize(void)
{
	if (run_in_test()) {
		run_note_failure(
			"MPI_Finalize was called: MPI belongs to the runner, which runs other tests in it");
		run_stop();
	}
	return PMPI_Finalize();
}
