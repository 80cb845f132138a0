/* demo.c: the numbers and pictures of the lesson on batch normalisation, by the suite's kernels. */
#include "data/digits.h"
#include "kernels/batchnorm2d/batchnorm2d.h"
#include "kernels/conv2d/conv2d.h"
#include "lessons/demo.h"
#include "nets/net.h"

#include <math.h>

enum { CHANNELS = 2, STEPS = 60, BATCH = 8, MAP = 13 * 13, DIGIT_SEED = 3 };

/* Training on one batch; what is not wanted may be NULL. */
typedef struct {
    float mean[CHANNELS], invstd[CHANNELS];
    float running_mean[CHANNELS], running_var[CHANNELS];
} statistics;

static void train(const batchnorm2d_shape *s, const float *x, const float *gamma,
                  const float *beta, statistics *t, float *y)
{
    (void)batchnorm2d_train_forward(&batchnorm2d_variants[0], s, x, gamma, beta, t->running_mean,
                                    t->running_var, y, t->mean, t->invstd);
}

static const statistics start = { .running_var = { 1, 1 } };
static const float ones[CHANNELS] = { 1, 1 }, zeros[CHANNELS] = { 0, 0 };

static double variance(const statistics *t, int c)
{
    return 1.0 / ((double)t->invstd[c] * (double)t->invstd[c]);        /* where eps is 0 */
}

/* ---- By hand ---- */

enum { EACH = 2 };                              /* numbers of a channel in an image */

static const float example_x[] = { 1, 5,   10, 20,          /* image 0: channel 0, channel 1 */
                                   5, 1,   20, 10 };        /* image 1 */
static const float example_gamma[] = { 1, 3 }, example_beta[] = { 0, 100 };

static void print_numbers(const demo *d, const char *name, const float *value, int c)
{
    fprintf(d->out, "  %-14s", name);
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < EACH; i++)
            fprintf(d->out, "%s%4g", n && !i ? "  |" : "",
                    (double)value[(n * CHANNELS + c) * EACH + i]);
    fputc('\n', d->out);
}

static void print_example(const demo *d)
{
    const batchnorm2d_shape s = { .n = 2, .c = CHANNELS, .h = 1, .w = EACH, .momentum = 0.1f };
    float y[8], normal[8];
    statistics t = start;

    train(&s, example_x, ones, zeros, &t, normal);
    train(&s, example_x, example_gamma, example_beta, &t, y);
    for (int c = 0; c < CHANNELS; c++) {
        double sum = 0.0, squares = 0.0;
        fprintf(d->out, say("  channel %d (image 0 | image 1)\n", "  채널 %d (이미지 0 | 이미지 1)\n"), c);
        print_numbers(d, "x", example_x, c);
        fprintf(d->out, "  mean         = (");
        for (int i = 0; i < 2 * EACH; i++) {
            const double v = (double)example_x[(i / EACH * CHANNELS + c) * EACH + i % EACH];
            fprintf(d->out, "%s%g", i ? " + " : "", v);
            sum += v;
        }
        fprintf(d->out, ") / %d = %g\n  var          = (", 2 * EACH, (double)t.mean[c]);
        for (int i = 0; i < 2 * EACH; i++) {
            const double v = (double)example_x[(i / EACH * CHANNELS + c) * EACH + i % EACH];
            fprintf(d->out, "%s(%g)^2", i ? " + " : "", v - sum / (2 * EACH));
            squares += pow(v - sum / (2 * EACH), 2.0);
        }
        fprintf(d->out, ") / %d = %g / %d = %g\n", 2 * EACH, squares, 2 * EACH, variance(&t, c));
        fprintf(d->out, say("  its root     = %g\n", "  그 제곱근    = %g\n"),
                1.0 / (double)t.invstd[c]);
        print_numbers(d, say("normalised", "정규화   "), normal, c);
        fprintf(d->out, "  * %g + %g\n", (double)example_gamma[c], (double)example_beta[c]);
        print_numbers(d, "y", y, c);
        fputc('\n', d->out);
    }
}

/* ---- Who else is in the batch ---- */

static void print_company(const demo *d)
{
    static const float batches[2][4] = { { 2, 4, 3, 5 }, { 2, 4, 40, 60 } };
    static const float running_mean[] = { 3.5f }, running_var[] = { 1.25f };
    const batchnorm2d_shape s = { .n = 2, .c = 1, .h = 1, .w = EACH, .eps = 1e-5f,
                                  .momentum = 0.1f };
    float y[4];

    fprintf(d->out, say("  running mean %g, running variance %g\n\n",
                        "  이동 평균 %g, 이동 분산 %g\n\n"), (double)running_mean[0],
            (double)running_var[0]);
    for (int b = 0; b < 2; b++) {
        statistics t = start;
        fprintf(d->out, say("  first image  %g %g, second image  %g %g\n",
                            "  첫 이미지  %g %g, 둘째 이미지  %g %g\n"), (double)batches[b][0],
                (double)batches[b][1], (double)batches[b][2], (double)batches[b][3]);
        train(&s, batches[b], ones, zeros, &t, y);
        fprintf(d->out, say("    training:   the first becomes %7.3f %7.3f\n",
                            "    학습 모드: 첫 이미지는 %7.3f %7.3f\n"), (double)y[0], (double)y[1]);
        (void)batchnorm2d_eval_forward(&batchnorm2d_variants[0], &s, batches[b], ones, zeros,
                                       running_mean, running_var, y);
        fprintf(d->out, say("    evaluation: the first becomes %7.3f %7.3f\n\n",
                            "    평가 모드: 첫 이미지는 %7.3f %7.3f\n\n"), (double)y[0], (double)y[1]);
    }
}

/* ---- Running statistics ---- */

static void print_running(const demo *d)
{
    const batchnorm2d_shape s = { .n = 1, .c = 1, .h = DIGITS_SIZE, .w = DIGITS_SIZE,
                                  .eps = 0.0f, .momentum = 0.1f };
    static double step[STEPS], batch[STEPS], running[STEPS];
    static float x[DIGITS_PIXELS], y[DIGITS_PIXELS];
    unsigned char pixels[DIGITS_PIXELS];
    statistics t = start;

    fprintf(d->out, "%s", say("          this batch            running\n"
                              "  step    mean      variance    mean      variance\n",
                              "          이번 배치             이동 통계\n"
                              "  단계    평균      분산        평균      분산\n"));
    fprintf(d->out, "  %4d  %22s  %8.4f  %8.4f\n", 0, "", (double)t.running_mean[0],
            (double)t.running_var[0]);
    for (int i = 0; i < STEPS; i++) {
        (void)digits_draw(DIGIT_SEED, i, pixels);
        for (int p = 0; p < DIGITS_PIXELS; p++)
            x[p] = (float)pixels[p] / 255.0f;
        train(&s, x, ones, zeros, &t, y);
        step[i] = i + 1;
        batch[i] = (double)t.mean[0];
        running[i] = (double)t.running_mean[0];
        if (i < 3 || i == 9 || i == 29 || i == STEPS - 1)
            fprintf(d->out, "  %4d  %8.4f  %8.4f      %8.4f  %8.4f\n", i + 1, batch[i],
                    variance(&t, 0), running[i], (double)t.running_var[0]);
    }
    plot_chart chart = { .kind = PLOT_LINES, .x_label = say("step", "단계"),
                         .y_label = say("mean", "평균"), .series_count = 2 };
    chart.series[0] = (plot_series){ .name = say("of this batch", "이번 배치의 평균"), .x = step,
                                     .y = batch, .count = STEPS };
    chart.series[1] = (plot_series){ .name = say("running", "이동 평균"), .x = step,
                                     .y = running, .count = STEPS, .dashed = true };
    fputc('\n', d->out);
    demo_chart(d, &chart, "running");
}

/* ---- A picture: two channels that are hard to compare ---- */

/* x[BATCH][1][28][28] through two windows: upright edges, faint and all above 0; level edges. */
static void two_channels(float y[BATCH * CHANNELS * MAP])
{
    static const float w[] = { -0.1f, 0, 0.1f, -0.1f, 0, 0.1f, -0.1f, 0, 0.1f,
                               -1, -1, -1, 0, 0, 0, 1, 1, 1 };
    static const float bias[] = { 2, -1 };
    static float x[BATCH * DIGITS_PIXELS];
    static unsigned char pixels[BATCH * DIGITS_PIXELS], labels[BATCH];
    conv2d_shape s = { .n = BATCH, .c = 1, .h = DIGITS_SIZE, .w = DIGITS_SIZE, .oc = CHANNELS,
                       .kernel_h = 3, .kernel_w = 3, .stride_h = 2, .stride_w = 2,
                       .dilation_h = 1, .dilation_w = 1, .groups = 1 };

    digits_draw_many(DIGIT_SEED, 7, BATCH, pixels, labels);
    for (int i = 0; i < BATCH * DIGITS_PIXELS; i++)
        x[i] = (float)pixels[i] / 255.0f;
    (void)conv2d_shape_init(&s);
    (void)conv2d_forward(&conv2d_variants[0], &s, x, w, bias, y, NULL);
}

static int negative(const float *value, int c)
{
    int count = 0;
    for (int n = 0; n < BATCH; n++)
        for (int i = 0; i < MAP; i++)
            count += value[(n * CHANNELS + c) * MAP + i] < 0.0f;
    return count;
}

static void print_picture(const demo *d)
{
    const batchnorm2d_shape s = { .n = BATCH, .c = CHANNELS, .h = 13, .w = 13, .eps = 1e-5f,
                                  .momentum = 0.1f };
    static float x[BATCH * CHANNELS * MAP], y[BATCH * CHANNELS * MAP];
    statistics t = start;
    plot_map maps[4];

    two_channels(x);
    train(&s, x, ones, zeros, &t, y);
    for (int i = 0; i < 4; i++)
        maps[i] = (plot_map){ .value = (i < 2 ? x : y) + i % 2 * MAP, .rows = s.h, .columns = s.w,
                              .low = -3, .high = 3, .diverging = true };
    maps[0].title = say("channel 0", "채널 0");
    maps[1].title = say("channel 1", "채널 1");
    maps[2].title = say("channel 0, normalised", "채널 0, 정규화");
    maps[3].title = say("channel 1, normalised", "채널 1, 정규화");
    demo_maps(d, maps, 4, "picture");
    for (int c = 0; c < CHANNELS; c++)
        fprintf(d->out, say("channel %d: mean %.3f, root of the variance %.3f; "
                            "negative, of %d: %d before, %d after\n",
                            "채널 %d: 평균 %.3f, 분산의 제곱근 %.3f; "
                            "음수, 모두 %d개 가운데: 앞에서 %d개, 뒤에서 %d개\n"), c, (double)t.mean[c],
                1.0 / (double)t.invstd[c], BATCH * MAP, negative(x, c), negative(y, c));
}

/* ---- Answers ---- */

static double parameters(void)
{
    const net_layer layer = { .kind = LAYER_BATCHNORM2D };
    return (double)net_layer_parameters(&layer, (net_extent){ 32, 28, 28 });
}

static double count(void)
{
    const batchnorm2d_shape s = { .n = 100, .c = 32, .h = 28, .w = 28 };
    return (double)s.n * s.h * s.w;
}

static double value(void)
{
    static const float x[] = { 2, 2, 6, 6 }, gamma[] = { 10 }, beta[] = { 3 };
    const batchnorm2d_shape s = { .n = 1, .c = 1, .h = 2, .w = 2 };
    statistics t = start;
    float y[4];

    train(&s, x, gamma, beta, &t, y);
    return (double)y[2];
}

static double running_mean(void)
{
    static const float x[] = { 3, 5 };
    const batchnorm2d_shape s = { .n = 2, .c = 1, .h = 1, .w = 1, .momentum = 0.1f };
    statistics t = start;
    float y[2];

    train(&s, x, ones, zeros, &t, y);
    train(&s, x, ones, zeros, &t, y);
    return (double)t.running_mean[0];
}

static const demo_part parts[] = {
    { "example", print_example },
    { "picture", print_picture },
    { "company", print_company },
    { "running", print_running },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "parameters", parameters, 0.0 },
    { "count", count, 0.0 },
    { "value", value, 1e-3 },
    { "running_mean", running_mean, 1e-4 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
