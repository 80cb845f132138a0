/* conv1x1_openmp.c: pointwise convolution as one blocked matrix product per image.
 *
 * Idea:   an image [c][h*w] already is the matrix that a wider window would have to be unfolded
 *         into: y = w * x, dx = w^T * dy, dw = sum over images of dy * x^T.
 * Layout: as in conv1x1.h; a plane is the h*w pixels of one channel.
 * Cost:   2 * n * oc * c * h * w FLOP per pass.
 * Order:  images are divided among threads, and one image among them where there are too few; then
 *         no loop around is a parallel region, not even of one thread, since teams inside another
 *         region are started anew each time, which takes longer than the product. dw
 *         is summed over a fixed number of chunks of images, then over the chunks, so that no
 *         result depends on the number of threads.
 * Limit:  w is packed again for every image.
 * Source: Lin, Chen and Yan, "Network In Network", 2013, section 3.1. */
#include "kernels/conv1x1/conv1x1_variants.h"

#include <assert.h>
#include <omp.h>

#include "kernels/gemm/gemm_blocked.h"

enum {
    CHUNKS = 8,                 /* of images, each with its own partial dw */
    LANES = 16,                 /* partial sums of one db element */
    PARALLEL_WORK = 1 << 15     /* below this many elements a team of threads does not pay */
};

static int plane_of(const conv1x1_shape *s)
{
    return s->h * s->w;
}

static int chunks_of(const conv1x1_shape *s)
{
    return s->n < CHUNKS ? s->n : CHUNKS;
}

/* True if there are images enough for every thread; else threads share the inside of a product. */
static bool by_image(const conv1x1_shape *s)
{
    return s->n >= omp_get_max_threads();
}

static gemm_shape product_forward(const conv1x1_shape *s)
{
    gemm_shape product = gemm_shape_dense(s->oc, plane_of(s), s->c, false, false);

    product.beta = 1.0f;                        /* on top of the bias */
    return product;
}

static gemm_shape product_data(const conv1x1_shape *s)
{
    return gemm_shape_dense(s->c, plane_of(s), s->oc, true, false);
}

static gemm_shape product_weights(const conv1x1_shape *s)
{
    return gemm_shape_dense(s->oc, s->c, plane_of(s), false, true);
}

/* Packing buffer of one thread for any of the three products. */
static size_t buffer_bytes(const conv1x1_shape *s)
{
    const gemm_shape product[] = { product_forward(s), product_data(s), product_weights(s) };
    size_t most = 0;

    for (int i = 0; i < 3; i++) {
        const size_t bytes = gemm_blocked_thread_bytes(&product[i]);
        most = bytes > most ? bytes : most;
    }
    return most;
}

static void *thread_buffer(void *workspace, size_t bytes)
{
    return (char *)workspace + (size_t)omp_get_thread_num() * bytes;
}

size_t conv1x1_workspace_bytes_openmp(const conv1x1_shape *s)
{
    return (size_t)omp_get_max_threads() * buffer_bytes(s) +
           (size_t)chunks_of(s) * (size_t)s->oc * (size_t)s->c * sizeof(float);
}

/* In this and the other two below, the loop is divided among the team that calls it; a single
 * thread does all of it, and may then divide what is inside. */
static void forward_images(const conv1x1_shape *s, const float *x, const float *w, const float *b,
                           float *y, void *workspace)
{
    const gemm_shape product = product_forward(s);
    const size_t bytes = buffer_bytes(s);
    const ptrdiff_t plane = plane_of(s);

#pragma omp for
    for (int n = 0; n < s->n; n++) {
        float *const y_image = y + (ptrdiff_t)n * s->oc * plane;

        for (int oc = 0; oc < s->oc; oc++)
            for (ptrdiff_t p = 0; p < plane; p++)
                y_image[oc * plane + p] = b ? b[oc] : 0.0f;
        gemm_multiply_blocked(&product, w, x + (ptrdiff_t)n * s->c * plane, y_image,
                              thread_buffer(workspace, bytes));
    }
}

void conv1x1_forward_openmp(const conv1x1_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    assert(workspace);
    if (by_image(s)) {
#pragma omp parallel
        forward_images(s, x, w, b, y, workspace);
    } else {
        forward_images(s, x, w, b, y, workspace);
    }
}

static void data_gradients(const conv1x1_shape *s, const float *dy, const float *w, float *dx,
                           void *workspace)
{
    const gemm_shape product = product_data(s);
    const size_t bytes = buffer_bytes(s);
    const ptrdiff_t plane = plane_of(s);

#pragma omp for
    for (int n = 0; n < s->n; n++)
        gemm_multiply_blocked(&product, w, dy + (ptrdiff_t)n * s->oc * plane,
                              dx + (ptrdiff_t)n * s->c * plane, thread_buffer(workspace, bytes));
}

void conv1x1_backward_data_openmp(const conv1x1_shape *s, const float *dy, const float *w,
                                  float *dx, void *workspace)
{
    assert(workspace);
    if (by_image(s)) {
#pragma omp parallel
        data_gradients(s, dy, w, dx, workspace);
    } else {
        data_gradients(s, dy, w, dx, workspace);
    }
}

/* The sum of one plane in a fixed order that vectorises. */
static float plane_sum(const float *plane, ptrdiff_t count)
{
    float lane[LANES] = { 0 }, sum = 0.0f;
    ptrdiff_t i = 0;

    for (; i + LANES <= count; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += plane[i + l];
    for (; i < count; i++)
        sum += plane[i];
    for (int l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

static void bias_gradient(const conv1x1_shape *s, const float *dy, float *db)
{
    const ptrdiff_t plane = plane_of(s);

#pragma omp parallel for if (s->n * s->oc * plane > PARALLEL_WORK)
    for (int oc = 0; oc < s->oc; oc++) {
        float sum = 0.0f;
        for (int n = 0; n < s->n; n++)
            sum += plane_sum(dy + ((ptrdiff_t)n * s->oc + oc) * plane, plane);
        db[oc] = sum;
    }
}

/* Each chunk's part of dw. */
static void chunk_gradients(const conv1x1_shape *s, const float *x, const float *dy,
                            float *partial, void *workspace)
{
    const size_t bytes = buffer_bytes(s);
    const ptrdiff_t plane = plane_of(s), weights = (ptrdiff_t)s->oc * s->c;
    const int chunks = chunks_of(s);

#pragma omp for
    for (int chunk = 0; chunk < chunks; chunk++) {
        const int first = (int)((ptrdiff_t)s->n * chunk / chunks);
        const int end = (int)((ptrdiff_t)s->n * (chunk + 1) / chunks);
        gemm_shape product = product_weights(s);

        for (int n = first; n < end; n++) {
            product.beta = n == first ? 0.0f : 1.0f;
            gemm_multiply_blocked(&product, dy + (ptrdiff_t)n * s->oc * plane,
                                  x + (ptrdiff_t)n * s->c * plane, partial + chunk * weights,
                                  thread_buffer(workspace, bytes));
        }
    }
}

void conv1x1_backward_weights_openmp(const conv1x1_shape *s, const float *x, const float *dy,
                                     float *dw, float *db, void *workspace)
{
    const ptrdiff_t weights = (ptrdiff_t)s->oc * s->c;
    const int chunks = chunks_of(s);
    float *const partial =
        (float *)((char *)workspace + (size_t)omp_get_max_threads() * buffer_bytes(s));

    assert(workspace);
    if (by_image(s)) {
#pragma omp parallel
        chunk_gradients(s, x, dy, partial, workspace);
    } else {
        chunk_gradients(s, x, dy, partial, workspace);
    }
#pragma omp parallel for if (chunks * weights > PARALLEL_WORK)
    for (ptrdiff_t i = 0; i < weights; i++) {
        float sum = 0.0f;
        for (int chunk = 0; chunk < chunks; chunk++)
            sum += partial[chunk * weights + i];
        dw[i] = sum;
    }
    if (db)
        bias_gradient(s, dy, db);
}
