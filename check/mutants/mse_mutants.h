/* mse_mutants.h: known-wrong rows of the table in mse.h. */
#ifndef MSE_MUTANTS_H
#define MSE_MUTANTS_H

#include "kernels/mse/mse.h"

extern const mse_variant mse_mutants[];
extern const size_t mse_mutant_count;

#endif
