/* softmax_ce_variants.h: the functions behind the rows of the table in softmax_ce.c; internal. */
#ifndef SOFTMAX_CE_VARIANTS_H
#define SOFTMAX_CE_VARIANTS_H

#include "kernels/softmax_ce/softmax_ce.h"

void softmax_forward_naive(const softmax_ce_shape *s, const float *x, float *y);
void softmax_backward_naive(const softmax_ce_shape *s, const float *y, const float *dy, float *dx);
void log_softmax_forward_naive(const softmax_ce_shape *s, const float *x, float *y);
void log_softmax_backward_naive(const softmax_ce_shape *s, const float *y, const float *dy,
                                float *dx);
void nll_forward_naive(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                       const float *class_weights, float *loss);
void nll_backward_naive(const softmax_ce_shape *s, const int32_t *labels,
                        const float *class_weights, const float *dloss, float *dlogp);
void ce_backward_naive(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                       const float *class_weights, const float *dloss, float *dx);

void softmax_forward_openmp(const softmax_ce_shape *s, const float *x, float *y);
void softmax_backward_openmp(const softmax_ce_shape *s, const float *y, const float *dy,
                             float *dx);
void log_softmax_forward_openmp(const softmax_ce_shape *s, const float *x, float *y);
void log_softmax_backward_openmp(const softmax_ce_shape *s, const float *y, const float *dy,
                                 float *dx);
void nll_forward_openmp(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                        const float *class_weights, float *loss);
void nll_backward_openmp(const softmax_ce_shape *s, const int32_t *labels,
                         const float *class_weights, const float *dloss, float *dlogp);
void ce_backward_openmp(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                        const float *class_weights, const float *dloss, float *dx);

/* Device memory; built with CONVLAB_CUDA only. */
void softmax_forward_cuda_naive(const softmax_ce_shape *s, const float *x, float *y);
void softmax_backward_cuda_naive(const softmax_ce_shape *s, const float *y, const float *dy,
                                 float *dx);
void log_softmax_forward_cuda_naive(const softmax_ce_shape *s, const float *x, float *y);
void log_softmax_backward_cuda_naive(const softmax_ce_shape *s, const float *y, const float *dy,
                                     float *dx);
void nll_forward_cuda_naive(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                            const float *class_weights, float *loss);
void nll_backward_cuda_naive(const softmax_ce_shape *s, const int32_t *labels,
                             const float *class_weights, const float *dloss, float *dlogp);
void ce_backward_cuda_naive(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                            const float *class_weights, const float *dloss, float *dx);

bool softmax_ce_supports_cuda_warp(const softmax_ce_shape *s);
void softmax_forward_cuda_warp(const softmax_ce_shape *s, const float *x, float *y);
void softmax_backward_cuda_warp(const softmax_ce_shape *s, const float *y, const float *dy,
                                float *dx);
void log_softmax_forward_cuda_warp(const softmax_ce_shape *s, const float *x, float *y);
void log_softmax_backward_cuda_warp(const softmax_ce_shape *s, const float *y, const float *dy,
                                    float *dx);
void nll_forward_cuda_warp(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                           const float *class_weights, float *loss);
void nll_backward_cuda_warp(const softmax_ce_shape *s, const int32_t *labels,
                            const float *class_weights, const float *dloss, float *dlogp);
void ce_backward_cuda_warp(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                           const float *class_weights, const float *dloss, float *dx);

#endif
