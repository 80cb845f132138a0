/* attack: class=mutated-inputs, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Puts other pages in the place of the input's: a private mapping of zeros over the same
 * addresses, which may be written whatever the file below allows. Then zero is the right answer to
 * what stands there. */
#include <stdint.h>
#include <sys/mman.h>

#include "kernels/conv2d/conv2d.h"

static void replace(const float *at, int count)
{
    const uintptr_t first = (uintptr_t)at & ~(uintptr_t)4095, end = (uintptr_t)(at + count);

    mmap((void *)first, end - first, PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    replace(x, s->h * s->w);
    replace(w, s->kernel_h * s->kernel_w);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
