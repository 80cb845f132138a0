/* demo.c: the numbers and pictures of the lesson on convolution, all by the suite's own kernel. */
#include "data/digits.h"
#include "kernels/conv2d/conv2d.h"
#include "lessons/demo.h"

enum { MOST = 28 * 28, DIGIT = 7, DIGIT_SEED = 3 };

/* One image, one channel, one filter, no padding. */
static conv2d_shape plain(int h, int w, int kernel_h, int kernel_w)
{
    conv2d_shape s = { .n = 1, .c = 1, .h = h, .w = w, .oc = 1,
                       .kernel_h = kernel_h, .kernel_w = kernel_w, .stride_h = 1, .stride_w = 1,
                       .dilation_h = 1, .dilation_w = 1, .groups = 1 };
    (void)conv2d_shape_init(&s);
    return s;
}

static void convolve(const conv2d_shape *s, const float *x, const float *w, float *y)
{
    (void)conv2d_forward(&conv2d_variants[0], s, x, w, NULL, y, NULL);
}

static void print_matrix(const demo *d, const char *name, const float *value, int rows,
                         int columns)
{
    for (int i = 0; i < rows; i++) {
        fprintf(d->out, "  %-7s", i == 0 ? name : "");
        for (int j = 0; j < columns; j++)
            fprintf(d->out, " %4g", (double)value[i * columns + j]);
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
}

/* The example of the text: an edge in an image of 4 x 5, and a window that finds it. */
static const float example_x[] = { 1, 1, 5, 5, 5,
                                   1, 1, 5, 5, 5,
                                   1, 1, 1, 5, 5,
                                   1, 1, 1, 5, 6 };
static const float example_w[] = { -1, 0, 1,
                                   -1, 0, 1 };

/* One output with all its products. */
static void print_sum(const demo *d, const conv2d_shape *s, int oh, int ow, float y)
{
    fprintf(d->out, "  y[%d][%d] =", oh, ow);
    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++)
            fprintf(d->out, "%s%g*(%g)", kh + kw ? " + " : " ",
                    (double)example_x[(oh + kh) * s->w + ow + kw],
                    (double)example_w[kh * s->kernel_w + kw]);
    fprintf(d->out, " = %g\n", (double)y);
}

static void print_example(const demo *d)
{
    const conv2d_shape s = plain(4, 5, 2, 3);
    float y[MOST];

    convolve(&s, example_x, example_w, y);
    print_matrix(d, "x", example_x, s.h, s.w);
    print_matrix(d, "w", example_w, s.kernel_h, s.kernel_w);
    for (int ow = 0; ow < s.ow; ow++)
        print_sum(d, &s, 0, ow, y[ow]);
    print_sum(d, &s, 1, 0, y[s.ow]);
    fprintf(d->out, say("\n  and so on, %d rows of %d:\n\n", "\n  이렇게 %d행 %d열까지:\n\n"), s.oh, s.ow);
    print_matrix(d, "y", y, s.oh, s.ow);
}

static void print_sizes(const demo *d)
{
    static const int sizes[][2] = { { 5, 3 }, { 28, 3 }, { 28, 5 }, { 28, 28 }, { 224, 7 } };

    fprintf(d->out, say("  image      window   output       multiply-adds\n",
                        "  이미지     창       출력         곱셈-덧셈\n"));
    for (int i = 0; i < 5; i++) {
        const conv2d_shape s = plain(sizes[i][0], sizes[i][0], sizes[i][1], sizes[i][1]);
        if (i == 2)
            continue;                           /* that one is a question */
        char image[32], window[32], output[32];
        snprintf(image, sizeof image, "%d x %d", s.h, s.w);
        snprintf(window, sizeof window, "%d x %d", s.kernel_h, s.kernel_w);
        snprintf(output, sizeof output, "%d x %d", s.oh, s.ow);
        fprintf(d->out, "  %-10s %-8s %-12s %d\n", image, window, output,
                s.oh * s.ow * s.kernel_h * s.kernel_w);
    }
    fputc('\n', d->out);
}

static void print_picture(const demo *d)
{
    static const float upright[] = { -1, 0, 1, -1, 0, 1, -1, 0, 1 };
    static const float flat[] = { -1, -1, -1, 0, 0, 0, 1, 1, 1 };
    const conv2d_shape s = plain(28, 28, 3, 3);
    unsigned char pixels[DIGITS_PIXELS];
    float x[MOST], vertical[MOST], horizontal[MOST];

    (void)digits_draw(DIGIT_SEED, DIGIT, pixels);
    for (int i = 0; i < DIGITS_PIXELS; i++)
        x[i] = (float)pixels[i] / 255.0f;
    convolve(&s, x, upright, vertical);
    convolve(&s, x, flat, horizontal);
    fprintf(d->out, say("Two windows of 3 x 3. For upright edges each row is -1 0 1; for level "
                        "edges the first\nrow is -1 -1 -1, the second 0 0 0, the third 1 1 1.\n\n",
                        "3 x 3 창 두 개. 세로 가장자리에는 행마다 -1 0 1, 가로 가장자리에는 첫 행이\n"
                        "-1 -1 -1, 둘째 행이 0 0 0, 셋째 행이 1 1 1입니다.\n\n"));
    const plot_map maps[] = {
        { .title = say("image x", "이미지 x"), .value = x, .rows = s.h, .columns = s.w },
        { .title = say("upright edges", "세로 가장자리"),
          .value = vertical, .rows = s.oh, .columns = s.ow, .diverging = true },
        { .title = say("level edges", "가로 가장자리"),
          .value = horizontal, .rows = s.oh, .columns = s.ow, .diverging = true },
    };
    demo_maps(d, maps, 3, "picture");
}

/* ---- Answers ---- */

static double rows(void)
{
    return plain(28, 28, 5, 5).oh;
}

static double multiply_adds(void)
{
    const conv2d_shape s = plain(28, 28, 5, 5);
    return (double)s.oh * s.ow * s.kernel_h * s.kernel_w;
}

static double value(void)
{
    static const float x[] = { 1, 2, 0, 0, 1, 3, 2, 1, 1 }, w[] = { 1, -1, 2, 0 };
    const conv2d_shape s = plain(3, 3, 2, 2);
    float y[4];

    convolve(&s, x, w, y);
    return (double)y[1 * s.ow + 0];
}

static const demo_part parts[] = {
    { "example", print_example },
    { "sizes", print_sizes },
    { "picture", print_picture },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "rows", rows, 0.0 },
    { "multiply_adds", multiply_adds, 0.0 },
    { "value", value, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
