/* activation_variants.h: the functions behind the rows of activation_variants[]. */
#ifndef ACTIVATION_VARIANTS_H
#define ACTIVATION_VARIANTS_H

#include "kernels/activation/activation.h"

void activation_forward_naive(const activation_shape *s, const float *x, float *y);
void activation_backward_naive(const activation_shape *s, const float *x, const float *y,
                               const float *dy, float *dx);
void activation_forward_openmp(const activation_shape *s, const float *x, float *y);
void activation_backward_openmp(const activation_shape *s, const float *x, const float *y,
                                const float *dy, float *dx);

/* Device memory; built with CONVLAB_CUDA only. */
void activation_forward_cuda_naive(const activation_shape *s, const float *x, float *y);
void activation_backward_cuda_naive(const activation_shape *s, const float *x, const float *y,
                                    const float *dy, float *dx);
void activation_forward_cuda_vector(const activation_shape *s, const float *x, float *y);
void activation_backward_cuda_vector(const activation_shape *s, const float *x, const float *y,
                                     const float *dy, float *dx);

#endif
