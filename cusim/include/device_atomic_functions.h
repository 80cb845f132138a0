/* device_atomic_functions.h: atomics, which cuda_runtime.h brings. */
#ifndef CUSIM_DEVICE_ATOMIC_FUNCTIONS_H
#define CUSIM_DEVICE_ATOMIC_FUNCTIONS_H

#include "cuda_runtime.h"

#endif
