/* dense_conv.h: the concept of this lesson: a convolution written as a dense layer.
 *
 * One channel, one filter, no padding, step 1. The dense layer y = m x with
 *
 *   m[oh][ow][ih][iw] = w[ih - oh][iw - ow]   where that is inside the window, else 0
 *
 * gives what the convolution with the window w gives. Backward, the gradient of every entry of m
 * goes to the weight from which it was copied, and adds up there:
 *
 *   dw[kh][kw] = sum over oh, ow of dm[oh][ow][oh + kh][ow + kw]
 *
 * Layout: w, dw [kernel_h][kernel_w]; m, dm [oh][ow][h][w], a matrix of oh*ow rows and h*w
 *         columns. */
#ifndef DENSE_CONV_H
#define DENSE_CONV_H

#include <stddef.h>

#include "kernels/core/variant.h"

typedef struct {
    int h, w;                   /* the image; at least as large as the window */
    int kernel_h, kernel_w;
    int oh, ow;                 /* the output: h - kernel_h + 1, w - kernel_w + 1 */
} dense_conv_shape;

typedef struct {
    variant_info info;
    void (*forward)(const dense_conv_shape *s, const float *w, float *m);
    void (*backward)(const dense_conv_shape *s, const float *dm, float *dw);
} dense_conv_variant;

#endif
