/* test_rng.c: PyTorch's random numbers, against numbers that PyTorch printed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "kernels/core/rng.h"

/* After torch.manual_seed(seed), each on its own. Source: PyTorch 1.13 on the CPU. */
typedef struct {
    uint64_t seed;
    int64_t int63[4];               /* torch.empty(4, dtype=torch.int64).random_() */
    float uniform[10];              /* torch.rand(10) */
    float normal_8[8];              /* torch.randn(8): one by one */
    float normal_40[40];            /* torch.randn(40): in blocks of 16, the tail anew */
    int32_t permutation_20[20];     /* torch.randperm(20) */
    int32_t permutation_60000[10];  /* torch.randperm(60000)[:10] */
} facts;

static const facts known[] = {
    {
        .seed = 0,
        .int63 = { 900450186894289455, 3969543146641149120, 1895649597198586619,
                   827948490035658087 },
        .uniform = { 0.49625659f, 0.768221796f, 0.0884774327f, 0.132030487f, 0.307422817f,
                     0.634078681f, 0.49009341f, 0.896444738f, 0.455627978f, 0.632306278f },
        .normal_8 = { 1.54099607f, -0.293428898f, -2.17878938f, 0.568431258f, -1.08452237f,
                      -1.39859545f, 0.403346837f, 0.838026345f },
        .normal_40 = { -1.12583983f, -1.1523602f, -0.250578582f, -0.433878809f, 0.848710358f,
                       0.692009151f, -0.31601277f, -2.11521935f, 0.322274923f, -1.26333475f,
                       0.349983186f, 0.30813393f, 0.119841509f, 1.2376579f, 1.11677718f,
                       -0.247278154f, -1.35265374f, -1.6959312f, 0.566650629f, 0.793508351f,
                       0.598839462f, -1.55509508f, -0.34136039f, 1.85300612f, -0.215863258f,
                       -0.742548168f, 0.562721372f, 0.259627402f, -0.173960999f, -0.678746223f,
                       0.938260734f, 0.488869816f, 1.20322371f, 0.0845346972f, -1.2001394f,
                       -0.00478573795f, -0.518074811f, -0.306704193f, -1.58099389f, 1.70664334f },
        .permutation_20 = { 4, 5, 13, 19, 7, 14, 3, 6, 9, 17, 11, 2, 16, 18, 10, 12, 15, 8, 1,
                            0 },
        .permutation_60000 = { 36044, 10678, 57327, 55074, 21567, 15479, 9481, 43095, 26145,
                               7479 },
    },
    {
        .seed = 777,
        .int63 = { 2816148791055203119, 5577495087507753894, 1144369879560851377,
                   8482926028346414749 },
        .uniform = { 0.081915319f, 0.491137445f, 0.403293312f, 0.385919929f, 0.881322324f,
                     0.881098807f, 0.724247396f, 0.503274739f, 0.824867189f, 0.263434649f },
        .normal_8 = { -0.401486874f, -0.593355596f, 1.68850744f, 0.555427432f, -0.943299651f,
                      -0.675774634f, 1.44246733f, -1.47111106f },
        .normal_40 = { 0.187389717f, -0.0980037749f, -0.381458133f, -0.817533612f, 1.5975877f,
                       -1.49273252f, -0.150730968f, 1.18056095f, -0.368532747f, 1.15825295f,
                       0.941885769f, -0.553984344f, 1.30782342f, -1.4250176f, -1.59805584f,
                       -0.0755800381f, 2.07763505f, 0.770821869f, 1.60202384f, -1.91328299f,
                       1.24589252f, -0.281741738f, -0.723780572f, -0.54131788f, -0.297465295f,
                       -0.985866368f, 1.61660731f, 1.27708066f, -0.0455866084f, 0.185702845f,
                       0.327537417f, 0.4206734f, 0.236175433f, -0.0820901543f, -0.0105297929f,
                       1.76449656f, 0.0989017859f, -0.128076613f, -1.04252183f, -0.553707838f },
        .permutation_20 = { 15, 0, 9, 11, 3, 7, 5, 1, 19, 13, 4, 6, 18, 14, 12, 2, 10, 17, 16,
                            8 },
        .permutation_60000 = { 5735, 26835, 15061, 15788, 2143, 39122, 22659, 52470, 44367,
                               1918 },
    },
    {
        .seed = 20261121,
        .int63 = { 2772855675652854191, 8901315520492478568, 9104873203636438886,
                   6713788891636145070 },
        .uniform = { 0.481102645f, 0.714137018f, 0.530568004f, 0.62549448f, 0.355498314f,
                     0.722769141f, 0.172537565f, 0.935969234f, 0.40089643f, 0.817694604f },
        .normal_8 = { 0.435700387f, -0.609124541f, 0.544715524f, -0.81260556f, 0.250441492f,
                      0.908096611f, 0.543209851f, -1.14944935f },
        .normal_40 = { -0.930481076f, 0.653007984f, 0.593885183f, 0.00815453194f, 0.927989304f,
                       -0.674637377f, 0.578132749f, -2.25402761f, 0.668059289f, -1.4415499f,
                       1.07692337f, 1.40151024f, -0.131877288f, -1.45281577f, -0.211058483f,
                       0.645091116f, 1.79341686f, -1.32258224f, 0.32929492f, 0.367610931f,
                       0.155458853f, -0.00489759352f, 0.765409112f, 1.01973844f, -1.51632154f,
                       0.459219545f, 0.0719971955f, -1.13807142f, -0.626051903f, 0.0546966568f,
                       1.86488414f, -1.04749525f, -1.69978964f, 0.471450329f, -0.163373768f,
                       -1.06344926f, 2.51343226f, 1.18611443f, -2.64350986f, -0.706012309f },
        .permutation_20 = { 19, 18, 12, 10, 4, 8, 2, 6, 14, 3, 15, 11, 0, 7, 5, 13, 17, 16, 1,
                            9 },
        .permutation_60000 = { 29419, 40626, 48108, 54581, 54824, 49873, 32124, 34880, 50598,
                               20113 },
    },
};

enum { KNOWN_COUNT = sizeof known / sizeof known[0] };

static void draws_int63(void **state)
{
    rng r;

    (void)state;
    for (int k = 0; k < KNOWN_COUNT; k++) {
        rng_seed(&r, known[k].seed);
        for (int i = 0; i < 4; i++)
            assert_true(rng_int63(&r) == known[k].int63[i]);
    }
}

static void draws_uniform(void **state)
{
    rng r;

    (void)state;
    for (int k = 0; k < KNOWN_COUNT; k++) {
        rng_seed(&r, known[k].seed);
        for (int i = 0; i < 10; i++) {
            const float x = rng_uniform(&r, 0.0f, 1.0f);
            assert_memory_equal(&x, &known[k].uniform[i], sizeof x);
        }
    }
}

/* PyTorch's vectorised logarithm and cosine round a little differently. */
static void check_normal(const float *expected, int count, uint64_t seed, double tolerance)
{
    float x[40];
    rng r;

    rng_seed(&r, seed);
    rng_fill_normal(&r, count, 0.0f, 1.0f, x);
    for (int i = 0; i < count; i++)
        if (!(fabs((double)x[i] - (double)expected[i]) <= tolerance))
            fail_msg("seed %d: normal %d of %d: expected %.9g, got %.9g", (int)seed, i, count,
                     (double)expected[i], (double)x[i]);
}

static void draws_normal(void **state)
{
    (void)state;
    for (int k = 0; k < KNOWN_COUNT; k++) {
        check_normal(known[k].normal_8, 8, known[k].seed, 3e-7);
        check_normal(known[k].normal_40, 40, known[k].seed, 1e-6);
    }
}

static void scales_normal(void **state)
{
    enum { COUNT = 20000 };
    float *const x = malloc(COUNT * sizeof *x);
    double sum = 0.0, squares = 0.0;
    rng r;

    (void)state;
    rng_seed(&r, 5);
    rng_fill_normal(&r, COUNT, 3.0f, 2.0f, x);
    for (int i = 0; i < COUNT; i++) {
        sum += (double)x[i];
        squares += ((double)x[i] - 3.0) * ((double)x[i] - 3.0);
    }
    free(x);
    assert_true(fabs(sum / COUNT - 3.0) < 0.06);        /* four standard errors */
    assert_true(fabs(squares / COUNT - 4.0) < 0.16);
}

static void draws_permutations(void **state)
{
    enum { MANY = 60000 };
    int32_t few[20], *const many = malloc(MANY * sizeof *many);
    uint8_t *const seen = calloc(MANY, 1);
    rng r;

    (void)state;
    for (int k = 0; k < KNOWN_COUNT; k++) {
        rng_seed(&r, known[k].seed);
        rng_permutation(&r, 20, few);
        assert_memory_equal(few, known[k].permutation_20, sizeof few);
        rng_seed(&r, known[k].seed);
        rng_permutation(&r, MANY, many);
        assert_memory_equal(many, known[k].permutation_60000, 10 * sizeof *many);
    }
    for (int i = 0; i < MANY; i++)
        seen[many[i]]++;
    for (int i = 0; i < MANY; i++)
        assert_int_equal(seen[i], 1);
    free(many);
    free(seen);
}

static void permutes_nothing_and_one(void **state)
{
    int32_t order[2] = { -1, -1 };
    rng r;

    (void)state;
    rng_seed(&r, 1);
    rng_permutation(&r, 0, order);
    assert_int_equal(order[0], -1);
    rng_permutation(&r, 1, order);
    assert_int_equal(order[0], 0);
    assert_int_equal(order[1], -1);
}

static void only_low_bits_of_the_seed_count(void **state)
{
    rng a, b;

    (void)state;
    rng_seed(&a, 777);
    rng_seed(&b, UINT64_C(0x1234500000000) + 777);
    for (int i = 0; i < 700; i++)                       /* past a refill */
        assert_int_equal(rng_bits32(&a), rng_bits32(&b));
}

/* The 10000th draw from seed 5489 is what the C++ standard demands of its mt19937. */
static void agrees_with_the_standard(void **state)
{
    rng r;

    (void)state;
    rng_seed(&r, 5489);
    for (int i = 0; i < 9999; i++)
        rng_bits32(&r);
    assert_int_equal(rng_bits32(&r), 4123659995u);
}

static void a_copied_state_continues(void **state)
{
    float a[50], b[50];
    rng r, copy;

    (void)state;
    rng_seed(&r, 9);
    rng_normal_double(&r);                              /* leaves the second value cached */
    copy = r;
    assert_true(rng_normal_double(&r) == rng_normal_double(&copy));
    rng_fill_normal(&r, 50, 0.0f, 1.0f, a);
    rng_fill_normal(&copy, 50, 0.0f, 1.0f, b);
    assert_memory_equal(a, b, sizeof a);
}

/* Also where a refill is due but not yet done, and across several of them. */
static void skipping_is_drawing(void **state)
{
    static const ptrdiff_t before[] = { 0, 1, 619, 620, 700 };      /* 620: none left */
    static const ptrdiff_t skipped[] = { 0, 1, 619, 620, 621, 624, 1244, 5000 };
    rng drawn, jumped;

    (void)state;
    for (int b = 0; b < 5; b++)
        for (int k = 0; k < 8; k++) {
            rng_seed(&drawn, 31);
            rng_normal_double(&drawn);          /* four draws; the cached value must survive */
            for (ptrdiff_t i = 0; i < before[b]; i++)
                rng_bits32(&drawn);
            jumped = drawn;
            for (ptrdiff_t i = 0; i < skipped[k]; i++)
                rng_bits32(&drawn);
            rng_skip(&jumped, skipped[k]);
            assert_memory_equal(&jumped, &drawn, sizeof drawn);
        }
}

static void uniform_stays_in_range(void **state)
{
    (void)state;
    assert_true(rng_float_from_bits(0, -2.0f, 6.0f) == -2.0f);
    assert_true(rng_float_from_bits(0xffffffffu, 0.0f, 1.0f) < 1.0f);
    assert_true(rng_float_from_bits(0x1000000u, 0.0f, 1.0f) == 0.0f);   /* 24 bits count */
    assert_true(rng_float_from_bits(0x800000u, -2.0f, 6.0f) == 2.0f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_int63),
        cmocka_unit_test(draws_uniform),
        cmocka_unit_test(draws_normal),
        cmocka_unit_test(scales_normal),
        cmocka_unit_test(draws_permutations),
        cmocka_unit_test(permutes_nothing_and_one),
        cmocka_unit_test(only_low_bits_of_the_seed_count),
        cmocka_unit_test(agrees_with_the_standard),
        cmocka_unit_test(a_copied_state_continues),
        cmocka_unit_test(skipping_is_drawing),
        cmocka_unit_test(uniform_stays_in_range),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
