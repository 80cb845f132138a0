/* linear_variants.h: the functions behind the rows of linear_variants[]; internal. */
#ifndef LINEAR_VARIANTS_H
#define LINEAR_VARIANTS_H

#include "kernels/linear/linear.h"

void linear_forward_naive(const linear_shape *s, const float *x, const float *w, const float *b,
                          float *y, void *workspace);
void linear_backward_data_naive(const linear_shape *s, const float *dy, const float *w, float *dx,
                                void *workspace);
void linear_backward_weights_naive(const linear_shape *s, const float *x, const float *dy,
                                   float *dw, float *db, void *workspace);

size_t linear_workspace_bytes_openmp(const linear_shape *s);
void linear_forward_openmp(const linear_shape *s, const float *x, const float *w, const float *b,
                           float *y, void *workspace);
void linear_backward_data_openmp(const linear_shape *s, const float *dy, const float *w, float *dx,
                                 void *workspace);
void linear_backward_weights_openmp(const linear_shape *s, const float *x, const float *dy,
                                    float *dw, float *db, void *workspace);

/* Every pointer is device memory. Only builds with CUDA rows have these. */
void linear_forward_cuda_naive(const linear_shape *s, const float *x, const float *w,
                               const float *b, float *y, void *workspace);
void linear_backward_data_cuda_naive(const linear_shape *s, const float *dy, const float *w,
                                     float *dx, void *workspace);
void linear_backward_weights_cuda_naive(const linear_shape *s, const float *x, const float *dy,
                                        float *dw, float *db, void *workspace);

size_t linear_workspace_bytes_cuda_gemm(const linear_shape *s);
void linear_forward_cuda_gemm(const linear_shape *s, const float *x, const float *w, const float *b,
                              float *y, void *workspace);
void linear_backward_data_cuda_gemm(const linear_shape *s, const float *dy, const float *w,
                                    float *dx, void *workspace);
void linear_backward_weights_cuda_gemm(const linear_shape *s, const float *x, const float *dy,
                                       float *dw, float *db, void *workspace);

#endif
