/* softmax_ce_mutants.h: known-wrong rows of the table in softmax_ce.h. */
#ifndef SOFTMAX_CE_MUTANTS_H
#define SOFTMAX_CE_MUTANTS_H

#include "kernels/softmax_ce/softmax_ce.h"

extern const softmax_ce_variant softmax_ce_mutants[];
extern const size_t softmax_ce_mutant_count;

#endif
