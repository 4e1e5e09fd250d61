/* pmix_process.h - the process in which libpmix serves ranks, and what it and the agent say to each other: packets
 * over two pairs of sockets (SOCK_SEQPACKET), one for calls and their answers, one for notices.
 *
 * libpmix has a process to itself since it has threads, takes what anybody on this machine sends to its port, and
 * keeps some memory of each job for ever (PMIx 4.2: 7 KB for two ranks): after some hundred jobs there is a new
 * one.
 */
#ifndef CORE_AGENT_PMIX_PROCESS_H
#define CORE_AGENT_PMIX_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include <hwloc.h>

enum { PMIX_PATH_SIZE = 512, PMIX_ANSWER_SIZE = 32768 };

enum pmix_call_kind {
	PMIX_CALL_NONE,  /* are you there? */
	PMIX_CALL_OPEN,  /* a job: its ranks may be started */
	PMIX_CALL_ENV,   /* of a rank; answered by NAME=VALUE, a 0 byte behind each */
	PMIX_CALL_CLOSE, /* forget a job */
};

struct pmix_call {
	uint32_t kind;
	uint32_t job;
	uint32_t np;
	uint32_t rank;
	bool oversubscribed;
	char directory[PMIX_PATH_SIZE]; /* of the job */
	char session[PMIX_PATH_SIZE];   /* in it: for files of MPI other than shared memory */
};

/* As long as it has bytes in `text`. */
struct pmix_answer {
	int32_t status; /* 0; or a negative errno with its text */
	char text[PMIX_ANSWER_SIZE];
};

enum pmix_notice_kind { PMIX_NOTICE_INITIALIZED, PMIX_NOTICE_FINALIZED, PMIX_NOTICE_ABORTED };

struct pmix_notice {
	uint32_t kind;
	uint32_t job;
	uint32_t rank;
	int32_t status; /* of MPI_Abort */
	char text[256]; /* likewise; "" if there is none */
};

/* What a new process does, forked without an exec. It ends when the other end of `calls` is closed. */
struct pmix_process {
	const char *directory; /* for its own files */
	hwloc_topology_t topology;
	int calls;
	int notices;
};

_Noreturn void pmix_process_run(const struct pmix_process *process);

#endif
