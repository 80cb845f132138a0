/* dense_conv.c: the lesson's concept as the checking engine sees it, with one right row. */
#include "lessons/19-fashion/dense_conv_check.h"

enum { FORWARD, BACKWARD };
enum { H, W, KERNEL_H, KERNEL_W, PARAMS };

dense_conv_shape dense_conv_shape_of(int h, int w, int kernel_h, int kernel_w)
{
    return (dense_conv_shape){ .h = h, .w = w, .kernel_h = kernel_h, .kernel_w = kernel_w,
                               .oh = h - kernel_h + 1, .ow = w - kernel_w + 1 };
}

static const dense_conv_shape *shape_of(const check_problem *p)
{
    return (const dense_conv_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    static const int images[] = { 1, 2, 3, 4, 5, 7, 9 }, windows[] = { 1, 2, 3, 3, 4 };

    for (int axis = 0; axis < 2; axis++) {
        param[KERNEL_H + axis] = check_random_pick(r, 5, windows);
        do
            param[H + axis] = check_random_pick(r, 7, images);
        while (param[H + axis] < param[KERNEL_H + axis]);
    }
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    dense_conv_shape *const s = (dense_conv_shape *)p->shape;

    if (v[KERNEL_H] < 1 || v[KERNEL_W] < 1 || v[H] < v[KERNEL_H] || v[W] < v[KERNEL_W] ||
        v[H] > 64 || v[W] > 64)
        return STATUS_SHAPE;
    *s = dense_conv_shape_of(v[H], v[W], v[KERNEL_H], v[KERNEL_W]);
    const int window[] = { s->kernel_h, s->kernel_w }, matrix[] = { s->oh, s->ow, s->h, s->w };
    check_declare(p, "w", CHECK_FLOAT, CHECK_FILL_NORMAL, 2, window);
    check_declare(p, "m", CHECK_FLOAT, CHECK_FILL_NORMAL, 4, matrix);
    check_declare(p, "dw", CHECK_FLOAT, CHECK_FILL_NORMAL, 2, window);
    check_declare(p, "dm", CHECK_FLOAT, CHECK_FILL_NORMAL, 4, matrix);
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const dense_conv_variant *const v = variant;

    (void)workspace;
    if (pass == FORWARD && v->forward)
        v->forward(shape_of(p), check_data(p, "w"), check_data(p, "m"));
    else if (pass == BACKWARD && v->backward)
        v->backward(shape_of(p), check_data(p, "dm"), check_data(p, "dw"));
    else
        return STATUS_UNSUPPORTED;
    return STATUS_OK;
}

/* Entry by entry of the matrix: which weight is it a copy of, if any? */
static void reference(const check_problem *p, int pass)
{
    const dense_conv_shape *const s = shape_of(p);
    const float *const w = check_data(p, "w"), *const dm = check_data(p, "dm");
    exact *const m = pass == FORWARD ? check_expected(p, "m") : NULL;
    exact *const dw = pass == BACKWARD ? check_expected(p, "dw") : NULL;
    ptrdiff_t at = 0;

    for (int i = 0; dw && i < s->kernel_h * s->kernel_w; i++)
        dw[i] = (exact){ .terms = (double)s->oh * s->ow };
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++)
            for (int ih = 0; ih < s->h; ih++)
                for (int iw = 0; iw < s->w; iw++, at++) {
                    const int kh = ih - oh, kw = iw - ow;
                    const bool inside =
                        kh >= 0 && kh < s->kernel_h && kw >= 0 && kw < s->kernel_w;
                    const int k = kh * s->kernel_w + kw;
                    if (m)
                        m[at] = (exact){ .value = inside ? (double)w[k] : 0.0 };
                    else if (inside)
                        exact_add(&dw[k], (double)dm[at]);
                }
}

/* ---- The table: one row ---- */

static ptrdiff_t entry(const dense_conv_shape *s, int oh, int ow, int kh, int kw)
{
    return ((ptrdiff_t)(oh * s->ow + ow) * s->h + oh + kh) * s->w + ow + kw;
}

static void forward_plain(const dense_conv_shape *s, const float *w, float *m)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)s->oh * s->ow * s->h * s->w; i++)
        m[i] = 0.0f;
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++)
            for (int k = 0; k < s->kernel_h * s->kernel_w; k++)
                m[entry(s, oh, ow, k / s->kernel_w, k % s->kernel_w)] = w[k];
}

static void backward_plain(const dense_conv_shape *s, const float *dm, float *dw)
{
    for (int k = 0; k < s->kernel_h * s->kernel_w; k++)
        dw[k] = 0.0f;
    for (int o = 0; o < s->oh * s->ow; o++)
        for (int k = 0; k < s->kernel_h * s->kernel_w; k++)
            dw[k] += dm[entry(s, o / s->ow, o % s->ow, k / s->kernel_w, k % s->kernel_w)];
}

static const dense_conv_variant variants[] = {
    { { "plain", SPACE_HOST, PRECISION_FP32, "plain loops" }, forward_plain, backward_plain },
};
static const size_t variant_count = sizeof variants / sizeof variants[0];

const check_concept check_dense_conv = {
    .name = "dense_conv",
    .variants = variants,
    .variant_bytes = sizeof variants[0],
    .variant_count = &variant_count,
    .param_count = PARAMS,
    .param = { { "h", 1 }, { "w", 1 }, { "kernel_h", 1 }, { "kernel_w", 1 } },
    .pass_count = 2,
    .pass = { { "forward", "w", "m", NULL, NULL },
              { "backward", "dm", "dw", "forward", "w" } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
