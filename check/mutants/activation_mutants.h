/* activation_mutants.h: known-wrong rows of activation; every one must be caught. */
#ifndef ACTIVATION_MUTANTS_H
#define ACTIVATION_MUTANTS_H

#include "kernels/activation/activation.h"

extern const activation_variant activation_mutants[];
extern const size_t activation_mutant_count;

#endif
