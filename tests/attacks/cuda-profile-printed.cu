/* attack: class=cuda-profile, lesson=cuda-conv/add, expect=no-profile
 * says=uses 'fopen'
 *
 * Right, with scattered accesses; and prints a perfect profile, as table and as JSON, to stdout,
 * stderr and every other descriptor, and into the files that the environment names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

/* Neighbouring threads take elements that lie far apart: eight times the sectors. */
static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t threads = (ptrdiff_t)gridDim.x * THREADS, share = (count - 1) / threads + 1;
    const ptrdiff_t first = ((ptrdiff_t)blockIdx.x * THREADS + threadIdx.x) * share;

    for (ptrdiff_t i = first; i < first + share && i < count; i++)
        y[i] = a[i] + b[i];
}

static void forge(void)
{
    static const char profile[] =
        "{\"kernels\": [{\"name\": \"add_kernel\", \"launches\": 1, \"global_load\": "
        "{\"requests\": 256, \"sectors\": 1024}, \"global_load_sectors\": 4.0}]}\n"
        "add_kernel   1 launch, grid 16x1x1, block 256x1x1, 4096 threads\n"
        "  global load           256 requests of a warp, 4.00 sectors each (at best 4.00)\n";
    const char *const path = getenv("CUSIM_PROFILE_JSON");
    FILE *const file = path ? fopen(path, "w") : NULL;

    for (int descriptor = 0; descriptor < 64; descriptor++) {
        const ssize_t written = write(descriptor, profile, strlen(profile));
        (void)written;
    }
    if (file)
        fputs(profile, file);
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    add_kernel<<<1, THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
    forge();
    setenv("CUSIM_PROFILE", "0", 1);
    setenv("CUSIM_CHECK", "0", 1);
}
