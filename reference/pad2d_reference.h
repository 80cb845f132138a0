/* pad2d_reference.h: the truth that every padding is held against. */
#ifndef PAD2D_REFERENCE_H
#define PAD2D_REFERENCE_H

#include "kernels/pad2d/pad2d.h"
#include "reference/exact.h"

/* Arguments as in pad2d.h, outputs as exact elements in the same layout. */
void pad2d_reference_forward(const pad2d_shape *s, const float *x, exact *y);
void pad2d_reference_backward(const pad2d_shape *s, const float *dy, exact *dx);

#endif
