/* add_reference.h: the truth that every elementwise sum is held against. */
#ifndef ADD_REFERENCE_H
#define ADD_REFERENCE_H

#include "kernels/add/add.h"
#include "reference/exact.h"

/* Arguments as in add.h, outputs as exact elements in the same layout. */
void add_reference_forward(const add_shape *s, const float *a, const float *b, exact *y);
void add_reference_backward(const add_shape *s, const float *dy, exact *da, exact *db);

#endif
