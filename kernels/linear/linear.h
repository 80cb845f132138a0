/* linear.h: the fully connected layer.
 *
 *   y[n][o] = b[o] + sum over i of x[n][i] * w[o][i]
 *   dx[n][i] = sum over o of dy[n][o] * w[o][i]
 *   dw[o][i] = sum over n of dy[n][o] * x[n][i]           db[o] = sum over n of dy[n][o]
 *
 * Layout: float32, row major: x, dx [n][in_features], w, dw [out_features][in_features],
 *         b, db [out_features], y, dy [n][out_features].
 * Cost:   2 * n * in_features * out_features FLOP for each of y, dx, dw.
 * Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.5. */
#ifndef LINEAR_H
#define LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    int n;                                      /* rows; may be 0 */
    int in_features, out_features;              /* at least 1 */
} linear_shape;

/* STATUS_SHAPE if an extent is out of range or a tensor would exceed PTRDIFF_MAX bytes. */
status linear_shape_check(const linear_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const linear_shape *s);            /* NULL: every shape */
    size_t (*workspace_bytes)(const linear_shape *s);   /* NULL: none; enough for every pass */
    void (*forward)(const linear_shape *s, const float *x, const float *w, const float *b,
                    float *y, void *workspace);
    void (*backward_data)(const linear_shape *s, const float *dy, const float *w, float *dx,
                          void *workspace);
    void (*backward_weights)(const linear_shape *s, const float *x, const float *dy, float *dw,
                             float *db, void *workspace);
} linear_variant;

extern const linear_variant linear_variants[];
extern const size_t linear_variant_count;

/* Bytes of workspace that `v` wants for any pass of this shape; 0 if none. */
size_t linear_workspace_bytes(const linear_variant *v, const linear_shape *s);

/* The same rules as conv2d.h: the caller owns every buffer, outputs are overwritten and alias no
 * input, b and db may be NULL, workspace is 64-byte aligned or NULL where its size is 0.
 * Returns STATUS_OK, STATUS_SHAPE, STATUS_UNSUPPORTED or STATUS_DEVICE. */
status linear_forward(const linear_variant *v, const linear_shape *s, const float *x,
                      const float *w, const float *b, float *y, void *workspace);
status linear_backward_data(const linear_variant *v, const linear_shape *s, const float *dy,
                            const float *w, float *dx, void *workspace);
status linear_backward_weights(const linear_variant *v, const linear_shape *s, const float *x,
                               const float *dy, float *dw, float *db, void *workspace);

#endif
