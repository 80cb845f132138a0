/* gemm_tiled_fix.cu: a matrix product with tiles in shared memory.
 *
 *     c[i][j] = sum over k of  a[i][k] * b[k][j]
 *
 *   s    the extents s->M, s->N, s->K; nothing is transposed, alpha is 1, beta is 0
 *   a    [M][K],  b  [K][N],  c  [M][N]
 *   workspace   not needed
 *
 * A block computes a tile of TILE x TILE elements of C, a thread one of them. For each piece of
 * TILE values of k the block loads a tile of A and one of B together, each thread one element of
 * either, 0 where there is none; then each thread adds up its TILE products. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/gemm/gemm.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { TILE = 16 };

static __global__ void gemm_kernel(gemm_shape s, const float *a, const float *b, float *c)
{
    __shared__ float a_tile[TILE][TILE], b_tile[TILE][TILE];
    const int tx = (int)threadIdx.x, ty = (int)threadIdx.y;
    const int i = (int)blockIdx.y * TILE + ty, j = (int)blockIdx.x * TILE + tx;
    float sum = 0.0f;

    for (int first = 0; first < s.K; first += TILE) {
        a_tile[ty][tx] = i < s.M && first + tx < s.K ? a[i * s.K + first + tx] : 0.0f;
        b_tile[ty][tx] = first + ty < s.K && j < s.N ? b[(first + ty) * s.N + j] : 0.0f;
        __syncthreads();                        /* the tiles are complete */
        for (int k = 0; k < TILE; k++)
            sum += a_tile[ty][k] * b_tile[k][tx];
        __syncthreads();                        /* all have read them; they may be overwritten */
    }
    if (i < s.M && j < s.N)                     /* only now: the barriers want every thread */
        c[i * s.N + j] = sum;
}

extern "C" void gemm_multiply_fix(const gemm_shape *s, const float *a, const float *b, float *c,
                                  void *workspace)
{
    const dim3 threads(TILE, TILE);
    const dim3 blocks((unsigned)(s->N + TILE - 1) / TILE, (unsigned)(s->M + TILE - 1) / TILE);

    gemm_kernel<<<blocks, threads>>>(*s, a, b, c);
    cuda_launched("gemm_kernel");
}
