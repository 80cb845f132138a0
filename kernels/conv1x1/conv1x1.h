/* conv1x1.h: pointwise convolution, a matrix product over the channels of each pixel.
 *
 *   y[n][oc][p] = b[oc] + sum over c of w[oc][c] * x[n][c][p]               p runs over h*w pixels
 *   dx[n][c][p] = sum over oc of w[oc][c] * dy[n][oc][p]
 *   dw[oc][c]   = sum over n, p of dy[n][oc][p] * x[n][c][p]      db[oc] = sum over n, p of dy
 *
 * Layout: float32, row major: x, dx [n][c][h][w], w, dw [oc][c], b, db [oc], y, dy [n][oc][h][w].
 * Cost:   2 * n * oc * c * h * w FLOP for each of y, dx, dw; nothing is unfolded.
 * Source: Lin, Chen and Yan, "Network In Network", 2013, section 3.1. */
#ifndef CONV1X1_H
#define CONV1X1_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    int n, c, h, w;                             /* input */
    int oc;                                     /* output channels; the image keeps its size */
} conv1x1_shape;

/* n may be 0, every other extent is at least 1. STATUS_SHAPE otherwise, or if a tensor would
 * exceed PTRDIFF_MAX bytes or h*w exceeds INT_MAX. */
status conv1x1_shape_check(const conv1x1_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const conv1x1_shape *s);           /* NULL: every shape */
    size_t (*workspace_bytes)(const conv1x1_shape *s);  /* NULL: none; enough for every pass */
    void (*forward)(const conv1x1_shape *s, const float *x, const float *w, const float *b,
                    float *y, void *workspace);
    void (*backward_data)(const conv1x1_shape *s, const float *dy, const float *w, float *dx,
                          void *workspace);
    void (*backward_weights)(const conv1x1_shape *s, const float *x, const float *dy, float *dw,
                             float *db, void *workspace);
} conv1x1_variant;

extern const conv1x1_variant conv1x1_variants[];
extern const size_t conv1x1_variant_count;

/* Bytes of workspace that `v` wants for any pass of this shape; 0 if none. */
size_t conv1x1_workspace_bytes(const conv1x1_variant *v, const conv1x1_shape *s);

/* The same rules as conv2d.h: the caller owns every buffer, outputs are overwritten and alias no
 * input, b and db may be NULL, workspace is 64-byte aligned or NULL where its size is 0.
 * Returns STATUS_OK, STATUS_SHAPE, STATUS_UNSUPPORTED or STATUS_DEVICE. */
status conv1x1_forward(const conv1x1_variant *v, const conv1x1_shape *s, const float *x,
                       const float *w, const float *b, float *y, void *workspace);
status conv1x1_backward_data(const conv1x1_variant *v, const conv1x1_shape *s, const float *dy,
                             const float *w, float *dx, void *workspace);
status conv1x1_backward_weights(const conv1x1_variant *v, const conv1x1_shape *s, const float *x,
                                const float *dy, float *dw, float *db, void *workspace);

#endif
