/* attack: class=cuda-host, lesson=cuda-conv/add, expect=zero, set=often
 * says=host reads .* in device memory
 *
 * No kernel at all: the host adds the numbers in a loop. In a simulator the device's memory is the
 * host's, and nothing but a rule says that the host may not touch it. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = a[i] + b[i];
}
