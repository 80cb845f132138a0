/* init_naive.c: initial weights, one draw at a time.
 *
 * Idea:  weights uniform in [-a, a), with `a` such that a layer neither blows its signal up nor
 *        lets it fade; drawn in memory order, so that a seed gives PyTorch's weights.
 * Layout: w [count].
 * Cost:  one 32-bit draw, 2 FLOP and 4 bytes per element.
 * Limit: drawing and converting take turns on one thread. init_openmp.c separates the two.
 * Source: init.h. */
#include "kernels/init/init_variants.h"

void init_fill_naive(const init_shape *s, rng *r, float *w)
{
    if (s->kind == INIT_NORMAL) {
        rng_fill_normal(r, s->count, 0.0f, 1.0f, w);
        return;
    }
    const float bound = (float)init_bound(s);
    for (ptrdiff_t i = 0; i < s->count; i++)
        w[i] = rng_uniform(r, -bound, bound);
}
