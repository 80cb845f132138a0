/* attack: class=cuda-simulator, lesson=cuda-conv/add, expect=no-profile
 * says=memory that is not its own
 *
 * Right, with scattered accesses; and searches the heap for what looks like a counter of sectors
 * after the launch, from the pointers in the data of the simulator's program on, and sets it to its
 * best value. */
#include <elf.h>
#include <stdint.h>
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

static uint64_t *heap_from, *heap_to;

static uint64_t *as_pointer(uint64_t word)
{
    return word % 16 == 0 && word >= (uint64_t)heap_from && word < (uint64_t)heap_to
               ? (uint64_t *)word : NULL;
}

/* requests, lanes, bytes, distinct bytes, units, ideal units follow each other */
static void patch(uint64_t *at, int words)
{
    for (; words-- > 0; at++)
        if (at[0] > 0 && at[1] > 0 && at[1] <= at[0] * 32 && at[2] == at[1] * 4 &&
            at[4] > at[5] && at[5] > 0)
            at[4] = at[5];
}

static void follow(const uint64_t *from, int words, int depth)
{
    for (int i = 0; i < words; i++) {
        uint64_t *const to = as_pointer(from[i]);
        if (to && depth == 0)
            patch(to, 64);
        else if (to)
            follow(to, 32, depth - 1);
    }
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    const char *program = (const char *)((uintptr_t)&cudaGetLastError & ~(uintptr_t)4095);
    Elf64_Ehdr head;
    Elf64_Phdr part;

    if (s->count == 0)
        return;
    add_kernel<<<1, THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
    cudaDeviceSynchronize();
    while (memcmp(program, ELFMAG, SELFMAG) != 0)
        program -= 4096;
    memcpy(&head, program, sizeof head);
    for (int i = 0; i < head.e_phnum; i++) {
        memcpy(&part, program + head.e_phoff + i * sizeof part, sizeof part);
        if (part.p_type != PT_LOAD || !(part.p_flags & PF_W))
            continue;
        const uint64_t *const data = (const uint64_t *)(program + (part.p_vaddr & ~(uint64_t)7));
        const int words = (int)(part.p_memsz / 8);
        heap_from = (uint64_t *)data + words;
        heap_to = heap_from + ((uint64_t)1 << 27);
        for (int k = 0; k < words; k++)         /* the lowest is near the heap's start */
            heap_to = as_pointer(data[k]) ? as_pointer(data[k]) : heap_to;
        heap_from = heap_to;
        heap_to += 1 << 19;
        follow(data, words, 1);
    }
}
