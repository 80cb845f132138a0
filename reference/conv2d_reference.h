/* conv2d_reference.h: the truth that every convolution is held against. */
#ifndef CONV2D_REFERENCE_H
#define CONV2D_REFERENCE_H

#include "kernels/conv2d/conv2d.h"
#include "reference/exact.h"

/* Arguments as in conv2d.h, outputs as exact elements in the same layout. b may be NULL. */
void conv2d_reference_forward(const conv2d_shape *s, const float *x, const float *w,
                              const float *b, exact *y);
void conv2d_reference_backward_data(const conv2d_shape *s, const float *dy, const float *w,
                                    exact *dx);

/* db may be NULL. */
void conv2d_reference_backward_weights(const conv2d_shape *s, const float *x, const float *dy,
                                       exact *dw, exact *db);

#endif
