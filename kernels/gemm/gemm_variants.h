/* gemm_variants.h: the functions behind the rows of gemm_variants[]; internal. */
#ifndef GEMM_VARIANTS_H
#define GEMM_VARIANTS_H

#include "kernels/gemm/gemm.h"

void gemm_multiply_naive(const gemm_shape *s, const float *a, const float *b, float *c,
                         void *workspace);

size_t gemm_workspace_bytes_blocked(const gemm_shape *s);
void gemm_multiply_blocked(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace);

#endif
