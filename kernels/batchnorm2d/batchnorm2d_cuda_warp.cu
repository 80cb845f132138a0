/* batchnorm2d_cuda_warp.cu: one block does all of one channel.
 *
 * Idea:  each thread runs over its share of the channel once and keeps count, mean and the sum of
 *        squared deviations up to date (Welford): nothing is as large as E[x^2], from which a large
 *        mean would cancel the variance, and no second pass is needed. The channel's first value
 *        is subtracted beforehand: a running mean of 40 is rounded to a multiple of 4e-6, which the
 *        deviations from it would inherit.
 *        Two such triples merge into one (Chan), so the lanes of a warp merge by shuffles, then the
 *        warps through shared memory: always in the same order, hence always the same bits. The
 *        block then normalises its channel, which it finds in the cache.
 * Layout: x, y, dx, dy [n][c][h][w]; all others [c].
 * Cost:  about 14 FLOP per element; two passes over x forward, over x and dy backward.
 * Limit: no more blocks than channels; the first layers of a network have few channels and large
 *        images. Splitting a channel over blocks needs memory for their partial statistics.
 * Source: batchnorm2d.h; Welford, "Note on a method for calculating corrected sums of squares and
 *         products", Technometrics 4(3), 1962; Chan, Golub and LeVeque, "Updating formulae and a
 *         pairwise algorithm for computing sample variances", 1979. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/batchnorm2d/batchnorm2d_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum {
    WARP = 32,
    FEW_THREADS = 128,                          /* for a channel of fewer elements than */
    FEW = 4096,
    MANY_THREADS = 1024,
    MOST_WARPS = MANY_THREADS / WARP
};
static_assert(FEW_THREADS % WARP == 0 && MANY_THREADS % WARP == 0, "a block is whole warps");
static_assert(MOST_WARPS <= WARP, "one warp can hold the results of all");

/* Walks the elements of channel c that belong to this thread: every blockDim.x-th, in order of n
 * and place, without a division per element. */
struct walk {
    ptrdiff_t n, place, at, plane, n_stride, n_step, place_step;
};

static __device__ walk walk_begin(const batchnorm2d_shape &s, int c)
{
    const ptrdiff_t plane = (ptrdiff_t)s.h * s.w, n_stride = (ptrdiff_t)s.c * plane;
    walk k;

    k.plane = plane;
    k.n_stride = n_stride;
    k.n = threadIdx.x / plane;
    k.place = threadIdx.x % plane;
    k.n_step = blockDim.x / plane;
    k.place_step = blockDim.x % plane;
    k.at = k.n * n_stride + c * plane + k.place;
    return k;
}

static __device__ void walk_next(walk &k)
{
    k.n += k.n_step;
    k.place += k.place_step;
    k.at += k.n_step * k.n_stride + k.place_step;
    if (k.place >= k.plane) {                   /* on into the next image */
        k.place -= k.plane;
        k.n++;
        k.at += k.n_stride - k.plane;
    }
}

/* count values with this mean; squares: the sum of their squared deviations from it. */
struct moments {
    float count, mean, squares;
};

static __device__ moments merged(moments a, moments b)
{
    const float count = a.count + b.count, delta = b.mean - a.mean;

    if (b.count == 0.0f)
        return a;
    if (a.count == 0.0f)
        return b;
    return { count, a.mean + delta * (b.count / count),
             a.squares + b.squares + delta * delta * (a.count * (b.count / count)) };
}

/* All threads of the block call it; thread 0 gets the moments of all. */
static __device__ moments block_moments(moments own, moments *of_warp)
{
    const int lane = (int)threadIdx.x % WARP, warp = (int)threadIdx.x / WARP;
    const int warps = (int)blockDim.x / WARP;

    for (int distance = 1; distance < WARP; distance *= 2)
        own = merged(own, { __shfl_down_sync(0xffffffffu, own.count, distance),
                            __shfl_down_sync(0xffffffffu, own.mean, distance),
                            __shfl_down_sync(0xffffffffu, own.squares, distance) });
    if (lane == 0)
        of_warp[warp] = own;
    __syncthreads();                            /* thread 0 reads what every warp has found */
    if (threadIdx.x == 0)
        for (int other = 1; other < warps; other++)
            own = merged(own, of_warp[other]);
    return own;
}

static __device__ float block_sum(float x, float *of_warp)
{
    const int lane = (int)threadIdx.x % WARP, warp = (int)threadIdx.x / WARP;
    float sum = 0.0f;

    for (int distance = WARP / 2; distance > 0; distance /= 2)
        x += __shfl_xor_sync(0xffffffffu, x, distance);
    if (lane == 0)
        of_warp[warp] = x;
    __syncthreads();                            /* every warp's sum is read by all */
    for (int other = 0; other < (int)blockDim.x / WARP; other++)
        sum += of_warp[other];
    return sum;
}

static __device__ void normalise(const batchnorm2d_shape &s, int c, const float *x, float mean,
                                 float scale, float beta, float *y)
{
    for (walk k = walk_begin(s, c); k.n < s.n; walk_next(k))
        y[k.at] = (x[k.at] - mean) * scale + beta;
}

static __global__ void __launch_bounds__(MANY_THREADS) batchnorm2d_train_forward_warp_kernel(
    const batchnorm2d_shape s, const float *x, const float *gamma, const float *beta,
    float *running_mean, float *running_var, float *y, float *saved_mean, float *saved_invstd)
{
    __shared__ moments of_warp[MOST_WARPS];
    __shared__ float mean, invstd;
    const int c = (int)blockIdx.x;
    const float origin = s.n > 0 ? x[(ptrdiff_t)c * s.h * s.w] : 0.0f;
    moments own = { 0.0f, 0.0f, 0.0f };

    for (walk k = walk_begin(s, c); k.n < s.n; walk_next(k)) {
        const float value = x[k.at] - origin, delta = value - own.mean;
        own.count += 1.0f;
        own.mean += delta / own.count;
        own.squares += delta * (value - own.mean);
    }
    const moments all = block_moments(own, of_warp);
    if (threadIdx.x == 0) {
        const double count = (double)s.n * s.h * s.w, momentum = (double)s.momentum;
        const double var = (double)all.squares / count;
        const double unbiased = (double)all.squares / (count - 1.0);
        mean = origin + all.mean;
        invstd = s.n == 0 ? 0.0f : (float)(1.0 / sqrt(var + (double)s.eps));
        saved_mean[c] = mean;
        saved_invstd[c] = invstd;
        if (s.n > 0) {
            running_mean[c] =
                (float)((1.0 - momentum) * (double)running_mean[c] + momentum * (double)mean);
            running_var[c] =
                (float)((1.0 - momentum) * (double)running_var[c] + momentum * unbiased);
        }
    }
    __syncthreads();                            /* all need what thread 0 worked out */
    normalise(s, c, x, mean, invstd * gamma[c], beta[c], y);
}

static __device__ float running_invstd(const batchnorm2d_shape &s, float running_var)
{
    return (float)(1.0 / sqrt((double)running_var + (double)s.eps));
}

static __global__ void __launch_bounds__(MANY_THREADS) batchnorm2d_eval_forward_warp_kernel(
    const batchnorm2d_shape s, const float *x, const float *gamma, const float *beta,
    const float *running_mean, const float *running_var, float *y)
{
    const int c = (int)blockIdx.x;

    normalise(s, c, x, running_mean[c], running_invstd(s, running_var[c]) * gamma[c], beta[c], y);
}

/* training: spread holds 1 / sqrt(var + eps), and the statistics depend on x; else it holds the
 * variance, and they do not: dx has its first term only. */
static __global__ void __launch_bounds__(MANY_THREADS) batchnorm2d_backward_warp_kernel(
    const batchnorm2d_shape s, bool training, const float *x, const float *gamma,
    const float *means, const float *spread, const float *dy, float *dx, float *dgamma,
    float *dbeta)
{
    __shared__ float sum_of_warp[MOST_WARPS], product_of_warp[MOST_WARPS];
    const int c = (int)blockIdx.x;
    const float mean = means[c];
    const float invstd = training ? spread[c] : running_invstd(s, spread[c]);
    const float scale = gamma[c] * invstd, count = (float)((double)s.n * s.h * s.w);
    float sum = 0.0f, products = 0.0f;

    for (walk k = walk_begin(s, c); k.n < s.n; walk_next(k)) {
        sum += dy[k.at];
        products += dy[k.at] * (x[k.at] - mean);
    }
    sum = block_sum(sum, sum_of_warp);
    products = block_sum(products, product_of_warp) * invstd;
    if (threadIdx.x == 0) {
        dbeta[c] = sum;
        dgamma[c] = products;
    }
    const float dy_mean = training ? sum / count : 0.0f;
    const float slope = training ? products * invstd / count : 0.0f;
    for (walk k = walk_begin(s, c); k.n < s.n; walk_next(k)) {
        const float pulled = training ? dy[k.at] - dy_mean - (x[k.at] - mean) * slope : dy[k.at];
        dx[k.at] = scale * pulled;
    }
}

static int threads_for(const batchnorm2d_shape *s)
{
    return (ptrdiff_t)s->n * s->h * s->w < FEW ? FEW_THREADS : MANY_THREADS;
}

extern "C" void batchnorm2d_train_forward_cuda_warp(const batchnorm2d_shape *s, const float *x,
                                                    const float *gamma, const float *beta,
                                                    float *running_mean, float *running_var,
                                                    float *y, float *saved_mean,
                                                    float *saved_invstd)
{
    batchnorm2d_train_forward_warp_kernel<<<s->c, threads_for(s)>>>(
        *s, x, gamma, beta, running_mean, running_var, y, saved_mean, saved_invstd);
    cuda_launched("batchnorm2d_train_forward_warp_kernel");
}

extern "C" void batchnorm2d_train_backward_cuda_warp(const batchnorm2d_shape *s, const float *x,
                                                     const float *gamma, const float *saved_mean,
                                                     const float *saved_invstd, const float *dy,
                                                     float *dx, float *dgamma, float *dbeta)
{
    batchnorm2d_backward_warp_kernel<<<s->c, threads_for(s)>>>(
        *s, true, x, gamma, saved_mean, saved_invstd, dy, dx, dgamma, dbeta);
    cuda_launched("batchnorm2d_backward_warp_kernel");
}

extern "C" void batchnorm2d_eval_forward_cuda_warp(const batchnorm2d_shape *s, const float *x,
                                                   const float *gamma, const float *beta,
                                                   const float *running_mean,
                                                   const float *running_var, float *y)
{
    batchnorm2d_eval_forward_warp_kernel<<<s->c, threads_for(s)>>>(*s, x, gamma, beta,
                                                                   running_mean, running_var, y);
    cuda_launched("batchnorm2d_eval_forward_warp_kernel");
}

extern "C" void batchnorm2d_eval_backward_cuda_warp(const batchnorm2d_shape *s, const float *x,
                                                    const float *gamma, const float *running_mean,
                                                    const float *running_var, const float *dy,
                                                    float *dx, float *dgamma, float *dbeta)
{
    batchnorm2d_backward_warp_kernel<<<s->c, threads_for(s)>>>(
        *s, false, x, gamma, running_mean, running_var, dy, dx, dgamma, dbeta);
    cuda_launched("batchnorm2d_backward_warp_kernel");
}
