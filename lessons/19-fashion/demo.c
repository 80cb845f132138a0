/* demo.c: the numbers and pictures of the lesson on dense layers and convolutions: a convolution's
 * matrix; the tutorials' dense network against a small convolutional one, trained on Fashion-MNIST
 * or on the built-in digits; both on moved and on shuffled pixels; three layers that are one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/digits.h"
#include "kernels/core/rng.h"
#include "kernels/linear/linear.h"
#include "lessons/19-fashion/dense_conv_check.h"
#include "lessons/demo.h"
#include "nets/evaluate.h"
#include "nets/train.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE };
enum { STEPS = 300, BATCH = 50, TRAIN_IMAGES = 15000, TEST_IMAGES = 1000, SMOOTH = 20, NETS = 2 };
enum { SHUFFLE_SEED = 1, MOST_MOVED = 4 };

/* ---- The matrix of a convolution ---- */

static void unroll(const dense_conv_shape *s, const float *w, float *m)
{
    ((const dense_conv_variant *)check_dense_conv.variants)->forward(s, w, m);
}

static void print_rows(const demo *d, const char *name, const float *value, int rows, int columns)
{
    for (int i = 0; i < rows; i++) {
        fprintf(d->out, "  %-4s", i == 0 ? name : "");
        for (int j = 0; j < columns; j++)
            fprintf(d->out, " %3g", (double)value[i * columns + j]);
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
}

static void print_matrix(const demo *d)
{
    static const float x[] = { 1, 2, 0, 0, 1, 3, 2, 1, 1 }, w[] = { 1, -1, 2, 3 };
    const dense_conv_shape s = dense_conv_shape_of(3, 3, 2, 2);
    const linear_shape dense = { .n = 1, .in_features = 9, .out_features = 4 };
    float m[4 * 9], y[4];

    unroll(&s, w, m);
    (void)linear_forward(&linear_variants[0], &dense, x, m, NULL, y, NULL);
    print_rows(d, "x", x, s.h, s.w);
    print_rows(d, "w", w, s.kernel_h, s.kernel_w);
    print_rows(d, "m", m, dense.out_features, dense.in_features);
    print_rows(d, "m x", y, s.oh, s.ow);
}

static void print_picture(const demo *d)
{
    static const float w[] = { 1, 2, 1, 0, 0, 0, -1, -2, -1 };
    const dense_conv_shape s = dense_conv_shape_of(6, 6, 3, 3);
    float m[16 * 36];

    unroll(&s, w, m);
    print_rows(d, "w", w, s.kernel_h, s.kernel_w);
    const plot_map map = { .title = say("the window as a dense layer", "창을 밀집 층으로"), .value = m,
                           .rows = s.oh * s.ow, .columns = s.h * s.w, .diverging = true,
                           .x_label = say("pixel", "픽셀"), .y_label = say("output", "출력") };
    demo_maps(d, &map, 1, "picture");
}

/* ---- Two networks ---- */

/* The tutorials' fashion-cnn with a quarter of the channels and one linear layer at the end, so
 * that it learns within seconds. */
static const net_layer conv_layers[] = {
    { .kind = LAYER_CONV2D, .name = "conv1", .outputs = 8, .kernel = 3, .stride = 1, .pad = 1,
      .init = INIT_KAIMING_UNIFORM },
    { .kind = LAYER_BATCHNORM2D, .name = "bn1" },
    { .kind = LAYER_ACTIVATION, .name = "relu1", .activation = ACTIVATION_RELU },
    { .kind = LAYER_MAX_POOL2D, .name = "pool1", .kernel = 2, .stride = 2 },
    { .kind = LAYER_CONV2D, .name = "conv2", .outputs = 16, .kernel = 3, .stride = 1,
      .init = INIT_KAIMING_UNIFORM },
    { .kind = LAYER_BATCHNORM2D, .name = "bn2" },
    { .kind = LAYER_ACTIVATION, .name = "relu2", .activation = ACTIVATION_RELU },
    { .kind = LAYER_MAX_POOL2D, .name = "pool2", .kernel = 2, .stride = 2 },
    { .kind = LAYER_FLATTEN, .name = "flatten" },
    { .kind = LAYER_LINEAR, .name = "fc", .outputs = 10, .init = INIT_KAIMING_UNIFORM },
};

static const network conv_net = {
    .name = "convolution", .layers = conv_layers,
    .layer_count = sizeof conv_layers / sizeof conv_layers[0], .input = { 1, SIDE, SIDE },
    .loss = LOSS_CROSS_ENTROPY, .batch = BATCH, .epochs = 1, .lr = 0.001
};

static const network *net_of(int i)
{
    return i == 0 ? network_find("fashion-dnn") : &conv_net;
}

static const char *name_of(int i)
{
    return i == 0 ? say("dense", "밀집") : say("convolution", "합성곱");
}

/* Parameters and multiply-adds per image of the layers from..end - 1. */
static void count_layers(const network *net, int from, int end, int64_t *parameters,
                         int64_t *multiply_adds)
{
    net_extent in = net->input, out;

    *parameters = *multiply_adds = 0;
    for (int i = 0; i < end; i++, in = out) {
        if (net_layer_output(&net->layers[i], in, &out) != STATUS_OK)
            return;
        *parameters += i < from ? 0 : net_layer_parameters(&net->layers[i], in);
        *multiply_adds += i < from ? 0 : net_layer_multiply_adds(&net->layers[i], in, out);
    }
}

typedef struct {
    trainer t;
    double step[STEPS], loss[STEPS];
} run;

/* Read and trained once, however many parts want it. [0]: as they are, [1]: shuffled. */
static struct {
    bool tried, good;
    dataset train, test;
    bool trained[2];
    run run[2][NETS];
} all;

static void note_loss(void *context, const trainer *t)
{
    run *const r = context;

    r->step[t->steps_here - 1] = (double)t->steps_here;
    r->loss[t->steps_here - 1] = trainer_loss(t);
}

static bool load(const demo *d)
{
    static const char *const names[] = { "fashion-mnist", "digits" };
    file_error error = { { 0 } };

    if (all.tried)
        return all.good;
    all.tried = true;
    for (int i = 0; i < 2 && !all.good; i++) {
        if (!dataset_find(names[i], NULL))
            continue;
        all.good = dataset_load(names[i], SPLIT_TRAIN, &all.train, &error) == STATUS_OK &&
                   dataset_load(names[i], SPLIT_TEST, &all.test, &error) == STATUS_OK;
        if (!all.good)
            dataset_free(&all.train);
    }
    if (!all.good)
        fprintf(d->out, "%s\n", error.text);
    else {
        all.train.count = all.train.count < TRAIN_IMAGES ? all.train.count : TRAIN_IMAGES;
        all.test.count = all.test.count < TEST_IMAGES ? all.test.count : TEST_IMAGES;
    }
    return all.good;
}

/* Trains both networks; false after saying why not. */
static bool train_both(const demo *d, const dataset *set, int which)
{
    file_error error = { { 0 } };

    for (int i = 0; i < NETS && !all.trained[which]; i++) {
        run *const r = &all.run[which][i];
        train_options o = train_options_default(net_of(i));
        o.batch = BATCH;
        o.max_steps = STEPS;
        o.on_step = note_loss;
        o.context = r;
        if (trainer_init(&r->t, &o, set, &error) != STATUS_OK ||
            trainer_run(&r->t, &error) != STATUS_OK) {
            fprintf(d->out, "%s\n", error.text);
            return false;
        }
    }
    all.trained[which] = true;
    return true;
}

static double percent(run *r, const dataset *test)
{
    const evaluate_options o = { .raw_pixels = false };
    evaluation e;

    return evaluate(&r->t.plan, test, &o, &e) == STATUS_OK ? 100.0 * e.correct / e.count : NAN;
}

static void print_name(const demo *d, const char *name)
{
    int wide = 0;                               /* Korean: three bytes, two columns */

    for (const char *at = name; *at; at++)
        wide += (*at & 0xc0) == 0xc0;
    fprintf(d->out, "  %-*s", 13 + wide, name);
}

static void print_training(const demo *d)
{
    static double smooth[NETS][STEPS];
    plot_chart chart = { .kind = PLOT_LINES, .x_label = say("step", "단계"),
                         .y_label = say("loss", "손실"), .series_count = NETS };

    if (!load(d) || !train_both(d, &all.train, 0))
        return;
    fprintf(d->out, say("Data: %s. %d steps of %d images, %d test images.\n\n"
                        "               parameters   multiply-adds   right answers, %%\n",
                        "데이터: %s. %d단계, 단계마다 이미지 %d개, 시험 이미지 %d개.\n\n"
                        "               매개변수     곱셈-덧셈       맞힌 비율, %%\n"),
            all.train.name, STEPS, BATCH, all.test.count);
    for (int i = 0; i < NETS; i++) {
        int64_t parameters, multiply_adds;
        run *const r = &all.run[0][i];
        count_layers(net_of(i), 0, net_of(i)->layer_count, &parameters, &multiply_adds);
        print_name(d, name_of(i));
        fprintf(d->out, "%-12lld %-15lld %.1f\n", (long long)parameters,
                (long long)multiply_adds, percent(r, &all.test));
        for (int step = 0; step < STEPS; step++) {          /* a mean over the last few steps */
            const int from = step < SMOOTH ? 0 : step - SMOOTH + 1;
            double sum = 0.0;
            for (int at = from; at <= step; at++)
                sum += r->loss[at];
            smooth[i][step] = sum / (step - from + 1);
        }
        chart.series[i] = (plot_series){ .name = name_of(i), .x = r->step, .y = smooth[i],
                                         .count = STEPS };
    }
    fputc('\n', d->out);
    demo_chart(d, &chart, "training");
}

/* ---- Moved ---- */

static bool copy_set(const dataset *set, dataset *copy)
{
    *copy = *set;
    copy->pixels = calloc((size_t)set->count, PIXELS);
    return copy->pixels != NULL;
}

static void print_moved(const demo *d)
{
    dataset moved;

    if (!load(d) || !train_both(d, &all.train, 0) || !copy_set(&all.test, &moved))
        return;
    fprintf(d->out, say("right answers in %%, the test images moved to the right by\n\n"
                        "             ",
                        "맞힌 비율 %%, 시험 이미지를 오른쪽으로 옮긴 픽셀 수마다\n\n"
                        "             "));
    for (int by = 0; by <= MOST_MOVED; by++)
        fprintf(d->out, "  %5d", by);
    fputc('\n', d->out);
    for (int i = 0; i < NETS; i++) {
        print_name(d, name_of(i));
        for (int by = 0; by <= MOST_MOVED; by++) {
            for (ptrdiff_t row = 0; row < (ptrdiff_t)moved.count * SIDE; row++) {
                memset(moved.pixels + row * SIDE, 0, (size_t)by);
                memcpy(moved.pixels + row * SIDE + by, all.test.pixels + row * SIDE,
                       (size_t)(SIDE - by));
            }
            fprintf(d->out, "%s%5.1f", by ? "  " : "", percent(&all.run[0][i], &moved));
        }
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
    free(moved.pixels);
}

/* ---- Shuffled ---- */

/* The same permutation for every image. */
static void shuffle(const dataset *set, const dataset *shuffled)
{
    int32_t order[PIXELS];
    rng r;

    rng_seed(&r, SHUFFLE_SEED);
    rng_permutation(&r, PIXELS, order);
    for (ptrdiff_t n = 0; n < set->count; n++)
        for (int i = 0; i < PIXELS; i++)
            shuffled->pixels[n * PIXELS + i] = set->pixels[n * PIXELS + order[i]];
}

static void show_shuffled(const demo *d, const dataset *shuffled)
{
    static float before[PIXELS], after[PIXELS];

    for (int i = 0; i < PIXELS; i++) {
        before[i] = (float)all.test.pixels[i];
        after[i] = (float)shuffled->pixels[i];
    }
    const plot_map maps[] = {
        { .title = say("a test image", "시험 이미지"), .value = before, .rows = SIDE,
          .columns = SIDE },
        { .title = say("its pixels shuffled", "픽셀을 섞은 것"), .value = after, .rows = SIDE,
          .columns = SIDE },
    };
    demo_maps(d, maps, 2, "shuffled");
}

static void print_shuffled(const demo *d)
{
    static dataset train, test;

    if (!load(d) || !train_both(d, &all.train, 0))
        return;
    if (!train.pixels) {
        if (!copy_set(&all.train, &train) || !copy_set(&all.test, &test))
            return;
        shuffle(&all.train, &train);
        shuffle(&all.test, &test);
    }
    if (!train_both(d, &train, 1))
        return;
    show_shuffled(d, &test);
    fprintf(d->out, "%s", say("\nright answers in %:\n\n"
                              "               images    shuffled images   difference\n",
                              "\n맞힌 비율 %:\n\n"
                              "               이미지    섞은 이미지       차이\n"));
    for (int i = 0; i < NETS; i++) {
        const double plain = percent(&all.run[0][i], &all.test);
        const double mixed = percent(&all.run[1][i], &test);
        print_name(d, name_of(i));
        fprintf(d->out, "%-9.1f %-17.1f %+.1f\n", plain, mixed, mixed - plain);
    }
    fputc('\n', d->out);
}

/* ---- Three layers that are one ---- */

static const plan_layer *layer_named(const plan *p, const char *name)
{
    int i = 0;

    while (strcmp(p->net->layers[i].name, name) != 0)
        i++;
    return &p->layers[i];
}

/* m = w * m0 and c = w * c0 + b: what a linear layer behind the layer (m0, c0) makes of both. */
static void follow(const plan_layer *l, int inputs, const double *m0, const double *c0, double *m,
                   double *c)
{
    const int rows = l->weight->shape[0], inner = l->weight->shape[1];

    for (int o = 0; o < rows; o++) {
        c[o] = (double)l->bias->value[o];
        for (int k = 0; k < inner; k++) {
            const double w = (double)l->weight->value[o * inner + k];
            c[o] += w * c0[k];
            for (int i = 0; i < inputs; i++)
                m[(ptrdiff_t)o * inputs + i] += w * m0[(ptrdiff_t)k * inputs + i];
        }
    }
}

static void print_collapsed(const demo *d)
{
    static const char *const names[] = { "fc2", "fc3" };
    const network *const net = network_find("fashion-cnn");
    const plan_options options = plan_options_default(net, 1);
    unsigned char pixels[DIGITS_PIXELS];
    plan p;
    rng r;

    if (plan_init(&p, net, &options) != STATUS_OK)
        return;
    rng_seed(&r, 777);
    (void)plan_initialise(&p, &r);
    (void)digits_draw(DIGITS_SEED, 0, pixels);
    for (int i = 0; i < DIGITS_PIXELS; i++)
        p.input[i] = (float)pixels[i] / 255.0f;
    (void)step_forward(&p, 1, STEP_EVAL, NULL);

    const plan_layer *l = layer_named(&p, "fc1");
    const int inputs = l->weight->shape[1];
    const float *const x = l->x;
    int rows = l->weight->shape[0];
    double *m = calloc((size_t)rows * (size_t)inputs, sizeof *m);
    double *c = calloc((size_t)rows, sizeof *c);
    for (ptrdiff_t i = 0; m && i < l->weight->count; i++)
        m[i] = (double)l->weight->value[i];
    for (int o = 0; c && o < rows; o++)
        c[o] = (double)l->bias->value[o];
    fprintf(d->out, "  fc1 %6d -> %d\n", inputs, rows);
    for (int i = 0; i < 2; i++) {
        l = layer_named(&p, names[i]);
        rows = l->weight->shape[0];
        double *const next_m = calloc((size_t)rows * (size_t)inputs, sizeof *m);
        double *const next_c = calloc((size_t)rows, sizeof *c);
        if (m && c && next_m && next_c)
            follow(l, inputs, m, c, next_m, next_c);
        free(m);
        free(c);
        m = next_m;
        c = next_c;
        fprintf(d->out, "  %s %6d -> %d\n", names[i], l->weight->shape[1], rows);
    }
    fprintf(d->out, "%s", say("\n  class   three layers   one layer\n",
                              "\n  클래스  세 층          한 층\n"));
    for (int o = 0; m && c && o < rows; o++) {
        double y = c[o];
        for (int i = 0; i < inputs; i++)
            y += m[(ptrdiff_t)o * inputs + i] * (double)x[i];
        fprintf(d->out, "  %-7d %-14.5f %.5f\n", o, (double)p.output[o], y);
    }
    fputc('\n', d->out);
    free(m);
    free(c);
    plan_free(&p);
}

/* ---- Answers ---- */

static double layer_parameters(const char *net_name, layer_kind kind)
{
    const network *const net = network_find(net_name);
    int64_t parameters = 0, multiply_adds;

    for (int i = 0; i < net->layer_count; i++)
        if (net->layers[i].kind == kind) {
            count_layers(net, i, i + 1, &parameters, &multiply_adds);
            break;
        }
    return (double)parameters;
}

static double dense(void)
{
    return layer_parameters("fashion-dnn", LAYER_LINEAR);
}

static double convolution(void)
{
    return layer_parameters("fashion-cnn", LAYER_CONV2D);
}

static double copies(void)
{
    static const float ones[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    const dense_conv_shape s = dense_conv_shape_of(SIDE, SIDE, 3, 3);
    const ptrdiff_t count = (ptrdiff_t)s.oh * s.ow * s.h * s.w;
    float *const m = calloc((size_t)count, sizeof *m);
    double sum = 0.0;

    if (!m)
        return NAN;
    unroll(&s, ones, m);
    for (ptrdiff_t i = 0; i < count; i++)
        sum += (double)m[i];
    free(m);
    return sum;
}

static double collapsed(void)
{
    const network *const net = network_find("fashion-cnn");
    net_extent extents[NETWORK_MAX_LAYERS];
    int flat = 0;

    (void)network_extents(net, extents);
    while (net->layers[flat].kind != LAYER_FLATTEN)
        flat++;
    return (double)net_layer_parameters(&net->layers[net->layer_count - 1], extents[flat]);
}

static const demo_part parts[] = {
    { "matrix", print_matrix },
    { "picture", print_picture },
    { "training", print_training },
    { "moved", print_moved },
    { "shuffled", print_shuffled },
    { "collapsed", print_collapsed },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "dense", dense, 0.0 },
    { "convolution", convolution, 0.0 },
    { "copies", copies, 0.0 },
    { "collapsed", collapsed, 0.0 },
    { NULL, NULL, 0.0 },
};

static const student_contract contracts[] = {
    { .concept = &check_dense_conv, .header = "lessons/19-fashion/dense_conv.h",
      .type = "dense_conv_variant",
      .pass = { CONTRACT_PASS(dense_conv_variant, forward, dense_conv_shape, "stt"),
                CONTRACT_PASS(dense_conv_variant, backward, dense_conv_shape, "stt") } },
    { .concept = NULL },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers,
                                        .contracts = contracts };
