// Monte Carlo with curand: pi from a state per thread kept between two kernels, an option price
// from normal numbers, shuffled indices.
#include <curand_kernel.h>
#include <cmath>
#include <cstdio>
#include <iostream>
using namespace std;

typedef curandStatePhilox4_32_10_t Philox;

__global__ void start(curandState *states, unsigned long long seed)
{
    int id = blockIdx.x * blockDim.x + threadIdx.x;
    curand_init(seed, id, 0, &states[id]);
}

__global__ void throw_darts(curandState *states, unsigned int *inside, int throws)
{
    int id = blockIdx.x * blockDim.x + threadIdx.x;
    curandState mine = states[id];
    unsigned int hits = 0;
    for (int i = 0; i < throws; i++) {
        float x = curand_uniform(&mine), y = curand_uniform(&mine);
        hits += x * x + y * y < 1.0f;
    }
    states[id] = mine;
    atomicAdd(inside, hits);
}

__global__ void price_call(float *mean, float s0, float strike, float rate, float vol, int paths)
{
    __shared__ float sums[64];
    Philox state;
    curand_init(1234ULL, threadIdx.x, 0, &state);
    float sum = 0;
    for (int p = 0; p < paths; p += 4) {
        float4 z = curand_normal4(&state);
        float drift = rate - 0.5f * vol * vol;
        sum += fmaxf(s0 * expf(drift + vol * z.x) - strike, 0.0f);
        sum += fmaxf(s0 * expf(drift + vol * z.y) - strike, 0.0f);
        sum += fmaxf(s0 * expf(drift + vol * z.z) - strike, 0.0f);
        sum += fmaxf(s0 * expf(drift + vol * z.w) - strike, 0.0f);
    }
    sums[threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int t = 1; t < 64; t++) sum += sums[t];
        *mean = expf(-rate) * sum / (64 * paths);
    }
}

__global__ void dice(curandState *states, int *faces)
{
    curandState *s = &states[threadIdx.x];
    atomicAdd(&faces[curand(s) % 6], 1);
}

int main()
{
    const int blocks = 4, threads = 64, throws = 400;
    curandState *states;
    unsigned int *inside, total = 0;
    float *mean, price;
    int *faces, seen[6], thrown = 0;
    cudaMalloc((void **)&states, blocks * threads * sizeof(curandState));
    cudaMalloc((void **)&inside, sizeof total);
    cudaMalloc((void **)&mean, sizeof price);
    cudaMalloc((void **)&faces, sizeof seen);
    cudaMemset(inside, 0, sizeof total);
    cudaMemset(faces, 0, sizeof seen);
    start<<<blocks, threads>>>(states, 42);
    throw_darts<<<blocks, threads>>>(states, inside, throws);
    price_call<<<1, 64>>>(mean, 100.0f, 100.0f, 0.05f, 0.2f, 1000);
    dice<<<1, 256>>>(states, faces);
    cudaMemcpy(&total, inside, sizeof total, cudaMemcpyDeviceToHost);
    cudaMemcpy(&price, mean, sizeof price, cudaMemcpyDeviceToHost);
    cudaMemcpy(seen, faces, sizeof seen, cudaMemcpyDeviceToHost);
    double pi = 4.0 * total / ((double)blocks * threads * throws);
    for (int f : seen) thrown += f;
    cout << "pi is about " << pi << ", the option costs about " << price << endl;
    cudaFree(states);
    cudaFree(inside);
    cudaFree(mean);
    cudaFree(faces);
    if (cudaGetLastError() != cudaSuccess) return 1;
    return !(fabs(pi - 3.14159) < 0.05 && fabs(price - 10.45) < 0.5 && thrown == 256 &&
             seen[5] > 10);
}
