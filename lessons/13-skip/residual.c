/* residual.c: the residual block as the checking engine sees it: one right row and the reference.
 *
 * At w * x = 0, where relu has a corner, its derivative is 0, as in the suite's activation. */
#include "lessons/13-skip/residual.h"

#include "check/check.h"
#include "lessons/13-skip/residual_check.h"

enum { FORWARD, BACKWARD };
enum { COUNT, PARAMS };

static void forward(const residual_shape *s, const float *x, const float *w, float *y)
{
    for (int i = 0; i < s->count; i++) {
        const float branch = w[i] * x[i];
        y[i] = x[i] + (branch > 0.0f ? branch : 0.0f);
    }
}

static void backward(const residual_shape *s, const float *x, const float *w, const float *dy,
                     float *dx, float *dw)
{
    for (int i = 0; i < s->count; i++) {
        const float branch = w[i] * x[i] > 0.0f ? dy[i] : 0.0f;
        dx[i] = dy[i] + branch * w[i];
        dw[i] = branch * x[i];
    }
}

static const residual_variant variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "one element after the other" },
      .forward = forward,
      .backward = backward },
};
static const size_t variant_count = sizeof variants / sizeof variants[0];

static void draw(check_random *r, int *param)
{
    static const int counts[] = { 1, 2, 3, 5, 8, 17, 31, 100 };

    param[COUNT] = check_random_pick(r, 8, counts);
}

static status describe(check_problem *p)
{
    static const char *const names[] = { "x", "w", "y", "dy", "dx", "dw" };
    residual_shape *const s = (residual_shape *)p->shape;

    s->count = p->param[COUNT];
    if (s->count < 1)
        return STATUS_SHAPE;
    for (int i = 0; i < 6; i++)
        check_declare(p, names[i], CHECK_FLOAT, CHECK_FILL_NORMAL, 1, &s->count);
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const residual_shape *const s = (const residual_shape *)p->shape;
    const residual_variant *const v = variant;
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");

    (void)workspace;
    if (pass == FORWARD ? !v->forward : !v->backward)
        return STATUS_UNSUPPORTED;
    if (pass == FORWARD)
        v->forward(s, x, w, check_data(p, "y"));
    else
        v->backward(s, x, w, check_data(p, "dy"), check_data(p, "dx"), check_data(p, "dw"));
    return STATUS_OK;
}

static void reference(const check_problem *p, int pass)
{
    const int count = ((const residual_shape *)p->shape)->count;
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const dy = check_data(p, "dy");
    exact *const y = check_expected(p, "y"), *const dx = check_expected(p, "dx");
    exact *const dw = check_expected(p, "dw");

    for (int i = 0; i < count; i++) {
        const double product = (double)w[i] * (double)x[i], open = product > 0.0 ? 1.0 : 0.0;
        if (pass == FORWARD) {
            y[i] = (exact){ .value = x[i], .magnitude = fabs((double)x[i]), .terms = 2.0 };
            exact_add(&y[i], open * product);
        } else {
            dx[i] = (exact){ .value = dy[i], .magnitude = fabs((double)dy[i]), .terms = 2.0 };
            exact_add(&dx[i], open * (double)dy[i] * (double)w[i]);
            dw[i] = (exact){ .terms = open };
            exact_add(&dw[i], open * (double)dy[i] * (double)x[i]);
        }
    }
}

const check_concept check_residual = {
    .name = "residual",
    .variants = variants,
    .variant_bytes = sizeof variants[0],
    .variant_count = &variant_count,
    .param_count = PARAMS,
    .param = { { "count", 1 } },
    .pass_count = 2,
    .pass = { { "forward", "x w", "y", NULL, NULL },
              { "backward", "x w dy", "dx dw", "forward", NULL } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
