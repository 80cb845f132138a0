/* attack: class=stale-output, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Hopes for what other programs left: returns the contents of fresh memory of the output's size,
 * which with an allocator shared with the reference is the reference's freed result. */
#include <stdlib.h>
#include <string.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const size_t bytes = (size_t)(s->oh * s->ow) * sizeof *y;
    float *left = NULL;

    for (int i = 0; i < 8; i++) {
        float *const next = malloc(bytes);
        if (next && (i == 0 || next[0] * next[0] > 0.0f))
            left = next;
    }
    if (left)
        memcpy(y, left, bytes);
}
