/* gemm_cuda_planes.cuh: a tensor [n][channels][plane] as operand and output of gemm_cuda_tile.cuh.
 *
 * Idea:   a position is a pixel of an image: index n * plane + p. The tensor is the matrix
 *         [channels][positions], though its columns do not lie one after the other. With groups
 *         (batches of the product) a matrix has the channels of one group.
 * Range:  there are at most INT_MAX positions. */
#ifndef GEMM_CUDA_PLANES_CUH
#define GEMM_CUDA_PLANES_CUH

#include <stdint.h>

#include "kernels/core/cuda_divide.cuh"
#include "kernels/gemm/gemm_cuda_tile.cuh"

typedef struct {
    int group, channels;                /* of a group, of all groups */
    int positions;                      /* n * plane */
    cuda_divisor plane;
} gemm_planes;

static inline gemm_planes gemm_planes_of(int n, int channels, int groups, int plane)
{
    return { channels / groups, channels, n * plane, cuda_divisor_of(plane) };
}

/* A line is a position, k a channel: the right factor where channels are summed over. */
struct gemm_position_operand {
    static constexpr bool DEPTH_INNER = false;
    static constexpr int WIDTH = 1;
    typedef const float *line;          /* of channel 0; NULL beyond the last position */

    const float *x;
    gemm_planes t;

    __device__ line open(ptrdiff_t batch, ptrdiff_t i) const
    {
        if (i >= t.positions)
            return NULL;
        int p = (int)i;
        const ptrdiff_t n = cuda_divide(&p, t.plane);
        return x + (n * t.channels + batch * t.group) * t.plane.divisor + p;
    }

    __device__ float at(line l, ptrdiff_t k) const
    {
        return l && k < t.group ? l[k * t.plane.divisor] : 0.0f;
    }
};

/* A line is a channel, k a position: the left factor where positions are summed over. */
struct gemm_channel_operand {
    static constexpr bool DEPTH_INNER = true;
    static constexpr int WIDTH = 1;
    typedef const float *line;          /* of image 0; NULL beyond the last channel */

    const float *x;
    gemm_planes t;

    __device__ line open(ptrdiff_t batch, ptrdiff_t i) const
    {
        return i < t.group ? x + (batch * t.group + i) * t.plane.divisor : NULL;
    }

    __device__ float at(line l, ptrdiff_t k) const
    {
        if (!l || k >= t.positions)
            return 0.0f;
        int p = (int)k;
        const ptrdiff_t n = cuda_divide(&p, t.plane);
        return l[n * t.channels * t.plane.divisor + p];
    }
};

/* Rows are channels, columns positions; bias has one element per channel. */
struct gemm_planes_out {
    float *y;
    const float *bias;                  /* NULL: none */
    gemm_planes t;
    bool aligned;

    template <int WIDTH>
    __device__ void store(ptrdiff_t batch, ptrdiff_t row, ptrdiff_t column,
                          const float (&sum)[WIDTH]) const
    {
        if (row >= t.group || column >= t.positions)
            return;
        const ptrdiff_t channel = batch * t.group + row;
        const float add = bias ? bias[channel] : 0.0f;
        int p = (int)column;
        ptrdiff_t n = cuda_divide(&p, t.plane);
        float *to = y + (n * t.channels + channel) * t.plane.divisor + p;

        float value[WIDTH];
#pragma unroll
        for (int v = 0; v < WIDTH; v++)
            value[v] = sum[v] + add;
        if (aligned) {                  /* then neighbours that share a store share an image, too */
            gemm_store_run(to, value, true, t.positions - column);
            return;
        }
#pragma unroll
        for (int v = 0; v < WIDTH; v++, to++) {
            if (column + v < t.positions)
                *to = value[v];
            if (++p == t.plane.divisor) {
                p = 0;                  /* on to the next image */
                to += (ptrdiff_t)(t.channels - 1) * t.plane.divisor;
            }
        }
    }
};

static inline gemm_planes_out gemm_planes_out_of(float *y, const float *bias, gemm_planes t)
{
    return { y, bias, t, (uintptr_t)y % 16 == 0 && t.plane.divisor % 4 == 0 };
}

#endif
