// wrong: a struct is passed by value, but the array that it points to stays on the host
// found: host-memory
#include <cstdio>

struct Matrix {
    int width, height;
    float *elements;
};

__global__ void trace(Matrix m, float *result)
{
    float sum = 0;
    for (int i = 0; i < m.width && i < m.height; i++)
        sum += m.elements[i * m.width + i]; // <- here
    *result = sum;
}

int main()
{
    Matrix m = {4, 4, new float[16]};
    for (int i = 0; i < 16; i++) m.elements[i] = (float)i;
    float *result, h;
    if (cudaMalloc(&result, sizeof(float)) != cudaSuccess) return 2;
    trace<<<1, 1>>>(m, result);
    if (cudaError_t e = cudaMemcpy(&h, result, sizeof h, cudaMemcpyDeviceToHost))
        printf("%s\n", cudaGetErrorString(e));
    else
        printf("%f\n", h);
    cudaError_t freed = cudaFree(result);
    delete[] m.elements;
    return freed != cudaSuccess;
}
