/* mse_variants.h: the functions behind the rows of the table in mse.c; internal. */
#ifndef MSE_VARIANTS_H
#define MSE_VARIANTS_H

#include "kernels/mse/mse.h"

void mse_forward_naive(const mse_shape *s, const float *x, const float *target, float *loss);
void mse_backward_naive(const mse_shape *s, const float *x, const float *target,
                        const float *dloss, float *dx);

void mse_forward_openmp(const mse_shape *s, const float *x, const float *target, float *loss);
void mse_backward_openmp(const mse_shape *s, const float *x, const float *target,
                         const float *dloss, float *dx);

/* Device memory; built with CONVLAB_CUDA only. */
void mse_forward_cuda_naive(const mse_shape *s, const float *x, const float *target, float *loss);
void mse_backward_cuda_naive(const mse_shape *s, const float *x, const float *target,
                             const float *dloss, float *dx);

void mse_forward_cuda_warp(const mse_shape *s, const float *x, const float *target, float *loss);

#endif
