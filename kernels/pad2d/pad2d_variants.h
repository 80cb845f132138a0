/* pad2d_variants.h: the functions behind the rows of pad2d_variants[]. */
#ifndef PAD2D_VARIANTS_H
#define PAD2D_VARIANTS_H

#include "kernels/pad2d/pad2d.h"

void pad2d_forward_naive(const pad2d_shape *s, const float *x, float *y);
void pad2d_backward_naive(const pad2d_shape *s, const float *dy, float *dx);
void pad2d_forward_openmp(const pad2d_shape *s, const float *x, float *y);
void pad2d_backward_openmp(const pad2d_shape *s, const float *dy, float *dx);

/* Device memory; built with CONVLAB_CUDA only. */
void pad2d_forward_cuda_naive(const pad2d_shape *s, const float *x, float *y);
void pad2d_backward_cuda_naive(const pad2d_shape *s, const float *dy, float *dx);

#endif
