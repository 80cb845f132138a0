// wrong: the launch gives room for one array, the kernel keeps two in it
// found: out-of-bounds
#include <stdio.h>

__global__ void dot(const int *a, const int *b, int *out, int n)
{
    extern __shared__ int s[];
    int *sa = s, *sb = s + n;
    int t = threadIdx.x;
    sa[t] = a[t];
    sb[t] = b[t]; // <- here
    __syncthreads();
    if (t == 0) {
        int sum = 0;
        for (int i = 0; i < n; i++)
            sum += sa[i] * sb[i]; // <- also here
        *out = sum;
    }
}

int main()
{
    const int n = 64;
    int h[n], *a, *b, *out, sum;
    for (int i = 0; i < n; i++) h[i] = i;
    if (cudaMalloc(&a, sizeof h) || cudaMalloc(&b, sizeof h) || cudaMalloc(&out, sizeof(int)))
        return 2;
    if (cudaMemcpy(a, h, sizeof h, cudaMemcpyHostToDevice)) return 2;
    if (cudaMemcpy(b, h, sizeof h, cudaMemcpyHostToDevice)) return 2;
    dot<<<1, n, n * sizeof(int)>>>(a, b, out, n);
    if (cudaMemcpy(&sum, out, sizeof sum, cudaMemcpyDeviceToHost)) return 2;
    printf("%d\n", sum);
    if (cudaFree(a) || cudaFree(b) || cudaFree(out)) return 2;
    return 0;
}
