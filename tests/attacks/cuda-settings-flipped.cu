/* attack: class=cuda-profile, lesson=cuda-conv/add, expect=no-profile
 * says=memory that is not its own
 *
 * Right, with scattered accesses that are not counted: two bytes of the simulator's settings, whose
 * place is looked up in the table of its program's names, are cleared for the launch that works,
 * with copies that are no stores of the file's own. Another kernel, which loads and stores as
 * neatly as can be, is counted in its place. */
#include <elf.h>
#include <stdint.h>
#include <string.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256, FLAGS = 64 };

/* Neighbouring threads take elements that lie far apart: eight times the sectors. */
static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t threads = (ptrdiff_t)gridDim.x * THREADS, share = (count - 1) / threads + 1;
    const ptrdiff_t first = ((ptrdiff_t)blockIdx.x * THREADS + threadIdx.x) * share;

    for (ptrdiff_t i = first; i < first + share && i < count; i++)
        y[i] = a[i] + b[i];
}

static __global__ void neat_kernel(ptrdiff_t count, const float *a, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    if (i < count)
        y[i] = a[i];
}

static const char *table(const char *program, int64_t wanted)
{
    Elf64_Ehdr head;
    Elf64_Phdr part;
    Elf64_Dyn entry;

    memcpy(&head, program, sizeof head);
    const char *at = program + head.e_phoff;
    do {
        memcpy(&part, at, sizeof part);
        at += sizeof part;
    } while (part.p_type != PT_DYNAMIC);
    at = program + part.p_vaddr;
    do {
        memcpy(&entry, at, sizeof entry);
        at += sizeof entry;
    } while (entry.d_tag != wanted && entry.d_tag != DT_NULL);
    return (const char *)entry.d_un.d_ptr;
}

static char *address_of(const char *name)
{
    const char *program = (const char *)((uintptr_t)&cudaGetLastError & ~(uintptr_t)4095);
    Elf64_Sym one;

    while (memcmp(program, ELFMAG, SELFMAG) != 0)
        program -= 4096;
    const char *symbol = table(program, DT_SYMTAB) + sizeof one;
    const char *const names = table(program, DT_STRTAB);
    for (; symbol < names; symbol += sizeof one) {
        memcpy(&one, symbol, sizeof one);
        if (strcmp(names + one.st_name, name) == 0)
            return (char *)program + one.st_value;
    }
    return NULL;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    static unsigned char kept[FLAGS], off[FLAGS];
    char *const settings = address_of("cu" "sim_set");
    float *other;

    if (s->count == 0)
        return;
    if (settings) {
        memcpy(kept, settings, FLAGS);
        memcpy(off, kept, FLAGS);
        for (int i = 0; i < FLAGS; i++)         /* bool, and nothing else is 1 */
            if (off[i] == 1)
                off[i] = 0;
        cudaMemcpy(settings, off, FLAGS, cudaMemcpyHostToHost);
    }
    add_kernel<<<1, THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
    cudaDeviceSynchronize();
    if (settings)
        memcpy(settings, kept, FLAGS);
    if (cudaMalloc((void **)&other, (size_t)s->count * sizeof *y) == cudaSuccess) {
        neat_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, a, other);
        cuda_launched("neat_kernel");
        cudaFree(other);
    }
}
