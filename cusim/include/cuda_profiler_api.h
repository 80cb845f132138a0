/* cuda_profiler_api.h: cudaProfilerStart and cudaProfilerStop, which the runtime API has. */
#ifndef CUSIM_CUDA_PROFILER_API_H
#define CUSIM_CUDA_PROFILER_API_H

#include "cuda_runtime_api.h"

#endif
