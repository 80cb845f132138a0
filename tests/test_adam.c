/* test_adam.c: optimiser steps, against PyTorch's; the contract. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "kernels/adam/adam.h"

enum { COUNT = 3, STEPS = 3 };

static const float start[COUNT] = { 1.0f, -2.0f, 0.5f };
static const float gradients[STEPS][COUNT] = {
    { 0.5f, -1.0f, 2.0f }, { 0.25f, 3.0f, -1.0f }, { 0.0f, 0.1f, -0.01f },
};

static void expect_close(const adam_variant *v, const char *what, const float *got,
                         const double *want)
{
    for (int i = 0; i < COUNT; i++)
        if (!(fabs((double)got[i] - want[i]) <= 2e-6 * fmax(1.0, fabs(want[i]))))
            fail_msg("%s, %s[%d]: got %.9g, want %.9g", v->info.name, what, i, (double)got[i],
                     want[i]);
}

/* What is left after STEPS steps. Source: torch.optim.Adam of PyTorch 1.13 in float64,
 * lr 0.1, betas 0.9 and 0.99, eps 0.01. */
typedef struct {
    double weight_decay;
    bool amsgrad;
    double w[COUNT], m[COUNT], v[COUNT], vmax[COUNT];
} adam_fact;

static const adam_fact adam_facts[] = {
    { 0.0, false, { 0.7407845102323729, -1.990102315853179, 0.3537770167246342 },
      { 0.063, 0.199, 0.071 }, { 0.003069, 0.099001, 0.049105 }, { 0.0 } },
    { 0.1, false, { 0.7297710027049447, -1.9731345086382026, 0.34834413992027274 },
      { 0.0872992071565556, 0.14626554299668204, 0.08236954611740747 },
      { 0.004739262253865051, 0.09236910057277753, 0.050318991992030625 }, { 0.0 } },
    { 0.0, true, { 0.7411255261499967, -1.9899229002360126, 0.35387738133564506 },
      { 0.063, 0.199, 0.071 }, { 0.003069, 0.099001, 0.049105 }, { 0.0031, 0.0999, 0.0496 } },
};

static void adam_as_in_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < adam_variant_count; i++)
        for (size_t k = 0; k < sizeof adam_facts / sizeof adam_facts[0]; k++) {
            const adam_variant *const row = &adam_variants[i];
            const adam_fact *const fact = &adam_facts[k];
            const adam_options o = { .count = COUNT, .lr = 0.1, .beta1 = 0.9, .beta2 = 0.99,
                                     .eps = 0.01, .weight_decay = fact->weight_decay,
                                     .amsgrad = fact->amsgrad };
            float w[COUNT], m[COUNT] = { 0 }, v[COUNT] = { 0 }, vmax[COUNT] = { 0 };
            memcpy(w, start, sizeof w);
            for (int t = 0; t < STEPS; t++)
                assert_int_equal(adam_step(row, &o, t + 1, gradients[t], w, m, v,
                                           fact->amsgrad ? vmax : NULL), STATUS_OK);
            expect_close(row, "w", w, fact->w);
            expect_close(row, "m", m, fact->m);
            expect_close(row, "v", v, fact->v);
            expect_close(row, "vmax", vmax, fact->vmax);
        }
}

/* By hand: after one step from zero moments m/(1 - beta1) is g and the root of v/(1 - beta2) is
 * |g|, so that w moves by lr whatever the size of the gradient. */
static void first_step_is_lr_long(void **state)
{
    (void)state;
    const adam_options o = adam_options_default(2);
    const float grad[] = { 1000.0f, -0.001f };

    for (size_t i = 0; i < adam_variant_count; i++) {
        float w[] = { 0.0f, 0.0f }, m[2] = { 0 }, v[2] = { 0 };
        assert_int_equal(adam_step(&adam_variants[i], &o, 1, grad, w, m, v, NULL), STATUS_OK);
        if (!(fabs((double)w[0] + 1e-3) <= 1e-9) || !(fabs((double)w[1] - 1e-3) <= 1e-7))
            fail_msg("%s: moved to %.9g, %.9g", adam_variants[i].info.name, (double)w[0],
                     (double)w[1]);
    }
}

/* What is left after STEPS steps of torch.optim.SGD, lr 0.1, PyTorch 1.13 in float64. */
typedef struct {
    double momentum, dampening, weight_decay;
    bool nesterov;
    double w[COUNT];
} sgd_fact;

static const sgd_fact sgd_facts[] = {
    { 0.0, 0.0, 0.0, false, { 0.925, -2.21, 0.401 } },
    { 0.9, 0.0, 0.0, false, { 0.817, -2.309, 0.149 } },
    { 0.9, 0.5, 0.0, false, { 0.84075, -2.019, 0.0535 } },
    { 0.9, 0.0, 0.0, true, { 0.7603, -2.4881, 0.0851 } },
    { 0.9, 0.0, 0.1, false, { 0.763524, -2.198548, 0.1277695 } },
};

static void sgd_as_in_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < adam_variant_count; i++)
        for (size_t k = 0; k < sizeof sgd_facts / sizeof sgd_facts[0]; k++) {
            const sgd_fact *const fact = &sgd_facts[k];
            const sgd_options o = { .count = COUNT, .lr = 0.1, .momentum = fact->momentum,
                                    .dampening = fact->dampening,
                                    .weight_decay = fact->weight_decay,
                                    .nesterov = fact->nesterov };
            float w[COUNT], buf[COUNT] = { NAN, NAN, NAN };     /* step 1 overwrites it */
            memcpy(w, start, sizeof w);
            for (int t = 0; t < STEPS; t++)
                assert_int_equal(sgd_step(&adam_variants[i], &o, t + 1, gradients[t], w,
                                          fact->momentum > 0.0 ? buf : NULL), STATUS_OK);
            expect_close(&adam_variants[i], "w", w, fact->w);
        }
}

/* More than one block, and a last one that is not whole: every element moves alike. */
static void every_element_moves(void **state)
{
    (void)state;
    enum { MANY = 20011 };
    static float grad[MANY], w[MANY], m[MANY], v[MANY], buf[MANY];
    const adam_options o = adam_options_default(MANY);
    const sgd_options plain = { .count = MANY, .lr = 0.5, .momentum = 0.5 };

    for (size_t i = 0; i < adam_variant_count; i++) {
        for (int k = 0; k < MANY; k++)
            grad[k] = 1.0f, w[k] = m[k] = v[k] = 0.0f;
        adam_step(&adam_variants[i], &o, 1, grad, w, m, v, NULL);
        for (int k = 0; k < MANY; k++)
            if (!(fabs((double)w[k] + 1e-3) <= 1e-9))
                fail_msg("%s: adam left element %d at %g", adam_variants[i].info.name, k,
                         (double)w[k]);
        for (int k = 0; k < MANY; k++)
            w[k] = 0.0f;
        sgd_step(&adam_variants[i], &plain, 1, grad, w, buf);
        for (int k = 0; k < MANY; k++)
            if (w[k] != -0.5f || buf[k] != 1.0f)
                fail_msg("%s: sgd left element %d at %g", adam_variants[i].info.name, k,
                         (double)w[k]);
    }
}

/* Steps counted by the device are the same steps, whichever row counts them. */
static void counted_steps_are_steps(void **state)
{
    (void)state;
    enum { MANY = 1027 };
    static float grad[MANY], w[2][MANY], m[2][MANY], v[2][MANY], vmax[2][MANY];

    for (size_t i = 0; i < adam_variant_count; i++)
        for (int amsgrad = 0; amsgrad < 2; amsgrad++) {
            const adam_variant *const row = &adam_variants[i];
            adam_options o = adam_options_default(MANY);
            int64_t step = 6;
            o.amsgrad = amsgrad == 1;
            for (int k = 0; k < MANY; k++) {
                w[0][k] = w[1][k] = (float)(k % 7) - 3.0f;
                m[0][k] = v[0][k] = vmax[0][k] = m[1][k] = v[1][k] = vmax[1][k] = 0.25f;
            }
            if (row->info.space == SPACE_HOST) {
                assert_int_equal(adam_step_counted(row, &o, &step, grad, w[0], m[0], v[0],
                                                   vmax[0]), STATUS_UNSUPPORTED);
                continue;
            }
            for (int t = 7; t < 10; t++) {
                for (int k = 0; k < MANY; k++)
                    grad[k] = (float)((k * t) % 11) - 5.0f;
                assert_int_equal(adam_step(row, &o, t, grad, w[0], m[0], v[0], vmax[0]),
                                 STATUS_OK);
                assert_int_equal(adam_step_counted(row, &o, &step, grad, w[1], m[1], v[1],
                                                   vmax[1]), STATUS_OK);
                assert_int_equal(step, t);
            }
            assert_memory_equal(w[0], w[1], sizeof w[0]);
            assert_memory_equal(m[0], m[1], sizeof m[0]);
            assert_memory_equal(v[0], v[1], sizeof v[0]);
            assert_memory_equal(vmax[0], vmax[1], sizeof vmax[0]);
        }
}

static void accepts_nothing(void **state)
{
    (void)state;
    adam_options o = adam_options_default(0);
    const sgd_options plain = { .lr = 0.1, .momentum = 0.9 };

    o.amsgrad = true;
    for (size_t i = 0; i < adam_variant_count; i++) {
        assert_int_equal(adam_step(&adam_variants[i], &o, 1, NULL, NULL, NULL, NULL, NULL),
                         STATUS_OK);
        assert_int_equal(sgd_step(&adam_variants[i], &plain, 1, NULL, NULL, NULL), STATUS_OK);
    }
}

static void defaults_are_those_of_pytorch(void **state)
{
    (void)state;
    const adam_options o = adam_options_default(7);

    assert_int_equal(o.count, 7);
    assert_true(o.lr == 1e-3 && o.beta1 == 0.9 && o.beta2 == 0.999 && o.eps == 1e-8);
    assert_true(o.weight_decay == 0.0 && !o.amsgrad);
    assert_int_equal(adam_options_check(&o), STATUS_OK);
}

static void refuses_bad_adam_options(void **state)
{
    (void)state;
    const double nan = (double)NAN, infinity = (double)INFINITY;
    const struct {
        adam_options o;
        status expected;
    } cases[] = {
        { { 1, 0.0, 0.0, 0.0, 0.0, 0.0, false }, STATUS_OK },
        { { -1, 0.1, 0.9, 0.9, 0.1, 0.0, false }, STATUS_SHAPE },
        { { PTRDIFF_MAX / 2, 0.1, 0.9, 0.9, 0.1, 0.0, false }, STATUS_SHAPE },
        { { 1, -0.1, 0.9, 0.9, 0.1, 0.0, false }, STATUS_VALUE },
        { { 1, nan, 0.9, 0.9, 0.1, 0.0, false }, STATUS_VALUE },
        { { 1, infinity, 0.9, 0.9, 0.1, 0.0, false }, STATUS_VALUE },
        { { 1, 0.1, 1.0, 0.9, 0.1, 0.0, false }, STATUS_VALUE },
        { { 1, 0.1, -0.1, 0.9, 0.1, 0.0, false }, STATUS_VALUE },
        { { 1, 0.1, 0.9, 1.0, 0.1, 0.0, false }, STATUS_VALUE },
        { { 1, 0.1, 0.9, nan, 0.1, 0.0, false }, STATUS_VALUE },
        { { 1, 0.1, 0.9, 0.9, -0.1, 0.0, false }, STATUS_VALUE },
        { { 1, 0.1, 0.9, 0.9, 0.1, -1.0, false }, STATUS_VALUE },
    };

    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        float w = 0.0f, m = 0.0f, v = 0.0f;
        const float grad = 0.0f;
        if (adam_options_check(&cases[k].o) != cases[k].expected)
            fail_msg("case %zu: %s", k, status_string(adam_options_check(&cases[k].o)));
        assert_int_equal(adam_step(adam_variants, &cases[k].o, 1, &grad, &w, &m, &v, NULL),
                         cases[k].expected);
    }
}

static void refuses_bad_sgd_options(void **state)
{
    (void)state;
    const struct {
        sgd_options o;
        status expected;
    } cases[] = {
        { { 1, 0.1, 0.9, 0.0, 0.0, true }, STATUS_OK },
        { { 1, 0.1, 0.9, -1.0, 0.0, false }, STATUS_OK },
        { { -1, 0.1, 0.0, 0.0, 0.0, false }, STATUS_SHAPE },
        { { 1, -0.1, 0.0, 0.0, 0.0, false }, STATUS_VALUE },
        { { 1, 0.1, -0.9, 0.0, 0.0, false }, STATUS_VALUE },
        { { 1, 0.1, 0.9, (double)NAN, 0.0, false }, STATUS_VALUE },
        { { 1, 0.1, 0.9, 0.0, -0.1, false }, STATUS_VALUE },
        { { 1, 0.1, 0.0, 0.0, 0.0, true }, STATUS_VALUE },
        { { 1, 0.1, 0.9, 0.1, 0.0, true }, STATUS_VALUE },
    };

    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        float w = 0.0f, buf = 0.0f;
        const float grad = 0.0f;
        if (sgd_options_check(&cases[k].o) != cases[k].expected)
            fail_msg("case %zu: %s", k, status_string(sgd_options_check(&cases[k].o)));
        assert_int_equal(sgd_step(adam_variants, &cases[k].o, 1, &grad, &w, &buf),
                         cases[k].expected);
    }
}

static void steps_count_from_one(void **state)
{
    (void)state;
    const adam_options o = adam_options_default(1);
    const sgd_options plain = { .count = 1, .lr = 0.1 };
    const adam_variant empty = { .info.name = "empty" };
    const float grad = 0.0f;
    float w = 0.0f, m = 0.0f, v = 0.0f;

    assert_int_equal(adam_step(adam_variants, &o, 0, &grad, &w, &m, &v, NULL), STATUS_VALUE);
    assert_int_equal(sgd_step(adam_variants, &plain, 0, &grad, &w, NULL), STATUS_VALUE);
    assert_int_equal(adam_step(&empty, &o, 1, &grad, &w, &m, &v, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(sgd_step(&empty, &plain, 1, &grad, &w, NULL), STATUS_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adam_as_in_pytorch),
        cmocka_unit_test(first_step_is_lr_long),
        cmocka_unit_test(sgd_as_in_pytorch),
        cmocka_unit_test(every_element_moves),
        cmocka_unit_test(counted_steps_are_steps),
        cmocka_unit_test(accepts_nothing),
        cmocka_unit_test(defaults_are_those_of_pytorch),
        cmocka_unit_test(refuses_bad_adam_options),
        cmocka_unit_test(refuses_bad_sgd_options),
        cmocka_unit_test(steps_count_from_one),
    };
    return cmocka_run_group_tests_name("adam", tests, NULL, NULL);
}
