/* honest: lesson=cuda-conv, exercise=add, file=add_student.cu, style=function pointers, callbacks, exceptions */
#include <cmath>
#include <cstdlib>
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

namespace {

typedef void (*kernel_t)(ptrdiff_t, const float *, const float *, float *);

__device__ float plus(float a, float b)
{
    return a + b;
}

__global__ void whole(ptrdiff_t, const float *a, const float *b, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = plus(a[i], b[i]);
}

__global__ void guarded(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        y[i] = plus(a[i], b[i]);
}

struct Chooser {
    virtual ~Chooser() {}
    virtual kernel_t choose(ptrdiff_t count, int threads) const = 0;
};

struct Careful : Chooser {
    kernel_t choose(ptrdiff_t count, int threads) const override
    {
        return count % threads ? guarded : whole;
    }
};

int larger_first(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

int threads_for(ptrdiff_t count)
{
    int sizes[] = { 64, 256, 32, 128 };

    std::qsort(sizes, 4, sizeof sizes[0], larger_first);
    for (int size : sizes)
        if (size <= count)
            return size;
    throw 32;
}

double (*volatile upwards)(double) = std::ceil;

} // namespace

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    const Chooser *const chooser = new Careful;
    int threads;

    try {
        threads = threads_for(s->count);
    } catch (int fewest) {
        threads = fewest;
    }
    const unsigned blocks = (unsigned)upwards((double)s->count / threads);
    const kernel_t kernel = chooser->choose(s->count, threads);
    delete chooser;
    if (blocks > 0)
        kernel<<<blocks, threads>>>(s->count, a, b, y);
}
