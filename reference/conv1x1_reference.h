/* conv1x1_reference.h: the truth that every pointwise convolution is held against. */
#ifndef CONV1X1_REFERENCE_H
#define CONV1X1_REFERENCE_H

#include "kernels/conv1x1/conv1x1.h"
#include "reference/exact.h"

/* Arguments as in conv1x1.h, outputs as exact elements in the same layout. b may be NULL. */
void conv1x1_reference_forward(const conv1x1_shape *s, const float *x, const float *w,
                               const float *b, exact *y);
void conv1x1_reference_backward_data(const conv1x1_shape *s, const float *dy, const float *w,
                                     exact *dx);

/* db may be NULL. */
void conv1x1_reference_backward_weights(const conv1x1_shape *s, const float *x, const float *dy,
                                        exact *dw, exact *db);

#endif
