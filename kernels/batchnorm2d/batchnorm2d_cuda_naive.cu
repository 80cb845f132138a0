/* batchnorm2d_cuda_naive.cu: one thread computes the statistics of one channel, another grid of
 * threads one output element each.
 *
 * Idea:  the mean of a channel must be known before anything can be normalised, and only the end of
 *        a kernel makes all blocks wait for each other: so two kernels, a sum and a map.
 * Layout: x, y, dx, dy [n][c][h][w]; all others [c].
 * Cost:  about 8 FLOP and, in training, three passes over x forward.
 * Limit: as many threads as channels walk the whole batch, each alone, in double, and neighbours
 *        read addresses a plane apart. batchnorm2d_cuda_warp.cu gives a channel a whole block.
 * Source: batchnorm2d.h. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/batchnorm2d/batchnorm2d_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

/* Offset of element (n, c, 0, 0). */
static __device__ ptrdiff_t plane_at(const batchnorm2d_shape &s, int n, int c)
{
    return ((ptrdiff_t)n * s.c + c) * s.h * s.w;
}

/* Mean, then variance around that mean: two passes, so that a large mean cancels nothing. */
static __global__ void batchnorm2d_statistics_kernel(const batchnorm2d_shape s, const float *x,
                                                     float *running_mean, float *running_var,
                                                     float *saved_mean, float *saved_invstd)
{
    const int c = (int)(blockIdx.x * THREADS + threadIdx.x);
    const ptrdiff_t plane = (ptrdiff_t)s.h * s.w;
    const double count = (double)s.n * (double)plane, momentum = (double)s.momentum;
    double sum = 0.0, squares = 0.0;

    if (c >= s.c)
        return;
    if (s.n == 0) {
        saved_mean[c] = saved_invstd[c] = 0.0f;
        return;
    }
    for (int n = 0; n < s.n; n++)
        for (ptrdiff_t i = plane_at(s, n, c); i < plane_at(s, n, c) + plane; i++)
            sum += (double)x[i];
    const double mean = sum / count;
    for (int n = 0; n < s.n; n++)
        for (ptrdiff_t i = plane_at(s, n, c); i < plane_at(s, n, c) + plane; i++)
            squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    const double var = squares / count, unbiased = var * count / (count - 1.0);
    saved_mean[c] = (float)mean;
    saved_invstd[c] = (float)(1.0 / sqrt(var + (double)s.eps));
    running_mean[c] = (float)((1.0 - momentum) * (double)running_mean[c] + momentum * mean);
    running_var[c] = (float)((1.0 - momentum) * (double)running_var[c] + momentum * unbiased);
}

/* 1 / sqrt(var + eps) where spread is a variance (evaluation), or spread itself where it is the
 * saved inverse (training). */
static __device__ float invstd_of(const batchnorm2d_shape &s, bool training, float spread)
{
    return training ? spread : (float)(1.0 / sqrt((double)spread + (double)s.eps));
}

static __global__ void batchnorm2d_normalise_kernel(const batchnorm2d_shape s, bool training,
                                                    const float *x, const float *gamma,
                                                    const float *beta, const float *mean,
                                                    const float *spread, float *y,
                                                    ptrdiff_t elements)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < elements; i += (ptrdiff_t)gridDim.x * THREADS) {
        const int c = (int)(i / s.w / s.h % s.c);
        y[i] = (x[i] - mean[c]) * invstd_of(s, training, spread[c]) * gamma[c] + beta[c];
    }
}

static __global__ void batchnorm2d_gradients_kernel(const batchnorm2d_shape s, bool training,
                                                    const float *x, const float *mean,
                                                    const float *spread, const float *dy,
                                                    float *dgamma, float *dbeta)
{
    const int c = (int)(blockIdx.x * THREADS + threadIdx.x);
    const ptrdiff_t plane = (ptrdiff_t)s.h * s.w;
    double sum = 0.0, products = 0.0;

    if (c >= s.c)
        return;
    for (int n = 0; n < s.n; n++)
        for (ptrdiff_t i = plane_at(s, n, c); i < plane_at(s, n, c) + plane; i++) {
            sum += (double)dy[i];
            products += (double)dy[i] * ((double)x[i] - (double)mean[c]);
        }
    dbeta[c] = (float)sum;
    dgamma[c] = (float)(products * (double)invstd_of(s, training, spread[c]));
}

/* In evaluation the mean and the variance do not depend on x: only the first term is left. */
static __global__ void batchnorm2d_spread_kernel(const batchnorm2d_shape s, bool training,
                                                 const float *x, const float *gamma,
                                                 const float *mean, const float *spread,
                                                 const float *dy, const float *dgamma,
                                                 const float *dbeta, float *dx, ptrdiff_t elements)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const float count = (float)((double)s.n * s.h * s.w);

    for (ptrdiff_t i = first; i < elements; i += (ptrdiff_t)gridDim.x * THREADS) {
        const int c = (int)(i / s.w / s.h % s.c);
        const float invstd = invstd_of(s, training, spread[c]);
        float gradient = dy[i];
        if (training) {
            const float normalised = (x[i] - mean[c]) * invstd;
            gradient = dy[i] - dbeta[c] / count - normalised * dgamma[c] / count;
        }
        dx[i] = gamma[c] * invstd * gradient;
    }
}

static void normalise(const batchnorm2d_shape *s, bool training, const float *x, const float *gamma,
                      const float *beta, const float *mean, const float *spread, float *y)
{
    const ptrdiff_t elements = (ptrdiff_t)s->n * s->c * s->h * s->w;

    if (elements == 0)
        return;                                 /* a grid of no blocks is a launch error */
    batchnorm2d_normalise_kernel<<<cuda_blocks(elements, THREADS), THREADS>>>(
        *s, training, x, gamma, beta, mean, spread, y, elements);
    cuda_launched("batchnorm2d_normalise_kernel");
}

static void backward(const batchnorm2d_shape *s, bool training, const float *x, const float *gamma,
                     const float *mean, const float *spread, const float *dy, float *dx,
                     float *dgamma, float *dbeta)
{
    const ptrdiff_t elements = (ptrdiff_t)s->n * s->c * s->h * s->w;

    batchnorm2d_gradients_kernel<<<cuda_blocks(s->c, THREADS), THREADS>>>(
        *s, training, x, mean, spread, dy, dgamma, dbeta);
    cuda_launched("batchnorm2d_gradients_kernel");
    if (elements == 0)
        return;
    batchnorm2d_spread_kernel<<<cuda_blocks(elements, THREADS), THREADS>>>(
        *s, training, x, gamma, mean, spread, dy, dgamma, dbeta, dx, elements);
    cuda_launched("batchnorm2d_spread_kernel");
}

extern "C" void batchnorm2d_train_forward_cuda_naive(const batchnorm2d_shape *s, const float *x,
                                                     const float *gamma, const float *beta,
                                                     float *running_mean, float *running_var,
                                                     float *y, float *saved_mean,
                                                     float *saved_invstd)
{
    batchnorm2d_statistics_kernel<<<cuda_blocks(s->c, THREADS), THREADS>>>(
        *s, x, running_mean, running_var, saved_mean, saved_invstd);
    cuda_launched("batchnorm2d_statistics_kernel");
    normalise(s, true, x, gamma, beta, saved_mean, saved_invstd, y);
}

extern "C" void batchnorm2d_train_backward_cuda_naive(const batchnorm2d_shape *s, const float *x,
                                                      const float *gamma, const float *saved_mean,
                                                      const float *saved_invstd, const float *dy,
                                                      float *dx, float *dgamma, float *dbeta)
{
    backward(s, true, x, gamma, saved_mean, saved_invstd, dy, dx, dgamma, dbeta);
}

extern "C" void batchnorm2d_eval_forward_cuda_naive(const batchnorm2d_shape *s, const float *x,
                                                    const float *gamma, const float *beta,
                                                    const float *running_mean,
                                                    const float *running_var, float *y)
{
    normalise(s, false, x, gamma, beta, running_mean, running_var, y);
}

extern "C" void batchnorm2d_eval_backward_cuda_naive(const batchnorm2d_shape *s, const float *x,
                                                     const float *gamma, const float *running_mean,
                                                     const float *running_var, const float *dy,
                                                     float *dx, float *dgamma, float *dbeta)
{
    backward(s, false, x, gamma, running_mean, running_var, dy, dx, dgamma, dbeta);
}
