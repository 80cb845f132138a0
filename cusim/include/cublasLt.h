/* cublasLt.h: cublasLtMatmul, a matrix product with something done to the result: a bias for each
 * row, ReLU or GELU (by tanh, as cuBLAS has it), and the same backward. Built on cublas_v2.h;
 * matrices are stored by columns. There is one "algorithm", so the heuristic always finds it. */
#ifndef CUSIM_CUBLASLT_H
#define CUSIM_CUBLASLT_H

#include <stdint.h>

#include "cublas_v2.h"

typedef enum {
    CUBLASLT_EPILOGUE_DEFAULT = 1, CUBLASLT_EPILOGUE_RELU = 2, CUBLASLT_EPILOGUE_BIAS = 4,
    CUBLASLT_EPILOGUE_RELU_BIAS = 6, CUBLASLT_EPILOGUE_GELU = 32, CUBLASLT_EPILOGUE_GELU_BIAS = 36,
    CUBLASLT_EPILOGUE_GELU_AUX = 160, CUBLASLT_EPILOGUE_GELU_AUX_BIAS = 164,
    CUBLASLT_EPILOGUE_DGELU = 192, CUBLASLT_EPILOGUE_BGRADA = 256, CUBLASLT_EPILOGUE_BGRADB = 512
} cublasLtEpilogue_t;
typedef enum {
    CUBLASLT_MATMUL_DESC_COMPUTE_TYPE = 0, CUBLASLT_MATMUL_DESC_SCALE_TYPE = 1,
    CUBLASLT_MATMUL_DESC_POINTER_MODE = 2, CUBLASLT_MATMUL_DESC_TRANSA = 3,
    CUBLASLT_MATMUL_DESC_TRANSB = 4, CUBLASLT_MATMUL_DESC_EPILOGUE = 7,
    CUBLASLT_MATMUL_DESC_BIAS_POINTER = 8, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER = 11,
    CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD = 12, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_DATA_TYPE = 22,
    CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE = 26
} cublasLtMatmulDescAttributes_t;
typedef enum {
    CUBLASLT_MATRIX_LAYOUT_TYPE = 0, CUBLASLT_MATRIX_LAYOUT_ORDER = 1,
    CUBLASLT_MATRIX_LAYOUT_ROWS = 2, CUBLASLT_MATRIX_LAYOUT_COLS = 3, CUBLASLT_MATRIX_LAYOUT_LD = 4,
    CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT = 5, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET = 6
} cublasLtMatrixLayoutAttribute_t;
typedef enum { CUBLASLT_ORDER_COL = 0, CUBLASLT_ORDER_ROW = 1 } cublasLtOrder_t;
typedef enum {
    CUBLASLT_MATMUL_PREF_SEARCH_MODE = 0, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES = 1
} cublasLtMatmulPreferenceAttributes_t;

typedef cublasHandle_t cublasLtHandle_t;

/* Fields in the order, and of the types, of the attributes above. */
typedef struct cublasLtMatmulDescOpaque_t {
    cublasComputeType_t compute;
    cudaDataType scale_type;
    cublasOperation_t op_a, op_b;
    cublasLtEpilogue_t epilogue;
    void *bias, *aux;
    int64_t aux_ld;
    cudaDataType bias_type;
    bool has_bias_type, is_covered;
} *cublasLtMatmulDesc_t;
typedef struct cublasLtMatrixLayoutOpaque_t {
    cudaDataType type;
    cublasLtOrder_t order;
    uint64_t rows, cols;
    int64_t ld;
    int32_t count;
    int64_t stride;
} *cublasLtMatrixLayout_t;
typedef struct cublasLtMatmulPreferenceOpaque_t {
    size_t workspace;
} *cublasLtMatmulPreference_t;
typedef struct {
    uint64_t data[8];
} cublasLtMatmulAlgo_t;
typedef struct {
    cublasLtMatmulAlgo_t algo;
    size_t workspaceSize;
    cublasStatus_t state;
    float wavesCount;
    int reserved[4];
} cublasLtMatmulHeuristicResult_t;

/* ---- Descriptions ---- */

inline cublasStatus_t cublasLtCreate(cublasLtHandle_t *h) { return cublasCreate(h); }
inline cublasStatus_t cublasLtDestroy(cublasLtHandle_t h) { return cublasDestroy(h); }

namespace cusim {
template <class T> cublasStatus_t attribute(T *field, const void *value, size_t bytes)
{
    if (bytes < sizeof(T))
        return CUBLAS_STATUS_INVALID_VALUE;
    __builtin_memcpy(field, value, sizeof(T));
    return CUBLAS_STATUS_SUCCESS;
}
}  // namespace cusim

inline cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *d, cublasComputeType_t compute,
                                               cudaDataType scale_type)
{
    *d = new cublasLtMatmulDescOpaque_t();
    (*d)->compute = compute;
    (*d)->scale_type = scale_type;
    (*d)->epilogue = CUBLASLT_EPILOGUE_DEFAULT;
    (*d)->is_covered = true;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d)
{
    delete d;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d,
                                                     cublasLtMatmulDescAttributes_t which,
                                                     const void *value, size_t bytes)
{
    switch ((int)which) {
    case CUBLASLT_MATMUL_DESC_COMPUTE_TYPE: return cusim::attribute(&d->compute, value, bytes);
    case CUBLASLT_MATMUL_DESC_SCALE_TYPE: return cusim::attribute(&d->scale_type, value, bytes);
    case CUBLASLT_MATMUL_DESC_TRANSA: return cusim::attribute(&d->op_a, value, bytes);
    case CUBLASLT_MATMUL_DESC_TRANSB: return cusim::attribute(&d->op_b, value, bytes);
    case CUBLASLT_MATMUL_DESC_EPILOGUE: return cusim::attribute(&d->epilogue, value, bytes);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER: return cusim::attribute(&d->bias, value, bytes);
    case CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER: return cusim::attribute(&d->aux, value, bytes);
    case CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD: return cusim::attribute(&d->aux_ld, value, bytes);
    case CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE:
        d->has_bias_type = true;
        return cusim::attribute(&d->bias_type, value, bytes);
    default:
        d->is_covered = false;
        return CUBLAS_STATUS_SUCCESS;
    }
}
inline cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *l, cudaDataType type,
                                                 uint64_t rows, uint64_t cols, int64_t ld)
{
    *l = new cublasLtMatrixLayoutOpaque_t{type, CUBLASLT_ORDER_COL, rows, cols, ld, 1, 0};
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t l)
{
    delete l;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t l,
                                                       cublasLtMatrixLayoutAttribute_t which,
                                                       const void *value, size_t bytes)
{
    switch (which) {
    case CUBLASLT_MATRIX_LAYOUT_TYPE: return cusim::attribute(&l->type, value, bytes);
    case CUBLASLT_MATRIX_LAYOUT_ORDER: return cusim::attribute(&l->order, value, bytes);
    case CUBLASLT_MATRIX_LAYOUT_ROWS: return cusim::attribute(&l->rows, value, bytes);
    case CUBLASLT_MATRIX_LAYOUT_COLS: return cusim::attribute(&l->cols, value, bytes);
    case CUBLASLT_MATRIX_LAYOUT_LD: return cusim::attribute(&l->ld, value, bytes);
    case CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT: return cusim::attribute(&l->count, value, bytes);
    case CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET:
        return cusim::attribute(&l->stride, value, bytes);
    }
    return CUBLAS_STATUS_INVALID_VALUE;
}
inline cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *p)
{
    *p = new cublasLtMatmulPreferenceOpaque_t();
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p)
{
    delete p;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t,
                                                           cublasLtMatmulPreferenceAttributes_t,
                                                           const void *, size_t)
{
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulAlgoGetHeuristic(
    cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
    cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatmulPreference_t, int requested,
    cublasLtMatmulHeuristicResult_t *results, int *found)
{
    *found = requested > 0;
    if (requested > 0)
        *results = cublasLtMatmulHeuristicResult_t();
    return CUBLAS_STATUS_SUCCESS;
}

/* ---- The product ---- */

namespace cusim {

inline float gelu(float x)
{
    return 0.5f * x * (1 + tanhf(0.7978845608f * (x + 0.044715f * x * x * x)));
}
inline float gelu_slope(float x)
{
    const float inner = 0.7978845608f * (x + 0.044715f * x * x * x), t = tanhf(inner);
    return 0.5f * (1 + t) +
           0.5f * x * (1 - t * t) * 0.7978845608f * (1 + 3 * 0.044715f * x * x);
}

/* What follows the product, in place: y = D, m x n. */
CUSIM_UNSEEN inline cublasStatus_t finish_product(const cublasLtMatmulDescOpaque_t &d,
                                                  const cublasLtMatrixLayoutOpaque_t &layout,
                                                  void *y)
{
    const int m = (int)layout.rows, n = (int)layout.cols, epilogue = d.epilogue;
    const bool with_bias = epilogue & CUBLASLT_EPILOGUE_BIAS, with_aux = epilogue & 128;
    const bool backward = epilogue == CUBLASLT_EPILOGUE_DGELU;
    operand<float> Y(y, layout.type, m, n, (int)layout.ld, true);
    operand<float> bias(d.bias, d.has_bias_type ? d.bias_type : layout.type, 1, with_bias ? m : 0,
                        1, with_bias);
    operand<float> aux(d.aux, layout.type, with_aux ? m : 0, n, with_aux ? (int)d.aux_ld : 1,
                       backward);
    if (!Y.ok || !bias.ok || !aux.ok)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    for (size_t i = 0; i < (size_t)m * (size_t)n; i++) {
        float v = Y.value[i] + (with_bias ? bias.value[i % (size_t)m] : 0);
        if (with_aux && !backward)
            aux.value[i] = v;
        if (backward)
            v *= gelu_slope(aux.value[i]);
        else if (epilogue & CUBLASLT_EPILOGUE_RELU)
            v = v > 0 ? v : 0;
        else if (epilogue & CUBLASLT_EPILOGUE_GELU)
            v = gelu(v);
        Y.value[i] = v;
    }
    return status_of(Y.write_back() && (!with_aux || backward || aux.write_back()));
}

/* The gradient of a bias: what op(X) sums to over k, for each row of A or column of B. */
CUSIM_UNSEEN inline cublasStatus_t sum_over_k(const void *x, const cublasLtMatrixLayoutOpaque_t &l,
                                              bool k_is_rows, void *to, cudaDataType type)
{
    const size_t rows = (size_t)l.rows, cols = (size_t)l.cols, count = k_is_rows ? cols : rows;
    operand<float> X(x, l.type, (int)rows, (int)cols, (int)l.ld, true);
    operand<float> sums(to, type, 1, (int)count, 1, false);
    for (size_t i = 0; i < rows * cols; i++)
        sums.value[k_is_rows ? i / rows : i % rows] += X.value[i];
    return status_of(X.ok && sums.write_back());
}

}  // namespace cusim

inline cublasStatus_t cublasLtMatmul(cublasLtHandle_t h, cublasLtMatmulDesc_t d, const void *alpha,
                                     const void *a, cublasLtMatrixLayout_t la, const void *b,
                                     cublasLtMatrixLayout_t lb, const void *beta, const void *c,
                                     cublasLtMatrixLayout_t lc, void *y, cublasLtMatrixLayout_t ly,
                                     const cublasLtMatmulAlgo_t *, void *, size_t, cudaStream_t)
{
    const bool plain_a = d->op_a == CUBLAS_OP_N, plain_b = d->op_b == CUBLAS_OP_N;
    const int covered = 2 | 4 | 32 | 128;       /* ReLU, bias, GELU, and its input kept */
    const int epilogue = d->epilogue;
    const bool gradient_of_bias =
        epilogue == CUBLASLT_EPILOGUE_BGRADA || epilogue == CUBLASLT_EPILOGUE_BGRADB;
    if (!d->is_covered || la->order || lb->order || lc->order || ly->order ||
        (c != y && lc->type != ly->type) || d->scale_type == CUDA_R_64F ||
        !((epilogue & ~covered) == 0 || epilogue == CUBLASLT_EPILOGUE_DEFAULT || gradient_of_bias ||
          epilogue == CUBLASLT_EPILOGUE_DGELU))
        return CUBLAS_STATUS_NOT_SUPPORTED;

    const bool half = d->scale_type == CUDA_R_16F;
    const float scale = half ? (float)cusim::scalar(h, (const __half *)alpha)
                             : cusim::scalar(h, (const float *)alpha);
    const float keep = half ? (float)cusim::scalar(h, (const __half *)beta)
                            : cusim::scalar(h, (const float *)beta);
    const size_t size = cusim::bytes_of(ly->type);
    const cusim::product p = {d->op_a, d->op_b, (int)ly->rows, (int)ly->cols,
                              (int)(plain_a ? la->cols : la->rows), la->type, lb->type, ly->type,
                              (int)la->ld, (int)lb->ld, (int)ly->ld};
    cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
    for (int i = 0; i < ly->count && status == CUBLAS_STATUS_SUCCESS; i++) {
        char *const yi = (char *)y + i * ly->stride * (int64_t)size;
        if (keep != 0 && c != y &&
            cudaMemcpy2D(yi, (size_t)ly->ld * size,
                         (const char *)c + i * lc->stride * (int64_t)size, (size_t)lc->ld * size,
                         ly->rows * size, ly->cols, cudaMemcpyDefault) != cudaSuccess)
            return CUBLAS_STATUS_EXECUTION_FAILED;
        status = cusim::multiply<float>(
            p, scale, (const char *)a + i * la->stride * (int64_t)cusim::bytes_of(la->type),
            (const char *)b + i * lb->stride * (int64_t)cusim::bytes_of(lb->type), keep, yi);
        if (status == CUBLAS_STATUS_SUCCESS && epilogue != CUBLASLT_EPILOGUE_DEFAULT &&
            !gradient_of_bias)
            status = cusim::finish_product(*d, *ly, yi);
    }
    if (status != CUBLAS_STATUS_SUCCESS || !gradient_of_bias)
        return status;
    const cudaDataType type = d->has_bias_type ? d->bias_type : ly->type;
    return epilogue == CUBLASLT_EPILOGUE_BGRADA
               ? cusim::sum_over_k(a, *la, !plain_a, d->bias, type)
               : cusim::sum_over_k(b, *lb, plain_b, d->bias, type);
}

#endif
