/* conv1x1_mutants.h: kernels of conv1x1 that are wrong on purpose, one misconception each. */
#ifndef CONV1X1_MUTANTS_H
#define CONV1X1_MUTANTS_H

#include "kernels/conv1x1/conv1x1.h"

/* Only the pass that is wrong is set. info.idea tells what was misunderstood. */
extern const conv1x1_variant conv1x1_mutants[];
extern const size_t conv1x1_mutant_count;

#endif
