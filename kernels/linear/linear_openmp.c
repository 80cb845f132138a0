/* linear_openmp.c: the fully connected layer as one blocked matrix product per pass.
 *
 * Idea:   y = x * w^T + b, dx = dy * w and dw = dy^T * x are matrix products; caches, vector
 *         registers and threads are gemm_blocked.c's affair.
 * Layout: as in linear.h.
 * Cost:   2 * n * in_features * out_features FLOP per pass.
 * Limit:  for a small batch w is packed once and used once, so the time is that of reading it.
 * Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.5. */
#include "kernels/linear/linear_variants.h"

#include <string.h>

#include "kernels/gemm/gemm_blocked.h"

enum {
    BLOCK = 64,                 /* outputs whose bias gradients one thread sums side by side */
    PARALLEL_WORK = 1 << 15     /* below this many elements a team of threads does not pay */
};

static gemm_shape product_forward(const linear_shape *s)
{
    gemm_shape product = gemm_shape_dense(s->n, s->out_features, s->in_features, false, true);

    product.beta = 1.0f;                        /* on top of the bias */
    return product;
}

static gemm_shape product_data(const linear_shape *s)
{
    return gemm_shape_dense(s->n, s->in_features, s->out_features, false, false);
}

static gemm_shape product_weights(const linear_shape *s)
{
    return gemm_shape_dense(s->out_features, s->in_features, s->n, true, false);
}

size_t linear_workspace_bytes_openmp(const linear_shape *s)
{
    const gemm_shape product[] = { product_forward(s), product_data(s), product_weights(s) };
    size_t most = 0;

    for (int i = 0; i < 3; i++) {
        const size_t bytes = gemm_workspace_bytes_blocked(&product[i]);
        most = bytes > most ? bytes : most;
    }
    return most;
}

void linear_forward_openmp(const linear_shape *s, const float *x, const float *w, const float *b,
                           float *y, void *workspace)
{
    const gemm_shape product = product_forward(s);
    const size_t row_bytes = (size_t)s->out_features * sizeof *y;

    for (int n = 0; n < s->n; n++)
        if (b)
            memcpy(y + (ptrdiff_t)n * s->out_features, b, row_bytes);
        else
            memset(y + (ptrdiff_t)n * s->out_features, 0, row_bytes);
    gemm_multiply_blocked(&product, x, w, y, workspace);
}

void linear_backward_data_openmp(const linear_shape *s, const float *dy, const float *w, float *dx,
                                 void *workspace)
{
    const gemm_shape product = product_data(s);

    gemm_multiply_blocked(&product, dy, w, dx, workspace);
}

static void bias_gradient(const linear_shape *s, const float *dy, float *db)
{
    const ptrdiff_t out = s->out_features, blocks = (out + BLOCK - 1) / BLOCK;

#pragma omp parallel for if (s->n * out > PARALLEL_WORK)
    for (ptrdiff_t block = 0; block < blocks; block++) {
        const ptrdiff_t first = block * BLOCK, end = first + BLOCK < out ? first + BLOCK : out;
        for (ptrdiff_t o = first; o < end; o++)
            db[o] = 0.0f;
        for (int n = 0; n < s->n; n++)
            for (ptrdiff_t o = first; o < end; o++)
                db[o] += dy[n * out + o];
    }
}

void linear_backward_weights_openmp(const linear_shape *s, const float *x, const float *dy,
                                    float *dw, float *db, void *workspace)
{
    const gemm_shape product = product_weights(s);

    gemm_multiply_blocked(&product, dy, x, dw, workspace);
    if (db)
        bias_gradient(s, dy, db);
}
