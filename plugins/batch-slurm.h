/* batch-slurm.h - the scheduler `slurm`, as far as it knows Slurm: job script, commands, and what they answer. */
#ifndef PLUGINS_BATCH_SLURM_H
#define PLUGINS_BATCH_SLURM_H

#include <ptpar/batch.h>

extern const struct ptpar_batch batch_slurm;

#endif
