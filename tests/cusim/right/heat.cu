// Heat flow: one dimension with a halo in shared memory, two dimensions by swapping buffers, three
// dimensions marching through planes, and Jacobi steps in one cooperative launch.
#include <cooperative_groups.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <utility>

#define CUDA_CALL(x) do { cudaError_t rc = (x); if (rc != cudaSuccess) { \
    printf("Error %d at %s:%d\n", rc, __FILE__, __LINE__); exit(EXIT_FAILURE); } } while (0)

#define REACH 3
#define THREADS 32

__global__ void window_sum(const int *in, int *out, int n)
{
    __shared__ int near[THREADS + 2 * REACH];
    const int first = (int)(blockIdx.x * THREADS) - REACH;
    for (int k = threadIdx.x; k < THREADS + 2 * REACH; k += THREADS)
        near[k] = first + k >= 0 && first + k < n ? in[first + k] : 0;
    __syncthreads();
    int sum = 0;
    for (int k = 0; k <= 2 * REACH; k++) sum += near[threadIdx.x + k];
    if (first + REACH + (int)threadIdx.x < n) out[first + REACH + threadIdx.x] = sum;
}

__device__ __forceinline__ float step_at(const float *t, int x, int y, int w)
{
    float here = t[y * w + x];
    return here + 0.2f * (t[y * w + x - 1] + t[y * w + x + 1] + t[(y - 1) * w + x] +
                          t[(y + 1) * w + x] - 4.0f * here);
}

__global__ void heat_step(const float *from, float *to, int w, int h)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= w || y >= h) return;
    bool border = x == 0 || y == 0 || x == w - 1 || y == h - 1;
    to[y * w + x] = border ? from[y * w + x] : step_at(from, x, y, w);
}

__global__ void heat_resident(float *a, float *b, int w, int h, int steps)
{
    cooperative_groups::grid_group grid = cooperative_groups::this_grid();
    for (int s = 0; s < steps; s++) {
        for (int i = grid.thread_rank(); i < w * h; i += grid.size()) {
            int x = i % w, y = i / w;
            b[i] = x == 0 || y == 0 || x == w - 1 || y == h - 1 ? a[i] : step_at(a, x, y, w);
        }
        grid.sync();
        float *t = a; a = b; b = t;
    }
}

struct Box { int x, y, z; };

__global__ void seven_points(const float *__restrict__ in, float *__restrict__ out, Box n)
{
    __shared__ float plane[4 + 2][8 + 2];
    const int x = blockIdx.x * 8 + threadIdx.x - 1, y = blockIdx.y * 4 + threadIdx.y - 1;
    const bool inside = x >= 0 && x < n.x && y >= 0 && y < n.y;
    const bool computes = threadIdx.x % 9 != 0 && threadIdx.y % 5 != 0 &&
                          x > 0 && x < n.x - 1 && y > 0 && y < n.y - 1;
    const int layer = n.x * n.y, at = y * n.x + x;
    float low = inside ? in[at] : 0, mid = inside ? in[layer + at] : 0;
    for (int z = 1; z < n.z - 1; z++) {
        float high = inside ? in[(z + 1) * layer + at] : 0;
        plane[threadIdx.y][threadIdx.x] = mid;
        __syncthreads();
        if (computes)
            out[z * layer + at] = low + high + plane[threadIdx.y][threadIdx.x - 1] +
                plane[threadIdx.y][threadIdx.x + 1] + plane[threadIdx.y - 1][threadIdx.x] +
                plane[threadIdx.y + 1][threadIdx.x] - 6 * mid;
        __syncthreads();
        low = mid;
        mid = high;
    }
}

static int check_line()
{
    const int n = 500;
    int h[n], r[n], *in, *out, wrong = 0;
    for (int i = 0; i < n; i++) h[i] = i % 13;
    CUDA_CALL(cudaMalloc(&in, sizeof h));
    CUDA_CALL(cudaMalloc(&out, sizeof h));
    CUDA_CALL(cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice));
    window_sum<<<(n + THREADS - 1) / THREADS, THREADS>>>(in, out, n);
    CUDA_CALL(cudaMemcpy(r, out, sizeof r, cudaMemcpyDeviceToHost));
    for (int i = 0; i < n; i++) {
        for (int k = i - REACH; k <= i + REACH; k++) r[i] -= k >= 0 && k < n ? h[k] : 0;
        wrong += r[i] != 0;
    }
    CUDA_CALL(cudaFree(in));
    CUDA_CALL(cudaFree(out));
    return wrong;
}

static int check_plate()
{
    enum { W = 37, H = 29, STEPS = 6 };
    static float start[W * H], one[W * H], two[W * H];
    float *a, *b;
    for (int i = 0; i < W; i++) start[i] = 100.0f;
    CUDA_CALL(cudaMalloc(&a, sizeof start));
    CUDA_CALL(cudaMalloc(&b, sizeof start));
    CUDA_CALL(cudaMemcpy(a, start, sizeof start, cudaMemcpyHostToDevice));
    for (int s = 0; s < STEPS; s++) {
        heat_step<<<dim3((W + 15) / 16, (H + 3) / 4), dim3(16, 4)>>>(a, b, W, H);
        std::swap(a, b);
    }
    CUDA_CALL(cudaMemcpy(one, a, sizeof one, cudaMemcpyDeviceToHost));
    CUDA_CALL(cudaMemcpy(a, start, sizeof start, cudaMemcpyHostToDevice));
    int w = W, h = H, steps = STEPS;
    void *arguments[] = {&a, &b, &w, &h, &steps};
    CUDA_CALL(
        cudaLaunchCooperativeKernel((void *)heat_resident, dim3(4), dim3(64), arguments, 0, 0));
    CUDA_CALL(cudaDeviceSynchronize());
    CUDA_CALL(cudaMemcpy(two, a, sizeof two, cudaMemcpyDeviceToHost));
    CUDA_CALL(cudaFree(a));
    CUDA_CALL(cudaFree(b));
    int wrong = 0;
    for (int i = 0; i < W * H; i++) wrong += one[i] != two[i];
    return wrong || !(one[W + W / 2] > 30 && one[W + W / 2] < 80);
}

static int check_box()
{
    const Box n = {21, 10, 7};
    enum { ALL = 21 * 10 * 7 };
    float h[ALL], r[ALL], *in, *out;
    for (int i = 0; i < ALL; i++) h[i] = (float)(i * 7 % 16);
    CUDA_CALL(cudaMalloc(&in, sizeof h));
    CUDA_CALL(cudaMalloc(&out, sizeof h));
    CUDA_CALL(cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice));
    CUDA_CALL(cudaMemset(out, 0, sizeof h));
    seven_points<<<dim3((n.x + 7) / 8, (n.y + 3) / 4), dim3(10, 6)>>>(in, out, n);
    CUDA_CALL(cudaMemcpy(r, out, sizeof r, cudaMemcpyDeviceToHost));
    CUDA_CALL(cudaFree(in));
    CUDA_CALL(cudaFree(out));
    int wrong = 0, side = n.x, layer = n.x * n.y;
    for (int i = 0; i < ALL; i++) {
        int x = i % n.x, y = i / n.x % n.y, z = i / layer;
        bool border = x == 0 || y == 0 || z == 0 || x == n.x - 1 || y == n.y - 1 || z == n.z - 1;
        float want = border ? 0 : h[i - 1] + h[i + 1] + h[i - side] + h[i + side] + h[i - layer] +
                                  h[i + layer] - 6 * h[i];
        wrong += r[i] != want;
    }
    return wrong;
}

int main()
{
    int line = check_line(), plate = check_plate(), box = check_box();
    printf("line %d, plate %d, box %d wrong\n", line, plate, box);
    return line || plate || box;
}
