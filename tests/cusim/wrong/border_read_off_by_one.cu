// wrong: the stencil reads the neighbour of the last element, which does not exist
// found: out-of-bounds
#include <cstdio>
#include <vector>

__global__ void difference(const float *in, float *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = in[i + 1] - in[i]; // <- here
}

int main()
{
    const int n = 1000;
    std::vector<float> h(n, 1.5f);
    float *in = nullptr, *out = nullptr;
    cudaError_t err;
    if ((err = cudaMalloc(&in, n * sizeof(float))) != cudaSuccess ||
        (err = cudaMalloc(&out, n * sizeof(float))) != cudaSuccess ||
        (err = cudaMemcpy(in, h.data(), n * sizeof(float), cudaMemcpyHostToDevice)) !=
            cudaSuccess) {
        std::fprintf(stderr, "%s\n", cudaGetErrorString(err));
        return 2;
    }
    difference<<<(n + 127) / 128, 128>>>(in, out, n);
    err = cudaDeviceSynchronize();
    std::printf("%s\n", cudaGetErrorName(err));
    err = cudaFree(in);
    err = cudaFree(out);
    return err != cudaSuccess;
}
