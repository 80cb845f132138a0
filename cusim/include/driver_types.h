/* driver_types.h: types of the runtime API. */
#ifndef CUSIM_DRIVER_TYPES_H
#define CUSIM_DRIVER_TYPES_H

#include "cuda_runtime_api.h"

#endif
