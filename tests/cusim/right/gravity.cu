// n bodies: all pairs with tiles of positions in dynamic shared memory; a struct of arrays of
// particles moved by leapfrog; energy by reduction in double.
#include <math.h>
#include <cstdio>
#include <vector>

#define SOFT 1e-3f

struct Bodies {                 // struct of arrays, device pointers
    float4 *x;                  // w: mass
    float3 *v;
    int n;
};

__device__ float3 operator+(float3 a, float3 b)
{
    return make_float3(a.x + b.x, a.y + b.y, a.z + b.z);
}
__device__ float3 operator*(float s, float3 a) { return make_float3(s * a.x, s * a.y, s * a.z); }

__device__ float3 pull(float4 me, float4 other)
{
    float3 d = {other.x - me.x, other.y - me.y, other.z - me.z};
    float r2 = d.x * d.x + d.y * d.y + d.z * d.z + SOFT;
    float inverse = rsqrtf(r2);
    return (other.w * inverse * inverse * inverse) * d;
}

__global__ void kick(Bodies b, float dt)
{
    extern __shared__ float4 tile[];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float4 me = i < b.n ? b.x[i] : float4{0, 0, 0, 0};
    float3 a = make_float3(0, 0, 0);
    for (int first = 0; first < b.n; first += blockDim.x) {
        int j = first + threadIdx.x;
        tile[threadIdx.x] = j < b.n ? b.x[j] : make_float4(0, 0, 0, 0);
        __syncthreads();
        for (int k = 0; k < blockDim.x; k++) a = a + pull(me, tile[k]);
        __syncthreads();
    }
    if (i < b.n) b.v[i] = b.v[i] + dt * a;
}

__global__ void drift(Bodies b, float dt)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= b.n) return;
    float4 &x = b.x[i];
    const float3 v = b.v[i];
    x.x += dt * v.x;
    x.y += dt * v.y;
    x.z += dt * v.z;
}

__global__ void momentum(Bodies b, double *sum)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < b.n) {
        atomicAdd(&sum[0], (double)b.x[i].w * b.v[i].x);
        atomicAdd(&sum[1], (double)b.x[i].w * b.v[i].y);
        atomicAdd(&sum[2], (double)b.x[i].w * b.v[i].z);
    }
}

int main()
{
    const int n = 150, p = 64, blocks = (n + p - 1) / p;
    std::vector<float4> x(n);
    for (int i = 0; i < n; i++)
        x[i] = make_float4(sinf(1.0f * i), cosf(2.0f * i), sinf(0.3f * i), 1.0f + i % 3);
    Bodies b;
    b.n = n;
    double *sum, h[3];
    if (cudaMalloc(&b.x, n * sizeof(float4)) || cudaMalloc(&b.v, n * sizeof(float3))) return 1;
    if (cudaMalloc(&sum, sizeof h) || cudaMemset(sum, 0, sizeof h)) return 1;
    if (cudaMemcpy(b.x, x.data(), n * sizeof(float4), cudaMemcpyHostToDevice)) return 1;
    if (cudaMemset(b.v, 0, n * sizeof(float3))) return 1;
    for (int step = 0; step < 3; step++) {
        kick<<<blocks, p, p * sizeof(float4)>>>(b, 1e-3f);
        drift<<<blocks, p>>>(b, 1e-3f);
        if (cudaGetLastError()) return 1;
    }
    momentum<<<blocks, p>>>(b, sum);
    std::vector<float3> v(n);
    if (cudaMemcpy(h, sum, sizeof h, cudaMemcpyDeviceToHost)) return 1;
    if (cudaMemcpy(v.data(), b.v, n * sizeof(float3), cudaMemcpyDeviceToHost)) return 1;
    if (cudaFree(b.x) || cudaFree(b.v) || cudaFree(sum)) return 1;

    double a[3] = {0, 0, 0};    // body 7's velocity after one step, plainly
    for (int j = 0; j < n; j++) {
        double d[3] = {(double)x[j].x - x[7].x, (double)x[j].y - x[7].y, (double)x[j].z - x[7].z};
        double r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + SOFT;
        for (int k = 0; k < 3; k++) a[k] += 3e-3 * x[j].w * d[k] / (r2 * sqrt(r2));
    }
    printf("momentum %g %g %g; velocity %g, about %g\n", h[0], h[1], h[2], v[7].x, a[0]);
    bool kept = fabs(h[0]) < 1e-3 && fabs(h[1]) < 1e-3 && fabs(h[2]) < 1e-3;
    return kept && fabs(v[7].x - a[0]) <= 0.1 * fabs(a[0]) + 0.01 ? 0 : 1;
}
