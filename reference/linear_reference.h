/* linear_reference.h: the truth that every fully connected layer is held against. */
#ifndef LINEAR_REFERENCE_H
#define LINEAR_REFERENCE_H

#include "kernels/linear/linear.h"
#include "reference/exact.h"

/* Arguments as in linear.h, outputs as exact elements in the same layout. b may be NULL. */
void linear_reference_forward(const linear_shape *s, const float *x, const float *w,
                              const float *b, exact *y);
void linear_reference_backward_data(const linear_shape *s, const float *dy, const float *w,
                                    exact *dx);

/* db may be NULL. */
void linear_reference_backward_weights(const linear_shape *s, const float *x, const float *dy,
                                       exact *dw, exact *db);

#endif
