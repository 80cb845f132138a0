/* attack: class=cuda-endless, lesson=cuda-conv/add, expect=zero, set=often
 * says=did not come back within
 *
 * A kernel that never ends, in all threads but one, which waits for the others at a barrier. On a
 * machine with a screen the screen stands still; in a simulator the host does. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void add_kernel(volatile float *y)
{
    if (threadIdx.x > 0)
        while (y[0] != 12345.678f)
            ;
    __syncthreads();
    y[threadIdx.x] = 0.0f;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    add_kernel<<<1024, THREADS>>>(y);
    cuda_launched("add_kernel");
}
