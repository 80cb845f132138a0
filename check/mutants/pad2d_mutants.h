/* pad2d_mutants.h: known-wrong rows of pad2d; every one must be caught. */
#ifndef PAD2D_MUTANTS_H
#define PAD2D_MUTANTS_H

#include "kernels/pad2d/pad2d.h"

extern const pad2d_variant pad2d_mutants[];
extern const size_t pad2d_mutant_count;

#endif
