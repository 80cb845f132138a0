/* conv2d.h: two-dimensional convolution (cross-correlation, as deep-learning libraries mean it).
 *
 *   y[n][oc][oh][ow] = b[oc] + sum over c, kh, kw of  x[n][g*C/G + c][ih][iw] * w[oc][c][kh][kw]
 *   ih = oh*stride_h - pad_top  + kh*dilation_h         g = oc / (OC/G)
 *   iw = ow*stride_w - pad_left + kw*dilation_w         x is 0 outside the image
 *
 *   dx[n][c][ih][iw] = sum over the (oc, oh, ow, kh, kw) that read it of dy[n][oc][oh][ow] * w[..]
 *   dw[oc][c][kh][kw] = sum over n, oh, ow of dy[n][oc][oh][ow] * x[n][g*C/G + c][ih][iw]
 *   db[oc] = sum over n, oh, ow of dy[n][oc][oh][ow]
 *
 * Layout: all tensors float32, row major, innermost extent last: x, dx [n][c][h][w],
 *         w, dw [oc][c/groups][kernel_h][kernel_w], b, db [oc], y, dy [n][oc][oh][ow].
 * Cost:   2 * n * oc * oh * ow * (c/groups) * kernel_h * kernel_w FLOP for each of y, dx, dw.
 * Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016. */
#ifndef CONV2D_H
#define CONV2D_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    int n, c, h, w;                             /* input */
    int oc, oh, ow;                             /* output; oh and ow are set by conv2d_shape_init */
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int pad_top, pad_bottom, pad_left, pad_right;
    int dilation_h, dilation_w;                 /* 1 is dense */
    int groups;                                 /* divides c and oc; c means depthwise */
} conv2d_shape;

/* Checks a shape and computes its oh and ow:
 *   oh = floor((h + pad_top + pad_bottom - dilation_h*(kernel_h - 1) - 1) / stride_h) + 1
 * n may be 0, every other extent is at least 1, pads at least 0. Returns STATUS_SHAPE if an extent
 * is out of range, the window does not fit into the padded image, groups does not divide c and oc,
 * or a tensor (also the unfolded columns of one image) would exceed PTRDIFF_MAX bytes. */
status conv2d_shape_init(conv2d_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const conv2d_shape *s);            /* NULL: every shape */
    size_t (*workspace_bytes)(const conv2d_shape *s);   /* NULL: none; enough for every pass */
    void (*forward)(const conv2d_shape *s, const float *x, const float *w, const float *b,
                    float *y, void *workspace);
    void (*backward_data)(const conv2d_shape *s, const float *dy, const float *w, float *dx,
                          void *workspace);
    void (*backward_weights)(const conv2d_shape *s, const float *x, const float *dy, float *dw,
                             float *db, void *workspace);
} conv2d_variant;

extern const conv2d_variant conv2d_variants[];
extern const size_t conv2d_variant_count;

/* Bytes of workspace that `v` wants for any pass of this shape; 0 if none. */
size_t conv2d_workspace_bytes(const conv2d_variant *v, const conv2d_shape *s);

/* Computes y = conv(x, w) + b with one variant.
 *   s          shape, initialised
 *   b          [oc], or NULL for no bias
 *   y          overwritten; aliases no other argument
 *   workspace  conv2d_workspace_bytes(v, s) bytes, 64-byte aligned, or NULL where that is 0;
 *              contents are lost
 * The caller owns every buffer. Returns STATUS_OK, STATUS_SHAPE, STATUS_UNSUPPORTED or
 * STATUS_DEVICE. */
status conv2d_forward(const conv2d_variant *v, const conv2d_shape *s, const float *x,
                      const float *w, const float *b, float *y, void *workspace);

/* Computes dx from dy and w; dx is overwritten and aliases no other argument. */
status conv2d_backward_data(const conv2d_variant *v, const conv2d_shape *s, const float *dy,
                            const float *w, float *dx, void *workspace);

/* Computes dw and db from x and dy; both are overwritten (zeros for n == 0).
 *   db         [oc], or NULL if there is no bias */
status conv2d_backward_weights(const conv2d_variant *v, const conv2d_shape *s, const float *x,
                               const float *dy, float *dw, float *db, void *workspace);

#endif
