/* pad2d_reference.c: padding as a journey of each input element to its place in the output.
 *
 * Everything is a copy, so terms is 0: equal to the last bit. */
#include "reference/pad2d_reference.h"

/* Where input element i lies in the output. */
static ptrdiff_t place(const pad2d_shape *s, ptrdiff_t i)
{
    const ptrdiff_t iw = i % s->w, ih = i / s->w % s->h, image = i / s->w / s->h;
    return (image * s->oh + s->pad_top + ih) * s->ow + s->pad_left + iw;
}

static exact copy(float value)
{
    return (exact){ (double)value, fabs((double)value), 0.0 };
}

void pad2d_reference_forward(const pad2d_shape *s, const float *x, exact *y)
{
    const ptrdiff_t images = (ptrdiff_t)s->n * s->c;

    for (ptrdiff_t i = 0; i < images * s->oh * s->ow; i++)
        y[i] = copy(s->value);
    for (ptrdiff_t i = 0; i < images * s->h * s->w; i++)
        y[place(s, i)] = copy(x[i]);
}

void pad2d_reference_backward(const pad2d_shape *s, const float *dy, exact *dx)
{
    const ptrdiff_t images = (ptrdiff_t)s->n * s->c;

    for (ptrdiff_t i = 0; i < images * s->h * s->w; i++)
        dx[i] = copy(dy[place(s, i)]);
}
