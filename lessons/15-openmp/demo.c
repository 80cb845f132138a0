/* demo.c: the numbers and pictures of the lesson on OpenMP: who computes what, what is lost, what
 * changes with the order, and what it brings on this machine. */
#include <omp.h>
#include <stdlib.h>
#include <time.h>

#include "kernels/add/add.h"
#include "kernels/conv2d/conv2d.h"
#include "lessons/demo.h"

/* Runs with that many threads, and sets the number back. */
static int use_threads(int threads)
{
    const int before = omp_get_max_threads();

    omp_set_dynamic(0);
    omp_set_num_threads(threads);
    return before;
}

/* ---- Who computes which row ---- */

enum { TEAM = 4, ROWS = 10 };

static void share_rows(int *owner)
{
    const int before = use_threads(TEAM);

#pragma omp parallel for
    for (int row = 0; row < ROWS; row++)
        owner[row] = omp_get_thread_num();
    use_threads(before);
}

static void share_rows_in_turn(int *owner)
{
    const int before = use_threads(TEAM);

#pragma omp parallel for schedule(static, 1)
    for (int row = 0; row < ROWS; row++)
        owner[row] = omp_get_thread_num();
    use_threads(before);
}

static void print_owners(const demo *d, const char *name, const int *owner)
{
    fprintf(d->out, "  %-22s", name);
    for (int row = 0; row < ROWS; row++)
        fprintf(d->out, " %2d", owner[row]);
    fputc('\n', d->out);
}

static void print_example(const demo *d)
{
    int row[ROWS], owner[ROWS];

    for (int i = 0; i < ROWS; i++)
        row[i] = i;
    print_owners(d, say("row", "행"), row);
    share_rows(owner);
    print_owners(d, "parallel for", owner);
    share_rows_in_turn(owner);
    print_owners(d, "schedule(static, 1)", owner);
    fputc('\n', d->out);
}

/* ---- A picture: maps of a batch ---- */

enum { IMAGES = 2, MAPS = 8 };

static void print_picture(const demo *d)
{
    float by_image[IMAGES * MAPS], by_map[IMAGES * MAPS];
    const int before = use_threads(TEAM);

#pragma omp parallel for
    for (int n = 0; n < IMAGES; n++)
        for (int oc = 0; oc < MAPS; oc++)
            by_image[n * MAPS + oc] = (float)(omp_get_thread_num() + 1);
#pragma omp parallel for collapse(2)
    for (int n = 0; n < IMAGES; n++)
        for (int oc = 0; oc < MAPS; oc++)
            by_map[n * MAPS + oc] = (float)(omp_get_thread_num() + 1);
    use_threads(before);

    const plot_map maps[] = {
        { .title = say("threads 1 to 4,\nloop over images", "스레드 1에서 4,\n이미지 반복"),
          .value = by_image, .rows = IMAGES, .columns = MAPS, .low = 0.0, .high = TEAM,
          .numbers = true },
        { .title = say("threads 1 to 4,\ncollapse(2)", "스레드 1에서 4,\ncollapse(2)"),
          .value = by_map, .rows = IMAGES, .columns = MAPS, .low = 0.0, .high = TEAM,
          .numbers = true },
    };
    demo_maps(d, maps, 2, "threads");
}

/* ---- A race, step by step ---- */

enum { MOST_THREADS = 3 };

/* What each step of an interleaving does: a thread's first step loads, its second stores the
 * number that it loaded plus 1. Returns the counter at the end; prints if `d` is given. */
static int interleave(const int *order, int steps, const demo *d)
{
    int counter = 0, held[MOST_THREADS], done[MOST_THREADS] = { 0 };

    for (int i = 0; i < steps; i++) {
        const int who = order[i];
        const bool loads = done[who]++ == 0;
        if (loads)
            held[who] = counter;
        else
            counter = held[who] + 1;
        if (d)
            fprintf(d->out, "  %-5d %c %-18s %d\n", i + 1, 'A' + who,
                    loads ? say("loads the counter", "카운터를 읽음") : say("stores its sum", "합을 저장"),
                    counter);
    }
    return counter;
}

static void print_interleaving(const demo *d)
{
    static const int apart[] = { 0, 0, 1, 1 }, together[] = { 0, 1, 0, 1 };

    fputs(say("  step  thread               counter\n", "  단계  스레드               카운터\n"), d->out);
    interleave(apart, 4, d);
    fputs(say("\nThe same four steps in another order:\n\n", "\n같은 네 단계를 다른 순서로:\n\n"), d->out);
    interleave(together, 4, d);
    fputc('\n', d->out);
}

/* ---- A race, for real ---- */

enum { TIMES = 200000 };

static void print_race(const demo *d)
{
    volatile int counter = 0;           /* or the compiler would add all at once */
    int sum = 0;
    const int before = use_threads(TEAM);

#pragma omp parallel for
    for (int i = 0; i < TEAM * TIMES; i++)
        counter = counter + 1;
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < TEAM * TIMES; i++)
        sum++;
    use_threads(before);
    fprintf(d->out, say("  4 threads add 1, %d times in all:\n\n"
                        "  one counter for all        %d\n  reduction(+ : counter)     %d\n\n",
                        "  스레드 4개가 1을 모두 %d번 더하면:\n\n"
                        "  모두에게 카운터 하나       %d\n  reduction(+ : counter)     %d\n\n"),
            TEAM * TIMES, counter, sum);
}

/* ---- Order ---- */

enum { NUMBERS = 100000 };

static float sum_in_parts(int parts)
{
    float sum = 0.0f;

    for (int p = 0; p < parts; p++) {
        float part = 0.0f;
        for (int i = NUMBERS * p / parts; i < NUMBERS * (p + 1) / parts; i++)
            part += 1.0f / (float)(i + 1);
        sum += part;
    }
    return sum;
}

static void print_order(const demo *d)
{
    double truth = 0.0;

    fputs(say("1 + 1/2 + 1/3 + ... + 1/100000, each part added up by itself:\n\n"
              "  parts   sum in float\n",
              "1 + 1/2 + 1/3 + ... + 1/100000, 부분마다 따로 더하면:\n\n"
              "  부분    float의 합\n"), d->out);
    for (int parts = 1; parts <= 8; parts *= 2)
        fprintf(d->out, "  %-7d %.7f\n", parts, (double)sum_in_parts(parts));
    for (int i = NUMBERS; i > 0; i--)
        truth += 1.0 / i;
    fprintf(d->out, say("\n  in double: %.7f\n\n", "\n  double로: %.7f\n\n"), truth);
}

/* ---- Amdahl ---- */

static double amdahl_speedup(double serial, double threads)
{
    return 1.0 / (serial + (1.0 - serial) / threads);
}

static void print_amdahl(const demo *d)
{
    static const double shares[] = { 0.0, 0.05, 0.25 };
    enum { SHARES = 3, POINTS = 7 };
    double threads[POINTS], speedup[SHARES][POINTS];

    fputs(say("  threads          1", "  스레드           1"), d->out);
    for (int i = 1; i < POINTS; i++)
        fprintf(d->out, " %6d", 1 << i);
    fputc('\n', d->out);
    for (int k = 0; k < SHARES; k++) {
        fprintf(d->out, say("  %2.0f %% serial  ", "  직렬 %2.0f %%   "), 100.0 * shares[k]);
        for (int i = 0; i < POINTS; i++) {
            threads[i] = 1 << i;
            speedup[k][i] = amdahl_speedup(shares[k], threads[i]);
            fprintf(d->out, i ? " %6.2f" : "%6.2f", speedup[k][i]);
        }
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
    const plot_chart chart = {
        .title = say("How many times as fast", "몇 배 빠른가"), .x_label = say("threads", "스레드"),
        .y_label = say("times", "배"), .x_log = true, .y_log = true,
        .series = { { .name = say("all can be divided", "모두 나눌 수 있음"), .x = threads,
                      .y = speedup[0], .count = POINTS },
                    { .name = say("5 % cannot", "5 %는 나눌 수 없음"), .x = threads, .y = speedup[1],
                      .count = POINTS },
                    { .name = say("25 % cannot", "25 %는 나눌 수 없음"), .x = threads,
                      .y = speedup[2], .count = POINTS } },
        .series_count = SHARES,
    };
    demo_chart(d, &chart, "amdahl");
}

/* ---- Times ---- */

enum { REPEATS = 5, STREAM = 1 << 23, ROW = 1024, ROW_TIMES = 20000 };

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

/* The convolution of a batch, and the sum of two arrays, with some number of threads. */
typedef struct {
    conv2d_shape conv;
    add_shape add;
    const conv2d_variant *conv_variant;
    const add_variant *add_variant;
    float *x, *w, *y, *a, *b, *sum;
    void *workspace;
} work;

static void run_convolution(const work *k)
{
    (void)conv2d_forward(k->conv_variant, &k->conv, k->x, k->w, NULL, k->y, k->workspace);
}

static void run_addition(const work *k)
{
    (void)add_forward(k->add_variant, &k->add, k->a, k->b, k->sum);
}

/* Milliseconds of the fastest of a few runs. */
static double fastest_ms(void (*run)(const work *), const work *k)
{
    double best = 1e9;

    run(k);
    for (int i = 0; i < REPEATS; i++) {
        const double start = now();
        run(k);
        const double ms = 1e3 * (now() - start);
        best = ms < best ? ms : best;
    }
    return best;
}

static void time_threads(const demo *d, work *k)
{
    const int most = omp_get_max_threads();
    double first[2] = { 0.0 };

    fputs(say("  threads   convolution          adding arrays\n",
              "  스레드    합성곱               배열 더하기\n"), d->out);
    for (int threads = 1; threads <= most;
         threads = threads < most && 2 * threads > most ? most : 2 * threads) {
        const int before = use_threads(threads);
        const double ms[] = { fastest_ms(run_convolution, k), fastest_ms(run_addition, k) };
        use_threads(before);
        for (int i = 0; i < 2; i++)
            first[i] = threads == 1 ? ms[i] : first[i];
        fprintf(d->out, say("  %-9d %7.2f ms  %5.2f x   %7.2f ms  %5.2f x\n",
                            "  %-9d %7.2f ms  %5.2f배   %7.2f ms  %5.2f배\n"),
                threads, ms[0], first[0] / ms[0], ms[1], first[1] / ms[1]);
    }
    fputc('\n', d->out);
}

static void print_threads(const demo *d)
{
    work k = { .conv = { .n = 16, .c = 32, .h = 28, .w = 28, .oc = 64, .kernel_h = 3,
                         .kernel_w = 3, .stride_h = 1, .stride_w = 1, .pad_top = 1,
                         .pad_bottom = 1, .pad_left = 1, .pad_right = 1, .dilation_h = 1,
                         .dilation_w = 1, .groups = 1 },
               .add = { STREAM }, .conv_variant = &conv2d_variants[1],
               .add_variant = &add_variants[1] };
    const ptrdiff_t plane = 28 * 28;

    (void)conv2d_shape_init(&k.conv);
    k.x = make_numbers(16 * 32 * plane);
    k.w = make_numbers(64 * 32 * 9);
    k.y = make_numbers(16 * 64 * plane);
    k.a = make_numbers(STREAM);
    k.b = make_numbers(STREAM);
    k.sum = make_numbers(STREAM);
    k.workspace =
        aligned_alloc(64, (conv2d_workspace_bytes(k.conv_variant, &k.conv) + 63) / 64 * 64);
    if (k.x && k.w && k.y && k.a && k.b && k.sum && k.workspace)
        time_threads(d, &k);
    free(k.x), free(k.w), free(k.y), free(k.a), free(k.b), free(k.sum), free(k.workspace);
}

/* Compiled like the student's file, so that their times can be compared with these. */
#define AS_THE_STUDENT __attribute__((optimize("O2"), noinline))

AS_THE_STUDENT
static void add_row(float *out, const float *in, float weight, int count)
{
    for (int i = 0; i < count; i++)
        out[i] += weight * in[i];
}

AS_THE_STUDENT
static void add_row_simd(float *out, const float *in, float weight, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        out[i] += weight * in[i];
}

/* Multiply-adds per nanosecond. */
static double time_rows(void (*add)(float *, const float *, float, int))
{
    float out[ROW] = { 0.0f }, in[ROW];
    double best = 0.0;

    for (int i = 0; i < ROW; i++)
        in[i] = (float)(i % 7);
    for (int r = 0; r < REPEATS; r++) {
        const double start = now();
        for (int i = 0; i < ROW_TIMES; i++)
            add(out, in, 0.5f, ROW);
        const double rate = 1e-9 * ROW * ROW_TIMES / (now() - start);
        best = rate > best ? rate : best;
    }
    return best;
}

static void print_vectors(const demo *d)
{
    const double plain = time_rows(add_row), vectors = time_rows(add_row_simd);

    fprintf(d->out, say("  multiply-adds per nanosecond, one thread:\n\n"
                        "  as written               %.2f\n"
                        "  with #pragma omp simd    %.2f  (%.2f x)\n\n",
                        "  나노초당 곱셈-덧셈, 스레드 하나:\n\n"
                        "  쓴 그대로                %.2f\n"
                        "  #pragma omp simd         %.2f  (%.2f배)\n\n"),
            plain, vectors, vectors / plain);
}

/* ---- Answers ---- */

static double most(void)
{
    int owner[ROWS], rows[TEAM] = { 0 }, largest = 0;

    share_rows(owner);
    for (int row = 0; row < ROWS; row++)
        rows[owner[row]]++;
    for (int i = 0; i < TEAM; i++)
        largest = rows[i] > largest ? rows[i] : largest;
    return largest;
}

static double speedup(void)
{
    return ROWS / most();
}

static double amdahl(void)
{
    return amdahl_speedup(0.1, 8.0);
}

static double limit(void)
{
    return amdahl_speedup(0.1, 1e15);
}

/* Over all orders of the six steps of three threads. */
static double smallest(void)
{
    enum { STEPS = 2 * MOST_THREADS };
    int least = MOST_THREADS;

    for (int code = 0; code < 729; code++) {            /* 3^6 sequences of threads */
        int order[STEPS], count[MOST_THREADS] = { 0 };
        for (int i = 0, rest = code; i < STEPS; i++, rest /= MOST_THREADS)
            count[order[i] = rest % MOST_THREADS]++;
        if (count[0] == 2 && count[1] == 2 && count[2] == 2) {
            const int result = interleave(order, STEPS, NULL);
            least = result < least ? result : least;
        }
    }
    return least;
}

static double lanes(void)
{
    return 512.0 / (8 * sizeof(float));
}

static const demo_part parts[] = {
    { "example", print_example },
    { "picture", print_picture },
    { "interleaving", print_interleaving },
    { "timed-race", print_race },
    { "order", print_order },
    { "amdahl", print_amdahl },
    { "timed-threads", print_threads },
    { "timed-vectors", print_vectors },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "most", most, 0.0 },
    { "speedup", speedup, 0.005 },
    { "amdahl", amdahl, 0.005 },
    { "limit", limit, 1e-6 },
    { "smallest", smallest, 0.0 },
    { "lanes", lanes, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
