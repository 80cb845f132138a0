// wrong: the barrier stands in the outer loop of the bitonic sort and should stand in the inner one
// found: race
// plain: result
#include <cstdio>
#include <cstdlib>

#define N 128

__global__ void bitonic(unsigned *values)
{
    __shared__ unsigned shared[N];
    const unsigned tid = threadIdx.x;
    shared[tid] = values[tid];
    for (unsigned k = 2; k <= N; k *= 2) {
        __syncthreads();
        for (unsigned j = k / 2; j > 0; j /= 2) {
            unsigned ixj = tid ^ j;
            if (ixj > tid) {
                bool up = (tid & k) == 0;
                if ((shared[tid] > shared[ixj]) == up) { // <- here
                    unsigned t = shared[tid]; // <- also here
                    shared[tid] = shared[ixj]; // <- also here
                    shared[ixj] = t; // <- also here
                }
            }
        }
    }
    __syncthreads();
    values[tid] = shared[tid];
}

int main()
{
    unsigned h[N], *d;
    for (unsigned i = 0; i < N; i++) h[i] = (i * 2654435761u) >> 20;
    if (cudaMalloc(&d, sizeof h) != cudaSuccess) return 2;
    if (cudaMemcpy(d, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    bitonic<<<1, N>>>(d);
    if (cudaMemcpy(h, d, sizeof h, cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    for (int i = 0; i < N; i++) printf("%u ", h[i]);
    printf("\n");
    return cudaFree(d) != cudaSuccess;
}
