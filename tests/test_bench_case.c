/* test_bench_case.c: what is measured, what it costs, and the data that it is measured on. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_case.h"
#include "nets/net.h"

/* ---- helpers ---- */

static bench_case *cases;
static size_t case_count;

static int list_cases(void **state)
{
    (void)state;
    case_count = bench_cases(&cases);
    return case_count > 0 ? 0 : -1;
}

static int free_cases(void **state)
{
    (void)state;
    free(cases);
    return 0;
}

static check_problem problem_of(const check_concept *c, const int *param)
{
    check_problem p = { .concept = c };

    memcpy(p.param, param, (size_t)c->param_count * sizeof *param);
    assert_int_equal(c->describe(&p), STATUS_OK);
    return p;
}

static check_problem problem(const char *concept, const char *shape)
{
    const check_concept *const c = check_concept_find(concept);
    int param[CHECK_MAX_PARAMS];
    char message[200];

    assert_non_null(c);
    assert_true(check_parse_shape(c, shape, param, message, sizeof message));
    return problem_of(c, param);
}

static int pass_of(const char *concept, const char *pass)
{
    const check_concept *const c = check_concept_find(concept);

    for (int i = 0; i < c->pass_count; i++)
        if (strcmp(c->pass[i].name, pass) == 0)
            return i;
    fail_msg("%s has no pass %s", concept, pass);
    return -1;
}

static size_t bytes_of(const check_tensor *t)
{
    return (size_t)t->count * (t->type == CHECK_BYTE ? 1 : 4);
}

/* Fills with a pattern that is NaN as float, so that what stays unfilled shows. */
static void allocate(check_problem *p)
{
    for (int i = 0; i < p->tensor_count; i++) {
        p->tensor[i].data = malloc(bytes_of(&p->tensor[i]) + 1);
        assert_non_null(p->tensor[i].data);
        memset(p->tensor[i].data, 0xff, bytes_of(&p->tensor[i]));
    }
}

static void release(check_problem *p)
{
    for (int i = 0; i < p->tensor_count; i++)
        free(p->tensor[i].data);
}

/* ---- the list ---- */

static void test_names_are_unique_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < case_count; i++) {
        const bench_case *const a = &cases[i];
        assert_null(strpbrk(a->label, "/ :"));
        assert_true(a->label[0] && strlen(a->label) < BENCH_LABEL_BYTES - 1);
        assert_true(a->batch >= 1 && a->threads >= 0);
        for (size_t k = 0; k < i; k++) {
            const bench_case *const b = &cases[k];
            assert_false(a->concept == b->concept && a->pass == b->pass &&
                         a->batch == b->batch && a->threads == b->threads &&
                         strcmp(a->label, b->label) == 0);
            assert_false(a->concept == b->concept && a->pass == b->pass && !a->sweep &&
                         !b->sweep && memcmp(a->param, b->param, sizeof a->param) == 0);
        }
    }
    assert_in_range(case_count, 400, 600);
}

static void test_every_pass_of_every_concept_is_there(void **state)
{
    int quick = 0;

    (void)state;
    for (size_t i = 0; check_concepts[i]; i++) {
        const check_concept *const c = check_concepts[i];
        bool has_quick = false;
        for (int pass = 0; pass < c->pass_count; pass++) {
            bool found = false;
            for (size_t k = 0; k < case_count; k++)
                found |= cases[k].concept == c && cases[k].pass == pass;
            if (!found)
                fail_msg("%s/%s is not measured", c->name, c->pass[pass].name);
        }
        for (size_t k = 0; k < case_count; k++)
            has_quick |= cases[k].concept == c && cases[k].quick;
        assert_true(has_quick);
    }
    for (size_t k = 0; k < case_count; k++)
        quick += cases[k].quick;
    assert_in_range(quick, 15, 40);
}

/* Some case has this concept, pass and shape. */
static bool measured(const char *concept, const char *pass, const char *shape)
{
    const check_problem p = problem(concept, shape);
    const int number = pass_of(concept, pass);

    for (size_t k = 0; k < case_count; k++)
        if (cases[k].concept == p.concept && cases[k].pass == number && !cases[k].sweep &&
            memcmp(cases[k].param, p.param, (size_t)p.concept->param_count * sizeof(int)) == 0)
            return true;
    return false;
}

/* Shapes written by hand from the tutorials. */
static void test_layers_of_the_networks_are_there(void **state)
{
    static const int batches[] = { 1, 10, 100 };
    char shape[300];

    (void)state;
    for (int i = 0; i < 3; i++) {
        const int n = batches[i];
        snprintf(shape, sizeof shape, "n=%d,c=64,h=7,w=7,oc=128,kernel_h=3,kernel_w=3,pad_top=1,"
                 "pad_bottom=1,pad_left=1,pad_right=1,bias=1", n);
        assert_true(measured("conv2d", "forward", shape));
        assert_true(measured("conv2d", "backward_data", shape));
        assert_true(measured("conv2d", "backward_weights", shape));
        snprintf(shape, sizeof shape, "n=%d,c=1,h=32,w=32,oc=6,kernel_h=5,kernel_w=5,bias=1", n);
        assert_true(measured("conv2d", "forward", shape));
        assert_false(measured("conv2d", "backward_data", shape));
        snprintf(shape, sizeof shape, "n=%d,in_features=2048,out_features=625,bias=1", n);
        assert_true(measured("linear", "backward_data", shape));
        snprintf(shape, sizeof shape, "n=%d,in_features=784,out_features=256,bias=1", n);
        assert_true(measured("linear", "backward_weights", shape));
        assert_false(measured("linear", "backward_data", shape));
        snprintf(shape, sizeof shape, "n=%d,c=128,h=7,w=7,kernel_h=2,kernel_w=2,stride_h=2,"
                 "stride_w=2,pad_top=1,pad_bottom=1,pad_left=1,pad_right=1", n);
        assert_true(measured("pool2d", "max_backward", shape));
        snprintf(shape, sizeof shape, "n=%d,c=64,h=12,w=12", n);
        assert_true(measured("batchnorm2d", "train_backward", shape));
        snprintf(shape, sizeof shape, "count=%d,p_percent=25", n * 600);
        assert_true(measured("dropout", "draw", shape));
        snprintf(shape, sizeof shape, "kind=0,count=%d", n * 25088);
        assert_true(measured("activation", "backward", shape));
        snprintf(shape, sizeof shape, "n=%d,classes=10,reduction=1", n);
        assert_true(measured("softmax_ce", "ce_backward", shape));
    }
    assert_true(measured("conv1x1", "backward_data", "n=1,c=256,h=28,w=28,oc=64,bias=1"));
    assert_true(measured("conv2d", "forward", "n=1,c=64,h=28,w=28,oc=64,kernel_h=3,kernel_w=3,"
                         "pad_top=1,pad_bottom=1,pad_left=1,pad_right=1,bias=1"));
    assert_true(measured("add", "forward", "count=200704"));
    assert_true(measured("adam", "adam", "count=50186,step=100"));     /* cnn-basic, by hand */
}

static int sweep_points(const char *prefix)
{
    int points = 0;

    for (size_t k = 0; k < case_count; k++)
        points += cases[k].sweep && strncmp(cases[k].label, prefix, strlen(prefix)) == 0;
    return points;
}

static void test_sweeps_are_complete(void **state)
{
    (void)state;
    assert_int_equal(sweep_points("sweep-batch."), 9);          /* 1, 2, 4, ... 256 */
    assert_int_equal(sweep_points("sweep-channels."), 3 * 7);   /* 4, 8, ... 256, all passes */
    assert_int_equal(sweep_points("sweep-image."), 5);          /* 8, 16, ... 128 */
    assert_true(sweep_points("sweep-kernel.") >= 5);
    assert_true(sweep_points("sweep-size.s") >= 5);
    assert_true(sweep_points("sweep-threads.") >= 5);
    for (size_t k = 0; k < case_count; k++)
        if (strcmp(cases[k].label, "sweep-batch.n64") == 0) {
            assert_int_equal(cases[k].batch, 64);
            assert_int_equal(cases[k].param[0], 64);
        }
}

/* ---- cost ---- */

static void assert_cost(const char *concept, const char *pass, const char *shape, double flop,
                        double bytes)
{
    const check_problem p = problem(concept, shape);
    const int number = pass_of(concept, pass);

    if (bench_flop(&p, number) != flop || bench_bytes(&p, number) != bytes)
        fail_msg("%s/%s %s: %.17g FLOP, %.17g bytes", concept, pass, shape,
                 bench_flop(&p, number), bench_bytes(&p, number));
}

/* By hand, from the formulas in the concepts' headers. */
static void test_costs_by_hand(void **state)
{
    (void)state;
    assert_cost("gemm", "forward", "m=3,n=5,k=7", 210.0, 4.0 * (21 + 35 + 15));
    assert_cost("gemm", "forward", "m=3,n=5,k=7,beta_percent=100", 210.0,
                4.0 * (21 + 35 + 2 * 15));
    assert_cost("gemm", "backward_a", "m=3,n=5,k=7", 210.0, 4.0 * (15 + 35 + 21));
    /* 2x4x6x6, 8 outputs, 3x3 dense: y is 2x8x4x4 */
    assert_cost("conv2d", "forward", "n=2,c=4,h=6,w=6,oc=8,kernel_h=3,kernel_w=3,bias=1",
                2.0 * 256 * 36, 4.0 * (288 + 288 + 8 + 256));
    assert_cost("conv2d", "backward_weights", "n=2,c=4,h=6,w=6,oc=8,kernel_h=3,kernel_w=3",
                2.0 * 256 * 36, 4.0 * (288 + 256 + 288));
    assert_cost("conv2d", "backward_data", "n=2,c=4,h=6,w=6,oc=8,kernel_h=3,kernel_w=3,groups=4",
                2.0 * 256 * 9, 4.0 * (256 + 72 + 288));
    /* 3x3 on 4x4 with a border of 1: at the edges two of three taps count; 10 of 12 each way */
    assert_cost("conv2d", "forward", "n=2,c=3,h=4,w=4,oc=5,kernel_h=3,kernel_w=3,pad_top=1,"
                "pad_bottom=1,pad_left=1,pad_right=1", 2.0 * 2 * 5 * 3 * 10 * 10,
                4.0 * (96 + 135 + 160));
    /* 3 taps 2 apart on 5 columns, every second output of a border of 2: -2 0 2, 0 2 4, 2 4 6 */
    assert_cost("conv2d", "backward_data", "n=1,c=1,h=1,w=5,oc=1,kernel_h=1,kernel_w=3,stride_w=2,"
                "pad_left=2,pad_right=2,dilation_w=2", 2.0 * 7, 4.0 * (3 + 3 + 5));
    assert_cost("pad2d", "forward", "n=1,c=1,h=2,w=2,pad_top=1", 0.0, 4.0 * (4 + 6));
    assert_cost("conv1x1", "forward", "n=2,c=3,h=4,w=5,oc=6", 2.0 * 2 * 6 * 3 * 20,
                4.0 * (120 + 18 + 240));
    assert_cost("linear", "backward_data", "n=2,in_features=3,out_features=5", 60.0,
                4.0 * (10 + 15 + 6));
    assert_cost("pool2d", "max_forward", "n=1,c=2,h=4,w=4,kernel_h=2,kernel_w=2,stride_h=2,"
                "stride_w=2", 32.0, 4.0 * (32 + 8 + 8));
    assert_cost("pool2d", "max_backward", "n=1,c=2,h=4,w=4,kernel_h=2,kernel_w=2,stride_h=2,"
                "stride_w=2", 8.0, 4.0 * (8 + 8 + 32));
    assert_cost("batchnorm2d", "train_forward", "n=2,c=3,h=4,w=4", 8.0 * 96,
                4.0 * (2 * 96 + 2 * 3 + 2 * 2 * 3 + 2 * 3));
    assert_cost("activation", "forward", "kind=0,count=10", 10.0, 80.0);
    assert_cost("activation", "backward", "kind=0,count=10", 10.0, 120.0);
    assert_cost("activation", "backward", "kind=2,count=10", 30.0, 120.0);
    assert_cost("dropout", "forward", "count=10", 10.0, 90.0);
    assert_cost("add", "forward", "count=10", 10.0, 120.0);
    assert_cost("add", "backward", "count=10", 0.0, 120.0);
    assert_cost("concat", "forward", "inputs=2,outer=3,inner=2,e0=1,e1=4", 0.0, 240.0);
    assert_cost("softmax_ce", "ce_forward", "n=3,classes=10,reduction=1", 150.0 + 6.0,
                4.0 * (30 + 3 + 30 + 1));
    assert_cost("softmax_ce", "nll_forward", "n=3,classes=10,reduction=1", 6.0,
                4.0 * (3 + 3 + 1));
    assert_cost("mse", "forward", "count=10", 30.0, 84.0);
    assert_cost("adam", "adam", "count=10,step=2", 130.0, 280.0);
    assert_cost("adam", "sgd", "count=10,step=2", 20.0, 120.0);
    assert_cost("init", "fill", "count=10", 40.0, 80.0);
}

static void test_every_pass_has_a_cost(void **state)
{
    (void)state;
    for (size_t i = 0; check_concepts[i]; i++) {
        const check_concept *const c = check_concepts[i];
        check_random r = { i };
        for (int k = 0; k < 200; k++) {
            int param[CHECK_MAX_PARAMS] = { 0 };
            c->draw(&r, param);
            if (check_verdict(c, param) != STATUS_OK)
                continue;
            const check_problem p = problem_of(c, param);
            for (int pass = 0; pass < c->pass_count; pass++)
                if (!(bench_flop(&p, pass) >= 0.0) || !(bench_bytes(&p, pass) >= 0.0))
                    fail_msg("%s/%s has no cost", c->name, c->pass[pass].name);
        }
    }
}

static void test_layers_cost_what_the_network_says(void **state)
{
    const network *const net = network_find("cnn-basic");
    net_extent out[NETWORK_MAX_LAYERS];
    int compared = 0;

    (void)state;
    assert_int_equal(network_extents(net, out), STATUS_OK);
    for (size_t k = 0; k < case_count; k++)
        for (int i = 0; i < net->layer_count; i++) {
            char label[BENCH_LABEL_BYTES];
            snprintf(label, sizeof label, "%s.%s", net->name, net->layers[i].name);
            const bool product = net->layers[i].kind == LAYER_CONV2D ||
                                 net->layers[i].kind == LAYER_LINEAR;
            if (!product || strcmp(cases[k].label, label) != 0)
                continue;
            const check_problem p = problem_of(cases[k].concept, cases[k].param);
            const int64_t multiply_adds = net_layer_multiply_adds(
                &net->layers[i], i ? out[i - 1] : net->input, out[i]);
            const double share = bench_flop(&p, cases[k].pass) /
                                 (2.0 * (double)multiply_adds * cases[k].batch);
            if (net->layers[i].kind == LAYER_LINEAR)
                assert_true(share == 1.0);
            else                                /* the network counts taps in the padding too */
                assert_true(share > 0.8 && share < 1.0);
            compared++;
        }
    assert_int_equal(compared, 3 * (2 + 3 + 3));
}

/* ---- data ---- */

static void assert_sane(const check_problem *p, int pass, const check_tensor *t)
{
    const float *const x = t->data;
    bool same = true;

    for (ptrdiff_t i = 0; i < t->count; i++) {
        if (!(fabsf(x[i]) < 100.0f) || (x[i] != 0.0f && fabsf(x[i]) < FLT_MIN))
            fail_msg("%s/%s %s[%td] = %g", p->concept->name, p->concept->pass[pass].name, t->name,
                     i, (double)x[i]);
        same = same && x[i] == x[0];
    }
    if (same && t->count > 4)
        fail_msg("%s/%s %s is constant", p->concept->name, p->concept->pass[pass].name, t->name);
}

static bool reads(const check_problem *p, int pass, const char *name)
{
    return check_names(p->concept->pass[pass].reads, name);
}

static void test_data_are_sane(void **state)
{
    (void)state;
    for (size_t k = 0; k < case_count; k++) {
        check_problem p = problem_of(cases[k].concept, cases[k].param);
        if (cases[k].batch > 10 || (cases[k].sweep && cases[k].threads == 0))
            continue;
        allocate(&p);
        assert_true(bench_fill(&p, cases[k].pass, 7));
        for (int i = 0; i < p.tensor_count; i++)
            if (p.tensor[i].type == CHECK_FLOAT && reads(&p, cases[k].pass, p.tensor[i].name))
                assert_sane(&p, cases[k].pass, &p.tensor[i]);
        release(&p);
    }
}

typedef struct {
    double mean, std, zeros;    /* share of zeros */
} moments;

static moments moments_of(const check_problem *p, const char *name)
{
    const check_tensor *const t = check_find(p, name);
    const float *const x = t->data;
    double sum = 0.0, squares = 0.0, zeros = 0.0;

    for (ptrdiff_t i = 0; i < t->count; i++) {
        sum += (double)x[i];
        squares += (double)x[i] * (double)x[i];
        zeros += x[i] == 0.0f;
    }
    const double count = (double)t->count, mean = sum / count;
    return (moments){ mean, sqrt(squares / count - mean * mean), zeros / count };
}

static check_problem filled(const char *concept, const char *pass, const char *shape)
{
    check_problem p = problem(concept, shape);

    allocate(&p);
    assert_true(bench_fill(&p, pass_of(concept, pass), 3));
    return p;
}

static void assert_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%g is not %g +- %g", got, want, tolerance);
}

static void test_data_look_like_those_of_training(void **state)
{
    (void)state;
    check_problem p = filled("conv2d", "forward", "n=10,c=1,h=28,w=28,oc=8,kernel_h=3,kernel_w=3");
    moments m = moments_of(&p, "x");            /* digits: mostly paper */
    assert_true(m.zeros > 0.6 && m.zeros < 0.95);
    assert_near(m.mean, 0.13, 0.08);
    m = moments_of(&p, "w");                    /* uniform: std = bound / sqrt(3) */
    assert_near(m.std, 1.0 / 3.0 / sqrt(3.0), 0.03);
    release(&p);

    p = filled("linear", "forward", "n=10,in_features=784,out_features=8");
    m = moments_of(&p, "x");
    assert_true(m.zeros > 0.6 && m.zeros < 0.95);
    release(&p);

    p = filled("conv2d", "backward_weights", "n=2,c=32,h=14,w=14,oc=64,kernel_h=3,kernel_w=3");
    m = moments_of(&p, "x");                    /* max(normal, 0): mean 1/sqrt(2 pi) */
    assert_near(m.zeros, 0.5, 0.02);
    assert_near(m.mean, 0.399, 0.02);
    m = moments_of(&p, "dy");
    assert_near(m.zeros, 0.5, 0.02);
    assert_near(m.mean, 0.0, 1e-4);
    assert_near(m.std, 1e-3 * sqrt(0.5), 1e-4);
    release(&p);

    p = filled("activation", "forward", "kind=0,count=100000");
    m = moments_of(&p, "x");
    assert_near(m.mean, 0.0, 0.02);
    assert_near(m.std, 1.0, 0.02);
    assert_true(m.zeros < 0.01);
    release(&p);
}

static void test_what_a_backward_pass_wants_comes_from_its_forward_pass(void **state)
{
    (void)state;
    check_problem p = filled("pool2d", "max_backward", "n=3,c=4,h=8,w=8,kernel_h=2,kernel_w=2,"
                             "stride_h=2,stride_w=2");
    const check_tensor *const index = check_find(&p, "index");
    for (ptrdiff_t i = 0; i < index->count; i++) {
        const int at = ((int32_t *)index->data)[i], window = (int)(i % 16);
        assert_in_range(at, 0, 63);
        assert_int_equal(at / 8 / 2, window / 4);       /* within its own window */
        assert_int_equal(at % 8 / 2, window % 4);
    }
    release(&p);

    p = filled("batchnorm2d", "train_backward", "n=5,c=1,h=9,w=9");
    const moments m = moments_of(&p, "x");
    assert_near((double)*(float *)check_data(&p, "saved_mean"), m.mean, 1e-5);
    assert_near((double)*(float *)check_data(&p, "saved_invstd"), 1.0 / m.std, 1e-3);
    release(&p);

    p = filled("activation", "backward", "kind=3,count=100");
    for (int i = 0; i < 100; i++)
        assert_near((double)((float *)check_data(&p, "y"))[i],
                    tanh((double)((float *)check_data(&p, "x"))[i]), 1e-6);
    release(&p);

    p = filled("softmax_ce", "ce_backward", "n=7,classes=10,reduction=1");
    for (int n = 0; n < 7; n++) {
        double sum = 0.0;
        for (int k = 0; k < 10; k++)
            sum += exp((double)((float *)check_data(&p, "logp"))[n * 10 + k]);
        assert_near(sum, 1.0, 1e-5);
        assert_in_range(((int32_t *)check_data(&p, "labels"))[n], 0, 9);
    }
    release(&p);
}

static void test_masks_keep_their_share(void **state)
{
    static const char *const passes[] = { "forward", "backward" };

    (void)state;
    for (int i = 0; i < 2; i++) {
        check_problem p = filled("dropout", passes[i], "count=20000,p_percent=25");
        const uint8_t *const mask = check_data(&p, "mask");
        int kept = 0;
        for (int k = 0; k < 20000; k++) {
            assert_in_range(mask[k], 0, 1);
            kept += mask[k];
        }
        assert_near(kept / 20000.0, 0.75, 0.02);
        release(&p);
    }
}

static void test_the_seed_decides(void **state)
{
    (void)state;
    const char *const shape = "n=2,in_features=30,out_features=7,bias=1";
    check_problem a = filled("linear", "forward", shape), b = filled("linear", "forward", shape);
    const size_t bytes = bytes_of(check_find(&a, "x"));

    assert_memory_equal(check_data(&a, "x"), check_data(&b, "x"), bytes);
    assert_memory_equal(check_data(&a, "w"), check_data(&b, "w"), 7 * 30 * 4);
    assert_true(bench_fill(&b, 0, 4));
    assert_memory_not_equal(check_data(&a, "x"), check_data(&b, "x"), bytes);
    release(&a);
    release(&b);
    a = filled("add", "forward", "count=100");      /* each tensor has contents of its own */
    assert_memory_not_equal(check_data(&a, "a"), check_data(&a, "b"), 400);
    release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_unique_words),
        cmocka_unit_test(test_every_pass_of_every_concept_is_there),
        cmocka_unit_test(test_layers_of_the_networks_are_there),
        cmocka_unit_test(test_sweeps_are_complete),
        cmocka_unit_test(test_costs_by_hand),
        cmocka_unit_test(test_every_pass_has_a_cost),
        cmocka_unit_test(test_layers_cost_what_the_network_says),
        cmocka_unit_test(test_data_are_sane),
        cmocka_unit_test(test_data_look_like_those_of_training),
        cmocka_unit_test(test_what_a_backward_pass_wants_comes_from_its_forward_pass),
        cmocka_unit_test(test_masks_keep_their_share),
        cmocka_unit_test(test_the_seed_decides),
    };

    return cmocka_run_group_tests(tests, list_cases, free_cases);
}
