/* demo.c: the numbers and pictures of the lesson on activation, by the suite's kernels. */
#include "data/digits.h"
#include "kernels/activation/activation.h"
#include "kernels/conv2d/conv2d.h"
#include "lessons/demo.h"

#include <math.h>

enum { MOST = 28 * 28, DIGIT = 7, DIGIT_SEED = 3, CURVE = 33 };

static const float leak = 0.1f;                 /* slope of the leaky relu in all examples */

static void activate(activation_kind kind, ptrdiff_t count, const float *x, float *y)
{
    const activation_shape s = { .kind = kind, .count = count, .slope = leak };
    (void)activation_forward(&activation_variants[0], &s, x, y);
}

static double activated(activation_kind kind, float x)
{
    float y;
    activate(kind, 1, &x, &y);
    return (double)y;
}

static conv2d_shape plain(int h, int w, int kernel_h, int kernel_w)
{
    conv2d_shape s = { .n = 1, .c = 1, .h = h, .w = w, .oc = 1,
                       .kernel_h = kernel_h, .kernel_w = kernel_w, .stride_h = 1, .stride_w = 1,
                       .dilation_h = 1, .dilation_w = 1, .groups = 1 };
    (void)conv2d_shape_init(&s);
    return s;
}

static conv2d_shape convolve(conv2d_shape s, const float *x, const float *w, float *y)
{
    (void)conv2d_forward(&conv2d_variants[0], &s, x, w, NULL, y, NULL);
    return s;
}

static void print_row(const demo *d, const char *name, const float *value, int count)
{
    fprintf(d->out, "  %-26s", name);
    for (int i = 0; i < count; i++)
        fprintf(d->out, " %3g", (double)value[i] + 0.0);        /* + 0: not "-0" */
    fputc('\n', d->out);
}

/* ---- Two windows, one after the other ---- */

enum { ROW = 6 };

static const float row_x[ROW] = { 0, 0, 3, 3, 1, 1 };
static const float first_w[] = { -1, 1 }, second_w[] = { 1, 1 };

/* y = the second window over the first window over x; between them ReLU, if `bend`. */
static int two_windows(const float *x, int w, bool bend, float *middle, float *y)
{
    const conv2d_shape first = convolve(plain(1, w, 1, 2), x, first_w, middle);
    if (bend)
        activate(ACTIVATION_RELU, first.ow, middle, middle);
    return convolve(plain(1, first.ow, 1, 2), middle, second_w, y).ow;
}

static void print_collapse(const demo *d)
{
    float middle[ROW], y[ROW], window[3], once[ROW], minus[ROW];

    const int ow = two_windows(row_x, ROW, false, middle, y);
    print_row(d, "x", row_x, ROW);
    print_row(d, "first window: -1 1", middle, ROW - 1);
    print_row(d, "second window: 1 1", y, ow);
    fprintf(d->out, "%s", say("\n  both windows over a single 1, at each of three places:\n",
                              "\n  세 자리 가운데 하나만 1인 행에 두 창을 차례로:\n"));
    for (int j = 0; j < 3; j++) {
        float one[3] = { 0, 0, 0 };
        one[j] = 1;
        (void)two_windows(one, 3, false, middle, &window[j]);
        print_row(d, j == 0 ? "1 0 0" : j == 1 ? "0 1 0" : "0 0 1", &window[j], 1);
    }
    (void)convolve(plain(1, ROW, 1, 3), row_x, window, once);
    print_row(d, say("these three as one window", "이 셋을 창 하나로"), once, ow);

    fprintf(d->out, "%s", say("\n  with ReLU after the first window:\n",
                              "\n  첫 번째 창 뒤에 ReLU를 두면:\n"));
    (void)two_windows(row_x, ROW, true, middle, y);
    print_row(d, "x", row_x, ROW);
    print_row(d, "ReLU(-1 1)", middle, ROW - 1);
    print_row(d, "1 1", y, ow);
    for (int i = 0; i < ROW; i++)
        minus[i] = -row_x[i];
    (void)two_windows(minus, ROW, true, middle, y);
    fputc('\n', d->out);
    print_row(d, "-x", minus, ROW);
    print_row(d, "ReLU(-1 1)", middle, ROW - 1);
    print_row(d, "1 1", y, ow);
}

/* ---- The functions ---- */

static void print_values(const demo *d)
{
    static const float at[] = { -10, -5, -2, -1, -0.5f, 0, 0.5f, 1, 2, 5, 10 };

    fprintf(d->out, "       x      ReLU  leaky ReLU   sigmoid      tanh\n");
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
        fprintf(d->out, "  %6g  %8g  %10g  %8.5f  %8.5f\n", (double)at[i],
                activated(ACTIVATION_RELU, at[i]), activated(ACTIVATION_LEAKY_RELU, at[i]),
                activated(ACTIVATION_SIGMOID, at[i]), activated(ACTIVATION_TANH, at[i]));
    fprintf(d->out, say("\n  (slope of the leaky ReLU: %g)\n", "\n  (leaky ReLU의 기울기: %g)\n"),
            (double)leak);
}

static void print_curves(const demo *d)
{
    static const activation_kind kinds[] = { ACTIVATION_RELU, ACTIVATION_LEAKY_RELU,
                                             ACTIVATION_SIGMOID, ACTIVATION_TANH };
    static const char *const names[] = { "ReLU", "leaky ReLU", "sigmoid", "tanh" };
    static double x[CURVE], y[4][CURVE];
    plot_chart chart = { .kind = PLOT_LINES, .x_label = "x", .y_label = "y", .series_count = 4,
                         .title = say("four activation functions", "활성화 함수 네 가지") };

    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < CURVE; i++) {
            x[i] = -4.0 + 0.25 * i;
            y[k][i] = activated(kinds[k], (float)x[i]);
        }
        chart.series[k] = (plot_series){ .name = names[k], .x = x, .y = y[k], .count = CURVE };
    }
    demo_chart(d, &chart, "curves");
}

static int zeros_of(const float *value, int count)
{
    int zeros = 0;
    for (int i = 0; i < count; i++)
        zeros += !(value[i] < 0.0f || value[i] > 0.0f);
    return zeros;
}

static void print_picture(const demo *d)
{
    static const float upright[] = { -1, 0, 1, -1, 0, 1, -1, 0, 1 };
    unsigned char pixels[DIGITS_PIXELS];
    float x[MOST], edges[MOST], bent[MOST];
    double most = 0.0;

    (void)digits_draw(DIGIT_SEED, DIGIT, pixels);
    for (int i = 0; i < DIGITS_PIXELS; i++)
        x[i] = (float)pixels[i] / 255.0f;
    const conv2d_shape s = convolve(plain(28, 28, 3, 3), x, upright, edges);
    const int count = s.oh * s.ow;
    activate(ACTIVATION_RELU, count, edges, bent);
    for (int i = 0; i < count; i++)
        most = fmax(most, fabs((double)edges[i]));
    const plot_map maps[] = {
        { .title = say("upright edges", "세로 가장자리"), .value = edges, .rows = s.oh,
          .columns = s.ow, .low = -most, .high = most, .diverging = true },
        { .title = say("after ReLU", "ReLU를 지난 뒤"), .value = bent, .rows = s.oh,
          .columns = s.ow, .low = -most, .high = most, .diverging = true },
    };
    demo_maps(d, maps, 2, "picture");
    fprintf(d->out, say("numbers that are 0, of %d: %d before ReLU, %d after it\n",
                        "0인 수, 모두 %d개 가운데: ReLU 앞에서 %d개, 뒤에서 %d개\n"), count,
            zeros_of(edges, count), zeros_of(bent, count));
}

/* ---- Answers ---- */

static double zeros(void)
{
    static const float x[] = { 2, -1, 0, -3, 4, -2 };
    float y[6];

    activate(ACTIVATION_RELU, 6, x, y);
    return zeros_of(y, 6);
}

static double leaky(void)
{
    return activated(ACTIVATION_LEAKY_RELU, -3);
}

static double sigmoid(void)
{
    const double x = log(0.9 / 0.1);            /* where the sigmoid is 0.9 */
    return activated(ACTIVATION_SIGMOID, (float)-x);
}

/* The window that leaves of 28 rows what two of 3 x 3 leave. */
static double window(void)
{
    const conv2d_shape first = plain(28, 28, 3, 3), second = plain(first.oh, first.ow, 3, 3);
    int kernel = 1;

    while (plain(28, 28, kernel, kernel).oh > second.oh)
        kernel++;
    return kernel;
}

static const demo_part parts[] = {
    { "collapse", print_collapse },
    { "values", print_values },
    { "curves", print_curves },
    { "picture", print_picture },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "zeros", zeros, 0.0 },
    { "leaky", leaky, 1e-6 },
    { "sigmoid", sigmoid, 1e-4 },
    { "window", window, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
