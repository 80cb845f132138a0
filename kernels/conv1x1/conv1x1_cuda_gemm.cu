/* conv1x1_cuda_gemm.cu: pointwise convolution as one matrix product in tiles per pass.
 *
 * Idea:   x already is, image by image, the matrix [c][n * h * w] that a wider window would have to
 *         be unfolded into: y = w * x + b, dx = w^T * dy, dw = dy * x^T. The tiles of
 *         gemm_cuda_tile.cuh read and write it where it lies, all images in one product, so that
 *         small images leave no tile half empty. dw has few tiles and a long sum over all pixels,
 *         which is split among blocks.
 * Layout: as in conv1x1.h.
 * Cost:   2 * n * oc * c * h * w FLOP per pass, plus the parts of dw written and read once.
 * Limit:  the arithmetic of the fp32 units; for few channels, memory.
 * Source: Lin, Chen and Yan, "Network In Network", 2013, section 3.1. */
#include <limits.h>

extern "C" {
#include "kernels/conv1x1/conv1x1_variants.h"
}

#include "kernels/core/cuda_plane_sum.cuh"
#include "kernels/gemm/gemm_cuda_matrix.cuh"
#include "kernels/gemm/gemm_cuda_planes.cuh"
#include "kernels/gemm/gemm_cuda_register.cuh"

static ptrdiff_t positions(const conv1x1_shape *s)
{
    return (ptrdiff_t)s->n * s->h * s->w;
}

static gemm_planes planes_of(const conv1x1_shape *s, int channels)
{
    return gemm_planes_of(s->n, channels, 1, s->h * s->w);
}

extern "C" bool conv1x1_supports_cuda_gemm(const conv1x1_shape *s)
{
    return positions(s) <= INT_MAX;
}

extern "C" size_t conv1x1_workspace_bytes_cuda_gemm(const conv1x1_shape *s)
{
    const gemm_tile_plan plan[] = { gemm_tile_plan_for(s->oc, positions(s), s->c, 1),
                                    gemm_tile_plan_for(s->c, positions(s), s->oc, 1),
                                    gemm_tile_plan_for(s->oc, s->c, positions(s), 1) };
    size_t most = 0;

    for (int i = 0; i < 3; i++) {
        const size_t bytes = gemm_tile_workspace_bytes(&plan[i]);
        most = bytes > most ? bytes : most;
    }
    return most;
}

extern "C" void conv1x1_forward_cuda_gemm(const conv1x1_shape *s, const float *x, const float *w,
                                          const float *b, float *y, void *workspace)
{
    const gemm_position_operand pixels = { x, planes_of(s, s->c) };

    gemm_tile_multiply<gemm_register_family>(gemm_matrix_operand_of<true>(w, s->oc, s->c, s->c),
                                             pixels, gemm_planes_out_of(y, b, planes_of(s, s->oc)),
                                             s->oc, positions(s), s->c, 1, workspace);
}

extern "C" void conv1x1_backward_data_cuda_gemm(const conv1x1_shape *s, const float *dy,
                                                const float *w, float *dx, void *workspace)
{
    const gemm_position_operand pixels = { dy, planes_of(s, s->oc) };

    gemm_tile_multiply<gemm_register_family>(
        gemm_matrix_operand_of<false>(w, s->c, s->oc, s->c), pixels,
        gemm_planes_out_of(dx, NULL, planes_of(s, s->c)), s->c, positions(s), s->oc, 1, workspace);
}

extern "C" void conv1x1_backward_weights_cuda_gemm(const conv1x1_shape *s, const float *x,
                                                   const float *dy, float *dw, float *db,
                                                   void *workspace)
{
    const gemm_channel_operand gradients = { dy, planes_of(s, s->oc) };
    const gemm_channel_operand pixels = { x, planes_of(s, s->c) };

    gemm_tile_multiply<gemm_register_family>(gradients, pixels,
                                             gemm_matrix_out_of(dw, s->oc, s->c), s->oc, s->c,
                                             positions(s), 1, workspace);
    if (db)
        cuda_plane_sum(s->n, s->oc, (ptrdiff_t)s->h * s->w, dy, db);
}
