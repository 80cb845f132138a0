/* test_bench_result.c: files of results, sound and malformed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result.h"
#include "tests/support/scratch.h"

#define CONTEXT "{\"context\": {\"convlab_version\": \"0.1.0\", \"machine\": \"m1\", "     \
                "\"num_cpus\": 2, \"load_avg\": [0.5, 1]}, \"benchmarks\": ["
#define KERNEL "conv2d/forward/cnn-basic.layer1.0/n100/t2/warm/im2col"
#define TIMED  "\"run_type\": \"iteration\", \"real_time\": 2.5, \"time_unit\": \"ms\""
#define LABEL  "\"label\": \"role=own space=host precision=fp32 verdict=FASTER roof=L2 valid=yes " \
               "shape=n=100,c=1\""
#define SOUND  "{\"name\": \"" KERNEL "/iterations:1/manual_time\", " TIMED ", " LABEL "}"

static const char *write_text(const char *text)
{
    return scratch_write("results.json", text, strlen(text));
}

static result_file read_sound(const char *text)
{
    result_file f;
    file_error error = { "" };

    if (!result_read(write_text(text), &f, &error))
        fail_msg("%s", error.text);
    return f;
}

/* Refused, and the message holds all the words, separated by '|'. */
static void assert_refused(const char *path, const char *words)
{
    result_file f;
    file_error error = { "" };
    char copy[200];

    snprintf(copy, sizeof copy, "%s", words);
    assert_false(result_read(path, &f, &error));
    assert_null(f.results);
    assert_null(f.context);
    assert_non_null(strstr(error.text, path));
    for (char *at = strtok(copy, "|"); at; at = strtok(NULL, "|"))
        if (!strstr(error.text, at))
            fail_msg("'%s' lacks '%s'", error.text, at);
}

static void test_a_kernel_is_read_whole(void **state)
{
    (void)state;
    result_file f = read_sound(CONTEXT "{\"name\": \"" KERNEL "/iterations:1/manual_time\", " TIMED
                               ", \"flop\": 1e9, \"bytes\": 2000, \"gflops\": 400, \"ratio\": 0.5,"
                               "\"ratio_low\": 0.4, \"ratio_high\": 0.6, \"yard\": 3, \"yard_low\":"
                               "2.5, \"yard_high\": 3, \"copies\": 1, \"error\": 0, " LABEL "}]}");
    const bench_result *const b = &f.results[0];

    assert_int_equal(f.count, 1);
    assert_int_equal(b->kind, RESULT_KERNEL);
    assert_string_equal(b->name, KERNEL);
    assert_string_equal(b->concept, "conv2d");
    assert_string_equal(b->pass, "forward");
    assert_string_equal(b->label, "cnn-basic.layer1.0");
    assert_string_equal(b->row, "im2col");
    assert_int_equal(b->batch, 100);
    assert_int_equal(b->threads, 2);
    assert_false(b->cold);
    assert_string_equal(b->role, "own");
    assert_string_equal(b->space, "host");
    assert_string_equal(b->precision, "fp32");
    assert_string_equal(b->verdict, "FASTER");
    assert_string_equal(b->roof, "L2");
    assert_true(b->valid);
    assert_string_equal(b->shape, "n=100,c=1");
    assert_string_equal(b->skipped, "");
    assert_true(fabs(b->seconds - 2.5e-3) < 1e-12);
    assert_true(b->flop == 1e9 && b->bytes == 2000.0 && b->gflops == 400.0 && b->error == 0.0);
    assert_true(b->ratio == 0.5 && b->ratio_low == 0.4 && b->ratio_high == 0.6);
    assert_true(b->yard == 3.0 && b->yard_low == 2.5 && b->yard_high == 3.0 && b->copies == 1.0);
    assert_true(isnan(b->gbs) && isnan(b->roof_share) && isnan(b->rounds));
    result_free(&f);
}

static void test_ceilings_and_steps_are_read(void **state)
{
    (void)state;
    result_file f = read_sound(
        CONTEXT "{\"name\": \"ceiling/flop/avx512/t2/iterations:1/manual_time\", "
        "\"real_time\": 0, \"time_unit\": \"ns\", \"label\": \"2 GHz x 16\", \"gflops\": 128},"
        "{\"name\": \"ceiling/copy/memory/tgpu\", " TIMED "},"
        "{\"name\": \"step/cnn-basic/n10/t1/layer1.0/backward/openmp\", " TIMED "},"
        "{\"name\": \"gemm/forward/sweep-size.s64/n1/t2/cold/naive\", \"error_occurred\": true, "
        "\"error_message\": \"no GPU\", \"real_time\": 0, \"time_unit\": \"ns\"}]}");

    assert_int_equal(f.count, 4);
    assert_int_equal(f.results[0].kind, RESULT_CEILING);
    assert_string_equal(f.results[0].concept, "flop");
    assert_string_equal(f.results[0].label, "avx512");
    assert_string_equal(f.results[0].shape, "2 GHz x 16");
    assert_int_equal(f.results[1].threads, 0);
    assert_int_equal(f.results[2].kind, RESULT_STEP);
    assert_string_equal(f.results[2].concept, "cnn-basic");
    assert_string_equal(f.results[2].label, "layer1.0");
    assert_string_equal(f.results[2].pass, "backward");
    assert_string_equal(f.results[2].row, "openmp");
    assert_int_equal(f.results[2].batch, 10);
    assert_true(f.results[3].cold);
    assert_string_equal(f.results[3].skipped, "no GPU");
    assert_true(isnan(f.results[3].seconds));
    assert_string_equal(result_context_value(&f, "machine"), "m1");
    assert_string_equal(result_context_value(&f, "num_cpus"), "2");
    assert_string_equal(result_context_value(&f, "load_avg"), "[0.5,1]");
    assert_string_equal(result_context_value(&f, "absent"), "");
    result_free(&f);
}

static void test_the_median_of_repetitions_stands(void **state)
{
    char text[4000];
    int used = snprintf(text, sizeof text, CONTEXT);

    (void)state;
    for (int i = 0; i < 5; i++) {
        static const double times[] = { 3.0, 9.0, 1.0, 5.0, 7.0 };
        used += snprintf(text + used, sizeof text - (size_t)used,
                         "{\"name\": \"" KERNEL "/iterations:1/repeats:5/manual_time\", "
                         "\"repetition_index\": %d, \"real_time\": %g, \"time_unit\": \"s\", "
                         LABEL "},", i, times[i]);
    }
    snprintf(text + used, sizeof text - (size_t)used, "{\"name\": \"" KERNEL "_mean\", \"run_type\""
             ": \"aggregate\", \"real_time\": -1}]}");
    result_file f = read_sound(text);
    assert_int_equal(f.count, 1);
    assert_true(f.results[0].seconds == 5.0);
    result_free(&f);
}

static void test_invalid_results_are_marked(void **state)
{
    (void)state;
    result_file f = read_sound(CONTEXT "{\"name\": \"" KERNEL "\", " TIMED
                               ", \"label\": \"role=peer valid=no\"}]}");
    assert_false(f.results[0].valid);
    result_free(&f);
}

static void test_what_is_no_file_of_results(void **state)
{
    (void)state;
    assert_refused(scratch_path("absent.json"), "cannot");
    assert_refused(scratch_path(""), "folder");
    assert_refused(write_text(""), "empty file");
    assert_refused(write_text("{\"context\": {\n\"a\": }"), ":2:|expected JSON");
    assert_refused(write_text("name,iterations,real_time\n"), ":1:|expected JSON");
    assert_refused(write_text("[1, 2]"), "context");
    assert_refused(write_text("{\"benchmarks\": []}"), "context");
    assert_refused(write_text("{\"context\": {\"convlab_version\": \"1\"}}"), "benchmarks");
    assert_refused(write_text("{\"context\": {\"executable\": \"./other\"}, \"benchmarks\": []}"),
                   "convlab_version|'./other'");
    assert_refused(write_text(CONTEXT "]}"), "expected results, found none");
    assert_refused(write_text(CONTEXT SOUND), ":1:|expected JSON");     /* cut off */
    assert_refused(write_text(CONTEXT "{\"name\": \"" KERNEL "_mean\", \"run_type\": \"aggregate\""
                              "}]}"), "found none");
}

static void refuse_benchmark(const char *benchmark, const char *words)
{
    char text[2000];

    snprintf(text, sizeof text, CONTEXT SOUND ",%s]}", benchmark);
    assert_refused(write_text(text), words);
}

#define NAMED(name) "{\"name\": \"" name "\", " TIMED ", " LABEL "}"
#define OTHER "conv2d/forward/other/n1/t1/cold/naive"

static void test_names_that_are_none(void **state)
{
    (void)state;
    refuse_benchmark("5", "benchmark 2|an object with a name");
    refuse_benchmark("{}", "an object with a name");
    refuse_benchmark(NAMED("BM_memcpy/64"), "'BM_memcpy/64'|CONCEPT/PASS/LABEL|found 2 parts");
    refuse_benchmark(NAMED("a/b/c/d/e/f/g/h"), "found 8 parts");
    refuse_benchmark(NAMED("ceiling/flop/avx2"), "ceiling/WHAT");
    refuse_benchmark(NAMED("step/net/n1/t1"), "step/NET");
    refuse_benchmark(NAMED("conv2d/forward/x/n0/t1/cold/naive"), "'n0'");
    refuse_benchmark(NAMED("conv2d/forward/x/n-1/t1/cold/naive"), "'n-1'");
    refuse_benchmark(NAMED("conv2d/forward/x/n1x/t1/cold/naive"), "'n1x'");
    refuse_benchmark(NAMED("conv2d/forward/x/n99999999999/t1/cold/naive"), "'n99999999999'");
    refuse_benchmark(NAMED("conv2d/forward/x/n1/two/cold/naive"), "'two'");
    refuse_benchmark(NAMED("conv2d/forward/x/n1/t1/hot/naive"), "warm or cold|'hot'");
    refuse_benchmark(NAMED("conv2d/forward/0123456789012345678901234567890123456789012345678901234"
                           "567890123456789/n1/t1/cold/naive"), "at most 63 characters");
    refuse_benchmark(SOUND, "benchmark 2|found it twice");
    refuse_benchmark(NAMED(KERNEL "/iterations:1"), "found it twice");
}

#define WITH(members) "{\"name\": \"" OTHER "\", " members "}"

static void test_values_that_cannot_be(void **state)
{
    (void)state;
    refuse_benchmark(WITH("\"real_time\": -2, \"time_unit\": \"ns\", " LABEL), OTHER "|found -2");
    refuse_benchmark(WITH("\"real_time\": 0, \"time_unit\": \"ns\", " LABEL), "found 0");
    refuse_benchmark(WITH("\"real_time\": \"2\", \"time_unit\": \"ns\", " LABEL), "a number");
    refuse_benchmark(WITH("\"real_time\": 1, \"time_unit\": \"h\", " LABEL), "found 'h'");
    refuse_benchmark(WITH("\"real_time\": 1, " LABEL), "time_unit");
    refuse_benchmark(WITH(TIMED), "role=");
    refuse_benchmark(WITH(TIMED ", \"label\": 3"), "label");
    refuse_benchmark(WITH(TIMED ", \"label\": \"role=own fast\""), "'fast'");
    refuse_benchmark(WITH(TIMED ", \"flop\": -1, " LABEL), "flop|negative");
    refuse_benchmark(WITH(TIMED ", \"flop\": \"many\", " LABEL), "flop");
    refuse_benchmark(WITH(TIMED ", \"ratio\": 2, \"ratio_low\": 3, \"ratio_high\": 4, " LABEL),
                     "ratio_low|found 3, 2, 4");
    refuse_benchmark(WITH(TIMED ", \"yard\": 2, " LABEL), "yard_low");
    refuse_benchmark(WITH("\"real_time\": 1e999, \"time_unit\": \"ns\", " LABEL), "expected JSON");
    refuse_benchmark(WITH(TIMED ", \"real_time\": 3, " LABEL), "duplicate");
    refuse_benchmark(WITH("\"real_time\": NaN, \"time_unit\": \"ns\", " LABEL), "expected JSON");
}

/* Every way to cut a sound file short is refused, and none crashes. */
static void test_any_cut_is_refused(void **state)
{
    static const char whole[] = CONTEXT SOUND "]}";

    (void)state;
    for (size_t size = 0; size + 1 < sizeof whole; size++) {
        result_file f;
        file_error error;
        assert_false(result_read(scratch_write("cut.json", whole, size), &f, &error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_kernel_is_read_whole),
        cmocka_unit_test(test_ceilings_and_steps_are_read),
        cmocka_unit_test(test_the_median_of_repetitions_stands),
        cmocka_unit_test(test_invalid_results_are_marked),
        cmocka_unit_test(test_what_is_no_file_of_results),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_values_that_cannot_be),
        cmocka_unit_test(test_any_cut_is_refused),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
