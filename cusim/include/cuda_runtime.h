/* cuda_runtime.h: all that a .cu file sees before its first line, and what a host file gets that
 * includes it: vector types, the runtime API, and in a .cu file the language of kernels too. */
#ifndef CUSIM_CUDA_RUNTIME_H
#define CUSIM_CUDA_RUNTIME_H

#include "cuda_runtime_api.h"
#include "vector_functions.h"

/* The guards of CUDA's own headers, by which programs (the samples' helper_cuda.h) know that these
 * have been read. */
#define __CUDA_RUNTIME_H__
#define __DRIVER_TYPES_H__

#if defined(__cplusplus) && defined(__CUDACC__)

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <new>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utility>

#include "cusim/language.h"
#include "cusim/warp.h"
#include "cusim/atomics.h"
#include "cusim/device_memory.h"
#include "cusim/device_heap.h"
#include "cusim/integers.h"
#include "cusim/simd_integers.h"
#include "cusim/casts.h"
#include "cusim/device_math.h"
#include "cusim/launch.h"
#include "cusim/ptx.h"

#endif
#endif
