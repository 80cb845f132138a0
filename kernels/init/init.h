/* init.h: initial weights, drawn as torch.nn.init draws them.
 *
 *   kaiming uniform: U(-a, a), a = sqrt(3) * gain / sqrt(fan_in), gain = sqrt(2 / (1 + slope^2));
 *                    PyTorch's default for conv and linear weights has slope = sqrt(5)
 *   xavier uniform:  U(-a, a), a = sqrt(3) * sqrt(2 / (fan_in + fan_out))
 *   bias:            U(-a, a), a = 1 / sqrt(fan_in)
 *   normal:          N(0, 1)
 *
 * Layout: float32, `count` elements in row-major order of the tensor: one draw each.
 * Cost:   one 32-bit draw per element.
 * Source: He et al., "Delving Deep into Rectifiers", 2015; Glorot and Bengio, "Understanding the
 *         difficulty of training deep feedforward neural networks", 2010; torch.nn.init. */
#ifndef INIT_H
#define INIT_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/rng.h"
#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef enum {
    INIT_KAIMING_UNIFORM,
    INIT_XAVIER_UNIFORM,
    INIT_BIAS_UNIFORM,
    INIT_NORMAL
} init_kind;

enum { INIT_KINDS = 4 };

typedef struct {
    init_kind kind;
    ptrdiff_t count;                            /* elements; may be 0 */
    int fan_in;                                 /* inputs of one output: (c/groups)*kh*kw; >= 1 */
    int fan_out;                                /* oc/groups*kh*kw; read by xavier only; >= 1 */
    double slope;                               /* read by kaiming only */
} init_shape;

/* STATUS_SHAPE if an extent is out of range, STATUS_VALUE if the kind is none of the four or slope
 * is not finite. */
status init_shape_check(const init_shape *s);

/* The bound `a` above; 0 for INIT_NORMAL. */
double init_bound(const init_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const init_shape *s);      /* NULL: every shape */
    void (*fill)(const init_shape *s, rng *r, float *w);
} init_variant;

extern const init_variant init_variants[];
extern const size_t init_variant_count;

/* Fills w[count] and advances r. Every variant leaves the same values and the same generator
 * behind; only normal ones drawn on a device may differ in their last bits, for its logarithm, sine
 * and cosine are its own. Returns STATUS_OK, STATUS_SHAPE, STATUS_VALUE or STATUS_UNSUPPORTED. */
status init_fill(const init_variant *v, const init_shape *s, rng *r, float *w);

#endif
