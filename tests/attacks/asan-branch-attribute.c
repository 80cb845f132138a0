/* attack: class=sanitizer-hooks, lesson=conv/forward, expect=no-memory
 * says=returns unasked
 *
 * As asan-names-looked-up, but the function that calls the sanitizer's has an attribute by which
 * the compiler leaves out what asks whether it may. */
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/conv2d/conv2d.h"

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
    const char *program = (const char *)((uintptr_t)&malloc & ~(uintptr_t)4095);

    while (memcmp(program, ELFMAG, SELFMAG) != 0)
        program -= 4096;
    const Elf64_Sym *s = (const Elf64_Sym *)table(program, DT_SYMTAB);
    const char *const names = table(program, DT_STRTAB);
    for (s++; (const char *)s < names; s++)             /* the one stands before the other */
        if (strcmp(names + s->st_name, name) == 0)
            return (void *)(program + s->st_value);
    return NULL;
}

__attribute__((indirect_branch("keep"), function_return("keep")))
void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static volatile float *few;
    void (*const allow)(const volatile void *, size_t) =
        (void (*)(const volatile void *, size_t))address_of("__as" "an_unpoison_memory_region");
    float nothing = 0.0f;

    if (!few)
        few = calloc(4, sizeof *few);
    if (allow) {
        allow(few - 8, 24 * sizeof *few);
        nothing = few[-2] + few[5] > 0.0f ? 0.0f : -0.0f;
    }
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
    y[0] += nothing;
}
