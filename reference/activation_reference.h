/* activation_reference.h: the truth that every activation is held against. */
#ifndef ACTIVATION_REFERENCE_H
#define ACTIVATION_REFERENCE_H

#include "kernels/activation/activation.h"
#include "reference/exact.h"

/* Arguments as in activation.h, outputs as exact elements in the same layout. */
void activation_reference_forward(const activation_shape *s, const float *x, exact *y);
void activation_reference_backward(const activation_shape *s, const float *x, const float *y,
                                   const float *dy, exact *dx);

#endif
