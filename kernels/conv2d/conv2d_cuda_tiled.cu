/* conv2d_cuda_tiled.cu: one block computes a 16 x 8 patch of eight channels through shared memory.
 *
 * Idea:   neighbouring windows overlap. For each input channel a block loads the patch of x that
 *         its windows cover, and the taps of its eight filters; each thread then computes its
 *         position in all eight output channels, so that a float from the patch is used by up to
 *         kernel_h * kernel_w threads, and eight times by each. dx goes the same way: a patch of
 *         dy, the taps by which a position was read, eight input channels at once. A weight
 *         gradient is one long sum: a block of its own adds it up, in an order that never varies.
 * Layout: as in conv2d.h. Shared: filters [kernel_h * kernel_w][8], patch [patch_h][patch_w].
 * Cost:   the FLOP of conv2d.h. Forward and dx load about 1/8 of what conv2d_cuda_naive.cu loads,
 *         divided by the overlap; dw loads as much.
 * Limit:  three shared loads for eight multiply-adds, idle threads where the image is no multiple
 *         of the patch, and dw reads x and dy again for every weight. conv2d_cuda_implicit_gemm.cu
 *         uses every loaded float 16 to 128 times in all passes.
 * Source: Podlozhnyuk, "Image Convolution with CUDA", NVIDIA, 2007. */
#include <cuda_runtime.h>

#include <limits.h>
#include <stdint.h>

extern "C" {
#include "kernels/conv2d/conv2d_variants.h"
}

#include "kernels/core/cuda_divide.cuh"
#include "kernels/core/cuda_launch.cuh"
#include "kernels/core/cuda_plane_sum.cuh"

enum {
    TILE_W = 16, TILE_H = 8, THREADS = TILE_W * TILE_H,
    CHANNELS = 8,                       /* computed by one thread, side by side */
    SHARED_BYTES = 48 * 1024            /* what every device gives without being asked */
};
static_assert(THREADS % 32 == 0 && (THREADS & (THREADS - 1)) == 0, "whole warps; a tree halves it");
static_assert(CHANNELS % 4 == 0, "taps are loaded four at a time");

/* How an image is cut into patches, and what of the other tensor a patch needs. */
typedef struct {
    int tiles_w, tiles_h, channel_tiles;    /* channel tiles of one group */
    int patch_w, patch_h;
    ptrdiff_t blocks;
    size_t shared_bytes;
} cutting;

static int tiles(int extent, int tile)
{
    return extent / tile + (extent % tile != 0);
}

static cutting cut(const conv2d_shape *s, int w, int h, int group, ptrdiff_t patch_w,
                   ptrdiff_t patch_h)
{
    const ptrdiff_t taps = (ptrdiff_t)s->kernel_h * s->kernel_w, most = SHARED_BYTES;
    cutting c = { tiles(w, TILE_W), tiles(h, TILE_H), tiles(group, CHANNELS), 0, 0, 0, 0 };

    c.blocks = (ptrdiff_t)c.tiles_w * c.tiles_h * c.channel_tiles * s->groups * s->n;
    if (patch_w > most || patch_h > most || taps > most) {
        c.shared_bytes = SIZE_MAX;
        return c;
    }
    c.patch_w = (int)patch_w;
    c.patch_h = (int)patch_h;
    c.shared_bytes = (size_t)(patch_h * patch_w + CHANNELS * taps) * sizeof(float);
    return c;
}

static cutting cut_outputs(const conv2d_shape *s)
{
    const ptrdiff_t reach_w = (ptrdiff_t)(s->kernel_w - 1) * s->dilation_w;
    const ptrdiff_t reach_h = (ptrdiff_t)(s->kernel_h - 1) * s->dilation_h;

    return cut(s, s->ow, s->oh, s->oc / s->groups,
               (ptrdiff_t)(TILE_W - 1) * s->stride_w + reach_w + 1,
               (ptrdiff_t)(TILE_H - 1) * s->stride_h + reach_h + 1);
}

static cutting cut_inputs(const conv2d_shape *s)
{
    const ptrdiff_t reach_w = (ptrdiff_t)(s->kernel_w - 1) * s->dilation_w;
    const ptrdiff_t reach_h = (ptrdiff_t)(s->kernel_h - 1) * s->dilation_h;

    return cut(s, s->w, s->h, s->c / s->groups, (TILE_W - 1 + reach_w) / s->stride_w + 1,
               (TILE_H - 1 + reach_h) / s->stride_h + 1);
}

/* Where this block works. */
typedef struct {
    int w, h;                           /* first position of the patch */
    int group, channel;                 /* first channel, counted within its group */
    ptrdiff_t n;
} corner;

static __device__ corner find_corner(const cutting &c, int groups)
{
    ptrdiff_t rest = blockIdx.x;
    corner at;

    at.w = (int)(rest % c.tiles_w) * TILE_W, rest /= c.tiles_w;
    at.h = (int)(rest % c.tiles_h) * TILE_H, rest /= c.tiles_h;
    at.channel = (int)(rest % c.channel_tiles) * CHANNELS, rest /= c.channel_tiles;
    at.group = (int)(rest % groups);
    at.n = rest / groups;
    return at;
}

/* Loads a patch of a plane of h x w whose corner is (first_h, first_w); zeros beyond its edges. */
static __device__ void load_patch(const cutting &c, const float *plane, int h, int w, int first_h,
                                  int first_w, float *patch)
{
    for (int i = (int)threadIdx.x; i < c.patch_h * c.patch_w; i += THREADS) {
        const ptrdiff_t ih = (ptrdiff_t)first_h + i / c.patch_w;
        const ptrdiff_t iw = (ptrdiff_t)first_w + i % c.patch_w;
        patch[i] = ih >= 0 && ih < h && iw >= 0 && iw < w ? plane[ih * w + iw] : 0.0f;
    }
}

/* Loads the taps of `count` filters that lie `apart` floats apart, and zeros up to CHANNELS. */
static __device__ void load_filters(const float *w, int taps, ptrdiff_t apart, int count,
                                    float *filters)
{
    for (int i = (int)threadIdx.x; i < CHANNELS * taps; i += THREADS)
        filters[i % taps * CHANNELS + i / taps] =
            i / taps < count ? w[i / taps * apart + i % taps] : 0.0f;
}

/* sum[i] += value * tap[i] */
static __device__ void add_products(float value, const float *tap, float (&sum)[CHANNELS])
{
#pragma unroll
    for (int i = 0; i < CHANNELS; i += 4) {
        const float4 four = *reinterpret_cast<const float4 *>(tap + i);
        sum[i] += value * four.x, sum[i + 1] += value * four.y;
        sum[i + 2] += value * four.z, sum[i + 3] += value * four.w;
    }
}

static __global__ void __launch_bounds__(THREADS)
conv2d_forward_kernel(conv2d_shape s, cutting cuts, const float *x, const float *w, const float *b,
                      float *y)
{
    extern __shared__ __align__(16) float shared[];
    float *const filters = shared, *const patch = shared + CHANNELS * s.kernel_h * s.kernel_w;
    const corner at = find_corner(cuts, s.groups);
    const int tx = (int)threadIdx.x % TILE_W, ty = (int)threadIdx.x / TILE_W;
    const int group_c = s.c / s.groups, group_oc = s.oc / s.groups;
    const int taps = s.kernel_h * s.kernel_w, first_oc = at.group * group_oc + at.channel;
    const int count = group_oc - at.channel < CHANNELS ? group_oc - at.channel : CHANNELS;

    float sum[CHANNELS] = {};
    for (int c = 0; c < group_c; c++) {
        const ptrdiff_t ic = (ptrdiff_t)at.group * group_c + c;
        load_patch(cuts, x + (at.n * s.c + ic) * s.h * s.w, s.h, s.w,
                   at.h * s.stride_h - s.pad_top, at.w * s.stride_w - s.pad_left, patch);
        load_filters(w + ((ptrdiff_t)first_oc * group_c + c) * taps, taps,
                     (ptrdiff_t)group_c * taps, count, filters);
        __syncthreads();                        /* patch and filters are complete */
        for (int kh = 0; kh < s.kernel_h; kh++)
            for (int kw = 0; kw < s.kernel_w; kw++) {
                const float value = patch[(ty * s.stride_h + kh * s.dilation_h) * cuts.patch_w +
                                          tx * s.stride_w + kw * s.dilation_w];
                add_products(value, filters + (kh * s.kernel_w + kw) * CHANNELS, sum);
            }
        __syncthreads();                        /* all have read them; they may be overwritten */
    }
    const int ow = at.w + tx, oh = at.h + ty;
    if (ow >= s.ow || oh >= s.oh)
        return;                                 /* only now: the barriers want every thread */
    float *const to = y + ((at.n * s.oc + first_oc) * s.oh + oh) * s.ow + ow;
#pragma unroll
    for (int i = 0; i < CHANNELS; i++)
        if (i < count)
            to[(ptrdiff_t)i * s.oh * s.ow] = sum[i] + (b ? b[first_oc + i] : 0.0f);
}

/* The first output along one axis that reads input `first` or a later one. */
static __device__ int first_reader(int first, int pad, int reach, int stride)
{
    const int distance = first + pad - reach;
    return distance <= 0 ? 0 : (distance - 1) / stride + 1;
}

static __global__ void __launch_bounds__(THREADS)
conv2d_backward_data_kernel(conv2d_shape s, cutting cuts, cuda_divisor stride_h,
                            cuda_divisor stride_w, const float *dy, const float *w, float *dx)
{
    extern __shared__ __align__(16) float shared[];
    float *const filters = shared, *const patch = shared + CHANNELS * s.kernel_h * s.kernel_w;
    const corner at = find_corner(cuts, s.groups);
    const int iw = at.w + (int)threadIdx.x % TILE_W, ih = at.h + (int)threadIdx.x / TILE_W;
    const bool inside = iw < s.w && ih < s.h;
    const int group_c = s.c / s.groups, group_oc = s.oc / s.groups;
    const int taps = s.kernel_h * s.kernel_w;
    const int count = group_c - at.channel < CHANNELS ? group_c - at.channel : CHANNELS;
    const int reach_h = (s.kernel_h - 1) * s.dilation_h, reach_w = (s.kernel_w - 1) * s.dilation_w;
    const int first_oh = first_reader(at.h, s.pad_top, reach_h, s.stride_h);
    const int first_ow = first_reader(at.w, s.pad_left, reach_w, s.stride_w);

    float sum[CHANNELS] = {};
    for (int c = 0; c < group_oc; c++) {
        const ptrdiff_t oc = (ptrdiff_t)at.group * group_oc + c;
        load_patch(cuts, dy + (at.n * s.oc + oc) * s.oh * s.ow, s.oh, s.ow, first_oh, first_ow,
                   patch);
        load_filters(w + (oc * group_c + at.channel) * taps, taps, taps, count, filters);
        __syncthreads();                        /* patch and filters are complete */
        for (int kh = 0; inside && kh < s.kernel_h; kh++) {
            int rest_h = ih + s.pad_top - kh * s.dilation_h;
            const int oh = rest_h < 0 ? 0 : cuda_divide(&rest_h, stride_h);
            for (int kw = 0; rest_h == 0 && kw < s.kernel_w; kw++) {
                int rest_w = iw + s.pad_left - kw * s.dilation_w;
                const int ow = rest_w < 0 ? 0 : cuda_divide(&rest_w, stride_w);
                if (rest_w != 0)
                    continue;                   /* no window puts this tap here */
                const float value = patch[(oh - first_oh) * cuts.patch_w + ow - first_ow];
                add_products(value, filters + (kh * s.kernel_w + kw) * CHANNELS, sum);
            }
        }
        __syncthreads();                        /* all have read them; they may be overwritten */
    }
    if (!inside)
        return;
    const ptrdiff_t first_ic = (ptrdiff_t)at.group * group_c + at.channel;
    float *const to = dx + ((at.n * s.c + first_ic) * s.h + ih) * s.w + iw;
#pragma unroll
    for (int i = 0; i < CHANNELS; i++)
        if (i < count)
            to[(ptrdiff_t)i * s.h * s.w] = sum[i];
}

/* One block, one weight: its threads walk through the output positions side by side. */
static __global__ void __launch_bounds__(THREADS)
conv2d_backward_weights_kernel(conv2d_shape s, cuda_divisor by_ow, const float *x, const float *dy,
                               float *dw)
{
    __shared__ float partial[THREADS];
    const int me = (int)threadIdx.x, group_c = s.c / s.groups, group_oc = s.oc / s.groups;
    ptrdiff_t rest = blockIdx.x;
    const int kw = (int)(rest % s.kernel_w), kh = (int)((rest /= s.kernel_w) % s.kernel_h);
    const int c = (int)((rest /= s.kernel_h) % group_c), oc = (int)(rest / group_c);
    const ptrdiff_t ic = (ptrdiff_t)(oc / group_oc) * group_c + c;

    float sum = 0.0f;
    for (ptrdiff_t n = 0; n < s.n; n++) {
        const float *const image = x + (n * s.c + ic) * s.h * s.w;
        const float *const gradient = dy + (n * s.oc + oc) * s.oh * s.ow;
        for (ptrdiff_t p = me; p < (ptrdiff_t)s.oh * s.ow; p += THREADS) {
            int ow = (int)p;
            const int oh = cuda_divide(&ow, by_ow);
            const int ih = oh * s.stride_h - s.pad_top + kh * s.dilation_h;
            const int iw = ow * s.stride_w - s.pad_left + kw * s.dilation_w;
            if (ih >= 0 && ih < s.h && iw >= 0 && iw < s.w)
                sum += gradient[p] * image[(ptrdiff_t)ih * s.w + iw];
        }
    }
    partial[me] = sum;
    for (int half = THREADS / 2; half > 0; half /= 2) {
        __syncthreads();                        /* the level above is complete */
        if (me < half)
            partial[me] += partial[me + half];
    }
    if (me == 0)
        dw[blockIdx.x] = partial[0];
}

static ptrdiff_t weights_of(const conv2d_shape *s)
{
    return (ptrdiff_t)s->oc * (s->c / s->groups) * s->kernel_h * s->kernel_w;
}

/* Small windows, whose patches and taps fit into shared memory, and grids within their limit. */
extern "C" bool conv2d_supports_cuda_tiled(const conv2d_shape *s)
{
    const cutting outputs = cut_outputs(s), inputs = cut_inputs(s);

    return outputs.shared_bytes <= SHARED_BYTES && inputs.shared_bytes <= SHARED_BYTES &&
           outputs.blocks <= INT_MAX && inputs.blocks <= INT_MAX && weights_of(s) <= INT_MAX &&
           (ptrdiff_t)s->oh * s->ow <= INT_MAX;
}

extern "C" void conv2d_forward_cuda_tiled(const conv2d_shape *s, const float *x, const float *w,
                                          const float *b, float *y, void *workspace)
{
    const cutting c = cut_outputs(s);

    (void)workspace;
    if (c.blocks == 0)
        return;                                 /* a grid of no blocks is a launch error */
    conv2d_forward_kernel<<<(unsigned)c.blocks, THREADS, c.shared_bytes>>>(*s, c, x, w, b, y);
    cuda_launched("conv2d_forward_kernel");
}

extern "C" void conv2d_backward_data_cuda_tiled(const conv2d_shape *s, const float *dy,
                                                const float *w, float *dx, void *workspace)
{
    const cutting c = cut_inputs(s);

    (void)workspace;
    if (c.blocks == 0)
        return;
    conv2d_backward_data_kernel<<<(unsigned)c.blocks, THREADS, c.shared_bytes>>>(
        *s, c, cuda_divisor_of(s->stride_h), cuda_divisor_of(s->stride_w), dy, w, dx);
    cuda_launched("conv2d_backward_data_kernel");
}

extern "C" void conv2d_backward_weights_cuda_tiled(const conv2d_shape *s, const float *x,
                                                   const float *dy, float *dw, float *db,
                                                   void *workspace)
{
    (void)workspace;
    conv2d_backward_weights_kernel<<<(unsigned)weights_of(s), THREADS>>>(
        *s, cuda_divisor_of(s->ow), x, dy, dw);
    cuda_launched("conv2d_backward_weights_kernel");
    if (db)
        cuda_plane_sum(s->n, s->oc, (ptrdiff_t)s->oh * s->ow, dy, db);
}
