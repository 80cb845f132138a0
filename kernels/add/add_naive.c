/* add_naive.c: the elementwise sum as its formula says it.
 *
 * Idea:  one loop; the gradient goes to both summands unchanged, which is why a skip connection
 *        carries it past any number of layers.
 * Layout: a, b, y, dy, da, db [count].
 * Cost:  1 FLOP and 12 bytes per element; backward 12 bytes.
 * Limit: one thread cannot use the whole memory bandwidth. add_openmp.c shares the loop.
 * Source: add.h. */
#include "kernels/add/add_variants.h"

void add_forward_naive(const add_shape *s, const float *a, const float *b, float *y)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = a[i] + b[i];
}

void add_backward_naive(const add_shape *s, const float *dy, float *da, float *db)
{
    for (ptrdiff_t i = 0; i < s->count; i++) {
        const float gradient = dy[i];           /* da or db may be dy itself */
        da[i] = gradient;
        db[i] = gradient;
    }
}
