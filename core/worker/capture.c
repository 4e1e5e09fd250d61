/* capture.c - the offset of the shared file description is the length of what was printed. */
#include "core/worker/capture.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/common/page.h"

/* Of a longer output, the first and the last half of this are kept, bytes. */
enum { KEEP = 1 << 20 };

static bool active;
static struct buffer kept;

void capture_init(bool capture)
{
	active = capture;
	/* A line stands in the file as soon as it is printed, so that it is known if the process dies. */
	if (active)
		setvbuf(stdout, NULL, _IOLBF, 0);
}

static void rewind_capture(void)
{
	lseek(STDOUT_FILENO, 0, SEEK_SET);
}

static void keep(off_t from, size_t n)
{
	ssize_t got = pread(STDOUT_FILENO, buffer_reserve(&kept, n), n, from);

	if (got > 0)
		kept.len += (size_t)got;
}

struct wire_bytes capture_take(void)
{
	off_t n;

	kept.len = 0;
	if (!active)
		return (struct wire_bytes){ 0 };
	fflush(stdout);
	n = lseek(STDOUT_FILENO, 0, SEEK_CUR);
	if (n <= 0)
		return (struct wire_bytes){ 0 };
	if (n <= KEEP) {
		keep(0, (size_t)n);
	} else {
		keep(0, KEEP / 2);
		buffer_printf(&kept, "\n[ptpar: %lld bytes left out]\n", (long long)n - KEEP);
		keep(n - KEEP / 2, KEEP / 2);
	}
	rewind_capture();
	return (struct wire_bytes){ kept.data, kept.len };
}
