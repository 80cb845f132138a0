/* batchnorm2d_mutants.h: known-wrong rows of batchnorm2d; every one must be caught. */
#ifndef BATCHNORM2D_MUTANTS_H
#define BATCHNORM2D_MUTANTS_H

#include "kernels/batchnorm2d/batchnorm2d.h"

extern const batchnorm2d_variant batchnorm2d_mutants[];
extern const size_t batchnorm2d_mutant_count;

#endif
