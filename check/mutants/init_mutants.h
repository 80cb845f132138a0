/* init_mutants.h: known-wrong rows of the table in init.h. */
#ifndef INIT_MUTANTS_H
#define INIT_MUTANTS_H

#include "kernels/init/init.h"

extern const init_variant init_mutants[];
extern const size_t init_mutant_count;

#endif
