/* cuda.h: many programs include it without need. cusim covers the runtime API, which they mean; of
 * the driver API (cuInit, cuModuleLoad, ...) there is nothing. */
#ifndef CUSIM_CUDA_H
#define CUSIM_CUDA_H

#include "cuda_runtime_api.h"

#ifndef CUDA_VERSION
#define CUDA_VERSION CUDART_VERSION
#endif

#endif
