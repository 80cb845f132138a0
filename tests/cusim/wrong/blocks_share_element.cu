// wrong: neighbouring blocks both write the element on their border
// found: race
#include <cstdio>

// Each block fills `chunk` elements, and should stop before the next block's first.
__global__ void fill_chunks(float *data, int chunk, int n)
{
    int first = blockIdx.x * chunk;
    for (int k = threadIdx.x; k <= chunk; k += blockDim.x) {
        if (first + k < n)
            data[first + k] = blockIdx.x + 0.5f; // <- here
    }
}

int main()
{
    const int n = 256, chunk = 64;
    float *d, h[n];
    auto ok = [](cudaError_t e) {
        if (e != cudaSuccess) printf("error: %s\n", cudaGetErrorString(e));
        return e == cudaSuccess;
    };
    if (!ok(cudaMalloc(&d, n * sizeof(float)))) return 2;
    fill_chunks<<<n / chunk, 32>>>(d, chunk, n);
    if (!ok(cudaGetLastError())) return 2;
    if (!ok(cudaMemcpy(h, d, sizeof h, cudaMemcpyDeviceToHost))) return 2;
    printf("%f\n", h[64]);
    return ok(cudaFree(d)) ? 0 : 2;
}
