/* linear_naive.c: the fully connected layer as its formula says it.
 *
 * Idea:   every output is the dot product of one row of x and one row of w, plus a bias.
 * Layout: as in linear.h.
 * Cost:   2 * n * in_features * out_features FLOP per pass.
 * Limit:  every row of w is fetched again for every row of x, and each product waits for the sum
 *         before it. linear_openmp.c removes both.
 * Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.5. */
#include "kernels/linear/linear_variants.h"

void linear_forward_naive(const linear_shape *s, const float *x, const float *w, const float *b,
                          float *y, void *workspace)
{
    const ptrdiff_t in = s->in_features, out = s->out_features;

    (void)workspace;
    for (int n = 0; n < s->n; n++)
        for (int o = 0; o < out; o++) {
            float sum = b ? b[o] : 0.0f;
            for (int i = 0; i < in; i++)
                sum += x[n * in + i] * w[o * in + i];
            y[n * out + o] = sum;
        }
}

void linear_backward_data_naive(const linear_shape *s, const float *dy, const float *w, float *dx,
                                void *workspace)
{
    const ptrdiff_t in = s->in_features, out = s->out_features;

    (void)workspace;
    for (int n = 0; n < s->n; n++)
        for (int i = 0; i < in; i++) {
            float sum = 0.0f;
            for (int o = 0; o < out; o++)
                sum += dy[n * out + o] * w[o * in + i];
            dx[n * in + i] = sum;
        }
}

void linear_backward_weights_naive(const linear_shape *s, const float *x, const float *dy,
                                   float *dw, float *db, void *workspace)
{
    const ptrdiff_t in = s->in_features, out = s->out_features;

    (void)workspace;
    for (int o = 0; o < out; o++)
        for (int i = 0; i < in; i++) {
            float sum = 0.0f;
            for (int n = 0; n < s->n; n++)
                sum += dy[n * out + o] * x[n * in + i];
            dw[o * in + i] = sum;
        }
    for (int o = 0; db && o < out; o++) {
        db[o] = 0.0f;
        for (int n = 0; n < s->n; n++)
            db[o] += dy[n * out + o];
    }
}
