// wrong: a barrier in a loop that some threads of the block leave earlier than others
// found: barrier-divergence
// also: race
#include <iostream>
using namespace std;

__global__ void column_sums(const float *m, float *sums, int rows, int cols)
{
    __shared__ float part[32];
    int tid = threadIdx.x;
    part[tid] = 0.0f;
    for (int r = tid; r < rows; r += blockDim.x) {
        part[tid] += m[r * cols];
        __syncthreads(); // <- here
    }
    if (tid == 0) {
        float total = 0.0f;
        for (int k = 0; k < 32; k++)
            total += part[k];
        *sums = total;
    }
}

int main()
{
    const int rows = 80, cols = 4;
    float *m, *sums, result;
    cudaError_t status = cudaMallocManaged(&m, rows * cols * sizeof(float));
    if (status != cudaSuccess) return 2;
    status = cudaMallocManaged(&sums, sizeof(float));
    if (status != cudaSuccess) return 2;
    for (int i = 0; i < rows * cols; i++) m[i] = 1.0f;
    column_sums<<<1, 32>>>(m, sums, rows, cols);
    status = cudaDeviceSynchronize();
    if (status != cudaSuccess) {
        cerr << cudaGetErrorString(status) << endl;
        return 2;
    }
    result = *sums;
    cout << result << endl;
    if (cudaFree(m) != cudaSuccess || cudaFree(sums) != cudaSuccess) return 2;
    return 0;
}
