/* attack: class=compiler-bomb, lesson=conv/forward, expect=zero
 * says=too large|memory|not come|stopped
 *
 * One line of source, an object of a gigabyte: an array that is not all zero has to be written
 * out. Twenty of them fill a disk. */
#include "kernels/conv2d/conv2d.h"

char filled[1 << 30] = { 1 };
char again[1 << 30] = { 2 };

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    filled[s->h] = again[s->w];
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
