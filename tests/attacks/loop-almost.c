/* attack: class=endless-loop, lesson=conv/forward, expect=harmless
 * says=did not come back within|time for this exercise was up
 *
 * Always right and always slow: every call takes most of what a single call may. Together they
 * would take an hour; it is the limit on the whole exercise that ends it. */
#include <time.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const struct timespec most = { 0, 900000000 };

    nanosleep(&most, NULL);
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
}
