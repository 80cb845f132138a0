/* softmax_ce_cuda_warp.cu: one warp works on one row.
 *
 * Idea:  32 lanes read 32 neighbouring classes at once; maximum and sum go through the warp by
 *        shuffles, five steps each, after which every lane has them. No shared memory, no barrier:
 *        the warps of a block are strangers. The loss over all rows is added up by a single block
 *        in a tree of fixed shape, so it has the same bits in every run. Cross-entropy's backward
 *        pass is one kernel: the gradient of the loss, of the mean and of log-softmax at once.
 * Layout: x, y, logp and gradients [n][classes], labels [n], class weights [classes]. Rows only:
 *         with inner > 1 the lanes of a warp would read addresses `inner` apart.
 * Cost:  one exponential and about 5 FLOP per element.
 * Limit: with 10 classes 22 of 32 lanes have nothing to do; a row of thousands would be read three
 *        times from the cache, where a block could keep it in shared memory.
 * Source: softmax_ce.h. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/softmax_ce/softmax_ce_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum {
    WARP = 32,
    WARPS = 8,
    THREADS = WARP * WARPS,
    MOST_BLOCKS = 1024                          /* where every block adds up all labels */
};
static_assert(WARPS <= WARP, "one warp adds up the sums of all");

static __device__ float warp_max(float x)
{
    for (int distance = WARP / 2; distance > 0; distance /= 2)
        x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, distance));
    return x;
}

template <typename T> static __device__ T warp_sum(T x)
{
    for (int distance = WARP / 2; distance > 0; distance /= 2)
        x += __shfl_xor_sync(0xffffffffu, x, distance);
    return x;                                   /* the same bits in every lane */
}

/* The sum over the block, in every thread. sum_of_warp is shared memory [WARPS]. */
static __device__ double block_sum(double x, double *sum_of_warp)
{
    double sum = 0.0;

    x = warp_sum(x);
    if (threadIdx.x % WARP == 0)
        sum_of_warp[threadIdx.x / WARP] = x;
    __syncthreads();                            /* every warp's sum is read by all */
    for (int warp = 0; warp < WARPS; warp++)
        sum += sum_of_warp[warp];
    return sum;
}

/* The row that this warp begins with, and how many further on the next one is. */
static __device__ ptrdiff_t first_row(void)
{
    return (ptrdiff_t)blockIdx.x * WARPS + threadIdx.x / WARP;
}

static __device__ ptrdiff_t row_step(void)
{
    return (ptrdiff_t)gridDim.x * WARPS;
}

static __global__ void softmax_forward_warp_kernel(const softmax_ce_shape s, bool log_of_it,
                                                   const float *x, float *y)
{
    const int lane = (int)threadIdx.x % WARP;

    for (ptrdiff_t n = first_row(); n < s.n; n += row_step()) {
        const float *const row = x + n * s.classes;
        float max = -INFINITY, sum = 0.0f;
        for (int c = lane; c < s.classes; c += WARP)
            max = fmaxf(max, row[c]);           /* passes over NaN; the sum shows it */
        max = warp_max(max);
        for (int c = lane; c < s.classes; c += WARP)
            sum += expf(row[c] - max);
        sum = warp_sum(sum);
        const float log_sum = logf(sum);
        for (int c = lane; c < s.classes; c += WARP)
            y[n * s.classes + c] = log_of_it ? row[c] - max - log_sum : expf(row[c] - max) / sum;
    }
}

static __global__ void softmax_backward_warp_kernel(const softmax_ce_shape s, const float *y,
                                                    const float *dy, float *dx)
{
    const int lane = (int)threadIdx.x % WARP;

    for (ptrdiff_t n = first_row(); n < s.n; n += row_step()) {
        const ptrdiff_t row = n * s.classes;
        float dot = 0.0f;
        for (int c = lane; c < s.classes; c += WARP)
            dot += dy[row + c] * y[row + c];
        dot = warp_sum(dot);
        for (int c = lane; c < s.classes; c += WARP)
            dx[row + c] = y[row + c] * (dy[row + c] - dot);
    }
}

static __global__ void log_softmax_backward_warp_kernel(const softmax_ce_shape s, const float *y,
                                                        const float *dy, float *dx)
{
    const int lane = (int)threadIdx.x % WARP;

    for (ptrdiff_t n = first_row(); n < s.n; n += row_step()) {
        const ptrdiff_t row = n * s.classes;
        float sum = 0.0f;
        for (int c = lane; c < s.classes; c += WARP)
            sum += dy[row + c];
        sum = warp_sum(sum);
        for (int c = lane; c < s.classes; c += WARP)
            dx[row + c] = dy[row + c] - expf(y[row + c]) * sum;
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

/* The loss of row n: the label's share, and the smoothed share spread over all classes. */
static __device__ float row_loss(const softmax_ce_shape &s, const float *logp,
                                 const int32_t *labels, const float *class_weights, ptrdiff_t n)
{
    const int label = labels[n];

    if (label == s.ignore_index)
        return 0.0f;
    if (!legal(s, label))
        return NAN;
    logp += n * s.classes;
    const float hit = -weight_of(class_weights, label) * logp[label];
    if (s.label_smoothing == 0.0f)
        return hit;                             /* an infinite logp elsewhere must not matter */
    float spread = 0.0f;
    for (int c = 0; c < s.classes; c++)
        spread -= weight_of(class_weights, c) * logp[c];
    return (1.0f - s.label_smoothing) * hit + s.label_smoothing / (float)s.classes * spread;
}

static __global__ void nll_forward_warp_kernel(const softmax_ce_shape s, const float *logp,
                                               const int32_t *labels, const float *class_weights,
                                               float *loss)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t n = first; n < s.n; n += (ptrdiff_t)gridDim.x * THREADS)
        loss[n] = row_loss(s, logp, labels, class_weights, n);
}

/* What the mean divides by, in every thread of the block: the weights of the labels that count. 1
 * for the other reductions. */
static __device__ double divisor(const softmax_ce_shape &s, const int32_t *labels,
                                 const float *class_weights, double *sum_of_warp)
{
    double sum = 0.0;

    if (s.reduction != REDUCTION_MEAN)
        return 1.0;
    for (ptrdiff_t n = threadIdx.x; n < s.n; n += THREADS)
        if (counts(s, labels[n]))
            sum += (double)weight_of(class_weights, labels[n]);
    return block_sum(sum, sum_of_warp);
}

/* One block. A row's loss is one load or, with label smoothing, a walk: a thread each is enough. */
static __global__ void nll_sum_warp_kernel(const softmax_ce_shape s, const float *logp,
                                           const int32_t *labels, const float *class_weights,
                                           float *loss)
{
    __shared__ double loss_of_warp[WARPS], weight_of_warp[WARPS];
    double sum = 0.0;

    for (ptrdiff_t n = threadIdx.x; n < s.n; n += THREADS)
        sum += (double)row_loss(s, logp, labels, class_weights, n);
    sum = block_sum(sum, loss_of_warp);
    const double divide_by = divisor(s, labels, class_weights, weight_of_warp);
    if (threadIdx.x == 0)
        *loss = (float)(sum / divide_by);
}

/* dloss as it reaches row n. */
static __device__ float upstream(const softmax_ce_shape &s, const float *dloss, ptrdiff_t n,
                                 double divide_by)
{
    return (float)((double)dloss[s.reduction == REDUCTION_NONE ? n : 0] / divide_by);
}

static __global__ void nll_backward_warp_kernel(const softmax_ce_shape s, const int32_t *labels,
                                                const float *class_weights, const float *dloss,
                                                float *dlogp)
{
    __shared__ double sum_of_warp[WARPS];
    const int lane = (int)threadIdx.x % WARP;
    const float hit = 1.0f - s.label_smoothing, spread = s.label_smoothing / (float)s.classes;
    const double divide_by = divisor(s, labels, class_weights, sum_of_warp);

    for (ptrdiff_t n = first_row(); n < s.n; n += row_step()) {
        const int label = labels[n];
        const float g = counts(s, label) ? upstream(s, dloss, n, divide_by) : 0.0f;
        for (int c = lane; c < s.classes; c += WARP) {
            const float share = spread + (c == label ? hit : 0.0f);
            dlogp[n * s.classes + c] =
                counts(s, label) ? -g * weight_of(class_weights, c) * share : 0.0f;
        }
    }
}

static __global__ void ce_backward_warp_kernel(const softmax_ce_shape s, const float *logp,
                                               const int32_t *labels, const float *class_weights,
                                               const float *dloss, float *dx)
{
    __shared__ double sum_of_warp[WARPS];
    const int lane = (int)threadIdx.x % WARP;
    const float hit = 1.0f - s.label_smoothing, spread = s.label_smoothing / (float)s.classes;
    const double divide_by = divisor(s, labels, class_weights, sum_of_warp);
    float weight_sum = 0.0f;

    for (int c = lane; c < s.classes; c += WARP)
        weight_sum += weight_of(class_weights, c);
    weight_sum = warp_sum(weight_sum);
    for (ptrdiff_t n = first_row(); n < s.n; n += row_step()) {
        const int label = labels[n];
        const bool counted = counts(s, label);
        const float g = counted ? upstream(s, dloss, n, divide_by) : 0.0f;
        const float whole =
            counted ? hit * weight_of(class_weights, label) + spread * weight_sum : 0.0f;
        for (int c = lane; c < s.classes; c += WARP) {
            const float share = spread + (c == label ? hit : 0.0f);
            const ptrdiff_t i = n * s.classes + c;
            dx[i] = counted ? g * (expf(logp[i]) * whole - weight_of(class_weights, c) * share)
                            : 0.0f;
        }
    }
}

static unsigned blocks_for(const softmax_ce_shape *s)
{
    return cuda_blocks(s->n, WARPS);
}

static unsigned few_blocks_for(const softmax_ce_shape *s)
{
    const unsigned blocks = blocks_for(s);
    return blocks < MOST_BLOCKS ? blocks : (unsigned)MOST_BLOCKS;
}

extern "C" bool softmax_ce_supports_cuda_warp(const softmax_ce_shape *s)
{
    return s->inner == 1;
}

extern "C" void softmax_forward_cuda_warp(const softmax_ce_shape *s, const float *x, float *y)
{
    if (s->n == 0)
        return;                                 /* a grid of no blocks is a launch error */
    softmax_forward_warp_kernel<<<blocks_for(s), THREADS>>>(*s, false, x, y);
    cuda_launched("softmax_forward_warp_kernel");
}

extern "C" void softmax_backward_cuda_warp(const softmax_ce_shape *s, const float *y,
                                           const float *dy, float *dx)
{
    if (s->n == 0)
        return;
    softmax_backward_warp_kernel<<<blocks_for(s), THREADS>>>(*s, y, dy, dx);
    cuda_launched("softmax_backward_warp_kernel");
}

extern "C" void log_softmax_forward_cuda_warp(const softmax_ce_shape *s, const float *x, float *y)
{
    if (s->n == 0)
        return;
    softmax_forward_warp_kernel<<<blocks_for(s), THREADS>>>(*s, true, x, y);
    cuda_launched("softmax_forward_warp_kernel");
}

extern "C" void log_softmax_backward_cuda_warp(const softmax_ce_shape *s, const float *y,
                                               const float *dy, float *dx)
{
    if (s->n == 0)
        return;
    log_softmax_backward_warp_kernel<<<blocks_for(s), THREADS>>>(*s, y, dy, dx);
    cuda_launched("log_softmax_backward_warp_kernel");
}

extern "C" void nll_forward_cuda_warp(const softmax_ce_shape *s, const float *logp,
                                      const int32_t *labels, const float *class_weights,
                                      float *loss)
{
    if (s->reduction != REDUCTION_NONE) {       /* also of no rows: there is a loss */
        nll_sum_warp_kernel<<<1, THREADS>>>(*s, logp, labels, class_weights, loss);
        cuda_launched("nll_sum_warp_kernel");
    } else if (s->n > 0) {
        nll_forward_warp_kernel<<<cuda_blocks(s->n, THREADS), THREADS>>>(*s, logp, labels,
                                                                         class_weights, loss);
        cuda_launched("nll_forward_warp_kernel");
    }
}

extern "C" void nll_backward_cuda_warp(const softmax_ce_shape *s, const int32_t *labels,
                                       const float *class_weights, const float *dloss,
                                       float *dlogp)
{
    if (s->n == 0)
        return;
    nll_backward_warp_kernel<<<few_blocks_for(s), THREADS>>>(*s, labels, class_weights, dloss,
                                                             dlogp);
    cuda_launched("nll_backward_warp_kernel");
}

extern "C" void ce_backward_cuda_warp(const softmax_ce_shape *s, const float *logp,
                                      const int32_t *labels, const float *class_weights,
                                      const float *dloss, float *dx)
{
    if (s->n == 0)
        return;
    ce_backward_warp_kernel<<<few_blocks_for(s), THREADS>>>(*s, logp, labels, class_weights, dloss,
                                                            dx);
    cuda_launched("ce_backward_warp_kernel");
}
