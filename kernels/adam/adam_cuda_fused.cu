/* adam_cuda_fused.cu: one launch updates all parameters of a network, four per thread.
 *
 * Idea:  a network keeps its parameters, gradients and moments in four long arrays, so one launch
 *        does the work of one per tensor, and a float4 moves four parameters per instruction. In a
 *        recorded graph nothing that the host computes can change from step to step; so the number
 *        of steps may also lie on the device: a launch of one thread raises it, and then one thread
 *        of every block computes the bias corrections of that step for the others. A float4 must
 *        lie at a multiple of 16 bytes: where a tensor does not, and for the last count % 4
 *        parameters, the same kernel goes one by one.
 * Layout: grad, w, m, v, vmax, buf [count].
 * Cost:  Adam about 12 FLOP, a square root, two divisions and 28 bytes per parameter; SGD 2 to 6
 *        FLOP and 12 to 20 bytes.
 * Limit: memory bandwidth; only keeping the moments in fewer bits would lower it.
 * Source: adam.h; scalars in double, tensors in float, as in torch.optim. */
#include <cuda_runtime.h>

#include <math.h>
#include <stdint.h>

extern "C" {
#include "kernels/adam/adam_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256, LANES = 4 };
static_assert(THREADS % 32 == 0, "a block is whole warps");
static_assert(LANES * sizeof(float) == sizeof(float4), "a float4 holds the lanes");

/* The scalars of one step, rounded to float once. */
struct adam_scalars {
    float beta1, fresh1, beta2, fresh2, root2, eps, step_size, decay;
};

static __host__ __device__ adam_scalars scalars_at(const adam_options &o, int64_t step)
{
    const double correction1 = 1.0 - pow(o.beta1, (double)step);
    const double correction2 = 1.0 - pow(o.beta2, (double)step);

    return { (float)o.beta1, (float)(1.0 - o.beta1), (float)o.beta2, (float)(1.0 - o.beta2),
             (float)sqrt(correction2), (float)o.eps, (float)(o.lr / correction1),
             (float)o.weight_decay };
}

/* One parameter; vmax is NULL unless amsgrad. */
static __device__ void update(const adam_scalars &k, float grad, float &w, float &m, float &v,
                              float *vmax)
{
    const float g = k.decay != 0.0f ? grad + k.decay * w : grad;

    m = k.beta1 * m + k.fresh1 * g;
    v = k.beta2 * v + k.fresh2 * g * g;
    float second = v;
    if (vmax) {
        if (second < *vmax)
            second = *vmax;                     /* a NaN in v is not less, so it stays */
        *vmax = second;
    }
    w -= k.step_size * m / (sqrtf(second) / k.root2 + k.eps);
}

static __device__ void update_all(const adam_scalars &k, ptrdiff_t count, ptrdiff_t quads,
                                  const float *grad, float *w, float *m, float *v, float *vmax)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t step = (ptrdiff_t)gridDim.x * THREADS;

    for (ptrdiff_t i = first; i < quads; i += step) {
        const float4 g = ((const float4 *)grad)[i];
        float4 w4 = ((float4 *)w)[i], m4 = ((float4 *)m)[i], v4 = ((float4 *)v)[i];
        float4 max4 = vmax ? ((float4 *)vmax)[i] : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        update(k, g.x, w4.x, m4.x, v4.x, vmax ? &max4.x : NULL);
        update(k, g.y, w4.y, m4.y, v4.y, vmax ? &max4.y : NULL);
        update(k, g.z, w4.z, m4.z, v4.z, vmax ? &max4.z : NULL);
        update(k, g.w, w4.w, m4.w, v4.w, vmax ? &max4.w : NULL);
        ((float4 *)w)[i] = w4;
        ((float4 *)m)[i] = m4;
        ((float4 *)v)[i] = v4;
        if (vmax)
            ((float4 *)vmax)[i] = max4;
    }
    for (ptrdiff_t i = LANES * quads + first; i < count; i += step)
        update(k, grad[i], w[i], m[i], v[i], vmax ? vmax + i : NULL);
}

static __global__ void adam_step_fused_kernel(const adam_scalars k, ptrdiff_t count,
                                              ptrdiff_t quads, const float *grad, float *w,
                                              float *m, float *v, float *vmax)
{
    update_all(k, count, quads, grad, w, m, v, vmax);
}

static __global__ void adam_count_kernel(int64_t *step)
{
    *step += 1;
}

static __global__ void adam_step_counted_kernel(const adam_options o, const int64_t *step,
                                                ptrdiff_t quads, const float *grad, float *w,
                                                float *m, float *v, float *vmax)
{
    __shared__ adam_scalars k;

    if (threadIdx.x == 0)
        k = scalars_at(o, *step);
    __syncthreads();                            /* all need what thread 0 worked out */
    update_all(k, o.count, quads, grad, w, m, v, vmax);
}

static __global__ void sgd_step_fused_kernel(const sgd_options o, bool first_step,
                                             ptrdiff_t quads, const float *grad, float *w,
                                             float *buf)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t step = (ptrdiff_t)gridDim.x * THREADS;
    const float lr = (float)o.lr, decay = (float)o.weight_decay;
    const float momentum = (float)o.momentum, fresh = (float)(1.0 - o.dampening);
    const auto update_one = [=](float g, float &weight, float *kept) {
        if (decay != 0.0f)
            g += decay * weight;
        float direction = g;
        if (kept) {
            *kept = first_step ? g : momentum * *kept + fresh * g;
            direction = o.nesterov ? g + momentum * *kept : *kept;
        }
        weight -= lr * direction;
    };

    for (ptrdiff_t i = first; i < quads; i += step) {
        const float4 g = ((const float4 *)grad)[i];
        float4 w4 = ((float4 *)w)[i], kept = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        if (buf && !first_step)
            kept = ((float4 *)buf)[i];          /* before the first step it holds anything */
        update_one(g.x, w4.x, buf ? &kept.x : NULL);
        update_one(g.y, w4.y, buf ? &kept.y : NULL);
        update_one(g.z, w4.z, buf ? &kept.z : NULL);
        update_one(g.w, w4.w, buf ? &kept.w : NULL);
        ((float4 *)w)[i] = w4;
        if (buf)
            ((float4 *)buf)[i] = kept;
    }
    for (ptrdiff_t i = LANES * quads + first; i < o.count; i += step)
        update_one(grad[i], w[i], buf ? buf + i : NULL);
}

/* How many quads there are; none unless all tensors begin where a float4 may. */
static ptrdiff_t quads_of(ptrdiff_t count, const void *a, const void *b, const void *c,
                          const void *d, const void *e)
{
    const uintptr_t bits =
        (uintptr_t)a | (uintptr_t)b | (uintptr_t)c | (uintptr_t)d | (uintptr_t)e;
    return bits % sizeof(float4) == 0 ? count / LANES : 0;
}

/* Enough threads for the quads, or for the parameters that are left over if those are more. */
static unsigned blocks_for(ptrdiff_t count, ptrdiff_t quads)
{
    const ptrdiff_t rest = count - LANES * quads;
    return cuda_blocks(quads > rest ? quads : rest, THREADS);
}

extern "C" void adam_step_cuda_fused(const adam_options *o, int64_t step, const float *grad,
                                     float *w, float *m, float *v, float *vmax)
{
    float *const max = o->amsgrad ? vmax : NULL;
    const ptrdiff_t quads = quads_of(o->count, grad, w, m, v, max);

    if (o->count == 0)
        return;                                 /* a grid of no blocks is a launch error */
    adam_step_fused_kernel<<<blocks_for(o->count, quads), THREADS>>>(
        scalars_at(*o, step), o->count, quads, grad, w, m, v, max);
    cuda_launched("adam_step_fused_kernel");
}

extern "C" void adam_step_cuda_counted(const adam_options *o, int64_t *step, const float *grad,
                                       float *w, float *m, float *v, float *vmax)
{
    float *const max = o->amsgrad ? vmax : NULL;
    const ptrdiff_t quads = quads_of(o->count, grad, w, m, v, max);

    adam_count_kernel<<<1, 1>>>(step);
    cuda_launched("adam_count_kernel");
    if (o->count == 0)
        return;
    adam_step_counted_kernel<<<blocks_for(o->count, quads), THREADS>>>(*o, step, quads, grad, w, m,
                                                                       v, max);
    cuda_launched("adam_step_counted_kernel");
}

extern "C" void sgd_step_cuda_fused(const sgd_options *o, int64_t step, const float *grad, float *w,
                                    float *buf)
{
    float *const kept = o->momentum != 0.0 ? buf : NULL;
    const ptrdiff_t quads = quads_of(o->count, grad, w, kept, NULL, NULL);

    if (o->count == 0)
        return;
    sgd_step_fused_kernel<<<blocks_for(o->count, quads), THREADS>>>(*o, step == 1, quads, grad, w,
                                                                    kept);
    cuda_launched("sgd_step_fused_kernel");
}
