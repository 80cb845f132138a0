/* linear_cuda_gemm.cu: the fully connected layer as one matrix product in tiles per pass.
 *
 * Idea:   y = x * w^T + b, dx = dy * w and dw = dy^T * x are matrix products: the tiles of
 *         gemm_cuda_tile.cuh with sums in registers. The bias is added where the sums are stored.
 *         With few rows and outputs there are few tiles, and K is split among blocks.
 * Layout: as in linear.h.
 * Cost:   2 * n * in_features * out_features FLOP per pass, plus, where K is split, its parts
 *         written and read once.
 * Limit:  for a small batch w is used a few times only, so the time is that of reading it.
 * Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.5. */
extern "C" {
#include "kernels/linear/linear_variants.h"
}

#include "kernels/gemm/gemm_cuda_matrix.cuh"
#include "kernels/gemm/gemm_cuda_register.cuh"

enum { COLUMNS = 32, LANES = 8 };       /* of a block that sums columns: 8 threads for each of 32 */
static_assert(COLUMNS == 32, "a warp reads a run of columns");

static gemm_shape product_forward(const linear_shape *s)
{
    return gemm_shape_dense(s->n, s->out_features, s->in_features, false, true);
}

static gemm_shape product_data(const linear_shape *s)
{
    return gemm_shape_dense(s->n, s->in_features, s->out_features, false, false);
}

static gemm_shape product_weights(const linear_shape *s)
{
    return gemm_shape_dense(s->out_features, s->in_features, s->n, true, false);
}

extern "C" size_t linear_workspace_bytes_cuda_gemm(const linear_shape *s)
{
    const gemm_shape product[] = { product_forward(s), product_data(s), product_weights(s) };
    size_t most = 0;

    for (int i = 0; i < 3; i++) {
        const size_t bytes = gemm_matrix_workspace_bytes(&product[i]);
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* db: 8 threads per column add up every eighth row each; the first adds up their sums in order. */
static __global__ void linear_backward_bias_kernel(linear_shape s, const float *dy, float *db)
{
    __shared__ float partial[LANES][COLUMNS];
    const int tx = (int)threadIdx.x, ty = (int)threadIdx.y;
    const ptrdiff_t o = (ptrdiff_t)blockIdx.x * COLUMNS + tx;

    float sum = 0.0f;
    for (ptrdiff_t n = ty; o < s.out_features && n < s.n; n += LANES)
        sum += dy[n * s.out_features + o];
    partial[ty][tx] = sum;
    __syncthreads();                            /* all sums of the column are there */
    if (ty > 0 || o >= s.out_features)
        return;
    for (int lane = 1; lane < LANES; lane++)
        sum += partial[lane][tx];
    db[o] = sum;
}

extern "C" void linear_forward_cuda_gemm(const linear_shape *s, const float *x, const float *w,
                                         const float *b, float *y, void *workspace)
{
    const gemm_shape product = product_forward(s);

    gemm_matrix_multiply_as<gemm_register_family, false, true>(&product, x, w, b, y, workspace);
}

extern "C" void linear_backward_data_cuda_gemm(const linear_shape *s, const float *dy,
                                               const float *w, float *dx, void *workspace)
{
    const gemm_shape product = product_data(s);

    gemm_matrix_multiply_as<gemm_register_family, false, false>(&product, dy, w, NULL, dx,
                                                                workspace);
}

extern "C" void linear_backward_weights_cuda_gemm(const linear_shape *s, const float *x,
                                                  const float *dy, float *dw, float *db,
                                                  void *workspace)
{
    const gemm_shape product = product_weights(s);
    const dim3 threads(COLUMNS, LANES);

    gemm_matrix_multiply_as<gemm_register_family, true, false>(&product, dy, x, NULL, dw,
                                                               workspace);
    if (!db)
        return;
    const unsigned blocks = (unsigned)gemm_tiles(s->out_features, COLUMNS);
    linear_backward_bias_kernel<<<blocks, threads>>>(*s, dy, db);
    cuda_launched("linear_backward_bias_kernel");
}
