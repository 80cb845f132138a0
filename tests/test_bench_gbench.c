/* test_bench_gbench.c: Google Benchmark behind its C interface. The library keeps its flags for as
 * long as a program runs, so each test runs in a process of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/gbench.h"
#include "tests/support/scratch.h"

enum { MOST_ARGUMENTS = 8, PATH_BYTES = 600 };

static int counted;                             /* calls of count_up() */

static void count_up(gbench_state *s, void *context)
{
    while (gbench_loop(s))
        *(int *)context += 1;
}

static void take_1_5_ms(gbench_state *s, void *context)
{
    (void)context;
    while (gbench_loop(s))
        gbench_set_time(s, 1.5e-3);
    gbench_counter(s, "gflops", 42.5);
    gbench_counter(s, "unknown", NAN);
    gbench_counter(s, "endless", INFINITY);
    gbench_rate(s, "rate", 3.0);
    gbench_label(s, "role=own shape=n=1");
}

static void refuse(gbench_state *s, void *context)
{
    gbench_label(s, "role=peer");
    gbench_skip(s, context);
    while (gbench_loop(s))
        counted = -1;
}

static void square(gbench_state *s, void *context)
{
    const int64_t n = gbench_range_value(s, 0);

    (void)context;
    while (gbench_loop(s))
        gbench_keep(&n);
    gbench_counter(s, "square", (double)(n * n));
}

/* Initialises with these arguments (NULL at the end), registers what the tests know, runs. Returns
 * an exit code as convlab-bench does. */
static int run_library(const char *const *arguments)
{
    char *argv[MOST_ARGUMENTS + 1] = { (char *)"test" };
    int argc = 1;

    for (; arguments[argc - 1]; argc++)
        argv[argc] = (char *)arguments[argc - 1];
    gbench_quiet();
    if (!gbench_initialise(&argc, argv))
        return 2;
    gbench_context("commit", "0");
    gbench_context("commit", "1234abc");
    gbench *const timed = gbench_register("a/b/timed", take_1_5_ms, NULL);
    gbench_iterations(timed, 1);
    gbench_manual_time(timed);
    gbench_register("a/b/refused", refuse, (void *)"not today");
    gbench *const thrice = gbench_register("a/count", count_up, &counted);
    gbench_iterations(thrice, 3);
    gbench_argument(gbench_register("square", square, NULL), 7);
    gbench_range(gbench_register("squares", square, NULL), 1, 64, 8);
    const size_t count = gbench_run();
    if (gbench_failure()) {
        fprintf(stderr, "%s\n", gbench_failure());
        return 3;
    }
    fflush(stdout);
    gbench_shutdown();
    return count > 0 ? 0 : 4;
}

/* The same in a child, whose output goes to the scratch file "printed". Returns its exit code. */
static int run_child(const char *const *arguments)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const int file = open(scratch_path("printed"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        exit(run_library(arguments));
    }
    int end = 0;
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFEXITED(end));
    return WEXITSTATUS(end);
}

static const char *text_of(const char *path)
{
    static char text[1 << 16];
    FILE *const file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static const char *printed(void)
{
    return text_of(scratch_path("printed"));
}

/* "--benchmark_out=<scratch>/NAME"; static. */
static const char *out_flag(const char *name)
{
    static char flag[PATH_BYTES];
    snprintf(flag, sizeof flag, "--benchmark_out=%s", scratch_path(name));
    return flag;
}

static const json_t *find(const json_t *root, const char *name)
{
    const json_t *one;
    size_t i;

    json_array_foreach (json_object_get(root, "benchmarks"), i, one)
        if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0)
            return one;
    fail_msg("no result %s", name);
    return NULL;
}

static double number(const json_t *one, const char *key)
{
    const json_t *const value = json_object_get(one, key);
    return value ? json_number_value(value) : NAN;
}

static void results_are_written(void **state)
{
    (void)state;
    const char *const arguments[] = { out_flag("all.json"), "--benchmark_min_time=0.001", NULL };
    json_error_t error;

    assert_int_equal(run_child(arguments), 0);
    assert_string_equal(printed(), "");         /* quiet */
    json_t *const root = json_load_file(scratch_path("all.json"), 0, &error);
    if (!root)
        fail_msg("%s", error.text);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(root, "context"), "commit")), "1234abc");

    const json_t *const timed = find(root, "a/b/timed");
    assert_string_equal(json_string_value(json_object_get(timed, "run_name")), "a/b/timed");
    assert_true(fabs(number(timed, "real_time") - 1.5e6) < 1.0);
    assert_true(number(timed, "gflops") == 42.5);
    assert_true(fabs(number(timed, "rate") - 2000.0) < 1e-6);
    assert_null(json_object_get(timed, "unknown"));
    assert_null(json_object_get(timed, "endless"));
    assert_string_equal(json_string_value(json_object_get(timed, "label")), "role=own shape=n=1");

    const json_t *const refused = find(root, "a/b/refused");
    assert_true(json_is_true(json_object_get(refused, "error_occurred")));
    assert_string_equal(json_string_value(json_object_get(refused, "error_message")), "not today");
    assert_string_equal(json_string_value(json_object_get(refused, "label")), "role=peer");

    assert_true(number(find(root, "a/count"), "iterations") == 3.0);
    assert_true(number(find(root, "square/7"), "square") == 49.0);
    assert_true(number(find(root, "squares/1"), "square") == 1.0);
    assert_true(number(find(root, "squares/8"), "square") == 64.0);
    assert_true(number(find(root, "squares/64"), "square") == 4096.0);
    json_decref(root);
}

static void the_filter_sees_plain_names(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *names;
    } cases[] = {
        { "--benchmark_filter=timed$", "a/b/timed\n" },
        { "--benchmark_filter=^a/[bc]", "a/b/timed\na/b/refused\na/count\n" },
        { "--benchmark_filter=(timed|count)$", "a/b/timed\na/count\n" },
        { "--benchmark_filter=-^(a|squares)", "square/7\n" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const arguments[] = { cases[i].filter, "--benchmark_list_tests", NULL };
        assert_int_equal(run_child(arguments), 0);
        assert_string_equal(printed(), cases[i].names);
    }
    const char *const none[] = { "--benchmark_filter=nothing", NULL };
    assert_int_equal(run_child(none), 4);
    assert_non_null(strstr(printed(), "nothing"));
}

static void what_is_selected_is_known_before(void **state)
{
    (void)state;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        char *argv[] = { (char *)"test", (char *)"--benchmark_filter=-im2col$", NULL };
        int argc = 2;
        const bool right = gbench_selects("x/im2col") && gbench_initialise(&argc, argv) &&
                           argc == 1 && !gbench_selects("x/im2col") &&
                           gbench_selects("x/im2col/y");
        _exit(right ? 0 : 1);
    }
    int end = 0;
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_int_equal(end, 0);
}

static void other_formats_and_repetitions(void **state)
{
    (void)state;
    const char *const csv[] = { "--benchmark_format=csv", "--benchmark_filter=timed$",
                                "--benchmark_repetitions=3", NULL };

    assert_int_equal(run_child(csv), 0);
    assert_non_null(strstr(printed(), "\"a/b/timed\",1,1.5e+06"));
    assert_non_null(strstr(printed(), "a/b/timed_median"));
    const char *const json[] = { "--benchmark_format=json", "--benchmark_filter=timed$", NULL };
    assert_int_equal(run_child(json), 0);
    const char *const begin = strchr(printed(), '{');
    assert_non_null(begin);
    json_t *const root = json_loads(begin, 0, NULL);
    assert_non_null(root);
    json_decref(root);
}

static void wrong_flags_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "--benchmark_repetitions=many", "--benchmark_filtre=x", "--benchmark_filter=(",
        "--benchmark_format=xml", "--benchmark_out_format=xml",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *const arguments[] = { wrong[i], NULL };
        assert_int_equal(run_child(arguments), 2);
        assert_non_null(strstr(printed(), "--benchmark_"));
    }
}

static void files_that_cannot_be_written(void **state)
{
    (void)state;
    const char *const nowhere[] = { "--benchmark_out=/no/such/folder/x.json",
                                    "--benchmark_filter=timed$", NULL };
    assert_int_equal(run_child(nowhere), 3);
    assert_non_null(strstr(printed(), "/no/such/folder/x.json"));
    assert_non_null(strstr(printed(), strerror(ENOENT)));

    const char *const full[] = { "--benchmark_out=/dev/full", "--benchmark_filter=timed$", NULL };
    assert_int_equal(run_child(full), 3);
    assert_non_null(strstr(printed(), "/dev/full"));
}

/* The file from before stays until there is another whole one. */
static void the_file_is_replaced_as_a_whole(void **state)
{
    (void)state;
    char part[PATH_BYTES];

    scratch_write("old.json", "old", 3);
    snprintf(part, sizeof part, "%s.tmp", scratch_path("old.json"));
    const char *const none[] = { out_flag("old.json"), "--benchmark_filter=nothing", NULL };
    assert_int_equal(run_child(none), 4);
    assert_string_equal(text_of(scratch_path("old.json")), "old");
    assert_int_equal(access(part, F_OK), -1);

    const char *const some[] = { out_flag("old.json"), "--benchmark_filter=timed$", NULL };
    assert_int_equal(run_child(some), 0);
    assert_non_null(strstr(text_of(scratch_path("old.json")), "a/b/timed"));
    assert_int_equal(access(part, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_written),
        cmocka_unit_test(the_filter_sees_plain_names),
        cmocka_unit_test(what_is_selected_is_known_before),
        cmocka_unit_test(other_formats_and_repetitions),
        cmocka_unit_test(wrong_flags_are_refused),
        cmocka_unit_test(files_that_cannot_be_written),
        cmocka_unit_test(the_file_is_replaced_as_a_whole),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
