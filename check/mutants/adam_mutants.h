/* adam_mutants.h: known-wrong rows of the table in adam.h. */
#ifndef ADAM_MUTANTS_H
#define ADAM_MUTANTS_H

#include "kernels/adam/adam.h"

extern const adam_variant adam_mutants[];
extern const size_t adam_mutant_count;

#endif
