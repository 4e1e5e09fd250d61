/* wire.h - the messages between core, agents and workers: one table, and from it structs, encoding and decoding.
 *
 * On a connection: the connecting side sends a preface (magic, version, 256-bit token), then both sides send
 * frames. A frame is its length (4 bytes, big-endian, without these 4) and that many bytes of msgpack: an array of
 * the message's number and its fields in the order of the table. No I/O happens here.
 */
#ifndef CORE_COMMON_WIRE_H
#define CORE_COMMON_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <msgpack/zone.h>

#include <ptpar/plugin.h>

#include "core/common/buffer.h"
#include "core/common/launcher.h"

/* To be raised whenever the table changes. */
#define WIRE_VERSION 7

#define WIRE_TOKEN_SIZE   32 /* bytes */
#define WIRE_PREFACE_SIZE (8 + WIRE_TOKEN_SIZE)
/* The longest frame that is accepted, bytes. The longest that is sent holds the captured output of a rank. */
#define WIRE_MAX_FRAME (64u << 20)

/* Who speaks on a connection, or which process is meant. */
enum wire_role { WIRE_AGENT = 1, WIRE_COLLECTOR, WIRE_WORKER, WIRE_LAUNCHER, WIRE_DEBUGGER, WIRE_COMMAND };

/* Pools have small numbers; those of isolated tests, of one job each, begin here. */
#define WIRE_FIRST_ISOLATED (1u << 24)
/* As its pool, an agent says this that was started by the script of a batch job. */
#define WIRE_JOB_POOL (WIRE_FIRST_ISOLATED - 1)

/* The table: MESSAGE(CONSTANT, name) and a list of FIELD(type, name) for each.
 * seq: number of one attempt at one test, growing in the order in which tests are started. pool, rank: which
 * worker. kind, phase, outcome: as in ptpar/source.h. status: as from waitpid(). Durations in seconds. */
#define WIRE_MESSAGES(MESSAGE)                                                                                     \
	/* first from everybody; size: of the pool, mpi: the MPI library's name and version, launcher: what has    \
	 * started it, if that has a name */                                                                       \
	MESSAGE(HELLO, hello)                                                                                      \
	/* core to an agent or a collector: what a section of the configuration says; list the tests of these      \
	 * files, directories or sections (to an agent: start a collector for that). To an agent: start n ranks;   \
	 * send a signal to that process and its children; take back what that worker has not begun; look where it \
	 * is; stop all that you have started, or let it go on; go; run a command; look whether these files are    \
	 * there, and say what became of the job script */                                                         \
	MESSAGE(SECTION, section)                                                                                  \
	MESSAGE(COLLECT, collect)                                                                                  \
	MESSAGE(LAUNCH, launch)                                                                                    \
	MESSAGE(SIGNAL, signal)                                                                                    \
	MESSAGE(RECALL, recall)                                                                                    \
	MESSAGE(LOOK, look)                                                                                        \
	MESSAGE(PAUSE, pause)                                                                                      \
	MESSAGE(LEAVE, leave)                                                                                      \
	MESSAGE(RUN_COMMAND, run_command)                                                                          \
	MESSAGE(INSPECT, inspect)                                                                                  \
	/* agent to core: a process has ended; all tests up to `begun` have begun, the others will not */          \
	MESSAGE(EXITED, exited)                                                                                    \
	MESSAGE(RECALLED, recalled)                                                                                \
	/* where that worker is: in answer to a look of this id; or unasked (id 0), just before it ends */         \
	MESSAGE(SEEN, seen)                                                                                        \
	/* that rank is in MPI_Finalize, where nobody waits for it; those ranks are this agent's own children;     \
	 * what such a program has printed: a test point; a note about it */                                       \
	MESSAGE(FINALIZED, finalized)                                                                              \
	MESSAGE(LAUNCHED, launched)                                                                                \
	/* nothing of that pool can be started at the moment, and it is tried again and again; it may take a while \
	 */                                                                                                        \
	MESSAGE(DELAYED, delayed)                                                                                  \
	MESSAGE(POINT, point)                                                                                      \
	MESSAGE(REMARK, remark)                                                                                    \
	/* a command has ended; an answer to inspect */                                                            \
	MESSAGE(ANSWER, answer)                                                                                    \
	MESSAGE(JOINED, joined)                                                                                    \
	/* a line for the user, now */                                                                             \
	MESSAGE(NOTICE, notice)                                                                                    \
	/* it was told to end, and its worker with it: a launcher ends all that it has started when one of its     \
	 * agents dies */                                                                                          \
	MESSAGE(DISMISSED, dismissed)                                                                              \
	/* collector to core: what follows is about this file; one of its tests; why it could not be read; no      \
	 * source claims it; that was all */                                                                       \
	MESSAGE(OPENING, opening)                                                                                  \
	MESSAGE(TEST, test)                                                                                        \
	MESSAGE(BROKEN, broken)                                                                                    \
	MESSAGE(UNCLAIMED, unclaimed)                                                                              \
	MESSAGE(COLLECTED, collected)                                                                              \
	/* core to worker: a suite's number; a group of ranks and its number; forget a group; run a test (group 0: \
	 * this rank alone); stop waiting for the other ranks of a test; go on after a recall; end */              \
	MESSAGE(SUITE, suite)                                                                                      \
	MESSAGE(GROUP, group)                                                                                      \
	MESSAGE(UNGROUP, ungroup)                                                                                  \
	MESSAGE(RUN, run)                                                                                          \
	MESSAGE(CALLOFF, calloff)                                                                                  \
	MESSAGE(RESUME, resume)                                                                                    \
	MESSAGE(QUIT, quit)                                                                                        \
	/* worker to core: what a test says; how it ended here; a line for the user */                             \
	MESSAGE(NOTE, note)                                                                                        \
	MESSAGE(DONE, done)                                                                                        \
	MESSAGE(WARNING, warning)

#define WIRE_FIELDS_hello(FIELD)                                                                                   \
	FIELD(u64, role)                                                                                           \
	FIELD(u64, pool)                                                                                           \
	FIELD(u64, rank) FIELD(u64, size) FIELD(u64, pid) FIELD(str, host) FIELD(str, mpi) FIELD(str, launcher)
/* skip: so many files of these were read before */
#define WIRE_FIELDS_section(FIELD) FIELD(str, path) FIELD(strs, keys) FIELD(strs, values)
#define WIRE_FIELDS_collect(FIELD) FIELD(strs, paths) FIELD(u64, skip)
/* launcher: enum launcher. needs_mpi: the ranks will want to call MPI. threads: cores for each. cores: those of all
 * ranks, one rank's after the other's, counted among the cores that may be used; empty: the ranks are not bound.
 * plugin, path, index: the program that they run; NULL: workers. To an agent that supervises a rank: run that.
 * wrap: words before the command. debugged: the ranks that wait for a debugger, of the test called title, to stop
 * in the function entry. */
#define WIRE_FIELDS_launch(FIELD)                                                                                  \
	FIELD(u64, pool)                                                                                           \
	FIELD(u64, n)                                                                                              \
	FIELD(u64, launcher)                                                                                       \
	FIELD(u64, needs_mpi)                                                                                      \
	FIELD(u64, threads)                                                                                        \
	FIELD(u32s, cores)                                                                                         \
	FIELD(str, plugin)                                                                                         \
	FIELD(str, path)                                                                                           \
	FIELD(u64, index) FIELD(strs, wrap) FIELD(u32s, debugged) FIELD(str, title) FIELD(str, entry)
#define WIRE_FIELDS_signal(FIELD) FIELD(u64, role) FIELD(u64, pool) FIELD(u64, rank) FIELD(u64, signal)
#define WIRE_FIELDS_recall(FIELD) FIELD(u64, pool) FIELD(u64, rank)
#define WIRE_FIELDS_pause(FIELD)  FIELD(u64, stop)
#define WIRE_FIELDS_leave(FIELD)
/* secret: with the credentials in its environment. input: for its standard input, or NULL */
#define WIRE_FIELDS_run_command(FIELD) FIELD(u64, id) FIELD(u64, secret) FIELD(strs, argv) FIELD(str, input)
#define WIRE_FIELDS_answer(FIELD)      FIELD(u64, id) FIELD(u64, status) FIELD(bytes, output)
#define WIRE_FIELDS_inspect(FIELD)     FIELD(strs, paths)
/* status: with which the script would have ended before its end; 0: it has come to its end. said: what it has
 * printed. cwd: where that is. missing: of the paths, and of what ptpar itself needs */
#define WIRE_FIELDS_joined(FIELD)                                                                                  \
	FIELD(u64, status) FIELD(bytes, said) FIELD(str, host) FIELD(str, cwd) FIELD(strs, missing)
/* begun, ended, phase: of a worker, as in the page. verdict: of a program, 1 more than its enum ptpar_rank_outcome;
 * 0: there is none. */
#define WIRE_FIELDS_exited(FIELD)                                                                                  \
	FIELD(u64, role)                                                                                           \
	FIELD(u64, pool)                                                                                           \
	FIELD(u64, rank)                                                                                           \
	FIELD(u64, status)                                                                                         \
	FIELD(u64, begun)                                                                                          \
	FIELD(u64, ended)                                                                                          \
	FIELD(u64, phase)                                                                                          \
	FIELD(u64, verdict) FIELD(bytes, output)
#define WIRE_FIELDS_recalled(FIELD) FIELD(u64, pool) FIELD(u64, rank) FIELD(u64, begun)
/* deep: with its stack */
#define WIRE_FIELDS_look(FIELD) FIELD(u64, pool) FIELD(u64, rank) FIELD(u64, id) FIELD(u64, deep)
/* begun, ended: as in the page. call: enum call; args, comm_size, is_own, entries, volume: as in the page. cpu:
 * seconds that the process has used. steady: no thread but the test's can do anything. text: "in MPI_Barrier", "in
 * solve", or NULL; file, line: of the user's code there. frames: the functions that led there, innermost first, in
 * words. */
#define WIRE_FIELDS_seen(FIELD)                                                                                    \
	FIELD(u64, pool)                                                                                           \
	FIELD(u64, rank)                                                                                           \
	FIELD(u64, id)                                                                                             \
	FIELD(u64, deep)                                                                                           \
	FIELD(u64, begun)                                                                                          \
	FIELD(u64, ended)                                                                                          \
	FIELD(u64, call)                                                                                           \
	FIELD(u32s, args)                                                                                          \
	FIELD(u64, comm_size)                                                                                      \
	FIELD(u64, is_own)                                                                                         \
	FIELD(u64, entries)                                                                                        \
	FIELD(u64, volume)                                                                                         \
	FIELD(f64, cpu)                                                                                            \
	FIELD(u64, steady) FIELD(str, text) FIELD(str, file) FIELD(u64, line) FIELD(strs, frames)
#define WIRE_FIELDS_finalized(FIELD) FIELD(u64, pool) FIELD(u64, rank)
#define WIRE_FIELDS_launched(FIELD)  FIELD(u64, pool)
/* why: for the user; NULL: that was said before */
#define WIRE_FIELDS_delayed(FIELD) FIELD(u64, pool) FIELD(str, why)
/* As in struct ptpar_point. */
#define WIRE_FIELDS_point(FIELD)                                                                                   \
	FIELD(u64, pool)                                                                                           \
	FIELD(u64, rank)                                                                                           \
	FIELD(u64, outcome)                                                                                        \
	FIELD(u64, number)                                                                                         \
	FIELD(u64, depth)                                                                                          \
	FIELD(str, name) FIELD(str, reason) FIELD(str, detail) FIELD(u64, line)
#define WIRE_FIELDS_remark(FIELD)                                                                                  \
	FIELD(u64, pool) FIELD(u64, rank) FIELD(u64, kind) FIELD(str, file) FIELD(u64, line) FIELD(str, text)
#define WIRE_FIELDS_notice(FIELD) FIELD(str, text)
#define WIRE_FIELDS_dismissed(FIELD)
#define WIRE_FIELDS_opening(FIELD) FIELD(str, path) FIELD(str, plugin)
#define WIRE_FIELDS_test(FIELD)                                                                                    \
	FIELD(u64, index)                                                                                          \
	FIELD(str, name)                                                                                           \
	FIELD(i64, np)                                                                                             \
	FIELD(u64, np_declared)                                                                                    \
	FIELD(str, param)                                                                                          \
	FIELD(f64, timeout)                                                                                        \
	FIELD(str, tags)                                                                                           \
	FIELD(str, xfail) FIELD(u64, isolated) FIELD(u64, is_program) FIELD(str, file) FIELD(u64, line)
#define WIRE_FIELDS_broken(FIELD)    FIELD(str, path) FIELD(str, text)
#define WIRE_FIELDS_unclaimed(FIELD) FIELD(str, path) FIELD(str, text)
#define WIRE_FIELDS_collected(FIELD)
#define WIRE_FIELDS_suite(FIELD)   FIELD(u64, suite) FIELD(str, plugin) FIELD(str, path)
#define WIRE_FIELDS_group(FIELD)   FIELD(u64, group) FIELD(u32s, ranks)
#define WIRE_FIELDS_ungroup(FIELD) FIELD(u64, group)
#define WIRE_FIELDS_run(FIELD)                                                                                     \
	FIELD(u64, seq) FIELD(u64, suite) FIELD(u64, index) FIELD(str, name) FIELD(u64, group)
#define WIRE_FIELDS_calloff(FIELD) FIELD(u64, seq)
#define WIRE_FIELDS_resume(FIELD)
#define WIRE_FIELDS_quit(FIELD) FIELD(u64, finalize)
#define WIRE_FIELDS_note(FIELD)                                                                                    \
	FIELD(u64, seq) FIELD(u64, kind) FIELD(u64, phase) FIELD(str, file) FIELD(u64, line) FIELD(str, text)
#define WIRE_FIELDS_done(FIELD)    FIELD(u64, seq) FIELD(u64, outcome) FIELD(f64, duration) FIELD(bytes, output)
#define WIRE_FIELDS_warning(FIELD) FIELD(str, text)

/* Field types. Strings hold no NUL; NULL is a possible value. What is decoded lives as long as the next decoding.
 */
struct wire_bytes {
	const char *data;
	size_t n;
};
struct wire_u32s {
	const uint32_t *items;
	size_t n;
};
struct wire_strs {
	const char *const *items;
	size_t n;
};
typedef uint64_t wire_type_u64;
typedef int64_t wire_type_i64;
typedef double wire_type_f64;
typedef const char *wire_type_str;
typedef struct wire_bytes wire_type_bytes;
typedef struct wire_u32s wire_type_u32s;
typedef struct wire_strs wire_type_strs;

enum wire_number {
	WIRE_NONE,
#define MESSAGE(CONSTANT, name) WIRE_##CONSTANT,
	WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
		WIRE_COUNT
};

/* struct wire_run { uint64_t seq; … }; and so on. */
#define FIELD(type, name) wire_type_##type name;
#define MESSAGE(CONSTANT, name)                                                                                    \
	struct wire_##name {                                                                                       \
		WIRE_FIELDS_##name(FIELD) char end_;                                                               \
	};
WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
#undef FIELD

struct wire_message {
	enum wire_number number;
	union {
#define MESSAGE(CONSTANT, name) struct wire_##name name;
		WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
	};
};

/* Appends a frame: wire_put_run(&buffer, &(struct wire_run){ .seq = 1, … }). */
#define MESSAGE(CONSTANT, name) void wire_put_##name(struct buffer *out, const struct wire_##name *m);
WIRE_MESSAGES(MESSAGE)
#undef MESSAGE

/* Holds what was decoded last. */
struct wire_decoder {
	msgpack_zone zone;
};

void wire_decoder_init(struct wire_decoder *d);
void wire_decoder_destroy(struct wire_decoder *d);

/* Looks for a frame at the start of n bytes: returns its whole length (with the 4 bytes before it) if it is all
 * there, 0 if more bytes are needed, -EMSGSIZE if it is longer than WIRE_MAX_FRAME. */
int64_t wire_frame(const char *data, size_t n);

/* Decodes a whole frame of n bytes. Returns 0 or -EPROTO. */
int wire_decode(struct wire_decoder *d, const char *frame, size_t n, struct wire_message *m,
		struct ptpar_error *err);

/* The preface. */
void wire_put_preface(struct buffer *out, const unsigned char token[WIRE_TOKEN_SIZE]);
/* Returns 0, -EPROTO (that is no ptpar, or another version), -EACCES (wrong token; compared in constant time). */
int wire_check_preface(const char data[WIRE_PREFACE_SIZE], const unsigned char token[WIRE_TOKEN_SIZE],
		       struct ptpar_error *err);

/* "run", "hello"; for messages about messages. */
const char *wire_name(enum wire_number number);

#endif
