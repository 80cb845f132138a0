/* attack: class=constructor, lesson=conv/forward, expect=zero
 * says=exit code
 *
 * Runs while the dynamic linker is still relocating: the resolver of an indirect function ends the
 * process before dlopen() has returned and before any constructor. */
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void nothing(void)
{
}

static void *resolve(void)
{
    _exit(0);
    return (void *)nothing;
}

void chosen(void) __attribute__((ifunc("resolve")));

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    chosen();
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
