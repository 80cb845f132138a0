// wrong: a shuffle with the full mask in a branch that only the even lanes take
// found: deadlock
// also: leak
#include <cstdio>
#include <cstdlib>

#define FULL 0xffffffffu
#define CK(c)                                                                                      \
    do {                                                                                           \
        cudaError_t e = c;                                                                         \
        if (e) {                                                                                   \
            fprintf(stderr, "%s\n", cudaGetErrorString(e));                                        \
            exit(2);                                                                               \
        }                                                                                          \
    } while (0)

__global__ void pairs(int *data)
{
    int lane = threadIdx.x % 32;
    int v = data[threadIdx.x];
    if (lane % 2 == 0)
        v += __shfl_xor_sync(FULL, v, 2); // <- here
    __syncthreads();
    data[threadIdx.x] = v;
}

int main()
{
    int *data;
    CK(cudaMalloc(&data, 64 * sizeof(int)));
    CK(cudaMemset(data, 0, 64 * sizeof(int)));
    pairs<<<1, 64>>>(data);
    CK(cudaGetLastError());
    CK(cudaDeviceSynchronize());
    CK(cudaFree(data));
}
