/* test_gemm.c: matrix multiplication. The random checks against the reference are elsewhere; here
 * are worked examples, the contract's corners and the edges of the blocked variant. */
#include "kernels/gemm/gemm.h"

#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernels/core/cpu.h"
#include "tests/support/floats.h"

/* A [2][3] * B [3][2] by hand, and both factors stored transposed. */
static const float a_rows[] = { 1, 2, 3, 4, 5, 6 }, a_columns[] = { 1, 4, 2, 5, 3, 6 };
static const float b_rows[] = { 7, 8, 9, 10, 11, 12 }, b_columns[] = { 7, 9, 11, 8, 10, 12 };
static const float product[] = { 58, 64, 139, 154 };

static void multiply(const gemm_variant *v, const gemm_shape *s, const float *a, const float *b,
                     float *c)
{
    void *const workspace = floats_workspace(gemm_workspace_bytes(v, s));

    assert_int_equal(gemm_forward(v, s, a, b, c, workspace), STATUS_OK);
    free(workspace);
}

static void worked_example_in_all_transpositions(void **state)
{
    (void)state;
    for (size_t i = 0; i < gemm_variant_count; i++)
        for (int t = 0; t < 4; t++) {
            const gemm_shape s = gemm_shape_dense(2, 2, 3, t & 1, t & 2);
            float c[4] = { NAN, NAN, NAN, NAN };
            multiply(&gemm_variants[i], &s, t & 1 ? a_columns : a_rows, t & 2 ? b_columns : b_rows,
                     c);
            floats_expect(gemm_variants[i].info.name, "c", c, product, 4);
        }
}

static void alpha_and_beta_scale(void **state)
{
    static const float want[] = { 29 - 2, 32 - 4, 69.5f - 6, 77 - 8 };

    (void)state;
    for (size_t i = 0; i < gemm_variant_count; i++) {
        gemm_shape s = gemm_shape_dense(2, 2, 3, false, false);
        float c[] = { 1, 2, 3, 4 };
        s.alpha = 0.5f;
        s.beta = -2.0f;
        multiply(&gemm_variants[i], &s, a_rows, b_rows, c);
        floats_expect(gemm_variants[i].info.name, "c", c, want, 4);
    }
}

static void leading_dimensions_are_respected(void **state)
{
    static const float a[] = { 1, 2, 3, 99, 4, 5, 6 }, b[] = { 7, 8, 99, 9, 10, 99, 11, 12 };
    static const float want[] = { 58, 64, -1, -2, 139, 154 };

    (void)state;
    for (size_t i = 0; i < gemm_variant_count; i++) {
        gemm_shape s = gemm_shape_dense(2, 2, 3, false, false);
        float c[] = { 0, 0, -1, -2, 0, 0 };
        s.lda = 4;
        s.ldb = 3;
        s.ldc = 4;
        multiply(&gemm_variants[i], &s, a, b, c);
        floats_expect(gemm_variants[i].info.name, "c", c, want, 6);
    }
}

/* For dc = { 1, 2, 3, 4 }: da = dc * B^T and db = A^T * dc, here with alpha = 2. */
static void gradients_by_hand(void **state)
{
    static const float dc[] = { 1, 2, 3, 4 };
    static const float da_rows[] = { 46, 58, 70, 106, 134, 162 };
    static const float da_columns[] = { 46, 106, 58, 134, 70, 162 };
    static const float db_rows[] = { 26, 36, 34, 48, 42, 60 };
    static const float db_columns[] = { 26, 34, 42, 36, 48, 60 };

    (void)state;
    for (size_t i = 0; i < gemm_variant_count; i++)
        for (int t = 0; t < 4; t++) {
            const gemm_variant *const v = &gemm_variants[i];
            gemm_shape s = gemm_shape_dense(2, 2, 3, t & 1, t & 2);
            s.alpha = 2.0f;
            s.beta = 3.0f;                      /* scales C alone: no gradient depends on it */
            void *const workspace = floats_workspace(gemm_workspace_bytes(v, &s));
            float da[6] = { NAN }, db[6] = { NAN };
            assert_int_equal(gemm_backward_a(v, &s, dc, t & 2 ? b_columns : b_rows, da, workspace),
                             STATUS_OK);
            assert_int_equal(gemm_backward_b(v, &s, t & 1 ? a_columns : a_rows, dc, db, workspace),
                             STATUS_OK);
            floats_expect(v->info.name, "da", da, t & 1 ? da_columns : da_rows, 6);
            floats_expect(v->info.name, "db", db, t & 2 ? db_columns : db_rows, 6);
            free(workspace);
        }
}

static void beta_zero_does_not_read_c(void **state)
{
    (void)state;
    for (size_t i = 0; i < gemm_variant_count; i++) {
        const gemm_shape s = gemm_shape_dense(2, 2, 3, false, false);
        float c[] = { NAN, INFINITY, -INFINITY, NAN };
        multiply(&gemm_variants[i], &s, a_rows, b_rows, c);
        floats_expect(gemm_variants[i].info.name, "c", c, product, 4);
    }
}

static void no_k_leaves_beta_c(void **state)
{
    static const float tripled[] = { 3, 6, 9, 12 }, zeros[4] = { 0 };

    (void)state;
    for (size_t i = 0; i < gemm_variant_count; i++) {
        gemm_shape s = gemm_shape_dense(2, 2, 0, false, true);
        float c[] = { 1, 2, 3, 4 };
        s.beta = 3.0f;
        multiply(&gemm_variants[i], &s, NULL, NULL, c);
        floats_expect(gemm_variants[i].info.name, "c", c, tripled, 4);
        s.beta = 0.0f;
        c[0] = NAN;
        multiply(&gemm_variants[i], &s, NULL, NULL, c);
        floats_expect(gemm_variants[i].info.name, "c", c, zeros, 4);
    }
}

static void empty_results_touch_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < gemm_variant_count; i++) {
        const gemm_shape no_rows = gemm_shape_dense(0, 2, 3, true, false);
        const gemm_shape no_columns = gemm_shape_dense(2, 0, 3, false, true);
        multiply(&gemm_variants[i], &no_rows, NULL, b_rows, NULL);
        multiply(&gemm_variants[i], &no_columns, a_rows, NULL, NULL);
    }
}

static void factors_may_be_the_same(void **state)
{
    static const float matrix[] = { 1, 2, 3, 4 }, gram[] = { 5, 11, 11, 25 };

    (void)state;
    for (size_t i = 0; i < gemm_variant_count; i++) {
        const gemm_shape s = gemm_shape_dense(2, 2, 2, false, true);
        float c[4];
        multiply(&gemm_variants[i], &s, matrix, matrix, c);
        floats_expect(gemm_variants[i].info.name, "c", c, gram, 4);
    }
}

static void impossible_shapes_are_refused(void **state)
{
    const gemm_shape good = gemm_shape_dense(2, 2, 3, false, false);
    gemm_shape bad[] = { good, good, good, good, good, good, good, good, good, good };
    float c[4] = { 5 };

    (void)state;
    bad[0].M = -1;
    bad[1].N = -1;
    bad[2].K = -1;
    bad[3].lda = 2;                             /* a row of A is 3 long */
    bad[4].ldb = 1;
    bad[5].ldc = 1;
    bad[6].transpose_b = true;                  /* then a row of B is 3 long */
    bad[7] = gemm_shape_dense(INT_MAX, 1, 1, false, false);
    bad[7].lda = INT_MAX;                       /* more than PTRDIFF_MAX bytes */
    bad[8].M = bad[8].K = 0;
    bad[8].lda = 0;
    bad[9] = gemm_shape_dense(1, INT_MAX, INT_MAX, false, true);
    assert_int_equal(gemm_shape_check(&good), STATUS_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const gemm_variant *const v = &gemm_variants[i % gemm_variant_count];
        assert_int_equal(gemm_shape_check(&bad[i]), STATUS_SHAPE);
        assert_int_equal(gemm_forward(v, &bad[i], a_rows, b_rows, c, NULL), STATUS_SHAPE);
        assert_int_equal(gemm_backward_a(v, &bad[i], c, b_rows, c, NULL), STATUS_SHAPE);
        assert_int_equal(gemm_backward_b(v, &bad[i], a_rows, c, c, NULL), STATUS_SHAPE);
    }
    assert_true(c[0] == 5.0f);
}

static bool supports_nothing(const gemm_shape *s)
{
    (void)s;
    return false;
}

static void missing_pass_is_unsupported(void **state)
{
    const gemm_shape s = gemm_shape_dense(2, 2, 3, false, false);
    const gemm_variant none = { .info = { .name = "none" } };
    gemm_variant picky = gemm_variants[0];
    float c[6];

    (void)state;
    picky.supports = supports_nothing;
    assert_int_equal(gemm_workspace_bytes(&none, &s), 0);
    assert_int_equal(gemm_forward(&none, &s, a_rows, b_rows, c, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(gemm_forward(&picky, &s, a_rows, b_rows, c, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(gemm_backward_a(&picky, &s, c, b_rows, c, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(gemm_backward_b(&none, &s, a_rows, c, c, NULL), STATUS_UNSUPPORTED);
}

/* One product of whole numbers, every variant with every thread count against the first variant
 * with one thread: bit for bit. */
static void expect_exact(int M, int N, int K, bool transpose_a, bool transpose_b)
{
    gemm_shape s = gemm_shape_dense(M, N, K, transpose_a, transpose_b);
    s.ldc += 3;
    s.beta = -1.0f;
    const ptrdiff_t count = (ptrdiff_t)M * s.ldc;
    float *const a = floats_new((ptrdiff_t)M * K), *const b = floats_new((ptrdiff_t)K * N);
    float *const before = floats_new(count), *const want = floats_new(count);
    float *const got = floats_new(count);

    floats_pattern(a, (ptrdiff_t)M * K, 7, 11, 5);
    floats_pattern(b, (ptrdiff_t)K * N, 5, 7, 3);
    floats_pattern(before, count, 3, 5, 2);
    memcpy(want, before, (size_t)count * sizeof *want);
    multiply(&gemm_variants[0], &s, a, b, want);
    for (size_t i = 0; i < gemm_variant_count; i++)
        for (int threads = 1; threads <= 4; threads++) {
            omp_set_num_threads(threads);
            memcpy(got, before, (size_t)count * sizeof *got);
            multiply(&gemm_variants[i], &s, a, b, got);
            floats_expect(gemm_variants[i].info.name, "c", got, want, count);
        }
    free(a);
    free(b);
    free(before);
    free(want);
    free(got);
}

/* Extents around the tiles, blocks and the thread threshold of every instruction set. */
static void edges_of_tiles_and_blocks(void **state)
{
    static const int rows[] = { 1, 5, 6, 7, 8, 9 }, columns[] = { 1, 7, 8, 9, 16, 17, 48, 49 };
    static const int large[][3] = { { 193, 50, 31 }, { 7, 769, 50 },  { 9, 50, 257 },
                                    { 50, 10, 600 }, { 1, 600, 513 }, { 200, 770, 3 } };
    const int threads = omp_get_max_threads();

    (void)state;
    for (isa set = ISA_BASE; set <= cpu_isa_best(); set++) {
        assert_true(cpu_isa_force(set));
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            for (size_t j = 0; j < sizeof columns / sizeof columns[0]; j++)
                expect_exact(rows[i], columns[j], 3, j % 2 == 0, i % 2 == 0);
        for (size_t i = 0; i < sizeof large / sizeof large[0]; i++)
            for (int t = 0; t < 4; t++)
                expect_exact(large[i][0], large[i][1], large[i][2], t & 1, t & 2);
    }
    assert_true(cpu_isa_force(cpu_isa_best()));
    omp_set_num_threads(threads);
}

/* With fractions that round, every thread count and a place inside a parallel region. */
static void results_do_not_depend_on_threads(void **state)
{
    enum { M = 67, N = 131, K = 300 };
    const gemm_shape s = gemm_shape_dense(M, N, K, false, true);
    const int threads = omp_get_max_threads();
    float *const a = floats_new(M * K), *const b = floats_new(N * K);
    float *const want = floats_new(M * N), *const got = floats_new(M * N);

    (void)state;
    for (int i = 0; i < M * K; i++)
        a[i] = sinf((float)i);
    for (int i = 0; i < N * K; i++)
        b[i] = cosf((float)i);
    for (size_t i = 0; i < gemm_variant_count; i++) {
        const gemm_variant *const v = &gemm_variants[i];
        omp_set_num_threads(1);
        multiply(v, &s, a, b, want);
        for (int count = 2; count <= 5; count++) {
            omp_set_num_threads(count);
            multiply(v, &s, a, b, got);
            floats_expect_bits(v->info.name, "c", got, want, M * N);
        }
        void *const workspace = floats_workspace(gemm_workspace_bytes(v, &s));
        status nested = STATUS_SHAPE;
#pragma omp parallel num_threads(2)
#pragma omp single
        nested = gemm_forward(v, &s, a, b, got, workspace);
        assert_int_equal(nested, STATUS_OK);
        floats_expect_bits(v->info.name, "c", got, want, M * N);
        free(workspace);
    }
    omp_set_num_threads(threads);
    free(a);
    free(b);
    free(want);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_example_in_all_transpositions),
        cmocka_unit_test(alpha_and_beta_scale),
        cmocka_unit_test(leading_dimensions_are_respected),
        cmocka_unit_test(gradients_by_hand),
        cmocka_unit_test(beta_zero_does_not_read_c),
        cmocka_unit_test(no_k_leaves_beta_c),
        cmocka_unit_test(empty_results_touch_nothing),
        cmocka_unit_test(factors_may_be_the_same),
        cmocka_unit_test(impossible_shapes_are_refused),
        cmocka_unit_test(missing_pass_is_unsupported),
        cmocka_unit_test(edges_of_tiles_and_blocks),
        cmocka_unit_test(results_do_not_depend_on_threads),
    };

    return cmocka_run_group_tests_name("gemm", tests, NULL, NULL);
}
