/* mse_reference.h: the truth that every squared error is held against. */
#ifndef MSE_REFERENCE_H
#define MSE_REFERENCE_H

#include "kernels/mse/mse.h"
#include "reference/exact.h"

/* Arguments as in mse.h, outputs as exact elements in the same layout. */
void mse_reference_forward(const mse_shape *s, const float *x, const float *target, exact *loss);
void mse_reference_backward(const mse_shape *s, const float *x, const float *target,
                            const float *dloss, exact *dx);

#endif
