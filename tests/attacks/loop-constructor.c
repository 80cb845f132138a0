/* attack: class=endless-loop, lesson=conv/forward, expect=zero
 * says=did not come back within
 *
 * Loops while it is being loaded, before there is a test whose time could be measured. */
#include "kernels/conv2d/conv2d.h"

static __attribute__((constructor)) void loop(void)
{
    for (volatile int going = 1; going;)
        ;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
