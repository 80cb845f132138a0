/* batchnorm2d_reference.h: the truth that every batch normalisation is held against. */
#ifndef BATCHNORM2D_REFERENCE_H
#define BATCHNORM2D_REFERENCE_H

#include "kernels/batchnorm2d/batchnorm2d.h"
#include "reference/exact.h"

/* Arguments as in batchnorm2d.h, outputs as exact elements in the same layout. The running
 * statistics are read from old_mean and old_var and expected in new_mean and new_var. */
void batchnorm2d_reference_train_forward(const batchnorm2d_shape *s, const float *x,
                                         const float *gamma, const float *beta,
                                         const float *old_mean, const float *old_var, exact *y,
                                         exact *saved_mean, exact *saved_invstd, exact *new_mean,
                                         exact *new_var);
void batchnorm2d_reference_train_backward(const batchnorm2d_shape *s, const float *x,
                                          const float *gamma, const float *saved_mean,
                                          const float *saved_invstd, const float *dy, exact *dx,
                                          exact *dgamma, exact *dbeta);
void batchnorm2d_reference_eval_forward(const batchnorm2d_shape *s, const float *x,
                                        const float *gamma, const float *beta,
                                        const float *running_mean, const float *running_var,
                                        exact *y);
void batchnorm2d_reference_eval_backward(const batchnorm2d_shape *s, const float *x,
                                         const float *gamma, const float *running_mean,
                                         const float *running_var, const float *dy, exact *dx,
                                         exact *dgamma, exact *dbeta);

#endif
