/* dropout_mutants.h: known-wrong rows of dropout; every one must be caught. */
#ifndef DROPOUT_MUTANTS_H
#define DROPOUT_MUTANTS_H

#include "kernels/dropout/dropout.h"

extern const dropout_variant dropout_mutants[];
extern const size_t dropout_mutant_count;

#endif
