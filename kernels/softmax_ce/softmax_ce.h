/* softmax_ce.h: softmax, log-softmax, negative log-likelihood and their fusion, cross-entropy.
 *
 * For every sample n and place i (inner), over the classes c:
 *   softmax:      y[c] = exp(x[c] - max x) / sum over k of exp(x[k] - max x)
 *   log-softmax:  y[c] = x[c] - max x - log(sum over k of exp(x[k] - max x))
 *   nll:          l = (1 - e) * -W[t] * logp[t]  +  e/C * sum over c of -W[c] * logp[c]
 *                 t = label[n][i], W the class weights (1 without), e the label smoothing;
 *                 l = 0 where t is ignore_index
 *   reductions:   none: loss[n][i] = l;   sum: loss = sum of l;
 *                 mean: loss = sum of l / sum of W[t] over the labels that are not ignored
 *   cross-entropy = nll of log-softmax
 *
 *   softmax backward:       dx[c] = y[c] * (dy[c] - sum over k of dy[k] * y[k])
 *   log-softmax backward:   dx[c] = dy[c] - exp(y[c]) * sum over k of dy[k]
 *   nll backward:           dlogp[c] = -g * ((1 - e) * W[t] * [c == t] + e/C * W[c])
 *   cross-entropy backward: dx[c] = g * (exp(logp[c]) * S - (1 - e) * W[t] * [c == t] - e/C * W[c])
 *                           S = (1 - e) * W[t] + e/C * sum over k of W[k]
 *   g = dloss (of this place for reduction none), divided by the mean's denominator if mean;
 *   0 where the label is ignored.
 *
 * Layout: float32, row major: x, y, logp and their gradients [n][classes][inner]; labels int32
 *         [n][inner]; class weights [classes]; loss and dloss [n][inner] or, for mean and sum, [1].
 *         inner is 1 for plain classification and h*w for a class per pixel.
 * Cost:   one exponential and about 5 FLOP per element.
 * Source: torch.nn.CrossEntropyLoss; ONNX SoftmaxCrossEntropyLoss, NegativeLogLikelihoodLoss. */
#ifndef SOFTMAX_CE_H
#define SOFTMAX_CE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef enum { REDUCTION_NONE, REDUCTION_MEAN, REDUCTION_SUM } loss_reduction;

typedef struct {
    int n, classes, inner;                      /* n and inner may be 0, classes is at least 1 */
    loss_reduction reduction;
    int ignore_index;                           /* PyTorch's default is -100 */
    float label_smoothing;                      /* in [0, 1] */
} softmax_ce_shape;

/* A plain shape: mean, nothing ignored (ignore_index -100), no smoothing, inner 1. */
softmax_ce_shape softmax_ce_shape_plain(int n, int classes);

/* STATUS_SHAPE if an extent is out of range or a tensor would exceed PTRDIFF_MAX bytes,
 * STATUS_VALUE if the reduction is none of the three or label_smoothing not in [0, 1]. */
status softmax_ce_shape_check(const softmax_ce_shape *s);

/* Elements of loss and dloss: n*inner for REDUCTION_NONE, else 1. */
ptrdiff_t softmax_ce_loss_count(const softmax_ce_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const softmax_ce_shape *s);        /* NULL: every shape */
    void (*softmax_forward)(const softmax_ce_shape *s, const float *x, float *y);
    void (*softmax_backward)(const softmax_ce_shape *s, const float *y, const float *dy,
                             float *dx);
    void (*log_softmax_forward)(const softmax_ce_shape *s, const float *x, float *y);
    void (*log_softmax_backward)(const softmax_ce_shape *s, const float *y, const float *dy,
                                 float *dx);
    void (*nll_forward)(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                        const float *class_weights, float *loss);
    void (*nll_backward)(const softmax_ce_shape *s, const int32_t *labels,
                         const float *class_weights, const float *dloss, float *dlogp);
    void (*ce_backward)(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                        const float *class_weights, const float *dloss, float *dx);
} softmax_ce_variant;

extern const softmax_ce_variant softmax_ce_variants[];
extern const size_t softmax_ce_variant_count;

/* Softmax over `classes`. y may be x, dx may be dy. The caller owns every buffer.
 * Return STATUS_OK, STATUS_SHAPE, STATUS_VALUE or STATUS_UNSUPPORTED. */
status softmax_forward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *x,
                       float *y);
status softmax_backward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *y,
                        const float *dy, float *dx);
status log_softmax_forward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *x,
                           float *y);
status log_softmax_backward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *y,
                            const float *dy, float *dx);

/* Losses. A label that is neither in [0, classes) nor ignore_index is STATUS_VALUE (host memory
 * only: labels on a device are the caller's promise). class_weights may be NULL. Where every label
 * is ignored, or n is 0, the mean is NaN. No argument aliases another.
 *   logp       ce_forward: output, the log-softmax of x, which ce_backward wants back */
status nll_forward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *logp,
                   const int32_t *labels, const float *class_weights, float *loss);
status nll_backward(const softmax_ce_variant *v, const softmax_ce_shape *s, const int32_t *labels,
                    const float *class_weights, const float *dloss, float *dlogp);
status ce_forward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *x,
                  const int32_t *labels, const float *class_weights, float *logp, float *loss);
status ce_backward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *logp,
                   const int32_t *labels, const float *class_weights, const float *dloss,
                   float *dx);

#endif
