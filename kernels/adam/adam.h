/* adam.h: the optimisers, one step over one parameter tensor.
 *
 *   Adam, step t = 1, 2, ...                      SGD, step t = 1, 2, ...
 *     g = grad + weight_decay * w                   g = grad + weight_decay * w
 *     m = beta1 * m + (1 - beta1) * g               t == 1: buf = g
 *     v = beta2 * v + (1 - beta2) * g * g           t > 1:  buf = momentum * buf
 *     vmax = max(vmax, v)  (amsgrad)                              + (1 - dampening) * g
 *     d = sqrt(vmax or v) / sqrt(1 - beta2^t)       w = w - lr * (nesterov ? g + momentum * buf
 *     w = w - lr / (1 - beta1^t) * m / (d + eps)                            : buf)
 *
 * Layout: float32, any shape, `count` elements of each tensor.
 * Cost:   Adam about 12 FLOP and 28 bytes, SGD 2 to 6 FLOP and 12 to 20 bytes per element.
 * Source: Kingma and Ba, "Adam", 2014, algorithm 1; Reddi, Kale and Kumar, "On the Convergence of
 *         Adam and Beyond", 2018; Sutskever et al., "On the importance of initialization and
 *         momentum", 2013; order of operations and defaults as in torch.optim. */
#ifndef ADAM_H
#define ADAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    ptrdiff_t count;                            /* elements; may be 0 */
    double lr, beta1, beta2, eps, weight_decay; /* lr, eps, decay >= 0, betas in [0, 1) */
    bool amsgrad;
} adam_options;

typedef struct {
    ptrdiff_t count;                            /* elements; may be 0 */
    double lr, momentum, dampening, weight_decay;
    bool nesterov;                              /* needs momentum > 0 and dampening 0 */
} sgd_options;

/* torch.optim's defaults: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, no decay, no amsgrad. */
adam_options adam_options_default(ptrdiff_t count);

/* STATUS_SHAPE if count is out of range, STATUS_VALUE if a rate is. */
status adam_options_check(const adam_options *o);
status sgd_options_check(const sgd_options *o);

typedef struct {
    variant_info info;
    void (*adam)(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                 float *v, float *vmax);
    void (*sgd)(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf);
    void (*adam_counted)(const adam_options *o, int64_t *step, const float *grad, float *w,
                         float *m, float *v, float *vmax);      /* NULL: not on the host */
} adam_variant;

extern const adam_variant adam_variants[];
extern const size_t adam_variant_count;

/* One Adam step.
 *   step       counts from 1; less is STATUS_VALUE
 *   w, m, v    parameters and both moments, updated; m and v are zeros before step 1
 *   vmax       largest v so far, updated, zeros before step 1; NULL unless amsgrad
 * No buffer aliases another; the caller owns them all. */
status adam_step(const adam_variant *variant, const adam_options *o, int64_t step,
                 const float *grad, float *w, float *m, float *v, float *vmax);

/* As adam_step(), with the number of steps already done in device memory: *step, not negative,
 * which is raised by 1 first. A recorded graph of launches can so be run again and again.
 * STATUS_UNSUPPORTED on the host. */
status adam_step_counted(const adam_variant *variant, const adam_options *o, int64_t *step,
                         const float *grad, float *w, float *m, float *v, float *vmax);

/* One SGD step.
 *   buf        momentum buffer, overwritten at step 1, updated later; NULL if momentum is 0 */
status sgd_step(const adam_variant *variant, const sgd_options *o, int64_t step, const float *grad,
                float *w, float *buf);

#endif
