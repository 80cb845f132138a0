/* attack: class=lower-precision, lesson=conv/forward, expect=zero, set=often
 * says=outside the allowed error
 *
 * Loses only the last bits: the products are float, the sum is kept with eleven bits, as half
 * precision has them. Each output is right to three digits. */
#include <stdint.h>
#include <string.h>

#include "kernels/conv2d/conv2d.h"

static float half(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    bits &= 0xffffe000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum = half(sum + x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw]);
            y[oh * s->ow + ow] = sum;
        }
}
