/* softmax_ce_cuda_naive.cu: one thread works on one place (one row of classes).
 *
 * Idea:  places need nothing from each other, so each gets a thread that walks its classes. Where
 *        inner > 1 (a class per pixel) neighbouring threads read neighbouring addresses. The loss
 *        over all places is added up by a single thread: always in the same order.
 * Layout: x, y, logp and gradients [n][classes][inner], labels [n][inner], class weights [classes].
 * Cost:  one exponential and about 5 FLOP per element.
 * Limit: with inner == 1 neighbouring threads read addresses a row apart, a sector each; the mean's
 *        denominator is added up by one thread of every block anew. softmax_ce_cuda_warp.cu gives a
 *        row a warp.
 * Source: softmax_ce.h. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/softmax_ce/softmax_ce_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static __device__ ptrdiff_t places_of(const softmax_ce_shape &s)
{
    return (ptrdiff_t)s.n * s.inner;
}

/* Where the first class of place p = n*inner + i lies. */
static __device__ ptrdiff_t first_class(const softmax_ce_shape &s, ptrdiff_t p)
{
    return p / s.inner * s.classes * s.inner + p % s.inner;
}

static __device__ float largest(const softmax_ce_shape &s, const float *x)
{
    float max = x[0];

    for (int c = 1; c < s.classes; c++)
        if (x[(ptrdiff_t)c * s.inner] > max)
            max = x[(ptrdiff_t)c * s.inner];
    return max;                                 /* a NaN may hide here; the sum below shows it */
}

static __device__ float sum_of_exp(const softmax_ce_shape &s, const float *x, float max)
{
    float sum = 0.0f;

    for (int c = 0; c < s.classes; c++)
        sum += expf(x[(ptrdiff_t)c * s.inner] - max);
    return sum;
}

static __global__ void softmax_forward_kernel(const softmax_ce_shape s, bool log_of_it,
                                              const float *x, float *y)
{
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t p = start; p < places_of(s); p += (ptrdiff_t)gridDim.x * THREADS) {
        const ptrdiff_t first = first_class(s, p), end = first + (ptrdiff_t)s.classes * s.inner;
        const float max = largest(s, x + first), sum = sum_of_exp(s, x + first, max);
        const float log_sum = logf(sum);
        for (ptrdiff_t i = first; i < end; i += s.inner)
            y[i] = log_of_it ? x[i] - max - log_sum : expf(x[i] - max) / sum;
    }
}

static __global__ void softmax_backward_kernel(const softmax_ce_shape s, const float *y,
                                               const float *dy, float *dx)
{
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t p = start; p < places_of(s); p += (ptrdiff_t)gridDim.x * THREADS) {
        const ptrdiff_t first = first_class(s, p), end = first + (ptrdiff_t)s.classes * s.inner;
        float dot = 0.0f;
        for (ptrdiff_t i = first; i < end; i += s.inner)
            dot += dy[i] * y[i];
        for (ptrdiff_t i = first; i < end; i += s.inner)
            dx[i] = y[i] * (dy[i] - dot);
    }
}

static __global__ void log_softmax_backward_kernel(const softmax_ce_shape s, const float *y,
                                                   const float *dy, float *dx)
{
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t p = start; p < places_of(s); p += (ptrdiff_t)gridDim.x * THREADS) {
        const ptrdiff_t first = first_class(s, p), end = first + (ptrdiff_t)s.classes * s.inner;
        float sum = 0.0f;
        for (ptrdiff_t i = first; i < end; i += s.inner)
            sum += dy[i];
        for (ptrdiff_t i = first; i < end; i += s.inner)
            dx[i] = dy[i] - expf(y[i]) * sum;
    }
}

static __device__ float weight_of(const float *class_weights, int c)
{
    return class_weights ? class_weights[c] : 1.0f;
}

/* Nobody can refuse a wrong label in device memory. It must not be used as an index: it gives a
 * NaN loss and no gradient. */
static __device__ bool legal(const softmax_ce_shape &s, int label)
{
    return label >= 0 && label < s.classes;
}

static __device__ bool counts(const softmax_ce_shape &s, int label)
{
    return label != s.ignore_index && legal(s, label);
}

/* What the mean divides by: the weights of the labels that count. 1 for the other reductions. */
static __device__ double divisor(const softmax_ce_shape &s, const int32_t *labels,
                                 const float *class_weights)
{
    double sum = 0.0;

    if (s.reduction != REDUCTION_MEAN)
        return 1.0;
    for (ptrdiff_t p = 0; p < places_of(s); p++)
        if (counts(s, labels[p]))
            sum += (double)weight_of(class_weights, labels[p]);
    return sum;
}

/* The loss of place p: the label's share, and the smoothed share spread over all classes. */
static __device__ float place_loss(const softmax_ce_shape &s, const float *logp,
                                   const int32_t *labels, const float *class_weights, ptrdiff_t p)
{
    const int label = labels[p];

    if (label == s.ignore_index)
        return 0.0f;
    if (!legal(s, label))
        return NAN;
    logp += first_class(s, p);
    const float hit = -weight_of(class_weights, label) * logp[(ptrdiff_t)label * s.inner];
    if (s.label_smoothing == 0.0f)
        return hit;                             /* an infinite logp elsewhere must not matter */
    float spread = 0.0f;
    for (int c = 0; c < s.classes; c++)
        spread -= weight_of(class_weights, c) * logp[(ptrdiff_t)c * s.inner];
    return (1.0f - s.label_smoothing) * hit + s.label_smoothing / (float)s.classes * spread;
}

static __global__ void nll_forward_kernel(const softmax_ce_shape s, const float *logp,
                                          const int32_t *labels, const float *class_weights,
                                          float *loss)
{
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t p = start; p < places_of(s); p += (ptrdiff_t)gridDim.x * THREADS)
        loss[p] = place_loss(s, logp, labels, class_weights, p);
}

static __global__ void nll_sum_kernel(const softmax_ce_shape s, const float *logp,
                                      const int32_t *labels, const float *class_weights,
                                      float *loss)
{
    double sum = 0.0;

    for (ptrdiff_t p = 0; p < places_of(s); p++)
        sum += (double)place_loss(s, logp, labels, class_weights, p);
    *loss = (float)(sum / divisor(s, labels, class_weights));
}

/* dloss as it reaches place p. */
static __device__ float upstream(const softmax_ce_shape &s, const float *dloss, ptrdiff_t p,
                                 double divide_by)
{
    return (float)((double)dloss[s.reduction == REDUCTION_NONE ? p : 0] / divide_by);
}

static __global__ void nll_backward_kernel(const softmax_ce_shape s, const int32_t *labels,
                                           const float *class_weights, const float *dloss,
                                           float *dlogp)
{
    __shared__ double divide_by;
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const float hit = 1.0f - s.label_smoothing, spread = s.label_smoothing / (float)s.classes;

    if (threadIdx.x == 0)
        divide_by = divisor(s, labels, class_weights);
    __syncthreads();                            /* the others wait for thread 0's sum */
    for (ptrdiff_t p = start; p < places_of(s); p += (ptrdiff_t)gridDim.x * THREADS) {
        const ptrdiff_t first = first_class(s, p);
        const float g = counts(s, labels[p]) ? upstream(s, dloss, p, divide_by) : 0.0f;
        for (int c = 0; c < s.classes; c++) {
            const float share = spread + (c == labels[p] ? hit : 0.0f);
            dlogp[first + (ptrdiff_t)c * s.inner] =
                counts(s, labels[p]) ? -g * weight_of(class_weights, c) * share : 0.0f;
        }
    }
}

static __global__ void ce_backward_kernel(const softmax_ce_shape s, const float *logp,
                                          const int32_t *labels, const float *class_weights,
                                          const float *dloss, float *dx)
{
    __shared__ double divide_by;
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const float hit = 1.0f - s.label_smoothing, spread = s.label_smoothing / (float)s.classes;
    float weight_sum = 0.0f;

    if (threadIdx.x == 0)
        divide_by = divisor(s, labels, class_weights);
    __syncthreads();                            /* the others wait for thread 0's sum */
    for (int c = 0; c < s.classes; c++)
        weight_sum += weight_of(class_weights, c);
    for (ptrdiff_t p = start; p < places_of(s); p += (ptrdiff_t)gridDim.x * THREADS) {
        const ptrdiff_t first = first_class(s, p);
        const bool counted = counts(s, labels[p]);
        const float g = counted ? upstream(s, dloss, p, divide_by) : 0.0f;
        const float whole =
            counted ? hit * weight_of(class_weights, labels[p]) + spread * weight_sum : 0.0f;
        for (int c = 0; c < s.classes; c++) {
            const float share = spread + (c == labels[p] ? hit : 0.0f);
            const ptrdiff_t i = first + (ptrdiff_t)c * s.inner;
            dx[i] = counted ? g * (expf(logp[i]) * whole - weight_of(class_weights, c) * share)
                            : 0.0f;
        }
    }
}

static unsigned blocks_for(const softmax_ce_shape *s)
{
    return cuda_blocks((ptrdiff_t)s->n * s->inner, THREADS);
}

/* A grid of no blocks is a launch error. */
static bool no_places(const softmax_ce_shape *s)
{
    return s->n == 0 || s->inner == 0;
}

extern "C" void softmax_forward_cuda_naive(const softmax_ce_shape *s, const float *x, float *y)
{
    if (no_places(s))
        return;
    softmax_forward_kernel<<<blocks_for(s), THREADS>>>(*s, false, x, y);
    cuda_launched("softmax_forward_kernel");
}

extern "C" void softmax_backward_cuda_naive(const softmax_ce_shape *s, const float *y,
                                            const float *dy, float *dx)
{
    if (no_places(s))
        return;
    softmax_backward_kernel<<<blocks_for(s), THREADS>>>(*s, y, dy, dx);
    cuda_launched("softmax_backward_kernel");
}

extern "C" void log_softmax_forward_cuda_naive(const softmax_ce_shape *s, const float *x, float *y)
{
    if (no_places(s))
        return;
    softmax_forward_kernel<<<blocks_for(s), THREADS>>>(*s, true, x, y);
    cuda_launched("softmax_forward_kernel");
}

extern "C" void log_softmax_backward_cuda_naive(const softmax_ce_shape *s, const float *y,
                                                const float *dy, float *dx)
{
    if (no_places(s))
        return;
    log_softmax_backward_kernel<<<blocks_for(s), THREADS>>>(*s, y, dy, dx);
    cuda_launched("log_softmax_backward_kernel");
}

extern "C" void nll_forward_cuda_naive(const softmax_ce_shape *s, const float *logp,
                                       const int32_t *labels, const float *class_weights,
                                       float *loss)
{
    if (s->reduction != REDUCTION_NONE) {       /* also of no places: there is a loss */
        nll_sum_kernel<<<1, 1>>>(*s, logp, labels, class_weights, loss);
        cuda_launched("nll_sum_kernel");
    } else if (!no_places(s)) {
        nll_forward_kernel<<<blocks_for(s), THREADS>>>(*s, logp, labels, class_weights, loss);
        cuda_launched("nll_forward_kernel");
    }
}

extern "C" void nll_backward_cuda_naive(const softmax_ce_shape *s, const int32_t *labels,
                                        const float *class_weights, const float *dloss,
                                        float *dlogp)
{
    if (no_places(s))
        return;
    nll_backward_kernel<<<blocks_for(s), THREADS>>>(*s, labels, class_weights, dloss, dlogp);
    cuda_launched("nll_backward_kernel");
}

extern "C" void ce_backward_cuda_naive(const softmax_ce_shape *s, const float *logp,
                                       const int32_t *labels, const float *class_weights,
                                       const float *dloss, float *dx)
{
    if (no_places(s))
        return;
    ce_backward_kernel<<<blocks_for(s), THREADS>>>(*s, logp, labels, class_weights, dloss, dx);
    cuda_launched("ce_backward_kernel");
}
