/* demo.c: the numbers and pictures of the lesson on im2col: columns, products, loads, times. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/digits.h"
#include "kernels/add/add.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/gemm/gemm.h"
#include "lessons/14-im2col/check_im2col.h"
#include "lessons/14-im2col/im2col.h"
#include "lessons/demo.h"

static conv2d_shape layer(int c, int size, int oc, int kernel, int pad)
{
    conv2d_shape s = { .n = 1, .c = c, .h = size, .w = size, .oc = oc,
                       .kernel_h = kernel, .kernel_w = kernel, .stride_h = 1, .stride_w = 1,
                       .pad_top = pad, .pad_bottom = pad, .pad_left = pad, .pad_right = pad,
                       .dilation_h = 1, .dilation_w = 1, .groups = 1 };
    (void)conv2d_shape_init(&s);
    return s;
}

static int window_of(const conv2d_shape *s)
{
    return s->c * s->kernel_h * s->kernel_w;
}

static void unfold(const conv2d_shape *s, const float *x, float *columns)
{
    const im2col_variant *const v = check_variant_row(&check_im2col, 0);
    v->forward(s, x, columns);
}

static void multiply(int M, int N, int K, const float *a, const float *b, float *c)
{
    const gemm_shape s = gemm_shape_dense(M, N, K, false, false);
    (void)gemm_forward(&gemm_variants[0], &s, a, b, c, NULL);
}

/* ---- By hand ---- */

enum { EXAMPLE = 3, TAPS = 4, FILTERS = 2 };

static const float example_x[] = { 1, 2, 3,
                                   4, 5, 6,
                                   7, 8, 9 };
static const float example_w[FILTERS * TAPS] = { 1, 0, 0, -1,
                                                 1, 1, 1, 1 };

static void print_rows(const demo *d, const char *name, const float *value, int rows, int columns)
{
    for (int i = 0; i < rows; i++) {
        fprintf(d->out, "  %-8s", i == 0 ? name : "");
        for (int j = 0; j < columns; j++)
            fprintf(d->out, " %4g", (double)value[i * columns + j]);
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
}

static void print_example(const demo *d)
{
    const conv2d_shape s = layer(1, EXAMPLE, FILTERS, 2, 0);
    const int positions = s.oh * s.ow;
    float columns[TAPS * TAPS], product[FILTERS * TAPS], y[FILTERS * TAPS];

    unfold(&s, example_x, columns);
    multiply(FILTERS, positions, TAPS, example_w, columns, product);
    (void)conv2d_forward(&conv2d_variants[0], &s, example_x, example_w, NULL, y, NULL);
    print_rows(d, "x", example_x, s.h, s.w);
    print_rows(d, "columns", columns, TAPS, positions);
    print_rows(d, "w", example_w, FILTERS, TAPS);
    print_rows(d, "w * col", product, FILTERS, positions);
    fputs(say("The same two filters with the four loops of the lesson on convolution, each map\n"
              "written as one row:\n\n",
              "같은 필터 두 개를 합성곱 수업의 반복문 네 개로 계산하고, 맵마다 한 행으로 쓰면:\n\n"), d->out);
    print_rows(d, "y", y, FILTERS, positions);
}

/* ---- How large ---- */

static void print_sizes(const demo *d)
{
    const struct {
        const char *name;
        conv2d_shape s;
    } layers[] = {
        { "1-32, 3x3, 28x28", layer(1, 28, 32, 3, 1) },
        { "32-64, 5x5, 14x14", layer(32, 14, 64, 5, 2) },
        { "6-16, 5x5, 14x14", layer(6, 14, 16, 5, 0) },
        { "256-64, 1x1, 28x28", layer(256, 28, 64, 1, 0) },
    };

    fputs(say("  layer               image x   columns      times x   product M, N, K\n",
              "  층                  이미지 x  열 행렬      x의 배수  곱 M, N, K\n"), d->out);
    for (int i = 0; i < 4; i++) {
        const conv2d_shape *const s = &layers[i].s;
        const int image = s->c * s->h * s->w, positions = s->oh * s->ow;
        char matrix[32];
        snprintf(matrix, sizeof matrix, "%d x %d", window_of(s), positions);
        fprintf(d->out, "  %-19s %-9d %-12s %-9.2f %d, %d, %d\n", layers[i].name, image, matrix,
                (double)window_of(s) * positions / image, s->oc, positions, window_of(s));
    }
    fputc('\n', d->out);
}

/* ---- A picture ---- */

enum { SMALL = 7, BLOCK = DIGITS_SIZE / SMALL, DIGIT = 7, DIGIT_SEED = 3 };

static void print_picture(const demo *d)
{
    const conv2d_shape s = layer(1, SMALL, 1, 3, 1);
    static const char *const names[] = { "0,0", "", "", "", "1,1", "", "", "", "2,2" };
    unsigned char pixels[DIGITS_PIXELS];
    float x[SMALL * SMALL] = { 0.0f }, columns[9 * SMALL * SMALL];

    (void)digits_draw(DIGIT_SEED, DIGIT, pixels);
    for (int i = 0; i < DIGITS_SIZE; i++)
        for (int j = 0; j < DIGITS_SIZE; j++)
            x[i / BLOCK * SMALL + j / BLOCK] +=
                (float)pixels[i * DIGITS_SIZE + j] / (255.0f * BLOCK * BLOCK);
    unfold(&s, x, columns);
    const plot_map image = { .title = say("image x, 7 x 7", "이미지 x, 7 x 7"),
                             .value = x, .rows = SMALL, .columns = SMALL };
    const plot_map matrix = { .title = say("columns, 9 x 49: one row per weight kh,kw",
                                           "열 행렬, 9 x 49: 가중치 kh,kw마다 한 행"),
                              .value = columns, .rows = window_of(&s), .columns = s.oh * s.ow,
                              .row_names = names };
    demo_maps(d, &image, 1, "image");
    demo_maps(d, &matrix, 1, "columns");
}

/* ---- How often a number is loaded ---- */

static double loads_per_multiply_add(int rows, int columns)
{
    return (double)(rows + columns) / (rows * columns);
}

static double gemm_intensity(double M, double N, double K)
{
    return 2.0 * M * N * K / (sizeof(float) * (M * K + K * N + M * N));
}

static void print_loads(const demo *d)
{
    static const int tiles[][2] = { { 1, 1 }, { 1, 4 }, { 2, 2 }, { 6, 16 }, { 8, 48 } };

    fputs(say("  tile      sums   loads per step   loads per multiply-add\n",
              "  타일      합     단계당 읽기      곱셈-덧셈당 읽기\n"), d->out);
    for (int i = 0; i < 5; i++) {
        const int rows = tiles[i][0], columns = tiles[i][1];
        char tile[32];
        snprintf(tile, sizeof tile, "%d x %d", rows, columns);
        fprintf(d->out, "  %-9s %-6d %-16d %.3f\n", tile, rows * columns, rows + columns,
                loads_per_multiply_add(rows, columns));
    }
    fputc('\n', d->out);
}

/* ---- Times ---- */

enum { REPEATS = 3 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *make_numbers(ptrdiff_t count)
{
    float *const numbers = aligned_alloc(64, ((size_t)count * sizeof *numbers + 63) / 64 * 64);

    for (ptrdiff_t i = 0; numbers && i < count; i++)
        numbers[i] = (float)(i % 13) - 6.0f;
    return numbers;
}

/* Seconds of the fastest of a few runs. */
static double fastest(void (*work)(void *), void *with)
{
    double best = 1e9;

    work(with);
    for (int i = 0; i < REPEATS; i++) {
        const double start = now();
        work(with);
        const double seconds = now() - start;
        best = seconds < best ? seconds : best;
    }
    return best;
}

typedef void multiplication(const gemm_shape *s, const float *a, const float *b, float *c,
                            void *workspace);

/* Compiled like the student's file, so that their times can be compared with these. */
#define AS_THE_STUDENT __attribute__((optimize("O2")))

/* The loops in the order i, k, j: along the rows of b and of c. */
AS_THE_STUDENT
static void multiply_by_rows(const gemm_shape *s, const float *a, const float *b, float *c,
                             void *workspace)
{
    (void)workspace;
    for (int i = 0; i < s->M; i++) {
        float *const row = c + (ptrdiff_t)i * s->N;
        memset(row, 0, (size_t)s->N * sizeof *row);
        for (int k = 0; k < s->K; k++)
            for (int j = 0; j < s->N; j++)
                row[j] += a[(ptrdiff_t)i * s->K + k] * b[(ptrdiff_t)k * s->N + j];
    }
}

enum { TILE = 4 };

/* Tiles of 4 x 4 sums; M and N are multiples of 4. */
AS_THE_STUDENT
static void multiply_by_tiles(const gemm_shape *s, const float *a, const float *b, float *c,
                              void *workspace)
{
    (void)workspace;
    for (int j = 0; j < s->N; j += TILE)
        for (int i = 0; i < s->M; i += TILE) {
            float sum[TILE][TILE] = { { 0.0f } };
            for (int k = 0; k < s->K; k++)
                for (int di = 0; di < TILE; di++)
                    for (int dj = 0; dj < TILE; dj++)
                        sum[di][dj] += a[(ptrdiff_t)(i + di) * s->K + k] *
                                       b[(ptrdiff_t)k * s->N + j + dj];
            for (int di = 0; di < TILE; di++)
                memcpy(c + (ptrdiff_t)(i + di) * s->N + j, sum[di], sizeof sum[di]);
        }
}

typedef struct {
    multiplication *multiply;
    gemm_shape s;
    float *a, *b, *c;
    void *workspace;
} product;

static void run_product(void *with)
{
    const product *const p = with;
    p->multiply(&p->s, p->a, p->b, p->c, p->workspace);
}

/* FLOP per second. */
static double time_product(multiplication *multiplied, size_t (*workspace)(const gemm_shape *),
                           int M, int N, int K)
{
    product p = { multiplied, gemm_shape_dense(M, N, K, false, false), NULL, NULL, NULL, NULL };
    const size_t bytes = workspace ? workspace(&p.s) : 0;
    double seconds = 1e9;

    p.a = make_numbers((ptrdiff_t)M * K);
    p.b = make_numbers((ptrdiff_t)K * N);
    p.c = make_numbers((ptrdiff_t)M * N);
    p.workspace = bytes > 0 ? aligned_alloc(64, (bytes + 63) / 64 * 64) : NULL;
    if (p.a && p.b && p.c && (bytes == 0 || p.workspace))
        seconds = fastest(run_product, &p);
    free(p.a), free(p.b), free(p.c), free(p.workspace);
    return 2.0 * M * N * K / seconds;
}

/* The last row of the table that runs on the host: its best. */
static const gemm_variant *best_product(void)
{
    const gemm_variant *best = gemm_variants;

    for (size_t i = 0; i < gemm_variant_count; i++)
        if (gemm_variants[i].info.space == SPACE_HOST)
            best = &gemm_variants[i];
    return best;
}

static double time_variant(const gemm_variant *v, int M, int N, int K)
{
    return time_product(v->multiply, v->workspace_bytes, M, N, K);
}

static void print_times(const demo *d)
{
    static const int sizes[][3] = { { 64, 784, 288 }, { 64, 2048, 512 } };
    const int threads = omp_get_max_threads();

    omp_set_num_threads(1);
    fputs(say("GFLOP/s (10^9 floating-point operations per second), one thread:\n\n"
              "  M, N, K          formula   by rows   4 x 4 tiles   this program's best\n",
              "GFLOP/s (1초에 10^9번의 부동소수점 연산), 스레드 하나:\n\n"
              "  M, N, K          공식      행 순서   4 x 4 타일    이 프로그램의 최고\n"), d->out);
    for (int i = 0; i < 2; i++) {
        const int M = sizes[i][0], N = sizes[i][1], K = sizes[i][2];
        char size[32];
        snprintf(size, sizeof size, "%d, %d, %d", M, N, K);
        fprintf(d->out, "  %-16s %-9.2f %-9.2f %-13.2f %.2f\n", size,
                1e-9 * time_variant(&gemm_variants[0], M, N, K),
                1e-9 * time_product(multiply_by_rows, NULL, M, N, K),
                1e-9 * time_product(multiply_by_tiles, NULL, M, N, K),
                1e-9 * time_variant(best_product(), M, N, K));
    }
    fputc('\n', d->out);
    omp_set_num_threads(threads);
}

/* ---- The roofline ---- */

enum { STREAM = 1 << 24 };          /* floats: larger than the caches of most machines */

typedef struct {
    add_shape s;
    float *a, *b, *y;
} stream;

static void run_stream(void *with)
{
    const stream *const t = with;
    (void)add_forward(&add_variants[0], &t->s, t->a, t->b, t->y);
}

/* Additions per second of y = a + b over large arrays. */
static double time_stream(void)
{
    stream t = { { STREAM }, make_numbers(STREAM), make_numbers(STREAM), make_numbers(STREAM) };
    const double seconds = t.a && t.b && t.y ? fastest(run_stream, &t) : 1e9;

    free(t.a), free(t.b), free(t.y);
    return STREAM / seconds;
}

typedef struct {
    const conv2d_variant *variant;
    conv2d_shape s;
    float *x, *w, *y;
    void *workspace;
} convolution;

static void run_convolution(void *with)
{
    const convolution *const c = with;
    (void)conv2d_forward(c->variant, &c->s, c->x, c->w, NULL, c->y, c->workspace);
}

static double convolution_flop(const conv2d_shape *s)
{
    return 2.0 * s->oc * s->oh * s->ow * window_of(s);
}

/* FLOP per byte, if each tensor crosses the bus once. */
static double convolution_intensity(const conv2d_shape *s)
{
    const double numbers = (double)s->c * s->h * s->w + (double)s->oc * window_of(s) +
                           (double)s->oc * s->oh * s->ow;
    return convolution_flop(s) / (sizeof(float) * numbers);
}

static double time_convolution(const conv2d_variant *v, const conv2d_shape *s)
{
    convolution c = { v, *s, NULL, NULL, NULL, NULL };
    const size_t bytes = conv2d_workspace_bytes(v, s);
    double seconds = 1e9;

    c.x = make_numbers((ptrdiff_t)s->c * s->h * s->w);
    c.w = make_numbers((ptrdiff_t)s->oc * window_of(s));
    c.y = make_numbers((ptrdiff_t)s->oc * s->oh * s->ow);
    c.workspace = bytes > 0 ? aligned_alloc(64, (bytes + 63) / 64 * 64) : NULL;
    if (c.x && c.w && c.y && (bytes == 0 || c.workspace))
        seconds = fastest(run_convolution, &c);
    free(c.x), free(c.w), free(c.y), free(c.workspace);
    return convolution_flop(s) / seconds;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

enum { ROOF = 25, WORKS = 4 };

static void print_roofline(const demo *d)
{
    const conv2d_shape s = layer(32, 28, 64, 3, 1);
    const int threads = omp_get_max_threads();
    double roof_x[ROOF], roof_y[ROOF];

    omp_set_num_threads(1);
    const double adding = time_stream(), bandwidth = adding * 3.0 * sizeof(float);
    const char *const names[WORKS] = {
        say("add two arrays", "배열 두 개 더하기"), say("product, formula", "행렬 곱, 공식"),
        say("convolution, seven loops", "합성곱, 반복문 일곱 개"),
        say("convolution, im2col", "합성곱, im2col") };
    const double x[WORKS] = { 1.0 / (3.0 * sizeof(float)), gemm_intensity(64, 784, 288),
                              convolution_intensity(&s), convolution_intensity(&s) };
    double y[WORKS] = { adding, time_variant(&gemm_variants[0], 64, 784, 288),
                        time_convolution(&conv2d_variants[0], &s),
                        time_convolution(&conv2d_variants[1], &s) };
    const double peak = larger(larger(time_variant(best_product(), 256, 768, 768),
                                      time_variant(best_product(), 64, 784, 288)), y[WORKS - 1]);
    omp_set_num_threads(threads);

    fprintf(d->out, say("Measured here with one thread: memory gives %.1f GB/s; the fastest "
                        "that this program\ncomputes is %.1f GFLOP/s. The two meet at %.1f FLOP "
                        "per byte.\n\n",
                        "이 컴퓨터에서 스레드 하나로 측정: 메모리는 %.1f GB/s, 이 프로그램의 가장 빠른 계산은\n"
                        "%.1f GFLOP/s. 둘은 바이트당 %.1f FLOP에서 만납니다.\n\n"),
            1e-9 * bandwidth, 1e-9 * peak, peak / bandwidth);
    fputs(say("  FLOP per byte   GFLOP/s   at most\n",
              "  바이트당 FLOP   GFLOP/s   최대\n"), d->out);
    for (int i = 0; i < WORKS; i++) {
        fprintf(d->out, "  %-15.2f %-9.2f %-9.2f %s\n", x[i], 1e-9 * y[i],
                1e-9 * smaller(peak, bandwidth * x[i]), names[i]);
        y[i] *= 1e-9;
    }
    fputc('\n', d->out);
    for (int i = 0; i < ROOF; i++) {
        roof_x[i] = 0.03125 * (double)(1 << (i / 2)) * (i % 2 ? 1.4142135623730951 : 1.0);
        roof_y[i] = 1e-9 * smaller(peak, bandwidth * roof_x[i]);
    }
    const plot_chart chart = {
        .kind = PLOT_POINTS, .title = say("Roofline of one thread", "스레드 하나의 루프라인"),
        .x_label = say("FLOP per byte", "바이트당 FLOP"), .y_label = "GFLOP/s",
        .x_log = true, .y_log = true,
        .series = { { .name = names[0], .x = x, .y = y, .count = 1 },
                    { .name = names[1], .x = x + 1, .y = y + 1, .count = 1 },
                    { .name = names[2], .x = x + 2, .y = y + 2, .count = 1 },
                    { .name = names[3], .x = x + 3, .y = y + 3, .count = 1 },
                    { .name = say("the roof", "지붕"), .x = roof_x, .y = roof_y, .count = ROOF,
                      .dashed = true } },
        .series_count = 5,
    };
    demo_chart(d, &chart, "roofline");
}

/* ---- Answers ---- */

static conv2d_shape asked(void)
{
    return layer(32, 14, 64, 3, 1);
}

static double rows(void)
{
    const conv2d_shape s = asked();
    return window_of(&s);
}

static double columns(void)
{
    const conv2d_shape s = asked();
    return s.oh * s.ow;
}

/* How often the columns of a channel that is 1 at one pixel and else 0 hold the 1. */
static double copies_of(int i, int j)
{
    const conv2d_shape s = layer(1, 14, 1, 3, 1);
    float x[14 * 14] = { 0.0f }, unfolded[9 * 14 * 14];
    double sum = 0.0;

    x[i * s.w + j] = 1.0f;
    unfold(&s, x, unfolded);
    for (int k = 0; k < window_of(&s) * s.oh * s.ow; k++)
        sum += (double)unfolded[k];
    return sum;
}

static double copies_inside(void)
{
    return copies_of(7, 7);
}

static double copies_corner(void)
{
    return copies_of(0, 0);
}

static double loads(void)
{
    return loads_per_multiply_add(4, 4);
}

static double intensity(void)
{
    return gemm_intensity(100, 100, 100);
}

static const demo_part parts[] = {
    { "example", print_example },
    { "sizes", print_sizes },
    { "picture", print_picture },
    { "loads", print_loads },
    { "timed-orders", print_times },
    { "timed-roofline", print_roofline },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "rows", rows, 0.0 },
    { "columns", columns, 0.0 },
    { "copies_inside", copies_inside, 0.0 },
    { "copies_corner", copies_corner, 0.0 },
    { "loads", loads, 0.0 },
    { "intensity", intensity, 0.01 },
    { NULL, NULL, 0.0 },
};

static const student_contract contracts[] = {
    { .concept = &check_im2col, .header = "lessons/14-im2col/im2col.h", .type = "im2col_variant",
      .pass = { CONTRACT_PASS(im2col_variant, forward, conv2d_shape, "stt"),
                CONTRACT_PASS(im2col_variant, backward, conv2d_shape, "stt") } },
    { .concept = NULL },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers,
                                        .contracts = contracts };
