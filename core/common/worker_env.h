/* worker_env.h - environment variables by which settings reach agents and workers, whoever starts them. */
#ifndef CORE_COMMON_WORKER_ENV_H
#define CORE_COMMON_WORKER_ENV_H

#define ENV_SHARED_MEMORY "PTPAR_SHARED_MEMORY" /* see core/agent/shared_memory.h */
#define ENV_WAIT          "PTPAR_WAIT" /* "1": the agent beside a rank waits to be told what to start as the rank */
#define ENV_WRAPPED       "PTPAR_WRAPPED"    /* "1": the worker was started in something that may speak as well */
#define ENV_POOL          "PTPAR_POOL"       /* number of the pool that a rank belongs to */
#define ENV_LAUNCHER      "PTPAR_LAUNCHER"   /* what a rank was started by, for messages about that */
#define ENV_CAPTURE       "PTPAR_CAPTURE"    /* "no": what tests print goes through */
#define ENV_TRANSPORTS    "PTPAR_TRANSPORTS" /* "fast" or "default" */
#define ENV_THREAD_LEVEL                                                                                           \
	"PTPAR_THREAD_LEVEL" /* MPI_Init_thread's, as enum thread_level of core/ptpar/settings.h                   \
			      */
#define ENV_SRUN_OPTIONS                                                                                           \
	"PTPAR_SRUN_OPTIONS"                /* in the batch job of a plugin: further options for srun, one a line */
#define ENV_PLUGIN_PATH "PTPAR_PLUGIN_PATH" /* directories of plugins, colon-separated */

#endif
