/* math_functions.h: mathematics of kernels, which cuda_runtime.h brings. */
#ifndef CUSIM_MATH_FUNCTIONS_H
#define CUSIM_MATH_FUNCTIONS_H

#include "cuda_runtime.h"

#endif
