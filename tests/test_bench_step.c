/* test_bench_step.c: the parts of a training step are all there, and add up to it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "bench/gbench.h"
#include "bench/result.h"
#include "bench/step_bench.h"
#include "nets/net.h"
#include "tests/support/scratch.h"

static result_file file;

static int measure(void)
{
    file_error error;

    result_free(&file);
    return gbench_run() > 0 && result_read(scratch_path("step.json"), &file, &error) ? 0 : -1;
}

/* Measures three networks once for all tests: a chain with dropout, one with convolutions and a
 * border, and one without a loss. */
static int measure_once(void **state)
{
    static char program[] = "test";     /* named again in each file */
    char out[4200];
    char only[] = "--benchmark_filter=/(lenet|fashion-dnn|bottleneck)/n1/";
    char *argv[] = { program, only, out, NULL };
    int argc = 3;

    if (scratch_make(state) != 0)
        return -1;
    snprintf(out, sizeof out, "--benchmark_out=%s", scratch_path("step.json"));
    gbench_quiet();
    if (!gbench_initialise(&argc, argv))
        return -1;
    gbench_context("convlab_version", "test");
    step_bench_register(&(step_bench_options){ .threads = omp_get_max_threads(),
                                               .seconds = 0.3 });
    return measure();
}

static int forget(void **state)
{
    result_free(&file);
    gbench_shutdown();
    return scratch_remove(state);
}

static const bench_result *find(const char *net, const char *layer, const char *pass)
{
    const bench_result *found = NULL;

    for (size_t i = 0; i < file.count; i++) {
        const bench_result *const b = &file.results[i];
        if (strcmp(b->concept, net) == 0 && strcmp(b->label, layer) == 0 &&
            strcmp(b->pass, pass) == 0) {
            assert_null(found);
            found = b;
        }
    }
    return found;
}

static void assert_measured(const char *net, const char *layer, const char *pass)
{
    const bench_result *const b = find(net, layer, pass);

    if (!b)
        fail_msg("no step/%s/.../%s/%s", net, layer, pass);
    assert_int_equal(b->kind, RESULT_STEP);
    assert_string_equal(b->skipped, "");
    assert_string_equal(b->row, "openmp");
    assert_string_equal(b->role, "own");
    assert_int_equal(b->batch, 1);
    assert_int_equal(b->threads, omp_get_max_threads());
    assert_true(b->seconds > 0.0 && b->seconds < 10.0 && b->yard > 0.0 && b->rounds >= 5.0);
}

static void test_every_layer_is_there_in_both_passes(void **state)
{
    static const char *const nets[] = { "lenet", "fashion-dnn", "bottleneck" };

    (void)state;
    for (int i = 0; i < 3; i++) {
        const network *const net = network_find(nets[i]);
        for (int k = 0; k < net->layer_count; k++) {
            if (net->layers[k].kind == LAYER_FLATTEN) {
                assert_null(find(net->name, net->layers[k].name, "forward"));
                continue;
            }
            assert_measured(net->name, net->layers[k].name, "forward");
            assert_measured(net->name, net->layers[k].name, "backward");
        }
        assert_measured(net->name, "net", "step");
        assert_measured(net->name, "optimiser", "update");
    }
    assert_measured("lenet", "loss", "forward");
    assert_measured("lenet", "loss", "backward");
    assert_null(find("bottleneck", "loss", "forward"));
}

/* Nothing is missing or counted twice. Wide limits, and on a busy machine, which may disturb a part
 * or a whole run, another look decides. */
static void test_the_parts_add_up(void **state)
{
    static const char *const nets[] = { "lenet", "fashion-dnn", "bottleneck" };
    enum { LOOKS = 5 };
    char doubt[200] = "";

    (void)state;
    for (int look = 0; look < LOOKS; look++) {
        if (look > 0)
            assert_int_equal(measure(), 0);
        doubt[0] = '\0';
        for (int i = 0; i < 3; i++) {
            const double whole = find(nets[i], "net", "step")->seconds;
            double sum = 0.0;
            for (size_t k = 0; k < file.count; k++)
                if (strcmp(file.results[k].concept, nets[i]) == 0 &&
                    strcmp(file.results[k].label, "net") != 0)
                    sum += file.results[k].seconds;
            if (!(sum > 0.6 * whole && sum < 1.5 * whole))
                snprintf(doubt, sizeof doubt, "%s: parts %g s, whole %g s", nets[i], sum, whole);
        }
        if (!doubt[0])
            return;
    }
    fail_msg("%s", doubt);
}

/* fc1 of lenet: 400 x 120; backward computes two gradients, and conv1's only the weights'. */
static void test_flop_are_those_of_the_layers(void **state)
{
    (void)state;
    assert_true(find("lenet", "fc1", "forward")->flop == 2.0 * 400 * 120);
    assert_true(find("lenet", "fc1", "backward")->flop == 4.0 * 400 * 120);
    assert_true(find("lenet", "conv1", "backward")->flop == 2.0 * 6 * 28 * 28 * 25);
    assert_true(find("fashion-dnn", "fc1", "backward")->flop == 2.0 * 784 * 256);
    assert_true(isnan(find("lenet", "relu1", "forward")->flop));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_layer_is_there_in_both_passes),
        cmocka_unit_test(test_the_parts_add_up),
        cmocka_unit_test(test_flop_are_those_of_the_layers),
    };

    return cmocka_run_group_tests(tests, measure_once, forget);
}
