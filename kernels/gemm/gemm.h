/* gemm.h: general matrix multiplication.
 *
 *   C[M][N] = alpha * op(A)[M][K] * op(B)[K][N] + beta * C          op(X) = X or its transpose
 *
 * Layout: float32, row major. A is stored [M][lda] (or [K][lda] if transpose_a), B [K][ldb] (or
 *         [N][ldb] if transpose_b), C [M][ldc]; ld is the distance in elements between rows.
 * Cost:   2 * M * N * K FLOP.
 * Source: Dongarra et al., "A Set of Level 3 Basic Linear Algebra Subprograms", ACM TOMS 16(1),
 *         1990. */
#ifndef GEMM_H
#define GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

typedef struct {
    int M, N, K;                                /* any may be 0; K == 0 leaves beta * C */
    bool transpose_a, transpose_b;
    int lda, ldb, ldc;
    float alpha, beta;                          /* beta == 0: C is not read, NaN in it is lost */
} gemm_shape;

/* Sets densely packed lda, ldb, ldc, alpha = 1 and beta = 0 from the extents and transpositions. */
gemm_shape gemm_shape_dense(int M, int N, int K, bool transpose_a, bool transpose_b);

/* STATUS_SHAPE if an extent is negative, a leading dimension is smaller than its row (or 0), or a
 * stored matrix would exceed PTRDIFF_MAX bytes. */
status gemm_shape_check(const gemm_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const gemm_shape *s);              /* NULL: every shape */
    size_t (*workspace_bytes)(const gemm_shape *s);     /* NULL: none; grows with the threads */
    void (*multiply)(const gemm_shape *s, const float *a, const float *b, float *c,
                     void *workspace);
} gemm_variant;

extern const gemm_variant gemm_variants[];
extern const size_t gemm_variant_count;

/* Bytes of workspace that `v` wants for any pass of this shape; 0 if none. */
size_t gemm_workspace_bytes(const gemm_variant *v, const gemm_shape *s);

/* C = alpha * op(A) * op(B) + beta * C.
 *   a, b       not NULL unless empty; may alias each other
 *   c          aliases no other argument; elements between rows (ldc > N) are left alone
 *   workspace  gemm_workspace_bytes(v, s) bytes, 64-byte aligned, or NULL where that is 0
 * The caller owns every buffer. Returns STATUS_OK, STATUS_SHAPE, STATUS_UNSUPPORTED or
 * STATUS_DEVICE. */
status gemm_forward(const gemm_variant *v, const gemm_shape *s, const float *a, const float *b,
                    float *c, void *workspace);

/* The gradients of C with respect to A and B for an upstream gradient dc, stored like C; da is
 * stored like A, db like B, both overwritten. Each is itself one matrix product:
 *   d op(A) = alpha * dC * op(B)^T            d op(B) = alpha * op(A)^T * dC */
status gemm_backward_a(const gemm_variant *v, const gemm_shape *s, const float *dc, const float *b,
                       float *da, void *workspace);
status gemm_backward_b(const gemm_variant *v, const gemm_shape *s, const float *a, const float *dc,
                       float *db, void *workspace);

#endif
