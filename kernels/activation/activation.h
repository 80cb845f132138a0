/* activation.h: elementwise nonlinearities.
 *
 *   relu:       y = x < 0 ? 0 : x                       dx = x > 0 ? dy : 0
 *   leaky relu: y = x < 0 ? slope * x : x               dx = x > 0 ? dy : slope * dy
 *   sigmoid:    y = 1 / (1 + exp(-x))                   dx = dy * y * (1 - y)
 *   tanh:       y = tanh(x)                             dx = dy * (1 - y * y)
 *
 * NaN stays NaN. The derivative of relu and leaky relu at 0 is that of the negative side, as in
 * PyTorch.
 *
 * Layout: float32, any shape, `count` elements.
 * Cost:   one to about 20 FLOP per element, 8 bytes forward, 12 backward.
 * Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.3. */
#ifndef ACTIVATION_H
#define ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef enum {
    ACTIVATION_RELU,
    ACTIVATION_LEAKY_RELU,
    ACTIVATION_SIGMOID,
    ACTIVATION_TANH
} activation_kind;

enum { ACTIVATION_KINDS = 4 };

typedef struct {
    activation_kind kind;
    ptrdiff_t count;                            /* elements; may be 0 */
    float slope;                                /* leaky relu only */
} activation_shape;

/* STATUS_SHAPE if count is negative or too large for PTRDIFF_MAX bytes, STATUS_VALUE if the kind
 * is none of the four. */
status activation_shape_check(const activation_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const activation_shape *s);        /* NULL: every shape */
    void (*forward)(const activation_shape *s, const float *x, float *y);
    void (*backward)(const activation_shape *s, const float *x, const float *y, const float *dy,
                     float *dx);
} activation_variant;

extern const activation_variant activation_variants[];
extern const size_t activation_variant_count;

/* y may be x: activation in place. The caller owns every buffer.
 * Returns STATUS_OK, STATUS_SHAPE, STATUS_VALUE or STATUS_UNSUPPORTED. */
status activation_forward(const activation_variant *v, const activation_shape *s, const float *x,
                          float *y);

/* x and y as they were in the forward pass. relu and leaky relu read x only, sigmoid and tanh y
 * only; after relu, or leaky relu with slope > 0, in place, x may be y. dx may be dy. */
status activation_backward(const activation_variant *v, const activation_shape *s, const float *x,
                           const float *y, const float *dy, float *dx);

#endif
