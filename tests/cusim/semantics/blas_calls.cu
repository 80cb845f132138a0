/* blas_calls.cu: the covered part of cuBLAS and of cuRAND's host library against plain loops. */
#include <math.h>
#include <stdio.h>

#include <cublasLt.h>
#include <cublas_v2.h>
#include <curand.h>

#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            printf("line %d: %s does not hold\n", __LINE__, #condition);         \
            return 1;                                                            \
        }                                                                        \
    } while (0)

enum { M = 5, N = 4, K = 3, LDA = 7, LDB = 6, LDC = 8, ROOM = 64 };

static double entry(int i) { return i * 7 % 13 - 6; }

/* C = 2 op(A) op(B) - C, column after column, for one kind of elements. */
template <class T, class Gemm>
static int product(cublasOperation_t op_a, cublasOperation_t op_b, Gemm gemm)
{
    T host[3][ROOM], result[ROOM], *dev[3];
    for (int which = 0; which < 3; which++) {
        for (int i = 0; i < ROOM; i++)
            host[which][i] = (T)entry(11 * which + i);
        CHECK(cudaMalloc(&dev[which], sizeof host[which]) == cudaSuccess);
        CHECK(cudaMemcpy(dev[which], host[which], sizeof host[which], cudaMemcpyHostToDevice) ==
              cudaSuccess);
    }
    CHECK(gemm(dev[0], dev[1], dev[2]) == CUBLAS_STATUS_SUCCESS);
    CHECK(cudaMemcpy(result, dev[2], sizeof result, cudaMemcpyDeviceToHost) == cudaSuccess);
    for (int col = 0; col < N; col++)
        for (int row = 0; row < LDC; row++) {
            double sum = 0;
            for (int l = 0; l < K; l++)
                sum += (double)host[0][op_a == CUBLAS_OP_N ? l * LDA + row : row * LDA + l] *
                       (double)host[1][op_b == CUBLAS_OP_N ? col * LDB + l : l * LDB + col];
            const double before = (double)host[2][col * LDC + row];
            CHECK((double)result[col * LDC + row] == (row < M ? 2 * sum - before : before));
        }
    for (int which = 0; which < 3; which++)
        CHECK(cudaFree(dev[which]) == cudaSuccess);
    return 0;
}

static int products(cublasHandle_t h)
{
    const cublasOperation_t ops[2] = { CUBLAS_OP_N, CUBLAS_OP_T };
    const float two = 2, minus_one = -1;
    const double two_d = 2, minus_one_d = -1;
    for (cublasOperation_t a : ops)
        for (cublasOperation_t b : ops) {
            CHECK(product<float>(a, b, [&](float *A, float *B, float *C) {
                return cublasSgemm(h, a, b, M, N, K, &two, A, LDA, B, LDB, &minus_one, C, LDC);
            }) == 0);
            CHECK(product<double>(a, b, [&](double *A, double *B, double *C) {
                return cublasDgemm(h, a, b, M, N, K, &two_d, A, LDA, B, LDB, &minus_one_d, C, LDC);
            }) == 0);
            CHECK(product<float>(a, b, [&](float *A, float *B, float *C) {
                return cublasGemmEx(h, a, b, M, N, K, &two, A, CUDA_R_32F, LDA, B, CUDA_R_32F, LDB,
                                    &minus_one, C, CUDA_R_32F, LDC, CUBLAS_COMPUTE_32F,
                                    CUBLAS_GEMM_DEFAULT);
            }) == 0);
        }
    return 0;
}

static int vectors(cublasHandle_t h)
{
    float x[6] = { 3, -1, 4, -1, 5, -9 }, y[6], *X, *Y, result;
    const float two = 2, half = 0.5f, zero = 0;
    int index;
    CHECK(cudaMalloc(&X, sizeof x) == cudaSuccess && cudaMalloc(&Y, sizeof y) == cudaSuccess);
    CHECK(cublasSetVector(6, sizeof *x, x, 1, X, 1) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasScopy(h, 6, X, 1, Y, 1) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasSaxpy(h, 6, &two, X, 1, Y, 1) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasSscal(h, 3, &half, Y, 2) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasGetVector(6, sizeof *y, Y, 1, y, 1) == CUBLAS_STATUS_SUCCESS);
    CHECK(y[0] == 4.5f && y[1] == -3 && y[5] == -27);
    CHECK(cublasSdot(h, 6, X, 1, X, 1, &result) == CUBLAS_STATUS_SUCCESS && result == 133);
    CHECK(cublasSasum(h, 6, X, 1, &result) == CUBLAS_STATUS_SUCCESS && result == 23);
    CHECK(cublasSnrm2(h, 2, X, 4, &result) == CUBLAS_STATUS_SUCCESS &&
          fabsf(result - sqrtf(34)) < 1e-5f);
    CHECK(cublasIsamax(h, 6, X, 1, &index) == CUBLAS_STATUS_SUCCESS && index == 6);
    /* X as a matrix of 2 x 3: times (1, 1, 1) of Y. */
    for (int i = 0; i < 6; i++)
        y[i] = 1;
    CHECK(cublasSetVector(6, sizeof *y, y, 1, Y, 1) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasSgemv(h, CUBLAS_OP_N, 2, 3, &two, X, 2, Y, 1, &zero, Y + 3, 1) ==
          CUBLAS_STATUS_SUCCESS);
    CHECK(cublasGetVector(6, sizeof *y, Y, 1, y, 1) == CUBLAS_STATUS_SUCCESS);
    CHECK(y[3] == 24 && y[4] == -22 && y[5] == 1);
    CHECK(cudaFree(X) == cudaSuccess && cudaFree(Y) == cudaSuccess);
    return 0;
}

/* D = relu(A B + bias) and the gradient of a bias by cublasLt, 2 x 3 times 3 x 2. */
static int with_epilogue()
{
    const float a[6] = { 1, 2, 3, 4, 5, 6 }, b[6] = { 1, 0, -1, 2, 2, 2 }, bias[2] = { 1, -30 };
    const float one = 1, zero = 0;
    float d[4], sums[2], *dev;
    cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_RELU_BIAS;
    cublasLtHandle_t h;
    cublasLtMatmulDesc_t desc;
    cublasLtMatrixLayout_t of_a, of_b, of_d;
    cublasLtMatmulPreference_t preference;
    cublasLtMatmulHeuristicResult_t found;
    int count = 0;
    CHECK(cudaMalloc(&dev, 32 * sizeof *dev) == cudaSuccess);
    CHECK(cudaMemcpy(dev, a, sizeof a, cudaMemcpyHostToDevice) == cudaSuccess);
    CHECK(cudaMemcpy(dev + 8, b, sizeof b, cudaMemcpyHostToDevice) == cudaSuccess);
    CHECK(cudaMemcpy(dev + 16, bias, sizeof bias, cudaMemcpyHostToDevice) == cudaSuccess);
    float *const bias_dev = dev + 16, *const d_dev = dev + 20;
    CHECK(cublasLtCreate(&h) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatmulDescCreate(&desc, CUBLAS_COMPUTE_32F, CUDA_R_32F) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue,
                                         sizeof epilogue) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias_dev,
                                         sizeof bias_dev) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatrixLayoutCreate(&of_a, CUDA_R_32F, 2, 3, 2) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatrixLayoutCreate(&of_b, CUDA_R_32F, 3, 2, 3) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatrixLayoutCreate(&of_d, CUDA_R_32F, 2, 2, 2) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatmulPreferenceCreate(&preference) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatmulAlgoGetHeuristic(h, desc, of_a, of_b, of_d, of_d, preference, 1, &found,
                                         &count) == CUBLAS_STATUS_SUCCESS && count == 1);
    CHECK(cublasLtMatmul(h, desc, &one, dev, of_a, dev + 8, of_b, &zero, d_dev, of_d, d_dev, of_d,
                         &found.algo, nullptr, 0, 0) == CUBLAS_STATUS_SUCCESS);
    CHECK(cudaMemcpy(d, d_dev, sizeof d, cudaMemcpyDeviceToHost) == cudaSuccess);
    CHECK(d[0] == 0 && d[1] == 0 && d[2] == 19 && d[3] == 0);   /* -4+1, -4-30, 18+1, 24-30 */
    epilogue = CUBLASLT_EPILOGUE_BGRADB;
    CHECK(cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue,
                                         sizeof epilogue) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatmul(h, desc, &one, dev, of_a, dev + 8, of_b, &zero, d_dev, of_d, d_dev, of_d,
                         &found.algo, nullptr, 0, 0) == CUBLAS_STATUS_SUCCESS);
    CHECK(cudaMemcpy(d, d_dev, sizeof d, cudaMemcpyDeviceToHost) == cudaSuccess);
    CHECK(cudaMemcpy(sums, bias_dev, sizeof sums, cudaMemcpyDeviceToHost) == cudaSuccess);
    CHECK(d[0] == -4 && d[3] == 24 && sums[0] == 0 && sums[1] == 6);
    CHECK(cublasLtMatmulPreferenceDestroy(preference) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatrixLayoutDestroy(of_a) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatrixLayoutDestroy(of_b) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatrixLayoutDestroy(of_d) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtMatmulDescDestroy(desc) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasLtDestroy(h) == CUBLAS_STATUS_SUCCESS);
    CHECK(cudaFree(dev) == cudaSuccess);
    return 0;
}

static int random_numbers()
{
    enum { COUNT = 10000 };
    static float numbers[COUNT];
    float *dev;
    double sum = 0, squares = 0;
    curandGenerator_t g;
    CHECK(cudaMalloc(&dev, sizeof numbers) == cudaSuccess);
    CHECK(curandCreateGenerator(&g, CURAND_RNG_PSEUDO_PHILOX4_32_10) == CURAND_STATUS_SUCCESS);
    CHECK(curandSetPseudoRandomGeneratorSeed(g, 7) == CURAND_STATUS_SUCCESS);
    CHECK(curandGenerateNormal(g, dev, COUNT, 2.0f, 3.0f) == CURAND_STATUS_SUCCESS);
    CHECK(cudaMemcpy(numbers, dev, sizeof numbers, cudaMemcpyDeviceToHost) == cudaSuccess);
    for (int i = 0; i < COUNT; i++) {
        sum += numbers[i];
        squares += (numbers[i] - 2) * (numbers[i] - 2);
    }
    CHECK(fabs(sum / COUNT - 2) < 0.15 && fabs(squares / COUNT - 9) < 0.7);
    CHECK(curandGenerateUniform(g, dev, COUNT) == CURAND_STATUS_SUCCESS);
    CHECK(cudaMemcpy(numbers, dev, sizeof numbers, cudaMemcpyDeviceToHost) == cudaSuccess);
    for (int i = 0; i < COUNT; i++)
        CHECK(numbers[i] > 0 && numbers[i] <= 1);
    CHECK(curandDestroyGenerator(g) == CURAND_STATUS_SUCCESS);
    CHECK(cudaFree(dev) == cudaSuccess);
    return 0;
}

int main()
{
    cublasHandle_t h;
    CHECK(cublasCreate(&h) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasSetMathMode(h, CUBLAS_DEFAULT_MATH) == CUBLAS_STATUS_SUCCESS);
    if (products(h) || vectors(h) || with_epilogue() || random_numbers())
        return 1;
    CHECK(cublasDestroy(h) == CUBLAS_STATUS_SUCCESS);
    puts("ok");
    return 0;
}
