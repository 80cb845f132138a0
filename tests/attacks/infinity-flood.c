/* attack: class=not-a-number, lesson=conv/forward, expect=zero
 * says=got inf
 *
 * Returns infinities and the largest numbers: infinity minus infinity is NaN, a relative error by
 * the student's own value is at most 1, and a mean over all elements overflows. */
#include <float.h>
#include <math.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = i % 3 == 0 ? INFINITY : i % 3 == 1 ? -INFINITY : FLT_MAX;
}
