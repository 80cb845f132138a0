/* demo.c: the numbers and pictures of the lesson on padding and stride, by the suite's kernels. */
#include "data/digits.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/pad2d/pad2d.h"
#include "lessons/demo.h"

enum { MOST = 28 * 28, DIGIT = 5, DIGIT_SEED = 3 };

/* One image, one channel, one filter; the same padding on all sides, the same stride both ways. */
static conv2d_shape square(int h, int w, int kernel, int pad, int stride)
{
    return (conv2d_shape){ .n = 1, .c = 1, .h = h, .w = w, .oc = 1,
                           .kernel_h = kernel, .kernel_w = kernel,
                           .stride_h = stride, .stride_w = stride,
                           .pad_top = pad, .pad_bottom = pad, .pad_left = pad, .pad_right = pad,
                           .dilation_h = 1, .dilation_w = 1, .groups = 1 };
}

static conv2d_shape convolve(conv2d_shape s, const float *x, const float *w, float *y)
{
    (void)conv2d_shape_init(&s);
    (void)conv2d_forward(&conv2d_variants[0], &s, x, w, NULL, y, NULL);
    return s;
}

static void print_matrix(const demo *d, const char *name, const float *value, int rows,
                         int columns)
{
    for (int i = 0; i < rows; i++) {
        fprintf(d->out, "  %-8s", i == 0 ? name : "");
        for (int j = 0; j < columns; j++)
            fprintf(d->out, " %3g", (double)value[i * columns + j]);
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
}

/* The example of the text: the window adds up a pixel and its eight neighbours. */
static const float example_x[] = { 1, 2, 0, 1,
                                   0, 3, 1, 2,
                                   2, 1, 1, 4 };
static const float ones[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };

/* One output with the pixels that it adds up, zeros of the border included. */
static void print_sum(const demo *d, const conv2d_shape *s, const float *padded, int oh, int ow,
                      float y)
{
    const int columns = s->w + s->pad_left + s->pad_right;

    fprintf(d->out, "  y[%d][%d] =", oh, ow);
    for (int kh = 0; kh < s->kernel_h; kh++) {
        fprintf(d->out, "%s(", kh ? " + " : " ");
        for (int kw = 0; kw < s->kernel_w; kw++)
            fprintf(d->out, "%s%g", kw ? " + " : "",
                    (double)padded[(oh + kh) * columns + ow + kw]);
        fputc(')', d->out);
    }
    fprintf(d->out, " = %g\n", (double)y);
}

static void print_example(const demo *d)
{
    pad2d_shape border = { .n = 1, .c = 1, .h = 3, .w = 4, .pad_top = 1, .pad_bottom = 1,
                           .pad_left = 1, .pad_right = 1 };
    float padded[MOST], bare[MOST], y[MOST];

    (void)pad2d_shape_init(&border);
    (void)pad2d_forward(&pad2d_variants[0], &border, example_x, padded);
    print_matrix(d, "x", example_x, border.h, border.w);
    print_matrix(d, "padded", padded, border.oh, border.ow);
    const conv2d_shape inner = convolve(square(3, 4, 3, 0, 1), example_x, ones, bare);
    fprintf(d->out, say("  without padding, %d x %d:\n", "  패딩 없이, %d x %d:\n"), inner.oh,
            inner.ow);
    print_matrix(d, "y", bare, inner.oh, inner.ow);
    const conv2d_shape s = convolve(square(3, 4, 3, 1, 1), example_x, ones, y);
    fprintf(d->out, say("  with padding %d, %d x %d:\n", "  패딩 %d, %d x %d:\n"), s.pad_top, s.oh,
            s.ow);
    print_matrix(d, "y", y, s.oh, s.ow);
    print_sum(d, &s, padded, 0, 0, y[0]);
    print_sum(d, &s, padded, 1, 1, y[s.ow + 1]);
    print_sum(d, &s, padded, 2, 3, y[2 * s.ow + 3]);
}

static void print_stride(const demo *d)
{
    float y[MOST];

    for (int stride = 1; stride <= 3; stride++) {
        const conv2d_shape s = convolve(square(3, 4, 3, 1, stride), example_x, ones, y);
        fprintf(d->out, say("  stride %d, %d x %d:\n", "  스트라이드 %d, %d x %d:\n"), stride, s.oh,
                s.ow);
        print_matrix(d, "y", y, s.oh, s.ow);
    }
}

static void print_sizes(const demo *d)
{
    static const int rows[][4] = {              /* image, window, padding, stride */
        { 28, 3, 0, 1 }, { 28, 3, 1, 1 }, { 28, 5, 2, 1 }, { 28, 2, 0, 2 },
        { 28, 3, 0, 2 }, { 28, 3, 1, 2 }, { 7, 3, 1, 2 },
    };

    fprintf(d->out, say("  image     window   padding  stride   output\n",
                        "  이미지    창       패딩     걸음     출력\n"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        conv2d_shape s = square(rows[i][0], rows[i][0], rows[i][1], rows[i][2], rows[i][3]);
        (void)conv2d_shape_init(&s);
        fprintf(d->out, "  %2d x %-2d   %d x %d    %d        %d        %d x %d\n", s.h, s.w,
                s.kernel_h, s.kernel_w, s.pad_top, s.stride_h, s.oh, s.ow);
    }
    fputc('\n', d->out);
    for (int pad = 0; pad <= 1; pad++) {
        fprintf(d->out, say("  layers of 3 x 3, padding %d: 28", "  3 x 3 층, 패딩 %d: 28"), pad);
        conv2d_shape s = square(28, 28, 3, pad, 1);
        for (int layer = 0; layer < 8 && conv2d_shape_init(&s) == STATUS_OK; layer++) {
            fprintf(d->out, " %d", s.oh);
            s.h = s.w = s.oh;
        }
        fputc('\n', d->out);
    }
}

static void print_picture(const demo *d)
{
    static const float mean[] = { 0.25f, 0.25f, 0.25f, 0.25f };
    static const float blur[] = { 1 / 9.0f, 1 / 9.0f, 1 / 9.0f, 1 / 9.0f, 1 / 9.0f,
                                  1 / 9.0f, 1 / 9.0f, 1 / 9.0f, 1 / 9.0f };
    unsigned char pixels[DIGITS_PIXELS];
    float x[MOST], small[MOST], bare[MOST], padded[MOST];

    (void)digits_draw(DIGIT_SEED, DIGIT, pixels);
    for (int i = 0; i < DIGITS_PIXELS; i++)
        x[i] = 1.0f - (float)pixels[i] / 255.0f;
    const conv2d_shape half = convolve(square(28, 28, 2, 0, 2), x, mean, small);
    const conv2d_shape inner = convolve(square(half.oh, half.ow, 3, 0, 1), small, blur, bare);
    const conv2d_shape whole = convolve(square(half.oh, half.ow, 3, 1, 1), small, blur, padded);
    const plot_map maps[] = {
        { .title = say("x: white paper is 1", "x: 흰 종이가 1"), .value = x, .rows = 28,
          .columns = 28, .low = 0, .high = 1 },
        { .title = say("stride 2: half the size", "스트라이드 2: 절반 크기"), .value = small,
          .rows = half.oh, .columns = half.ow, .low = 0, .high = 1 },
        { .title = say("that, blurred, no padding", "그것을 흐리게, 패딩 없음"), .value = bare,
          .rows = inner.oh, .columns = inner.ow, .low = 0, .high = 1 },
        { .title = say("blurred, padding 1", "흐리게, 패딩 1"), .value = padded,
          .rows = whole.oh, .columns = whole.ow, .low = 0, .high = 1 },
    };
    demo_maps(d, maps, 4, "picture");
}

/* ---- Answers ---- */

static double same_padding(void)
{
    for (int pad = 0; pad < 28; pad++) {
        conv2d_shape s = square(28, 28, 7, pad, 1);
        if (conv2d_shape_init(&s) == STATUS_OK && s.oh == s.h)
            return pad;
    }
    return -1;
}

static double rows(void)
{
    conv2d_shape s = square(224, 224, 7, 3, 2);
    (void)conv2d_shape_init(&s);
    return s.oh;
}

static double layers(void)
{
    conv2d_shape s = square(28, 28, 5, 0, 1);
    int count = 0;

    for (; conv2d_shape_init(&s) == STATUS_OK; s.h = s.w = s.oh)
        count++;
    return count;
}

static double value(void)
{
    float x[16], y[16];

    for (int i = 0; i < 16; i++)
        x[i] = 1;
    (void)convolve(square(4, 4, 3, 1, 2), x, ones, y);
    return (double)y[1];
}

static const demo_part parts[] = {
    { "example", print_example },
    { "stride", print_stride },
    { "sizes", print_sizes },
    { "picture", print_picture },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "same_padding", same_padding, 0.0 },
    { "rows", rows, 0.0 },
    { "layers", layers, 0.0 },
    { "value", value, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
