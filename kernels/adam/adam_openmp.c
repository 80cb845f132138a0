/* adam_openmp.c: one optimiser step in blocks, shared among threads.
 *
 * Idea:  a block of 4096 parameters is one loop whose tensors are known not to overlap and whose
 *        options are constants, so that the compiler moves the tests out of it and makes vector
 *        instructions of the rest. Every parameter is computed alone: the number of threads cannot
 *        change a result.
 * Layout: grad, w, m, v, vmax, buf [count].
 * Cost:  Adam about 12 FLOP, a square root, two divisions and 28 bytes per parameter; SGD 2 to 6
 *        FLOP and 12 to 20 bytes.
 * Limit: memory bandwidth; only keeping the moments in fewer bits would lower it.
 * Source: adam.h; scalars in double, tensors in float, as in torch.optim. */
#include "kernels/adam/adam_variants.h"

#include <assert.h>
#include <math.h>

enum {
    BLOCK = 4096,
    PARALLEL_FROM = 16384                       /* below, a team costs more than it saves */
};

/* The scalars of one Adam step, rounded to float once. */
typedef struct {
    float beta1, fresh1, beta2, fresh2, root2, eps, step_size, decay;
} adam_scalars;

static adam_scalars adam_scalars_at(const adam_options *o, int64_t step)
{
    const double correction1 = 1.0 - pow(o->beta1, (double)step);
    const double correction2 = 1.0 - pow(o->beta2, (double)step);

    return (adam_scalars){ .beta1 = (float)o->beta1, .fresh1 = (float)(1.0 - o->beta1),
                           .beta2 = (float)o->beta2, .fresh2 = (float)(1.0 - o->beta2),
                           .root2 = (float)sqrt(correction2), .eps = (float)o->eps,
                           .step_size = (float)(o->lr / correction1),
                           .decay = (float)o->weight_decay };
}

static ptrdiff_t block_length(ptrdiff_t count, ptrdiff_t from)
{
    return count - from < BLOCK ? count - from : BLOCK;
}

static void adam_block(const adam_scalars k, ptrdiff_t n, const float *restrict grad,
                       float *restrict w, float *restrict m, float *restrict v)
{
    const bool decays = k.decay != 0.0f;

    for (ptrdiff_t i = 0; i < n; i++) {
        const float g = decays ? grad[i] + k.decay * w[i] : grad[i];
        m[i] = k.beta1 * m[i] + k.fresh1 * g;
        v[i] = k.beta2 * v[i] + k.fresh2 * g * g;
        w[i] -= k.step_size * m[i] / (sqrtf(v[i]) / k.root2 + k.eps);
    }
}

static void amsgrad_block(const adam_scalars k, ptrdiff_t n, const float *restrict grad,
                          float *restrict w, float *restrict m, float *restrict v,
                          float *restrict vmax)
{
    const bool decays = k.decay != 0.0f;

    for (ptrdiff_t i = 0; i < n; i++) {
        const float g = decays ? grad[i] + k.decay * w[i] : grad[i];
        m[i] = k.beta1 * m[i] + k.fresh1 * g;
        v[i] = k.beta2 * v[i] + k.fresh2 * g * g;
        vmax[i] = v[i] < vmax[i] ? vmax[i] : v[i];      /* a NaN in v is not less, so it stays */
        w[i] -= k.step_size * m[i] / (sqrtf(vmax[i]) / k.root2 + k.eps);
    }
}

void adam_step_openmp(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                      float *v, float *vmax)
{
    const adam_scalars k = adam_scalars_at(o, step);
    const ptrdiff_t count = o->count;

    assert(!o->amsgrad || vmax || count == 0);
#pragma omp parallel for schedule(static) if (count >= PARALLEL_FROM)
    for (ptrdiff_t at = 0; at < count; at += BLOCK) {
        const ptrdiff_t n = block_length(count, at);
        if (o->amsgrad)
            amsgrad_block(k, n, grad + at, w + at, m + at, v + at, vmax + at);
        else
            adam_block(k, n, grad + at, w + at, m + at, v + at);
    }
}

static void sgd_block(const sgd_options *o, ptrdiff_t n, const float *restrict grad,
                      float *restrict w)
{
    const float lr = (float)o->lr, decay = (float)o->weight_decay;
    const bool decays = decay != 0.0f;

    for (ptrdiff_t i = 0; i < n; i++)
        w[i] -= lr * (decays ? grad[i] + decay * w[i] : grad[i]);
}

static void momentum_block(const sgd_options *o, bool first, ptrdiff_t n,
                           const float *restrict grad, float *restrict w, float *restrict buf)
{
    const float lr = (float)o->lr, decay = (float)o->weight_decay;
    const float momentum = (float)o->momentum, fresh = (float)(1.0 - o->dampening);
    const bool decays = decay != 0.0f, nesterov = o->nesterov;

    for (ptrdiff_t i = 0; i < n; i++) {
        const float g = decays ? grad[i] + decay * w[i] : grad[i];
        buf[i] = first ? g : momentum * buf[i] + fresh * g;
        w[i] -= lr * (nesterov ? g + momentum * buf[i] : buf[i]);
    }
}

void sgd_step_openmp(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf)
{
    const ptrdiff_t count = o->count;

    assert(o->momentum == 0.0 || buf || count == 0);
#pragma omp parallel for schedule(static) if (count >= PARALLEL_FROM)
    for (ptrdiff_t at = 0; at < count; at += BLOCK) {
        const ptrdiff_t n = block_length(count, at);
        if (o->momentum == 0.0)
            sgd_block(o, n, grad + at, w + at);
        else
            momentum_block(o, step == 1, n, grad + at, w + at, buf + at);
    }
}
