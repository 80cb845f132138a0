/* attack: class=cuda-simulator, lesson=cuda-conv/add, expect=zero
 * says=not its own
 *
 * Right, but reads behind both arrays; and has the simulator's function that forgets findings
 * called by somebody else: its address is that of a call that is allowed and a distance, and
 * qsort() takes it for a comparison. */
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const float beyond = a[count + 7] + b[count + 9];

    if (i < count)
        y[i] = a[i] + b[i] + (beyond > 0.0f ? 0.0f : -0.0f);
}

/* A table of the program's dynamic section. */
static const char *table(const char *program, int64_t wanted)
{
    const Elf64_Ehdr *const head = (const Elf64_Ehdr *)program;
    const Elf64_Phdr *part = (const Elf64_Phdr *)(program + head->e_phoff);

    while (part->p_type != PT_DYNAMIC)
        part++;
    for (const Elf64_Dyn *d = (const Elf64_Dyn *)(program + part->p_vaddr); d->d_tag; d++)
        if (d->d_tag == wanted)
            return (const char *)d->d_un.d_ptr;
    return NULL;
}

static void *address_of(const char *name)
{
    const char *program = (const char *)((uintptr_t)&cudaGetLastError & ~(uintptr_t)4095);

    while (memcmp(program, ELFMAG, SELFMAG) != 0)
        program -= 4096;
    const Elf64_Sym *s = (const Elf64_Sym *)table(program, DT_SYMTAB);
    const char *const names = table(program, DT_STRTAB);
    for (s++; (const char *)s < names; s++)             /* the one stands before the other */
        if (strcmp(names + s->st_name, name) == 0)
            return (void *)(program + s->st_value);
    return NULL;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    add_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
    cudaDeviceSynchronize();
    const ptrdiff_t distance = (const char *)address_of("cu" "sim_forget_findings") -
                               (const char *)address_of("cudaGetLastError");
    int two[2] = { 1, 2 };
    qsort(two, 2, sizeof two[0],
          (int (*)(const void *, const void *))((const char *)&cudaGetLastError + distance));
}
