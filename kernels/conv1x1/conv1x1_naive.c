/* conv1x1_naive.c: pointwise convolution as its formula says it.
 *
 * Idea:   at every pixel, each output channel is a weighted sum of the input channels.
 * Layout: as in conv1x1.h; a plane is the h*w pixels of one channel.
 * Cost:   2 * n * oc * c * h * w FLOP per pass.
 * Limit:  walking over channels at one pixel touches a new cache line at every step.
 *         conv1x1_openmp.c works on many pixels and channels at a time.
 * Source: Lin, Chen and Yan, "Network In Network", 2013, section 3.1. */
#include "kernels/conv1x1/conv1x1_variants.h"

void conv1x1_forward_naive(const conv1x1_shape *s, const float *x, const float *w, const float *b,
                           float *y, void *workspace)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    (void)workspace;
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (ptrdiff_t p = 0; p < plane; p++) {
                float sum = b ? b[oc] : 0.0f;
                for (int c = 0; c < s->c; c++)
                    sum += w[(ptrdiff_t)oc * s->c + c] * x[((ptrdiff_t)n * s->c + c) * plane + p];
                y[((ptrdiff_t)n * s->oc + oc) * plane + p] = sum;
            }
}

void conv1x1_backward_data_naive(const conv1x1_shape *s, const float *dy, const float *w,
                                 float *dx, void *workspace)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    (void)workspace;
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++)
            for (ptrdiff_t p = 0; p < plane; p++) {
                float sum = 0.0f;
                for (int oc = 0; oc < s->oc; oc++)
                    sum += w[(ptrdiff_t)oc * s->c + c] *
                           dy[((ptrdiff_t)n * s->oc + oc) * plane + p];
                dx[((ptrdiff_t)n * s->c + c) * plane + p] = sum;
            }
}

void conv1x1_backward_weights_naive(const conv1x1_shape *s, const float *x, const float *dy,
                                    float *dw, float *db, void *workspace)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    (void)workspace;
    for (int oc = 0; oc < s->oc; oc++)
        for (int c = 0; c < s->c; c++) {
            float sum = 0.0f;
            for (int n = 0; n < s->n; n++)
                for (ptrdiff_t p = 0; p < plane; p++)
                    sum += dy[((ptrdiff_t)n * s->oc + oc) * plane + p] *
                           x[((ptrdiff_t)n * s->c + c) * plane + p];
            dw[(ptrdiff_t)oc * s->c + c] = sum;
        }
    for (int oc = 0; db && oc < s->oc; oc++) {
        db[oc] = 0.0f;
        for (int n = 0; n < s->n; n++)
            for (ptrdiff_t p = 0; p < plane; p++)
                db[oc] += dy[((ptrdiff_t)n * s->oc + oc) * plane + p];
    }
}
