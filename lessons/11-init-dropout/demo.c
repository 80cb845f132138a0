/* demo.c: the numbers, curves and pictures of the lesson on initial weights and dropout. */
#include <math.h>
#include <string.h>

#include "data/digits.h"
#include "kernels/activation/activation.h"
#include "kernels/dropout/dropout.h"
#include "kernels/init/init.h"
#include "kernels/linear/linear.h"
#include "lessons/11-init-dropout/overfit.h"
#include "lessons/demo.h"
#include "nets/net.h"

static void multiply(int n, int in, int out, const float *x, const float *w, float *y)
{
    const linear_shape s = { .n = n, .in_features = in, .out_features = out };
    (void)linear_forward(&linear_variants[0], &s, x, w, NULL, y, NULL);
}

static void rectify(int count, const float *x, float *y)
{
    const activation_shape s = { .kind = ACTIVATION_RELU, .count = count };
    (void)activation_forward(&activation_variants[0], &s, x, y);
}

static void print_row(const demo *d, const char *name, const char *format, const float *value,
                      int count)
{
    fprintf(d->out, "  %-14s", name);
    for (int i = 0; i < count; i++)
        fprintf(d->out, format, (double)value[i]);
    fputc('\n', d->out);
}

/* ---- Symmetry: 2 inputs, 3 hidden units with ReLU, 1 output ---- */

enum { INPUTS = 2, HIDDEN = 3 };

/* The gradients of both layers' weights, if the gradient of the output is 1. */
static void small_network(const demo *d, const char *title, const float *first,
                          const float *second)
{
    static const float x[INPUTS] = { 1, 2 }, dy[1] = { 1 };
    const linear_shape below = { 1, INPUTS, HIDDEN }, above = { 1, HIDDEN, 1 };
    const activation_shape relu = { .kind = ACTIVATION_RELU, .count = HIDDEN };
    float sum[HIDDEN], hidden[HIDDEN], dhidden[HIDDEN], dsum[HIDDEN];
    float dfirst[HIDDEN * INPUTS], dsecond[HIDDEN];

    multiply(1, INPUTS, HIDDEN, x, first, sum);
    rectify(HIDDEN, sum, hidden);
    (void)linear_backward_data(&linear_variants[0], &above, dy, second, dhidden, NULL);
    (void)linear_backward_weights(&linear_variants[0], &above, hidden, dy, dsecond, NULL, NULL);
    (void)activation_backward(&activation_variants[0], &relu, sum, hidden, dhidden, dsum);
    (void)linear_backward_weights(&linear_variants[0], &below, x, dsum, dfirst, NULL, NULL);
    fprintf(d->out, "%s\n", title);
    print_row(d, say("hidden", "은닉층        "), " %6.2f", hidden, HIDDEN);
    for (int unit = 0; unit < HIDDEN; unit++) {
        char name[16];
        snprintf(name, sizeof name, "dw1[%d]", unit);
        print_row(d, name, " %6.2f", &dfirst[unit * INPUTS], INPUTS);
    }
    print_row(d, "dw2", " %6.2f", dsecond, HIDDEN);
    fputc('\n', d->out);
}

static void print_symmetry(const demo *d)
{
    static const float zero[HIDDEN * INPUTS] = { 0 };
    static const float half[HIDDEN * INPUTS] = { 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f };
    const init_shape drawn = { .kind = INIT_KAIMING_UNIFORM, .count = HIDDEN * INPUTS,
                               .fan_in = INPUTS, .fan_out = HIDDEN };
    const init_shape out = { .kind = INIT_KAIMING_UNIFORM, .count = HIDDEN, .fan_in = HIDDEN,
                             .fan_out = 1 };
    float first[HIDDEN * INPUTS], second[HIDDEN];
    rng r;

    rng_seed(&r, 8);
    (void)init_fill(&init_variants[0], &drawn, &r, first);
    (void)init_fill(&init_variants[0], &out, &r, second);
    small_network(d, say("All weights 0", "모든 가중치가 0"), zero, zero);
    small_network(d, say("All weights 0.5", "모든 가중치가 0.5"), half, half);
    small_network(d, say("Weights drawn at random", "무작위로 뽑은 가중치"), first, second);
}

/* ---- The signal through a deep stack ---- */

enum { DEPTH = 20, WIDTH = 100, ROWS = 20, PLANE = ROWS * WIDTH, RULES = 4 };

/* size[i]: root mean square behind layer i, weights drawn by the rule and multiplied. */
static void measure(const init_shape *rule, float factor, double *size)
{
    static float x[PLANE], y[PLANE], w[WIDTH * WIDTH];
    rng r;

    rng_seed(&r, 5);
    rng_fill_normal(&r, PLANE, 0.0f, 1.0f, x);
    for (int layer = 0; layer <= DEPTH; layer++) {
        double sum = 0.0;
        for (int i = 0; i < PLANE; i++)
            sum += (double)x[i] * (double)x[i];
        size[layer] = sqrt(sum / PLANE);
        (void)init_fill(&init_variants[0], rule, &r, w);
        for (int i = 0; i < WIDTH * WIDTH; i++)
            w[i] *= factor;
        multiply(ROWS, WIDTH, WIDTH, x, w, y);
        rectify(PLANE, y, x);
    }
}

static void print_signal(const demo *d)
{
    const init_shape plain = { .kind = INIT_KAIMING_UNIFORM, .count = WIDTH * WIDTH,
                               .fan_in = WIDTH, .fan_out = WIDTH, .slope = sqrt(5.0) };
    static double size[RULES][DEPTH + 1], layer[DEPTH + 1];
    const char *const name[RULES] = { say("PyTorch's default", "PyTorch 기본값"), "Xavier",
                                      say("Kaiming for ReLU", "ReLU용 Kaiming"),
                                      say("twice that", "그 두 배") };
    init_shape xavier = plain, relu = plain;
    plot_chart chart = {
        .kind = PLOT_LINES,
        .title = say("The signal behind each layer", "층마다 지나온 신호"),
        .x_label = say("layer", "층"),
        .y_label = say("root mean square", "제곱평균제곱근"),
        .y_log = true,
        .series_count = RULES,
    };

    xavier.kind = INIT_XAVIER_UNIFORM;
    relu.slope = 0.0;
    measure(&plain, 1.0f, size[0]);
    measure(&xavier, 1.0f, size[1]);
    measure(&relu, 1.0f, size[2]);
    measure(&relu, 2.0f, size[3]);
    for (int i = 0; i <= DEPTH; i++)
        layer[i] = i;
    fprintf(d->out, say("  layer   default     Xavier      Kaiming     twice\n",
                        "  층      기본값      Xavier      Kaiming     두 배\n"));
    for (int i = 0; i <= DEPTH; i += DEPTH / 4) {
        fprintf(d->out, "  %-5d", i);
        for (int rule = 0; rule < RULES; rule++)
            fprintf(d->out, "   %-9.2g", size[rule][i]);
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
    for (int rule = 0; rule < RULES; rule++)
        chart.series[rule] = (plot_series){ .name = name[rule], .x = layer, .y = size[rule],
                                            .count = DEPTH + 1 };
    demo_chart(d, &chart, "signal");
}

/* ---- Bounds of the layers of a network ---- */

static void print_bounds(const demo *d)
{
    static const struct {
        const char *name;
        int fan_in, fan_out;
    } layers[] = { { "conv 1 -> 32, 3 x 3", 1 * 9, 32 * 9 },
                   { "conv 32 -> 64, 3 x 3", 32 * 9, 64 * 9 },
                   { "linear 3136 -> 10", 3136, 10 } };

    fprintf(d->out, say("  layer                  fan_in   default    ReLU      Xavier\n",
                        "  층                     fan_in   기본값     ReLU      Xavier\n"));
    for (int i = 0; i < 3; i++) {
        init_shape s = { .kind = INIT_KAIMING_UNIFORM, .count = 1, .fan_in = layers[i].fan_in,
                         .fan_out = layers[i].fan_out, .slope = sqrt(5.0) };
        const double standard = init_bound(&s);
        s.slope = 0.0;
        const double relu = init_bound(&s);
        s.kind = INIT_XAVIER_UNIFORM;
        fprintf(d->out, "  %-22s %6d   %.4f    %.4f    %.4f\n", layers[i].name, s.fan_in, standard,
                relu, init_bound(&s));
    }
    fputc('\n', d->out);
}

/* ---- Dropout ---- */

enum { FEW = 8, MANY = 10000 };

static void print_dropout(const demo *d)
{
    static const float x[FEW] = { 3, 1, 6, 2, 9, 4, 0, 5 };
    static const float dy[FEW] = { 1, 1, 1, 1, 2, 2, 2, 2 };
    const dropout_shape s = { .count = FEW, .p = 0.25 };
    float kept[FEW], y[FEW], dx[FEW], mean[FEW];
    double sum[FEW] = { 0.0 };
    uint8_t mask[FEW];
    rng r;

    rng_seed(&r, 4);
    for (int i = 0; i < MANY; i++) {
        (void)dropout_draw(&dropout_variants[0], &s, &r, mask);
        (void)dropout_forward(&dropout_variants[0], &s, x, mask, y);
        for (int k = 0; k < FEW; k++)
            sum[k] += (double)y[k];
        if (i > 0)
            continue;
        for (int k = 0; k < FEW; k++)
            kept[k] = mask[k];
        (void)dropout_backward(&dropout_variants[0], &s, dy, mask, dx);
        fprintf(d->out, say("p = %g, so what is kept is multiplied by %.4f.\n\n",
                            "p = %g이므로 남긴 것에는 %.4f을 곱합니다.\n\n"), s.p,
                (double)dropout_scale(&s));
        print_row(d, "x", " %5.2f", x, FEW);
        print_row(d, "mask", " %5g", kept, FEW);
        print_row(d, "y", " %5.2f", y, FEW);
        fputc('\n', d->out);
        print_row(d, "dy", " %5.2f", dy, FEW);
        print_row(d, "dx", " %5.2f", dx, FEW);
        fputc('\n', d->out);
    }
    for (int k = 0; k < FEW; k++)
        mean[k] = (float)(sum[k] / MANY);
    fprintf(d->out, say("The mean of y over %d masks, beside x:\n\n",
                        "마스크 %d개에 대한 y의 평균, 그리고 x:\n\n"), MANY);
    print_row(d, say("mean", "평균          "), " %5.2f", mean, FEW);
    print_row(d, "x", " %5.2f", x, FEW);
    fputc('\n', d->out);
}

enum { SIZE = DIGITS_SIZE / 2, PIXELS = SIZE * SIZE, DIGIT = 3, DIGIT_SEED = 3, MASKS = 100 };

/* A digit at half its size: the mean of each 2 x 2 pixels. */
static void draw_digit(float *x)
{
    unsigned char pixels[DIGITS_PIXELS];

    (void)digits_draw(DIGIT_SEED, DIGIT, pixels);
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            const unsigned char *const four = &pixels[2 * i * DIGITS_SIZE + 2 * j];
            x[i * SIZE + j] = (float)(four[0] + four[1] + four[DIGITS_SIZE] +
                                      four[DIGITS_SIZE + 1]) / (4.0f * 255.0f);
        }
}

static void print_picture(const demo *d)
{
    const dropout_shape s = { .count = PIXELS, .p = 0.5 };
    float x[PIXELS], once[PIXELS], y[PIXELS], mean[PIXELS] = { 0.0f };
    uint8_t mask[PIXELS];
    rng r;

    draw_digit(x);
    rng_seed(&r, 1);
    for (int i = 0; i < MASKS; i++) {
        (void)dropout_draw(&dropout_variants[0], &s, &r, mask);
        (void)dropout_forward(&dropout_variants[0], &s, x, mask, y);
        if (i == 0)
            memcpy(once, y, sizeof y);
        for (int k = 0; k < PIXELS; k++)
            mean[k] += y[k] / (float)MASKS;
    }
    fprintf(d->out, say("p = %g. The last map is the mean over %d masks.\n\n",
                        "p = %g. 마지막 맵은 마스크 %d개의 평균입니다.\n\n"), s.p, MASKS);
    const plot_map maps[] = {
        { .title = "x", .value = x, .rows = SIZE, .columns = SIZE, .low = 0, .high = 2 },
        { .title = say("one mask", "마스크 하나"), .value = once, .rows = SIZE,
          .columns = SIZE, .low = 0, .high = 2 },
        { .title = say("many masks", "마스크 여럿"), .value = mean, .rows = SIZE,
          .columns = SIZE, .low = 0, .high = 2 },
    };
    demo_maps(d, maps, 3, "picture");
}

/* ---- Answers ---- */

static double fan_in(void)
{
    const net_layer layer = { .kind = LAYER_CONV2D, .name = "", .outputs = 1, .kernel = 5,
                              .stride = 1 };
    /* a single filter's weights, without its bias */
    return (double)net_layer_parameters(&layer, (net_extent){ 6, 14, 14 }) - 1.0;
}

static double bound(void)
{
    return init_bound(&(init_shape){ .kind = INIT_KAIMING_UNIFORM, .fan_in = 24, .fan_out = 24 });
}

static double scale(void)
{
    return (double)dropout_scale(&(dropout_shape){ .count = 1, .p = 0.8 });
}

static double kept(void)
{
    const dropout_shape s = { .count = 1, .p = 0.5 };
    const float dy = 3.0f;
    float dx;

    (void)dropout_backward(&dropout_variants[0], &s, &dy, &(uint8_t){ 1 }, &dx);
    return (double)dx;
}

static const demo_part parts[] = {
    { "symmetry", print_symmetry },
    { "bounds", print_bounds },
    { "signal", print_signal },
    { "dropout", print_dropout },
    { "picture", print_picture },
    { "overfit", print_overfit },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "fan_in", fan_in, 0.0 },
    { "bound", bound, 0.001 },
    { "scale", scale, 0.001 },
    { "dx", kept, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
