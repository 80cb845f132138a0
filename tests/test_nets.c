/* test_nets.c: shapes, plans and steps of networks: gradients against differences, variants against
 * each other, threads, partial batches, modes, and those of PyTorch's figures that need no data. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/digits.h"
#include "nets/evaluate.h"
#include "nets/step.h"

/* Two small networks that have every kind of layer between them. */
static const net_layer chain_layers[] = {
    { .kind = LAYER_CONV2D, .name = "conv", .outputs = 3, .kernel = 3, .stride = 1, .pad = 1,
      .init = INIT_XAVIER_UNIFORM },
    { .kind = LAYER_BATCHNORM2D, .name = "norm" },
    { .kind = LAYER_ACTIVATION, .name = "sigmoid", .activation = ACTIVATION_SIGMOID },
    { .kind = LAYER_MAX_POOL2D, .name = "pool", .kernel = 2, .stride = 2 },
    { .kind = LAYER_FLATTEN, .name = "flatten" },
    { .kind = LAYER_LINEAR, .name = "fc1", .outputs = 6, .init = INIT_XAVIER_UNIFORM },
    { .kind = LAYER_ACTIVATION, .name = "tanh", .activation = ACTIVATION_TANH },
    { .kind = LAYER_DROPOUT, .name = "drop", .p = 0.3 },
    { .kind = LAYER_LINEAR, .name = "fc2", .outputs = 4 },
};
static const net_layer skip_layers[] = {
    { .kind = LAYER_CONV1X1, .name = "a", .outputs = 3, .kernel = 1, .stride = 1 },
    { .kind = LAYER_ACTIVATION, .name = "a_tanh", .activation = ACTIVATION_TANH },
    { .kind = LAYER_CONV2D, .name = "b", .outputs = 3, .kernel = 3, .stride = 1, .pad = 1 },
    { .kind = LAYER_ADD, .name = "add1", .skip = "a_tanh" },
    { .kind = LAYER_ACTIVATION, .name = "b_tanh", .activation = ACTIVATION_TANH },
    { .kind = LAYER_ADD, .name = "add2", .skip = "input" },
};
static const network chain = { .name = "chain", .layers = chain_layers, .layer_count = 9,
                               .input = { 2, 6, 6 }, .loss = LOSS_CROSS_ENTROPY, .batch = 5 };
static const network skips = { .name = "skips", .layers = skip_layers, .layer_count = 6,
                               .input = { 3, 5, 4 }, .loss = LOSS_MSE, .batch = 2 };

static plan make_storage[2];

/* A plan with weights from seed 5 and a batch of random input, labels and targets. */
static plan *make_plan(int slot, const network *net, const plan_options *options)
{
    plan *const p = &make_storage[slot];
    const ptrdiff_t inputs = options->batch * net_extent_count(net->input);
    rng r;

    assert_int_equal(plan_init(p, net, options), STATUS_OK);
    rng_seed(&r, 5);
    assert_int_equal(plan_initialise(p, &r), STATUS_OK);
    rng_fill_normal(&r, inputs, 0.0f, 1.0f, p->input);
    const net_extent out = p->layers[net->layer_count - 1].out;
    for (int i = 0; i < options->batch; i++) {
        if (p->labels)
            p->labels[i] = (i * 7 + 3) % out.c;
        for (ptrdiff_t k = 0; p->target && k < net_extent_count(out); k++)
            p->target[i * net_extent_count(out) + k] = (float)((i + k) % 5) * 0.5f - 1.0f;
    }
    return p;
}

static bool within(double a, double b, double relative)
{
    return fabs(a - b) <= relative * fabs(b);
}

/* ---- description ---- */

static void parameters_and_extents(void **state)
{
    (void)state;
    static const struct { const char *name; int64_t parameters; int out; } facts[] = {
        { "cnn-basic", 50186, 10 },   { "cnn-deep", 1379557, 10 },     { "convnet-bn", 29034, 10 },
        { "fashion-dnn", 235146, 10 }, { "fashion-cnn", 1475338, 10 }, { "lenet", 61706, 10 },
        { "bottleneck", 70016, 256 },
    };
    net_extent out[NETWORK_MAX_LAYERS];

    for (int i = 0; i < NETWORK_COUNT; i++) {
        const network *const net = network_find(facts[i].name);
        int64_t parameters = 0;
        assert_non_null(net);
        assert_int_equal(network_extents(net, out), STATUS_OK);
        for (int k = 0; k < net->layer_count; k++)
            parameters += net_layer_parameters(&net->layers[k], k ? out[k - 1] : net->input);
        assert_int_equal(parameters, facts[i].parameters);
        assert_int_equal(out[net->layer_count - 1].c, facts[i].out);
    }
    assert_null(network_find("resnet"));
    const network *const deep = network_find("cnn-deep");
    assert_int_equal(network_extents(deep, out), STATUS_OK);
    assert_int_equal(out[8].h, 4);              /* 7x7, max pool 2 with padding 1 */
    assert_int_equal(net_layer_multiply_adds(&deep->layers[3], out[2], out[3]), 3612672);
}

static void layers_that_do_not_fit(void **state)
{
    (void)state;
    net_extent out;
    const net_layer conv = { .kind = LAYER_CONV2D, .outputs = 1, .kernel = 5, .stride = 1 };
    const net_layer fc = { .kind = LAYER_LINEAR, .outputs = 1 };
    const net_layer flatten = { .kind = LAYER_FLATTEN };
    const net_layer bad_skip[] = { { .kind = LAYER_CONV1X1, .name = "a", .outputs = 2 },
                                   { .kind = LAYER_ADD, .name = "add", .skip = "input" } };
    const network bad = { .name = "bad", .layers = bad_skip, .layer_count = 2,
                          .input = { 1, 2, 2 } };
    const plan_options options = plan_options_default(&bad, 1);

    assert_int_equal(net_layer_output(&conv, (net_extent){ 1, 4, 9 }, &out), STATUS_SHAPE);
    assert_int_equal(net_layer_output(&fc, (net_extent){ 4, 2, 1 }, &out), STATUS_SHAPE);
    assert_int_equal(net_layer_output(&flatten, (net_extent){ INT_MAX, 2, 1 }, &out),
                     STATUS_SHAPE);
    assert_int_equal(plan_init(&make_storage[0], &bad, &options), STATUS_SHAPE);
    assert_null(make_storage[0].memory);
}

/* ---- plans ---- */

static const char *last_host_conv2d(void)
{
    const char *name = NULL;

    for (size_t i = 0; i < conv2d_variant_count; i++)
        if (conv2d_variants[i].info.space == SPACE_HOST)
            name = conv2d_variants[i].info.name;
    return name;
}

static void variants_are_chosen_by_name(void **state)
{
    (void)state;
    static const char *const names[] = { "naive", "openmp" };
    const char *known[PLAN_MAX_VARIANT_NAMES];
    variant_space space;
    bool seen = false;

    for (int k = 0; k < 2; k++) {
        plan_options options = plan_options_default(&chain, 2);
        assert_true(plan_variant_known(names[k], &space));
        assert_int_equal(space, SPACE_HOST);
        options.variant = names[k];
        plan *const p = make_plan(0, &chain, &options);
        for (int i = 0; i < chain.layer_count; i++) {
            if (!p->layers[i].variant)
                assert_int_equal(p->layers[i].layer->kind, LAYER_FLATTEN);
            else if (k == 0 || p->layers[i].layer->kind != LAYER_CONV2D)
                assert_string_equal(p->layers[i].variant->name, names[k]);
            else                                /* no row of that name: the last of the table */
                assert_string_equal(p->layers[i].variant->name, last_host_conv2d());
        }
        plan_free(p);
    }
    assert_false(plan_variant_known("fastest", &space));
    assert_true(plan_variant_known("cuda", &space));
    assert_int_equal(space, SPACE_CUDA);
    for (int i = plan_variant_names(known) - 1; i >= 0; i--)
        seen = seen || strcmp(known[i], "im2col") == 0;
    assert_true(seen);
}

/* Kaiming, bias and the Xavier of linear layers are held against PyTorch in test_nets_init.c. */
static void xavier_counts_the_window_in_both_fans(void **state)
{
    (void)state;
    const plan_options options = plan_options_default(&chain, 2);
    plan *const p = make_plan(0, &chain, &options);
    const plan_tensor *const w = plan_find(p, "conv.weight");
    const double bound = sqrt(6.0 / (2 * 9 + 3 * 9));
    double largest = 0.0;

    for (ptrdiff_t i = 0; i < w->count; i++)
        largest = fmax(largest, fabs((double)w->value[i]));
    assert_true(largest <= bound && largest > 0.9 * bound);
    plan_free(p);
}

static void impossible_plans(void **state)
{
    (void)state;
    plan *const p = &make_storage[0];
    plan_options options = plan_options_default(&chain, 0);
    const net_layer huge_layer = { .kind = LAYER_ACTIVATION, .name = "relu" };
    const network huge = { .name = "huge", .layers = &huge_layer, .layer_count = 1,
                           .input = { INT_MAX, INT_MAX, 1 } };

    assert_int_equal(plan_init(p, &chain, &options), STATUS_SHAPE);
    options.batch = -3;
    assert_int_equal(plan_init(p, &chain, &options), STATUS_SHAPE);
    options.batch = INT_MAX;
    assert_int_equal(plan_init(p, &huge, &options), STATUS_SHAPE);
    options.batch = 2;
    options.dropout = 1.5;
    assert_int_equal(plan_init(p, &chain, &options), STATUS_VALUE);
    options.dropout = NAN;
    assert_int_equal(plan_init(p, &chain, &options), STATUS_VALUE);
    assert_null(p->memory);
    plan_free(p);                               /* a zeroed plan is fine */
}

/* ---- gradients through a whole network ---- */

static double loss_of(plan *p, int n)
{
    rng r;

    rng_seed(&r, 99);                           /* the same dropout mask every time */
    assert_int_equal(step_forward(p, n, STEP_TRAIN, &r), STATUS_OK);
    assert_int_equal(step_loss(p, n), STATUS_OK);
    return (double)p->loss;
}

/* Compares grad[count] with one-sided differences of the loss by value[count]. One side must agree:
 * a kink of max pooling, where another element becomes the largest, spoils the other at most. */
static void check_differences(plan *p, int n, const char *name, float *value, const float *grad,
                              ptrdiff_t count)
{
    const double middle = loss_of(p, n);
    double largest = 0.0;

    for (ptrdiff_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)grad[i]));
    for (ptrdiff_t i = 0; i < count; i++) {
        const float old = value[i];
        value[i] = old + 0x1p-9f;
        const double up = (loss_of(p, n) - middle) * 0x1p9;
        value[i] = old - 0x1p-9f;
        const double down = (middle - loss_of(p, n)) * 0x1p9;
        value[i] = old;
        const double nearest = fmin(fabs(up - (double)grad[i]), fabs(down - (double)grad[i]));
        if (!(nearest <= 0.01 * largest + 2e-4))
            fail_msg("%s %s[%d]: gradient %g, differences %g and %g, largest gradient %g",
                     p->net->name, name, (int)i, (double)grad[i], up, down, largest);
    }
}

static void check_gradients(const network *net, const char *variant)
{
    plan_options options = plan_options_default(net, net->batch);
    options.variant = variant;
    options.input_gradient = true;
    plan *const p = make_plan(0, net, &options);
    const int n = net->batch;

    loss_of(p, n);
    assert_int_equal(step_loss_gradient(p, n), STATUS_OK);
    assert_int_equal(step_backward(p, n), STATUS_OK);
    for (int i = 0; i < p->tensor_count; i++) {
        plan_tensor *const t = &p->tensors[i];
        if (t->grad)
            check_differences(p, n, t->name, t->value, t->grad, t->count);
    }
    check_differences(p, n, "input", p->input, p->dinput, n * net_extent_count(net->input));
    plan_free(p);
}

static void gradients_match_differences(void **state)
{
    (void)state;
    check_gradients(&chain, "naive");
    check_gradients(&skips, "naive");
    check_gradients(&chain, "openmp");
    check_gradients(&skips, "openmp");
}

/* ---- variants, threads, batches ---- */

static void check_variants_agree(const network *net)
{
    plan_options options = plan_options_default(net, 4);
    plan *const fast = make_plan(0, net, &options);
    options.variant = "naive";
    plan *const plain = make_plan(1, net, &options);
    rng a, b;

    rng_seed(&a, 1);
    rng_seed(&b, 1);
    for (int step = 0; step < 3; step++) {
        assert_int_equal(step_train(fast, 4, 1e-3, &a), STATUS_OK);
        assert_int_equal(step_train(plain, 4, 1e-3, &b), STATUS_OK);
        if (!within((double)fast->loss, (double)plain->loss, 1e-4))
            fail_msg("%s step %d: loss %.9g, naive %.9g", net->name, step + 1,
                     (double)fast->loss, (double)plain->loss);
        for (int i = 0; step == 0 && i < fast->tensor_count; i++) {
            const plan_tensor *const t = &fast->tensors[i];
            double scale = 0.0, worst = 0.0;
            for (ptrdiff_t k = 0; t->grad && k < t->count; k++) {
                const double want = (double)plain->tensors[i].grad[k];
                scale = fmax(scale, fabs(want));
                worst = fmax(worst, fabs((double)t->grad[k] - want));
            }
            if (!(worst <= 2e-5 * scale + 1e-6))
                fail_msg("%s %s: gradients differ by %g of %g", net->name, t->name, worst, scale);
        }
    }
    assert_memory_equal(&a, &b, sizeof a);
    plan_free(fast);
    plan_free(plain);
}

static void variants_agree(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORK_COUNT; i++)
        if (networks[i].loss == LOSS_CROSS_ENTROPY)
            check_variants_agree(&networks[i]);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const int before = omp_get_max_threads();
    const network *const net = network_find("fashion-cnn");
    const plan_options options = plan_options_default(net, 12);
    rng r;

    omp_set_num_threads(1);
    plan *const one = make_plan(0, net, &options);
    rng_seed(&r, 2);
    for (int step = 0; step < 2; step++)
        assert_int_equal(step_train(one, 12, 1e-3, &r), STATUS_OK);
    for (int threads = 2; threads <= 4; threads += 2) {
        omp_set_num_threads(threads);
        assert_int_equal(step_forward(one, 12, STEP_TRAIN, &r), STATUS_UNSUPPORTED);
        plan *const many = make_plan(1, net, &options);
        rng_seed(&r, 2);
        for (int step = 0; step < 2; step++)
            assert_int_equal(step_train(many, 12, 1e-3, &r), STATUS_OK);
        assert_memory_equal(many->values, one->values,
                            (size_t)one->parameter_count * sizeof(float));
        assert_memory_equal(&many->loss, &one->loss, sizeof one->loss);
        plan_free(many);
    }
    omp_set_num_threads(before);
    plan_free(one);
}

static void smaller_batches_run_too(void **state)
{
    (void)state;
    plan_options options = plan_options_default(&chain, 5);
    plan *const p = make_plan(0, &chain, &options);
    float whole[5 * 4];
    rng r;

    assert_int_equal(step_forward(p, 5, STEP_EVAL, NULL), STATUS_OK);
    memcpy(whole, p->output, sizeof whole);
    memset(p->output, 0, sizeof whole);
    assert_int_equal(step_forward(p, 3, STEP_EVAL, NULL), STATUS_OK);
    for (int i = 0; i < 5 * 4; i++)
        if (!(fabsf(p->output[i] - (i < 12 ? whole[i] : 0.0f)) <= 1e-6f))
            fail_msg("element %d: %g, in the whole batch %g", i, (double)p->output[i],
                     (double)whole[i]);
    rng_seed(&r, 1);
    assert_int_equal(step_train(p, 2, 1e-3, &r), STATUS_OK);
    assert_int_equal(step_forward(p, 0, STEP_EVAL, NULL), STATUS_OK);
    assert_int_equal(step_forward(p, 6, STEP_EVAL, NULL), STATUS_SHAPE);
    assert_int_equal(step_forward(p, -1, STEP_EVAL, NULL), STATUS_SHAPE);
    assert_int_equal(step_loss(p, 6), STATUS_SHAPE);
    assert_int_equal(step_loss_gradient(p, 6), STATUS_SHAPE);
    assert_int_equal(step_backward(p, 6), STATUS_SHAPE);
    p->labels[1] = 4;
    assert_int_equal(step_train(p, 2, 1e-3, &r), STATUS_VALUE);
    plan_free(p);
}

static void modes_differ_where_they_should(void **state)
{
    (void)state;
    plan_options options = plan_options_default(&chain, 5);
    plan *p = make_plan(0, &chain, &options);
    plan_layer *const drop = &p->layers[7], *const norm = &p->layers[1];
    rng r, before;

    rng_seed(&r, 1);
    before = r;
    assert_int_equal(step_forward(p, 5, STEP_EVAL, NULL), STATUS_OK);
    assert_memory_equal(drop->y, drop->x, 5 * 6 * sizeof(float));
    assert_int_equal(norm->batches_tracked, 0);
    assert_true(norm->running_mean->value[0] == 0.0f);
    assert_true(fabsf(norm->y[0] - norm->x[0]) <= 1e-4f * fabsf(norm->x[0]));

    assert_int_equal(step_forward(p, 5, STEP_TRAIN, &r), STATUS_OK);
    assert_memory_not_equal(&r, &before, sizeof r);
    assert_memory_not_equal(drop->y, drop->x, 5 * 6 * sizeof(float));
    assert_int_equal(norm->batches_tracked, 1);
    assert_true(norm->running_mean->value[0] != 0.0f);
    plan_free(p);

    for (int p_drop = 0; p_drop <= 1; p_drop++) {       /* 0 and 1 draw nothing */
        options.dropout = p_drop;
        p = make_plan(0, &chain, &options);
        before = r;
        assert_int_equal(step_train(p, 5, 1e-3, &r), STATUS_OK);
        assert_memory_equal(&r, &before, sizeof r);
        for (int i = 0; i < 5 * 6; i++) {
            assert_true(p->layers[7].y[i] == (p_drop ? 0.0f : p->layers[7].x[i]));
            assert_true(p->layers[7].dx[i] == (p_drop ? 0.0f : p->layers[7].dy[i]));
        }
        plan_free(p);
    }
}

/* ---- evaluation ---- */

static void evaluation_counts(void **state)
{
    (void)state;
    enum { IMAGES = 45 };
    uint8_t *const pixels = malloc(IMAGES * DIGITS_PIXELS), labels[IMAGES];
    dataset set = { "digits", IMAGES, 1, 28, 28, 10, pixels, labels };
    const network *const net = network_find("lenet");
    const plan_options options = plan_options_default(net, 10);
    plan *const p = make_plan(0, net, &options);
    const volatile sig_atomic_t stop = 1;
    evaluation e;

    digits_draw_many(3, 0, IMAGES, pixels, labels);
    memset(p->values, 0, (size_t)p->parameter_count * sizeof(float));
    plan_find(p, "fc3.bias")->value[3] = 1.0f;          /* answers 3, whatever it sees */
    assert_int_equal(evaluate(p, &set, &(evaluate_options){ 0 }, &e), STATUS_OK);
    assert_int_equal(e.count, IMAGES);
    assert_int_equal(e.correct, 5);
    assert_int_equal(e.confusion[3][3], 5);
    assert_int_equal(e.confusion[4][3], 5);
    assert_int_equal(e.confusion[5][3], 4);             /* 45 images: 0 to 4 come once more */
    float largest = 0.0f;
    for (int i = 0; i < 5 * 32 * 32; i++)
        largest = fmaxf(largest, p->input[i]);
    assert_true(largest <= 1.0f && p->input[0] == 0.0f);
    assert_int_equal(evaluate(p, &set, &(evaluate_options){ .raw_pixels = true }, &e), STATUS_OK);
    for (int i = 0; i < 5 * 32 * 32; i++)
        largest = fmaxf(largest, p->input[i]);
    assert_true(largest > 1.0f);
    assert_int_equal(evaluate(p, &set, &(evaluate_options){ .stop = &stop }, &e), STATUS_OK);
    assert_int_equal(e.count, 0);
    plan_find(p, "fc3.bias")->value[0] = NAN;           /* NaN is no answer */
    assert_int_equal(evaluate(p, &set, &(evaluate_options){ 0 }, &e), STATUS_OK);
    assert_int_equal(e.confusion[3][3], 5);
    set.w = 27;
    assert_false(evaluate_fits(net, &set));
    assert_int_equal(evaluate(p, &set, &(evaluate_options){ 0 }, &e), STATUS_SHAPE);
    plan_free(p);
    free(pixels);
}

/* ---- PyTorch's figures ---- */

static void sums(const float *x, ptrdiff_t count, double *sum, double *l2)
{
    *sum = *l2 = 0.0;
    for (ptrdiff_t i = 0; i < count; i++) {
        *sum += (double)x[i];
        *l2 += (double)x[i] * (double)x[i];
    }
    *l2 = sqrt(*l2);
}

static void expect_sums(const char *what, const float *x, ptrdiff_t count, double sum, double l2)
{
    double found_sum, found_l2;

    sums(x, count, &found_sum, &found_l2);
    if (!within(found_sum, sum, 2e-6) || !within(found_l2, l2, 2e-6))
        fail_msg("%s: sum %.9g, PyTorch's %.9g; l2 %.9g, PyTorch's %.9g", what, found_sum, sum,
                 found_l2, l2);
}

/* Seed 777, an input of ones, and the output as its own gradient; facts in float64. */
static void bottleneck_is_pytorchs(void **state)
{
    (void)state;
    const network *const net = network_find("bottleneck");
    plan_options options = plan_options_default(net, 1);
    plan *const p = &make_storage[0];
    const ptrdiff_t count = net_extent_count(net->input);
    rng r;

    options.input_gradient = true;
    assert_int_equal(plan_init(p, net, &options), STATUS_OK);
    rng_seed(&r, 777);
    assert_int_equal(plan_initialise(p, &r), STATUS_OK);
    for (ptrdiff_t i = 0; i < count; i++)
        p->input[i] = 1.0f;
    assert_int_equal(step_forward(p, 1, STEP_TRAIN, &r), STATUS_OK);
    expect_sums("output", p->output, count, 197976.59824484863, 452.299249812675);
    memcpy(p->doutput, p->output, (size_t)count * sizeof(float));
    assert_int_equal(step_backward(p, 1), STATUS_OK);
    expect_sums("d input", p->dinput, count, 203117.6671487873, 472.71098985194556);
    assert_true(within((double)p->dinput[0], 1.3992850402701436, 2e-6));
    assert_true(within((double)p->dinput[1], 1.633354075228218, 2e-6));
    const plan_tensor *const w1 = plan_find(p, "conv1.weight"), *w3 = plan_find(p, "conv3.weight");
    expect_sums("d conv1.weight", w1->grad, w1->count, 2318950.509336122, 70273.13673369517);
    expect_sums("d conv3.weight", w3->grad, w3->count, -1058865.239692626, 38248.32667798776);
    plan_free(p);
}

/* The single random image of the tutorial: MSE against 1..10, Adam with rate 0.01, seed 777. */
static void check_lenet_losses(const char *variant)
{
    static const struct { int step; double loss, tolerance; } facts[] = {
        { 1, 38.396771285284146, 5e-6 },  { 2, 24.923524853542535, 5e-6 },
        { 3, 15.01306108394798, 5e-6 },   { 4, 3.592507456677647, 5e-6 },
        { 5, 3.2053918821312926, 5e-6 },  { 10, 1.5859691399442817, 1e-4 },
        { 20, 0.31750961280954976, 1e-4 }, { 50, 0.013605257576692212, 5e-3 },
    };
    const network *const net = network_find("lenet");
    plan_options options = plan_options_default(net, 1);
    plan *const p = &make_storage[0];
    size_t next = 0;
    rng r;

    options.loss = LOSS_MSE;
    options.variant = variant;
    assert_int_equal(plan_init(p, net, &options), STATUS_OK);
    rng_seed(&r, 777);
    assert_int_equal(plan_initialise(p, &r), STATUS_OK);
    rng_fill_normal(&r, 32 * 32, 0.0f, 1.0f, p->input);
    assert_true(within((double)p->input[0], -0.12101545929908752, 1e-6));
    assert_true(within((double)p->input[7], 0.9810563921928406, 1e-6));
    for (int i = 0; i < 10; i++)
        p->target[i] = (float)(i + 1);
    for (int step = 1; step <= 50; step++) {
        assert_int_equal(step_train(p, 1, 0.01, &r), STATUS_OK);
        if (step != facts[next].step)
            continue;
        if (!within((double)p->loss, facts[next].loss, facts[next].tolerance))
            fail_msg("%s step %d: loss %.9g, PyTorch's %.9g", variant, step, (double)p->loss,
                     facts[next].loss);
        next++;
    }
    plan_free(p);
}

static void lenet_trains_as_in_pytorch(void **state)
{
    (void)state;
    check_lenet_losses("naive");
    check_lenet_losses("openmp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_and_extents),
        cmocka_unit_test(layers_that_do_not_fit),
        cmocka_unit_test(variants_are_chosen_by_name),
        cmocka_unit_test(xavier_counts_the_window_in_both_fans),
        cmocka_unit_test(impossible_plans),
        cmocka_unit_test(gradients_match_differences),
        cmocka_unit_test(variants_agree),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(smaller_batches_run_too),
        cmocka_unit_test(modes_differ_where_they_should),
        cmocka_unit_test(evaluation_counts),
        cmocka_unit_test(bottleneck_is_pytorchs),
        cmocka_unit_test(lenet_trains_as_in_pytorch),
    };
    return cmocka_run_group_tests_name("nets", tests, NULL, NULL);
}
