/* attack: class=sanitizer-hooks, lesson=conv/forward, expect=no-memory, set=often
 * says=not its own
 *
 * Right, but reads beyond memory of its own on the stack, after the sanitizer has forgotten what is
 * forbidden there: a function changes the address to which it returns to that of the sanitizer's
 * function that does so, and behind it puts the address where it was called from. */
#include <alloca.h>
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

/* The last argument lies behind the return address, which so becomes the next one. */
static __attribute__((noipa)) void leave_by(void *other, long b, long c, long d, long e, long f,
                                            void *next, long after)
{
    void *volatile *const slot = (void *volatile *)__builtin_frame_address(0) + 1;

    (void)b, (void)c, (void)d, (void)e, (void)f, (void)next, (void)after;
    slot[1] = slot[0];
    slot[0] = other;
}

/* Needs no more of its stack than its frame pointer once it has been returned to. */
static __attribute__((noipa)) int forget_by(void *other)
{
    leave_by(other, 0, 0, 0, 0, 0, NULL, 0);
    return 1;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    volatile float *volatile few = alloca(4 * sizeof *few);
    void *const forget = address_of("__as" "an_handle_no_return");
    float nothing = 0.0f;

    memset((void *)few, 0, 4 * sizeof *few);
    if (forget && forget_by(forget))
        nothing = few[s->kernel_h + 3] > 0.0f ? 0.0f : -0.0f;
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
