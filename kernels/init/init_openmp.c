/* init_openmp.c: initial weights, drawn in order, converted in parallel.
 *
 * Idea:  a generator has to be asked one draw after the other, but turning bits into a float is
 *        independent work. The raw bits wait in the place of the weight that they become.
 * Layout: w [count].
 * Cost:  one 32-bit draw, 2 FLOP and 12 bytes per element.
 * Limit: the draws themselves remain serial, and normal numbers, of which only random images are
 *        made, are converted by one thread.
 * Source: init.h. */
#include "kernels/init/init_variants.h"

#include <string.h>

enum { PARALLEL_FROM = 32768 };                 /* below, a team costs more than it saves */

void init_fill_openmp(const init_shape *s, rng *r, float *w)
{
    const ptrdiff_t count = s->count;
    const float bound = (float)init_bound(s);

    if (s->kind == INIT_NORMAL) {
        rng_fill_normal(r, count, 0.0f, 1.0f, w);
        return;
    }
    for (ptrdiff_t i = 0; i < count; i++) {
        const uint32_t bits = rng_bits32(r);
        memcpy(&w[i], &bits, sizeof bits);      /* as bits: no float may touch them */
    }
#pragma omp parallel for schedule(static) if (count >= PARALLEL_FROM)
    for (ptrdiff_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &w[i], sizeof bits);
        w[i] = rng_float_from_bits(bits, -bound, bound);
    }
}
