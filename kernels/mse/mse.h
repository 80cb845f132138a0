/* mse.h: mean (or summed) squared error.
 *
 *   loss = sum over i of (x[i] - target[i])^2           divided by count if mean
 *   dx[i] = 2 * (x[i] - target[i]) * dloss              divided by count if mean
 *
 * Layout: float32, any shape, `count` elements; loss and dloss one element.
 * Cost:   3 FLOP per element.
 * Source: torch.nn.MSELoss. */
#ifndef MSE_H
#define MSE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    ptrdiff_t count;                            /* elements; may be 0: the mean is then NaN */
    bool mean;                                  /* divide by count */
} mse_shape;

/* STATUS_SHAPE if count is negative or too large for PTRDIFF_MAX bytes. */
status mse_shape_check(const mse_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const mse_shape *s);       /* NULL: every shape */
    void (*forward)(const mse_shape *s, const float *x, const float *target, float *loss);
    void (*backward)(const mse_shape *s, const float *x, const float *target, const float *dloss,
                     float *dx);
} mse_variant;

extern const mse_variant mse_variants[];
extern const size_t mse_variant_count;

/* The caller owns every buffer; outputs are overwritten and alias no input.
 * Returns STATUS_OK, STATUS_SHAPE or STATUS_UNSUPPORTED. */
status mse_forward(const mse_variant *v, const mse_shape *s, const float *x, const float *target,
                   float *loss);
status mse_backward(const mse_variant *v, const mse_shape *s, const float *x, const float *target,
                    const float *dloss, float *dx);

#endif
