/* conv2d_cuda_windows.cuh: convolution as matrix products whose large factor is never stored.
 *
 * Idea:   unfolded into columns, one per output position, x is the factor that turns all three
 *         passes into matrix products, per group of channels:
 *             y[oc][n,oh,ow] = w[oc][c,kh,kw] * columns[c,kh,kw][n,oh,ow]
 *             dx[c][n,ih,iw] = w[c][oc,kh,kw] * readers[oc,kh,kw][n,ih,iw]
 *             dw[oc][c,kh,kw] = dy[oc][n,oh,ow] * columns^T
 *         Here an element of `columns`, or of `readers` (dy at the output that reads input (ih, iw)
 *         with tap (kh, kw), 0 if none does), is found in x or dy when a tile wants it: what a
 *         thread needs of its position is worked out once, of k in each step, by multiplications
 *         (cuda_divide.cuh). The tiles are those of gemm_cuda_tile.cuh.
 * Layout: as in conv2d.h.
 * Range:  positions (n*oh*ow, n*h*w) and the sums' lengths fit into int; conv2d_windows_fit().
 * Source: Chetlur et al., "cuDNN: Efficient Primitives for Deep Learning", 2014, section 3. */
#ifndef CONV2D_CUDA_WINDOWS_CUH
#define CONV2D_CUDA_WINDOWS_CUH

#include <limits.h>

extern "C" {
#include "kernels/conv2d/conv2d_variants.h"
}

#include "kernels/core/cuda_plane_sum.cuh"
#include "kernels/gemm/gemm_cuda_matrix.cuh"
#include "kernels/gemm/gemm_cuda_planes.cuh"

/* A shape with what its indices are divided by. */
typedef struct {
    conv2d_shape s;
    int group_c, group_oc;
    cuda_divisor taps, kernel_w, plane, ow, image, w, stride_h, stride_w;
} conv2d_geometry;

static inline conv2d_geometry conv2d_geometry_of(const conv2d_shape *s)
{
    return { *s, s->c / s->groups, s->oc / s->groups,
             cuda_divisor_of(s->kernel_h * s->kernel_w), cuda_divisor_of(s->kernel_w),
             cuda_divisor_of(s->oh * s->ow), cuda_divisor_of(s->ow),
             cuda_divisor_of(s->h * s->w), cuda_divisor_of(s->w), cuda_divisor_of(s->stride_h),
             cuda_divisor_of(s->stride_w) };
}

/* A line is an output position, k = (c, kh, kw): columns. */
struct conv2d_column_operand {
    static constexpr bool DEPTH_INNER = false;
    static constexpr int WIDTH = 1;
    struct line {
        const float *image;             /* the group's first channel; NULL beyond the last line */
        int ih, iw;                     /* where the window begins, perhaps in the padding */
    };

    const float *x;
    conv2d_geometry g;

    __device__ line open(ptrdiff_t batch, ptrdiff_t i) const
    {
        const conv2d_shape &s = g.s;
        if (i >= (ptrdiff_t)s.n * g.plane.divisor)
            return { NULL, 0, 0 };
        int ow = (int)i;
        const ptrdiff_t n = cuda_divide(&ow, g.plane);
        const int oh = cuda_divide(&ow, g.ow);
        return { x + (n * s.c + batch * g.group_c) * g.image.divisor,
                 oh * s.stride_h - s.pad_top, ow * s.stride_w - s.pad_left };
    }

    __device__ float at(const line &l, ptrdiff_t k) const
    {
        const conv2d_shape &s = g.s;
        if (!l.image || k >= (ptrdiff_t)g.group_c * g.taps.divisor)
            return 0.0f;
        int kw = (int)k;
        const ptrdiff_t c = cuda_divide(&kw, g.taps);
        const int kh = cuda_divide(&kw, g.kernel_w);
        const int ih = l.ih + kh * s.dilation_h, iw = l.iw + kw * s.dilation_w;
        return ih >= 0 && ih < s.h && iw >= 0 && iw < s.w
                   ? l.image[c * g.image.divisor + (ptrdiff_t)ih * s.w + iw] : 0.0f;
    }
};

/* A line is (c, kh, kw), k an output position: columns^T. */
struct conv2d_tap_operand {
    static constexpr bool DEPTH_INNER = true;
    static constexpr int WIDTH = 1;
    struct line {
        const float *channel;           /* of image 0; NULL beyond the last line */
        int ih, iw;                     /* what the tap adds to where a window begins */
    };

    const float *x;
    conv2d_geometry g;

    __device__ line open(ptrdiff_t batch, ptrdiff_t i) const
    {
        const conv2d_shape &s = g.s;
        if (i >= (ptrdiff_t)g.group_c * g.taps.divisor)
            return { NULL, 0, 0 };
        int kw = (int)i;
        const ptrdiff_t c = cuda_divide(&kw, g.taps);
        const int kh = cuda_divide(&kw, g.kernel_w);
        return { x + (batch * g.group_c + c) * g.image.divisor, kh * s.dilation_h - s.pad_top,
                 kw * s.dilation_w - s.pad_left };
    }

    __device__ float at(const line &l, ptrdiff_t k) const
    {
        const conv2d_shape &s = g.s;
        if (!l.channel || k >= (ptrdiff_t)s.n * g.plane.divisor)
            return 0.0f;
        int ow = (int)k;
        const ptrdiff_t n = cuda_divide(&ow, g.plane);
        const int oh = cuda_divide(&ow, g.ow);
        const int ih = l.ih + oh * s.stride_h, iw = l.iw + ow * s.stride_w;
        return ih >= 0 && ih < s.h && iw >= 0 && iw < s.w
                   ? l.channel[n * s.c * g.image.divisor + (ptrdiff_t)ih * s.w + iw] : 0.0f;
    }
};

/* A line is an input position, k = (oc, kh, kw): readers. */
struct conv2d_reader_operand {
    static constexpr bool DEPTH_INNER = false;
    static constexpr int WIDTH = 1;
    struct line {
        const float *gradients;         /* dy of the group's first oc; NULL beyond the last line */
        int ih, iw;                     /* in the padded image */
    };

    const float *dy;
    conv2d_geometry g;

    __device__ line open(ptrdiff_t batch, ptrdiff_t i) const
    {
        const conv2d_shape &s = g.s;
        if (i >= (ptrdiff_t)s.n * g.image.divisor)
            return { NULL, 0, 0 };
        int iw = (int)i;
        const ptrdiff_t n = cuda_divide(&iw, g.image);
        const int ih = cuda_divide(&iw, g.w);
        return { dy + (n * s.oc + batch * g.group_oc) * g.plane.divisor, ih + s.pad_top,
                 iw + s.pad_left };
    }

    __device__ float at(const line &l, ptrdiff_t k) const
    {
        const conv2d_shape &s = g.s;
        if (!l.gradients || k >= (ptrdiff_t)g.group_oc * g.taps.divisor)
            return 0.0f;
        int kw = (int)k;
        const ptrdiff_t oc = cuda_divide(&kw, g.taps);
        const int kh = cuda_divide(&kw, g.kernel_w);
        int rest_h = l.ih - kh * s.dilation_h, rest_w = l.iw - kw * s.dilation_w;
        if (rest_h < 0 || rest_w < 0)
            return 0.0f;
        const int oh = cuda_divide(&rest_h, g.stride_h), ow = cuda_divide(&rest_w, g.stride_w);
        return rest_h == 0 && rest_w == 0 && oh < s.oh && ow < s.ow
                   ? l.gradients[oc * g.plane.divisor + (ptrdiff_t)oh * s.ow + ow] : 0.0f;
    }
};

/* A line is an input channel, k = (oc, kh, kw): w[c][oc,kh,kw]. */
struct conv2d_filter_operand {
    static constexpr bool DEPTH_INNER = true;
    static constexpr int WIDTH = 1;
    typedef const float *line;          /* of the group's first oc; NULL beyond the last line */

    const float *w;
    conv2d_geometry g;

    __device__ line open(ptrdiff_t batch, ptrdiff_t i) const
    {
        return i < g.group_c ? w + (batch * g.group_oc * g.group_c + i) * g.taps.divisor : NULL;
    }

    __device__ float at(line l, ptrdiff_t k) const
    {
        if (!l || k >= (ptrdiff_t)g.group_oc * g.taps.divisor)
            return 0.0f;
        int tap = (int)k;
        const ptrdiff_t oc = cuda_divide(&tap, g.taps);
        return l[oc * g.group_c * g.taps.divisor + tap];
    }
};

/* ---- The three products ---- */

static inline ptrdiff_t conv2d_window(const conv2d_shape *s)
{
    return (ptrdiff_t)(s->c / s->groups) * s->kernel_h * s->kernel_w;
}

static inline bool conv2d_windows_fit(const conv2d_shape *s)
{
    const ptrdiff_t taps = (ptrdiff_t)s->kernel_h * s->kernel_w, images = s->n > 0 ? s->n : 1;

    return images * s->oh * s->ow <= INT_MAX && images * s->h * s->w <= INT_MAX &&
           taps <= INT_MAX && s->c / s->groups * taps <= INT_MAX &&
           s->oc / s->groups * taps <= INT_MAX;
}

static inline size_t conv2d_windows_workspace_bytes(const conv2d_shape *s)
{
    const int group_c = s->c / s->groups, group_oc = s->oc / s->groups;
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->oh * s->ow;
    const ptrdiff_t inputs = (ptrdiff_t)s->n * s->h * s->w;
    const ptrdiff_t readers = (ptrdiff_t)group_oc * s->kernel_h * s->kernel_w;
    const gemm_tile_plan plan[] = {
        gemm_tile_plan_for(group_oc, outputs, conv2d_window(s), s->groups),
        gemm_tile_plan_for(group_c, inputs, readers, s->groups),
        gemm_tile_plan_for(group_oc, conv2d_window(s), outputs, s->groups) };
    size_t most = 0;

    for (int i = 0; i < 3; i++) {
        const size_t bytes = gemm_tile_workspace_bytes(&plan[i]);
        most = bytes > most ? bytes : most;
    }
    return most;
}

template <class FAMILY>
static inline void conv2d_windows_forward(const conv2d_shape *s, const float *x, const float *w,
                                          const float *b, float *y, void *workspace)
{
    const int group_oc = s->oc / s->groups;
    const ptrdiff_t window = conv2d_window(s);
    const conv2d_column_operand columns = { x, conv2d_geometry_of(s) };
    const gemm_planes planes = gemm_planes_of(s->n, s->oc, s->groups, s->oh * s->ow);

    gemm_tile_multiply<FAMILY>(
        gemm_matrix_operand_of<true>(w, group_oc, window, window, group_oc * window), columns,
        gemm_planes_out_of(y, b, planes), group_oc, planes.positions, window, s->groups, workspace);
}

template <class FAMILY>
static inline void conv2d_windows_backward_data(const conv2d_shape *s, const float *dy,
                                                const float *w, float *dx, void *workspace)
{
    const conv2d_geometry g = conv2d_geometry_of(s);
    const conv2d_filter_operand filters = { w, g };
    const conv2d_reader_operand readers = { dy, g };
    const gemm_planes planes = gemm_planes_of(s->n, s->c, s->groups, s->h * s->w);

    gemm_tile_multiply<FAMILY>(filters, readers, gemm_planes_out_of(dx, NULL, planes), g.group_c,
                               planes.positions, (ptrdiff_t)g.group_oc * g.taps.divisor,
                               s->groups, workspace);
}

template <class FAMILY>
static inline void conv2d_windows_backward_weights(const conv2d_shape *s, const float *x,
                                                   const float *dy, float *dw, float *db,
                                                   void *workspace)
{
    const int group_oc = s->oc / s->groups;
    const ptrdiff_t window = conv2d_window(s), plane = (ptrdiff_t)s->oh * s->ow;
    const gemm_planes planes = gemm_planes_of(s->n, s->oc, s->groups, (int)plane);
    const gemm_channel_operand gradients = { dy, planes };
    const conv2d_tap_operand taps = { x, conv2d_geometry_of(s) };

    gemm_tile_multiply<FAMILY>(gradients, taps, gemm_matrix_out_of(dw, group_oc, window), group_oc,
                               window, planes.positions, s->groups, workspace);
    if (db)
        cuda_plane_sum(s->n, s->oc, plane, dy, db);
}

#endif
