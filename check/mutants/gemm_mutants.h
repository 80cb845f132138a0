/* gemm_mutants.h: kernels of gemm that are wrong on purpose, one misconception each. */
#ifndef GEMM_MUTANTS_H
#define GEMM_MUTANTS_H

#include "kernels/gemm/gemm.h"

/* Only the pass that is wrong is set. info.idea tells what was misunderstood. */
extern const gemm_variant gemm_mutants[];
extern const size_t gemm_mutant_count;

#endif
