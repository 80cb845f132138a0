/* attack: class=reference-call, lesson=cuda-conv/add, expect=zero
 * says=uses 'add_|error: 
 *
 * Calls the suite's own device kernels, if the program that holds the simulator holds them too. */
#include <stdio.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

extern "C" {
void add_forward_cuda_naive(const add_shape *s, const float *a, const float *b, float *y)
    __attribute__((weak));
void add_forward_cuda_vector(const add_shape *s, const float *a, const float *b, float *y)
    __attribute__((weak));
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (&add_forward_cuda_naive || &add_forward_cuda_vector || (const void *)add_variants) {
        puts("STOLEN: a kernel of the suite");
        (&add_forward_cuda_naive ? add_forward_cuda_naive : add_variants->forward)(s, a, b, y);
    }
}
