/* gemm_variants.h: the functions behind the rows of gemm_variants[]; internal. */
#ifndef GEMM_VARIANTS_H
#define GEMM_VARIANTS_H

#include "kernels/gemm/gemm.h"

void gemm_multiply_naive(const gemm_shape *s, const float *a, const float *b, float *c,
                         void *workspace);

size_t gemm_workspace_bytes_blocked(const gemm_shape *s);
void gemm_multiply_blocked(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace);

/* Every pointer is device memory. Only builds with CUDA rows have these. */
void gemm_multiply_cuda_naive(const gemm_shape *s, const float *a, const float *b, float *c,
                              void *workspace);
void gemm_multiply_cuda_tiled(const gemm_shape *s, const float *a, const float *b, float *c,
                              void *workspace);
size_t gemm_workspace_bytes_cuda_tiles(const gemm_shape *s);
void gemm_multiply_cuda_register(const gemm_shape *s, const float *a, const float *b, float *c,
                                 void *workspace);
bool gemm_supports_cuda_tensor(const gemm_shape *s);
void gemm_multiply_cuda_tf32x3(const gemm_shape *s, const float *a, const float *b, float *c,
                               void *workspace);
void gemm_multiply_cuda_tf32(const gemm_shape *s, const float *a, const float *b, float *c,
                             void *workspace);

#endif
