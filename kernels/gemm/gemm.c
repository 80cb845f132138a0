/* gemm.c: shape rules, the public entries and the table of variants of matrix multiplication. */
#include "kernels/gemm/gemm.h"

#include "kernels/core/extent.h"
#include "kernels/core/launch_status.h"
#include "kernels/gemm/gemm_variants.h"

const gemm_variant gemm_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "one dot product per element of C" },
      .multiply = gemm_multiply_naive },
    { .info = { "blocked", SPACE_HOST, PRECISION_FP32,
                "packed panels in the caches, a tile of C in vector registers" },
      .workspace_bytes = gemm_workspace_bytes_blocked,
      .multiply = gemm_multiply_blocked },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per element of C" },
      .multiply = gemm_multiply_cuda_naive },
    { .info = { "cuda_tiled", SPACE_CUDA, PRECISION_FP32,
                "a block loads tiles of A and B into shared memory" },
      .multiply = gemm_multiply_cuda_tiled },
    { .info = { "cuda_register", SPACE_CUDA, PRECISION_FP32,
                "a tile of C in each thread's registers" },
      .workspace_bytes = gemm_workspace_bytes_cuda_tiles,
      .multiply = gemm_multiply_cuda_register },
    { .info = { "cuda_tf32x3", SPACE_CUDA, PRECISION_TF32X3,
                "tensor cores, three tf32 products for one" },
      .supports = gemm_supports_cuda_tensor,
      .workspace_bytes = gemm_workspace_bytes_cuda_tiles,
      .multiply = gemm_multiply_cuda_tf32x3 },
    { .info = { "cuda_tf32", SPACE_CUDA, PRECISION_TF32, "tensor cores, factors rounded to tf32" },
      .supports = gemm_supports_cuda_tensor,
      .workspace_bytes = gemm_workspace_bytes_cuda_tiles,
      .multiply = gemm_multiply_cuda_tf32 },
#endif
};
const size_t gemm_variant_count = sizeof gemm_variants / sizeof gemm_variants[0];

gemm_shape gemm_shape_dense(int M, int N, int K, bool transpose_a, bool transpose_b)
{
    const int a_row = transpose_a ? M : K, b_row = transpose_b ? K : N;

    return (gemm_shape){ .M = M, .N = N, .K = K,
                         .transpose_a = transpose_a, .transpose_b = transpose_b,
                         .lda = a_row > 0 ? a_row : 1,
                         .ldb = b_row > 0 ? b_row : 1,
                         .ldc = N > 0 ? N : 1,
                         .alpha = 1.0f, .beta = 0.0f };
}

/* True if `rows` rows of `row` elements, `ld` elements apart, are a legal matrix. */
static bool matrix_fits(int rows, int row, int ld)
{
    return row >= 0 && ld >= 1 && ld >= row && extent_product(2, (const int[]){ rows, ld }, NULL);
}

status gemm_shape_check(const gemm_shape *s)
{
    const bool fits = matrix_fits(s->transpose_a ? s->K : s->M, s->transpose_a ? s->M : s->K,
                                  s->lda) &&
                      matrix_fits(s->transpose_b ? s->N : s->K, s->transpose_b ? s->K : s->N,
                                  s->ldb) &&
                      matrix_fits(s->M, s->N, s->ldc);

    return fits ? STATUS_OK : STATUS_SHAPE;
}

/* The product that gives da: dC * op(B)^T, or op(B) * dC^T where A is stored transposed. */
static gemm_shape shape_backward_a(const gemm_shape *s)
{
    if (s->transpose_a)
        return (gemm_shape){ .M = s->K, .N = s->M, .K = s->N,
                             .transpose_a = s->transpose_b, .transpose_b = true,
                             .lda = s->ldb, .ldb = s->ldc, .ldc = s->lda, .alpha = s->alpha };
    return (gemm_shape){ .M = s->M, .N = s->K, .K = s->N,
                         .transpose_a = false, .transpose_b = !s->transpose_b,
                         .lda = s->ldc, .ldb = s->ldb, .ldc = s->lda, .alpha = s->alpha };
}

/* The product that gives db: op(A)^T * dC, or dC^T * op(A) where B is stored transposed. */
static gemm_shape shape_backward_b(const gemm_shape *s)
{
    if (s->transpose_b)
        return (gemm_shape){ .M = s->N, .N = s->K, .K = s->M,
                             .transpose_a = true, .transpose_b = s->transpose_a,
                             .lda = s->ldc, .ldb = s->lda, .ldc = s->ldb, .alpha = s->alpha };
    return (gemm_shape){ .M = s->K, .N = s->N, .K = s->M,
                         .transpose_a = !s->transpose_a, .transpose_b = false,
                         .lda = s->lda, .ldb = s->ldc, .ldc = s->ldb, .alpha = s->alpha };
}

static bool supports(const gemm_variant *v, const gemm_shape *s)
{
    return !v->supports || v->supports(s);
}

size_t gemm_workspace_bytes(const gemm_variant *v, const gemm_shape *s)
{
    if (!v->workspace_bytes || !supports(v, s))
        return 0;
    const gemm_shape a = shape_backward_a(s), b = shape_backward_b(s);
    const size_t forward_bytes = v->workspace_bytes(s);
    const size_t a_bytes = v->workspace_bytes(&a), b_bytes = v->workspace_bytes(&b);
    const size_t backward_bytes = a_bytes > b_bytes ? a_bytes : b_bytes;

    return forward_bytes > backward_bytes ? forward_bytes : backward_bytes;
}

static status ready(const gemm_variant *v, const gemm_shape *s)
{
    if (gemm_shape_check(s) != STATUS_OK)
        return STATUS_SHAPE;
    if (!v->multiply || !supports(v, s))
        return STATUS_UNSUPPORTED;
    return STATUS_OK;
}

status gemm_forward(const gemm_variant *v, const gemm_shape *s, const float *a, const float *b,
                    float *c, void *workspace)
{
    const status verdict = ready(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    v->multiply(s, a, b, c, workspace);
    return launch_status();
}

status gemm_backward_a(const gemm_variant *v, const gemm_shape *s, const float *dc, const float *b,
                       float *da, void *workspace)
{
    const gemm_shape product = shape_backward_a(s);
    const status verdict = ready(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    return s->transpose_a ? gemm_forward(v, &product, b, dc, da, workspace)
                          : gemm_forward(v, &product, dc, b, da, workspace);
}

status gemm_backward_b(const gemm_variant *v, const gemm_shape *s, const float *a, const float *dc,
                       float *db, void *workspace)
{
    const gemm_shape product = shape_backward_b(s);
    const status verdict = ready(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    return s->transpose_b ? gemm_forward(v, &product, dc, a, db, workspace)
                          : gemm_forward(v, &product, a, dc, db, workspace);
}
