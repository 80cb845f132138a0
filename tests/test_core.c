/* test_core.c: products of extents, statuses, roundoffs, instruction sets. */
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/core/cpu.h"
#include "kernels/core/extent.h"
#include "kernels/core/status.h"
#include "kernels/core/variant.h"

static void products_are_exact(void **state)
{
    (void)state;
    ptrdiff_t count = -1;

    assert_true(extent_product(4, (const int[]){ 2, 3, 5, 7 }, &count));
    assert_int_equal(count, 210);
    assert_true(extent_product(0, NULL, &count));
    assert_int_equal(count, 1);
    assert_true(extent_product(2, (const int[]){ 0, 9 }, &count));
    assert_int_equal(count, 0);
    assert_true(extent_product(2, (const int[]){ INT_MAX, INT_MAX / 8 }, NULL));
}

static void products_may_not_overflow(void **state)
{
    (void)state;
    const int big = INT_MAX;
    ptrdiff_t count = 77;

    assert_false(extent_product(2, (const int[]){ 3, -1 }, &count));
    assert_false(extent_product(3, (const int[]){ big, big, 2 }, &count));
    assert_false(extent_product(4, (const int[]){ big, big, big, 0 }, &count));
    assert_int_equal(count, 77);
}

static void sums_may_not_overflow(void **state)
{
    (void)state;
    int sum = 0;

    assert_true(extent_sum(INT_MAX - 5, 5, &sum));
    assert_int_equal(sum, INT_MAX);
    assert_false(extent_sum(INT_MAX, 1, &sum));
    assert_int_equal(sum, INT_MAX);
}

static void statuses_have_words(void **state)
{
    (void)state;
    for (int a = STATUS_OK; a <= STATUS_IO; a++) {
        assert_true(strlen(status_string((status)a)) > 1);
        for (int b = STATUS_OK; b < a; b++)
            assert_string_not_equal(status_string((status)a), status_string((status)b));
    }
    assert_string_equal(status_string((status)99), "unknown status");
}

static void roundoffs_are_those_of_the_formats(void **state)
{
    (void)state;
    assert_true(precision_roundoff(PRECISION_FP32) == 0x1p-24);
    assert_true(precision_roundoff(PRECISION_TF32) == 0x1p-11);
    assert_true(precision_roundoff(PRECISION_BF16) == 0x1p-8);
}

/* gcc 12 loses these roundings at -O2 unless the Makefile keeps its SLP vectoriser off. */
__attribute__((noinline)) static void rounding_errors(double a, double b, double *error)
{
    const double first = (double)(float)a - a, second = (double)(float)b - b;
    error[0] = first;
    error[1] = second;
}

static void the_compiler_keeps_roundings(void **state)
{
    (void)state;
    volatile double a = 1e-5, b = 0.1;          /* unknown to the compiler */
    double error[2];

    rounding_errors(a, b, error);
    assert_true(error[0] != 0.0 && error[1] != 0.0);
}

static void instruction_sets_can_be_forced(void **state)
{
    (void)state;
    const isa best = cpu_isa_best();

    assert_int_equal(cpu_isa(), best);
    assert_true(cpu_isa_force(ISA_BASE));
    assert_int_equal(cpu_isa(), ISA_BASE);
    if (best < ISA_AVX512)
        assert_false(cpu_isa_force(ISA_AVX512));
    assert_true(cpu_isa_force(best));
    assert_int_equal(cpu_isa(), best);
    assert_string_equal(isa_name(ISA_AVX2), "avx2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_exact),
        cmocka_unit_test(products_may_not_overflow),
        cmocka_unit_test(sums_may_not_overflow),
        cmocka_unit_test(statuses_have_words),
        cmocka_unit_test(roundoffs_are_those_of_the_formats),
        cmocka_unit_test(the_compiler_keeps_roundings),
        cmocka_unit_test(instruction_sets_can_be_forced),
    };
    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
