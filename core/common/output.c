/* output.c - SIGPIPE is held back for the time of a write, so that it does not matter what the process does about
 * it.
 */
#include "core/common/output.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static int write_all(int fd, const char *data, size_t n)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	ssize_t written;

	while (n > 0) {
		written = write(fd, data, n);
		if (written > 0) {
			data += written;
			n -= (size_t)written;
		} else if (written == 0) {
			return -EIO;
		} else if (errno == EAGAIN) {
			poll(&ready, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int output_write(int fd, const void *data, size_t n)
{
	sigset_t pipe_signal, pending, before;
	bool was_pending;
	int status;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	sigpending(&pending);
	was_pending = sigismember(&pending, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	status = write_all(fd, data, n);
	if (status == -EPIPE && !was_pending)
		sigtimedwait(&pipe_signal, NULL, &(struct timespec){ 0 });
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

bool output_is_closed(int error)
{
	return error == -EPIPE || error == -EBADF;
}
