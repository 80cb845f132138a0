// wrong: threads beyond the edge of the matrix leave their element of the tile unset, all read it
// found: uninitialised
#include <cstdio>
#include <cstdlib>
#include <vector>

constexpr int T = 8;
void must(cudaError_t e)
{
    if (e != cudaSuccess) {
        fprintf(stderr, "%s\n", cudaGetErrorName(e));
        exit(2);
    }
}

template <typename V>
__global__ void row_times_matrix(const V *a, const V *b, V *c, int n)
{
    __shared__ V tile[T][T];
    int row = blockIdx.y * T + threadIdx.y, col = blockIdx.x * T + threadIdx.x;
    V sum = 0;
    for (int k0 = 0; k0 < n; k0 += T) {
        if (k0 + threadIdx.y < n && col < n)
            tile[threadIdx.y][threadIdx.x] = b[(k0 + threadIdx.y) * n + col];
        __syncthreads();
        for (int k = 0; k < T; k++) {
            V x = row < n && k0 + k < n ? a[row * n + k0 + k] : V(0);
            sum += x * tile[k][threadIdx.x]; // <- here
        }
        __syncthreads();
    }
    if (row < n && col < n)
        c[row * n + col] = sum;
}

int main()
{
    const int n = 13;
    std::vector<float> h(n * n, 1.0f);
    float *a, *b, *c;
    must(cudaMalloc(&a, n * n * sizeof(float)));
    must(cudaMalloc(&b, n * n * sizeof(float)));
    must(cudaMalloc(&c, n * n * sizeof(float)));
    must(cudaMemcpy(a, h.data(), n * n * sizeof(float), cudaMemcpyHostToDevice));
    must(cudaMemcpy(b, h.data(), n * n * sizeof(float), cudaMemcpyHostToDevice));
    dim3 grid((n + T - 1) / T, (n + T - 1) / T);
    row_times_matrix<float><<<grid, dim3(T, T)>>>(a, b, c, n);
    must(cudaDeviceSynchronize());
    must(cudaFree(a));
    must(cudaFree(b));
    must(cudaFree(c));
}
