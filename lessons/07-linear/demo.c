/* demo.c: the numbers and pictures of the lesson on the fully connected layer, by the suite's
 * kernels. The picture's classifier is not trained: its weights are mean digits. */
#include "data/digits.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/linear/linear.h"
#include "lessons/demo.h"
#include "nets/evaluate.h"
#include "nets/net.h"

enum { CLASSES = DIGITS_CLASSES, LOOKED_AT = 2000, TESTED = DIGITS_TEST_COUNT, SHOWN = 4 };

static void connect(linear_shape s, const float *x, const float *w, const float *b, float *y)
{
    (void)linear_forward(&linear_variants[0], &s, x, w, b, y, NULL);
}

static void print_row(const demo *d, const char *name, const float *value, int count)
{
    fprintf(d->out, "  %-8s", name);
    for (int i = 0; i < count; i++)
        fprintf(d->out, " %4g", (double)value[i]);
    fputc('\n', d->out);
}

/* ---- Flattening ---- */

static void print_flatten(const demo *d)
{
    static const float x[2][2][3] = { { { 1, 2, 3 }, { 4, 5, 6 } },
                                      { { 10, 20, 30 }, { 40, 50, 60 } } };
    const float *const row = &x[0][0][0];
    char name[32];

    for (int c = 0; c < 2; c++)
        for (int h = 0; h < 2; h++) {
            snprintf(name, sizeof name, say("channel %d", "채널 %d"), c);
            fprintf(d->out, h ? "  %-12s" : say("  %-12s", "  %-14s"), h ? "" : name);
            for (int w = 0; w < 3; w++)
                fprintf(d->out, " %4g", (double)x[c][h][w]);
            fputs(h ? "\n\n" : "\n", d->out);
        }
    fprintf(d->out, say("  %-12s", "  %-14s"), say("place", "자리"));
    for (int i = 0; i < 12; i++)
        fprintf(d->out, " %4d", i);
    fprintf(d->out, say("\n  %-12s", "\n  %-14s"), say("flat", "펼침"));
    for (int i = 0; i < 12; i++)
        fprintf(d->out, " %4g", (double)row[i]);
    fprintf(d->out, say("\n\n  channel %d, row %d, column %d: ",
                        "\n\n  채널 %d, %d행, %d열: "), 1, 0, 2);
    fprintf(d->out, say("place (%d * %d + %d) * %d + %d = %d\n",
                        "자리 (%d * %d + %d) * %d + %d = %d\n"), 1, 2, 0, 3, 2,
            (int)(&x[1][0][2] - row));
}

/* ---- By hand ---- */

static const float example_x[] = { 1, 2, 0,
                                   0, 1, 3 };
static const float example_w[] = { 2, -1, 1,
                                   0, 3, -2 };
static const float example_b[] = { 1, -1 };

static void print_example(const demo *d)
{
    const linear_shape s = { .n = 2, .in_features = 3, .out_features = 2 };
    float y[4];

    connect(s, example_x, example_w, example_b, y);
    for (int n = 0; n < s.n; n++)
        print_row(d, n ? "" : "x", example_x + n * s.in_features, s.in_features);
    fputc('\n', d->out);
    for (int o = 0; o < s.out_features; o++)
        print_row(d, o ? "" : "w", example_w + o * s.in_features, s.in_features);
    fputc('\n', d->out);
    print_row(d, "b", example_b, s.out_features);
    fputc('\n', d->out);
    for (int n = 0; n < s.n; n++)
        for (int o = 0; o < s.out_features; o++) {
            fprintf(d->out, "  y[%d][%d] = %g", n, o, (double)example_b[o]);
            for (int i = 0; i < s.in_features; i++)
                fprintf(d->out, " + %g*(%g)", (double)example_x[n * s.in_features + i],
                        (double)example_w[o * s.in_features + i]);
            fprintf(d->out, " = %g\n", (double)y[n * s.out_features + o]);
        }
    fputc('\n', d->out);
    for (int n = 0; n < s.n; n++)
        print_row(d, n ? "" : "y", y + n * s.out_features, s.out_features);
}

/* ---- A window as large as the image ---- */

static void print_window(const demo *d)
{
    static const float x[] = { 1, 2, 0, 0, 1, 3 };
    static const float w[] = { 2, -1, 1, 0, 3, -2,   1, 1, 1, -1, -1, -1 }, b[] = { 0, 5 };
    conv2d_shape s = { .n = 1, .c = 1, .h = 2, .w = 3, .oc = 2, .kernel_h = 2, .kernel_w = 3,
                       .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1,
                       .groups = 1 };
    float by_window[2], connected[2];

    (void)conv2d_shape_init(&s);
    (void)conv2d_forward(&conv2d_variants[0], &s, x, w, b, by_window, NULL);
    connect((linear_shape){ .n = 1, .in_features = 6, .out_features = 2 }, x, w, b, connected);
    fprintf(d->out, say("  image %d x %d, window %d x %d, %d filters: the output is %d x %d\n",
                        "  이미지 %d x %d, 창 %d x %d, 필터 %d개: 출력은 %d x %d\n"), s.h, s.w, s.kernel_h,
            s.kernel_w, s.oc, s.oh, s.ow);
    fprintf(d->out, say("  by convolution:           %g %g\n", "  합성곱으로:       %g %g\n"),
            (double)by_window[0], (double)by_window[1]);
    fprintf(d->out, say("  by the connected layer:   %g %g\n", "  완전 연결 층으로: %g %g\n"),
            (double)connected[0], (double)connected[1]);
}

/* ---- What it costs ---- */

static void print_sizes(const demo *d)
{
    const network *const net = network_find("cnn-basic");
    net_extent in = net->input, out;
    long long parameters = 0, work = 0;

    fprintf(d->out, "%s", say("  layer       output         parameters   multiply-adds\n",
                              "  층          출력            파라미터     곱셈-덧셈\n"));
    for (int i = 0; i < net->layer_count; i++, in = out) {
        const net_layer *const layer = &net->layers[i];
        char size[32];
        (void)net_layer_output(layer, in, &out);
        const long long own = net_layer_parameters(layer, in);
        const long long steps = net_layer_multiply_adds(layer, in, out);
        snprintf(size, sizeof size, "%d x %d x %d", out.c, out.h, out.w);
        fprintf(d->out, "  %-11s %-14s %10lld   %13lld\n", layer_kind_name(layer), size, own,
                steps);
        parameters += own;
        work += steps;
    }
    fprintf(d->out, "  %-26s %10lld   %13lld\n", "", parameters, work);
}

/* ---- A classifier made by hand ---- */

typedef struct {
    float w[CLASSES * DIGITS_PIXELS], b[CLASSES];
} classifier;

static void draw_digits(int first, int count, float *x, unsigned char *labels)
{
    static unsigned char pixels[LOOKED_AT * DIGITS_PIXELS];

    digits_draw_many(DIGITS_SEED, first, count, pixels, labels);
    for (int i = 0; i < count * DIGITS_PIXELS; i++)
        x[i] = (float)pixels[i] / 255.0f;
}

/* Row k of w: the mean image of class k; b[k]: minus half the sum of its squares. The score of x
 * is then largest for the class whose mean image is nearest to x. */
static void look_at_digits(classifier *k)
{
    static float x[LOOKED_AT * DIGITS_PIXELS];
    static unsigned char labels[LOOKED_AT];
    int of_class[CLASSES] = { 0 };

    draw_digits(0, LOOKED_AT, x, labels);
    *k = (classifier){ .b = { 0 } };
    for (int n = 0; n < LOOKED_AT; n++) {
        of_class[labels[n]]++;
        for (int i = 0; i < DIGITS_PIXELS; i++)
            k->w[labels[n] * DIGITS_PIXELS + i] += x[n * DIGITS_PIXELS + i];
    }
    for (int o = 0; o < CLASSES; o++)
        for (int i = 0; i < DIGITS_PIXELS; i++) {
            float *const w = &k->w[o * DIGITS_PIXELS + i];
            *w /= (float)of_class[o];
            k->b[o] -= *w * *w / 2.0f;
        }
}

static int right_answers(const float *y, const unsigned char *labels)
{
    int right = 0;
    for (int n = 0; n < TESTED; n++)
        right += evaluate_answer(y + n * CLASSES, CLASSES) == labels[n];
    return right;
}

static void print_answers(const demo *d, const float *y, const float *bare,
                          const unsigned char *labels)
{
    fprintf(d->out, say("right of %d new digits: %d; without the bias: %d\n",
                        "새 숫자 %d장 가운데 맞힌 것: %d장, 편향이 없으면 %d장\n"), TESTED,
            right_answers(y, labels), right_answers(bare, labels));
}

/* The classes with the largest and the second largest score. */
static void two_largest(const float *score, int *best, int *second)
{
    float others[CLASSES];

    *best = evaluate_answer(score, CLASSES);
    for (int o = 0; o < CLASSES; o++)
        others[o] = o == *best ? -1e9f : score[o];
    *second = evaluate_answer(others, CLASSES);
}

static void print_picture(const demo *d)
{
    const linear_shape s = { .n = TESTED, .in_features = DIGITS_PIXELS, .out_features = CLASSES };
    static classifier k;
    static float x[TESTED * DIGITS_PIXELS], y[TESTED * CLASSES], bare[TESTED * CLASSES];
    static unsigned char labels[TESTED];
    float difference[DIGITS_PIXELS];
    char of_best[64], between[64];
    int best, second;

    look_at_digits(&k);
    draw_digits(DIGITS_TRAIN_COUNT, TESTED, x, labels);
    connect(s, x, k.w, k.b, y);
    connect(s, x, k.w, NULL, bare);

    const float *const score = y + SHOWN * CLASSES;
    two_largest(score, &best, &second);
    fprintf(d->out, "%s", say("the scores of the image below\n", "아래 이미지의 점수\n"));
    for (int o = 0; o < CLASSES; o++)
        fprintf(d->out, "  %d: %7.2f%s\n", o, (double)score[o],
                o == best ? say("   the largest", "   가장 큰 점수") : "");
    for (int i = 0; i < DIGITS_PIXELS; i++)
        difference[i] = k.w[best * DIGITS_PIXELS + i] - k.w[second * DIGITS_PIXELS + i];
    snprintf(of_best, sizeof of_best, say("weights of %d", "%d의 가중치"), best);
    snprintf(between, sizeof between,
             say("those of %d less those of %d", "%d의 가중치 - %d의 가중치"), best, second);
    const plot_map maps[] = {
        { .title = say("the image", "이미지"), .value = x + SHOWN * DIGITS_PIXELS, .rows = 28,
          .columns = 28, .low = 0, .high = 1 },
        { .title = of_best, .value = k.w + best * DIGITS_PIXELS, .rows = 28, .columns = 28 },
        { .title = between, .value = difference, .rows = 28, .columns = 28, .diverging = true },
    };
    demo_maps(d, maps, 3, "picture");
    print_answers(d, y, bare, labels);
}

/* ---- Answers ---- */

static double features(void)
{
    return (double)net_extent_count((net_extent){ 16, 5, 5 });
}

static double place(void)
{
    static const float x[4][5][6];
    return (double)(&x[1][2][3] - &x[0][0][0]);
}

static const net_layer to_ten = { .kind = LAYER_LINEAR, .outputs = 10 };

static double parameters(void)
{
    return (double)net_layer_parameters(&to_ten, (net_extent){ 784, 1, 1 });
}

static double multiply_adds(void)
{
    return 100.0 * (double)net_layer_multiply_adds(&to_ten, (net_extent){ 784, 1, 1 },
                                                   (net_extent){ 10, 1, 1 });
}

static double value(void)
{
    static const float x[] = { 1, 5, 2 }, w[] = { 3, 0, -1 }, b[] = { 10 };
    float y[1];

    connect((linear_shape){ .n = 1, .in_features = 3, .out_features = 1 }, x, w, b, y);
    return (double)y[0];
}

static const demo_part parts[] = {
    { "flatten", print_flatten },
    { "example", print_example },
    { "window", print_window },
    { "sizes", print_sizes },
    { "picture", print_picture },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "features", features, 0.0 },
    { "place", place, 0.0 },
    { "parameters", parameters, 0.0 },
    { "multiply_adds", multiply_adds, 0.0 },
    { "value", value, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
