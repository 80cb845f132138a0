/* concat_reference.c: for every element of the joined tensor, where it comes from.
 *
 * Everything is a copy: no roundings. */
#include "reference/concat_reference.h"

/* Which input supplies row e of the joined axis; *within is that row's number in the input. */
static int source_of(const concat_shape *s, int e, int *within)
{
    int k = 0;

    *within = e;
    while (*within >= s->extent[k])
        *within -= s->extent[k++];
    return k;
}

void concat_reference_forward(const concat_shape *s, const float *const *x, exact *y)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)s->outer * s->total * s->inner; i++) {
        const ptrdiff_t o = i / s->inner / s->total;
        int within;
        const int k = source_of(s, (int)(i / s->inner % s->total), &within);
        const ptrdiff_t from = (o * s->extent[k] + within) * s->inner + i % s->inner;
        y[i] = (exact){ .value = (double)x[k][from] };
    }
}

void concat_reference_backward(const concat_shape *s, const float *dy, exact *const *dx)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)s->outer * s->total * s->inner; i++) {
        const ptrdiff_t o = i / s->inner / s->total;
        int within;
        const int k = source_of(s, (int)(i / s->inner % s->total), &within);
        const ptrdiff_t to = (o * s->extent[k] + within) * s->inner + i % s->inner;
        dx[k][to] = (exact){ .value = (double)dy[i] };
    }
}
