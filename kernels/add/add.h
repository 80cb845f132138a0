/* add.h: elementwise sum of two tensors, the skip connection.
 *
 *   y = a + b          da = dy          db = dy
 *
 * Layout: float32, any shape, `count` elements each.
 * Cost:   1 FLOP and 12 bytes per element.
 * Source: He et al., "Deep Residual Learning for Image Recognition", 2015, section 3.2. */
#ifndef ADD_H
#define ADD_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    ptrdiff_t count;                            /* elements; may be 0 */
} add_shape;

/* STATUS_SHAPE if count is negative or too large for PTRDIFF_MAX bytes. */
status add_shape_check(const add_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const add_shape *s);       /* NULL: every shape */
    void (*forward)(const add_shape *s, const float *a, const float *b, float *y);
    void (*backward)(const add_shape *s, const float *dy, float *da, float *db);
} add_variant;

extern const add_variant add_variants[];
extern const size_t add_variant_count;

/* y may be a or b. The caller owns every buffer.
 * Returns STATUS_OK, STATUS_SHAPE or STATUS_UNSUPPORTED. */
status add_forward(const add_variant *v, const add_shape *s, const float *a, const float *b,
                   float *y);

/* da and db are overwritten with dy; one of them may be dy itself. */
status add_backward(const add_variant *v, const add_shape *s, const float *dy, float *da,
                    float *db);

#endif
