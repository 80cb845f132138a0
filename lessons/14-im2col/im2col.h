/* im2col.h: an image unfolded into columns, one per place of the window, and folded back.
 *
 *   columns[(c * KH + kh) * KW + kw][oh * OW + ow] = x[c][ih][iw]
 *   ih = oh * stride_h - pad_top  + kh
 *   iw = ow * stride_w - pad_left + kw            x is 0 outside the image
 *
 *   dx[c][ih][iw] = sum over all elements of columns that were copied from it of dcolumns[..][..]
 *
 * Layout: float32, row major: x, dx [c][h][w], columns, dcolumns [c * KH * KW][oh * ow].
 * Source: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for
 *         Document Processing", 2006. */
#ifndef IM2COL_H
#define IM2COL_H

#include "kernels/conv2d/conv2d.h"
#include "kernels/core/variant.h"

/* One image: s->n is 1. Both outputs are overwritten. */
typedef struct {
    variant_info info;
    void (*forward)(const conv2d_shape *s, const float *x, float *columns);
    void (*backward)(const conv2d_shape *s, const float *dcolumns, float *dx);
} im2col_variant;

#endif
