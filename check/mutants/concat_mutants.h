/* concat_mutants.h: known-wrong rows of the table in concat.h. */
#ifndef CONCAT_MUTANTS_H
#define CONCAT_MUTANTS_H

#include "kernels/concat/concat.h"

extern const concat_variant concat_mutants[];
extern const size_t concat_mutant_count;

#endif
