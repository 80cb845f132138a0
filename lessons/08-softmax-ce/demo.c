/* demo.c: the numbers and pictures of the lesson on softmax and cross-entropy. */
#include <math.h>
#include <string.h>

#include "data/digits.h"
#include "kernels/linear/linear.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/softmax_ce/softmax_ce.h"
#include "lessons/demo.h"

enum {
    MOST = 16, CURVE = 49, SMALL = 14,
    SEED = DIGITS_SEED, LEARNT = 1000,          /* images that the means are taken over */
    SHOWN = 3
};

static const softmax_ce_variant *kernel(void)
{
    return &softmax_ce_variants[0];
}

static void softmax(int classes, const float *x, float *y)
{
    const softmax_ce_shape s = softmax_ce_shape_plain(1, classes);
    (void)softmax_forward(kernel(), &s, x, y);
}

static void log_softmax(int classes, const float *x, float *y)
{
    const softmax_ce_shape s = softmax_ce_shape_plain(1, classes);
    (void)log_softmax_forward(kernel(), &s, x, y);
}

/* The loss of one sample. */
static float loss_of(int classes, const float *x, int label)
{
    const softmax_ce_shape s = softmax_ce_shape_plain(1, classes);
    const int32_t labels[] = { label };
    float logp[MOST], loss = 0.0f;

    (void)ce_forward(kernel(), &s, x, labels, NULL, logp, &loss);
    return loss;
}

static void print_row(const demo *d, const char *name, const float *value, int count)
{
    fprintf(d->out, "  %-12s", name);
    for (int i = 0; i < count; i++)
        fprintf(d->out, isnan(value[i]) ? "        nan" : " %10.4g", (double)value[i]);
    fputc('\n', d->out);
}

static void print_example(const demo *d)
{
    static const float x[] = { 3, 1, 0 };
    float e[3], p[3], loss[3], sum = 0.0f, total = 0.0f;

    softmax(3, x, p);
    for (int c = 0; c < 3; c++) {
        e[c] = expf(x[c]);
        sum += e[c];
        total += p[c];
        loss[c] = loss_of(3, x, c);
    }
    print_row(d, "x", x, 3);
    print_row(d, "exp(x)", e, 3);
    fprintf(d->out, say("  %-12s %10.4g   the sum of these\n", "  %-12s %10.4g   위 수들의 합\n"), "",
            (double)sum);
    print_row(d, "p", p, 3);
    fprintf(d->out, say("  %-12s %10.4g   the sum of these\n", "  %-12s %10.4g   위 수들의 합\n"), "",
            (double)total);
    print_row(d, "-log p", loss, 3);
    fprintf(d->out, say("\n  The loss is one of the three: %.4f if the label is 0, %.4f if it is "
                        "2.\n\n",
                        "\n  손실은 셋 중 하나입니다: %.4f(정답이 0일 때), %.4f(정답이 2일 때).\n\n"),
            (double)loss[0], (double)loss[2]);
}

static void print_large(const demo *d)
{
    static const float x[] = { 103, 101, 100 }, far[] = { 0, -200 };
    float e[3], p[3], sum = 0.0f;

    for (int c = 0; c < 3; c++)
        sum += e[c] = expf(x[c]);
    print_row(d, "x", x, 3);
    print_row(d, "exp(x)", e, 3);
    for (int c = 0; c < 3; c++)
        p[c] = e[c] / sum;
    print_row(d, say("p, literally", "p, 그대로   "), p, 3);
    softmax(3, x, p);
    print_row(d, say("p, less max", "p, 최댓값 뺌"), p, 3);

    fputc('\n', d->out);
    softmax(2, far, p);
    print_row(d, "x", far, 2);
    print_row(d, "p", p, 2);
    for (int c = 0; c < 2; c++)
        e[c] = logf(p[c]);
    print_row(d, "log of p", e, 2);
    log_softmax(2, far, e);
    print_row(d, "log-softmax", e, 2);
    fputc('\n', d->out);
}

/* Ten classes, all logits 0 but that of the label. */
static void print_curve(const demo *d)
{
    static double at[CURVE], probability[CURVE], loss[CURVE];
    float x[10] = { 0 }, p[10];

    for (int i = 0; i < CURVE; i++) {
        at[i] = -6.0 + i * 0.25;
        x[0] = (float)at[i];
        softmax(10, x, p);
        probability[i] = (double)p[0];
        loss[i] = (double)loss_of(10, x, 0);
    }
    const plot_chart chart = {
        .kind = PLOT_LINES, .x_label = say("logit of the label; the nine others are 0",
                                           "정답의 로짓; 나머지 아홉은 0"),
        .y_label = say("loss, probability", "손실, 확률"), .series_count = 2,
        .series = { { .name = say("loss", "손실"), .x = at, .y = loss, .count = CURVE },
                    { .name = say("probability", "확률"), .x = at, .y = probability,
                      .count = CURVE } },
    };
    demo_chart(d, &chart, "curve");
}

/* ---- Digits ---- */

static void draw(int index, float *x, int *label)
{
    unsigned char pixels[DIGITS_PIXELS];

    *label = digits_draw(SEED, index, pixels);
    for (int i = 0; i < DIGITS_PIXELS; i++)
        x[i] = (float)pixels[i] / 255.0f;
}

/* A linear layer without training: each row of w is the mean image of its class, and b is minus
 * half that mean's squared length. So the largest output belongs to the nearest mean. */
static void nearest_mean(float *w, float *b)
{
    static float x[DIGITS_PIXELS];
    int label;

    memset(w, 0, sizeof(float) * 10 * DIGITS_PIXELS);
    for (int i = 0; i < LEARNT; i++) {
        draw(i, x, &label);
        for (int j = 0; j < DIGITS_PIXELS; j++)
            w[label * DIGITS_PIXELS + j] += x[j] / (LEARNT / 10.0f);
    }
    for (int c = 0; c < 10; c++) {
        b[c] = 0.0f;
        for (int j = 0; j < DIGITS_PIXELS; j++)
            b[c] -= 0.5f * w[c * DIGITS_PIXELS + j] * w[c * DIGITS_PIXELS + j];
    }
}

/* One digit that it is sure of, one that it is not, one that it gets wrong. */
static void choose(const float *w, const float *b, float *x, float *logit, int *labels)
{
    const linear_shape s = { .n = 1, .in_features = DIGITS_PIXELS, .out_features = 10 };
    int found = 0;

    for (int i = DIGITS_TRAIN_COUNT; found < SHOWN; i++) {
        float *const image = x + found * DIGITS_PIXELS, *const y = logit + found * 10, p[10];
        int best = 0;
        draw(i, image, &labels[found]);
        (void)linear_forward(&linear_variants[0], &s, image, w, b, y, NULL);
        softmax(10, y, p);
        for (int c = 1; c < 10; c++)
            if (p[c] > p[best])
                best = c;
        const bool right = best == labels[found];
        if (found == 0 ? right && p[best] > 0.99f
                       : found == 1 ? right && p[best] < 0.6f : !right && p[best] > 0.9f)
            found++;
    }
}

static void draw_digits(const demo *d, const float *x, const int *labels)
{
    static float small[SHOWN][SMALL * SMALL];
    static char title[SHOWN][40];
    pool2d_shape s = { .n = SHOWN, .c = 1, .h = 28, .w = 28, .kernel_h = 2, .kernel_w = 2,
                       .stride_h = 2, .stride_w = 2, .dilation_h = 1, .dilation_w = 1 };
    plot_map maps[SHOWN];

    (void)pool2d_shape_init(&s);
    (void)pool2d_average_forward(&pool2d_variants[0], &s, x, small[0]);
    for (int i = 0; i < SHOWN; i++) {
        snprintf(title[i], sizeof title[i], say("digit %c, label %d", "숫자 %c, 정답 %d"), 'A' + i,
                 labels[i]);
        maps[i] = (plot_map){ .title = title[i], .value = small[i], .rows = SMALL,
                              .columns = SMALL };
    }
    demo_maps(d, maps, SHOWN, "digits");
}

static void print_digits(const demo *d)
{
    static float w[10 * DIGITS_PIXELS], b[10], x[SHOWN * DIGITS_PIXELS];
    float logit[SHOWN * 10], p[SHOWN * 10], mean = 0.0f, logp[SHOWN * 10];
    int labels[SHOWN];
    softmax_ce_shape s = softmax_ce_shape_plain(SHOWN, 10);

    nearest_mean(w, b);
    choose(w, b, x, logit, labels);
    draw_digits(d, x, labels);
    (void)softmax_forward(kernel(), &s, logit, p);
    fprintf(d->out, say("\n  On the left the logits, on the right the probabilities; * marks the "
                        "label.\n\n"
                        "  class          A       B       C              A      B      C\n",
                        "\n  왼쪽은 로짓, 오른쪽은 확률이고, *는 정답의 표시입니다.\n\n"
                        "  클래스         A       B       C              A      B      C\n"));
    for (int c = 0; c < 10; c++) {
        fprintf(d->out, "  %d        ", c);
        for (int i = 0; i < SHOWN; i++)
            fprintf(d->out, " %7.2f", (double)logit[i * 10 + c]);
        fprintf(d->out, "            ");
        for (int i = 0; i < SHOWN; i++)
            fprintf(d->out, "%s %.3f%s", i ? "" : " ", (double)p[i * 10 + c],
                    c == labels[i] ? "*" : " ");
        fputc('\n', d->out);
    }
    for (int i = 0; i < SHOWN; i++)
        fprintf(d->out, say("\n  loss of %c: -log %.4f = %.4f", "\n  %c의 손실: -log %.4f = %.4f"),
                'A' + i, (double)p[i * 10 + labels[i]],
                (double)loss_of(10, logit + i * 10, labels[i]));
    const int32_t all[SHOWN] = { labels[0], labels[1], labels[2] };
    (void)ce_forward(kernel(), &s, logit, all, NULL, logp, &mean);
    fprintf(d->out, say("\n  loss of the batch, the mean: %.4f\n\n",
                        "\n  배치의 손실, 곧 평균: %.4f\n\n"),
            (double)mean);
}

/* ---- Answers ---- */

static double uniform(void)
{
    static const float x[10] = { 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 };
    return (double)loss_of(10, x, 7);
}

static double probability(void)
{
    const float x[] = { 0.0f, logf(3.0f) };
    float p[2];

    softmax(2, x, p);
    return (double)p[1];
}

static double change(void)
{
    static const float x[] = { 1, 2, 3 }, shifted[] = { 11, 12, 13 };
    float before[3], after[3];

    softmax(3, x, before);
    softmax(3, shifted, after);
    return (double)after[0] - (double)before[0];
}

static double batch_loss(void)
{
    const softmax_ce_shape s = softmax_ce_shape_plain(3, 1);
    const float logp[] = { logf(1.0f), logf(0.5f), logf(0.25f) };
    const int32_t labels[] = { 0, 0, 0 };
    float loss = 0.0f;

    (void)nll_forward(kernel(), &s, logp, labels, NULL, &loss);
    return (double)loss;
}

static const demo_part parts[] = {
    { "example", print_example },
    { "large", print_large },
    { "curve", print_curve },
    { "digits", print_digits },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "uniform", uniform, 0.01 },
    { "probability", probability, 0.005 },
    { "change", change, 1e-4 },
    { "batch_loss", batch_loss, 0.01 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
