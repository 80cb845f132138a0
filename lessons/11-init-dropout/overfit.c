/* overfit.c: a dense network learns a few images by heart, without dropout and with it.
 *
 * One thread: the layers are small, and the demo should not depend on who else is at work. */
#include "lessons/11-init-dropout/overfit.h"

#include <math.h>
#include <omp.h>
#include <stdint.h>

#include "data/dataset.h"
#include "data/digits.h"
#include "kernels/softmax_ce/softmax_ce.h"
#include "nets/evaluate.h"
#include "nets/train.h"

enum {
    IMAGES = 200, TESTS = 1000, BATCH = 50, EPOCHS = 80, EVERY = 4, POINTS = EPOCHS / EVERY,
    CLASSES = DIGITS_CLASSES, COURSES = 2
};

/* What became of one training. */
typedef struct {
    double train[POINTS], test[POINTS];         /* mean loss in evaluation */
    int correct;                                /* test images, at the end */
} outcome;

/* Mean cross-entropy and the number of right answers, without dropping anything. */
static double loss_of(plan *p, const dataset *set, int *correct)
{
    static float logits[TESTS * CLASSES], logp[TESTS * CLASSES];
    static int32_t labels[TESTS];
    const softmax_ce_shape s = softmax_ce_shape_plain(set->count, CLASSES);
    const evaluate_options options = { .logits = logits };
    evaluation result;
    float loss = NAN;

    (void)evaluate(p, set, &options, &result);
    for (int i = 0; i < set->count; i++)
        labels[i] = set->labels[i];
    (void)ce_forward(&softmax_ce_variants[0], &s, logits, labels, NULL, logp, &loss);
    *correct = result.correct;
    return (double)loss;
}

static bool train(double dropout, const dataset *few, const dataset *tests, outcome *o)
{
    train_options options = train_options_default(network_find("fashion-dnn"));
    file_error error;
    trainer t;
    int unused;

    options.batch = BATCH;
    options.epochs = EPOCHS;
    options.dropout = dropout;
    options.seed = 1;
    if (trainer_init(&t, &options, few, &error) != STATUS_OK)
        return false;
    for (int point = 0; point < POINTS; point++) {
        while (trainer_epoch(&t) < (point + 1) * EVERY)
            if (trainer_step(&t) != STATUS_OK)
                break;
        o->train[point] = loss_of(&t.plan, few, &unused);
        o->test[point] = loss_of(&t.plan, tests, &o->correct);
    }
    trainer_free(&t);
    return true;
}

static void show(const demo *d, const double *p, const outcome *o)
{
    static double epoch[POINTS];
    plot_chart chart = {
        .kind = PLOT_LINES,
        .title = say("Loss on images seen and unseen", "본 이미지와 못 본 이미지의 손실"),
        .x_label = say("epoch", "에폭"),
        .y_label = say("loss", "손실"),
        .series = { { .name = say("seen, p = 0", "본 것, p = 0"), .y = o[0].train },
                    { .name = say("unseen, p = 0", "못 본 것, p = 0"), .y = o[0].test },
                    { .name = say("seen, p = 0.75", "본 것, p = 0.75"), .y = o[1].train },
                    { .name = say("unseen, p = 0.75", "못 본 것, p = 0.75"), .y = o[1].test } },
        .series_count = 2 * COURSES,
    };

    fprintf(d->out, say("%d images to learn, %d others to test, %d epochs.\n\n",
                        "배울 이미지 %d개, 시험할 다른 이미지 %d개, %d 에폭.\n\n"), IMAGES, TESTS,
            EPOCHS);
    fprintf(d->out, say("  p       loss, seen   loss, unseen   lowest, unseen   "
                        "right answers, unseen\n",
                        "  p       손실, 본 것  손실, 못 본 것 최저, 못 본 것   정답, 못 본 것\n"));
    for (int i = 0; i < COURSES; i++) {
        double lowest = o[i].test[0];
        for (int point = 1; point < POINTS; point++)
            lowest = o[i].test[point] < lowest ? o[i].test[point] : lowest;
        fprintf(d->out, "  %-7g %-12.4f %-14.3f %-16.3f %.1f %%\n", p[i], o[i].train[POINTS - 1],
                o[i].test[POINTS - 1], lowest, 100.0 * o[i].correct / TESTS);
    }
    fputc('\n', d->out);
    for (int point = 0; point < POINTS; point++)
        epoch[point] = (point + 1) * EVERY;
    for (int i = 0; i < chart.series_count; i++) {
        chart.series[i].x = epoch;
        chart.series[i].count = POINTS;
    }
    demo_chart(d, &chart, "overfit");
}

void print_overfit(const demo *d)
{
    static const double p[COURSES] = { 0.0, 0.75 };
    static outcome o[COURSES];
    const int threads = omp_get_max_threads();
    dataset few, tests;
    file_error error;

    if (dataset_load("digits", SPLIT_TRAIN, &few, &error) != STATUS_OK)
        return;
    if (dataset_load("digits", SPLIT_TEST, &tests, &error) == STATUS_OK) {
        few.count = IMAGES;
        tests.count = TESTS;
        omp_set_num_threads(1);
        if (train(p[0], &few, &tests, &o[0]) && train(p[1], &few, &tests, &o[1]))
            show(d, p, o);
        omp_set_num_threads(threads);
        dataset_free(&tests);
    }
    dataset_free(&few);
}
