/* test_golden.c: whole networks train as they do in PyTorch: gradients, parameters and losses.
 *
 * Idea:    a case is a network and a variant, trained by the program's own trainer from PyTorch's
 *          seed. Everything is compared with PyTorch's float64 figures in golden/golden_facts.h, so
 *          that what is left is our rounding.
 * Bounds:  a gradient may be off by GRADIENT_ROUNDINGS roundings of the tensor's typical gradient,
 *          a parameter by what Adam makes of that; losses as loss_bound() says.
 * Time:    `make test` trains a few steps. CONVLAB_GOLDEN_STEPS=50 in the environment trains all
 *          that there are facts for, and five whole epochs of cnn-basic: `make golden`.
 * Source:  golden_facts.h. Initial parameters are held against PyTorch's in test_nets_init.c. */
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/core/device.h"
#include "nets/resident.h"
#include "nets/step.h"
#include "nets/train.h"
#include "tests/golden/golden_facts.h"

#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
enum { OPENMP_STEPS = 2, NAIVE_STEPS = 0, NAIVE_START_STEPS = 0 };
#else
enum { OPENMP_STEPS = 50, NAIVE_STEPS = 5, NAIVE_START_STEPS = 2 };
#endif

enum { TRACE_STEPS = 50, START_STEPS = 5, CUSIM_STEPS = 1 };

static const double roundoff = 0x1p-24;
static const double GRADIENT_ROUNDINGS = 400.0;     /* 250 in the worst tensor of our variants */

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Steps to train where `make test` does `few`; 0: leave it out. */
static int wanted_steps(int few)
{
    const char *const text = getenv("CONVLAB_GOLDEN_STEPS");

    return text ? atoi(text) : few;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* ---- data sets, each read once ---- */

static dataset sets[2];

/* The training images of that name; skips the running test where they are not at hand. */
static const dataset *training_images(const char *name)
{
    dataset *const set = &sets[strcmp(name, "mnist") == 0 ? 0 : 1];
    file_error error;

    if (!dataset_find(name, NULL)) {
        print_message("%s is not on this machine\n", name);
        skip();
    }
    if (set->count == 0 && dataset_load(name, SPLIT_TRAIN, set, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return set;
}

static int free_sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sets); i++)
        dataset_free(&sets[i]);
    return 0;
}

/* ---- comparison of tensors ---- */

/* Fails unless the first values, the sum and the L2 norm are as PyTorch's when each x[i] may be off
 * by bound[i]. */
static void expect_digest(const char *what, const golden_digest *d, const float *x,
                          const double *bound, ptrdiff_t count)
{
    double sum = 0.0, squares = 0.0, bounds = 0.0, bound_squares = 0.0;

    for (ptrdiff_t i = 0; i < count; i++) {
        if (i < 8 && !(fabs((double)x[i] - d->first[i]) <= bound[i]))
            fail_msg("%s: %s of %s [%d] is %.9g, PyTorch's %.9g; allowed difference %.2g",
                     d->network, what, d->tensor, (int)i, (double)x[i], d->first[i], bound[i]);
        sum += (double)x[i];
        squares += (double)x[i] * (double)x[i];
        bounds += bound[i];
        bound_squares += bound[i] * bound[i];
    }
    if (!(fabs(sum - d->sum) <= bounds))
        fail_msg("%s: %s of %s: sum %.12g, PyTorch's %.12g; allowed difference %.2g", d->network,
                 what, d->tensor, sum, d->sum, bounds);
    if (!(fabs(sqrt(squares) - d->l2) <= sqrt(bound_squares)))
        fail_msg("%s: %s of %s: L2 norm %.12g, PyTorch's %.12g; allowed difference %.2g",
                 d->network, what, d->tensor, sqrt(squares), d->l2, sqrt(bound_squares));
}

static double root_mean_square(const float *x, ptrdiff_t count)
{
    double squares = 0.0;

    for (ptrdiff_t i = 0; i < count; i++)
        squares += (double)x[i] * (double)x[i];
    return sqrt(squares / (double)count);
}

/* What a tensor's rounding errors are measured by: its typical gradient. That of a bias before
 * batch norm is zero, and what is left rounding: there it is the magnitude of what sums to zero. */
static double gradient_size(const plan *p, const plan_tensor *t, const golden_digest *d)
{
    double size = d->l2 / sqrt((double)t->count);

    for (int i = 0; i + 1 < p->net->layer_count; i++) {
        const plan_layer *const l = &p->layers[i];
        if (l->bias != t || p->layers[i + 1].layer->kind != LAYER_BATCHNORM2D)
            continue;
        const ptrdiff_t terms = (ptrdiff_t)p->options.batch * l->out.h * l->out.w;
        size = root_mean_square(l->dy, terms * l->out.c) * (double)terms;
    }
    return size;
}

static const golden_digest *find_digest(const golden_digest *digests, size_t count,
                                        const char *name, const char *tensor)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(digests[i].network, name) == 0 && strcmp(digests[i].tensor, tensor) == 0)
            return &digests[i];
    fail_msg("there is no fact about %s of %s", tensor, name);
    return NULL;
}

#define FIND_GRADIENT(p, tensor)                                                                  \
    find_digest(golden_gradients, COUNT(golden_gradients), (p)->net->name, tensor)
#define FIND_VALUE(p, tensor)                                                                     \
    find_digest(golden_values, COUNT(golden_values), (p)->net->name, tensor)

static double *new_bounds(ptrdiff_t count)
{
    double *const bound = malloc((size_t)count * sizeof *bound);

    assert_non_null(bound);
    return bound;
}

static void fill(double *x, double value, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        x[i] = value;
}

/* Every element of x may be off by that many roundings of `size`. */
static void expect_uniform(const char *what, const golden_digest *d, const float *x, double size,
                           double roundings, ptrdiff_t count)
{
    double *const bound = new_bounds(count);

    fill(bound, roundings * roundoff * size, count);
    expect_digest(what, d, x, bound, count);
    free(bound);
}

static void expect_gradients(const plan *p)
{
    for (int i = 0; i < p->tensor_count; i++) {
        const plan_tensor *const t = &p->tensors[i];
        if (!t->grad)
            continue;
        const golden_digest *const d = FIND_GRADIENT(p, t->name);
        expect_uniform("gradient", d, t->grad, gradient_size(p, t, d), GRADIENT_ROUNDINGS,
                       t->count);
    }
}

/* Adam's first step is lr * g / (|g| + eps): a jump where g is near zero, flat elsewhere. */
static double first_step(double g, double lr)
{
    return lr * g / (fabs(g) + 1e-8);
}

/* Each parameter after step 1 to what its own gradient's rounding may have moved it. */
static void expect_parameter(const plan *p, const plan_tensor *t, double lr)
{
    const double size = gradient_size(p, t, FIND_GRADIENT(p, t->name));
    const double error = GRADIENT_ROUNDINGS * roundoff * size;
    double *const bound = new_bounds(t->count);

    for (ptrdiff_t i = 0; i < t->count; i++) {
        const double g = (double)t->grad[i], value = fabs((double)t->value[i]);
        bound[i] = first_step(g + error, lr) - first_step(g - error, lr) +
                   8.0 * roundoff * (value + lr);
    }
    expect_digest("value after step 1", FIND_VALUE(p, t->name), t->value, bound, t->count);
    free(bound);
}

/* Parameters and running statistics; 0.9 of a running variance is still the initial 1. */
static void expect_values(const plan *p, double lr)
{
    for (int i = 0; i < p->tensor_count; i++) {
        const plan_tensor *const t = &p->tensors[i];
        const golden_digest *const d = FIND_VALUE(p, t->name);
        const double roundings = strstr(t->name, "running_var") ? 2.0 : 20.0;
        if (t->grad)
            expect_parameter(p, t, lr);
        else
            expect_uniform("value after step 1", d, t->value, d->l2 / sqrt((double)t->count),
                           roundings, t->count);
    }
}

/* ---- training on data sets ---- */

typedef struct {
    char name[64];
    const golden_trace *trace;
    const golden_start *start;
    const char *variant;
    int steps;
} golden_case;

/* How far the loss of a step may be from PyTorch's, relatively. Training amplifies rounding where
 * that decides a ReLU or a maximum. In cnn-deep it soon does, over the background that all images
 * share: PyTorch's own float32 strays by 1.2e-4 up to step 20 and by 2.2e-2 up to step 50, and so
 * does float64 arithmetic on tensors that are stored in float32. */
static double loss_bound(const golden_trace *trace, int step)
{
    if (step <= 5)
        return 5e-6;
    if (strcmp(trace->network, "cnn-deep") == 0)
        return step <= 20 ? 0.02 : 0.05;
    return step <= 20 ? 1e-4 : 5e-3;
}

static void expect_loss(const golden_case *c, int step, double found, double want, double bound)
{
    if (!(fabs(found - want) <= bound * want))
        fail_msg("%s, step %d: loss %.9g, PyTorch's %.9g, off by %.2g", c->name, step, found, want,
                 fabs(found / want - 1.0));
}

static void begin(trainer *t, const char *name, const char *variant, double dropout,
                  uint64_t seed, double lr)
{
    train_options o = train_options_default(network_find(name));
    file_error error;

    o.variant = variant;
    o.dropout = dropout;
    o.seed = seed;
    o.lr = lr;
    if (trainer_init(t, &o, training_images(o.data), &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static trainer training;

static int end_training(void **state)
{
    (void)state;
    trainer_free(&training);
    return 0;
}

static void trains_as_in_pytorch(void **state)
{
    const golden_case *const c = *state;
    const int steps = smaller(c->steps, TRACE_STEPS);
    trainer *const t = &training;

    begin(t, c->trace->network, c->variant, 0.0, 777, 1e-3);
    for (int step = 1; step <= steps; step++) {
        assert_int_equal(trainer_step(t), STATUS_OK);
        if (step == 1) {
            assert_memory_equal(t->loader.order, c->trace->first_batch,
                                sizeof c->trace->first_batch);
            if (t->plan.device)
                assert_int_equal(resident_down(&t->plan), STATUS_OK);
            expect_gradients(&t->plan);
            expect_values(&t->plan, t->options.lr);
        }
        expect_loss(c, step, trainer_loss(t), c->trace->loss[step - 1],
                    loss_bound(c->trace, step));
    }
}

/* Other seeds and rates, with dropout: the masks come from the same generator. */
static void starts_as_in_pytorch(void **state)
{
    const golden_case *const c = *state;
    const int steps = smaller(c->steps, START_STEPS);
    trainer *const t = &training;

    begin(t, c->start->network, c->variant, -1.0, c->start->seed, c->start->lr);
    for (int step = 1; step <= steps; step++) {
        assert_int_equal(trainer_step(t), STATUS_OK);
        expect_loss(c, step, trainer_loss(t), c->start->loss[step - 1], 5e-6);
    }
}

/* Mean losses of whole epochs, so far on that rounding decides the third digit. */
static void costs_of_five_epochs_are_the_tutorials(void **state)
{
    (void)state;
    static const double costs[] = { 0.225939184, 0.0631, 0.0463, 0.0374, 0.0314 };
    trainer *const t = &training;

    begin(t, "cnn-basic", "openmp", -1.0, 777, 1e-3);
    for (int epoch = 0; epoch < (int)COUNT(costs); epoch++) {
        while (trainer_epoch(t) == epoch)
            assert_int_equal(trainer_step(t), STATUS_OK);
        const double cost = t->state.history[epoch].cost;
        print_message("epoch %d: cost %.9f, the tutorial's %.9g\n", epoch + 1, cost, costs[epoch]);
        if (!(fabs(cost - costs[epoch]) <= (epoch ? 0.03 : 0.01) * costs[epoch]))
            fail_msg("epoch %d: cost %.9f, the tutorial's %.9g", epoch + 1, cost, costs[epoch]);
    }
}

/* ---- the networks that need no data ---- */

static plan single;

static int free_single(void **state)
{
    (void)state;
    plan_free(&single);
    return 0;
}

/* Seed 777 draws the parameters, then the image. */
static void one_image_trains_as_in_pytorch(void **state)
{
    const golden_case *const c = *state;
    const network *const net = network_find("lenet");
    plan_options options = plan_options_default(net, 1);
    plan *const p = &single;
    rng r;

    options.loss = LOSS_MSE;
    options.variant = c->variant;
    assert_int_equal(plan_init(p, net, &options), STATUS_OK);
    rng_seed(&r, 777);
    assert_int_equal(plan_initialise(p, &r), STATUS_OK);
    rng_fill_normal(&r, net_extent_count(net->input), 0.0f, 1.0f, p->input);
    expect_uniform("value", FIND_VALUE(p, "input"), p->input, 1.0, 8.0,
                   net_extent_count(net->input));
    for (int i = 0; i < 10; i++)
        p->target[i] = (float)(i + 1);
    for (int step = 1; step <= c->steps; step++) {
        assert_int_equal(step_train(p, 1, 0.01, &r), STATUS_OK);
        if (step == 1)
            expect_gradients(p);
        expect_loss(c, step, (double)p->loss, c->trace->loss[step - 1],
                    loss_bound(c->trace, step));
    }
}

/* An input of ones, and the output as its own gradient. */
static void bottleneck_is_pytorchs(void **state)
{
    const golden_case *const c = *state;
    const network *const net = network_find("bottleneck");
    const ptrdiff_t count = net_extent_count(net->input);
    plan_options options = plan_options_default(net, 1);
    plan *const p = &single;
    rng r;

    options.input_gradient = true;
    options.variant = c->variant;
    assert_int_equal(plan_init(p, net, &options), STATUS_OK);
    rng_seed(&r, 777);
    assert_int_equal(plan_initialise(p, &r), STATUS_OK);
    for (ptrdiff_t i = 0; i < count; i++)
        p->input[i] = 1.0f;
    assert_int_equal(step_forward(p, 1, STEP_TRAIN, &r), STATUS_OK);
    expect_uniform("value", FIND_VALUE(p, "output"), p->output, 1.0, 64.0, count);
    memcpy(p->doutput, p->output, (size_t)count * sizeof *p->doutput);
    assert_int_equal(step_backward(p, 1), STATUS_OK);
    expect_gradients(p);
    expect_uniform("gradient", FIND_GRADIENT(p, "input"), p->dinput, 1.0, 64.0, count);
}

/* ---- the list ---- */

enum { MAX_CASES = 64 };
static golden_case cases[MAX_CASES];
static struct CMUnitTest tests[MAX_CASES];
static size_t case_count;

/* Lists a test, unless it has no steps to do. */
static void add(const char *what, CMUnitTestFunction function, CMFixtureFunction teardown,
                golden_case c)
{
    golden_case *const kept = &cases[case_count];

    if (c.steps < 1)
        return;
    assert(case_count < MAX_CASES);
    *kept = c;
    snprintf(kept->name, sizeof kept->name, "%s, %s", what, c.variant);
    tests[case_count++] = (struct CMUnitTest){ .name = kept->name, .test_func = function,
                                               .teardown_func = teardown,
                                               .initial_state = kept };
}

static void add_cases(const char *variant, int trace_steps, int start_steps)
{
    golden_case c = { .variant = variant };
    char what[48];

    for (size_t i = 0; i < COUNT(golden_traces); i++) {
        const char *const name = golden_traces[i].network;
        const bool one_image = strcmp(name, "lenet") == 0;      /* small: always all steps */
        c.trace = &golden_traces[i];
        c.steps = one_image ? TRACE_STEPS : trace_steps;
        if (one_image)
            add("lenet on one image", one_image_trains_as_in_pytorch, free_single, c);
        else
            add(name, trains_as_in_pytorch, end_training, c);
    }
    c.steps = 1;
    add("bottleneck", bottleneck_is_pytorchs, free_single, c);
    for (size_t i = 0; i < COUNT(golden_starts); i++) {
        c.start = &golden_starts[i];
        c.steps = start_steps;
        snprintf(what, sizeof what, "%s, seed %d", c.start->network, (int)c.start->seed);
        add(what, starts_as_in_pytorch, end_training, c);
    }
}

int main(void)
{
    add_cases("naive", wanted_steps(NAIVE_STEPS), wanted_steps(NAIVE_START_STEPS));
    add_cases("openmp", wanted_steps(OPENMP_STEPS), wanted_steps(OPENMP_STEPS));
    if (device_kind_built() == DEVICE_CUDA && !device_missing())
        add_cases("cuda", wanted_steps(OPENMP_STEPS), wanted_steps(OPENMP_STEPS));
    if (device_kind_built() == DEVICE_CUSIM)    /* slow: one step, whatever is wanted */
        add_cases("cuda", CUSIM_STEPS, 0);
    if (wanted_steps(0) >= TRACE_STEPS)
        add("costs of five epochs", costs_of_five_epochs_are_the_tutorials, end_training,
            (golden_case){ .variant = "openmp", .steps = 1 });
    return cmocka_run_group_tests_name("golden", tests, NULL, free_sets);
}
