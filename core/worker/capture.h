/* capture.h - what tests print: descriptors 1 and 2 are a memfd of the agent's, see core/common/page.h. */
#ifndef CORE_WORKER_CAPTURE_H
#define CORE_WORKER_CAPTURE_H

#include "core/common/wire.h"

/* capture: false if the agent let output through. */
void capture_init(bool capture);
/* Forgets what was printed so far. */
void capture_begin(void);
/* What was printed since; valid until the next capture_begin. Costs one system call when nothing was. */
struct wire_bytes capture_end(void);

#endif
