// profile_shared.cu: accesses to shared memory whose bank conflicts are known beforehand.
//
// 32 banks of 4 bytes; in one pass each bank serves one word, to all lanes that want it. Accesses
// of 8 bytes are served a half-warp at a time, those of 16 bytes a quarter (CUDA C++ Best Practices
// Guide, "Shared Memory and Memory Banks"). Passes beyond the fewest are conflicts.
#include <cstdio>

const int N = 64, T = 32;       // a matrix of N x N, tiles of T x T: 4 blocks of 32 warps

// The store has a stride of 64 floats: a sector per lane.
// expect transpose_naive global.load.sectors_per_request 4
// expect transpose_naive barriers 0
__global__ void transpose_naive(const float *x, float *y)
{
    int column = blockIdx.x * T + threadIdx.x, row = blockIdx.y * T + threadIdx.y;
    float v = x[row * N + column];
    y[column * N + row] = v;    // expect here transpose_naive global.store.sectors_per_request 32
}

// Both global accesses are coalesced, but a column of the tile lies in one bank.
// expect transpose_tile global.load.sectors_per_request 4
// expect transpose_tile global.store.sectors_per_request 4
// expect transpose_tile shared.store.passes_per_request 1
// expect transpose_tile shared.store.conflicts 0
// expect transpose_tile shared.load.worst_passes 32
// expect transpose_tile shared.load.conflicts 3968
// expect transpose_tile barriers 4
// expect transpose_tile occupancy.shared_bytes 4096
__global__ void transpose_tile(const float *x, float *y)
{
    __shared__ float tile[T][T];
    tile[threadIdx.y][threadIdx.x] =
        x[(blockIdx.y * T + threadIdx.y) * N + blockIdx.x * T + threadIdx.x];
    __syncthreads();
    int at = (blockIdx.x * T + threadIdx.y) * N + blockIdx.y * T + threadIdx.x;
    y[at] = tile[threadIdx.x][threadIdx.y];
    // expect transpose_tile shared.load.passes_per_request 32
}

// One column more, and the rows of a column lie in different banks.
// expect transpose_padded shared.store.conflicts 0
// expect transpose_padded shared.load.requests 128
// expect transpose_padded shared.load.passes_per_request 1
// expect transpose_padded shared.load.conflicts 0
// expect transpose_padded shared.load.worst_passes 1
__global__ void transpose_padded(const float *x, float *y)
{
    __shared__ float tile[T][T + 1];
    tile[threadIdx.y][threadIdx.x] =
        x[(blockIdx.y * T + threadIdx.y) * N + blockIdx.x * T + threadIdx.x];
    __syncthreads();
    y[(blockIdx.x * T + threadIdx.y) * N + blockIdx.y * T + threadIdx.x] =
        tile[threadIdx.x][threadIdx.y];
}

// The kernels below are one warp.
__global__ void strides(float *y)
{
    __shared__ float s[32 * 32];
    int t = threadIdx.x;
    for (int i = t; i < 32 * 32; i += 32)
        s[i] = i;
    __syncthreads();
    float sum = s[0];           // expect here strides shared.load.passes_per_request 1
    sum += s[t / 2];            // expect here strides shared.load.passes_per_request 1
    sum += s[2 * t];            // expect here strides shared.load.passes_per_request 2
    sum += s[3 * t];            // expect here strides shared.load.passes_per_request 1
    sum += s[8 * t];            // expect here strides shared.load.passes_per_request 8
    sum += s[31 - t];           // expect here strides shared.load.passes_per_request 1
    sum += s[32 * t];           // expect here strides shared.load.passes_per_request 32
    sum += s[32 * (t % 2) + t]; // expect here strides shared.load.passes_per_request 1
    y[t] = sum;
}

// Two half-warps of 16 lanes * 8 bytes: two passes at best. With a stride of 16 bytes lanes k and
// k + 8 of a half-warp meet in one bank: two passes for each half.
// expect doubles shared.store.ideal_passes 4
// expect doubles shared.store.conflicts 0
__global__ void doubles(double *y)
{
    __shared__ double s[64];
    int t = threadIdx.x;
    s[t] = t;
    s[t + 32] = t;
    __syncthreads();
    double sum = s[t];          // expect here doubles shared.load.passes_per_request 2
    sum += s[2 * t];            // expect here doubles shared.load.passes_per_request 4
    y[t] = sum;
}

// Four quarters of 8 lanes * 16 bytes: four passes, no conflict. With a stride of 32 bytes, lanes k
// and k + 4 of a quarter meet.
__global__ void vectors(float4 *y)
{
    __shared__ float4 s[64];
    int t = threadIdx.x;
    s[t] = make_float4(t, t, t, t);
    s[t + 32] = make_float4(t, t, t, t);
    __syncthreads();
    y[t] = s[t];                // expect here vectors shared.load.passes_per_request 4
    y[t + 32] = s[2 * t];       // expect here vectors shared.load.passes_per_request 8
    // expect vectors shared.store.conflicts 0
    // expect vectors shared.load.conflicts 4
}

// Four bytes of one word are no conflict.
// expect bytes shared.load.passes_per_request 1
__global__ void bytes(char *y)
{
    __shared__ char s[128];
    s[threadIdx.x] = 1;
    __syncthreads();
    y[threadIdx.x] = s[threadIdx.x];
}

// Dynamic shared memory starts at bank 0 too.
// expect dynamic shared.load.worst_passes 4
// expect dynamic occupancy.shared_bytes 512
__global__ void dynamic(float *y)
{
    extern __shared__ float d[];
    for (int k = 0; k < 4; k++)
        d[threadIdx.x + 32 * k] = k;
    __syncthreads();
    y[threadIdx.x] = d[4 * threadIdx.x];
}

// Atomic operations on one word take turns.
// expect count shared.atomic.passes_per_request 32
// expect count shared.atomic.worst_lanes_at_one_address 32
__global__ void count(int *y)
{
    __shared__ int n;
    if (threadIdx.x == 0)
        n = 0;
    __syncthreads();
    atomicAdd(&n, 1);
    __syncthreads();
    if (threadIdx.x == 0)
        *y = n;
}

int main()
{
    float *x, *y;

    cudaMalloc(&x, N * N * sizeof(float));
    cudaMalloc(&y, N * N * sizeof(float));
    cudaMemset(x, 0, N * N * sizeof(float));
    dim3 grid(N / T, N / T), block(T, T);
    transpose_naive<<<grid, block>>>(x, y);
    transpose_tile<<<grid, block>>>(x, y);
    transpose_padded<<<grid, block>>>(x, y);
    strides<<<1, 32>>>(y);
    doubles<<<1, 32>>>((double *)y);
    vectors<<<1, 32>>>((float4 *)y);
    bytes<<<1, 32>>>((char *)y);
    dynamic<<<1, 32, 4 * 32 * sizeof(float)>>>(y);
    count<<<1, 32>>>((int *)y);
    if (cudaDeviceSynchronize() != cudaSuccess)
        printf("failed: %s\n", cudaGetErrorString(cudaGetLastError()));
    cudaFree(x);
    cudaFree(y);
    return 0;
}
