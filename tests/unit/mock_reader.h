/* mock_reader.h - who takes what a source of programs reads: keeps it as text, to be compared.
 *
 * mock_points: a line for each point, "OUTCOME DEPTH.NUMBER NAME [REASON] {DETAIL} @LINE", what is not there left
 * out. mock_notes: a line for each note, "failure: ", "skip: " or "log: " before its text. Both are emptied by
 * mock_ended.
 */
#ifndef TESTS_UNIT_MOCK_READER_H
#define TESTS_UNIT_MOCK_READER_H

#include <stddef.h>

#include <ptpar/source.h>

extern char mock_points[65536], mock_notes[65536];
extern const struct ptpar_reader mock_reader;

/* As from waitpid(). */
#define EXITED(status) ((status) << 8)
#define KILLED(signal) (signal)

/* The only process of a test, with this output and nothing on standard error. */
struct ptpar_ended mock_ended(const char *output, int status);

#endif
