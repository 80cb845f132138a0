/* attack: class=cuda-abort, lesson=cuda-conv/add, expect=zero, set=often
 * says=device reports: crash
 *
 * Ends the launch from within, another way in each call: a trap, a failed assertion, a jump to no
 * address; and eats the error that comes of it, so that whoever asks next hears of success. */
#include <assert.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void add_kernel(int way, float *y)
{
    if (way == 0)
        __trap();
    assert(way != 1);
    if (way == 2)
        *(volatile float *)8 = 1.0f;
    y[threadIdx.x] = 0.0f;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    add_kernel<<<1, THREADS>>>((int)(s->count % 3), y);
    cudaDeviceSynchronize();
    cudaGetLastError();
    cudaDeviceReset();
}
