/* linear_reference.c: the fully connected layer from the formula in linear.h, in double precision.
 *
 * A sum of n products is n roundings deep, a bias adds one. */
#include "reference/linear_reference.h"

void linear_reference_forward(const linear_shape *s, const float *x, const float *w,
                              const float *b, exact *y)
{
    const ptrdiff_t in = s->in_features, out = s->out_features;

    for (int n = 0; n < s->n; n++)
        for (int o = 0; o < out; o++, y++) {
            *y = (exact){ .terms = (double)in + 1 };
            if (b)
                exact_add(y, (double)b[o]);
            for (int i = 0; i < in; i++)
                exact_add(y, (double)x[n * in + i] * (double)w[o * in + i]);
        }
}

void linear_reference_backward_data(const linear_shape *s, const float *dy, const float *w,
                                    exact *dx)
{
    const ptrdiff_t in = s->in_features, out = s->out_features;

    for (int n = 0; n < s->n; n++)
        for (int i = 0; i < in; i++, dx++) {
            *dx = (exact){ .terms = (double)out };
            for (int o = 0; o < out; o++)
                exact_add(dx, (double)dy[n * out + o] * (double)w[o * in + i]);
        }
}

void linear_reference_backward_weights(const linear_shape *s, const float *x, const float *dy,
                                       exact *dw, exact *db)
{
    const ptrdiff_t in = s->in_features, out = s->out_features;

    for (int o = 0; o < out; o++)
        for (int i = 0; i < in; i++, dw++) {
            *dw = (exact){ .terms = (double)s->n };
            for (int n = 0; n < s->n; n++)
                exact_add(dw, (double)dy[n * out + o] * (double)x[n * in + i]);
        }
    for (int o = 0; db && o < out; o++) {
        db[o] = (exact){ .terms = (double)s->n };
        for (int n = 0; n < s->n; n++)
            exact_add(&db[o], (double)dy[n * out + o]);
    }
}
