/* honest: lesson=cuda-conv, exercise=add, file=add_student.cu, style=grid-stride loop */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

__global__ void sum_kernel(ptrdiff_t count, const float *__restrict__ a,
                           const float *__restrict__ b, float *__restrict__ y)
{
    for (ptrdiff_t i = blockIdx.x * (ptrdiff_t)blockDim.x + threadIdx.x; i < count;
         i += (ptrdiff_t)gridDim.x * blockDim.x)
        y[i] = a[i] + b[i];
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count > 0)
        sum_kernel<<<8, 128>>>(s->count, a, b, y);
}
