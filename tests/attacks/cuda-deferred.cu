/* attack: class=deferred-work, lesson=cuda-conv/add, expect=zero
 * says=uses 'cudaLaunchHostFunc'
 *
 * Puts wrong numbers into the output and the right ones into a queue: a function of the host, run
 * by a stream of its own after everything else, adds when the call has long returned; a second one
 * is waiting in a graph that is launched by the next call. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

typedef struct {
    ptrdiff_t count;
    const float *a, *b;
    float *y;
} later;

static void CUDART_CB add_later(void *job)
{
    const later *const l = (const later *)job;

    for (ptrdiff_t i = 0; i < l->count; i++)
        l->y[i] = l->a[i] + l->b[i];
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    static later job;
    static cudaStream_t stream;

    job = (later){ s->count, a, b, y };
    if (!stream)
        cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    cudaMemsetAsync(y, 0, (size_t)s->count * sizeof *y, stream);
    cudaLaunchHostFunc(stream, add_later, &job);
}
