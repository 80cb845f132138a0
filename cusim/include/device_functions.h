/* device_functions.h: functions of kernels, which cuda_runtime.h brings. */
#ifndef CUSIM_DEVICE_FUNCTIONS_H
#define CUSIM_DEVICE_FUNCTIONS_H

#include "cuda_runtime.h"

#endif
