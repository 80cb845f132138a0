/* attack: class=cuda-simulator, lesson=cuda-conv/add, expect=no-profile
 * says=uses '__isoc
 *
 * Right, with scattered accesses; and walks the simulator's own writable memory after the launch,
 * to set every counter that looks like one of sectors to its best value, and to zero the rest. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

static void patch(uint64_t *from, uint64_t *to)
{
    /* requests, lanes, bytes, distinct bytes, units, ideal units follow each other */
    for (; from + 6 <= to; from++)
        if (from[0] > 0 && from[1] == from[0] * 32 && from[2] == from[1] * 4 &&
            from[4] > from[5] && from[5] > 0)
            from[4] = from[5] = from[0] * 4;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    char line[512];
    uint64_t *from, *to;

    if (s->count == 0)
        return;
    add_kernel<<<1, THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
    cudaDeviceSynchronize();
    FILE *const maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        if (sscanf(line, "%p-%p rw", (void **)&from, (void **)&to) == 2 && strstr(line, " rw-p") &&
            (char *)to - (char *)from < 64 << 20)
            patch(from, to);
    if (maps)
        fclose(maps);
}
