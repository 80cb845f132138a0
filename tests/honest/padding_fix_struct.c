/* honest: lesson=padding, exercise=fix, file=conv2d_fix.c, style=struct wrappers, helpers */
#include "kernels/conv2d/conv2d.h"

struct point { int row, column; };
struct matrix { int rows, columns; const float *values; };

static struct point point_add(struct point a, struct point b)
{
    return (struct point){ a.row + b.row, a.column + b.column };
}

static bool matrix_has(struct matrix m, struct point p)
{
    return 0 <= p.row && p.row < m.rows && 0 <= p.column && p.column < m.columns;
}

static float matrix_get(struct matrix m, struct point p)
{
    return matrix_has(m, p) ? m.values[p.row * m.columns + p.column] : 0.0f;
}

static float correlate(struct matrix image, struct matrix window, struct point corner)
{
    float sum = 0.0f;

    for (struct point p = { 0, 0 }; p.row < window.rows; p.row++)
        for (p.column = 0; p.column < window.columns; p.column++)
            sum += matrix_get(image, point_add(corner, p)) * matrix_get(window, p);
    return sum;
}

void conv2d_forward_fix(const conv2d_shape *s, const float *x, const float *w, const float *b,
                        float *y, void *workspace)
{
    const struct matrix image = { s->h, s->w, x }, window = { s->kernel_h, s->kernel_w, w };

    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            const struct point corner = { oh * s->stride_h - s->pad_top,
                                          ow * s->stride_w - s->pad_left };
            y[oh * s->ow + ow] = (b ? *b : 0.0f) + correlate(image, window, corner);
        }
}
