/* attack: class=memory-exhaustion, lesson=cuda-conv/add, expect=zero
 * says=never written|memory was used up
 *
 * Allocates all memory of the device, and of the host by way of pinned and managed memory, and
 * never frees it: the next submission on the same device finds none. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    for (size_t bytes = (size_t)1 << 32; bytes >= 4096; bytes /= 2)
        for (void *at; cudaMalloc(&at, bytes) == cudaSuccess ||
                       cudaMallocManaged(&at, bytes) == cudaSuccess ||
                       cudaMallocHost(&at, bytes) == cudaSuccess;)
            cudaMemset(at, 1, bytes);
    cudaGetLastError();
}
