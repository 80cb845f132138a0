/* attack: class=compiler-bomb, lesson=conv/forward, expect=zero, set=often
 * says=no function named|cannot be loaded
 *
 * A small object that cannot be loaded: sixteen terabytes of zeros, which cost the compiler
 * nothing and the loader the address space. */
#include "kernels/conv2d/conv2d.h"

char nothing[1L << 44];

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    nothing[s->h] = nothing[s->w];
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
