/* error.c - the text is made with vsnprintf; line ends in it become spaces, so that it stays one line. */
#include "core/common/error.h"

#include <stdarg.h>
#include <stdio.h>

int ptpar_fail(struct ptpar_error *err, int code, const char *format, ...)
{
	int saved = errno;
	va_list args;

	if (err != NULL) {
		va_start(args, format);
		vsnprintf(err->text, sizeof(err->text), format, args);
		va_end(args);
		for (char *p = err->text; *p != '\0'; p++)
			if (*p == '\n' || *p == '\r')
				*p = ' ';
	}
	errno = saved;
	return code;
}
