/* adam_naive.c: one optimiser step, parameter by parameter.
 *
 * Idea:  every parameter keeps a running mean of its gradient (m) and of its square (v), and moves
 *        by their ratio: far where the gradient is steady, little where it is noisy. Both means
 *        start at zero; dividing by 1 - beta^t takes that bias out again.
 * Layout: grad, w, m, v, vmax, buf [count].
 * Cost:  Adam about 12 FLOP, a square root, two divisions and 28 bytes per parameter; SGD 2 to 6
 *        FLOP and 12 to 20 bytes.
 * Limit: options are tested anew for every parameter, on one thread. adam_openmp.c works in blocks.
 * Source: adam.h; scalars in double, tensors in float, as in torch.optim. */
#include "kernels/adam/adam_variants.h"

#include <assert.h>
#include <math.h>

void adam_step_naive(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                     float *v, float *vmax)
{
    const double correction1 = 1.0 - pow(o->beta1, (double)step);
    const double correction2 = 1.0 - pow(o->beta2, (double)step);
    const float beta1 = (float)o->beta1, fresh1 = (float)(1.0 - o->beta1);
    const float beta2 = (float)o->beta2, fresh2 = (float)(1.0 - o->beta2);
    const float root2 = (float)sqrt(correction2), eps = (float)o->eps;
    const float step_size = (float)(o->lr / correction1), decay = (float)o->weight_decay;

    assert(!o->amsgrad || vmax || o->count == 0);
    for (ptrdiff_t i = 0; i < o->count; i++) {
        const float g = o->weight_decay != 0.0 ? grad[i] + decay * w[i] : grad[i];
        m[i] = beta1 * m[i] + fresh1 * g;
        v[i] = beta2 * v[i] + fresh2 * g * g;
        float second = v[i];
        if (o->amsgrad) {
            if (second < vmax[i])
                second = vmax[i];               /* a NaN in v is not less, so it stays */
            vmax[i] = second;
        }
        const float denominator = sqrtf(second) / root2 + eps;
        w[i] -= step_size * m[i] / denominator;
    }
}

void sgd_step_naive(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf)
{
    const float lr = (float)o->lr, decay = (float)o->weight_decay;
    const float momentum = (float)o->momentum, fresh = (float)(1.0 - o->dampening);

    assert(o->momentum == 0.0 || buf || o->count == 0);
    for (ptrdiff_t i = 0; i < o->count; i++) {
        const float g = o->weight_decay != 0.0 ? grad[i] + decay * w[i] : grad[i];
        float direction = g;
        if (o->momentum != 0.0) {
            buf[i] = step == 1 ? g : momentum * buf[i] + fresh * g;
            direction = o->nesterov ? g + momentum * buf[i] : buf[i];
        }
        w[i] -= lr * direction;
    }
}
