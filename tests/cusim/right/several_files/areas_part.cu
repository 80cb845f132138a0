// One of two .cu files of a program; the same names as in the other, each its own.
#include "shapes.cuh"
#include "shapes_host.h"

static const int THREADS = 64;

extern "C" int areas_on_device(const float *a, const float *b, float *out, int n)
{
    float *d[3];
    for (float *&p : d)
        if (cudaMalloc(&p, n * sizeof(float)) != cudaSuccess) return 1;
    shapes::clear<<<1, THREADS>>>(d[2], n);
    cudaMemcpy(d[0], a, n * sizeof(float), cudaMemcpyHostToDevice);
    cudaMemcpy(d[1], b, n * sizeof(float), cudaMemcpyHostToDevice);
    shapes::areas<float><<<(n + THREADS - 1) / THREADS, THREADS>>>(d[0], d[1], d[2], n);
    cudaMemcpy(out, d[2], n * sizeof(float), cudaMemcpyDeviceToHost);
    for (float *p : d) cudaFree(p);
    return cudaGetLastError() != cudaSuccess;
}
