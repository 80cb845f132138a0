/* pool2d_reference.h: the truth that every pooling is held against. */
#ifndef POOL2D_REFERENCE_H
#define POOL2D_REFERENCE_H

#include "kernels/pool2d/pool2d.h"
#include "reference/exact.h"

/* Arguments as in pool2d.h, outputs as exact elements in the same layout. */
void pool2d_reference_max_forward(const pool2d_shape *s, const float *x, exact *y, exact *index);
void pool2d_reference_max_backward(const pool2d_shape *s, const float *dy, const int32_t *index,
                                   exact *dx);
void pool2d_reference_average_forward(const pool2d_shape *s, const float *x, exact *y);
void pool2d_reference_average_backward(const pool2d_shape *s, const float *dy, exact *dx);

#endif
