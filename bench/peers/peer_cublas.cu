/* peer_cublas.cu: cuBLAS: matrix products, and the fully connected layer, which is one.
 *
 * Idea:   what is row major to us is the transposed matrix to cuBLAS, which is column major; so
 *         C^T = op(B)^T * op(A)^T is asked for, with the operands swapped. The bias is spread over
 *         y by a kernel here before the product is added to it; its gradient is cublasSgemv with a
 *         vector of ones. All of that is timed.
 * Equal precision: CUBLAS_DEFAULT_MATH computes in fp32; CUBLAS_TF32_TENSOR_OP_MATH is another row,
 *         compared with our tf32 rows.
 * Workspace: given here, since cuBLAS else allocates while its work is recorded as a graph; of the
 *         size that NVIDIA advises. cublasSetStream() takes a workspace back, so it comes first.
 * Source: NVIDIA, "cuBLAS", sections 2.1 and 2.7. */
#include "bench/peers/peer_gpu.cuh"

#if __has_include(<cublas_v2.h>)

#include <cublas_v2.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/core/cuda_launch.cuh"

extern "C" {
#include "bench/peers/peer_product.h"
#include "kernels/linear/linear.h"
}

enum { THREADS = 256 };

typedef enum { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS } layer_pass;

typedef struct {
    cublasHandle_t handle;
    void *workspace;
    void *ones;                     /* [n], linear's bias gradient only */
    peer_product product;           /* gemm */
    layer_pass pass;                /* linear */
} cublas_state;

static bool good(cublasStatus_t s, const char *what)
{
    if (s != CUBLAS_STATUS_SUCCESS)
        launch_failed(what, cublasGetStatusString(s));
    return s == CUBLAS_STATUS_SUCCESS;
}

static void close_state(void *state)
{
    cublas_state *const s = (cublas_state *)state;

    if (s->handle)
        (void)good(cublasDestroy(s->handle), "cublasDestroy");
    device_free(s->ones);
    device_free(s->workspace);
    free(s);
}

static cublas_state *open_state(cublasMath_t math)
{
    const size_t workspace_bytes = (size_t)(device_capability() >= 90 ? 32 : 4) << 20;
    cublas_state *const s = (cublas_state *)calloc(1, sizeof *s);

    if (!s)
        return NULL;
    if (device_alloc(&s->workspace, workspace_bytes) == STATUS_OK &&
        good(cublasCreate(&s->handle), "cublasCreate") &&
        good(cublasSetStream(s->handle, cudaStreamPerThread), "cublasSetStream") &&
        good(cublasSetWorkspace(s->handle, s->workspace, workspace_bytes), "cublasSetWorkspace") &&
        good(cublasSetMathMode(s->handle, math), "cublasSetMathMode"))
        return s;
    close_state(s);
    return NULL;
}

/* Row major C = alpha * op(A) * op(B) + beta * C. An empty C is left to nobody. */
static void multiply(const cublas_state *own, const gemm_shape *s, const float *a, const float *b,
                     float *c)
{
    if (s->M > 0 && s->N > 0)
        (void)good(cublasSgemm(own->handle, s->transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N,
                               s->transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N, s->N, s->M, s->K,
                               &s->alpha, b, s->ldb, a, s->lda, &s->beta, c, s->ldc),
                   "cublasSgemm");
}

/* ---- gemm ---- */

static void *open_product(const check_problem *p, int pass, cublasMath_t math)
{
    cublas_state *const s = open_state(math);

    if (s)
        s->product = peer_product_of(p, pass);
    return s;
}

static void run_gemm(void *state, const check_problem *p)
{
    const cublas_state *const s = (const cublas_state *)state;
    const peer_product *const r = &s->product;

    multiply(s, &r->shape, (const float *)check_data(p, r->a), (const float *)check_data(p, r->b),
             (float *)check_data(p, r->c));
}

/* ---- linear ---- */

/* y[n][out] = b[out]; for the ones, out = 1. */
static __global__ void peer_spread_kernel(const float *b, float *y, ptrdiff_t count, int out)
{
    const ptrdiff_t step = (ptrdiff_t)gridDim.x * THREADS;

    for (ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x; i < count; i += step)
        y[i] = b ? b[i % out] : 1.0f;
}

static void spread(const float *b, float *y, ptrdiff_t rows, int out)
{
    if (rows == 0)
        return;
    peer_spread_kernel<<<cuda_blocks(rows * out, THREADS), THREADS, 0, cudaStreamPerThread>>>(
        b, y, rows * out, out);
    cuda_launched("peer_spread_kernel");
}

static void *open_layer(const check_problem *p, int pass, cublasMath_t math)
{
    const linear_shape *const shape = (const linear_shape *)p->shape;
    cublas_state *const s = open_state(math);

    if (!s)
        return NULL;
    s->pass = peer_gpu_pass_is(p, pass, "forward")         ? FORWARD
              : peer_gpu_pass_is(p, pass, "backward_data") ? BACKWARD_DATA
                                                           : BACKWARD_WEIGHTS;
    if (s->pass == BACKWARD_WEIGHTS) {
        if (device_alloc(&s->ones, (size_t)shape->n * sizeof(float)) != STATUS_OK) {
            close_state(s);
            return NULL;
        }
        spread(NULL, (float *)s->ones, shape->n, 1);
    }
    return s;
}

/* db = dy^T * ones; where there are no rows, zeros. */
static void sum_rows(const cublas_state *s, const linear_shape *shape, const float *dy, float *db)
{
    const float one = 1.0f, zero = 0.0f;

    if (shape->n == 0)
        (void)device_fill(db, 0, (size_t)shape->out_features * sizeof *db);
    else
        (void)good(cublasSgemv(s->handle, CUBLAS_OP_N, shape->out_features, shape->n, &one, dy,
                               shape->out_features, (const float *)s->ones, 1, &zero, db, 1),
                   "cublasSgemv");
}

static void run_linear(void *state, const check_problem *p)
{
    const cublas_state *const s = (const cublas_state *)state;
    const linear_shape *const shape = (const linear_shape *)p->shape;
    const int n = shape->n, in = shape->in_features, out = shape->out_features;
    const float *const x = (const float *)check_data(p, "x");
    const float *const w = (const float *)check_data(p, "w");
    const float *const b = (const float *)check_data(p, "b");
    const float *const dy = (const float *)check_data(p, "dy");
    float *const y = (float *)check_data(p, "y"), *const db = (float *)check_data(p, "db");
    gemm_shape product;

    switch (s->pass) {
    case FORWARD:
        product = gemm_shape_dense(n, out, in, false, true);
        if (b) {
            spread(b, y, n, out);
            product.beta = 1.0f;
        }
        multiply(s, &product, x, w, y);
        break;
    case BACKWARD_DATA:
        product = gemm_shape_dense(n, in, out, false, false);
        multiply(s, &product, dy, w, (float *)check_data(p, "dx"));
        break;
    case BACKWARD_WEIGHTS:
        product = gemm_shape_dense(out, in, n, true, false);
        multiply(s, &product, dy, x, (float *)check_data(p, "dw"));
        if (db)
            sum_rows(s, shape, dy, db);
    }
}

/* ---- The library ---- */

static void *open_gemm(const check_problem *p, int pass)
{
    return open_product(p, pass, CUBLAS_DEFAULT_MATH);
}

static void *open_gemm_tf32(const check_problem *p, int pass)
{
    return open_product(p, pass, CUBLAS_TF32_TENSOR_OP_MATH);
}

static void *open_linear(const check_problem *p, int pass)
{
    return open_layer(p, pass, CUBLAS_DEFAULT_MATH);
}

static void *open_linear_tf32(const check_problem *p, int pass)
{
    return open_layer(p, pass, CUBLAS_TF32_TENSOR_OP_MATH);
}

const char *cublas_peer_library(void)
{
    static char name[64];

    snprintf(name, sizeof name, "cuBLAS %d.%d.%d", CUBLAS_VERSION / 10000,
             CUBLAS_VERSION / 100 % 100, CUBLAS_VERSION % 100);
    return name;
}

static const char gemm_idea[] = "cublasSgemm";
static const char linear_idea[] =
    "cublasSgemm, bias by a small kernel, its gradient by cublasSgemv";

const peer cublas_peers[] = {
    { { "cublas", SPACE_CUDA, PRECISION_FP32, gemm_idea }, "gemm", false, open_gemm, NULL, run_gemm,
      NULL, close_state },
    { { "cublas-tf32", SPACE_CUDA, PRECISION_TF32, gemm_idea }, "gemm", true, open_gemm_tf32, NULL,
      run_gemm, NULL, close_state },
    { { "cublas", SPACE_CUDA, PRECISION_FP32, linear_idea }, "linear", false, open_linear, NULL,
      run_linear, NULL, close_state },
    { { "cublas-tf32", SPACE_CUDA, PRECISION_TF32, linear_idea }, "linear", true, open_linear_tf32,
      NULL, run_linear, NULL, close_state },
    { },
};

#else

const peer cublas_peers[1] = {};

const char *cublas_peer_library(void)
{
    return NULL;
}

#endif
