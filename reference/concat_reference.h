/* concat_reference.h: the truth that every concatenation is held against. */
#ifndef CONCAT_REFERENCE_H
#define CONCAT_REFERENCE_H

#include "kernels/concat/concat.h"
#include "reference/exact.h"

/* Arguments as in concat.h, outputs as exact elements in the same layout. */
void concat_reference_forward(const concat_shape *s, const float *const *x, exact *y);
void concat_reference_backward(const concat_shape *s, const float *dy, exact *const *dx);

#endif
