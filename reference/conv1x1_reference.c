/* conv1x1_reference.c: pointwise convolution from the formula in conv1x1.h, in double precision.
 *
 * A sum of n products is n roundings deep, a bias adds one. */
#include "reference/conv1x1_reference.h"

/* Element [n][channel][p] of a tensor with that many channels. */
static double at(const conv1x1_shape *s, const float *tensor, int channels, int n, int channel,
                 ptrdiff_t p)
{
    return (double)tensor[((ptrdiff_t)n * channels + channel) * s->h * s->w + p];
}

void conv1x1_reference_forward(const conv1x1_shape *s, const float *x, const float *w,
                               const float *b, exact *y)
{
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (ptrdiff_t p = 0; p < (ptrdiff_t)s->h * s->w; p++, y++) {
                *y = (exact){ .terms = (double)s->c + 1 };
                if (b)
                    exact_add(y, (double)b[oc]);
                for (int c = 0; c < s->c; c++)
                    exact_add(y, at(s, x, s->c, n, c, p) * (double)w[(ptrdiff_t)oc * s->c + c]);
            }
}

void conv1x1_reference_backward_data(const conv1x1_shape *s, const float *dy, const float *w,
                                     exact *dx)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++)
            for (ptrdiff_t p = 0; p < (ptrdiff_t)s->h * s->w; p++, dx++) {
                *dx = (exact){ .terms = (double)s->oc };
                for (int oc = 0; oc < s->oc; oc++)
                    exact_add(dx, at(s, dy, s->oc, n, oc, p) *
                                      (double)w[(ptrdiff_t)oc * s->c + c]);
            }
}

void conv1x1_reference_backward_weights(const conv1x1_shape *s, const float *x, const float *dy,
                                        exact *dw, exact *db)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    const double positions = (double)s->n * (double)plane;

    for (int oc = 0; oc < s->oc; oc++)
        for (int c = 0; c < s->c; c++, dw++) {
            *dw = (exact){ .terms = positions };
            for (int n = 0; n < s->n; n++)
                for (ptrdiff_t p = 0; p < plane; p++)
                    exact_add(dw, at(s, dy, s->oc, n, oc, p) * at(s, x, s->c, n, c, p));
        }
    for (int oc = 0; db && oc < s->oc; oc++) {
        db[oc] = (exact){ .terms = positions };
        for (int n = 0; n < s->n; n++)
            for (ptrdiff_t p = 0; p < plane; p++)
                exact_add(&db[oc], at(s, dy, s->oc, n, oc, p));
    }
}
