/* concat_openmp.c: joins tensors slab by slab, slabs shared among threads.
 *
 * Idea:  for one outer index everything that input k supplies is contiguous on both sides: a slab
 *        of extent[k]*inner elements, one memcpy. Slabs are independent of one another.
 * Layout: x_k, dx_k [outer][extent[k]][inner], y, dy [outer][total][inner].
 * Cost:  no FLOP, 8 bytes per element.
 * Limit: it still moves every byte twice; a layer that writes straight into its part of the joined
 *        tensor needs no concat at all.
 * Source: concat.h. */
#include "kernels/concat/concat_variants.h"

#include <string.h>

enum { PARALLEL_FROM = 32768 };                 /* below, a team costs more than it saves */

/* One slab: where it begins in input k and in the joined tensor, and how long it is. */
typedef struct {
    int k;
    ptrdiff_t part, whole;
    size_t count;
} slab;

static slab slab_at(const concat_shape *s, ptrdiff_t index)
{
    const ptrdiff_t o = index / s->inputs;
    const int k = (int)(index % s->inputs);
    ptrdiff_t before = o * s->total;

    for (int earlier = 0; earlier < k; earlier++)
        before += s->extent[earlier];
    return (slab){ .k = k, .part = o * s->extent[k] * s->inner, .whole = before * s->inner,
                   .count = (size_t)s->extent[k] * (size_t)s->inner };
}

void concat_forward_openmp(const concat_shape *s, const float *const *x, float *y)
{
    const ptrdiff_t slabs = (ptrdiff_t)s->outer * s->inputs;
    const ptrdiff_t count = (ptrdiff_t)s->outer * s->total * s->inner;

#pragma omp parallel for schedule(static) if (count >= PARALLEL_FROM)
    for (ptrdiff_t i = 0; i < slabs; i++) {
        const slab from = slab_at(s, i);
        if (from.count > 0)                     /* an empty input may be NULL */
            memcpy(y + from.whole, x[from.k] + from.part, from.count * sizeof(float));
    }
}

void concat_backward_openmp(const concat_shape *s, const float *dy, float *const *dx)
{
    const ptrdiff_t slabs = (ptrdiff_t)s->outer * s->inputs;
    const ptrdiff_t count = (ptrdiff_t)s->outer * s->total * s->inner;

#pragma omp parallel for schedule(static) if (count >= PARALLEL_FROM)
    for (ptrdiff_t i = 0; i < slabs; i++) {
        const slab to = slab_at(s, i);
        if (to.count > 0)
            memcpy(dx[to.k] + to.part, dy + to.whole, to.count * sizeof(float));
    }
}
