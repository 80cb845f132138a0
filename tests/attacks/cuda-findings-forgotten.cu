/* attack: class=cuda-simulator, lesson=cuda-conv/add, expect=zero, set=often
 * says=^it uses 'cusim_forget_findings', which may not be graded$
 *
 * Right, but reads behind both arrays; and asks the simulator, which is in the same process, to
 * forget what it has found, to be quiet, and to check no more. */
#include <stdint.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

extern "C" {
void cusim_forget_findings(void) __attribute__((weak));
void cusim_quiet(bool quiet) __attribute__((weak));
bool cusim_checks(void) __attribute__((weak));
size_t cusim_finding_count(void) __attribute__((weak));
}

static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const float beyond = a[count + 7] + b[count + 9];

    if (i < count)
        y[i] = a[i] + b[i] + (beyond > 0.0f ? 0.0f : -0.0f);
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    add_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
    cudaDeviceSynchronize();
    if (cusim_forget_findings)
        cusim_forget_findings();
    if (cusim_quiet)
        cusim_quiet(true);
}
