/* test_bench_processes.c: fresh processes of the program that is running: here this test itself,
 * which then stands in for convlab-bench. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/processes.h"
#include "tests/support/scratch.h"

#define GROUP "add/forward/bottleneck.add/n1/t2/warm/"

/* ---- The other side ---- */

static int write_results(const char *path, double yard)
{
    FILE *const out = fopen(path, "w");

    if (!out)
        return 9;
    fprintf(out, "{\"context\": {\"convlab_version\": \"0.1.0\"}, \"benchmarks\": [{\"name\": \""
            GROUP "naive\", \"real_time\": 1, \"time_unit\": \"ms\", \"label\": \"role=own\", "
            "\"yard\": %g, \"yard_low\": %g, \"yard_high\": %g}, {\"name\": \"" GROUP "openmp\", "
            "\"error_occurred\": true, \"error_message\": \"too slow\"}]}", yard, yard, yard);
    return fclose(out) == 0 ? 0 : 9;
}

/* The first process finds 1, the next 2, 4, ...: it counts in the file that --count names. */
static double next_yard(const char *count_path)
{
    int before = 0;
    FILE *file = fopen(count_path, "r");

    if (file) {
        if (fscanf(file, "%d", &before) != 1)
            before = 0;
        fclose(file);
    }
    file = fopen(count_path, "w");
    if (file) {
        fprintf(file, "%d", before + 1);
        fclose(file);
    }
    return ldexp(1.0, before);
}

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], name, strlen(name)) == 0)
            return argv[i] + strlen(name);
    return NULL;
}

static int stand_in(int argc, char **argv)
{
    const char *const code = option(argc, argv, "--code=");
    const char *const count = option(argc, argv, "--count=");

    printf("this must not be seen\n");
    if (option(argc, argv, "--abort"))
        abort();
    if (option(argc, argv, "--silent"))
        return 0;
    const int written = write_results(option(argc, argv, "--benchmark_out="),
                                      count ? next_yard(count) : 1.0);
    return code ? atoi(code) : written;
}

/* ---- One process ---- */

static void test_results_come_back(void **state)
{
    const char *const arguments[] = { "--code=1", NULL };
    file_error error;
    result_file f;

    (void)state;
    assert_true(process_measure(arguments, &f, &error));
    assert_int_equal(f.count, 2);
    assert_string_equal(f.results[0].name, GROUP "naive");
    assert_true(f.results[0].yard == 1.0);
    result_free(&f);
}

static void fails(const char *argument, const char *text)
{
    const char *const arguments[] = { argument, NULL };
    file_error error = { "" };
    result_file f;

    assert_false(process_measure(arguments, &f, &error));
    assert_int_equal(f.count, 0);
    if (!strstr(error.text, text))
        fail_msg("expected '%s' in '%s'", text, error.text);
}

static void test_failures_are_told(void **state)
{
    (void)state;
    fails("--code=4", "expected exit code 0, found 4");
    fails("--abort", "expected exit code 0, found -1");
    fails("--silent", "expected");
    const char *const before = getenv("TMPDIR");
    char *const kept = before ? strdup(before) : NULL;
    setenv("TMPDIR", "/no/such/place", 1);
    fails("--code=0", "/no/such/place/convlab-process-");
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

/* ---- Many ---- */

static void add(const char *path, int times, int stopped, bool expected)
{
    char count[300];
    file_error error = { "" };

    snprintf(count, sizeof count, "--count=%s", scratch_path("count"));
    unlink(scratch_path("count"));
    const char *const arguments[] = { count, NULL };
    if (processes_add(path, arguments, times, &stopped, NULL, &error) != expected)
        fail_msg("%s", error.text);
}

static bench_result first_row(const char *path)
{
    file_error error;
    result_file f;

    if (!result_read(path, &f, &error))
        fail_msg("%s", error.text);
    const bench_result b = f.results[0];
    result_free(&f);
    return b;
}

static void test_counters_are_added(void **state)
{
    const char *const path = scratch_path("base.json");

    (void)state;
    assert_int_equal(write_results(path, 3.0), 0);
    add(path, 3, 0, true);                      /* 1, 2, 4 */
    const bench_result b = first_row(path);
    assert_true(b.processes == 3.0);
    assert_true(fabs(b.yard_mean - 2.0) < 1e-12);
    assert_true(fabs(b.yard_spread - log(2.0)) < 1e-12);
    assert_true(b.yard == 3.0);
}

static void test_too_few_tell_nothing(void **state)
{
    const char *const path = scratch_path("base.json");

    (void)state;
    assert_int_equal(write_results(path, 3.0), 0);
    add(path, 1, 0, true);
    assert_true(isnan(first_row(path).processes));
    add(path, 3, 1, true);                      /* stopped before the first */
    assert_true(isnan(first_row(path).processes));
}

static void test_a_bad_file_stays(void **state)
{
    const char *const path = scratch_write("bad.json", "{", 1);
    const char *const arguments[] = { "--code=4", NULL };
    const int stopped = 0;
    file_error error = { "" };

    (void)state;
    add(path, 2, 0, false);
    add(scratch_path("absent.json"), 2, 0, false);
    assert_int_equal(write_results(path, 3.0), 0);
    assert_false(processes_add(path, arguments, 2, &stopped, NULL, &error));
    assert_true(first_row(path).yard == 3.0);
}

/* ---- The filter ---- */

static void test_the_filter_selects_whole_groups_once(void **state)
{
    const char *const names[] = { GROUP "naive", "mse/forward/extra.large/n1/t2/warm/openmp",
                                  GROUP "openmp" };
    char *const filter = processes_filter(names, 3);

    (void)state;
    assert_string_equal(filter, "--benchmark_filter=^(add/forward/bottleneck\\.add/n1/t2/warm|"
                                "mse/forward/extra\\.large/n1/t2/warm)/[^/]*$");
    free(filter);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_come_back),
        cmocka_unit_test(test_failures_are_told),
        cmocka_unit_test(test_counters_are_added),
        cmocka_unit_test(test_too_few_tell_nothing),
        cmocka_unit_test(test_a_bad_file_stays),
        cmocka_unit_test(test_the_filter_selects_whole_groups_once),
    };

    if (option(argc, argv, "--benchmark_out="))
        return stand_in(argc, argv);
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
