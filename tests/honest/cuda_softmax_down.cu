/* honest: lesson=cuda-reduce, exercise=forward, file=softmax_student.cu, style=shuffles down */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/softmax_ce/softmax_ce.h"
}

#define FULL 0xffffffff

template <class Operation> __device__ float reduce(float value, Operation op)
{
    for (int offset = 16; offset > 0; offset >>= 1)
        value = op(value, __shfl_down_sync(FULL, value, offset));
    return __shfl_sync(FULL, value, 0);
}

struct Max {
    __device__ float operator()(float a, float b) const { return fmaxf(a, b); }
};

struct Sum {
    __device__ float operator()(float a, float b) const { return a + b; }
};

__global__ void softmax(const float *x, float *y, int classes)
{
    x += (size_t)blockIdx.x * classes;
    y += (size_t)blockIdx.x * classes;
    float m = -INFINITY, t = 0;
    for (int c = threadIdx.x; c < classes; c += 32)
        m = fmaxf(m, x[c]);
    m = reduce(m, Max());
    for (int c = threadIdx.x; c < classes; c += 32)
        t += expf(x[c] - m);
    t = reduce(t, Sum());
    for (int c = threadIdx.x; c < classes; c += 32)
        y[c] = expf(x[c] - m) / t;
}

extern "C" void softmax_forward_student(const softmax_ce_shape *s, const float *x, float *y)
{
    softmax<<<s->n, 32>>>(x, y, s->classes);
}
