/* demo.c: the numbers and pictures of the lesson on pooling, all by the suite's own kernels. */
#include "data/digits.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/pool2d/pool2d.h"
#include "lessons/demo.h"

enum { MOST = 28 * 28, DIGIT = 4, DIGIT_SEED = 3, SIDE = 8 };

/* One plane; squares; the same padding on all sides. */
static pool2d_shape pooling(int side, int kernel, int stride, int pad)
{
    pool2d_shape s = { .n = 1, .c = 1, .h = side, .w = side,
                       .kernel_h = kernel, .kernel_w = kernel,
                       .stride_h = stride, .stride_w = stride,
                       .pad_top = pad, .pad_bottom = pad, .pad_left = pad, .pad_right = pad,
                       .dilation_h = 1, .dilation_w = 1 };
    (void)pool2d_shape_init(&s);
    return s;
}

static void pool_max(const pool2d_shape *s, const float *x, float *y, int32_t *index)
{
    (void)pool2d_max_forward(&pool2d_variants[0], s, x, y, index);
}

static void pool_average(const pool2d_shape *s, const float *x, float *y)
{
    (void)pool2d_average_forward(&pool2d_variants[0], s, x, y);
}

static void print_matrix(const demo *d, const char *name, const float *value, int rows,
                         int columns)
{
    for (int i = 0; i < rows; i++) {
        fprintf(d->out, "  %-9s", i == 0 ? name : "");
        for (int j = 0; j < columns; j++)
            fprintf(d->out, " %5.4g", (double)value[i * columns + j]);
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
}

/* The example of the text: a map with all kinds of windows. */
static const float example_x[] = {  1,  3, -2, -6,
                                    9,  2, -4, -1,
                                    0,  5,  7,  7,
                                    4,  4,  0,  7 };

static void print_example(const demo *d)
{
    const pool2d_shape s = pooling(4, 2, 2, 0);
    float largest[4], average[4], where[4];
    int32_t index[4];

    pool_max(&s, example_x, largest, index);
    pool_average(&s, example_x, average);
    for (int i = 0; i < 4; i++)
        where[i] = (float)index[i];
    print_matrix(d, "x", example_x, s.h, s.w);
    print_matrix(d, "max", largest, s.oh, s.ow);
    print_matrix(d, "index", where, s.oh, s.ow);
    print_matrix(d, "average", average, s.oh, s.ow);
    for (int ow = 0; ow < s.ow; ow++) {
        const int i = 1 * s.ow + ow;
        fprintf(d->out, say("  output [1][%d]: max %g, which is x[%d][%d], index %d*%d + %d = %d\n",
                            "  출력 [1][%d]: 최댓값 %g, x[%d][%d]에서 옴, index %d*%d + %d = %d\n"),
                ow, (double)largest[i], index[i] / s.w, index[i] % s.w, index[i] / s.w, s.w,
                index[i] % s.w, index[i]);
    }
}

/* What padding means to a pooling: here all pixels are negative, and nothing gives 0. */
static void print_border(const demo *d)
{
    static const float x[] = { -8, -4, -6, -2, -3, -5, -7, -1, -9 };
    const pool2d_shape s = pooling(3, 2, 2, 1);
    float largest[4], average[4];
    int32_t index[4];

    pool_max(&s, x, largest, index);
    pool_average(&s, x, average);
    print_matrix(d, "x", x, s.h, s.w);
    print_matrix(d, "max", largest, s.oh, s.ow);
    print_matrix(d, "average", average, s.oh, s.ow);
}

static void print_sizes(const demo *d)
{
    fprintf(d->out, say("  pooling 2 x 2, stride 2: 28", "  2 x 2 풀링, 스트라이드 2: 28"));
    for (int side = 28; side / 2 >= 7;) {
        const pool2d_shape s = pooling(side, 2, 2, 0);
        fprintf(d->out, " -> %d", s.oh);
        side = s.oh;
    }
    pool2d_shape global = pool2d_shape_global(1, 64, 7, 7);
    (void)pool2d_shape_init(&global);
    fprintf(d->out, say("\n  global pooling: %d x %d x %d -> %d x %d x %d, which is %d numbers, "
                        "not %d\n",
                        "\n  전역 풀링: %d x %d x %d -> %d x %d x %d, 수 %d개, 그대로면 %d개\n"),
            global.c, global.h, global.w, global.c, global.oh, global.ow,
            global.c * global.oh * global.ow, global.c * global.h * global.w);
}

/* A bright spot that moves along a row, one column at a time, and what pooling makes of it. */
static void print_shift(const demo *d)
{
    pool2d_shape s = pooling(SIDE, 2, 2, 0);

    s.h = s.kernel_h = s.stride_h = 1;
    (void)pool2d_shape_init(&s);
    fprintf(d->out, "%s", say("  x                  max        average\n",
                              "  x                  최댓값     평균\n"));
    for (int column = 2; column < 6; column++) {
        float x[SIDE] = { 0 }, largest[SIDE / 2], average[SIDE / 2];
        int32_t index[SIDE / 2];
        x[column] = 8;
        pool_max(&s, x, largest, index);
        pool_average(&s, x, average);
        fputc(' ', d->out);
        for (int i = 0; i < s.w; i++)
            fprintf(d->out, " %g", (double)x[i]);
        fputs("   ", d->out);
        for (int i = 0; i < s.ow; i++)
            fprintf(d->out, " %g", (double)largest[i]);
        fputs("   ", d->out);
        for (int i = 0; i < s.ow; i++)
            fprintf(d->out, " %g", (double)average[i]);
        fputc('\n', d->out);
    }
}

static void print_picture(const demo *d)
{
    static const float upright[] = { -1, 0, 1, -1, 0, 1, -1, 0, 1 };
    conv2d_shape edges = { .n = 1, .c = 1, .h = 28, .w = 28, .oc = 1,
                           .kernel_h = 3, .kernel_w = 3, .stride_h = 1, .stride_w = 1,
                           .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1,
                           .dilation_h = 1, .dilation_w = 1, .groups = 1 };
    const pool2d_shape s = pooling(28, 2, 2, 0);
    unsigned char pixels[DIGITS_PIXELS];
    float x[MOST], map[MOST], largest[MOST / 4], average[MOST / 4];
    int32_t index[MOST / 4];

    (void)digits_draw(DIGIT_SEED, DIGIT, pixels);
    for (int i = 0; i < DIGITS_PIXELS; i++)
        x[i] = (float)pixels[i] / 255.0f;
    (void)conv2d_shape_init(&edges);
    (void)conv2d_forward(&conv2d_variants[0], &edges, x, upright, NULL, map, NULL);
    pool_max(&s, map, largest, index);
    pool_average(&s, map, average);
    const plot_map maps[] = {
        { .title = say("the map of upright edges", "세로 가장자리의 맵"), .value = map, .rows = 28,
          .columns = 28, .low = -3, .high = 3, .diverging = true },
        { .title = say("max 2 x 2", "최대 2 x 2"), .value = largest, .rows = s.oh,
          .columns = s.ow, .low = -3, .high = 3, .diverging = true },
        { .title = say("average 2 x 2", "평균 2 x 2"), .value = average, .rows = s.oh,
          .columns = s.ow, .low = -3, .high = 3, .diverging = true },
    };
    demo_maps(d, maps, 3, "picture");
}

/* ---- Answers ---- */

static double rows(void)
{
    return pooling(7, 2, 2, 0).oh;
}

static double rows_padded(void)
{
    return pooling(7, 2, 2, 1).oh;
}

static double winner(void)
{
    static const float x[] = { 1, 5, 2, 0, 3, 5, 1, 7, 0, 2, 4, 4, 1, 1, 4, 3 };
    const pool2d_shape s = pooling(4, 2, 2, 0);
    float y[4];
    int32_t index[4];

    pool_max(&s, x, y, index);
    return index[1 * s.ow + 1];
}

static double largest_seen(void)
{
    static const float x[] = { -5, -3, -8, -4 };
    const pool2d_shape s = pooling(2, 2, 2, 1);
    float y[4];
    int32_t index[4];

    pool_max(&s, x, y, index);
    return (double)y[0];
}

static double average_seen(void)
{
    static const float x[] = { 2, 8, 4, 6, 0, 2, 4, 2, 8 };
    const pool2d_shape s = pooling(3, 2, 2, 1);
    float y[4];

    pool_average(&s, x, y);
    return (double)y[1];
}

static const demo_part parts[] = {
    { "example", print_example },
    { "border", print_border },
    { "shift", print_shift },
    { "sizes", print_sizes },
    { "picture", print_picture },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "rows", rows, 0.0 },
    { "rows_padded", rows_padded, 0.0 },
    { "index", winner, 0.0 },
    { "largest", largest_seen, 0.0 },
    { "average", average_seen, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
