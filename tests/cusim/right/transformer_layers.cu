// Layers of a transformer: softmax with a warp per row, online softmax, layer norm with a block per
// row, GELU with the residual, and attention for one head without storing the scores.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>

namespace cg = cooperative_groups;

#define cudaCheck(e)                                                                               \
    do {                                                                                           \
        cudaError_t err = (e);                                                                     \
        if (err) {                                                                                 \
            fprintf(stderr, "%s:%d %s\n", __FILE__, __LINE__, cudaGetErrorString(err));            \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

template <class Op>
__device__ float warp_reduce(float v, Op op)
{
#pragma unroll
    for (int d = 16; d; d >>= 1) v = op(v, __shfl_xor_sync(0xffffffffu, v, d));
    return v;
}

__global__ void softmax_warp(float *out, const float *in, int rows, int cols)
{
    const int lane = threadIdx.x & 31, row = blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
    if (row >= rows) return;                    // whole warps only
    const float *x = in + row * cols;
    float *y = out + row * cols, top = -INFINITY, sum = 0;
    for (int c = lane; c < cols; c += 32) top = fmaxf(top, x[c]);
    top = warp_reduce(top, [](float a, float b) { return fmaxf(a, b); });
    for (int c = lane; c < cols; c += 32) sum += y[c] = __expf(x[c] - top);
    sum = warp_reduce(sum, [](float a, float b) { return a + b; });
    for (int c = lane; c < cols; c += 32) y[c] *= 1.0f / sum;
}

struct alignas(8) Running { float top, sum; };

__device__ __forceinline__ Running merge(Running a, Running b)
{
    Running r;
    r.top = fmaxf(a.top, b.top);
    r.sum = a.sum * expf(a.top - r.top) + b.sum * expf(b.top - r.top);
    return r;
}

__global__ void softmax_online(float *out, const float *in, int rows, int cols)
{
    cg::thread_block_tile<32> warp = cg::tiled_partition<32>(cg::this_thread_block());
    int row = blockIdx.x * warp.meta_group_size() + warp.meta_group_rank();
    if (row >= rows) return;
    Running mine = {-FLT_MAX, 0.0f};
    for (int c = warp.thread_rank(); c < cols; c += warp.size())
        mine = merge(mine, Running{in[row * cols + c], 1.0f});
    const Running all = cg::reduce(warp, mine, [](Running a, Running b) { return merge(a, b); });
    for (int c = warp.thread_rank(); c < cols; c += warp.size())
        __stcs(&out[row * cols + c], expf(__ldcs(&in[row * cols + c]) - all.top) / all.sum);
}

__global__ void layernorm(float *out, float2 *stats, const float *in, const float *w,
                          const float *b, int cols)
{
    extern __shared__ float shared[];
    float *sums = shared, *squares = shared + blockDim.x;
    const int t = threadIdx.x;
    const float *x = in + blockIdx.x * cols;
    sums[t] = squares[t] = 0.0f;
    for (int c = t; c < cols; c += blockDim.x) {
        sums[t] += x[c];
        squares[t] += x[c] * x[c];
    }
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        __syncthreads();
        if (t < half) {
            sums[t] += sums[t + half];
            squares[t] += squares[t + half];
        }
    }
    __syncthreads();
    const float mean = sums[0] / cols, scale = rsqrtf(squares[0] / cols - mean * mean + 1e-5f);
    if (t == 0) stats[blockIdx.x] = make_float2(mean, scale);
    for (int c = t; c < cols; c += blockDim.x)
        out[blockIdx.x * cols + c] = (x[c] - mean) * scale * w[c] + b[c];
}

__global__ void gelu_residual(float *out, const float *in, int n)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        const float x = in[i];
        out[i] = x + 0.5f * x * (1.0f + tanhf(0.7978845608f * (x + 0.044715f * x * x * x)));
    }
}

// One warp per query; keys and values pass by once; D columns, one per lane.
template <int D>
__global__ void attention(const float *q, const float *k, const float *v, float *out, int rows)
{
    static_assert(D == 32, "a lane per column");
    int row = blockIdx.x, lane = threadIdx.x;
    float top = -INFINITY, sum = 0, acc = 0, mine = q[row * D + lane];
    for (int j = 0; j <= row; j++) {            // causal
        float s = mine * k[j * D + lane];
        for (int d = 16; d > 0; d /= 2) s += __shfl_xor_sync(0xffffffff, s, d);
        s /= sqrtf((float)D);
        float higher = fmaxf(top, s), keep = expf(top - higher), p = expf(s - higher);
        acc = acc * keep + p * v[j * D + lane];
        sum = sum * keep + p;
        top = higher;
    }
    out[row * D + lane] = acc / sum;
}

enum { B = 11, C = 70, D = 32, ROWS = 20 };
static float x[B * C], y[B * C], want[B * C];

static int differ(const char *what, const float *dev, int n)
{
    cudaCheck(cudaGetLastError());
    cudaCheck(cudaMemcpy(y, dev, n * sizeof(float), cudaMemcpyDeviceToHost));
    for (int i = 0; i < n; i++)
        if (!(fabsf(y[i] - want[i]) <= 1e-5f + 1e-4f * fabsf(want[i]))) {
            printf("%s: element %d is %g, not %g\n", what, i, y[i], want[i]);
            return 1;
        }
    printf("%s ok\n", what);
    return 0;
}

static void want_rows(bool softmax)
{
    for (int b = 0; b < B; b++) {
        const float *r = x + b * C;
        double top = -1e30, sum = 0, plain = 0, squares = 0;
        for (int c = 0; c < C; c++) { top = fmax(top, r[c]); plain += r[c]; }
        for (int c = 0; c < C; c++) { sum += exp(r[c] - top); squares += pow(r[c] - plain / C, 2); }
        for (int c = 0; c < C; c++)
            want[b * C + c] = softmax
                                  ? (float)(exp(r[c] - top) / sum)
                                  : (float)(2 * (r[c] - plain / C) / sqrt(squares / C + 1e-5) + 1);
    }
}

static void want_attention()
{
    for (int i = 0; i < ROWS; i++) {
        double p[ROWS], sum = 0;
        for (int j = 0; j <= i; j++) {
            double s = 0;
            for (int d = 0; d < D; d++) s += x[i * D + d] * x[j * D + d];
            sum += p[j] = exp(s / sqrt((double)D));
        }
        for (int d = 0; d < D; d++) {
            double acc = 0;
            for (int j = 0; j <= i; j++) acc += p[j] / sum * x[j * D + d];
            want[i * D + d] = (float)acc;
        }
    }
}

int main()
{
    float *dx, *dy, *wb, h[2 * C];
    float2 *stats;
    int wrong = 0;
    for (int i = 0; i < B * C; i++) x[i] = (float)(i * 31 % 67) / 16.0f - 2.0f;
    for (int c = 0; c < 2 * C; c++) h[c] = c < C ? 2.0f : 1.0f;
    cudaCheck(cudaMalloc(&dx, sizeof x));
    cudaCheck(cudaMalloc(&dy, sizeof y));
    cudaCheck(cudaMalloc(&wb, sizeof h));
    cudaCheck(cudaMalloc(&stats, B * sizeof *stats));
    cudaCheck(cudaMemcpy(dx, x, sizeof x, cudaMemcpyHostToDevice));
    cudaCheck(cudaMemcpy(wb, h, sizeof h, cudaMemcpyHostToDevice));
    want_rows(true);
    softmax_warp<<<(B + 3) / 4, 128>>>(dy, dx, B, C);
    wrong += differ("softmax", dy, B * C);
    softmax_online<<<(B + 1) / 2, 64>>>(dy, dx, B, C);
    wrong += differ("online softmax", dy, B * C);
    want_rows(false);
    layernorm<<<B, 64, 2 * 64 * sizeof(float)>>>(dy, stats, dx, wb, wb + C, C);
    wrong += differ("layer norm", dy, B * C);
    for (int i = 0; i < B * C; i++)
        want[i] = x[i] + 0.5f * x[i] *
                             (1 + tanhf(0.7978845608f * (x[i] + 0.044715f * x[i] * x[i] * x[i])));
    gelu_residual<<<3, 96>>>(dy, dx, B * C);
    wrong += differ("GELU", dy, B * C);
    want_attention();
    attention<D><<<ROWS, D>>>(dx, dx, dx, dy, ROWS);
    wrong += differ("attention", dy, ROWS * D);
    cudaCheck(cudaFree(dx));
    cudaCheck(cudaFree(dy));
    cudaCheck(cudaFree(wb));
    cudaCheck(cudaFree(stats));
    return wrong;
}
