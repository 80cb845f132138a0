/* gemm_reference.h: the truth that every matrix multiplication is held against. */
#ifndef GEMM_REFERENCE_H
#define GEMM_REFERENCE_H

#include "kernels/gemm/gemm.h"
#include "reference/exact.h"

/* Arguments as in gemm.h; each writes the whole stored matrix, leading dimension included, into
 * `out`. Elements between rows come out exactly as in `before`, which is also the C that beta
 * scales; `before` is stored like `out`. */
void gemm_reference_forward(const gemm_shape *s, const float *a, const float *b,
                            const float *before, exact *out);
void gemm_reference_backward_a(const gemm_shape *s, const float *dc, const float *b,
                               const float *before, exact *out);
void gemm_reference_backward_b(const gemm_shape *s, const float *a, const float *dc,
                               const float *before, exact *out);

#endif
