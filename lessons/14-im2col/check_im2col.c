/* check_im2col.c: unfolding and folding as the checking engine sees them, with one right row. */
#include "lessons/14-im2col/check_im2col.h"

#include "lessons/14-im2col/im2col.h"

enum { FORWARD, BACKWARD };

enum {
    C, H, W, KERNEL_H, KERNEL_W, STRIDE_H, STRIDE_W, PAD_TOP, PAD_BOTTOM, PAD_LEFT, PAD_RIGHT,
    PARAMS
};

/* ---- The places ---- */

/* Where element (row, position) of the columns comes from in x, or -1: from outside the image. */
static ptrdiff_t source_of(const conv2d_shape *s, int row, int position)
{
    const int kw = row % s->kernel_w, kh = row / s->kernel_w % s->kernel_h;
    const int c = row / s->kernel_w / s->kernel_h;
    const int ih = position / s->ow * s->stride_h - s->pad_top + kh;
    const int iw = position % s->ow * s->stride_w - s->pad_left + kw;

    if (ih < 0 || ih >= s->h || iw < 0 || iw >= s->w)
        return -1;
    return ((ptrdiff_t)c * s->h + ih) * s->w + iw;
}

static int window_of(const conv2d_shape *s)
{
    return s->c * s->kernel_h * s->kernel_w;
}

/* ---- The right row ---- */

static void forward(const conv2d_shape *s, const float *x, float *columns)
{
    for (int row = 0; row < window_of(s); row++)
        for (int position = 0; position < s->oh * s->ow; position++) {
            const ptrdiff_t from = source_of(s, row, position);
            *columns++ = from < 0 ? 0.0f : x[from];
        }
}

static void backward(const conv2d_shape *s, const float *dcolumns, float *dx)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)s->c * s->h * s->w; i++)
        dx[i] = 0.0f;
    for (int row = 0; row < window_of(s); row++)
        for (int position = 0; position < s->oh * s->ow; position++, dcolumns++) {
            const ptrdiff_t to = source_of(s, row, position);
            if (to >= 0)
                dx[to] += *dcolumns;
        }
}

static const im2col_variant variants[] = {
    { .info = { "plain", SPACE_HOST, PRECISION_FP32, "asks of every element where it comes from" },
      .forward = forward, .backward = backward },
};
static const size_t variant_count = sizeof variants / sizeof variants[0];

/* ---- For the engine ---- */

static void draw(check_random *r, int *param)
{
    static const int extents[] = { 1, 2, 3, 4, 5, 7, 9, 12 };
    static const int windows[] = { 1, 2, 3, 3, 5 };
    static const int steps[] = { 1, 1, 1, 2, 3 };

    param[C] = check_random_int(r, 1, 3);
    for (int i = H; i <= W; i++)
        param[i] = check_random_pick(r, 8, extents);
    for (int i = KERNEL_H; i <= KERNEL_W; i++)
        param[i] = check_random_pick(r, 5, windows);
    for (int i = STRIDE_H; i <= STRIDE_W; i++)
        param[i] = check_random_pick(r, 5, steps);
    for (int i = PAD_TOP; i <= PAD_RIGHT; i++)
        param[i] = check_random_int(r, 0, 2);
}

static const conv2d_shape *shape_of(const check_problem *p)
{
    return (const conv2d_shape *)p->shape;
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    conv2d_shape *const s = (conv2d_shape *)p->shape;

    *s = (conv2d_shape){ .n = 1, .c = v[C], .h = v[H], .w = v[W], .oc = 1,
                         .kernel_h = v[KERNEL_H], .kernel_w = v[KERNEL_W],
                         .stride_h = v[STRIDE_H], .stride_w = v[STRIDE_W],
                         .pad_top = v[PAD_TOP], .pad_bottom = v[PAD_BOTTOM],
                         .pad_left = v[PAD_LEFT], .pad_right = v[PAD_RIGHT],
                         .dilation_h = 1, .dilation_w = 1, .groups = 1 };
    const status verdict = conv2d_shape_init(s);
    if (verdict != STATUS_OK)
        return verdict;
    const int image[] = { s->c, s->h, s->w }, columns[] = { window_of(s), s->oh * s->ow };
    check_declare(p, "x", CHECK_FLOAT, CHECK_FILL_NORMAL, 3, image)->special = true;
    check_declare(p, "columns", CHECK_FLOAT, CHECK_FILL_NORMAL, 2, columns);
    check_declare(p, "dcolumns", CHECK_FLOAT, CHECK_FILL_NORMAL, 2, columns);
    check_declare(p, "dx", CHECK_FLOAT, CHECK_FILL_NORMAL, 3, image);
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const im2col_variant *const v = variant;

    (void)workspace;
    if (pass == FORWARD ? !v->forward : !v->backward)
        return STATUS_UNSUPPORTED;
    if (pass == FORWARD)
        v->forward(shape_of(p), check_data(p, "x"), check_data(p, "columns"));
    else
        v->backward(shape_of(p), check_data(p, "dcolumns"), check_data(p, "dx"));
    return STATUS_OK;
}

static exact copy(float value)
{
    return (exact){ (double)value, fabs((double)value), 0.0 };
}

/* A copy is exact; an element of dx is a sum over at most as many terms as the window has taps. */
static void reference(const check_problem *p, int pass)
{
    const conv2d_shape *const s = shape_of(p);
    const float *const x = check_data(p, "x"), *const dcolumns = check_data(p, "dcolumns");
    exact *const columns = check_expected(p, "columns"), *const dx = check_expected(p, "dx");
    const int positions = s->oh * s->ow;

    for (ptrdiff_t i = 0; pass == BACKWARD && i < (ptrdiff_t)s->c * s->h * s->w; i++)
        dx[i] = (exact){ 0.0, 0.0, s->kernel_h * s->kernel_w };
    for (int row = 0; row < window_of(s); row++)
        for (int position = 0; position < positions; position++) {
            const ptrdiff_t at = (ptrdiff_t)row * positions + position;
            const ptrdiff_t place = source_of(s, row, position);
            if (pass == FORWARD)
                columns[at] = copy(place < 0 ? 0.0f : x[place]);
            else if (place >= 0)
                exact_add(&dx[place], (double)dcolumns[at]);
        }
}

const check_concept check_im2col = {
    .name = "im2col",
    .variants = variants,
    .variant_bytes = sizeof variants[0],
    .variant_count = &variant_count,
    .param_count = PARAMS,
    .param = { { "c", 1 }, { "h", 1 }, { "w", 1 }, { "kernel_h", 1 }, { "kernel_w", 1 },
               { "stride_h", 1 }, { "stride_w", 1 }, { "pad_top", 0 }, { "pad_bottom", 0 },
               { "pad_left", 0 }, { "pad_right", 0 } },
    .pass_count = 2,
    .pass = { { "forward", "x", "columns", NULL, NULL },
              { "backward", "dcolumns", "dx", "forward", "x" } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
