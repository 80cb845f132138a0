/* cublas_v2.h: the part of cuBLAS that programs hold their own kernels against: matrix products,
 * matrix times vector, and the common operations on vectors.
 *
 * The host does it: operands are fetched with the runtime API, computed with plain loops (sums in
 * float for float and narrower, in double for double), and results copied back. So it cannot be
 * captured in a graph. Matrices are stored column after column, ld elements apart, as in cuBLAS. */
#ifndef CUSIM_CUBLAS_V2_H
#define CUSIM_CUBLAS_V2_H
#define CUBLAS_API_H_           /* the guard of cuBLAS's own header, which programs ask for */

#include <math.h>

#include "cuComplex.h"
#include "cuda_bf16.h"
#include "cuda_fp16.h"
#include "cuda_runtime.h"

typedef enum {
    CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_NOT_INITIALIZED = 1, CUBLAS_STATUS_ALLOC_FAILED = 3,
    CUBLAS_STATUS_INVALID_VALUE = 7, CUBLAS_STATUS_ARCH_MISMATCH = 8,
    CUBLAS_STATUS_MAPPING_ERROR = 11, CUBLAS_STATUS_EXECUTION_FAILED = 13,
    CUBLAS_STATUS_INTERNAL_ERROR = 14, CUBLAS_STATUS_NOT_SUPPORTED = 15,
    CUBLAS_STATUS_LICENSE_ERROR = 16
} cublasStatus_t;
typedef enum { CUBLAS_OP_N = 0, CUBLAS_OP_T = 1, CUBLAS_OP_C = 2 } cublasOperation_t;
typedef enum { CUBLAS_POINTER_MODE_HOST = 0, CUBLAS_POINTER_MODE_DEVICE = 1 } cublasPointerMode_t;
typedef enum {
    CUBLAS_DEFAULT_MATH = 0, CUBLAS_TENSOR_OP_MATH = 1, CUBLAS_PEDANTIC_MATH = 2,
    CUBLAS_TF32_TENSOR_OP_MATH = 3
} cublasMath_t;
typedef enum {
    CUBLAS_COMPUTE_16F = 64, CUBLAS_COMPUTE_16F_PEDANTIC = 65, CUBLAS_COMPUTE_32F = 68,
    CUBLAS_COMPUTE_32F_PEDANTIC = 69, CUBLAS_COMPUTE_64F = 70, CUBLAS_COMPUTE_64F_PEDANTIC = 71,
    CUBLAS_COMPUTE_32F_FAST_16F = 74, CUBLAS_COMPUTE_32F_FAST_16BF = 75,
    CUBLAS_COMPUTE_32F_FAST_TF32 = 77
} cublasComputeType_t;
typedef enum { CUBLAS_GEMM_DEFAULT = -1, CUBLAS_GEMM_DEFAULT_TENSOR_OP = 99 } cublasGemmAlgo_t;
#define CUBLAS_GEMM_DFALT CUBLAS_GEMM_DEFAULT
#define CUBLAS_GEMM_DFALT_TENSOR_OP CUBLAS_GEMM_DEFAULT_TENSOR_OP
#define CUBLAS_VERSION 120400

typedef struct cublasContext {
    cudaStream_t stream;
    cublasMath_t math;
    cublasPointerMode_t pointers;
} *cublasHandle_t;

/* ---- The handle ---- */

inline cublasStatus_t cublasCreate(cublasHandle_t *h)
{
    *h = new cublasContext();
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasDestroy(cublasHandle_t h)
{
    delete h;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasGetVersion(cublasHandle_t, int *version)
{
    *version = CUBLAS_VERSION;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasSetStream(cublasHandle_t h, cudaStream_t stream)
{
    h->stream = stream;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasGetStream(cublasHandle_t h, cudaStream_t *stream)
{
    *stream = h->stream;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasSetMathMode(cublasHandle_t h, cublasMath_t math)
{
    h->math = math;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasGetMathMode(cublasHandle_t h, cublasMath_t *math)
{
    *math = h->math;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasSetPointerMode(cublasHandle_t h, cublasPointerMode_t mode)
{
    h->pointers = mode;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasGetPointerMode(cublasHandle_t h, cublasPointerMode_t *mode)
{
    *mode = h->pointers;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasSetWorkspace(cublasHandle_t, void *, size_t)
{
    return CUBLAS_STATUS_SUCCESS;
}

inline const char *cublasGetStatusName(cublasStatus_t status)
{
    switch (status) {
#define CUSIM_STATUS(name) case name: return #name;
    CUSIM_STATUS(CUBLAS_STATUS_SUCCESS)
    CUSIM_STATUS(CUBLAS_STATUS_NOT_INITIALIZED)
    CUSIM_STATUS(CUBLAS_STATUS_ALLOC_FAILED)
    CUSIM_STATUS(CUBLAS_STATUS_INVALID_VALUE)
    CUSIM_STATUS(CUBLAS_STATUS_ARCH_MISMATCH)
    CUSIM_STATUS(CUBLAS_STATUS_MAPPING_ERROR)
    CUSIM_STATUS(CUBLAS_STATUS_EXECUTION_FAILED)
    CUSIM_STATUS(CUBLAS_STATUS_INTERNAL_ERROR)
    CUSIM_STATUS(CUBLAS_STATUS_NOT_SUPPORTED)
    CUSIM_STATUS(CUBLAS_STATUS_LICENSE_ERROR)
#undef CUSIM_STATUS
    }
    return "unknown status";
}
inline const char *cublasGetStatusString(cublasStatus_t status)
{
    return cublasGetStatusName(status);
}

/* ---- Operands ---- */

namespace cusim {

template <class T> struct type_of;
template <> struct type_of<float> { enum { value = CUDA_R_32F }; };
template <> struct type_of<double> { enum { value = CUDA_R_64F }; };
template <> struct type_of<__half> { enum { value = CUDA_R_16F }; };
template <> struct type_of<__nv_bfloat16> { enum { value = CUDA_R_16BF }; };

inline size_t bytes_of(cudaDataType type)
{
    return type == CUDA_R_64F ? 8 : type == CUDA_R_32F ? 4 : 2;
}
inline bool is_covered(cudaDataType type)
{
    return type == CUDA_R_32F || type == CUDA_R_64F || type == CUDA_R_16F || type == CUDA_R_16BF;
}

/* A matrix of elements of `type` somewhere in memory, and a dense copy of it on the host, as T. A
 * vector is a matrix of one row. ok is false if the copy failed. */
template <class T>
class operand {
    const void *at_;
    cudaDataType type_;
    size_t rows_, cols_, ld_;
    char *raw_;

    operand(const operand &);
    void operator=(const operand &);

public:
    T *value;
    bool ok;

    CUSIM_UNSEEN operand(const void *at, cudaDataType type, int rows, int cols, int ld, bool read)
        : at_(at), type_(type), rows_((size_t)rows), cols_((size_t)cols), ld_((size_t)ld),
          raw_(new char[rows_ * cols_ * bytes_of(type) + 1]), value(new T[rows_ * cols_ + 1]()),
          ok(true)
    {
        const size_t bytes = bytes_of(type);
        if (!read || rows_ * cols_ == 0)
            return;
        ok = cudaMemcpy2D(raw_, rows_ * bytes, at, ld_ * bytes, rows_ * bytes, cols_,
                          cudaMemcpyDefault) == cudaSuccess;
        for (size_t i = 0; i < rows_ * cols_; i++) {
            const char *p = raw_ + i * bytes;
            value[i] = type == CUDA_R_64F   ? (T)from<double>(p)
                       : type == CUDA_R_32F ? (T)from<float>(p)
                       : type == CUDA_R_16F ? (T)(float)from<__half>(p)
                                            : (T)(float)from<__nv_bfloat16>(p);
        }
    }
    ~operand()
    {
        delete[] raw_;
        delete[] value;
    }

    CUSIM_UNSEEN bool write_back()
    {
        const size_t bytes = bytes_of(type_);
        for (size_t i = 0; i < rows_ * cols_; i++) {
            char *const p = raw_ + i * bytes;
            if (type_ == CUDA_R_64F)
                into(p, (double)value[i]);
            else if (type_ == CUDA_R_32F)
                into(p, (float)value[i]);
            else if (type_ == CUDA_R_16F)
                into(p, __half(value[i]));
            else
                into(p, __nv_bfloat16(value[i]));
        }
        return rows_ * cols_ == 0 ||
               cudaMemcpy2D(const_cast<void *>(at_), ld_ * bytes, raw_, rows_ * bytes,
                            rows_ * bytes, cols_, cudaMemcpyDefault) == cudaSuccess;
    }

private:
    template <class Stored> CUSIM_INLINE Stored from(const char *p)
    {
        Stored x;
        __builtin_memcpy((void *)&x, p, sizeof x);
        return x;
    }
    template <class Stored> CUSIM_INLINE void into(char *p, Stored x)
    {
        __builtin_memcpy(p, (const void *)&x, sizeof x);
    }
};

inline cublasStatus_t status_of(bool ok)
{
    return ok ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

/* alpha or beta, which lie on the host or on the device. */
template <class S>
S scalar(cublasHandle_t h, const S *p)
{
    S x = S();
    if (h->pointers == CUBLAS_POINTER_MODE_HOST)
        return *p;
    return cudaMemcpy((void *)&x, p, sizeof x, cudaMemcpyDefault) == cudaSuccess ? x : S(NAN);
}

/* A result that is one number. */
template <class S>
cublasStatus_t answer(cublasHandle_t h, S *to, S x)
{
    if (h->pointers == CUBLAS_POINTER_MODE_DEVICE)
        return status_of(cudaMemcpy(to, &x, sizeof x, cudaMemcpyDefault) == cudaSuccess);
    *to = x;
    return CUBLAS_STATUS_SUCCESS;
}

/* ---- Matrix products ---- */

/* Shape and operands of C = alpha op(A) op(B) + beta C. */
struct product {
    cublasOperation_t op_a, op_b;
    int m, n, k;
    cudaDataType type_a, type_b, type_c;
    int lda, ldb, ldc;
};

inline bool is_valid(const product &p)
{
    return p.m >= 0 && p.n >= 0 && p.k >= 0 && p.lda >= (p.op_a == CUBLAS_OP_N ? p.m : p.k) &&
           p.ldb >= (p.op_b == CUBLAS_OP_N ? p.k : p.n) && p.ldc >= p.m && p.lda > 0 && p.ldb > 0 &&
           p.ldc > 0;
}

template <class T>
CUSIM_UNSEEN cublasStatus_t multiply(const product &p, T alpha, const void *a, const void *b,
                                     T beta, void *c)
{
    if (!is_valid(p))
        return CUBLAS_STATUS_INVALID_VALUE;
    if (!is_covered(p.type_a) || !is_covered(p.type_b) || !is_covered(p.type_c))
        return CUBLAS_STATUS_NOT_SUPPORTED;
    const bool plain_a = p.op_a == CUBLAS_OP_N, plain_b = p.op_b == CUBLAS_OP_N;
    operand<T> A(a, p.type_a, plain_a ? p.m : p.k, plain_a ? p.k : p.m, p.lda, true);
    operand<T> B(b, p.type_b, plain_b ? p.k : p.n, plain_b ? p.n : p.k, p.ldb, true);
    operand<T> C(c, p.type_c, p.m, p.n, p.ldc, beta != 0);
    if (!A.ok || !B.ok || !C.ok)
        return CUBLAS_STATUS_EXECUTION_FAILED;

    const size_t m = (size_t)p.m, n = (size_t)p.n, k = (size_t)p.k;
    T *const sum = new T[m + 1];
    T *const whole_a = new T[m * k + 1];            /* op(A), column after column */
    for (size_t l = 0; l < k; l++)
        for (size_t i = 0; i < m; i++)
            whole_a[l * m + i] = plain_a ? A.value[l * m + i] : A.value[i * k + l];
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < m; i++)
            sum[i] = 0;
        for (size_t l = 0; l < k; l++) {
            const T factor = plain_b ? B.value[j * k + l] : B.value[l * n + j];
            const T *const column = whole_a + l * m;
            for (size_t i = 0; i < m; i++)
                sum[i] += column[i] * factor;
        }
        for (size_t i = 0; i < m; i++) {
            T *const y = &C.value[j * m + i];
            *y = alpha * sum[i] + (beta != 0 ? beta * *y : T(0));
        }
    }
    delete[] sum;
    delete[] whole_a;
    return status_of(C.write_back());
}

/* The same for many products, a fixed number of elements apart. */
template <class T>
cublasStatus_t multiply_strided(const product &p, T alpha, const void *a, long long stride_a,
                                const void *b, long long stride_b, T beta, void *c,
                                long long stride_c, int count)
{
    cublasStatus_t status = count < 0 ? CUBLAS_STATUS_INVALID_VALUE : CUBLAS_STATUS_SUCCESS;
    for (int i = 0; i < count && status == CUBLAS_STATUS_SUCCESS; i++)
        status = multiply(p, alpha, (const char *)a + i * stride_a * (long long)bytes_of(p.type_a),
                          (const char *)b + i * stride_b * (long long)bytes_of(p.type_b), beta,
                          (char *)c + i * stride_c * (long long)bytes_of(p.type_c));
    return status;
}

/* ---- Matrix and vector ---- */

template <class T>
CUSIM_UNSEEN cublasStatus_t times_vector(cublasOperation_t op, int m, int n, T alpha, const T *a,
                                         int lda, const T *x, int incx, T beta, T *y, int incy)
{
    if (m < 0 || n < 0 || lda < m || incx <= 0 || incy <= 0)
        return CUBLAS_STATUS_INVALID_VALUE;
    const cudaDataType type = (cudaDataType)type_of<T>::value;
    const int in = op == CUBLAS_OP_N ? n : m, out = op == CUBLAS_OP_N ? m : n;
    operand<T> A(a, type, m, n, lda, true), X(x, type, 1, in, incx, true);
    operand<T> Y(y, type, 1, out, incy, beta != 0);
    if (!A.ok || !X.ok || !Y.ok)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    for (int i = 0; i < out; i++) {
        T sum = 0;
        for (int l = 0; l < in; l++)
            sum += X.value[l] *
                   (op == CUBLAS_OP_N ? A.value[(size_t)l * (size_t)m + (size_t)i]
                                      : A.value[(size_t)i * (size_t)m + (size_t)l]);
        Y.value[i] = alpha * sum + (beta != 0 ? beta * Y.value[i] : T(0));
    }
    return status_of(Y.write_back());
}

/* C = alpha op(A) + beta op(B). */
template <class T>
CUSIM_UNSEEN cublasStatus_t add_matrices(cublasOperation_t op_a, cublasOperation_t op_b, int m,
                                         int n, T alpha, const T *a, int lda, T beta, const T *b,
                                         int ldb, T *c, int ldc)
{
    if (m < 0 || n < 0 || ldc < m)
        return CUBLAS_STATUS_INVALID_VALUE;
    const cudaDataType type = (cudaDataType)type_of<T>::value;
    const bool plain_a = op_a == CUBLAS_OP_N, plain_b = op_b == CUBLAS_OP_N;
    operand<T> A(a, type, plain_a ? m : n, plain_a ? n : m, lda, alpha != 0);
    operand<T> B(b, type, plain_b ? m : n, plain_b ? n : m, ldb, beta != 0);
    operand<T> C(c, type, m, n, ldc, false);
    if (!A.ok || !B.ok)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    for (size_t j = 0; j < (size_t)n; j++)
        for (size_t i = 0; i < (size_t)m; i++)
            C.value[j * (size_t)m + i] =
                alpha * A.value[plain_a ? j * (size_t)m + i : i * (size_t)n + j] +
                beta * B.value[plain_b ? j * (size_t)m + i : i * (size_t)n + j];
    return status_of(C.write_back());
}

/* ---- Vectors ---- */

/* y = alpha x + beta y; with beta 0, y is not read. */
template <class T>
CUSIM_UNSEEN cublasStatus_t add_vectors(int n, T alpha, const T *x, int incx, T beta, T *y,
                                        int incy)
{
    if (n <= 0)
        return CUBLAS_STATUS_SUCCESS;
    if (incx <= 0 || incy <= 0)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    const cudaDataType type = (cudaDataType)type_of<T>::value;
    operand<T> X(x, type, 1, n, incx, true), Y(y, type, 1, n, incy, beta != 0);
    if (!X.ok || !Y.ok)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    for (int i = 0; i < n; i++)
        Y.value[i] = alpha * X.value[i] + beta * Y.value[i];
    return status_of(Y.write_back());
}

/* Folds fold(sum, x, y) over the elements of two vectors (y may be x). */
template <class T, class Fold>
CUSIM_UNSEEN cublasStatus_t folded(int n, const T *x, int incx, const T *y, int incy, double *sum,
                                   Fold fold)
{
    *sum = 0;
    if (n <= 0)
        return CUBLAS_STATUS_SUCCESS;
    if (incx <= 0 || incy <= 0)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    const cudaDataType type = (cudaDataType)type_of<T>::value;
    operand<T> X(x, type, 1, n, incx, true), Y(y, type, 1, n, incy, true);
    for (int i = 0; i < n; i++)
        *sum = fold(*sum, (double)X.value[i], (double)Y.value[i]);
    return status_of(X.ok && Y.ok);
}

/* Where the largest (or smallest) magnitude is, counted from 1; 0 if there is none. */
template <class T>
CUSIM_UNSEEN cublasStatus_t extreme(cublasHandle_t h, int n, const T *x, int incx, int *result,
                                    bool largest)
{
    if (n <= 0 || incx <= 0)
        return answer(h, result, 0);
    operand<T> X(x, (cudaDataType)type_of<T>::value, 1, n, incx, true);
    int best = 0;
    for (int i = 1; i < n; i++) {
        const T size = fabs(X.value[i]), of_best = fabs(X.value[best]);
        if (largest ? size > of_best : size < of_best)
            best = i;
    }
    return X.ok ? answer(h, result, best + 1) : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // namespace cusim

/* ---- The functions by their names: S is float, D double ---- */

#define CUSIM_BLAS(L, T)                                                                        \
    inline cublasStatus_t cublas##L##gemm(                                                      \
        cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k,  \
        const T *alpha, const T *a, int lda, const T *b, int ldb, const T *beta, T *c, int ldc) \
    {                                                                                           \
        const cudaDataType type = (cudaDataType)cusim::type_of<T>::value;                       \
        const cusim::product p = {op_a, op_b, m, n, k, type, type, type, lda, ldb, ldc};        \
        return cusim::multiply<T>(p, cusim::scalar(h, alpha), a, b, cusim::scalar(h, beta), c); \
    }                                                                                           \
    inline cublasStatus_t cublas##L##gemmStridedBatched(                                        \
        cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k,  \
        const T *alpha, const T *a, int lda, long long stride_a, const T *b, int ldb,           \
        long long stride_b, const T *beta, T *c, int ldc, long long stride_c, int count)        \
    {                                                                                           \
        const cudaDataType type = (cudaDataType)cusim::type_of<T>::value;                       \
        const cusim::product p = {op_a, op_b, m, n, k, type, type, type, lda, ldb, ldc};        \
        return cusim::multiply_strided<T>(p, cusim::scalar(h, alpha), a, stride_a, b, stride_b, \
                                          cusim::scalar(h, beta), c, stride_c, count);          \
    }                                                                                           \
    inline cublasStatus_t cublas##L##gemv(cublasHandle_t h, cublasOperation_t op, int m, int n, \
                                          const T *alpha, const T *a, int lda, const T *x,      \
                                          int incx, const T *beta, T *y, int incy)              \
    {                                                                                           \
        return cusim::times_vector<T>(op, m, n, cusim::scalar(h, alpha), a, lda, x, incx,       \
                                      cusim::scalar(h, beta), y, incy);                         \
    }                                                                                           \
    inline cublasStatus_t cublas##L##geam(                                                      \
        cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n,         \
        const T *alpha, const T *a, int lda, const T *beta, const T *b, int ldb, T *c, int ldc) \
    {                                                                                           \
        return cusim::add_matrices<T>(op_a, op_b, m, n, cusim::scalar(h, alpha), a, lda,        \
                                      cusim::scalar(h, beta), b, ldb, c, ldc);                  \
    }                                                                                           \
    inline cublasStatus_t cublas##L##axpy(cublasHandle_t h, int n, const T *alpha, const T *x,  \
                                          int incx, T *y, int incy)                             \
    {                                                                                           \
        return cusim::add_vectors<T>(n, cusim::scalar(h, alpha), x, incx, T(1), y, incy);       \
    }                                                                                           \
    inline cublasStatus_t cublas##L##copy(cublasHandle_t, int n, const T *x, int incx, T *y,    \
                                          int incy)                                             \
    {                                                                                           \
        return cusim::add_vectors<T>(n, T(1), x, incx, T(0), y, incy);                          \
    }                                                                                           \
    inline cublasStatus_t cublas##L##scal(cublasHandle_t h, int n, const T *alpha, T *x,        \
                                          int incx)                                             \
    {                                                                                           \
        return cusim::add_vectors<T>(n, cusim::scalar(h, alpha), x, incx, T(0), x, incx);       \
    }                                                                                           \
    inline cublasStatus_t cublas##L##dot(cublasHandle_t h, int n, const T *x, int incx,         \
                                         const T *y, int incy, T *result)                       \
    {                                                                                           \
        double sum;                                                                             \
        const cublasStatus_t status = cusim::folded(                                            \
            n, x, incx, y, incy, &sum, [](double s, double u, double v) { return s + u * v; }); \
        return status == CUBLAS_STATUS_SUCCESS ? cusim::answer(h, result, (T)sum) : status;     \
    }                                                                                           \
    inline cublasStatus_t cublas##L##nrm2(cublasHandle_t h, int n, const T *x, int incx,        \
                                          T *result)                                            \
    {                                                                                           \
        double sum;                                                                             \
        const cublasStatus_t status = cusim::folded(                                            \
            n, x, incx, x, incx, &sum, [](double s, double u, double) { return hypot(s, u); }); \
        return status == CUBLAS_STATUS_SUCCESS ? cusim::answer(h, result, (T)sum) : status;     \
    }                                                                                           \
    inline cublasStatus_t cublas##L##asum(cublasHandle_t h, int n, const T *x, int incx,        \
                                          T *result)                                            \
    {                                                                                           \
        double sum;                                                                             \
        const cublasStatus_t status = cusim::folded(                                            \
            n, x, incx, x, incx, &sum, [](double s, double u, double) { return s + fabs(u); }); \
        return status == CUBLAS_STATUS_SUCCESS ? cusim::answer(h, result, (T)sum) : status;     \
    }

CUSIM_BLAS(S, float)
CUSIM_BLAS(D, double)

#undef CUSIM_BLAS

inline cublasStatus_t cublasIsamax(cublasHandle_t h, int n, const float *x, int incx, int *result)
{
    return cusim::extreme(h, n, x, incx, result, true);
}
inline cublasStatus_t cublasIdamax(cublasHandle_t h, int n, const double *x, int incx, int *result)
{
    return cusim::extreme(h, n, x, incx, result, true);
}
inline cublasStatus_t cublasIsamin(cublasHandle_t h, int n, const float *x, int incx, int *result)
{
    return cusim::extreme(h, n, x, incx, result, false);
}
inline cublasStatus_t cublasIdamin(cublasHandle_t h, int n, const double *x, int incx, int *result)
{
    return cusim::extreme(h, n, x, incx, result, false);
}

/* ---- Products of half precision ---- */

inline cublasStatus_t cublasHgemm(cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b,
                                  int m, int n, int k, const __half *alpha, const __half *a,
                                  int lda, const __half *b, int ldb, const __half *beta, __half *c,
                                  int ldc)
{
    const cusim::product p = {op_a, op_b, m, n, k, CUDA_R_16F, CUDA_R_16F, CUDA_R_16F, lda, ldb,
                              ldc};
    return cusim::multiply<float>(p, (float)cusim::scalar(h, alpha), a, b,
                                  (float)cusim::scalar(h, beta), c);
}

/* alpha and beta are of the type that is computed in. */
inline cublasStatus_t cublasGemmStridedBatchedEx(
    cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k,
    const void *alpha, const void *a, cudaDataType type_a, int lda, long long stride_a,
    const void *b, cudaDataType type_b, int ldb, long long stride_b, const void *beta, void *c,
    cudaDataType type_c, int ldc, long long stride_c, int count, cublasComputeType_t compute,
    cublasGemmAlgo_t)
{
    const cusim::product p = {op_a, op_b, m, n, k, type_a, type_b, type_c, lda, ldb, ldc};
    if (compute == CUBLAS_COMPUTE_64F || compute == CUBLAS_COMPUTE_64F_PEDANTIC)
        return cusim::multiply_strided<double>(p, cusim::scalar(h, (const double *)alpha), a,
                                               stride_a, b, stride_b,
                                               cusim::scalar(h, (const double *)beta), c, stride_c,
                                               count);
    const bool half = compute == CUBLAS_COMPUTE_16F || compute == CUBLAS_COMPUTE_16F_PEDANTIC;
    const float scale = half ? (float)cusim::scalar(h, (const __half *)alpha)
                             : cusim::scalar(h, (const float *)alpha);
    const float keep = half ? (float)cusim::scalar(h, (const __half *)beta)
                            : cusim::scalar(h, (const float *)beta);
    return cusim::multiply_strided<float>(p, scale, a, stride_a, b, stride_b, keep, c, stride_c,
                                          count);
}

inline cublasStatus_t cublasGemmEx(cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b,
                                   int m, int n, int k, const void *alpha, const void *a,
                                   cudaDataType type_a, int lda, const void *b, cudaDataType type_b,
                                   int ldb, const void *beta, void *c, cudaDataType type_c, int ldc,
                                   cublasComputeType_t compute, cublasGemmAlgo_t algorithm)
{
    return cublasGemmStridedBatchedEx(h, op_a, op_b, m, n, k, alpha, a, type_a, lda, 0, b, type_b,
                                      ldb, 0, beta, c, type_c, ldc, 0, 1, compute, algorithm);
}

/* Before CUDA 11 the type to compute in was a data type. */
inline cublasStatus_t cublasGemmEx(cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b,
                                   int m, int n, int k, const void *alpha, const void *a,
                                   cudaDataType type_a, int lda, const void *b, cudaDataType type_b,
                                   int ldb, const void *beta, void *c, cudaDataType type_c, int ldc,
                                   cudaDataType compute, cublasGemmAlgo_t algorithm)
{
    return cublasGemmEx(h, op_a, op_b, m, n, k, alpha, a, type_a, lda, b, type_b, ldb, beta, c,
                        type_c, ldc,
                        compute == CUDA_R_64F   ? CUBLAS_COMPUTE_64F
                        : compute == CUDA_R_16F ? CUBLAS_COMPUTE_16F
                                                : CUBLAS_COMPUTE_32F,
                        algorithm);
}

/* ---- Copies between host and device ---- */

inline cublasStatus_t cublasSetMatrix(int rows, int cols, int bytes, const void *from, int ld_from,
                                      void *to, int ld_to)
{
    return cusim::status_of(cudaMemcpy2D(to, (size_t)ld_to * (size_t)bytes, from,
                                         (size_t)ld_from * (size_t)bytes,
                                         (size_t)rows * (size_t)bytes, (size_t)cols,
                                         cudaMemcpyHostToDevice) == cudaSuccess);
}
inline cublasStatus_t cublasGetMatrix(int rows, int cols, int bytes, const void *from, int ld_from,
                                      void *to, int ld_to)
{
    return cusim::status_of(cudaMemcpy2D(to, (size_t)ld_to * (size_t)bytes, from,
                                         (size_t)ld_from * (size_t)bytes,
                                         (size_t)rows * (size_t)bytes, (size_t)cols,
                                         cudaMemcpyDeviceToHost) == cudaSuccess);
}
inline cublasStatus_t cublasSetVector(int n, int bytes, const void *from, int inc_from, void *to,
                                      int inc_to)
{
    return cublasSetMatrix(1, n, bytes, from, inc_from, to, inc_to);
}
inline cublasStatus_t cublasGetVector(int n, int bytes, const void *from, int inc_from, void *to,
                                      int inc_to)
{
    return cublasGetMatrix(1, n, bytes, from, inc_from, to, inc_to);
}

#endif
