/* pad2d_openmp.c: padding row by row, rows in parallel.
 *
 * Idea:  a row of the output is border, or border, a copied row of the image, border. Copies of
 *        contiguous rows run at the speed of memory.
 * Limit: the padded copy is written and read once more; a convolution or pooling that knows about
 *        padding needs no copy at all. */
#include "kernels/pad2d/pad2d_variants.h"

#include <string.h>

enum { PARALLEL_FROM = 1 << 14 };               /* elements; below, starting threads costs more */

static void fill(float *row, int count, float value)
{
    for (int i = 0; i < count; i++)
        row[i] = value;
}

void pad2d_forward_openmp(const pad2d_shape *s, const float *x, float *y)
{
    const ptrdiff_t rows = (ptrdiff_t)s->n * s->c * s->oh;

#pragma omp parallel for if (rows * s->ow >= PARALLEL_FROM)
    for (ptrdiff_t row = 0; row < rows; row++) {
        const ptrdiff_t image = row / s->oh, ih = row % s->oh - s->pad_top;
        float *const out = y + row * s->ow;
        if (ih < 0 || ih >= s->h) {
            fill(out, s->ow, s->value);
            continue;
        }
        fill(out, s->pad_left, s->value);
        memcpy(out + s->pad_left, x + (image * s->h + ih) * s->w, (size_t)s->w * sizeof *x);
        fill(out + s->pad_left + s->w, s->pad_right, s->value);
    }
}

void pad2d_backward_openmp(const pad2d_shape *s, const float *dy, float *dx)
{
    const ptrdiff_t rows = (ptrdiff_t)s->n * s->c * s->h;

#pragma omp parallel for if (rows * s->w >= PARALLEL_FROM)
    for (ptrdiff_t row = 0; row < rows; row++) {
        const ptrdiff_t image = row / s->h, oh = row % s->h + s->pad_top;
        memcpy(dx + row * s->w, dy + (image * s->oh + oh) * s->ow + s->pad_left,
               (size_t)s->w * sizeof *dx);
    }
}
