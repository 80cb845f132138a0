/* pool2d_variants.h: the functions behind the rows of pool2d_variants[]. */
#ifndef POOL2D_VARIANTS_H
#define POOL2D_VARIANTS_H

#include "kernels/pool2d/pool2d.h"

void pool2d_max_forward_naive(const pool2d_shape *s, const float *x, float *y, int32_t *index);
void pool2d_max_backward_naive(const pool2d_shape *s, const float *dy, const int32_t *index,
                               float *dx);
void pool2d_average_forward_naive(const pool2d_shape *s, const float *x, float *y);
void pool2d_average_backward_naive(const pool2d_shape *s, const float *dy, float *dx);
void pool2d_max_forward_openmp(const pool2d_shape *s, const float *x, float *y, int32_t *index);
void pool2d_max_backward_openmp(const pool2d_shape *s, const float *dy, const int32_t *index,
                                float *dx);
void pool2d_average_forward_openmp(const pool2d_shape *s, const float *x, float *y);
void pool2d_average_backward_openmp(const pool2d_shape *s, const float *dy, float *dx);

/* Device memory; built with CONVLAB_CUDA only. */
void pool2d_max_forward_cuda_naive(const pool2d_shape *s, const float *x, float *y,
                                   int32_t *index);
void pool2d_max_backward_cuda_naive(const pool2d_shape *s, const float *dy, const int32_t *index,
                                    float *dx);
void pool2d_average_forward_cuda_naive(const pool2d_shape *s, const float *x, float *y);
void pool2d_average_backward_cuda_naive(const pool2d_shape *s, const float *dy, float *dx);
bool pool2d_supports_cuda_warp(const pool2d_shape *s);
void pool2d_max_forward_cuda_warp(const pool2d_shape *s, const float *x, float *y, int32_t *index);
void pool2d_average_forward_cuda_warp(const pool2d_shape *s, const float *x, float *y);

#endif
