/* demo.c: the numbers and pictures of the lesson on optimisers. */
#include <math.h>
#include <string.h>

#include "kernels/adam/adam.h"
#include "lessons/demo.h"
#include "nets/step.h"

enum { SEED = 777, MOST = 64 };

typedef enum { SGD, MOMENTUM, ADAM, METHODS } method;

/* An optimiser and what it remembers of `count` numbers. */
typedef struct {
    method method;
    double lr;
    ptrdiff_t count;
    float *first, *second;                      /* buf; or m and v: zeros at the start */
    int64_t step;
} optimiser;

static void step_by(optimiser *o, const float *grad, float *w)
{
    const sgd_options sgd = { .count = o->count, .lr = o->lr,
                              .momentum = o->method == MOMENTUM ? 0.9 : 0.0 };
    adam_options adam = adam_options_default(o->count);

    adam.lr = o->lr;
    o->step++;
    if (o->method == ADAM)
        (void)adam_step(&adam_variants[0], &adam, o->step, grad, w, o->first, o->second, NULL);
    else
        (void)sgd_step(&adam_variants[0], &sgd, o->step, grad, w,
                       o->method == MOMENTUM ? o->first : NULL);
}

static const char *name_of(method m)
{
    static const char *const english[METHODS] = { "SGD", "momentum", "Adam" };
    static const char *const korean[METHODS] = { "SGD", "모멘텀", "Adam" };

    return say(english[m], korean[m]);
}

/* ---- The learning rate: loss = w^2 ---- */

static void print_rate(const demo *d)
{
    static const double rates[] = { 0.05, 0.3, 0.5, 0.9, 1.0, 1.1 };

    fprintf(d->out, say("  lr      w: start, then after each step\n",
                        "  lr      w: 처음, 그리고 한 걸음씩 뒤\n"));
    for (int i = 0; i < 6; i++) {
        optimiser o = { .method = SGD, .lr = rates[i], .count = 1 };
        float w = 4.0f;
        fprintf(d->out, "  %-5g %8.3f", rates[i], (double)w);
        for (int step = 0; step < 6; step++) {
            const float dw = 2.0f * w;
            step_by(&o, &dw, &w);
            fprintf(d->out, " %8.3f", (double)w);
        }
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
}

/* ---- The valley: loss = (a^2 + 100 b^2) / 2 ---- */

enum { STEPS = 40 };
static const double valley_rates[METHODS] = { 0.018, 0.01, 0.7 };

typedef struct {
    double a[STEPS + 1], b[STEPS + 1], loss[STEPS + 1];
} walk;

static walk walk_valley(method m)
{
    float first[2] = { 0 }, second[2] = { 0 }, w[2] = { -10.0f, 1.0f };
    optimiser o = { .method = m, .lr = valley_rates[m], .count = 2, .first = first,
                    .second = second };
    walk path;

    for (int i = 0; i <= STEPS; i++) {
        const float grad[] = { w[0], 100.0f * w[1] };
        path.a[i] = (double)w[0];
        path.b[i] = (double)w[1];
        path.loss[i] = 0.5 * (path.a[i] * path.a[i] + 100.0 * path.b[i] * path.b[i]);
        step_by(&o, grad, w);
    }
    return path;
}

static void print_valley(const demo *d)
{
    static const int shown[] = { 0, 1, 2, 5, 10, 20, 40 };
    static walk path[METHODS];
    plot_chart chart = { .kind = PLOT_LINES, .x_label = "a", .y_label = "b",
                         .series_count = METHODS };

    fprintf(d->out, say("  loss after step    ", "  걸음 뒤의 손실     "));
    for (int i = 0; i < 7; i++)
        fprintf(d->out, " %8d", shown[i]);
    fputc('\n', d->out);
    for (method m = SGD; m < METHODS; m++) {
        path[m] = walk_valley(m);
        chart.series[m] = (plot_series){ .name = name_of(m), .x = path[m].a, .y = path[m].b,
                                         .count = STEPS + 1 };
        fprintf(d->out, say("  %-9s lr %-5g", m == MOMENTUM ? "  %s    lr %-5g" : "  %-9s lr %-5g"),
                name_of(m), valley_rates[m]);
        for (int i = 0; i < 7; i++)
            fprintf(d->out, " %8.3f", path[m].loss[shown[i]]);
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
    demo_chart(d, &chart, "valley");
}

/* ---- Adam's first steps ---- */

static void print_first(const demo *d)
{
    static const float gradients[] = { 100.0f, 1.0f, -0.001f };
    const adam_options o = adam_options_default(1);
    float w = 0.0f, m = 0.0f, v = 0.0f;
    const float g = 0.5f;

    fprintf(d->out, say("  One gradient, g = %g, and lr = %g. Step 1:\n\n",
                        "  기울기 하나, g = %g, lr = %g. 1번째 걸음:\n\n"), (double)g, o.lr);
    (void)adam_step(&adam_variants[0], &o, 1, &g, &w, &m, &v, NULL);
    fprintf(d->out, "    m = %g * 0 + %g * %g = %g\n", o.beta1, 1.0 - o.beta1, (double)g,
            (double)m);
    fprintf(d->out, "    v = %g * 0 + %g * %g^2 = %g\n", o.beta2, 1.0 - o.beta2, (double)g,
            (double)v);
    fprintf(d->out, "    m / (1 - %g^1) = %g\n", o.beta1, (double)m / (1.0 - o.beta1));
    fprintf(d->out, "    v / (1 - %g^1) = %g\n", o.beta2, (double)v / (1.0 - o.beta2));
    fprintf(d->out, "    w = 0 - %g * %g / (sqrt(%g) + %g) = %.6f\n\n", o.lr,
            (double)m / (1.0 - o.beta1), (double)v / (1.0 - o.beta2), o.eps, (double)w);
    fprintf(d->out, say("  gradient      SGD moves w by   Adam moves w by\n",
                        "  기울기        SGD의 걸음       Adam의 걸음\n"));
    for (int i = 0; i < 3; i++) {
        float moved[2] = { 0.0f, 0.0f }, first = 0.0f, second = 0.0f;
        optimiser sgd = { .method = SGD, .lr = o.lr, .count = 1 };
        optimiser adam = { .method = ADAM, .lr = o.lr, .count = 1, .first = &first,
                           .second = &second };
        step_by(&sgd, &gradients[i], &moved[0]);
        step_by(&adam, &gradients[i], &moved[1]);
        fprintf(d->out, "  %-13g %-16.6f %.6f\n", (double)gradients[i], (double)moved[0],
                (double)moved[1]);
    }
    fputc('\n', d->out);
}

/* ---- lenet on one image ---- */

enum { TRAINING = 50, RATES = 6, DRAWN = 3 };      /* DRAWN: the rate of the curves */
static const double lenet_rates[RATES] = { 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1 };

/* How many outputs of that layer are not 0. */
static int awake_in(const plan *p, const char *layer)
{
    int count = 0;

    for (int i = 0; i < p->net->layer_count; i++)
        if (strcmp(p->net->layers[i].name, layer) == 0)
            for (ptrdiff_t j = 0; j < net_extent_count(p->layers[i].out); j++)
                count += p->layers[i].y[j] > 0.0f;
    return count;
}

/* Losses before steps 1 to TRAINING, and how many outputs of relu2 are not 0 at the last. False if
 * the plan cannot be made. */
static bool train_lenet(method m, double lr, double *loss, int *awake)
{
    static plan p;
    const network *const net = network_find("lenet");
    plan_options options = plan_options_default(net, 1);
    rng r;

    options.loss = LOSS_MSE;
    if (plan_init(&p, net, &options) != STATUS_OK)
        return false;
    rng_seed(&r, SEED);
    (void)plan_initialise(&p, &r);
    rng_fill_normal(&r, net_extent_count(net->input), 0.0f, 1.0f, p.input);
    for (int i = 0; i < 10; i++)
        p.target[i] = (float)(i + 1);
    optimiser o = { .method = m, .lr = lr, .count = p.parameter_count, .first = p.m,
                    .second = p.v };
    for (int i = 0; i < TRAINING; i++) {
        (void)step_forward(&p, 1, STEP_TRAIN, &r);
        (void)step_loss(&p, 1);
        (void)step_loss_gradient(&p, 1);
        (void)step_backward(&p, 1);
        step_by(&o, p.grads, p.values);
        loss[i] = (double)p.loss;
    }
    *awake = awake_in(&p, "relu2");
    plan_free(&p);
    return true;
}

static void print_lenet(const demo *d)
{
    static double loss[RATES][METHODS][TRAINING], step[TRAINING];
    plot_chart chart = { .kind = PLOT_LINES, .x_label = say("step", "걸음"),
                         .y_label = say("loss", "손실"), .y_log = true, .series_count = METHODS };

    for (int i = 0; i < TRAINING; i++)
        step[i] = i + 1;
    const char *const names = say("       SGD   momentum       Adam",
                                  "       SGD     모멘텀       Adam");
    fprintf(d->out, say("           loss at step %d%19s outputs of relu2 above 0\n",
                        "           %d번째 걸음의 손실%17s relu2의 출력 가운데 0 초과\n"), TRAINING, "");
    fprintf(d->out, "  lr      %s  %s\n", names, names);
    for (int i = 0; i < RATES; i++) {
        int awake[METHODS];
        fprintf(d->out, "  %-7g", lenet_rates[i]);
        for (method m = SGD; m < METHODS; m++) {
            if (!train_lenet(m, lenet_rates[i], loss[i][m], &awake[m]))
                return;
            const double last = loss[i][m][TRAINING - 1];
            if (isnan(last))
                fprintf(d->out, " %10s", "nan");
            else
                fprintf(d->out, " %10.2g", last);
        }
        fprintf(d->out, "  %10d %10d %10d\n", awake[SGD], awake[MOMENTUM], awake[ADAM]);
    }
    fprintf(d->out, say("\n  step by step, lr = %g:\n\n", "\n  한 걸음씩, lr = %g:\n\n"),
            lenet_rates[DRAWN]);
    for (method m = SGD; m < METHODS; m++)
        chart.series[m] = (plot_series){ .name = name_of(m), .x = step, .y = loss[DRAWN][m],
                                         .count = TRAINING };
    demo_chart(d, &chart, "lenet");
}

/* ---- Answers ---- */

static double answer_sgd(void)
{
    optimiser o = { .method = SGD, .lr = 0.1, .count = 1 };
    float w = 3.0f;
    const float dw = 2.0f * w;

    step_by(&o, &dw, &w);
    return (double)w;
}

static double answer_momentum(void)
{
    float buf = 0.0f, w = 0.0f;
    const float grad = 1.0f;
    optimiser o = { .method = MOMENTUM, .lr = 0.1, .count = 1, .first = &buf };

    for (int i = 0; i < 3; i++)
        step_by(&o, &grad, &w);
    return -(double)w;
}

static double answer_adam(void)
{
    float m = 0.0f, v = 0.0f, w = 0.0f;
    const float grad = 0.004f;
    optimiser o = { .method = ADAM, .lr = 0.001, .count = 1, .first = &m, .second = &v };

    step_by(&o, &grad, &w);
    return -(double)w;
}

static double answer_numbers(void)
{
    const network *const net = network_find("lenet");
    net_extent out[NETWORK_MAX_LAYERS], in = net->input;
    double parameters = 0.0;

    (void)network_extents(net, out);
    for (int i = 0; i < net->layer_count; i++) {
        parameters += (double)net_layer_parameters(&net->layers[i], in);
        in = out[i];
    }
    return 4.0 * parameters;                    /* w, gradient, m, v */
}

static const demo_part parts[] = {
    { "rate", print_rate },
    { "valley", print_valley },
    { "first", print_first },
    { "lenet", print_lenet },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "sgd", answer_sgd, 1e-5 },
    { "momentum", answer_momentum, 1e-5 },
    { "adam", answer_adam, 1e-6 },
    { "numbers", answer_numbers, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
