/* pad2d_naive.c: padding as its formula says it.
 *
 * Idea:  every output element asks whether it lies inside the image.
 * Limit: the question is asked per element although the answer changes only four times per image;
 *        pad2d_openmp.c answers it once per row. */
#include "kernels/pad2d/pad2d_variants.h"

void pad2d_forward_naive(const pad2d_shape *s, const float *x, float *y)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++) {
            const float *image = x + ((ptrdiff_t)n * s->c + c) * s->h * s->w;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++) {
                    const int ih = oh - s->pad_top, iw = ow - s->pad_left;
                    const bool inside = ih >= 0 && ih < s->h && iw >= 0 && iw < s->w;
                    *y++ = inside ? image[(ptrdiff_t)ih * s->w + iw] : s->value;
                }
        }
}

void pad2d_backward_naive(const pad2d_shape *s, const float *dy, float *dx)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++) {
            const float *padded = dy + ((ptrdiff_t)n * s->c + c) * s->oh * s->ow;
            for (int ih = 0; ih < s->h; ih++)
                for (int iw = 0; iw < s->w; iw++)
                    *dx++ = padded[(ptrdiff_t)(ih + s->pad_top) * s->ow + iw + s->pad_left];
        }
}
