/* test_diverge.c: honest executions do not diverge; a wrong kernel anywhere in a network is found,
 * in its step, layer, pass and tensor, and the right side is blamed. */
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/diverge/diverge.h"
#include "data/digits.h"
#include "nets/train.h"
#include "check/mutants/mutants.h"
#include "tests/support/process.h"

/* Few images and steps: the reference takes its time, and more so under sanitizers. */
#ifdef __SANITIZE_ADDRESS__
enum { IMAGES = 40, BATCH = 2, STEPS = 1 };
#else
enum { IMAGES = 40, BATCH = 2, STEPS = 3 };
#endif

/* Small networks with the kinds of layer that the tutorials' classifiers lack. */
static const net_layer skip_layers[] = {
    { .kind = LAYER_CONV1X1, .name = "a", .outputs = 3, .kernel = 1, .stride = 1 },
    { .kind = LAYER_ACTIVATION, .name = "a_tanh", .activation = ACTIVATION_TANH },
    { .kind = LAYER_CONV2D, .name = "b", .outputs = 3, .kernel = 3, .stride = 1, .pad = 1 },
    { .kind = LAYER_ADD, .name = "add1", .skip = "a_tanh" },
    { .kind = LAYER_ACTIVATION, .name = "sigmoid", .activation = ACTIVATION_SIGMOID },
    { .kind = LAYER_CONV1X1, .name = "c", .outputs = 3, .kernel = 1, .stride = 1 },
    { .kind = LAYER_ADD, .name = "add2", .skip = "input" },
};
static const net_layer drop_layers[] = {
    { .kind = LAYER_CONV2D, .name = "conv", .outputs = 3, .kernel = 3, .stride = 1, .pad = 0 },
    { .kind = LAYER_DROPOUT, .name = "drop1", .p = 0.25 },
    { .kind = LAYER_MAX_POOL2D, .name = "pool", .kernel = 3, .stride = 2, .pad = 1 },
    { .kind = LAYER_FLATTEN, .name = "flatten" },
    { .kind = LAYER_LINEAR, .name = "fc1", .outputs = 6 },
    { .kind = LAYER_DROPOUT, .name = "drop2", .p = 0.5 },
    { .kind = LAYER_LINEAR, .name = "fc2", .outputs = 4 },
};
static const network skips = { .name = "skips", .layers = skip_layers, .layer_count = 7,
                               .input = { 3, 5, 5 }, .loss = LOSS_MSE, .batch = 3 };
static const network drops = { .name = "drops", .layers = drop_layers, .layer_count = 7,
                               .input = { 2, 9, 9 }, .loss = LOSS_CROSS_ENTROPY, .batch = 4 };

static uint8_t pixels[IMAGES * DIGITS_PIXELS], labels[IMAGES];
static const dataset few = { .name = "few", .count = IMAGES, .c = 1, .h = DIGITS_SIZE,
                             .w = DIGITS_SIZE, .classes = DIGITS_CLASSES, .pixels = pixels,
                             .labels = labels };
static diverge subject;

static int draw_images(void **state)
{
    (void)state;
    digits_draw_many(DIGITS_SEED, 0, IMAGES, pixels, labels);
    return 0;
}

/* `name` is a tutorial's network, or "skips" or "drops" on drawn numbers. */
static diverge_options options_of(const char *name)
{
    const network *const net = strcmp(name, "skips") == 0 ? &skips
                             : strcmp(name, "drops") == 0 ? &drops : network_find(name);

    assert_non_null(net);
    diverge_options o = diverge_options_default(net);
    if (net->data) {
        o.set = &few;
        o.batch = BATCH;
    }
    return o;
}

static diverge *begin(const diverge_options *o)
{
    file_error error;

    if (diverge_init(&subject, o, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return &subject;
}

static void step_until_found(diverge *d, int steps)
{
    while (d->step < steps && !d->found)
        assert_int_equal(diverge_step(d), STATUS_OK);
}

/* Trains and expects nothing, with losses that lie no further apart than `apart`, relatively. */
static void expect_nothing(const diverge_options *o, int steps, double apart)
{
    diverge *const d = begin(o);
    char text[1024];

    while (d->step < steps && !d->found) {
        assert_int_equal(diverge_step(d), STATUS_OK);
        const double a = (double)d->loss[0], b = (double)d->loss[1];
        assert_true(d->found || fabs(b - a) <= apart * fabs(a));
    }
    if (d->found) {
        diverge_describe(d, text, sizeof text);
        fail_msg("%s: %s", o->net->name, text);
    }
    assert_true(d->compared > 0 && d->row_count > o->net->layer_count);
    for (int i = 0; i < d->row_count; i++)
        assert_true(d->rows[i].worst[0] <= 1.0 && d->rows[i].worst[1] <= 1.0);
    diverge_free(d);
}

/* ---- planting ---- */

/* A row of the concept's table: the plainest one, but for the passes that the mutant has. Rows are
 * a variant_info and pointers. */
static void make_row(const char *concept, const char *mutant, void *storage[16])
{
    for (const mutant_table *t = mutant_tables; t->concept; t++)
        for (size_t i = 0; strcmp(t->concept->name, concept) == 0 && i < *t->count; i++) {
            const char *const row = (const char *)t->rows + i * t->row_bytes;
            void *wrong[16];
            if (strcmp(check_variant_info(row)->name, mutant) != 0)
                continue;
            memcpy(storage, t->concept->variants, t->row_bytes);
            memcpy(wrong, row, t->row_bytes);
            for (size_t k = sizeof(variant_info) / sizeof *wrong; k < t->row_bytes / sizeof *wrong;
                 k++)
                if (wrong[k])
                    storage[k] = wrong[k];
            return;
        }
    fail_msg("no mutant %s of %s", mutant, concept);
}

/* Puts the row in the place of the one that runs the layer; NULL: the loss or the update. */
static void plant(plan *p, const char *concept, const char *layer, const void *row)
{
    if (strcmp(concept, "softmax_ce") == 0)
        p->ce = row;
    if (strcmp(concept, "mse") == 0)
        p->mse = row;
    if (strcmp(concept, "adam") == 0)
        p->adam = row;
    for (int i = 0; layer && i < p->net->layer_count; i++)
        if (strcmp(p->layers[i].layer->name, layer) == 0) {
            memcpy(&p->layers[i].run, &row, sizeof row);        /* each begins with its row */
            p->layers[i].variant = row;
        }
}

/* ---- honest executions ---- */

static void nothing_between_variants(void **state)
{
    (void)state;
    static const char *const names[] = { "cnn-basic", "convnet-bn" };
    const isa sets[2] = { ISA_BASE, cpu_isa_best() };

    for (int net = 0; net < 2; net++)
        for (int threads = 1; threads <= 2; threads++)
            for (int set = 0; set < 2; set++) {
                diverge_options o = options_of(names[net]);
                if (STEPS == 1 && (threads == 1) != (set == 0))
                    continue;                       /* both ends will do */
                o.side[0].threads = o.side[1].threads = threads;
                o.side[0].isa = o.side[1].isa = sets[set];
                expect_nothing(&o, STEPS, 1e-4);
            }
}

static void nothing_between_threads_and_instruction_sets(void **state)
{
    (void)state;
    diverge_options o = options_of("convnet-bn");

    o.side[0] = (diverge_side){ "openmp", 1, ISA_BASE };
    o.side[1] = (diverge_side){ "openmp", 2, ISA_BASE };
    expect_nothing(&o, STEPS, 0.0);             /* bitwise the same, as promised */
    if (cpu_isa_best() == ISA_BASE)
        return;
    o.side[1] = (diverge_side){ "openmp", 1, cpu_isa_best() };
    expect_nothing(&o, STEPS, 1e-4);
}

static void nothing_between_orders_of_sums(void **state)
{
    (void)state;
    static const char *const names[] = { "convnet-bn", "drops", "skips" };

    for (int i = 0; i < 3; i++) {
        diverge_options o = options_of(names[i]);
        o.batch = 4;
        o.side[0].variant = "openmp";
        o.shuffle = true;
        o.shuffle_seed = 3;
        expect_nothing(&o, i == 0 ? STEPS : 3, 1e-4);
        if (i == 0)
            continue;
        o.side[1].variant = diverge_reference;
        expect_nothing(&o, 3, 1e-4);
    }
}

/* Another order must be one: gradients of parameters differ in some bits, activations in none. */
static void another_order_is_another_order(void **state)
{
    (void)state;
    diverge_options o = options_of("convnet-bn");
    int64_t gradients = 0, outputs = 0;

    o.batch = 4;
    o.side[0].variant = "openmp";
    o.shuffle = true;
    diverge *const d = begin(&o);
    step_until_found(d, 1);
    for (int i = 0; i < d->row_count; i++) {
        if (strcmp(d->rows[i].tensor, "dweight") == 0)
            gradients += d->rows[i].unequal;
        if (d->rows[i].layer == &o.net->layers[0] && strcmp(d->rows[i].tensor, "y") == 0)
            outputs += d->rows[i].unequal;
    }
    assert_true(gradients > 0);
    assert_int_equal(outputs, 0);
    diverge_free(d);
}

static void nothing_from_the_reference(void **state)
{
    (void)state;
    static const char *const names[] = { "drops", "skips", "lenet", "fashion-dnn" };

    for (int i = 0; i < 4; i++)
        for (int side = 0; side < 2; side++) {
            diverge_options o = options_of(names[i]);
            o.side[side].variant = diverge_reference;
            expect_nothing(&o, 2, 1e-4);
        }
}

static void nothing_between_variants_of_other_layers(void **state)
{
    (void)state;
    diverge_options o = options_of("skips");

    expect_nothing(&o, 4, 1e-4);
    o = options_of("drops");
    expect_nothing(&o, 4, 1e-4);
    o.dropout = 0.0;
    expect_nothing(&o, 2, 1e-4);
    o.dropout = 1.0;
    expect_nothing(&o, 2, 1e-4);
    diverge *const d = begin(&o);
    assert_true(d->lead.layers[1].run.dropout.s.p == 1.0);
    assert_true(d->probe.layers[1].run.dropout.s.p == 1.0);
    assert_true(d->free.layers[1].run.dropout.s.p == 1.0);
    diverge_free(d);
}

static int seen_threads;
static isa seen_isa;

static void spying_relu(const activation_shape *s, const float *x, float *y)
{
    seen_threads = omp_get_max_threads();
    seen_isa = cpu_isa();
    activation_variants[0].forward(s, x, y);
}

/* Each side's kernels run with its threads and instructions, and the caller gets back its own. */
static void sides_run_as_asked(void **state)
{
    (void)state;
    diverge_options o = options_of("fashion-dnn");
    activation_variant row = activation_variants[0];
    const int outside = omp_get_max_threads();

    row.forward = spying_relu;
    o.side[0] = (diverge_side){ "naive", 1, cpu_isa_best() };
    o.side[1] = (diverge_side){ "openmp", 2, ISA_BASE };
    for (int which = 0; which < 3; which++) {
        omp_set_num_threads(3);
        diverge *const d = begin(&o);
        assert_int_equal(omp_get_max_threads(), 3);
        plant(which == 0 ? &d->lead : which == 1 ? &d->probe : &d->free, "activation", "relu1",
              &row);
        assert_int_equal(diverge_step(d), STATUS_OK);
        assert_int_equal(seen_threads, which == 0 ? 1 : 2);
        assert_int_equal(seen_isa, which == 0 ? cpu_isa_best() : ISA_BASE);
        assert_int_equal(omp_get_max_threads(), 3);
        assert_int_equal(cpu_isa(), cpu_isa_best());
        diverge_free(d);
    }
    omp_set_num_threads(outside);
}

/* Side A is the training program: same weights, same batches, same masks, same losses. */
static void side_a_is_training(void **state)
{
    (void)state;
    diverge_options o = options_of("fashion-dnn");
    train_options to = train_options_default(o.net);
    file_error error;
    trainer t;

    o.side[0].variant = "openmp";
    o.side[1].variant = "naive";
    o.batch = to.batch = 15;                        /* two steps make an epoch, ten images stay */
    assert_int_equal(trainer_init(&t, &to, &few, &error), STATUS_OK);
    diverge *const d = begin(&o);
    for (int step = 0; step < 5; step++) {
        assert_int_equal(trainer_step(&t), STATUS_OK);
        assert_int_equal(diverge_step(d), STATUS_OK);
        assert_memory_equal(&d->loss[0], &t.plan.loss, sizeof(float));
    }
    diverge_free(d);
    trainer_free(&t);
}

/* ---- mutants ---- */

typedef struct {
    const char *net, *concept, *mutant, *planted;
    int step;
    const char *layer;                  /* where it shows; NULL: the loss */
    diverge_pass pass;
    const char *tensor;
} culprit;

static void check_finding(const diverge *d, const culprit *c, int side)
{
    const diverge_finding *const f = &d->finding;
    char text[1024] = "nothing", expected[160];

    if (d->found)
        diverge_describe(d, text, sizeof text);
    snprintf(expected, sizeof expected, "\n%c (", "AB"[side]);
    if (!d->found || f->step != c->step || f->pass != c->pass ||
        strcmp(f->layer ? f->layer->name : "", c->layer ? c->layer : "") != 0 ||
        strcmp(f->tensor, c->tensor) != 0 || f->outside[side] < 1 || f->outside[!side] != 0 ||
        f->outside[side] > f->count || !strstr(text, f->changed ? "writes into" : "is wrong") ||
        !strstr(strstr(text, expected) ? strstr(text, expected) : "",
                f->changed ? "writes into" : "is wrong"))
        fail_msg("%s in %s, side %c: found %s", c->mutant, c->net, "AB"[side], text);
}

static const culprit culprits[] = {
    { "cnn-basic", "conv2d", "flipped-kernel", "layer1.0", 1, "layer1.0", DIVERGE_FORWARD, "y" },
    { "convnet-bn", "conv2d", "pad-off-by-one", "layer2.0", 1, "layer2.0", DIVERGE_FORWARD, "y" },
    { "lenet", "conv2d", "half-precision", "conv1", 1, "conv1", DIVERGE_FORWARD, "y" },
    { "lenet", "conv2d", "last-row-skipped", "conv2", 1, "conv2", DIVERGE_FORWARD, "y" },
    { "convnet-bn", "conv2d", "dx-flipped-kernel", "layer2.0", 1, "layer2.0", DIVERGE_BACKWARD,
      "dx" },
    { "lenet", "conv2d", "dw-last-image", "conv1", 1, "conv1", DIVERGE_BACKWARD, "dweight" },
    { "lenet", "conv2d", "dw-stale", "conv1", 2, "conv1", DIVERGE_BACKWARD, "dweight" },
    { "lenet", "conv2d", "db-mean", "conv2", 1, "conv2", DIVERGE_BACKWARD, "dbias" },
    { "convnet-bn", "conv2d", "dy-modified", "layer2.0", 1, "layer2.0", DIVERGE_BACKWARD, "dy" },
    { "convnet-bn", "batchnorm2d", "unbiased-inside", "layer1.1", 1, "layer1.1", DIVERGE_FORWARD,
      "saved_invstd" },
    { "convnet-bn", "batchnorm2d", "biased-running", "layer2.1", 1, "layer2.1", DIVERGE_FORWARD,
      "running_var" },
    { "convnet-bn", "batchnorm2d", "beta-forgotten", "layer1.1", 2, "layer1.1", DIVERGE_FORWARD,
      "y" },
    { "convnet-bn", "batchnorm2d", "variance-constant", "layer2.1", 1, "layer2.1",
      DIVERGE_BACKWARD, "dx" },
    { "convnet-bn", "batchnorm2d", "stale-dbeta", "layer2.1", 2, "layer2.1", DIVERGE_BACKWARD,
      "dbias" },
    { "lenet", "activation", "last-forgotten", "relu2", 1, "relu2", DIVERGE_FORWARD, "y" },
    { "lenet", "pool2d", "last-of-equals", "pool1", 1, "pool1", DIVERGE_FORWARD, "index" },
    { "drops", "pool2d", "overlap-lost", "pool", 1, "pool", DIVERGE_BACKWARD, "dx" },
    { "drops", "pool2d", "index-in-window", "pool", 1, "pool", DIVERGE_FORWARD, "index" },
    { "drops", "dropout", "keeps-with-p", "drop1", 1, "drop1", DIVERGE_FORWARD, "mask" },
    { "drops", "dropout", "own-generator", "drop2", 1, "drop2", DIVERGE_FORWARD, "generator" },
    { "drops", "dropout", "unscaled", "drop2", 1, "drop2", DIVERGE_FORWARD, "y" },
    { "drops", "dropout", "unmasked-gradient", "drop1", 1, "drop1", DIVERGE_BACKWARD, "dx" },
    { "fashion-dnn", "linear", "bias-missing", "fc2", 1, "fc2", DIVERGE_FORWARD, "y" },
    { "fashion-dnn", "linear", "dw-mean", "fc3", 1, "fc3", DIVERGE_BACKWARD, "dweight" },
    { "fashion-dnn", "linear", "dx-stale", "fc2", 1, "fc2", DIVERGE_BACKWARD, "dx" },
    { "skips", "conv1x1", "weights-transposed", "c", 1, "c", DIVERGE_FORWARD, "y" },
    { "skips", "conv1x1", "dw-first-image", "a", 1, "a", DIVERGE_BACKWARD, "dweight" },
    { "skips", "add", "skip-cut", "add1", 1, "add1", DIVERGE_BACKWARD, "dskip" },
    { "skips", "add", "into-input", "add2", 1, "add2", DIVERGE_FORWARD, "x" },
    { "skips", "activation", "tanh-not-squared", "a_tanh", 1, "a_tanh", DIVERGE_BACKWARD, "dx" },
    { "skips", "mse", "sum-for-mean", NULL, 1, NULL, DIVERGE_LOSS, "loss" },
    { "skips", "mse", "factor-forgotten", NULL, 1, NULL, DIVERGE_LOSS_GRADIENT, "doutput" },
    { "fashion-dnn", "softmax_ce", "log-base-2", NULL, 1, NULL, DIVERGE_LOSS,
      "log_probabilities" },
    { "fashion-dnn", "softmax_ce", "sign-forgotten", NULL, 1, NULL, DIVERGE_LOSS, "loss" },
    { "drops", "adam", "root-forgotten", NULL, 1, "conv", DIVERGE_UPDATE, "weight" },
    { "drops", "adam", "betas-reversed", NULL, 1, "conv", DIVERGE_UPDATE, "weight" },
};
enum { CULPRITS = sizeof culprits / sizeof culprits[0] };

static void each_mutant_is_named(void **state)
{
    (void)state;
    for (int i = 0; i < CULPRITS; i++) {
        const culprit *const c = &culprits[i];
        const int side = i % 3 == 2 ? 0 : 1;            /* now and then side A is the wrong one */
        const diverge_options o = options_of(c->net);
        void *row[16];
        diverge *const d = begin(&o);
        make_row(c->concept, c->mutant, row);
        plant(side ? &d->probe : &d->lead, c->concept, c->planted, row);
        step_until_found(d, 3);
        check_finding(d, c, side);
        diverge_free(d);
    }
}

/* Images in another order do not hide a mutant, nor does the reference as the other side. */
static void mutants_are_named_whatever_the_other_side(void **state)
{
    (void)state;
    static const culprit shuffled = { "drops", "pool2d", "overlap-lost", "pool", 1, "pool",
                                      DIVERGE_BACKWARD, "dx" };
    void *row[16];

    make_row(shuffled.concept, shuffled.mutant, row);
    for (int reference = 0; reference < 2; reference++) {
        diverge_options o = options_of(shuffled.net);
        if (reference)
            o.side[0].variant = diverge_reference;
        else
            o.shuffle = true;
        diverge *const d = begin(&o);
        plant(&d->probe, shuffled.concept, shuffled.planted, row);
        step_until_found(d, 2);
        check_finding(d, &shuffled, 1);
        diverge_free(d);
    }
}

/* A row that declares a lower precision may err by as much. */
static void declared_precision_is_granted(void **state)
{
    (void)state;
    const diverge_options o = options_of("lenet");
    void *row[16];

    make_row("conv2d", "half-precision", row);
    ((variant_info *)(void *)row)->precision = PRECISION_BF16;
    for (int side = 0; side < 2; side++) {
        diverge *const d = begin(&o);
        plant(side ? &d->probe : &d->lead, "conv2d", "conv1", row);
        step_until_found(d, 1);
        assert_false(d->found);
        diverge_free(d);
    }
}

/* The same mistake on both sides is one all the same. */
static void both_sides_can_be_wrong(void **state)
{
    (void)state;
    const diverge_options o = options_of("skips");
    void *row[16];

    diverge *const d = begin(&o);
    make_row("conv1x1", "bias-missing", row);
    plant(&d->lead, "conv1x1", "c", row);
    plant(&d->probe, "conv1x1", "c", row);
    step_until_found(d, 1);
    assert_true(d->found);
    assert_string_equal(d->finding.layer->name, "c");
    assert_true(d->finding.outside[0] > 0 && d->finding.outside[1] > 0);
    diverge_free(d);
}

/* Forgets from step 3 on that the bias correction fades. */
static void adam_wrong_from_3(const adam_options *o, int64_t step, const float *grad, float *w,
                              float *m, float *v, float *vmax)
{
    adam_variants[0].adam(o, step < 3 ? step : 2, grad, w, m, v, vmax);
}

static void a_late_mistake_is_found_in_its_step(void **state)
{
    (void)state;
    static const culprit late = { "drops", "adam", "wrong-from-3", NULL, 3, "conv", DIVERGE_UPDATE,
                                  "weight" };
    const diverge_options o = options_of("drops");
    adam_variant row = adam_variants[0];

    row.adam = adam_wrong_from_3;
    for (int side = 0; side < 2; side++) {
        diverge *const d = begin(&o);
        plant(side ? &d->probe : &d->lead, "adam", NULL, &row);
        step_until_found(d, 5);
        check_finding(d, &late, side);
        diverge_free(d);
    }
}

/* What side B's own run does does not count as a finding, but its loss shows it. */
static void losses_are_those_of_both_runs(void **state)
{
    (void)state;
    const diverge_options o = options_of("fashion-dnn");
    void *row[16];

    diverge *const d = begin(&o);
    make_row("linear", "bias-missing", row);
    plant(&d->free, "linear", "fc1", row);
    step_until_found(d, 1);
    assert_false(d->found);
    assert_true(d->loss[0] > 0.0f && d->loss[1] > 0.0f);
    assert_true(fabs((double)d->loss[0] - (double)d->loss[1]) > 1e-4);
    diverge_free(d);
}

/* ---- what is refused ---- */

static void expect_refused(const diverge_options *o, status expected, const char *words)
{
    file_error error = { "" };
    const int threads = omp_get_max_threads();

    assert_int_equal(diverge_init(&subject, o, &error), expected);
    if (!strstr(error.text, words))
        fail_msg("expected '%s' in '%s'", words, error.text);
    assert_null(subject.lead.memory);
    assert_int_equal(omp_get_max_threads(), threads);
}

static void refusals(void **state)
{
    (void)state;
    const diverge_options good = options_of("convnet-bn");
    diverge_options o = good;

    o.side[1].variant = "naive";
    expect_refused(&o, STATUS_VALUE, "nothing would be compared");
    o.side[0].variant = o.side[1].variant = diverge_reference;
    expect_refused(&o, STATUS_VALUE, "nothing would be compared");
    o.side[0].variant = "im2col";                   /* two names for the same rows */
    o.side[1].variant = "openmp";
    expect_refused(&o, STATUS_VALUE, "nothing would be compared");
    o.shuffle = true;
    o.batch = 1;                                    /* no other order of one image */
    expect_refused(&o, STATUS_VALUE, "nothing would be compared");
    o = good;
    o.side[1].variant = "fastest";
    expect_refused(&o, STATUS_VALUE, "fastest");
    o = good;
    o.side[0].threads = 0;
    expect_refused(&o, STATUS_VALUE, "threads");
    o = good;
    o.lr = NAN;
    expect_refused(&o, STATUS_VALUE, "rate");
    o = good;
    o.batch = IMAGES + 1;
    expect_refused(&o, STATUS_SHAPE, "images");
    o.batch = 0;
    expect_refused(&o, STATUS_SHAPE, "batch 0");
    o = good;
    o.net = network_find("bottleneck");
    expect_refused(&o, STATUS_SHAPE, "bottleneck");
}

/* ---- the command ---- */

static void expect_command(const char *const *argv, int code, const char *out, const char *err)
{
    process_result r = process_run(NULL, argv);

    if (r.code != code || !strstr(r.out, out) || !strstr(r.err, err))
        fail_msg("%s: exit code %d, stdout '%s', stderr '%s'", argv[3] ? argv[3] : "", r.code,
                 r.out, r.err);
    process_free(&r);
}

#define COMMAND(...) \
    ((const char *const[]){ process_convlab(), "diverge", "--threads=2", __VA_ARGS__, NULL })

static void command(void **state)
{
    (void)state;
    expect_command(COMMAND("fashion-dnn", "--variant", "openmp", "--variant=reference", "--steps",
                           "1", "--batch", "2"), 0, "nothing diverges: in 1 steps all ", "");
    expect_command(COMMAND("lenet", "--variant", "openmp", "--threads-b", "1", "--steps", "1",
                           "--batch", "1"), 0, "B  openmp, 1 thread", "");
    expect_command(COMMAND("nosuch"), 2, "", "there are: cnn-basic cnn-deep");
    expect_command(COMMAND("lenet", "--variant", "nosuch"), 2, "", "naive im2col ");
    expect_command(COMMAND("lenet", "--variant", "naive", "--variant", "naive"), 2, "",
                   "nothing would be compared");
    expect_command(COMMAND("lenet", "--variant=a", "--variant=b", "--variant=c"), 2, "",
                   "at most twice");
    expect_command(COMMAND("lenet", "--isa-b", "mmx"), 2, "", "--isa-b: expected base, avx2");
    expect_command(COMMAND("lenet", "--steps", "0"), 2, "", "--steps");
    expect_command(COMMAND("bottleneck", "--data", "digits"), 2, "", "no data set fits");
    expect_command(COMMAND("lenet", "--data", "/nowhere/at/all"), 3, "", "/nowhere/at/all");
    expect_command(COMMAND("--help"), 0, "Rounding differences grow", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_between_variants),
        cmocka_unit_test(nothing_between_threads_and_instruction_sets),
        cmocka_unit_test(nothing_between_orders_of_sums),
        cmocka_unit_test(another_order_is_another_order),
        cmocka_unit_test(nothing_from_the_reference),
        cmocka_unit_test(nothing_between_variants_of_other_layers),
        cmocka_unit_test(sides_run_as_asked),
        cmocka_unit_test(side_a_is_training),
        cmocka_unit_test(each_mutant_is_named),
        cmocka_unit_test(mutants_are_named_whatever_the_other_side),
        cmocka_unit_test(declared_precision_is_granted),
        cmocka_unit_test(both_sides_can_be_wrong),
        cmocka_unit_test(a_late_mistake_is_found_in_its_step),
        cmocka_unit_test(losses_are_those_of_both_runs),
        cmocka_unit_test(refusals),
        cmocka_unit_test(command),
    };
    return cmocka_run_group_tests_name("diverge", tests, draw_images, NULL);
}
