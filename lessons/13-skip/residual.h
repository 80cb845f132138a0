/* residual.h: the smallest residual block: every number on its own, with a weight of its own.
 *
 *   y[i] = x[i] + relu(w[i] * x[i])            relu(a) = a if a > 0, else 0
 *
 * Layout: float32, `count` elements each. */
#ifndef RESIDUAL_H
#define RESIDUAL_H

#include "kernels/core/variant.h"

typedef struct {
    int count;                                  /* at least 1 */
} residual_shape;

typedef struct {
    variant_info info;
    void (*forward)(const residual_shape *s, const float *x, const float *w, float *y);
    void (*backward)(const residual_shape *s, const float *x, const float *w, const float *dy,
                     float *dx, float *dw);     /* both overwritten */
} residual_variant;

#endif
