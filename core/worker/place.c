/* place.c - backtrace() finds the frame, elfutils' libdw its line. */
#include "core/worker/place.h"

#include <config.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/common/text.h"

#ifdef HAVE_DW
#include <elfutils/libdwfl.h>
#endif

enum { MAX_FRAMES = 64 };

/* The innermost return address that lies in the suite; NULL if there is none. */
static void *find_frame(const char *suite)
{
	void *frames[MAX_FRAMES], *found = NULL;
	char wanted[PATH_MAX], there[PATH_MAX];
	int n = backtrace(frames, MAX_FRAMES);
	Dl_info info;

	if (realpath(suite, wanted) == NULL)
		return NULL;
	for (int i = 0; i < n && found == NULL; i++)
		if (dladdr(frames[i], &info) != 0 && info.dli_fname != NULL &&
		    realpath(info.dli_fname, there) != NULL && strcmp(there, wanted) == 0)
			found = frames[i];
	return found;
}

#ifdef HAVE_DW
static struct place look_up(void *address)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
	};
	struct place place = { 0 };
	/* A return address is behind the call. */
	Dwarf_Addr pc = (Dwarf_Addr)(uintptr_t)address - 1;
	Dwfl *dwfl = dwfl_begin(&callbacks);
	Dwfl_Line *line;
	int number;

	if (dwfl == NULL || dwfl_linux_proc_report(dwfl, getpid()) != 0 || dwfl_report_end(dwfl, NULL, NULL) != 0)
		goto out;
	line = dwfl_getsrc(dwfl, pc);
	if (line != NULL) {
		const char *file = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);

		if (file != NULL) {
			place.file = text_short_path(file);
			place.line = (uint32_t)number;
		}
	}
out:
	dwfl_end(dwfl);
	return place;
}
#else
static struct place look_up(void *address)
{
	(void)address;
	return (struct place){ 0 };
}
#endif

struct place place_of_caller(const char *suite)
{
	void *frame = find_frame(suite);

	return frame == NULL ? (struct place){ 0 } : look_up(frame);
}
