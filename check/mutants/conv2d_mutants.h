/* conv2d_mutants.h: kernels of conv2d that are wrong on purpose, one misconception each. */
#ifndef CONV2D_MUTANTS_H
#define CONV2D_MUTANTS_H

#include "kernels/conv2d/conv2d.h"

/* Only the pass that is wrong is set. info.idea tells what was misunderstood. */
extern const conv2d_variant conv2d_mutants[];
extern const size_t conv2d_mutant_count;

#endif
