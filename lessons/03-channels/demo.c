/* demo.c: the numbers and pictures of the lesson on channels, all by the suite's own kernel. */
#include "kernels/conv2d/conv2d.h"
#include "lessons/demo.h"

enum { SIDE = 12, PLANE = SIDE * SIDE, COLOURS = 3, FILTERS = 2 };

/* Stride 1, the same padding on all sides; squares. */
static conv2d_shape layer(int n, int c, int side, int oc, int kernel, int pad)
{
    conv2d_shape s = { .n = n, .c = c, .h = side, .w = side, .oc = oc,
                       .kernel_h = kernel, .kernel_w = kernel, .stride_h = 1, .stride_w = 1,
                       .pad_top = pad, .pad_bottom = pad, .pad_left = pad, .pad_right = pad,
                       .dilation_h = 1, .dilation_w = 1, .groups = 1 };
    (void)conv2d_shape_init(&s);
    return s;
}

static void convolve(const conv2d_shape *s, const float *x, const float *w, const float *b,
                     float *y)
{
    (void)conv2d_forward(&conv2d_variants[0], s, x, w, b, y, NULL);
}

static double weights(const conv2d_shape *s)
{
    return (double)s->oc * s->c * s->kernel_h * s->kernel_w;
}

static double multiply_adds_of(const conv2d_shape *s)
{
    return (double)s->n * s->oh * s->ow * weights(s);
}

/* Two planes (or more) side by side, each under its name. */
static void print_planes(const demo *d, const char *const *names, const float *value, int planes,
                         int side)
{
    for (int i = -1; i < side; i++) {
        for (int p = 0; p < planes; p++) {
            if (i < 0)
                fprintf(d->out, "  %-*s", 4 * side + 2, names[p]);
            for (int j = 0; i >= 0 && j < side; j++)
                fprintf(d->out, "%s%4g", j ? "" : "  ", (double)value[(p * side + i) * side + j]);
            if (i >= 0)
                fputs("  ", d->out);
        }
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
}

/* The example of the text: two channels, two filters. */
static const float example_x[] = { 1, 0, 2,   0, 1, 0,   3, 1, 0,
                                   0, 2, 1,   1, 0, 0,   1, 1, 2 };
static const float example_w[] = { 1, 0, 0, 1,    1, 1, 1, 1,
                                   0, 1, -1, 0,   0, 2, -1, 0 };
static const float example_b[] = { 1, 2 };

/* The products of one channel at output (0, 0), and their sum. */
static float print_channel(const demo *d, const conv2d_shape *s, int oc, int c)
{
    float sum = 0.0f;

    fprintf(d->out, say("    channel %d: ", "    %d번 채널: "), c);
    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            const float x = example_x[(c * s->h + kh) * s->w + kw];
            const float w = example_w[((oc * s->c + c) * s->kernel_h + kh) * s->kernel_w + kw];
            fprintf(d->out, "%s%g*(%g)", kh + kw ? " + " : "", (double)x, (double)w);
            sum += x * w;
        }
    fprintf(d->out, " = %g\n", (double)sum);
    return sum;
}

static void print_example(const demo *d)
{
    const conv2d_shape s = layer(1, 2, 3, 2, 2, 0);
    float y[2 * 2 * 2];

    convolve(&s, example_x, example_w, example_b, y);
    print_planes(d, (const char *[]){ "x[0]", "x[1]" }, example_x, s.c, s.h);
    print_planes(d, (const char *[]){ "w[0][0]", "w[0][1]", "w[1][0]", "w[1][1]" }, example_w,
                 s.oc * s.c, s.kernel_h);
    fprintf(d->out, "  b[0] = %g   b[1] = %g\n\n", (double)example_b[0], (double)example_b[1]);
    for (int oc = 0; oc < s.oc; oc++) {
        float sum[2];
        fprintf(d->out, "  y[%d][0][0]:\n", oc);
        for (int c = 0; c < s.c; c++)
            sum[c] = print_channel(d, &s, oc, c);
        fprintf(d->out, "    %g + %g + (%g) = %g\n", (double)sum[0], (double)sum[1],
                (double)example_b[oc], (double)y[oc * s.oh * s.ow]);
    }
    fputc('\n', d->out);
    print_planes(d, (const char *[]){ "y[0]", "y[1]" }, y, s.oc, s.oh);
}

/* Layers of networks that come later in the course, with what they cost. */
static void print_sizes(const demo *d)
{
    const conv2d_shape rows[] = {
        layer(1, 1, 28, 32, 3, 1), layer(1, 1, 28, 16, 5, 2), layer(1, 16, 14, 32, 5, 2),
        layer(1, 3, 32, 6, 5, 0), layer(1, 64, 7, 128, 3, 1),
    };

    fprintf(d->out, say("  x                 window  y                parameters  multiply-adds\n",
                        "  x                 창      y                파라미터    곱셈-덧셈\n"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const conv2d_shape *const s = &rows[i];
        char x[32], y[32];
        snprintf(x, sizeof x, "%d x %d x %d", s->c, s->h, s->w);
        snprintf(y, sizeof y, "%d x %d x %d", s->oc, s->oh, s->ow);
        fprintf(d->out, "  %-17s %d x %d   %-16s %-11g %.0f\n", x, s->kernel_h, s->kernel_w, y,
                weights(s) + s->oc, multiply_adds_of(s));
    }
}

/* Three shapes on black: a red bar, a yellow square, a blue frame. */
static void draw_colours(float *image)
{
    enum { RED, GREEN, BLUE };

    for (int i = 0; i < COLOURS * PLANE; i++)
        image[i] = 0.0f;
    for (int row = 1; row < SIDE - 1; row++)
        for (int column = 1; column < SIDE - 1; column++) {
            float *const pixel = &image[row * SIDE + column];
            const bool bar = row <= 3;
            const bool square = row >= 6 && column <= 4;
            const bool frame = row >= 5 && column >= 6 &&
                               (row == 5 || row == SIDE - 2 || column == 6 || column == SIDE - 2);
            pixel[RED * PLANE] = bar || square;
            pixel[GREEN * PLANE] = square;
            pixel[BLUE * PLANE] = frame;
        }
}

/* A filter that has one weight per channel, the same at each of its nine places. */
static void even_filter(float *w, float red, float green, float blue)
{
    const float weight[COLOURS] = { red, green, blue };

    for (int c = 0; c < COLOURS; c++)
        for (int i = 0; i < 9; i++)
            w[c * 9 + i] = weight[c] / 9.0f;
}

static void print_picture(const demo *d)
{
    const conv2d_shape s = layer(1, COLOURS, SIDE, FILTERS, 3, 1);
    float x[COLOURS * PLANE], w[FILTERS * COLOURS * 9], y[FILTERS * PLANE];

    draw_colours(x);
    even_filter(w, 1, -2, 0);
    even_filter(w + COLOURS * 9, 1, 1, 0);
    convolve(&s, x, w, (const float[]){ 0, -1 }, y);
    const char *const titles[] = {
        say("channel 0: red", "0번 채널: 빨강"), say("channel 1: green", "1번 채널: 초록"),
        say("channel 2: blue", "2번 채널: 파랑"), say("map 0: red alone", "0번 맵: 빨강만"),
        say("map 1: red + green", "1번 맵: 빨강+초록"),
    };
    plot_map maps[COLOURS + FILTERS];
    for (int i = 0; i < COLOURS + FILTERS; i++) {
        const bool input = i < COLOURS;
        maps[i] = (plot_map){ .title = titles[i], .rows = SIDE, .columns = SIDE,
                              .value = input ? x + i * PLANE : y + (i - COLOURS) * PLANE,
                              .low = input ? 0 : -1, .high = 1, .diverging = !input };
    }
    demo_maps(d, maps, COLOURS + FILTERS, "picture");
}

/* ---- Answers ---- */

static double parameters(void)
{
    const conv2d_shape s = layer(1, 32, 14, 64, 3, 1);
    return weights(&s) + s.oc;
}

static double multiply_adds(void)
{
    const conv2d_shape s = layer(1, 32, 14, 64, 3, 1);
    return multiply_adds_of(&s);
}

static double flat_index(void)
{
    static const float x[2][3][4][5];
    return (double)(&x[1][0][2][3] - &x[0][0][0][0]);
}

static double value(void)
{
    static const float x[] = { 1, 2, 3, 4, 0, 1, 1, 0 }, w[] = { 1, 0, 0, 1, 2, 2, 2, 2 };
    const conv2d_shape s = layer(1, 2, 2, 1, 2, 0);
    float y[1];

    convolve(&s, x, w, (const float[]){ -1 }, y);
    return (double)y[0];
}

static const demo_part parts[] = {
    { "example", print_example },
    { "sizes", print_sizes },
    { "picture", print_picture },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "parameters", parameters, 0.0 },
    { "multiply_adds", multiply_adds, 0.0 },
    { "index", flat_index, 0.0 },
    { "value", value, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
