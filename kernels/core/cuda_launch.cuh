/* cuda_launch.cuh: what every launcher in a .cu file calls before and after <<<...>>>. */
#ifndef CUDA_LAUNCH_CUH
#define CUDA_LAUNCH_CUH

#include <limits.h>
#include <stddef.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/core/launch_status.h"
}

/* Blocks of `threads` each for `count` >= 1 items, or as many as a grid may have: a kernel whose
 * loop goes on by gridDim.x * threads does the rest. */
static inline unsigned cuda_blocks(ptrdiff_t count, int threads)
{
    const ptrdiff_t blocks = (count - 1) / threads + 1;

    return (unsigned)(blocks < INT_MAX ? blocks : INT_MAX);
}

/* Reads the error of the launch just made, so that no later call is blamed for it. Does not wait
 * for the kernel. */
static inline void cuda_launched(const char *kernel)
{
    const cudaError_t error = cudaGetLastError();

    if (error != cudaSuccess)
        launch_failed(kernel, cudaGetErrorString(error));
}

#endif
