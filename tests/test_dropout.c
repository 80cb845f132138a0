/* test_dropout.c: dropout: the mask against PyTorch's, the scale to the bit, the product. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "kernels/dropout/dropout.h"
#include "reference/mt19937_reference.h"

static void expect(const char *row, const char *what, const float *got, const float *want,
                   int count)
{
    for (int i = 0; i < count; i++)
        if (!(got[i] == want[i] || (isnan(got[i]) && isnan(want[i]))))
            fail_msg("%s: %s[%d] is %.9g, not %.9g", row, what, i, (double)got[i],
                     (double)want[i]);
}

/* Source: PyTorch 1.13, torch.manual_seed(7); dropout(torch.ones(16), 0.25); torch.rand(1). */
static void test_mask_is_pytorchs(void **state)
{
    (void)state;
    static const uint8_t want[] = { 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0 };
    const dropout_shape s = { .count = 16, .p = 0.25 };

    for (size_t v = 0; v < dropout_variant_count; v++) {
        uint8_t mask[16];
        rng r;
        rng_seed(&r, 7);
        assert_int_equal(dropout_draw(&dropout_variants[v], &s, &r, mask), STATUS_OK);
        if (memcmp(mask, want, sizeof want) != 0)
            fail_msg("%s: another mask", dropout_variants[v].info.name);
        if (rng_uniform(&r, 0.0f, 1.0f) != 0.626650572f)
            fail_msg("%s: the generator is elsewhere", dropout_variants[v].info.name);
    }
}

static void test_certain_masks(void **state)
{
    (void)state;
    for (size_t v = 0; v < dropout_variant_count; v++)
        for (int p = 0; p <= 1; p++) {
            const dropout_shape s = { .count = 100, .p = p };
            uint8_t mask[100];
            rng r;
            rng_seed(&r, 1);
            assert_int_equal(dropout_draw(&dropout_variants[v], &s, &r, mask), STATUS_OK);
            for (int i = 0; i < 100; i++)
                assert_int_equal(mask[i], 1 - p);
        }
}

/* Source: PyTorch 1.13, the largest element of dropout(torch.ones(200), p), bit by bit. */
/* The two words of an element may lie on either side of a refill: after an odd number of draws.
 * Every row leaves the mask and the generator that the first one leaves. */
static void test_any_position_of_the_generator(void **state)
{
    (void)state;
    static const int before[] = { 1, 2, 601, 622, 623, 624 };
    static const int counts[] = { 1, 2, 11, 12, 312, 313, 1000 };
    uint8_t want[1000], got[1000];

    for (int k = 0; k < 6 * 7; k++)
        for (size_t v = 1; v < dropout_variant_count; v++) {
            const dropout_shape s = { .count = counts[k % 7], .p = 0.5 };
            rng r, same;
            rng_seed(&r, 3);
            for (int i = 0; i < before[k / 7]; i++)
                rng_bits32(&r);
            same = r;
            assert_int_equal(dropout_draw(&dropout_variants[0], &s, &same, want), STATUS_OK);
            assert_int_equal(dropout_draw(&dropout_variants[v], &s, &r, got), STATUS_OK);
            for (int i = 0; i < counts[k % 7]; i++)
                if (got[i] != want[i])
                    fail_msg("%s: after %d words mask[%d] is %d", dropout_variants[v].info.name,
                             before[k / 7], i, got[i]);
            assert_memory_equal(&r, &same, sizeof r);
        }
}

static void test_scale(void **state)
{
    (void)state;
    static const struct {
        double p;
        uint32_t bits;
    } facts[] = {
        { 0.25, 0x3faaaaab }, { 0.3, 0x3fb6db6e },  { 0.1, 0x3f8e38e4 }, { 0.9, 0x41200000 },
        { 0.15, 0x3f969696 }, { 0.48, 0x3ff62763 }, { 0.0, 0x3f800000 }, { 0.5, 0x40000000 },
        { 1.0, 0x00000000 },
    };
    for (int i = 0; i < 9; i++) {
        const float scale = dropout_scale(&(dropout_shape){ .count = 1, .p = facts[i].p });
        uint32_t bits;
        memcpy(&bits, &scale, sizeof bits);
        assert_int_equal(bits, facts[i].bits);
    }
}

static void test_product(void **state)
{
    (void)state;
    static const float x[] = { 1, 2, -3, NAN, INFINITY, NAN, INFINITY };
    static const uint8_t mask[] = { 1, 0, 1, 1, 1, 0, 0 };
    static const float want[] = { 4, 0, -12, NAN, INFINITY, NAN, NAN };
    const dropout_shape s = { .count = 7, .p = 0.75 };

    for (size_t v = 0; v < dropout_variant_count; v++) {
        const dropout_variant *const row = &dropout_variants[v];
        float y[7], dx[7], in_place[7];
        assert_int_equal(dropout_forward(row, &s, x, mask, y), STATUS_OK);
        expect(row->info.name, "y", y, want, 7);
        assert_int_equal(dropout_backward(row, &s, x, mask, dx), STATUS_OK);
        expect(row->info.name, "dx", dx, want, 7);
        memcpy(in_place, x, sizeof x);
        assert_int_equal(dropout_forward(row, &s, in_place, mask, in_place), STATUS_OK);
        expect(row->info.name, "y in place", in_place, want, 7);
        memcpy(in_place, x, sizeof x);
        assert_int_equal(dropout_backward(row, &s, in_place, mask, in_place), STATUS_OK);
        expect(row->info.name, "dx in place", in_place, want, 7);
    }
}

static void test_drops_everything(void **state)
{
    (void)state;
    static const float x[] = { 1, -2 }, want[] = { 0, 0 };
    static const uint8_t mask[] = { 0, 0 };
    const dropout_shape s = { .count = 2, .p = 1.0 };

    for (size_t v = 0; v < dropout_variant_count; v++) {
        float y[2];
        assert_int_equal(dropout_forward(&dropout_variants[v], &s, x, mask, y), STATUS_OK);
        expect(dropout_variants[v].info.name, "y", y, want, 2);
    }
}

static bool never(const dropout_shape *s)
{
    (void)s;
    return false;
}

static void expect_all(const dropout_variant *v, const dropout_shape *s, status want)
{
    float x[1] = { 0 }, y[1];
    uint8_t mask[1] = { 1 };
    rng r;

    rng_seed(&r, 0);
    assert_int_equal(dropout_draw(v, s, &r, mask), want);
    assert_int_equal(dropout_forward(v, s, x, mask, y), want);
    assert_int_equal(dropout_backward(v, s, x, mask, y), want);
}

static void test_refusals(void **state)
{
    (void)state;
    static const double bad[] = { -0.001, 1.001, NAN, INFINITY };
    dropout_variant v = dropout_variants[0];
    dropout_shape s = { .count = 1, .p = 0.5 };

    expect_all(&v, &s, STATUS_OK);
    expect_all(&(dropout_variant){ .info = v.info }, &s, STATUS_UNSUPPORTED);
    v.supports = never;
    expect_all(&v, &s, STATUS_UNSUPPORTED);
    for (int i = 0; i < 4; i++) {
        s.p = bad[i];
        expect_all(&v, &s, STATUS_VALUE);
    }
    s.count = -1;
    expect_all(&v, &s, STATUS_SHAPE);
    s.count = PTRDIFF_MAX / 4 + 1;
    expect_all(&v, &s, STATUS_SHAPE);
}

static void test_nothing_to_do(void **state)
{
    (void)state;
    const dropout_shape s = { .count = 0, .p = 0.5 };

    for (size_t v = 0; v < dropout_variant_count; v++) {
        rng r;
        rng_seed(&r, 0);
        const rng before = r;
        assert_int_equal(dropout_draw(&dropout_variants[v], &s, &r, NULL), STATUS_OK);
        assert_memory_equal(&r, &before, sizeof r);
        assert_int_equal(dropout_forward(&dropout_variants[v], &s, NULL, NULL, NULL), STATUS_OK);
        assert_int_equal(dropout_backward(&dropout_variants[v], &s, NULL, NULL, NULL), STATUS_OK);
    }
}

/* The reference's own generator: Matsumoto's published first words for seed 5489, and the kernels'
 * generator for others, past a refill. */
static void test_reference_generator(void **state)
{
    (void)state;
    static const uint32_t published[] = { 3499211612u, 581869302u, 3890346734u, 3586334585u,
                                          545404204u };
    static const uint64_t seeds[] = { 0, 1, 777, UINT64_C(0xffffffff), UINT64_C(0x1234567890) };
    mt19937_reference g;

    mt19937_reference_seed(&g, 5489);
    for (int i = 0; i < 5; i++)
        assert_int_equal(mt19937_reference_bits32(&g), published[i]);
    for (int i = 0; i < 5; i++) {
        rng r;
        rng_seed(&r, seeds[i]);
        mt19937_reference_seed(&g, seeds[i]);
        for (int word = 0; word < 2000; word++)
            if (mt19937_reference_bits32(&g) != rng_bits32(&r))
                fail_msg("seed number %d: word %d differs", i, word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mask_is_pytorchs),
        cmocka_unit_test(test_certain_masks),
        cmocka_unit_test(test_any_position_of_the_generator),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_product),
        cmocka_unit_test(test_drops_everything),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_nothing_to_do),
        cmocka_unit_test(test_reference_generator),
    };
    return cmocka_run_group_tests_name("dropout", tests, NULL, NULL);
}
