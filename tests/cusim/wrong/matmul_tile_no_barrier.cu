// wrong: the barrier between filling the tiles and reading them is missing
// found: race
// also: uninitialised
// plain: result
#include <cstdio>
#include <cstdlib>

#define TILE 16
#define CHECK(call)                                                                                \
    do {                                                                                           \
        cudaError_t e_ = (call);                                                                   \
        if (e_ != cudaSuccess) {                                                                   \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, cudaGetErrorString(e_));            \
            exit(2);                                                                               \
        }                                                                                          \
    } while (0)

__global__ void matmul(const float *A, const float *B, float *C, int n)
{
    __shared__ float As[TILE][TILE];
    __shared__ float Bs[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y;
    int col = blockIdx.x * TILE + threadIdx.x;
    float sum = 0.0f;

    for (int t = 0; t < n / TILE; t++) {
        As[threadIdx.y][threadIdx.x] = A[row * n + t * TILE + threadIdx.x];
        Bs[threadIdx.y][threadIdx.x] = B[(t * TILE + threadIdx.y) * n + col];
        for (int k = 0; k < TILE; k++)
            sum += As[threadIdx.y][k] * Bs[k][threadIdx.x]; // <- here
        __syncthreads();
    }
    C[row * n + col] = sum;
}

int main()
{
    const int n = 32;
    size_t bytes = n * n * sizeof(float);
    float *a = (float *)malloc(bytes), *c = (float *)malloc(bytes);
    float *dA, *dB, *dC;
    for (int i = 0; i < n * n; i++)
        a[i] = (float)(i % 7);
    CHECK(cudaMalloc(&dA, bytes));
    CHECK(cudaMalloc(&dB, bytes));
    CHECK(cudaMalloc(&dC, bytes));
    CHECK(cudaMemcpy(dA, a, bytes, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(dB, a, bytes, cudaMemcpyHostToDevice));
    dim3 block(TILE, TILE), grid(n / TILE, n / TILE);
    matmul<<<grid, block>>>(dA, dB, dC, n);
    CHECK(cudaGetLastError());
    CHECK(cudaMemcpy(c, dC, bytes, cudaMemcpyDeviceToHost));
    int good = 0;
    for (int i = 0; i < n * n; i++)
        good += c[i] >= 0.0f && c[i] < 1e6f;    // garbage is mostly NaN
    printf("%d numbers\n", good);
    CHECK(cudaFree(dA));
    CHECK(cudaFree(dB));
    CHECK(cudaFree(dC));
    free(a);
    free(c);
    return 0;
}
