/* adam_cuda_naive.cu: one thread updates one parameter.
 *
 * Idea:  no parameter needs another. The scalars of the step (bias corrections, rates) are the same
 *        for all: the host computes them once, in double, and they travel as kernel parameters.
 * Layout: grad, w, m, v, vmax, buf [count].
 * Cost:  Adam about 12 FLOP, a square root, two divisions and 28 bytes per parameter; SGD 2 to 6
 *        FLOP and 12 to 20 bytes.
 * Limit: 4 bytes per load, one launch per tensor of parameters, and a step number that only the
 *        host knows: adam_cuda_fused.cu.
 * Source: adam.h; scalars in double, tensors in float, as in torch.optim. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/adam/adam_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

/* The scalars of one step, rounded to float once. */
struct adam_scalars {
    float beta1, fresh1, beta2, fresh2, root2, eps, step_size, decay;
};

static adam_scalars scalars_at(const adam_options *o, int64_t step)
{
    const double correction1 = 1.0 - pow(o->beta1, (double)step);
    const double correction2 = 1.0 - pow(o->beta2, (double)step);

    return { (float)o->beta1, (float)(1.0 - o->beta1), (float)o->beta2, (float)(1.0 - o->beta2),
             (float)sqrt(correction2), (float)o->eps, (float)(o->lr / correction1),
             (float)o->weight_decay };
}

/* vmax is NULL unless amsgrad. */
static __global__ void adam_step_kernel(const adam_scalars k, ptrdiff_t count, const float *grad,
                                        float *w, float *m, float *v, float *vmax)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < count; i += (ptrdiff_t)gridDim.x * THREADS) {
        const float g = k.decay != 0.0f ? grad[i] + k.decay * w[i] : grad[i];
        const float mean = k.beta1 * m[i] + k.fresh1 * g;
        const float square = k.beta2 * v[i] + k.fresh2 * g * g;
        float second = square;
        if (vmax) {
            if (second < vmax[i])
                second = vmax[i];               /* a NaN in v is not less, so it stays */
            vmax[i] = second;
        }
        m[i] = mean;
        v[i] = square;
        w[i] -= k.step_size * mean / (sqrtf(second) / k.root2 + k.eps);
    }
}

static __global__ void sgd_step_kernel(const sgd_options o, bool first_step, const float *grad,
                                       float *w, float *buf)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const float lr = (float)o.lr, decay = (float)o.weight_decay;
    const float momentum = (float)o.momentum, fresh = (float)(1.0 - o.dampening);

    for (ptrdiff_t i = first; i < o.count; i += (ptrdiff_t)gridDim.x * THREADS) {
        const float g = decay != 0.0f ? grad[i] + decay * w[i] : grad[i];
        float direction = g;
        if (o.momentum != 0.0) {
            const float kept = first_step ? g : momentum * buf[i] + fresh * g;
            buf[i] = kept;
            direction = o.nesterov ? g + momentum * kept : kept;
        }
        w[i] -= lr * direction;
    }
}

extern "C" void adam_step_cuda_naive(const adam_options *o, int64_t step, const float *grad,
                                     float *w, float *m, float *v, float *vmax)
{
    if (o->count == 0)
        return;                                 /* a grid of no blocks is a launch error */
    adam_step_kernel<<<cuda_blocks(o->count, THREADS), THREADS>>>(
        scalars_at(o, step), o->count, grad, w, m, v, o->amsgrad ? vmax : NULL);
    cuda_launched("adam_step_kernel");
}

extern "C" void sgd_step_cuda_naive(const sgd_options *o, int64_t step, const float *grad, float *w,
                                    float *buf)
{
    if (o->count == 0)
        return;
    sgd_step_kernel<<<cuda_blocks(o->count, THREADS), THREADS>>>(*o, step == 1, grad, w, buf);
    cuda_launched("sgd_step_kernel");
}
