/* softmax_ce_reference.h: the truth that softmax and cross-entropy are held against. */
#ifndef SOFTMAX_CE_REFERENCE_H
#define SOFTMAX_CE_REFERENCE_H

#include "kernels/softmax_ce/softmax_ce.h"
#include "reference/exact.h"

/* Arguments as in softmax_ce.h, outputs as exact elements in the same layout. */
void softmax_reference_forward(const softmax_ce_shape *s, const float *x, exact *y);
void softmax_reference_backward(const softmax_ce_shape *s, const float *y, const float *dy,
                                exact *dx);
void log_softmax_reference_forward(const softmax_ce_shape *s, const float *x, exact *y);
void log_softmax_reference_backward(const softmax_ce_shape *s, const float *y, const float *dy,
                                    exact *dx);
void nll_reference_forward(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                           const float *class_weights, exact *loss);
void nll_reference_backward(const softmax_ce_shape *s, const int32_t *labels,
                            const float *class_weights, const float *dloss, exact *dlogp);
void ce_reference_forward(const softmax_ce_shape *s, const float *x, const int32_t *labels,
                          const float *class_weights, exact *logp, exact *loss);
void ce_reference_backward(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                           const float *class_weights, const float *dloss, exact *dx);

#endif
