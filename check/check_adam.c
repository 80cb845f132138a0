/* check_adam.c: the optimisers as the checking engine sees them: one step, everything in place. */
#include "check/check_adapters.h"
#include "kernels/adam/adam.h"
#include "reference/adam_reference.h"

#include <math.h>
#include <string.h>

enum { ADAM, SGD };

enum {
    COUNT, STEP, LR_MILLIONTHS, DECAY_PERMILLE, BETA1_PERMILLE, BETA2_PERMILLE, EPS_EXPONENT,
    AMSGRAD, MOMENTUM_PERMILLE, DAMPENING_PERMILLE, NESTEROV, PARAMS
};

typedef struct {
    adam_options adam;
    sgd_options sgd;
} options;

static const options *options_of(const check_problem *p)
{
    return (const options *)p->shape;
}

static void draw(check_random *r, int *param)
{
    /* 320: the first layer of cnn-basic; 20011: a prime, enough for several threads */
    static const int counts[] = { 1, 2, 3, 10, 31, 64, 320, 1021, 1024, 1025 };
    static const int steps[] = { 1, 1, 2, 3, 10, 600, 9000 };
    static const int rates[] = { 1000, 1000, 10000, 100000, 1000000 };
    static const int betas1[] = { 900, 900, 500, 990, 0 };
    static const int betas2[] = { 999, 999, 900, 990, 0 };

    param[COUNT] = check_random_pick(r, 10, counts);
    if (check_random_chance(r, 20))
        param[COUNT] = check_random_chance(r, 2) ? 0 : 20011;
    param[STEP] = check_random_pick(r, 7, steps);
    param[LR_MILLIONTHS] = check_random_pick(r, 5, rates);
    param[DECAY_PERMILLE] = check_random_pick(r, 4, (const int[]){ 0, 0, 10, 500 });
    param[BETA1_PERMILLE] = check_random_pick(r, 5, betas1);
    param[BETA2_PERMILLE] = check_random_pick(r, 5, betas2);
    param[EPS_EXPONENT] = check_random_pick(r, 4, (const int[]){ 8, 8, 3, 1 });
    param[AMSGRAD] = check_random_chance(r, 3);
    param[MOMENTUM_PERMILLE] = check_random_pick(r, 3, (const int[]){ 0, 900, 500 });
    param[DAMPENING_PERMILLE] = check_random_pick(r, 4, (const int[]){ 0, 0, 100, 900 });
    param[NESTEROV] = param[MOMENTUM_PERMILLE] > 0 && check_random_chance(r, 3);
    if (param[NESTEROV])
        param[DAMPENING_PERMILLE] = 0;
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    options *const o = (options *)p->shape;

    o->adam = (adam_options){ .count = v[COUNT], .lr = v[LR_MILLIONTHS] / 1e6,
                              .beta1 = v[BETA1_PERMILLE] / 1e3, .beta2 = v[BETA2_PERMILLE] / 1e3,
                              .eps = pow(10.0, -v[EPS_EXPONENT]),
                              .weight_decay = v[DECAY_PERMILLE] / 1e3, .amsgrad = v[AMSGRAD] != 0 };
    o->sgd = (sgd_options){ .count = v[COUNT], .lr = v[LR_MILLIONTHS] / 1e6,
                            .momentum = v[MOMENTUM_PERMILLE] / 1e3,
                            .dampening = v[DAMPENING_PERMILLE] / 1e3,
                            .weight_decay = v[DECAY_PERMILLE] / 1e3, .nesterov = v[NESTEROV] != 0 };
    if (v[STEP] < 1)
        return STATUS_VALUE;
    const status adam = adam_options_check(&o->adam), sgd = sgd_options_check(&o->sgd);
    if (adam != STATUS_OK || sgd != STATUS_OK)
        return adam != STATUS_OK ? adam : sgd;
    check_declare_float(p, "grad", v[COUNT], 1, 1, 1);
    check_declare_float(p, "w", v[COUNT], 1, 1, 1);
    check_declare_float(p, "m", v[COUNT], 1, 1, 1);
    check_declare_float(p, "v", v[COUNT], 1, 1, 1)->fill = CHECK_FILL_POSITIVE;
    if (v[AMSGRAD])
        check_declare_float(p, "vmax", v[COUNT], 1, 1, 1)->fill = CHECK_FILL_POSITIVE;
    if (v[MOMENTUM_PERMILLE] > 0)
        check_declare_float(p, "buf", v[COUNT], 1, 1, 1);
    return STATUS_OK;
}

/* Before step 1 the moments are zero. buf is not: step 1 must overwrite it. */
static void prepare(check_problem *p, check_random *r)
{
    static const char *const zero_at_first[] = { "m", "v", "vmax" };

    (void)r;
    for (int i = 0; p->param[STEP] == 1 && i < 3; i++) {
        const check_tensor *const t = check_find(p, zero_at_first[i]);
        if (t)
            memset(t->data, 0, (size_t)t->count * sizeof(float));
    }
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const options *const o = options_of(p);
    const float *const grad = check_data(p, "grad");
    float *const w = check_data(p, "w");

    (void)workspace;
    if (pass == ADAM)
        return adam_step(variant, &o->adam, p->param[STEP], grad, w, check_data(p, "m"),
                         check_data(p, "v"), check_data(p, "vmax"));
    return sgd_step(variant, &o->sgd, p->param[STEP], grad, w, check_data(p, "buf"));
}

static void reference(const check_problem *p, int pass)
{
    const options *const o = options_of(p);
    const float *const grad = check_data(p, "grad"), *const w = check_data(p, "w");

    if (pass == ADAM)
        adam_reference_step(&o->adam, p->param[STEP], grad, w, check_data(p, "m"),
                            check_data(p, "v"), check_data(p, "vmax"), check_expected(p, "w"),
                            check_expected(p, "m"), check_expected(p, "v"),
                            check_expected(p, "vmax"));
    else
        sgd_reference_step(&o->sgd, p->param[STEP], grad, w, check_data(p, "buf"),
                           check_expected(p, "w"), check_expected(p, "buf"));
}

const check_concept check_adam = {
    .name = "adam",
    .variants = adam_variants,
    .variant_bytes = sizeof adam_variants[0],
    .variant_count = &adam_variant_count,
    .param_count = PARAMS,
    .param = { { "count", 1 }, { "step", 1 }, { "lr_millionths", 1000 }, { "decay_permille", 0 },
               { "beta1_permille", 900 }, { "beta2_permille", 999 }, { "eps_exponent", 8 },
               { "amsgrad", 0 }, { "momentum_permille", 0 }, { "dampening_permille", 0 },
               { "nesterov", 0 } },
    .pass_count = 2,
    .pass = { { "adam", "grad w m v vmax", "w m v vmax", NULL, NULL },
              { "sgd", "grad w buf", "w buf", NULL, NULL } },
    .draw = draw,
    .describe = describe,
    .prepare = prepare,
    .run = run,
    .reference = reference,
};
