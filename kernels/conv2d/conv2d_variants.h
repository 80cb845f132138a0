/* conv2d_variants.h: the functions behind the rows of conv2d_variants[]; internal. */
#ifndef CONV2D_VARIANTS_H
#define CONV2D_VARIANTS_H

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_naive(const conv2d_shape *s, const float *x, const float *w, const float *b,
                          float *y, void *workspace);
void conv2d_backward_data_naive(const conv2d_shape *s, const float *dy, const float *w, float *dx,
                                void *workspace);
void conv2d_backward_weights_naive(const conv2d_shape *s, const float *x, const float *dy,
                                   float *dw, float *db, void *workspace);

bool conv2d_supports_im2col(const conv2d_shape *s);
size_t conv2d_workspace_bytes_im2col(const conv2d_shape *s);
void conv2d_forward_im2col(const conv2d_shape *s, const float *x, const float *w, const float *b,
                           float *y, void *workspace);
void conv2d_backward_data_im2col(const conv2d_shape *s, const float *dy, const float *w, float *dx,
                                 void *workspace);
void conv2d_backward_weights_im2col(const conv2d_shape *s, const float *x, const float *dy,
                                    float *dw, float *db, void *workspace);

/* Every pointer is device memory. Only builds with CUDA rows have these. */
void conv2d_forward_cuda_naive(const conv2d_shape *s, const float *x, const float *w,
                               const float *b, float *y, void *workspace);
void conv2d_backward_data_cuda_naive(const conv2d_shape *s, const float *dy, const float *w,
                                     float *dx, void *workspace);
void conv2d_backward_weights_cuda_naive(const conv2d_shape *s, const float *x, const float *dy,
                                        float *dw, float *db, void *workspace);

bool conv2d_supports_cuda_tiled(const conv2d_shape *s);
void conv2d_forward_cuda_tiled(const conv2d_shape *s, const float *x, const float *w,
                               const float *b, float *y, void *workspace);
void conv2d_backward_data_cuda_tiled(const conv2d_shape *s, const float *dy, const float *w,
                                     float *dx, void *workspace);
void conv2d_backward_weights_cuda_tiled(const conv2d_shape *s, const float *x, const float *dy,
                                        float *dw, float *db, void *workspace);

bool conv2d_supports_cuda_implicit_gemm(const conv2d_shape *s);
size_t conv2d_workspace_bytes_cuda_implicit_gemm(const conv2d_shape *s);
void conv2d_forward_cuda_implicit_gemm(const conv2d_shape *s, const float *x, const float *w,
                                       const float *b, float *y, void *workspace);
void conv2d_backward_data_cuda_implicit_gemm(const conv2d_shape *s, const float *dy, const float *w,
                                             float *dx, void *workspace);
void conv2d_backward_weights_cuda_implicit_gemm(const conv2d_shape *s, const float *x,
                                                const float *dy, float *dw, float *db,
                                                void *workspace);

bool conv2d_supports_cuda_tensor(const conv2d_shape *s);
void conv2d_forward_cuda_tf32x3(const conv2d_shape *s, const float *x, const float *w,
                                const float *b, float *y, void *workspace);
void conv2d_backward_data_cuda_tf32x3(const conv2d_shape *s, const float *dy, const float *w,
                                      float *dx, void *workspace);
void conv2d_backward_weights_cuda_tf32x3(const conv2d_shape *s, const float *x, const float *dy,
                                         float *dw, float *db, void *workspace);
void conv2d_forward_cuda_tf32(const conv2d_shape *s, const float *x, const float *w, const float *b,
                              float *y, void *workspace);
void conv2d_backward_data_cuda_tf32(const conv2d_shape *s, const float *dy, const float *w,
                                    float *dx, void *workspace);
void conv2d_backward_weights_cuda_tf32(const conv2d_shape *s, const float *x, const float *dy,
                                       float *dw, float *db, void *workspace);

#endif
