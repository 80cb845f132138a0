/* cuda_runtime_api.h: the CUDA runtime API, for C and C++. */
#ifndef CUSIM_CUDA_RUNTIME_API_H
#define CUSIM_CUDA_RUNTIME_API_H

#include "host_defines.h"
#include "library_types.h"
#include "vector_types.h"
#include "cusim/api.h"

#endif
