/* concat_variants.h: the functions behind the rows of the table in concat.c; internal. */
#ifndef CONCAT_VARIANTS_H
#define CONCAT_VARIANTS_H

#include "kernels/concat/concat.h"

void concat_forward_naive(const concat_shape *s, const float *const *x, float *y);
void concat_backward_naive(const concat_shape *s, const float *dy, float *const *dx);

void concat_forward_openmp(const concat_shape *s, const float *const *x, float *y);
void concat_backward_openmp(const concat_shape *s, const float *dy, float *const *dx);

/* Device memory; built with CONVLAB_CUDA only. */
void concat_forward_cuda_naive(const concat_shape *s, const float *const *x, float *y);
void concat_backward_cuda_naive(const concat_shape *s, const float *dy, float *const *dx);

#endif
