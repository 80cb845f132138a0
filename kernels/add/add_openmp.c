/* add_openmp.c: the elementwise sum, shared among threads.
 *
 * Idea:  contiguous pieces per thread, vector instructions within a piece. Every element is
 *        computed alone, so the number of threads cannot change a result.
 * Layout: a, b, y, dy, da, db [count].
 * Cost:  1 FLOP and 12 bytes per element; backward 12 bytes.
 * Limit: each element is fetched from memory for a single addition; only fusing the sum into the
 *        layer before it would save that traffic.
 * Source: add.h. */
#include "kernels/add/add_variants.h"

enum { PARALLEL_FROM = 32768 };                 /* below, a team costs more than it saves */

void add_forward_openmp(const add_shape *s, const float *a, const float *b, float *y)
{
    const ptrdiff_t count = s->count;

#pragma omp parallel for simd schedule(static) if (parallel : count >= PARALLEL_FROM)
    for (ptrdiff_t i = 0; i < count; i++)
        y[i] = a[i] + b[i];
}

void add_backward_openmp(const add_shape *s, const float *dy, float *da, float *db)
{
    const ptrdiff_t count = s->count;

#pragma omp parallel for simd schedule(static) if (parallel : count >= PARALLEL_FROM)
    for (ptrdiff_t i = 0; i < count; i++) {
        const float gradient = dy[i];           /* da or db may be dy itself */
        da[i] = gradient;
        db[i] = gradient;
    }
}
