/* dropout.h: inverted dropout.
 *
 *   mask[i] = 1 with probability 1 - p, else 0          drawn once per forward pass
 *   y[i]  = mask[i] ? x[i] * scale : 0                  scale = 1 / (1 - p), 0 if p is 1
 *   dx[i] = mask[i] ? dy[i] * scale : 0
 *
 * In evaluation dropout is the identity: nobody calls it. Precisely, y = x * (mask * scale), so
 * that NaN and infinity in a dropped element give NaN, as in PyTorch.
 *
 * Layout: float32, any shape, `count` elements; mask uint8, 0 or 1.
 * Cost:   two 32-bit draws per element for the mask, one multiplication to apply it.
 * Source: Srivastava et al., "Dropout", JMLR 15, 2014; mask drawn as torch.bernoulli_ does. */
#ifndef DROPOUT_H
#define DROPOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/core/rng.h"
#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    ptrdiff_t count;                            /* elements; may be 0 */
    double p;                                   /* probability of dropping, in [0, 1] */
} dropout_shape;

/* STATUS_SHAPE if count is negative or too large for PTRDIFF_MAX bytes, STATUS_VALUE if p is not
 * in [0, 1]. */
status dropout_shape_check(const dropout_shape *s);

/* 1 / (1 - p) rounded as PyTorch rounds it; 0 for p == 1. */
float dropout_scale(const dropout_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const dropout_shape *s);   /* NULL: every shape */
    void (*draw)(const dropout_shape *s, rng *r, uint8_t *mask);
    void (*forward)(const dropout_shape *s, const float *x, const uint8_t *mask, float *y);
    void (*backward)(const dropout_shape *s, const float *dy, const uint8_t *mask, float *dx);
} dropout_variant;

extern const dropout_variant dropout_variants[];
extern const size_t dropout_variant_count;

/* Draws count doubles u from r, in order, and keeps element i (mask 1) where u < 1 - p. Every
 * variant leaves the same mask and the same generator behind. */
status dropout_draw(const dropout_variant *v, const dropout_shape *s, rng *r, uint8_t *mask);

/* y may be x, dx may be dy. The caller owns every buffer.
 * Returns STATUS_OK, STATUS_SHAPE, STATUS_VALUE or STATUS_UNSUPPORTED. */
status dropout_forward(const dropout_variant *v, const dropout_shape *s, const float *x,
                       const uint8_t *mask, float *y);
status dropout_backward(const dropout_variant *v, const dropout_shape *s, const float *dy,
                        const uint8_t *mask, float *dx);

#endif
