/* calls.c - calls in words. */
#include "core/common/calls.h"

#include <stdio.h>
#include <string.h>

/* Open MPI's values of MPI_ANY_SOURCE, MPI_ANY_TAG and MPI_PROC_NULL; only the worker has mpi.h. It checks them. */
enum { ANY = -1, PROC_NULL = -2 };

static const struct {
	const char *name;
	enum call_kind kind;
	const char *args[CALL_ARGS];
} calls[CALL_COUNT] = {
#define CALL(name, kind, ...) [CALL_##name] = { "MPI_" #name, CALL_KIND_##kind, { __VA_ARGS__ } },
	CALLS(CALL)
#undef CALL
		[CALL_ENTER] = { "the making of the test's communicator", CALL_KIND_COLLECTIVE, { NULL } },
	[CALL_ALL] = { "a collective assertion", CALL_KIND_COLLECTIVE, { NULL } },
	[CALL_AGREE] = { "ptpar's exchange between setup, call and teardown", CALL_KIND_COLLECTIVE, { NULL } },
	[CALL_TMPDIR] = { "ptpar_tmpdir", CALL_KIND_COLLECTIVE, { NULL } },
};

enum call_kind call_kind(uint32_t number)
{
	return number < CALL_COUNT ? calls[number].kind : CALL_KIND_OTHER;
}

static void tell_value(char *text, size_t size, const char *name, int32_t value)
{
	if (value == ANY && strcmp(name, "source") == 0)
		snprintf(text, size, "MPI_ANY_SOURCE");
	else if (value == ANY && (strcmp(name, "tag") == 0 || strcmp(name, "recvtag") == 0))
		snprintf(text, size, "MPI_ANY_TAG");
	else if (value == PROC_NULL && (strcmp(name, "source") == 0 || strcmp(name, "dest") == 0))
		snprintf(text, size, "MPI_PROC_NULL");
	else
		snprintf(text, size, "%d", value);
}

void call_tell(char *text, size_t size, uint32_t number, const int32_t args[CALL_ARGS])
{
	char value[32];
	int n = 0;

	text[0] = '\0';
	if (number == CALL_NONE || number >= CALL_COUNT)
		return;
	snprintf(text, size, "%s", calls[number].name);
	for (; n < CALL_ARGS && calls[number].args[n] != NULL; n++) {
		size_t used = strlen(text);

		tell_value(value, sizeof(value), calls[number].args[n], args[n]);
		snprintf(text + used, size - used, "%s%s=%s", n == 0 ? "(" : ", ", calls[number].args[n], value);
	}
	if (n > 0)
		snprintf(text + strlen(text), size - strlen(text), ")");
}
