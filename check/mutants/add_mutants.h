/* add_mutants.h: known-wrong rows of the table in add.h. */
#ifndef ADD_MUTANTS_H
#define ADD_MUTANTS_H

#include "kernels/add/add.h"

extern const add_variant add_mutants[];
extern const size_t add_mutant_count;

#endif
