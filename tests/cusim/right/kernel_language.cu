// Odds and ends of the language: printf and assert in kernels, new and delete, recursion, function
// pointers, switch, static and dynamic shared memory side by side, several arrays in one, unions,
// volatile, virtual functions, large arguments, local arrays, macros that launch, default
// arguments, built-in vectors, clock.
#include <cassert>
#include <cstdio>
#include <new>
#include <cuda_runtime_api.h>
#include <math_constants.h>

#ifdef __CUDACC__
#define KERNEL_ARGS(...) <<< __VA_ARGS__ >>>
#else
#define KERNEL_ARGS(...)
#endif
#define LAUNCH(kernel, grid, block, ...)                    \
    do {                                                    \
        kernel<<<(grid), (block)>>>(__VA_ARGS__);           \
        cudaError_t err = cudaGetLastError();               \
        if (err != cudaSuccess) {                           \
            fprintf(stderr, #kernel ": %s\n",               \
                    cudaGetErrorString(err));               \
            return 1;                                       \
        }                                                   \
    } while (false)

__device__ __constant__ int table[] = {1, 10, 100, 1000};
__device__ float bias = 0.25f;
__device__ int hits[2][3];
static __device__ __managed__ int shared_by_both;
typedef float (*binary)(float, float);
__device__ float plus(float a, float b) { return a + b; }
__device__ float times(float a, float b) { return a * b; }
__device__ binary operations[2] = {plus, times};

__device__ int ackermann(int m, int n)
{
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

__global__ void hello(int n)
{
    if (threadIdx.x < n) printf("hello from block %d, thread %d\n", blockIdx.x, threadIdx.x);
    assert(blockDim.x == 4);
}

__global__ void mixed(int *out, int n)
{
    extern __shared__ int dynamic[];
    __shared__ float fixed[8], *cursor;
    __shared__ struct { int low, high; } range;
    int *ints = dynamic;
    float *floats = (float *)&ints[n];
    char *chars = (char *)&floats[n];
    const int t = threadIdx.x;
    ints[t] = t;
    floats[t] = 2.0f * t;
    chars[t] = 'a' + t;
    if (t < 8) fixed[t] = bias;
    if (t == 0) { range.low = 0; range.high = n; cursor = &fixed[3]; }
    __syncthreads();
    const int u = n - 1 - t;
    out[t] =
        ints[u] + (int)floats[u] + (chars[u] - 'a') + (int)(4 * *cursor) + range.high - range.low;
}

union Bits { float f; unsigned u; unsigned char byte[4]; };

__global__ void values(float *out, int *ints, int which = 1)
{
    Bits b;
    b.f = 1.0f;
    out[0] = b.byte[3] == 0x3f ? 1 : 0;
    out[1] = operations[which](3.0f, 4.0f);
    float4 v = make_float4(1, 2, 3, 4);
    float *w = &v.x;
    out[2] = v.x + w[0] + v.w;
    double local[10];
    for (int i = 0; i < 10; i++) local[i] = i * CUDART_PI;
    out[3] = (float)(local[9] / CUDART_PI);
    int *heap = new int[4];
    for (int i = 0; i < 4; i++) heap[i] = table[i];
    ints[0] = heap[0] + heap[1] + heap[2] + heap[3];
    delete[] heap;
    void *raw = malloc(16);
    ints[1] = raw != NULL;
    free(raw);
    ints[2] = ackermann(2, 3);
    long long begin = clock64();
    volatile int spin = 0;
    for (int i = 0; i < 10; i++) spin = spin + 1;
    ints[3] = clock64() >= begin && clock() >= 0 ? spin : -1;
    switch (which) {
    case 0: ints[4] = 5; break;
    case 1: ints[4] = 6;
    default: ints[4] += 1;
    }
    hits[1][2] = 7;
    shared_by_both++;
}

struct Shape {
    __device__ virtual float area() const = 0;
    __device__ virtual ~Shape() {}
};
struct Square : Shape {
    float side;
    __device__ explicit Square(float s) : side(s) {}
    __device__ float area() const override { return side * side; }
};
struct Coefficients { double c[500]; };         // so large that it is copied by memcpy

__global__ void make(Shape **shape) { *shape = new Square(3.0f); }
__global__ void measure(Shape **shape, Coefficients p, float *out)
{
    __shared__ unsigned char room[sizeof(Square)] __attribute__((aligned(16)));
    __shared__ Shape *here;
    if (threadIdx.x == 0) here = new (room) Square(2.0f);
    __syncthreads();
    p.c[threadIdx.x] += 1;
    out[threadIdx.x] = (float)p.c[threadIdx.x] + (*shape)->area() + here->area();
}
__global__ void drop(Shape **shape) { delete *shape; }

static int objects_wrong()
{
    Coefficients p;
    Shape **shape;
    float *out, h[4];
    for (int i = 0; i < 500; i++) p.c[i] = i;
    if (cudaMalloc(&shape, sizeof *shape) || cudaMalloc(&out, sizeof h)) return 1;
    make<<<1, 1>>>(shape);
    measure<<<1, 4>>>(shape, p, out);
    drop<<<1, 1>>>(shape);
    if (cudaMemcpy(h, out, sizeof h, cudaMemcpyDeviceToHost)) return 1;
    cudaFree(shape);
    cudaFree(out);
    return h[0] != 14 || h[3] != 17;
}

int main()
{
    LAUNCH(hello, 2, 4, 1);
    const int n = 16;
    int *ints, h[n], wrong = 0, corner[2][3];
    float *floats, f[4], new_bias = 0.5f;
    cudaMalloc(&ints, sizeof h);
    cudaMalloc(&floats, sizeof f);
    cudaMemcpyToSymbol(bias, &new_bias, sizeof(float));
    mixed KERNEL_ARGS(1, n, n * (sizeof(int) + sizeof(float) + 1)) (ints, n);
    cudaMemcpy(h, ints, sizeof h, cudaMemcpyDeviceToHost);
    for (int t = 0; t < n; t++) wrong += h[t] != 4 * (n - 1 - t) + 2 + n;
    shared_by_both = 41;
    LAUNCH(values, 1, 1, floats, ints);
    cudaDeviceSynchronize();
    cudaMemcpy(h, ints, sizeof h, cudaMemcpyDeviceToHost);
    cudaMemcpy(f, floats, sizeof f, cudaMemcpyDeviceToHost);
    cudaMemcpyFromSymbol(corner, hits, sizeof corner);
    wrong += f[0] != 1 || f[1] != 12 || f[2] != 6 || f[3] != 9;
    wrong += h[0] != 1111 || h[1] != 1 || h[2] != 9 || h[3] != 10 || h[4] != 7;
    wrong += corner[1][2] != 7 || corner[0][0] != 0 || shared_by_both != 42;
    int *address;
    size_t bytes;
    cudaGetSymbolAddress((void **)&address, hits);
    cudaGetSymbolSize(&bytes, hits);
    cudaMemset(address, 0, bytes);
    wrong += bytes != 24;
    cudaFree(ints);
    cudaFree(floats);
    wrong += objects_wrong();
    printf("%d wrong\n", wrong);
    return wrong || cudaGetLastError() != cudaSuccess;
}
