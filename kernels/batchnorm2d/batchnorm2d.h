/* batchnorm2d.h: batch normalisation of each channel.
 *
 *   train:  mean[c] and var[c] (biased) over n, h, w;  invstd[c] = 1 / sqrt(var[c] + eps)
 *           running_mean = (1 - momentum) * running_mean + momentum * mean
 *           running_var  = (1 - momentum) * running_var  + momentum * var * count / (count - 1)
 *   eval:   mean and var are the running ones and stay as they are
 *   both:   y = (x - mean[c]) * invstd[c] * gamma[c] + beta[c]
 *
 *   dbeta[c] = sum of dy      dgamma[c] = sum of dy * (x - mean[c]) * invstd[c]
 *   train:  dx = gamma * invstd * (dy - dbeta / count - (x - mean) * invstd * dgamma / count)
 *   eval:   dx = gamma * invstd * dy
 *
 * Layout: float32, row major: x, y, dx, dy [n][c][h][w]; all others [c]. count = n*h*w.
 * Cost:   about 8 FLOP and, in training, three passes over x forward.
 * Source: Ioffe and Szegedy, "Batch Normalization", 2015, algorithms 1 and 2; momentum and the
 *         unbiased running variance as in torch.nn.BatchNorm2d. */
#ifndef BATCHNORM2D_H
#define BATCHNORM2D_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    int n, c, h, w;                             /* n may be 0, the others are at least 1 */
    float eps;                                  /* >= 0; PyTorch's default is 1e-5 */
    float momentum;                             /* weight of the new batch; PyTorch's is 0.1 */
} batchnorm2d_shape;

/* STATUS_SHAPE if an extent is out of range or a tensor would exceed PTRDIFF_MAX bytes,
 * STATUS_VALUE if eps is negative or not finite, or momentum not in [0, 1]. */
status batchnorm2d_shape_check(const batchnorm2d_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const batchnorm2d_shape *s);       /* NULL: every shape */
    void (*train_forward)(const batchnorm2d_shape *s, const float *x, const float *gamma,
                          const float *beta, float *running_mean, float *running_var, float *y,
                          float *saved_mean, float *saved_invstd);
    void (*train_backward)(const batchnorm2d_shape *s, const float *x, const float *gamma,
                           const float *saved_mean, const float *saved_invstd, const float *dy,
                           float *dx, float *dgamma, float *dbeta);
    void (*eval_forward)(const batchnorm2d_shape *s, const float *x, const float *gamma,
                         const float *beta, const float *running_mean, const float *running_var,
                         float *y);
    void (*eval_backward)(const batchnorm2d_shape *s, const float *x, const float *gamma,
                          const float *running_mean, const float *running_var, const float *dy,
                          float *dx, float *dgamma, float *dbeta);
} batchnorm2d_variant;

extern const batchnorm2d_variant batchnorm2d_variants[];
extern const size_t batchnorm2d_variant_count;

/* Training. running_mean and running_var [c] are read and updated; saved_mean and saved_invstd [c]
 * are what the backward pass needs. The caller owns every buffer; outputs alias no input.
 * A batch of exactly one value per channel has no variance: STATUS_SHAPE. An empty batch leaves
 * the running statistics alone and gives zeros for saved_mean, saved_invstd, dgamma, dbeta.
 * Returns STATUS_OK, STATUS_SHAPE, STATUS_VALUE or STATUS_UNSUPPORTED. */
status batchnorm2d_train_forward(const batchnorm2d_variant *v, const batchnorm2d_shape *s,
                                 const float *x, const float *gamma, const float *beta,
                                 float *running_mean, float *running_var, float *y,
                                 float *saved_mean, float *saved_invstd);
status batchnorm2d_train_backward(const batchnorm2d_variant *v, const batchnorm2d_shape *s,
                                  const float *x, const float *gamma, const float *saved_mean,
                                  const float *saved_invstd, const float *dy, float *dx,
                                  float *dgamma, float *dbeta);

/* Evaluation: the running statistics are constants, so any batch will do. */
status batchnorm2d_eval_forward(const batchnorm2d_variant *v, const batchnorm2d_shape *s,
                                const float *x, const float *gamma, const float *beta,
                                const float *running_mean, const float *running_var, float *y);
status batchnorm2d_eval_backward(const batchnorm2d_variant *v, const batchnorm2d_shape *s,
                                 const float *x, const float *gamma, const float *running_mean,
                                 const float *running_var, const float *dy, float *dx,
                                 float *dgamma, float *dbeta);

#endif
