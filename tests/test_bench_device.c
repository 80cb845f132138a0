/* test_bench_device.c: the GPU's half of the benchmarks, run by the simulator: that tensors arrive,
 * calls are made on the copies they should be, ceilings come out as numbers, and a failure is told.
 * What the numbers are worth only a GPU can say. Without CUDA rows: what stands in says so. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/bench_device.h"
#include "bench/ceiling.h"
#include "bench/peer.h"
#include "kernels/core/device.h"
#include "kernels/core/launch_status.h"

#ifdef CONVLAB_CUDA

/* ---- Tensors ---- */

enum { ELEMENTS = 6 };

/* A problem with a tensor of each size of element, and an empty one; x[i] = first + i. */
static check_problem problem(float *x, uint8_t *mask, int first)
{
    static const int six = ELEMENTS, none = 0;
    check_problem p = { .tensor_count = 0 };

    check_declare(&p, "x", CHECK_FLOAT, CHECK_FILL_OWN, 1, &six)->data = x;
    check_declare(&p, "mask", CHECK_BYTE, CHECK_FILL_OWN, 1, &six)->data = mask;
    check_declare(&p, "empty", CHECK_FLOAT, CHECK_FILL_OWN, 1, &none);
    for (int i = 0; i < ELEMENTS; i++)
        x[i] = (float)(first + i), mask[i] = (uint8_t)(first + i);
    return p;
}

static void test_tensors_travel(void **state)
{
    (void)state;
    float x[2][ELEMENTS];
    uint8_t mask[2][ELEMENTS];
    const check_problem p[] = { problem(x[0], mask[0], 1), problem(x[1], mask[1], 100) };
    bench_device *d;

    assert_int_equal(bench_device_open(&d, &p[0], 2, 64), STATUS_OK);
    assert_non_null(bench_device_workspace(d));
    for (int copy = 0; copy < 2; copy++) {
        assert_int_equal(bench_device_upload(d, copy, &p[copy]), STATUS_OK);
        const check_problem *const there = bench_device_problem(d, copy);
        assert_int_equal(there->tensor_count, 3);
        assert_int_equal(device_fill((float *)there->tensor[0].data + copy, 0, 4), STATUS_OK);
    }
    for (int copy = 1; copy >= 0; copy--) {
        memset(x[copy], 0xff, sizeof x[copy]), memset(mask[copy], 0xff, sizeof mask[copy]);
        assert_int_equal(bench_device_download(d, copy, &p[copy]), STATUS_OK);
        for (int i = 0; i < ELEMENTS; i++) {
            const int sent = (copy ? 100 : 1) + i;
            assert_true(x[copy][i] == (i == copy ? 0.0f : (float)sent));
            assert_int_equal(mask[copy][i], sent);
        }
    }
    bench_device_close(d);
    bench_device_close(NULL);
}

static void test_no_memory(void **state)
{
    (void)state;
    float x[ELEMENTS];
    uint8_t mask[ELEMENTS];
    const check_problem p = problem(x, mask, 1);
    bench_device *d;

    assert_int_equal(bench_device_open(&d, &p, 1, (size_t)1 << 50), STATUS_MEMORY);
    assert_null(d);
}

/* ---- Time ---- */

typedef struct {
    int calls, sum;
    int fails_at;               /* this call fails; 0: none, -1: all */
    bool waits;                 /* which may not be recorded */
    void *device;
} calls_made;

static void count_call(void *context, int copy)
{
    calls_made *const c = context;

    c->sum += copy * (c->calls++ % 2 ? 1 : 100);
    (void)device_fill(c->device, copy, 4);
    if (c->calls == c->fails_at || c->fails_at < 0)
        launch_failed("count_call", "the test wants it so");
    if (c->waits)
        (void)device_synchronize();
}

static void test_time_of_calls(void **state)
{
    (void)state;
    calls_made c = { 0 };
    unsigned char last = 0;

    assert_int_equal(device_alloc(&c.device, 4), STATUS_OK);
    const double seconds = bench_device_time(count_call, &c, 3, 2, 4);  /* copies 2, 0, 1, 2 */
    assert_true(seconds > 0.0 && seconds < 60.0);
    assert_int_equal(c.calls, 4);
    assert_int_equal(c.sum, 2 * 100 + 0 + 1 * 100 + 2);
    assert_int_equal(device_download(&last, c.device, 1), STATUS_OK);
    assert_int_equal(last, 2);                  /* what was recorded has been done */
    device_free(c.device);
}

static void test_calls_that_cannot_be_recorded(void **state)
{
    (void)state;
    calls_made c = { .fails_at = 2 };

    assert_int_equal(device_alloc(&c.device, 4), STATUS_OK);
    assert_true(bench_device_time(count_call, &c, 1, 0, 3) > 0.0);
    assert_int_equal(c.calls, 6);               /* recorded in vain, then made plainly */
    c = (calls_made){ .waits = true, .device = c.device };
    assert_true(bench_device_time(count_call, &c, 1, 0, 3) > 0.0);
    assert_int_equal(c.calls, 6);
    assert_int_equal(device_synchronize(), STATUS_OK);  /* no error is left behind */
    device_free(c.device);
}

static void test_calls_that_fail(void **state)
{
    (void)state;
    calls_made c = { .fails_at = -1 };

    assert_int_equal(device_alloc(&c.device, 4), STATUS_OK);
    assert_true(isnan(bench_device_time(count_call, &c, 1, 0, 3)));
    assert_int_equal(launch_status(), STATUS_OK);       /* nor here */
    device_free(c.device);
}

/* ---- Ceilings ---- */

static void test_ceilings(void **state)
{
    (void)state;
    static device_ceilings c;

    assert_null(bench_device_missing());
    assert_true(bench_device_cache_bytes() > 0);
    assert_true(device_ceilings_measure(&c, 0.0));
    assert_true(c.fp32_flop_rate > 0.0 && c.tf32_flop_rate > 0.0 && c.theory_flop_rate > 1e9);
    assert_true(c.tf32_theory_flop_rate == 0.0);        /* the simulator is an 8.0 */
    assert_int_equal(c.cache_bytes, bench_device_cache_bytes());
    assert_true(c.point_count > 1);
    for (int i = 0; i < c.point_count; i++) {
        assert_int_equal(c.read[i].bytes, (size_t)1 << (20 + i));
        assert_int_equal(c.copy[i].bytes, c.read[i].bytes);
        assert_true(c.read[i].bandwidth > 0.0 && c.copy[i].bandwidth > 0.0);
    }
    assert_true(c.copy[c.point_count - 1].bytes > 2 * c.cache_bytes);
    assert_true(c.launch_seconds > 0.0 && c.graph_node_seconds >= 0.0);
}

/* ---- Peers ---- */

/* cuBLAS as far as the simulator has it: every row and pass against the reference. */
static void test_peers(void **state)
{
    (void)state;
    const check_concept *const concepts[] = { check_concept_find("gemm"),
                                              check_concept_find("linear") };
    int combinations = 0;

    for (int i = 0; i < 2; i++) {
        check_concept c;
        (void)peer_concept(concepts[i], &c);
        for (const peer *row = peers; row->concept; row++)
            for (int pass = 0; pass < c.pass_count; pass++) {
                char text[256];
                check_result result;
                if (row->info.space != SPACE_CUDA || strcmp(row->concept, c.name) != 0)
                    continue;
                check_variant(&c, row, pass, 7, 40, &result);
                check_describe_case(&result.failure, text, sizeof text);
                if (result.failed || result.passed < 30)
                    fail_msg("%s/%s/%s: %ld passed, %ld skipped: %s", c.name, c.pass[pass].name,
                             row->info.name, result.passed, result.skipped,
                             result.failed ? text : "too few");
                combinations++;
            }
    }
    assert_int_equal(combinations, 2 * 2 * 3);
    assert_non_null(peer_device_library(0));
    assert_int_equal(strncmp(peer_device_library(0), "cuBLAS", 6), 0);
    assert_null(peer_device_library(2));
}

#else

static void none_run(void *context, int copy)
{
    (void)context, (void)copy;
    fail_msg("%s", "nothing is to be run where nothing can be timed");
}

static void test_stand_in(void **state)
{
    (void)state;
    device_ceilings c;

    assert_non_null(strstr(bench_device_missing(), "without nvcc"));
    assert_int_equal(bench_device_cache_bytes(), 0);
    assert_true(isnan(bench_device_time(none_run, NULL, 1, 0, 1)));
    assert_false(device_ceilings_measure(&c, 0.0));
    assert_null(peer_device_rows()->concept);
    assert_null(peer_device_library(0));
}

static void test_no_device(void **state)
{
    (void)state;
    const check_problem p = { .tensor_count = 0 };
    bench_device *d;

    assert_int_equal(bench_device_open(&d, &p, 1, 64), STATUS_DEVICE);
    assert_null(d);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef CONVLAB_CUDA
        cmocka_unit_test(test_tensors_travel),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_time_of_calls),
        cmocka_unit_test(test_calls_that_cannot_be_recorded),
        cmocka_unit_test(test_calls_that_fail),
        cmocka_unit_test(test_ceilings),
        cmocka_unit_test(test_peers),
#else
        cmocka_unit_test(test_stand_in),
        cmocka_unit_test(test_no_device),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
