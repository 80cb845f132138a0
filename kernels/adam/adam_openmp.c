/* adam_openmp.c: one optimiser step in cache-sized blocks, shared among threads.
 *
 * Idea:  a block of 1024 parameters stays in the first-level cache while several short loops pass
 *        over it, each without a branch, so that each becomes vector instructions. Every parameter
 *        is computed alone: the number of threads cannot change a result.
 * Layout: grad, w, m, v, vmax, buf [count].
 * Cost:  Adam about 12 FLOP, a square root, two divisions and 28 bytes per parameter; SGD 2 to 6
 *        FLOP and 12 to 20 bytes.
 * Limit: memory bandwidth; only keeping the moments in fewer bits would lower it.
 * Source: adam.h; scalars in double, tensors in float, as in torch.optim. */
#include "kernels/adam/adam_variants.h"

#include <assert.h>
#include <math.h>

enum {
    BLOCK = 1024,                               /* 7 tensors of 4 KiB: inside a 32 KiB cache */
    PARALLEL_FROM = 8192                        /* below, starting a team costs more than it saves */
};

/* The scalars of one Adam step, rounded to float once. */
typedef struct {
    float beta1, fresh1, beta2, fresh2, root2, eps, step_size;
} adam_scalars;

static adam_scalars adam_scalars_at(const adam_options *o, int64_t step)
{
    const double correction1 = 1.0 - pow(o->beta1, (double)step);
    const double correction2 = 1.0 - pow(o->beta2, (double)step);

    return (adam_scalars){ .beta1 = (float)o->beta1, .fresh1 = (float)(1.0 - o->beta1),
                           .beta2 = (float)o->beta2, .fresh2 = (float)(1.0 - o->beta2),
                           .root2 = (float)sqrt(correction2), .eps = (float)o->eps,
                           .step_size = (float)(o->lr / correction1) };
}

static ptrdiff_t block_length(ptrdiff_t count, ptrdiff_t from)
{
    return count - from < BLOCK ? count - from : BLOCK;
}

/* g = grad + weight_decay * w */
static void decayed(double weight_decay, ptrdiff_t n, const float *grad, const float *w, float *g)
{
    const float decay = (float)weight_decay;

    if (weight_decay == 0.0) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            g[i] = grad[i];
    } else {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            g[i] = grad[i] + decay * w[i];
    }
}

/* Both moments, then the step; vmax may be NULL. */
static void adam_block(const adam_scalars *a, ptrdiff_t n, const float *g, float *w, float *m,
                       float *v, float *vmax)
{
    const adam_scalars k = *a;

#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = k.beta1 * m[i] + k.fresh1 * g[i];
        v[i] = k.beta2 * v[i] + k.fresh2 * g[i] * g[i];
    }
    if (vmax) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            vmax[i] = v[i] < vmax[i] ? vmax[i] : v[i];  /* a NaN in v is not less, so it stays */
    }
    const float *const second = vmax ? vmax : v;
    float root[BLOCK];
    for (ptrdiff_t i = 0; i < n; i++)
        root[i] = sqrtf(second[i]);             /* apart: where it sets errno it bars vectors */
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++)
        w[i] -= k.step_size * m[i] / (root[i] / k.root2 + k.eps);
}

void adam_step_openmp(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                      float *v, float *vmax)
{
    const adam_scalars scalars = adam_scalars_at(o, step);
    const ptrdiff_t count = o->count;

    assert(!o->amsgrad || vmax || count == 0);
#pragma omp parallel for schedule(static) if (count >= PARALLEL_FROM)
    for (ptrdiff_t from = 0; from < count; from += BLOCK) {
        const ptrdiff_t n = block_length(count, from);
        float g[BLOCK];
        decayed(o->weight_decay, n, grad + from, w + from, g);
        adam_block(&scalars, n, g, w + from, m + from, v + from, o->amsgrad ? vmax + from : NULL);
    }
}

/* buf, then the direction of the step in g. */
static void momentum_block(const sgd_options *o, int64_t step, ptrdiff_t n, float *g, float *buf)
{
    const float momentum = (float)o->momentum, fresh = (float)(1.0 - o->dampening);

    if (step == 1) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            buf[i] = g[i];
    } else {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            buf[i] = momentum * buf[i] + fresh * g[i];
    }
    if (o->nesterov) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            g[i] += momentum * buf[i];
    } else {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            g[i] = buf[i];
    }
}

void sgd_step_openmp(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf)
{
    const ptrdiff_t count = o->count;
    const float lr = (float)o->lr;

    assert(o->momentum == 0.0 || buf || count == 0);
#pragma omp parallel for schedule(static) if (count >= PARALLEL_FROM)
    for (ptrdiff_t from = 0; from < count; from += BLOCK) {
        const ptrdiff_t n = block_length(count, from);
        float g[BLOCK];
        decayed(o->weight_decay, n, grad + from, w + from, g);
        if (o->momentum != 0.0)
            momentum_block(o, step, n, g, buf + from);
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            w[from + i] -= lr * g[i];
    }
}
