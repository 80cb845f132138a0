/* device_launch_parameters.h: threadIdx and the like, which cuda_runtime.h brings. */
#ifndef CUSIM_DEVICE_LAUNCH_PARAMETERS_H
#define CUSIM_DEVICE_LAUNCH_PARAMETERS_H

#include "cuda_runtime.h"

#endif
