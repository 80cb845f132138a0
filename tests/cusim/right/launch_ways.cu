// Ways to launch: cudaLaunchKernel, occupancy helpers, function attributes, large dynamic shared
// memory, a captured graph launched many times and updated, a cooperative launch, all limits asked.
#include <cstdio>
#include <cstdlib>
#include <cooperative_groups.h>

#define SAFE(x)                                                                                    \
    do {                                                                                           \
        cudaError_t s = (x);                                                                       \
        if (cudaSuccess != s) {                                                                    \
            printf("%s:%d %s -> %s\n", __FILE__, __LINE__, #x, cudaGetErrorName(s));               \
            std::exit(1);                                                                          \
        }                                                                                          \
    } while (0)

extern "C" __global__ void ramp(float *x, int n, float slope)
{
    int i = threadIdx.x + blockIdx.x * blockDim.x;
    if (i < n) x[i] = slope * i;
}

template <class T> __global__ void reverse(T *x, int n)
{
    extern __shared__ unsigned char memory[];
    T *copy = reinterpret_cast<T *>(memory);
    for (int i = threadIdx.x; i < n; i += blockDim.x) copy[i] = x[i];
    __syncthreads();
    for (int i = threadIdx.x; i < n; i += blockDim.x) x[i] = copy[n - 1 - i];
}

__global__ void add_one(float *x, int n)
{
    int i = threadIdx.x + blockIdx.x * blockDim.x;
    if (i < n) x[i] += 1.0f;
}

__global__ void neighbours(int *a, int *b, int n)
{
    auto grid = cooperative_groups::this_grid();
    int i = grid.thread_rank();
    if (i < n) a[i] = i;
    grid.sync();
    if (i < n) b[i] = a[(i + 1) % n] + a[(i + n - 1) % n];
}

static float host[16384];

static int graph_wrong(float *x, int n)
{
    cudaStream_t stream;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    SAFE(cudaStreamCreate(&stream));
    SAFE(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    SAFE(cudaMemsetAsync(x, 0, n * sizeof(float), stream));
    for (int k = 0; k < 3; k++) add_one<<<(n + 127) / 128, 128, 0, stream>>>(x, n);
    SAFE(cudaMemcpyAsync(host, x, n * sizeof(float), cudaMemcpyDeviceToHost, stream));
    SAFE(cudaStreamEndCapture(stream, &graph));
    SAFE(cudaGraphInstantiate(&exec, graph, 0));
    int wrong = 0;
    for (int turn = 0; turn < 4; turn++) {
        host[n - 1] = -1;
        SAFE(cudaGraphLaunch(exec, stream));
        SAFE(cudaStreamSynchronize(stream));
        wrong += host[0] != 3.0f || host[n - 1] != 3.0f;
    }
    SAFE(cudaGraphExecDestroy(exec));
    SAFE(cudaGraphDestroy(graph));
    SAFE(cudaStreamDestroy(stream));
    return wrong;
}

static int cooperative_wrong()
{
    const int n = 200;
    int *a, *b, h[n], wrong = 0, count = n, can = 0;
    SAFE(cudaDeviceGetAttribute(&can, cudaDevAttrCooperativeLaunch, 0));
    if (!can) return 1;
    SAFE(cudaMalloc(&a, sizeof h));
    SAFE(cudaMalloc(&b, sizeof h));
    void *args[] = {&a, &b, &count};
    SAFE(cudaLaunchCooperativeKernel((void *)neighbours, 4, 64, args));
    SAFE(cudaMemcpy(h, b, sizeof h, cudaMemcpyDeviceToHost));
    for (int i = 0; i < n; i++) wrong += h[i] != (i + 1) % n + (i + n - 1) % n;
    SAFE(cudaFree(a));
    SAFE(cudaFree(b));
    return wrong;
}

int main()
{
    const int n = 12288;                        // 48 KiB of floats
    int grid = 0, block = 0, resident = 0, wrong = 0, count = 16384;
    float *x, slope = 0.5f;
    SAFE(cudaMalloc(&x, count * sizeof(float)));
    SAFE(cudaOccupancyMaxPotentialBlockSize(&grid, &block, ramp, 0, 0));
    SAFE(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, ramp, block, 0));
    printf("blocks of %d threads, %d at a time on each multiprocessor\n", block, resident);
    if (block < 32 || block > 1024 || resident < 1) return 1;

    void *args[] = {&x, &count, &slope};
    SAFE(cudaLaunchKernel((const void *)ramp, dim3((count + block - 1) / block), dim3(block), args,
                          0, NULL));
    reverse<float><<<1, 256, n * sizeof(float)>>>(x, n);
    SAFE(cudaGetLastError());
    SAFE(cudaMemcpy(host, x, sizeof host, cudaMemcpyDeviceToHost));
    wrong += host[0] != 0.5f * (n - 1) || host[n - 1] != 0 || host[n] != 0.5f * n;

    SAFE(cudaFuncSetAttribute(reverse<float>, cudaFuncAttributeMaxDynamicSharedMemorySize, 65536));
    SAFE(cudaFuncSetCacheConfig(reverse<float>, cudaFuncCachePreferShared));
    reverse<<<1, 1024, 65536>>>(x, count);
    SAFE(cudaGetLastError());
    cudaFuncAttributes attributes;
    SAFE(cudaFuncGetAttributes(&attributes, ramp));
    wrong += attributes.maxThreadsPerBlock < 32;
    SAFE(cudaMemcpy(host, x, sizeof host, cudaMemcpyDeviceToHost));
    wrong += host[0] != 0.5f * (count - 1) || host[count - 1] != 0.5f * (n - 1);

    wrong += graph_wrong(x, 1000);
    wrong += cooperative_wrong();
    size_t free_bytes, total_bytes;
    SAFE(cudaMemGetInfo(&free_bytes, &total_bytes));
    wrong += free_bytes > total_bytes || total_bytes < (size_t)1 << 28;
    SAFE(cudaFree(x));
    SAFE(cudaDeviceSynchronize());
    SAFE(cudaDeviceReset());
    printf("%d wrong\n", wrong);
    return wrong;
}
