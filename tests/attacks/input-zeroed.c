/* attack: class=mutated-inputs, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Changes the question instead of finding the answer: sets the image and the window to zero, for
 * which zero is right. Works where the expected values are computed afterwards from the same
 * buffers. Where they may not be written, it asks for the permission first. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "kernels/conv2d/conv2d.h"

static void zero(const float *at, int count)
{
    const uintptr_t first = (uintptr_t)at & ~(uintptr_t)4095, end = (uintptr_t)(at + count);

    if (mprotect((void *)first, end - first, PROT_READ | PROT_WRITE) == 0)
        memset((void *)(uintptr_t)at, 0, (size_t)count * sizeof *at);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    zero(x, s->h * s->w);
    zero(w, s->kernel_h * s->kernel_w);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
