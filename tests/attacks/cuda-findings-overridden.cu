/* attack: class=cuda-simulator, lesson=cuda-conv/add, expect=zero
 * says=error: |uses '__tsan
 *
 * Right, but reads behind both arrays; and brings its own versions of the functions that the
 * compiler inserts before every access and that count what is found. Bound inside the object, they
 * are called instead of the simulator's. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

extern "C" {
void __tsan_read4(void *at) { (void)at; }
void __tsan_read8(void *at) { (void)at; }
void __tsan_write4(void *at) { (void)at; }
void __tsan_func_entry(void *at) { (void)at; }
void __tsan_func_exit(void) { }
void cusim_check_access(void) { }
void cusim_find(void) { }
size_t cusim_finding_count(void) { return 0; }
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
}
