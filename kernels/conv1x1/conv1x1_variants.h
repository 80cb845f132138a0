/* conv1x1_variants.h: the functions behind the rows of conv1x1_variants[]; internal. */
#ifndef CONV1X1_VARIANTS_H
#define CONV1X1_VARIANTS_H

#include "kernels/conv1x1/conv1x1.h"

void conv1x1_forward_naive(const conv1x1_shape *s, const float *x, const float *w, const float *b,
                           float *y, void *workspace);
void conv1x1_backward_data_naive(const conv1x1_shape *s, const float *dy, const float *w,
                                 float *dx, void *workspace);
void conv1x1_backward_weights_naive(const conv1x1_shape *s, const float *x, const float *dy,
                                    float *dw, float *db, void *workspace);

size_t conv1x1_workspace_bytes_openmp(const conv1x1_shape *s);
void conv1x1_forward_openmp(const conv1x1_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace);
void conv1x1_backward_data_openmp(const conv1x1_shape *s, const float *dy, const float *w,
                                  float *dx, void *workspace);
void conv1x1_backward_weights_openmp(const conv1x1_shape *s, const float *x, const float *dy,
                                     float *dw, float *db, void *workspace);

/* Every pointer is device memory. Only builds with CUDA rows have these. */
void conv1x1_forward_cuda_naive(const conv1x1_shape *s, const float *x, const float *w,
                                const float *b, float *y, void *workspace);
void conv1x1_backward_data_cuda_naive(const conv1x1_shape *s, const float *dy, const float *w,
                                      float *dx, void *workspace);
void conv1x1_backward_weights_cuda_naive(const conv1x1_shape *s, const float *x, const float *dy,
                                         float *dw, float *db, void *workspace);

bool conv1x1_supports_cuda_gemm(const conv1x1_shape *s);
size_t conv1x1_workspace_bytes_cuda_gemm(const conv1x1_shape *s);
void conv1x1_forward_cuda_gemm(const conv1x1_shape *s, const float *x, const float *w,
                               const float *b, float *y, void *workspace);
void conv1x1_backward_data_cuda_gemm(const conv1x1_shape *s, const float *dy, const float *w,
                                     float *dx, void *workspace);
void conv1x1_backward_weights_cuda_gemm(const conv1x1_shape *s, const float *x, const float *dy,
                                        float *dw, float *db, void *workspace);

#endif
