/* honest: lesson=conv, exercise=fix, file=conv2d_fix.c, style=Kahan sums */
#include <math.h>

#include "kernels/conv2d/conv2d.h"

typedef struct {
    float sum, lost;
} kahan;

static void kahan_add(kahan *k, float value)
{
    const float corrected = value - k->lost;
    const float next = k->sum + corrected;

    k->lost = isfinite(next) ? (next - k->sum) - corrected : 0.0f;     /* inf - inf is no number */
    k->sum = next;
}

void conv2d_forward_fix(const conv2d_shape *s, const float *x, const float *w, const float *b,
                        float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            kahan k = { b ? b[0] : 0.0f, 0.0f };
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    kahan_add(&k, x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw]);
            y[oh * s->ow + ow] = k.sum;
        }
}
