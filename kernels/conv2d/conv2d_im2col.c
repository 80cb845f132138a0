/* conv2d_im2col.c: convolution as one matrix product per image.
 *
 * Idea:   unfold the image into a matrix with one column per output position: the window that it
 *         reads. Then y = w * columns. Backward: dcolumns = w^T * dy, folded (summed) back into
 *         dx, and dw = dy * columns^T. A 1x1 window with stride 1 needs no unfolding at all.
 * Layout: columns [c/groups * kernel_h * kernel_w][rows * ow] for a band of `rows` output rows, as
 *         many as keep the columns within the L2 cache.
 * Cost:   the FLOP of conv2d.h plus kernel_h*kernel_w copies of the input, written and read once.
 * Order:  images are divided among threads, and one image among them where there are too few; then
 *         no loop around is a parallel region, not even of one thread, since teams inside another
 *         region are started anew each time, which takes longer than the product. dw
 *         is summed over a fixed number of chunks of images, then over the chunks, so that no
 *         result depends on the number of threads.
 * Limit:  unfolding and packing move the same numbers twice before they are multiplied.
 * Source: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for
 *         Document Processing", 2006. */
#include "kernels/conv2d/conv2d_variants.h"

#include <assert.h>
#include <limits.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>

#include "kernels/gemm/gemm_blocked.h"

enum {
    COLUMN_FLOATS = 128 * 1024, /* of one band: 512 KiB */
    CHUNKS = 8,                 /* of images, each with its own partial dw */
    LANES = 16,                 /* partial sums of one db element */
    PARALLEL_WORK = 1 << 15     /* below this many elements a team of threads does not pay */
};

/* What follows from the shape, and where each part of the workspace lies. */
typedef struct {
    int group_c, group_oc;
    int window;                         /* rows of the columns: group_c * kernel_h * kernel_w */
    int band;                           /* output rows that are unfolded at a time */
    bool direct;                        /* the image itself is the matrix of columns */
    bool by_image;                      /* threads share images, not the inside of a product */
    ptrdiff_t image, plane;             /* elements of one channel of x, of y */
    ptrdiff_t weights;                  /* elements of dw */
    int chunks;
    size_t gemm_bytes, column_bytes;    /* per thread */
    char *gemm_buffers, *columns;
    float *partial_dw;                  /* [chunks][weights] */
} plan;

static size_t round_up_64(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* y band = w * columns + y; dcolumns = w^T * dy band; dw = dy band * columns^T (+ dw). */
static gemm_shape product_forward(const plan *p, int positions)
{
    return (gemm_shape){ .M = p->group_oc, .N = positions, .K = p->window, .lda = p->window,
                         .ldb = positions, .ldc = (int)p->plane, .alpha = 1.0f, .beta = 1.0f };
}

static gemm_shape product_data(const plan *p, int positions)
{
    return (gemm_shape){ .M = p->window, .N = positions, .K = p->group_oc, .transpose_a = true,
                         .lda = p->window, .ldb = (int)p->plane, .ldc = positions, .alpha = 1.0f };
}

static gemm_shape product_weights(const plan *p, int positions)
{
    return (gemm_shape){ .M = p->group_oc, .N = p->window, .K = positions, .transpose_b = true,
                         .lda = (int)p->plane, .ldb = positions, .ldc = p->window, .alpha = 1.0f };
}

static plan plan_for(const conv2d_shape *s, void *workspace)
{
    const int threads = omp_get_max_threads();
    plan p = { .group_c = s->c / s->groups, .group_oc = s->oc / s->groups,
               .image = (ptrdiff_t)s->h * s->w, .plane = (ptrdiff_t)s->oh * s->ow,
               .by_image = s->n >= threads, .chunks = s->n < CHUNKS ? s->n : CHUNKS };

    p.window = p.group_c * s->kernel_h * s->kernel_w;
    p.weights = (ptrdiff_t)s->oc * p.window;
    p.direct = s->kernel_h == 1 && s->kernel_w == 1 && s->stride_h == 1 && s->stride_w == 1 &&
               p.plane == p.image && s->pad_top == 0 && s->pad_left == 0;
    const ptrdiff_t rows = COLUMN_FLOATS / ((ptrdiff_t)p.window * s->ow);
    p.band = p.direct || rows > s->oh ? s->oh : rows > 0 ? (int)rows : 1;

    const int positions = p.band * s->ow;
    const gemm_shape forward = product_forward(&p, positions), data = product_data(&p, positions);
    const gemm_shape weights = product_weights(&p, positions);
    p.gemm_bytes = larger(larger(gemm_blocked_thread_bytes(&forward),
                                 gemm_blocked_thread_bytes(&data)),
                          gemm_blocked_thread_bytes(&weights));
    if (!p.direct)
        p.column_bytes = round_up_64((size_t)p.window * (size_t)positions * sizeof(float));
    if (workspace) {
        p.gemm_buffers = workspace;
        p.columns = p.gemm_buffers + (size_t)threads * p.gemm_bytes;
        p.partial_dw = (float *)(p.columns + (size_t)threads * p.column_bytes);
    }
    return p;
}

/* Every extent of a product, and every leading dimension, must fit into int, and the parts of the
 * workspace must be small enough for their sum over chunks and threads not to overflow. */
bool conv2d_supports_im2col(const conv2d_shape *s)
{
    const ptrdiff_t window = (ptrdiff_t)(s->c / s->groups) * s->kernel_h * s->kernel_w;
    const ptrdiff_t most = PTRDIFF_MAX >> 16;

    return window <= INT_MAX && (ptrdiff_t)s->oh * s->ow <= INT_MAX && window * s->ow <= most &&
           window * s->oc <= most;
}

size_t conv2d_workspace_bytes_im2col(const conv2d_shape *s)
{
    const plan p = plan_for(s, NULL);

    return (size_t)omp_get_max_threads() * (p.gemm_bytes + p.column_bytes) +
           round_up_64((size_t)p.chunks * (size_t)p.weights * sizeof(float));
}

/* The output positions first..end-1 along one axis whose tap lies inside the image, where position
 * o reads input o*stride + shift. */
typedef struct {
    int first, end;
} span;

static int steps_to(ptrdiff_t distance, int stride)
{
    return (int)(stride == 1 ? distance : (distance + stride - 1) / stride);
}

static span positions_inside(int outputs, int extent, int stride, int shift)
{
    int first = shift >= 0 ? 0 : steps_to(-(ptrdiff_t)shift, stride);
    int end = shift >= extent ? 0 : steps_to((ptrdiff_t)extent - shift, stride);

    end = end < outputs ? end : outputs;
    first = first < end ? first : end;
    return (span){ first, end };
}

/* One row of the columns: what a single tap reads for a band of output rows. The positions whose
 * tap lies inside the image form `runs` runs of `length` positions, one per output row. Where a
 * step to the next output is always a step to the next input, even from row to row, they form a
 * single run, which takes along the positions beside the image that lie between two rows. */
typedef struct {
    ptrdiff_t in, in_step, out, out_step;       /* start of the first run, distance to the next */
    int runs;
    ptrdiff_t length;
    span down, across;                          /* down: relative to the band */
    bool merged;
} tap;

static tap tap_of(const conv2d_shape *s, int row, int first_oh, int rows)
{
    const int c = row / (s->kernel_h * s->kernel_w);
    const int kh = row / s->kernel_w % s->kernel_h, kw = row % s->kernel_w;
    const int shift_h = first_oh * s->stride_h - s->pad_top + kh * s->dilation_h;
    const int shift_w = kw * s->dilation_w - s->pad_left;
    tap t = { .in_step = (ptrdiff_t)s->stride_h * s->w, .out_step = s->ow,
              .down = positions_inside(rows, s->h, s->stride_h, shift_h),
              .across = positions_inside(s->ow, s->w, s->stride_w, shift_w),
              .merged = s->stride_h == 1 && s->stride_w == 1 && s->ow == s->w };

    t.runs = t.down.end - t.down.first;
    t.length = t.across.end - t.across.first;
    if (t.length == 0)
        t.runs = 0;
    if (t.runs > 0 && t.merged) {
        t.length += (t.runs - 1) * t.out_step;
        t.runs = 1;
    }
    t.in = ((ptrdiff_t)c * s->h + (ptrdiff_t)t.down.first * s->stride_h + shift_h) * s->w +
           (ptrdiff_t)t.across.first * s->stride_w + shift_w;
    t.out = t.down.first * t.out_step + t.across.first;
    return t;
}

/* Zeroes the positions of these rows that lie left or right of the image. */
static void clear_sides(const tap *t, int ow, float *column)
{
    for (int i = 0; i < ow; i++) {
        const bool beside = i < t->across.first || i >= t->across.end;
        for (int oh = t->down.first; beside && oh < t->down.end; oh++)
            column[(ptrdiff_t)oh * ow + i] = 0.0f;
    }
}

/* x_group [group_c][h][w] -> columns [window][rows][ow] for output rows first_oh onwards. */
static void unfold(const conv2d_shape *s, const plan *p, const float *x_group, int first_oh,
                   int rows, float *columns)
{
    const ptrdiff_t positions = (ptrdiff_t)rows * s->ow;

#pragma omp parallel for if (!p->by_image && p->window * positions > PARALLEL_WORK)
    for (int row = 0; row < p->window; row++) {
        const tap t = tap_of(s, row, first_oh, rows);
        float *const column = columns + row * positions;

        memset(column, 0, (size_t)(t.down.first * t.out_step) * sizeof *column);
        memset(column + t.down.end * t.out_step, 0,
               (size_t)((rows - t.down.end) * t.out_step) * sizeof *column);
        for (int run = 0; run < t.runs; run++) {
            const float *const in = x_group + t.in + run * t.in_step;
            float *const out = column + t.out + run * t.out_step;
            if (s->stride_w == 1)
                memcpy(out, in, (size_t)t.length * sizeof *out);
            else
                for (ptrdiff_t i = 0; i < t.length; i++)
                    out[i] = in[i * s->stride_w];
        }
        clear_sides(&t, s->ow, column);
    }
}

/* Adds columns [window][rows][ow] to the elements of dx_group that they were unfolded from. The
 * columns are spoiled. */
static void fold(const conv2d_shape *s, const plan *p, float *columns, int first_oh, int rows,
                 float *dx_group)
{
    const int taps = s->kernel_h * s->kernel_w;
    const ptrdiff_t positions = (ptrdiff_t)rows * s->ow;

#pragma omp parallel for if (!p->by_image && p->window * positions > PARALLEL_WORK)
    for (int c = 0; c < p->group_c; c++)        /* taps of one channel overlap, channels do not */
        for (int row = c * taps; row < (c + 1) * taps; row++) {
            const tap t = tap_of(s, row, first_oh, rows);
            float *const column = columns + row * positions;

            if (t.merged)
                clear_sides(&t, s->ow, column);
            for (int run = 0; run < t.runs; run++) {
                float *const out = dx_group + t.in + run * t.in_step;
                const float *const in = column + t.out + run * t.out_step;
                if (s->stride_w == 1)
                    for (ptrdiff_t i = 0; i < t.length; i++)
                        out[i] += in[i];
                else
                    for (ptrdiff_t i = 0; i < t.length; i++)
                        out[i * s->stride_w] += in[i];
            }
        }
}

/* The columns of a band: unfolded into this thread's buffer, or the image itself. */
static const float *columns_of(const conv2d_shape *s, const plan *p, const float *x_group,
                               int first_oh, int rows)
{
    if (p->direct)
        return x_group;
    float *const columns =
        (float *)(p->columns + (size_t)omp_get_thread_num() * p->column_bytes);
    unfold(s, p, x_group, first_oh, rows, columns);
    return columns;
}

static void *gemm_buffer(const plan *p)
{
    return p->gemm_buffers + (size_t)omp_get_thread_num() * p->gemm_bytes;
}

static int band_rows(const conv2d_shape *s, const plan *p, int first_oh)
{
    return s->oh - first_oh < p->band ? s->oh - first_oh : p->band;
}

/* In this and the other two below, the loop is divided among the team that calls it; a single
 * thread does all of it, and may then divide what is inside. */
static void forward_images(const conv2d_shape *s, const plan *p, const float *x, const float *w,
                           const float *b, float *y)
{
#pragma omp for collapse(2)
    for (int n = 0; n < s->n; n++)
        for (int g = 0; g < s->groups; g++) {
            const float *const x_group = x + ((ptrdiff_t)n * s->c + g * p->group_c) * p->image;
            const float *const w_group = w + (ptrdiff_t)g * p->group_oc * p->window;
            float *const y_group = y + ((ptrdiff_t)n * s->oc + g * p->group_oc) * p->plane;

            for (int oc = 0; oc < p->group_oc; oc++)
                for (ptrdiff_t i = 0; i < p->plane; i++)
                    y_group[oc * p->plane + i] = b ? b[g * p->group_oc + oc] : 0.0f;
            for (int oh = 0; oh < s->oh; oh += p->band) {
                const int rows = band_rows(s, p, oh);
                const gemm_shape product = product_forward(p, rows * s->ow);
                gemm_multiply_blocked(&product, w_group, columns_of(s, p, x_group, oh, rows),
                                      y_group + (ptrdiff_t)oh * s->ow, gemm_buffer(p));
            }
        }
}

void conv2d_forward_im2col(const conv2d_shape *s, const float *x, const float *w, const float *b,
                           float *y, void *workspace)
{
    const plan p = plan_for(s, workspace);

    assert(workspace);
    if (p.by_image) {
#pragma omp parallel
        forward_images(s, &p, x, w, b, y);
    } else {
        forward_images(s, &p, x, w, b, y);
    }
}

static void data_gradients(const conv2d_shape *s, const plan *p, const float *dy, const float *w,
                           float *dx)
{
#pragma omp for collapse(2)
    for (int n = 0; n < s->n; n++)
        for (int g = 0; g < s->groups; g++) {
            const float *const dy_group =
                dy + ((ptrdiff_t)n * s->oc + g * p->group_oc) * p->plane;
            const float *const w_group = w + (ptrdiff_t)g * p->group_oc * p->window;
            float *const dx_group = dx + ((ptrdiff_t)n * s->c + g * p->group_c) * p->image;
            float *const columns =
                p->direct ? dx_group
                          : (float *)(p->columns + (size_t)omp_get_thread_num() * p->column_bytes);

            if (!p->direct)
                memset(dx_group, 0, (size_t)p->group_c * (size_t)p->image * sizeof *dx);
            for (int oh = 0; oh < s->oh; oh += p->band) {
                const int rows = band_rows(s, p, oh);
                const gemm_shape product = product_data(p, rows * s->ow);
                gemm_multiply_blocked(&product, w_group, dy_group + (ptrdiff_t)oh * s->ow, columns,
                                      gemm_buffer(p));
                if (!p->direct)
                    fold(s, p, columns, oh, rows, dx_group);
            }
        }
}

void conv2d_backward_data_im2col(const conv2d_shape *s, const float *dy, const float *w, float *dx,
                                 void *workspace)
{
    const plan p = plan_for(s, workspace);

    assert(workspace);
    if (p.by_image) {
#pragma omp parallel
        data_gradients(s, &p, dy, w, dx);
    } else {
        data_gradients(s, &p, dy, w, dx);
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

static void bias_gradient(const conv2d_shape *s, const float *dy, float *db)
{
    const ptrdiff_t plane = (ptrdiff_t)s->oh * s->ow;

#pragma omp parallel for if (s->n * s->oc * plane > PARALLEL_WORK)
    for (int oc = 0; oc < s->oc; oc++) {
        float sum = 0.0f;
        for (int n = 0; n < s->n; n++)
            sum += plane_sum(dy + ((ptrdiff_t)n * s->oc + oc) * plane, plane);
        db[oc] = sum;
    }
}

/* The part of dw that one conv group owes to one chunk of images, overwritten. */
static void chunk_gradient(const conv2d_shape *s, const plan *p, const float *x, const float *dy,
                           int chunk, int g, float *partial)
{
    const int first = (int)((ptrdiff_t)s->n * chunk / p->chunks);
    const int end = (int)((ptrdiff_t)s->n * (chunk + 1) / p->chunks);

    for (int n = first; n < end; n++)
        for (int oh = 0; oh < s->oh; oh += p->band) {
            const float *const x_group = x + ((ptrdiff_t)n * s->c + g * p->group_c) * p->image;
            const float *const dy_group =
                dy + ((ptrdiff_t)n * s->oc + g * p->group_oc) * p->plane;
            const int rows = band_rows(s, p, oh);
            gemm_shape product = product_weights(p, rows * s->ow);

            product.beta = n == first && oh == 0 ? 0.0f : 1.0f;
            gemm_multiply_blocked(&product, dy_group + (ptrdiff_t)oh * s->ow,
                                  columns_of(s, p, x_group, oh, rows),
                                  partial + (ptrdiff_t)g * p->group_oc * p->window,
                                  gemm_buffer(p));
        }
}

static void chunk_gradients(const conv2d_shape *s, const plan *p, const float *x, const float *dy)
{
#pragma omp for collapse(2)
    for (int chunk = 0; chunk < p->chunks; chunk++)
        for (int g = 0; g < s->groups; g++)
            chunk_gradient(s, p, x, dy, chunk, g, p->partial_dw + chunk * p->weights);
}

void conv2d_backward_weights_im2col(const conv2d_shape *s, const float *x, const float *dy,
                                    float *dw, float *db, void *workspace)
{
    const plan p = plan_for(s, workspace);

    assert(workspace);
    if (p.by_image) {
#pragma omp parallel
        chunk_gradients(s, &p, x, dy);
    } else {
        chunk_gradients(s, &p, x, dy);
    }
#pragma omp parallel for if (p.chunks * p.weights > PARALLEL_WORK)
    for (ptrdiff_t i = 0; i < p.weights; i++) {
        float sum = 0.0f;
        for (int chunk = 0; chunk < p.chunks; chunk++)
            sum += p.partial_dw[chunk * p.weights + i];
        dw[i] = sum;
    }
    if (db)
        bias_gradient(s, dy, db);
}
