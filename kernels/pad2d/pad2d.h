/* pad2d.h: a constant border around each image.
 *
 *   y[n][c][oh][ow] = x[n][c][oh - pad_top][ow - pad_left] inside, value outside
 *   dx[n][c][ih][iw] = dy[n][c][ih + pad_top][iw + pad_left]
 *
 * Layout: float32, row major: x, dx [n][c][h][w], y, dy [n][c][oh][ow].
 * Cost:   no FLOP; 4 * (n*c*h*w + n*c*oh*ow) bytes.
 * Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016. */
#ifndef PAD2D_H
#define PAD2D_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    int n, c, h, w;                             /* input */
    int oh, ow;                                 /* output; set by pad2d_shape_init */
    int pad_top, pad_bottom, pad_left, pad_right;
    float value;                                /* what the border holds; any float, also NaN */
} pad2d_shape;

/* Computes oh = h + pad_top + pad_bottom and ow. n may be 0, the other extents are at least 1,
 * pads at least 0; STATUS_SHAPE otherwise or if a tensor would exceed PTRDIFF_MAX bytes. */
status pad2d_shape_init(pad2d_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const pad2d_shape *s);     /* NULL: every shape */
    void (*forward)(const pad2d_shape *s, const float *x, float *y);
    void (*backward)(const pad2d_shape *s, const float *dy, float *dx);
} pad2d_variant;

extern const pad2d_variant pad2d_variants[];
extern const size_t pad2d_variant_count;

/* The caller owns every buffer; outputs are overwritten and alias no input.
 * Returns STATUS_OK, STATUS_SHAPE or STATUS_UNSUPPORTED. */
status pad2d_forward(const pad2d_variant *v, const pad2d_shape *s, const float *x, float *y);
status pad2d_backward(const pad2d_variant *v, const pad2d_shape *s, const float *dy, float *dx);

#endif
