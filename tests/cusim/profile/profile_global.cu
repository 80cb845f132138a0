// profile_global.cu: accesses to global and constant memory whose sectors are known beforehand.
//
// A request is one warp's execution of one access; it costs each sector of 32 bytes that a lane
// touches, once (CUDA C++ Best Practices Guide, "Coalesced Access to Global Memory"). Here 4096
// threads are 128 warps, so each access below is 128 requests. cudaMalloc aligns to 256 bytes.
//
// "expect KERNEL WHAT VALUE" is read by tests/scripts/cusim_profile.sh; "expect here" speaks of the
// accesses on its own line.
#include <cstdio>

const int N = 4096, BLOCK = 256;

// 32 lanes * 4 bytes, aligned: 4 sectors, all of them used.
// expect copy global.load.requests 128
// expect copy global.load.sectors_per_request 4
// expect copy global.load.bytes_requested 16384
// expect copy global.load.efficiency 1
// expect copy global.store.sectors_per_request 4
// expect copy global.store.bytes_moved 16384
// expect copy bytes_moved 32768
// expect copy average_active_lanes 32
// expect copy divergent_branches 0
// expect copy threads 4096
// expect copy warps 128
__global__ void copy(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < N)
        y[i] = x[i];
}

// The warp spans 64 floats: 8 sectors, half of them used; the same bytes would fit into 4.
__global__ void stride_2(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[2 * i];            // expect here stride_2 global.load.sectors_per_request 8
    // expect stride_2 global.load.ideal_sectors 512
    // expect stride_2 global.load.efficiency 0.5
    // expect stride_2 global.store.efficiency 1
}

// Every lane is in a sector of its own: 4 of 32 bytes used.
// expect stride_32 global.load.sectors_per_request 32
// expect stride_32 global.load.efficiency 0.125
__global__ void stride_32(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[32 * i];
}

// 128 bytes that begin 4 bytes into a sector: they touch a fifth one.
// expect misaligned global.load.sectors_per_request 5
// expect misaligned global.load.ideal_sectors 512
// expect misaligned global.load.efficiency 0.8
__global__ void misaligned(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i + 1];
}

// The order of lanes within the sectors does not matter.
// expect backwards global.load.sectors_per_request 4
__global__ void backwards(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[N - 1 - i];
}

// 32 lanes * 16 bytes in one request.
// expect copy_float4 global.load.requests 128
// expect copy_float4 global.load.sectors_per_request 16
// expect copy_float4 global.load.efficiency 1
// expect copy_float4 global.store.sectors_per_request 16
__global__ void copy_float4(const float4 *x, float4 *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i];
}

// A vector that is taken apart is still one load; one that is put together is one store.
// expect parts_of_float4 global.load.requests 128
// expect parts_of_float4 global.load.sectors_per_request 16
// expect parts_of_float4 global.store.requests 128
// expect parts_of_float4 global.store.sectors_per_request 16
__global__ void parts_of_float4(const float4 *x, float4 *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float4 v = x[i];
    y[i] = make_float4(v.w, v.z, v.y, v.x);
}

// expect copy_double global.load.sectors_per_request 8
// expect copy_double global.store.efficiency 1
__global__ void copy_double(const double *x, double *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i];
}

// expect copy_bytes global.load.sectors_per_request 1
// expect copy_bytes global.load.efficiency 1
__global__ void copy_bytes(const unsigned char *x, unsigned char *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i];
}

// float3 is aligned to 4 bytes: three loads with a stride of 12 bytes, each of which touches all of
// the 12 sectors and uses a third of them.
// expect copy_float3 global.load.requests 384
// expect copy_float3 global.load.sectors_per_request 12
__global__ void copy_float3(const float3 *x, float3 *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i];
}

// All lanes want the same 4 bytes: one sector, which is the best there is.
// expect broadcast global.load.sectors_per_request 1
// expect broadcast global.load.ideal_sectors 128
// expect broadcast global.load.bytes_requested 16384
// expect broadcast global.load.bytes_distinct 512
__global__ void broadcast(const float *x, float *y)
{
    y[blockIdx.x * blockDim.x + threadIdx.x] = x[blockIdx.x];
}

// 1024 threads take 4 rounds each.
// expect grid_stride global.load.requests 128
// expect grid_stride global.load.sectors_per_request 4
__global__ void grid_stride(const float *x, float *y)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < N; i += gridDim.x * blockDim.x)
        y[i] = x[i];
}

// expect count_all global.atomic.requests 128
// expect count_all global.atomic.sectors_per_request 1
// expect count_all global.atomic.worst_lanes_at_one_address 32
__global__ void count_all(int *count)
{
    atomicAdd(count, 1);
}

// expect count_each global.atomic.sectors_per_request 4
// expect count_each global.atomic.worst_lanes_at_one_address 1
__global__ void count_each(int *counts)
{
    atomicAdd(&counts[blockIdx.x * blockDim.x + threadIdx.x], 1);
}

__device__ float table[N];
__constant__ float coefficients[32];

// A __device__ variable is global memory.
// expect from_variable global.load.sectors_per_request 4
__global__ void from_variable(float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = table[i];
}

// Constant memory serves one address at a time.
// expect same_constant constant.load.addresses_per_request 1
// expect same_constant global.load.requests 0
__global__ void same_constant(float *y)
{
    y[blockIdx.x * blockDim.x + threadIdx.x] = coefficients[blockIdx.x];
}

// expect each_constant constant.load.addresses_per_request 32
// expect each_constant constant.load.ideal_addresses 128
__global__ void each_constant(float *y)
{
    y[blockIdx.x * blockDim.x + threadIdx.x] = coefficients[threadIdx.x % 32];
}

// A thread's own array is not global memory.
// expect own_array global.load.requests 128
// expect own_array global.store.requests 128
__global__ void own_array(const float *x, float *y, int k)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float mine[8];
    for (int j = 0; j < 8; j++)
        mine[(j + k) % 8] = j;
    y[i] = x[i] + mine[k];
}

// expect twice launches 2
// expect twice grid.0 16
// expect twice grids_differ true
// expect twice global.store.requests 136
__global__ void twice(float *y)
{
    y[blockIdx.x * blockDim.x + threadIdx.x] = 1;
}

int main()
{
    float *x, *y;
    const size_t bytes = 32 * N * sizeof(float);

    cudaMalloc(&x, bytes);
    cudaMalloc(&y, bytes);
    cudaMemset(x, 0, bytes);
    cudaMemset(y, 0, bytes);
    copy<<<N / BLOCK, BLOCK>>>(x, y);
    stride_2<<<N / BLOCK, BLOCK>>>(x, y);
    stride_32<<<N / BLOCK, BLOCK>>>(x, y);
    misaligned<<<N / BLOCK, BLOCK>>>(x, y);
    backwards<<<N / BLOCK, BLOCK>>>(x, y);
    copy_float4<<<N / BLOCK, BLOCK>>>((float4 *)x, (float4 *)y);
    parts_of_float4<<<N / BLOCK, BLOCK>>>((float4 *)x, (float4 *)y);
    copy_double<<<N / BLOCK, BLOCK>>>((double *)x, (double *)y);
    copy_bytes<<<N / BLOCK, BLOCK>>>((unsigned char *)x, (unsigned char *)y);
    copy_float3<<<N / BLOCK, BLOCK>>>((float3 *)x, (float3 *)y);
    broadcast<<<N / BLOCK, BLOCK>>>(x, y);
    grid_stride<<<4, BLOCK>>>(x, y);
    count_all<<<N / BLOCK, BLOCK>>>((int *)x);
    count_each<<<N / BLOCK, BLOCK>>>((int *)x);
    from_variable<<<N / BLOCK, BLOCK>>>(y);
    same_constant<<<N / BLOCK, BLOCK>>>(y);
    each_constant<<<N / BLOCK, BLOCK>>>(y);
    own_array<<<N / BLOCK, BLOCK>>>(x, y, 3);
    twice<<<N / BLOCK, BLOCK>>>(y);
    twice<<<1, BLOCK>>>(y);
    if (cudaDeviceSynchronize() != cudaSuccess)
        printf("failed: %s\n", cudaGetErrorString(cudaGetLastError()));
    cudaFree(x);
    cudaFree(y);
    return 0;
}
