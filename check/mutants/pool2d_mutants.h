/* pool2d_mutants.h: known-wrong rows of pool2d; every one must be caught. */
#ifndef POOL2D_MUTANTS_H
#define POOL2D_MUTANTS_H

#include "kernels/pool2d/pool2d.h"

extern const pool2d_variant pool2d_mutants[];
extern const size_t pool2d_mutant_count;

#endif
