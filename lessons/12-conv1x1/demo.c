/* demo.c: the numbers and pictures of the lesson on 1x1 convolution, by the suite's kernels. */
#include <inttypes.h>
#include <math.h>

#include "data/digits.h"
#include "kernels/conv1x1/conv1x1.h"
#include "kernels/conv2d/conv2d.h"
#include "lessons/demo.h"
#include "nets/net.h"

enum { SIZE = DIGITS_SIZE / 2, MOST = SIZE * SIZE, DIGIT = 110, DIGIT_SEED = 3 };

static void mix(const conv1x1_shape *s, const float *x, const float *w, const float *b, float *y)
{
    (void)conv1x1_forward(&conv1x1_variants[0], s, x, w, b, y, NULL);
}

/* The same layer as a convolution with a window of one pixel, or of 3 x 3 with a border of 1. */
static void convolve(int c, int size_h, int size_w, int oc, int kernel, const float *x,
                     const float *w, const float *b, float *y)
{
    const int pad = kernel / 2;
    conv2d_shape s = { .n = 1, .c = c, .h = size_h, .w = size_w, .oc = oc,
                       .kernel_h = kernel, .kernel_w = kernel, .stride_h = 1, .stride_w = 1,
                       .pad_top = pad, .pad_bottom = pad, .pad_left = pad, .pad_right = pad,
                       .dilation_h = 1, .dilation_w = 1, .groups = 1 };
    (void)conv2d_shape_init(&s);
    (void)conv2d_forward(&conv2d_variants[0], &s, x, w, b, y, NULL);
}

/* ---- The example: three channels of 2 x 3 pixels in, two out ---- */

static const conv1x1_shape example = { .n = 1, .c = 3, .h = 2, .w = 3, .oc = 2 };
static const float example_x[] = { 1, 2, 0,   0, 1, 1,
                                   3, 0, 1,   2, 2, 0,
                                   0, 1, 4,   1, 0, 2 };
static const float example_w[] = { 1, 2, -1,
                                   0, -1, 3 };
static const float example_b[] = { 10, 0 };

static void print_planes(const demo *d, const char *name, const float *value, int channels,
                         int rows, int columns)
{
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < rows; i++) {
            if (i == 0)
                fprintf(d->out, "  %s[%d]  ", name, c);
            else
                fprintf(d->out, "        ");
            for (int j = 0; j < columns; j++)
                fprintf(d->out, " %3g", (double)value[(c * rows + i) * columns + j]);
            fputc('\n', d->out);
        }
    fputc('\n', d->out);
}

static void print_sum(const demo *d, int oc, int p, float y)
{
    const int plane = example.h * example.w;

    fprintf(d->out, "  y[%d][%d][%d] = %g", oc, p / example.w, p % example.w,
            (double)example_b[oc]);
    for (int c = 0; c < example.c; c++)
        fprintf(d->out, " + (%g)*%g", (double)example_w[oc * example.c + c],
                (double)example_x[c * plane + p]);
    fprintf(d->out, " = %g\n", (double)y);
}

static void print_example(const demo *d)
{
    const int plane = example.h * example.w;
    float y[12], window[12];
    float difference = 0.0f;

    mix(&example, example_x, example_w, example_b, y);
    print_planes(d, "x", example_x, example.c, example.h, example.w);
    print_planes(d, "w", example_w, example.oc, 1, example.c);
    fprintf(d->out, "  b     ");
    for (int oc = 0; oc < example.oc; oc++)
        fprintf(d->out, " %3g", (double)example_b[oc]);
    fprintf(d->out, say("\n\nThe first pixel, then the one beside it:\n\n",
                        "\n\n첫 번째 픽셀, 그리고 그 옆의 픽셀:\n\n"));
    for (int p = 0; p < 2; p++)
        for (int oc = 0; oc < example.oc; oc++)
            print_sum(d, oc, p, y[oc * plane + p]);
    fputc('\n', d->out);
    print_planes(d, "y", y, example.oc, example.h, example.w);
    convolve(example.c, example.h, example.w, example.oc, 1, example_x, example_w, example_b,
             window);
    for (int i = 0; i < example.oc * plane; i++)
        difference = fmaxf(difference, fabsf(window[i] - y[i]));
    fprintf(d->out, say("The convolution of lesson 3 with a window of 1 x 1 differs from it by at "
                        "most %g.\n\n",
                        "수업 3의 합성곱에 1 x 1 창을 쓴 결과와의 차이는 최대 %g입니다.\n\n"),
            (double)difference);
}

/* ---- What a layer costs ---- */

static const net_layer plain = { .kind = LAYER_CONV2D, .name = "3 x 3", .outputs = 256,
                                 .kernel = 3, .stride = 1, .pad = 1 };

typedef struct {
    int64_t parameters, multiply_adds;
} layer_cost;

static layer_cost cost_of(const demo *d, const net_layer *layer, net_extent in, const char *name)
{
    net_extent out = in;
    char change[32], kernel[16];

    (void)net_layer_output(layer, in, &out);
    const layer_cost cost = { net_layer_parameters(layer, in),
                              net_layer_multiply_adds(layer, in, out) };
    snprintf(change, sizeof change, "%d -> %d", in.c, out.c);
    snprintf(kernel, sizeof kernel, "%d x %d", layer->kernel, layer->kernel);
    fprintf(d->out, "  %-8s %-6s %-12s %10" PRId64 " %14" PRId64 "\n", name, kernel, change,
            cost.parameters, cost.multiply_adds);
    return cost;
}

static void print_costs(const demo *d)
{
    const network *const net = network_find("bottleneck");
    net_extent extents[NETWORK_MAX_LAYERS];
    layer_cost sum = { 0, 0 };

    (void)network_extents(net, extents);
    fprintf(d->out, say("  layer    window channels     parameters  multiply-adds\n",
                        "  층       창     채널         파라미터    곱셈-덧셈\n"));
    const layer_cost whole = cost_of(d, &plain, net->input, "plain");
    fputc('\n', d->out);
    for (int i = 0; i < net->layer_count; i++) {
        if (net->layers[i].kind == LAYER_ADD)
            continue;                           /* it has no weights; the next lesson is about it */
        const net_extent in = i == 0 ? net->input : extents[i - 1];
        const layer_cost one = cost_of(d, &net->layers[i], in, net->layers[i].name);
        sum.parameters += one.parameters;
        sum.multiply_adds += one.multiply_adds;
    }
    fprintf(d->out, "  %-28s %10" PRId64 " %14" PRId64 "\n\n",
            say("the three", "셋을 더해서                 "),
            sum.parameters, sum.multiply_adds);
    fprintf(d->out, say("That is %.1f times fewer parameters and %.1f times fewer multiply-adds, "
                        "at %d x %d pixels.\n\n",
                        "파라미터는 %.1f분의 일, 곱셈-덧셈은 %.1f분의 일입니다(%d x %d 픽셀).\n\n"),
            (double)whole.parameters / (double)sum.parameters,
            (double)whole.multiply_adds / (double)sum.multiply_adds, net->input.h, net->input.w);
}

/* ---- The picture ---- */

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
    static const float edges[] = { -1, 0, 1, -1, 0, 1, -1, 0, 1,
                                   -1, -1, -1, 0, 0, 0, 1, 1, 1 };
    static const float mixing[] = { 1, 1,
                                    1, -1 };
    const conv1x1_shape s = { .n = 1, .c = 2, .h = SIZE, .w = SIZE, .oc = 2 };
    float x[MOST], maps_in[2 * MOST], maps_out[2 * MOST];

    draw_digit(x);
    convolve(1, SIZE, SIZE, 2, 3, x, edges, NULL, maps_in);
    mix(&s, maps_in, mixing, NULL, maps_out);
    fprintf(d->out, say("The first layer: two windows of 3 x 3, for upright and for level edges. "
                        "The second: 1 x 1,\nwith weights 1 1 (their sum) and 1 -1 (their "
                        "difference).\n\n",
                        "첫 번째 층: 3 x 3 창 두 개, 하나는 세로 가장자리, 하나는 가로 가장자리. "
                        "두 번째 층: 1 x 1,\n가중치는 1 1(합)과 1 -1(차)입니다.\n\n"));
    const plot_map before[] = {
        { .title = say("image", "이미지"), .value = x, .rows = SIZE, .columns = SIZE },
        { .title = say("upright edges", "세로 가장자리"), .value = maps_in,
          .rows = SIZE, .columns = SIZE, .low = -4, .high = 4, .diverging = true },
        { .title = say("level edges", "가로 가장자리"), .value = maps_in + MOST,
          .rows = SIZE, .columns = SIZE, .low = -4, .high = 4, .diverging = true },
    };
    const plot_map after[] = {
        { .title = say("sum", "합"), .value = maps_out, .rows = SIZE, .columns = SIZE,
          .low = -4, .high = 4, .diverging = true },
        { .title = say("difference", "차"), .value = maps_out + MOST, .rows = SIZE,
          .columns = SIZE, .low = -4, .high = 4, .diverging = true },
    };
    demo_maps(d, before, 3, "before");
    demo_maps(d, after, 2, "mixed");
}

/* ---- Answers ---- */

static const net_layer narrow = { .kind = LAYER_CONV1X1, .name = "1 x 1", .outputs = 32,
                                  .kernel = 1, .stride = 1 };

static double parameters(void)
{
    return (double)net_layer_parameters(&narrow, (net_extent){ 128, 14, 14 });
}

static double multiply_adds(void)
{
    const net_extent in = { 128, 14, 14 };
    net_extent out;

    (void)net_layer_output(&narrow, in, &out);
    return (double)net_layer_multiply_adds(&narrow, in, out);
}

static double value(void)
{
    static const float x[] = { 2, -1, 3 }, w[] = { 1, 4, -2 }, b[] = { 5 };
    float y;

    mix(&(conv1x1_shape){ .n = 1, .c = 3, .h = 1, .w = 1, .oc = 1 }, x, w, b, &y);
    return (double)y;
}

/* Weights alone: parameters without the biases, of which each output channel has one. */
static int64_t weights(layer_kind kind, int kernel, int c, int oc)
{
    const net_layer layer = { .kind = kind, .name = "", .outputs = oc, .kernel = kernel,
                              .stride = 1, .pad = kernel / 2 };
    return net_layer_parameters(&layer, (net_extent){ c, 8, 8 }) - oc;
}

static double bottleneck_weights(void)
{
    return (double)(weights(LAYER_CONV1X1, 1, 64, 16) + weights(LAYER_CONV2D, 3, 16, 16) +
                    weights(LAYER_CONV1X1, 1, 16, 64));
}

static const demo_part parts[] = {
    { "example", print_example },
    { "picture", print_picture },
    { "costs", print_costs },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "parameters", parameters, 0.0 },
    { "multiply_adds", multiply_adds, 0.0 },
    { "value", value, 0.0 },
    { "weights", bottleneck_weights, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
