/* pool2d.h: max and average pooling, also over the whole image.
 *
 *   ih = oh*stride_h - pad_top + kh*dilation_h,  iw = ow*stride_w - pad_left + kw*dilation_w
 *   max:     y[n][c][oh][ow] = the largest x[n][c][ih][iw] inside the image; the first one in row
 *            order where several are equal; NaN if any is NaN (the first NaN counts as largest).
 *            index[n][c][oh][ow] = ih*w + iw of that element. A window that lies in the padding
 *            altogether (possible with dilation) gives -INFINITY and index -1.
 *   average: y = sum of x inside the image / divisor. The divisor counts the window's elements that
 *            lie inside the image or, with count_include_pad, inside the padded image (never what
 *            ceil_mode adds beyond it).
 *
 *   max:     dx[n][c][i] = sum of dy[n][c][oh][ow] over the windows with index i
 *   average: dx[n][c][ih][iw] = sum of dy[n][c][oh][ow] / divisor over the windows that read it
 *
 * Layout: float32, row major: x, dx [n][c][h][w], y, dy [n][c][oh][ow]; index int32 like y.
 * Cost:   n * c * oh * ow * kernel_h * kernel_w comparisons or additions.
 * Source: torch.nn.MaxPool2d, AvgPool2d; ONNX operators MaxPool, AveragePool. */
#ifndef POOL2D_H
#define POOL2D_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    int n, c, h, w;                             /* input */
    int oh, ow;                                 /* output; set by pool2d_shape_init */
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int pad_top, pad_bottom, pad_left, pad_right;
    int dilation_h, dilation_w;                 /* max only; average needs 1 */
    bool ceil_mode;                             /* round the output extent up, not down */
    bool count_include_pad;                     /* average only */
} pool2d_shape;

/* Computes oh and ow:
 *   oh = floor((h + pad_top + pad_bottom - dilation_h*(kernel_h - 1) - 1) / stride_h) + 1
 * or with ceil_mode the same rounded up, less a last window that would begin beyond the image and
 * its top padding. n may be 0, other extents are at least 1, a pad is at least 0 and smaller than
 * the (dilated) window. STATUS_SHAPE otherwise, if the window does not fit, or if a tensor would
 * exceed PTRDIFF_MAX bytes or h*w exceed INT_MAX. */
status pool2d_shape_init(pool2d_shape *s);

/* The shape of global pooling: one window that covers the image. Not yet initialised. */
pool2d_shape pool2d_shape_global(int n, int c, int h, int w);

typedef struct {
    variant_info info;
    bool (*supports)(const pool2d_shape *s);    /* NULL: every shape */
    void (*max_forward)(const pool2d_shape *s, const float *x, float *y, int32_t *index);
    void (*max_backward)(const pool2d_shape *s, const float *dy, const int32_t *index, float *dx);
    void (*average_forward)(const pool2d_shape *s, const float *x, float *y);
    void (*average_backward)(const pool2d_shape *s, const float *dy, float *dx);
} pool2d_variant;

extern const pool2d_variant pool2d_variants[];
extern const size_t pool2d_variant_count;

/* The caller owns every buffer; outputs are overwritten and alias no input. Average pooling with
 * dilation is STATUS_SHAPE. Returns STATUS_OK, STATUS_SHAPE or STATUS_UNSUPPORTED.
 *   index      written by max_forward, never NULL; max_backward trusts what max_forward wrote */
status pool2d_max_forward(const pool2d_variant *v, const pool2d_shape *s, const float *x, float *y,
                          int32_t *index);
status pool2d_max_backward(const pool2d_variant *v, const pool2d_shape *s, const float *dy,
                           const int32_t *index, float *dx);
status pool2d_average_forward(const pool2d_variant *v, const pool2d_shape *s, const float *x,
                              float *y);
status pool2d_average_backward(const pool2d_variant *v, const pool2d_shape *s, const float *dy,
                               float *dx);

#endif
