/* dropout_reference.h: the truth that every dropout is held against. */
#ifndef DROPOUT_REFERENCE_H
#define DROPOUT_REFERENCE_H

#include "kernels/dropout/dropout.h"
#include "reference/exact.h"
#include "reference/mt19937_reference.h"

/* Arguments as in dropout.h, outputs as exact elements in the same layout. The generator is this
 * folder's own and is left where the draw ends. */
void dropout_reference_draw(const dropout_shape *s, mt19937_reference *g, exact *mask);
void dropout_reference_forward(const dropout_shape *s, const float *x, const uint8_t *mask,
                               exact *y);
void dropout_reference_backward(const dropout_shape *s, const float *dy, const uint8_t *mask,
                                exact *dx);

#endif
