/* demo.c: the numbers and curves of the lesson on skip connections, by the suite's kernels. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "kernels/activation/activation.h"
#include "kernels/add/add.h"
#include "kernels/concat/concat.h"
#include "kernels/init/init.h"
#include "kernels/linear/linear.h"
#include "lessons/13-skip/residual.h"
#include "lessons/13-skip/residual_check.h"
#include "lessons/demo.h"
#include "nets/net.h"

/* ---- A block: y = x + relu(w x), or without the skip ---- */

static void block_forward(int n, int width, bool skip, const float *x, const float *w, float *sum,
                          float *y)
{
    const linear_shape s = { .n = n, .in_features = width, .out_features = width };
    const activation_shape relu = { .kind = ACTIVATION_RELU, .count = n * width };

    (void)linear_forward(&linear_variants[0], &s, x, w, NULL, sum, NULL);
    (void)activation_forward(&activation_variants[0], &relu, sum, y);
    if (skip)
        (void)add_forward(&add_variants[0], &(add_shape){ n * width }, y, x, y);
}

/* dx from dy; `dsum` is the gradient of w x, `through` what comes back through it. */
static void block_backward(int n, int width, bool skip, const float *w, const float *sum,
                           const float *dy, float *dsum, float *through, float *dx)
{
    const linear_shape s = { .n = n, .in_features = width, .out_features = width };
    const activation_shape relu = { .kind = ACTIVATION_RELU, .count = n * width };
    const add_shape all = { n * width };

    (void)activation_backward(&activation_variants[0], &relu, sum, sum, dy, dsum);
    (void)linear_backward_data(&linear_variants[0], &s, dsum, w, through, NULL);
    if (skip)
        (void)add_forward(&add_variants[0], &all, through, dy, dx);
    else
        memcpy(dx, through, (size_t)all.count * sizeof *dx);
}

/* ---- The example ---- */

enum { SMALL = 3 };

static void print_row(const demo *d, const char *name, const float *value)
{
    fprintf(d->out, "  %-16s", name);
    for (int i = 0; i < SMALL; i++)
        fprintf(d->out, " %4g", (double)value[i]);
    fputc('\n', d->out);
}

static void print_example(const demo *d)
{
    static const float x[] = { 1, -2, 3 }, dy[] = { 1, 2, -1 };
    static const float w[] = { 1, 1, 1,
                               0, 1, 1,
                               1, 0, -1 };
    float sum[SMALL], branch[SMALL], y[SMALL], dsum[SMALL], through[SMALL], dx[SMALL];

    block_forward(1, SMALL, false, x, w, sum, branch);
    block_forward(1, SMALL, true, x, w, sum, y);
    block_backward(1, SMALL, true, w, sum, dy, dsum, through, dx);
    for (int i = 0; i < SMALL; i++)
        print_row(d, i == 0 ? "w" : "", &w[SMALL * i]);
    fprintf(d->out, say("\nForward:\n\n", "\n앞으로:\n\n"));
    print_row(d, "x", x);
    print_row(d, "w x", sum);
    print_row(d, "F = relu(w x)", branch);
    print_row(d, "y = x + F", y);
    fprintf(d->out, say("\nBackward, with a gradient of y that we choose:\n\n",
                        "\n뒤로, y의 기울기는 우리가 정합니다:\n\n"));
    print_row(d, "dy", dy);
    print_row(d, "dF = dy", dy);
    print_row(d, "d(w x)", dsum);
    print_row(d, "through F", through);
    print_row(d, "by the skip", dy);
    print_row(d, "dx = the sum", dx);
    fputc('\n', d->out);
}

/* ---- Gradients in a deep stack ---- */

enum { DEPTH = 32, WIDTH = 64, ROWS = 16, PLANE = ROWS * WIDTH, SEED = 11 };

static double root_mean_square(const float *value, int count)
{
    double sum = 0.0;

    for (int i = 0; i < count; i++)
        sum += (double)value[i] * (double)value[i];
    return sqrt(sum / count);
}

/* size[layer]: how large the gradient of that layer's input is; size[DEPTH]: of the output. */
static void measure(bool skip, double slope, double *size)
{
    static float x[DEPTH + 1][PLANE], sum[DEPTH][PLANE], w[DEPTH][WIDTH * WIDTH];
    float dy[PLANE], dx[PLANE], dsum[PLANE], through[PLANE];
    const init_shape kaiming = { .kind = INIT_KAIMING_UNIFORM, .count = WIDTH * WIDTH,
                                 .fan_in = WIDTH, .fan_out = WIDTH, .slope = slope };
    rng r;

    rng_seed(&r, SEED);
    rng_fill_normal(&r, PLANE, 0.0f, 1.0f, x[0]);
    rng_fill_normal(&r, PLANE, 0.0f, 1.0f, dy);
    for (int layer = 0; layer < DEPTH; layer++) {
        (void)init_fill(&init_variants[0], &kaiming, &r, w[layer]);
        block_forward(ROWS, WIDTH, skip, x[layer], w[layer], sum[layer], x[layer + 1]);
    }
    size[DEPTH] = root_mean_square(dy, PLANE);
    for (int layer = DEPTH - 1; layer >= 0; layer--) {
        block_backward(ROWS, WIDTH, skip, w[layer], sum[layer], dy, dsum, through, dx);
        memcpy(dy, dx, sizeof dy);
        size[layer] = root_mean_square(dy, PLANE);
    }
}

static void print_deep(const demo *d)
{
    static double size[3][DEPTH + 1], layer[DEPTH + 1];

    measure(false, sqrt(5.0), size[0]);
    measure(false, 0.0, size[1]);
    measure(true, sqrt(5.0), size[2]);
    fprintf(d->out, say("  layer   default init   init for ReLU   default init and skip\n",
                        "  층      기본 초기화    ReLU 초기화     기본 초기화와 스킵\n"));
    for (int i = DEPTH; i >= 0; i -= DEPTH / 4)
        fprintf(d->out, "  %-6d %13.3g %15.3g %23.3g\n", i, size[0][i], size[1][i], size[2][i]);
    fputc('\n', d->out);
    for (int i = 0; i <= DEPTH; i++)
        layer[i] = i;
    const plot_chart chart = {
        .kind = PLOT_LINES,
        .title = say("How large is the gradient?", "기울기는 얼마나 큰가?"),
        .x_label = say("layer", "층"),
        .y_label = say("gradient (root mean square)", "기울기 (제곱평균제곱근)"),
        .y_log = true,
        .series = { { .name = say("default init", "기본 초기화"),
                      .x = layer, .y = size[0], .count = DEPTH + 1 },
                    { .name = say("init for ReLU", "ReLU 초기화"),
                      .x = layer, .y = size[1], .count = DEPTH + 1 },
                    { .name = say("default init and skip", "기본 초기화와 스킵"),
                      .x = layer, .y = size[2], .count = DEPTH + 1 } },
        .series_count = 3,
    };
    demo_chart(d, &chart, "deep");
}

/* ---- Concatenation ---- */

static void print_memory(const demo *d, const char *name, const float *value, int count)
{
    fprintf(d->out, "  %-4s", name);
    for (int i = 0; i < count; i++)
        fprintf(d->out, " %3g", (double)value[i]);
    fputc('\n', d->out);
}

static void print_concat(const demo *d)
{
    static const float x0[] = { 1, 2,   5, 6 };
    static const float x1[] = { 10, 20, 30, 40,   50, 60, 70, 80 };
    concat_shape s = { .inputs = 2, .outer = 2, .inner = 2, .extent = { 1, 2 } };
    float y[12];

    (void)concat_shape_init(&s);
    (void)concat_forward(&concat_variants[0], &s, (const float *[]){ x0, x1 }, y);
    fprintf(d->out, say("Two images of two pixels. x0 has %d channel, x1 has %d, y has %d.\n\n",
                        "픽셀 두 개짜리 이미지 두 개. x0의 채널은 %d개, x1은 %d개, y는 %d개입니다.\n\n"),
            s.extent[0], s.extent[1], s.total);
    for (int o = 0; o < s.outer; o++) {
        fprintf(d->out, say("  image %d\n", "  이미지 %d\n"), o);
        for (int e = 0; e < s.total; e++) {
            const float *const pixel = &y[(o * s.total + e) * s.inner];
            fprintf(d->out, "    y[%d][%d] = %s[%d][%d]  %3g %3g\n", o, e,
                    e < s.extent[0] ? "x0" : "x1", o, e < s.extent[0] ? e : e - s.extent[0],
                    (double)pixel[0], (double)pixel[1]);
        }
    }
    fprintf(d->out, say("\nIn memory:\n\n", "\n메모리 속에서:\n\n"));
    print_memory(d, "x0", x0, 4);
    print_memory(d, "x1", x1, 8);
    print_memory(d, "y", y, 12);
    fputc('\n', d->out);
}

static int64_t next_layer(int c)
{
    const net_layer layer = { .kind = LAYER_CONV2D, .name = "", .outputs = 64, .kernel = 3,
                              .stride = 1, .pad = 1 };
    return net_layer_parameters(&layer, (net_extent){ c, 14, 14 });
}

static void print_costs(const demo *d)
{
    concat_shape s = { .inputs = 2, .outer = 1, .inner = 14 * 14, .extent = { 64, 64 } };

    (void)concat_shape_init(&s);
    fprintf(d->out, say("  joined by   channels   parameters of the next layer (3 x 3, to 64)\n",
                        "  잇는 방법   채널       다음 층의 파라미터 (3 x 3, 64개로)\n"));
    fprintf(d->out, "  %-11s %8d %12" PRId64 "\n", "add", s.extent[0], next_layer(s.extent[0]));
    fprintf(d->out, "  %-11s %8d %12" PRId64 "\n\n", "concat", s.total, next_layer(s.total));
}

/* ---- Answers ---- */

static double dx(void)
{
    const residual_variant *const v = check_variant_row(&check_residual, 0);
    const float x = 2.0f, w = 0.5f, dy = 4.0f;
    float gradient, unused;

    v->backward(&(residual_shape){ 1 }, &x, &w, &dy, &gradient, &unused);
    return (double)gradient;
}

static double with_skip(void)
{
    const residual_variant *const v = check_variant_row(&check_residual, 0);
    const float x = 1.0f, w = 0.1f;
    float gradient = 1.0f, unused;

    for (int layer = 0; layer < 10; layer++) {
        const float dy = gradient;
        v->backward(&(residual_shape){ 1 }, &x, &w, &dy, &gradient, &unused);
    }
    return (double)gradient;
}

static double channels(void)
{
    concat_shape s = { .inputs = 3, .outer = 1, .inner = 1, .extent = { 48, 16, 32 } };

    (void)concat_shape_init(&s);
    return s.total;
}

static double parameters(void)
{
    return (double)next_layer((int)channels());
}

/* Where the first pixel of x1[1][2] lies in y: the kernel carries a mark there. */
static double position(void)
{
    concat_shape s = { .inputs = 2, .outer = 2, .inner = 16, .extent = { 2, 3 } };
    float x0[64] = { 0 }, x1[96] = { 0 }, y[160];

    (void)concat_shape_init(&s);
    x1[(1 * 3 + 2) * 16] = 1.0f;
    (void)concat_forward(&concat_variants[0], &s, (const float *[]){ x0, x1 }, y);
    for (int i = 0; i < 160; i++)
        if (y[i] > 0.0f)
            return i;
    return -1.0;
}

static const demo_part parts[] = {
    { "example", print_example },
    { "deep", print_deep },
    { "concat", print_concat },
    { "costs", print_costs },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "dx", dx, 0.0 },
    { "with_skip", with_skip, 0.01 },
    { "channels", channels, 0.0 },
    { "parameters", parameters, 0.0 },
    { "position", position, 0.0 },
    { NULL, NULL, 0.0 },
};

static const student_contract contracts[] = {
    { .concept = &check_residual, .header = "lessons/13-skip/residual.h",
      .type = "residual_variant",
      .pass = { CONTRACT_PASS(residual_variant, forward, residual_shape, "sttt"),
                CONTRACT_PASS(residual_variant, backward, residual_shape, "sttttt") } },
    { .concept = NULL },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers,
                                        .contracts = contracts };
