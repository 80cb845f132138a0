/* linear_mutants.h: kernels of linear that are wrong on purpose, one misconception each. */
#ifndef LINEAR_MUTANTS_H
#define LINEAR_MUTANTS_H

#include "kernels/linear/linear.h"

/* Only the pass that is wrong is set. info.idea tells what was misunderstood. */
extern const linear_variant linear_mutants[];
extern const size_t linear_mutant_count;

#endif
