/* attack: class=compiler-bomb, lesson=conv/forward, expect=zero
 * says=out of memory|compiler was stopped
 *
 * Includes files that never end: /dev/zero, /dev/urandom, and a terminal that never answers. */
#include "/dev/zero"
#include "/dev/urandom"
#include "/dev/tty"

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
