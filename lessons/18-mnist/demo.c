/* demo.c: the numbers and pictures of the lesson on training: one step by hand; two small networks
 * trained on MNIST, or on the built-in digits if it is not there; how they are judged.
 *
 * The two are built as the tutorials' cnn-basic and cnn-deep, with an eighth of the channels, so
 * that they learn within seconds; the steps of the optimiser are larger for the same reason. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/18-mnist/training_head_check.h"
#include "lessons/demo.h"
#include "nets/evaluate.h"
#include "nets/train.h"

enum { STEPS = 400, BATCH = 50, TEST_IMAGES = 1000, SMOOTH = 20, NETS = 2 };
enum { CHANNELS = 4, FEATURES = 64 };           /* the tutorials': 32 and 625 */

/* ---- One step by hand ---- */

static void print_row(const demo *d, const char *name, const float *value, int count)
{
    fprintf(d->out, "  %-6s", name);
    for (int i = 0; i < count; i++)
        fprintf(d->out, " %8.4g", (double)value[i]);
    fputc('\n', d->out);
}

static void print_step(const demo *d)
{
    static const float x[] = { 1, 2 };
    static const int32_t label[] = { 0 };
    static const char *const losses[] = { "loss", "loss'", "loss''" };
    const head_shape s = { .n = 1, .features = 2, .classes = 2, .lr = 0.5f };
    const head_variant *const plain = check_training_head.variants;
    float w[4] = { 0 }, b[2] = { 0 }, loss;

    print_row(d, "x", x, 2);
    for (int step = 0; step < 3; step++) {
        fputc('\n', d->out);
        print_row(d, "w", w, 2);
        print_row(d, "", w + 2, 2);
        print_row(d, "b", b, 2);
        plain->train_step(&s, x, label, w, b, &loss);
        print_row(d, losses[step], &loss, 1);
    }
    fputc('\n', d->out);
}

/* ---- The networks ---- */

#define CONV(name_, outputs_)                                                                     \
    { .kind = LAYER_CONV2D, .name = (name_), .outputs = (outputs_), .kernel = 3, .stride = 1,     \
      .pad = 1, .init = INIT_KAIMING_UNIFORM }
#define LINEAR(name_, outputs_)                                                                   \
    { .kind = LAYER_LINEAR, .name = (name_), .outputs = (outputs_), .init = INIT_XAVIER_UNIFORM }
#define RELU(name_) { .kind = LAYER_ACTIVATION, .name = (name_), .activation = ACTIVATION_RELU }
#define POOL(name_, pad_)                                                                         \
    { .kind = LAYER_MAX_POOL2D, .name = (name_), .kernel = 2, .stride = 2, .pad = (pad_) }

static const net_layer shallow[] = {
    CONV("conv1", CHANNELS), RELU("relu1"), POOL("pool1", 0),
    CONV("conv2", 2 * CHANNELS), RELU("relu2"), POOL("pool2", 0),
    { .kind = LAYER_FLATTEN, .name = "flatten" }, LINEAR("fc", 10),
};

static const net_layer deep[] = {
    CONV("conv1", CHANNELS), RELU("relu1"), POOL("pool1", 0),
    CONV("conv2", 2 * CHANNELS), RELU("relu2"), POOL("pool2", 0),
    CONV("conv3", 4 * CHANNELS), RELU("relu3"), POOL("pool3", 1),
    { .kind = LAYER_FLATTEN, .name = "flatten" }, LINEAR("fc1", FEATURES), RELU("relu4"),
    { .kind = LAYER_DROPOUT, .name = "drop", .p = 0.5 }, LINEAR("fc2", 10),
};

#define RECIPE .input = { 1, 28, 28 }, .loss = LOSS_CROSS_ENTROPY, .batch = BATCH, .epochs = 10,  \
               .lr = 0.003
static const network small_nets[NETS] = {
    { .name = "shallow", .layers = shallow, .layer_count = sizeof shallow / sizeof shallow[0],
      RECIPE },
    { .name = "deep", .layers = deep, .layer_count = sizeof deep / sizeof deep[0], RECIPE },
};

static int64_t parameter_count(const network *net)
{
    net_extent in = net->input, out;
    int64_t count = 0;

    for (int i = 0; i < net->layer_count; i++, in = out) {
        count += net_layer_parameters(&net->layers[i], in);
        (void)net_layer_output(&net->layers[i], in, &out);
    }
    return count;
}

typedef struct {
    trainer t;
    double step[STEPS], loss[STEPS];
} run;

/* Read and trained once, however many parts want them. */
static struct {
    bool tried, good;
    dataset train, test;
    run run[NETS];
} all;

static void note_loss(void *context, const trainer *t)
{
    run *const r = context;
    const int64_t step = t->steps_here - 1;

    r->step[step] = (double)t->steps_here;
    r->loss[step] = trainer_loss(t);
}

/* The images: MNIST, if both halves can be read. */
static bool load(file_error *error)
{
    const char *const names[] = { "mnist", "digits" };

    for (int i = 0; i < 2; i++) {
        if (!dataset_find(names[i], NULL))
            continue;
        if (dataset_load(names[i], SPLIT_TRAIN, &all.train, error) == STATUS_OK &&
            dataset_load(names[i], SPLIT_TEST, &all.test, error) == STATUS_OK)
            return true;
        dataset_free(&all.train);
    }
    return false;
}

/* As `convlab train` does it. False after saying why not. */
static bool train_all(const demo *d)
{
    file_error error = { { 0 } };

    if (all.tried)
        return all.good;
    all.tried = true;
    all.good = load(&error);
    if (all.good && all.test.count > TEST_IMAGES)
        all.test.count = TEST_IMAGES;
    for (int i = 0; all.good && i < NETS; i++) {
        run *const r = &all.run[i];
        train_options o = train_options_default(&small_nets[i]);
        o.max_steps = STEPS;
        o.on_step = note_loss;
        o.context = r;
        all.good = trainer_init(&r->t, &o, &all.train, &error) == STATUS_OK &&
                   trainer_run(&r->t, &error) == STATUS_OK;
    }
    if (!all.good)
        fprintf(d->out, "%s\n", error.text);
    return all.good;
}

static void print_training(const demo *d)
{
    static double smooth[NETS][STEPS];
    plot_chart chart = { .kind = PLOT_LINES, .x_label = say("step", "단계"),
                         .y_label = say("loss", "손실"), .series_count = NETS };

    if (!train_all(d))
        return;
    fprintf(d->out, say("Data: %s. %d steps of %d images; seed %d, Adam, learning rate %g.\n\n",
                        "데이터: %s. %d단계, 단계마다 이미지 %d개; 시드 %d, Adam, 학습률 %g.\n\n"),
            all.train.name, STEPS, BATCH, (int)all.run[0].t.options.seed,
            all.run[0].t.options.lr);
    for (int i = 0; i < NETS; i++) {
        const run *const r = &all.run[i];
        for (int step = 0; step < STEPS; step++) {          /* a mean over the last few steps */
            const int from = step < SMOOTH ? 0 : step - SMOOTH + 1;
            double sum = 0.0;
            for (int at = from; at <= step; at++)
                sum += r->loss[at];
            smooth[i][step] = sum / (step - from + 1);
        }
        chart.series[i] = (plot_series){ .name = small_nets[i].name, .x = r->step, .y = smooth[i],
                                         .count = STEPS };
        fprintf(d->out, say("  %-8s %6d parameters; first loss %.3f, mean of the last %d %.3f\n",
                            "  %-8s 매개변수 %6d개; 첫 손실 %.3f, 마지막 %d개의 평균 %.3f\n"),
                small_nets[i].name, (int)parameter_count(&small_nets[i]), r->loss[0], SMOOTH,
                smooth[i][STEPS - 1]);
    }
    fputc('\n', d->out);
    demo_chart(d, &chart, "training");
}

/* ---- Judged in three ways ---- */

static double percent(run *r, bool raw_pixels, bool train_mode)
{
    evaluation e;
    evaluate_options o = { .raw_pixels = raw_pixels, .train_mode = train_mode,
                           .random = &r->t.state.random };

    return evaluate(&r->t.plan, &all.test, &o, &e) == STATUS_OK ? 100.0 * e.correct / e.count
                                                                : NAN;
}

static void print_mistakes(const demo *d)
{
    double right[NETS], raw[NETS], both[NETS];

    if (!train_all(d))
        return;
    fprintf(d->out, say("%d test images of %s, right answers in %%:\n\n"
                        "              evaluated   raw       raw pixels,\n"
                        "              right       pixels    dropout on\n",
                        "시험 이미지 %d개 (%s), 맞힌 비율 %%:\n\n"
                        "              제대로      원본      원본 픽셀,\n"
                        "              평가        픽셀      드롭아웃 켬\n"),
            all.test.count, all.test.name);
    for (int i = 0; i < NETS; i++) {
        right[i] = percent(&all.run[i], false, false);
        raw[i] = percent(&all.run[i], true, false);
        both[i] = percent(&all.run[i], true, true);
        fprintf(d->out, "  %-8s    %6.1f      %6.1f    %6.1f\n", small_nets[i].name, right[i],
                raw[i], both[i]);
    }
    fprintf(d->out, say("\nDeep minus shallow: %+.1f points if evaluated right, %+.1f with both "
                        "mistakes.\n",
                        "\n깊은 쪽에서 얕은 쪽을 빼면: 제대로 평가하면 %+.1f점, 두 실수를 다 하면 %+.1f점입니다.\n"),
            right[1] - right[0], both[1] - both[0]);
}

/* ---- Why raw pixels hurt ---- */

/* Multiplies every bias of the network. */
static void scale_biases(plan *p, float factor)
{
    for (int i = 0; i < p->net->layer_count; i++) {
        const plan_tensor *const bias = p->layers[i].bias;
        for (ptrdiff_t k = 0; bias && k < bias->count; k++)
            bias->value[k] *= factor;
    }
}

/* The logits of all test images; NULL if that fails. Released with free(). */
static float *all_logits(run *r, bool raw_pixels, evaluation *e)
{
    float *const logits = calloc((size_t)all.test.count * (size_t)all.test.classes, sizeof *logits);
    const evaluate_options o = { .raw_pixels = raw_pixels, .logits = logits };

    if (logits && evaluate(&r->t.plan, &all.test, &o, e) == STATUS_OK)
        return logits;
    free(logits);
    return NULL;
}

static int same_answers(const float *a, const float *b)
{
    const int classes = all.test.classes;
    int same = 0;

    for (int n = 0; n < all.test.count; n++)
        same += evaluate_answer(a + n * classes, classes) ==
                evaluate_answer(b + n * classes, classes);
    return same;
}

static double mean_largest(const float *logits)
{
    double sum = 0.0;

    for (int n = 0; n < all.test.count; n++)
        sum += (double)logits[n * all.test.classes +
                              evaluate_answer(logits + n * all.test.classes, all.test.classes)];
    return sum / all.test.count;
}

static void print_why(const demo *d)
{
    if (!train_all(d))
        return;
    fprintf(d->out, "%s",
            say("            largest logit, on average       answers that are the same\n"
                "            scaled     raw        ratio     raw, scaled    raw, small biases\n",
                "            가장 큰 로짓의 평균             같은 대답의 수\n"
                "            나눈 것    원본       비율      원본, 나눈 것  원본, 작은 편향\n"));
    for (int i = 0; i < NETS; i++) {
        run *const r = &all.run[i];
        evaluation e;
        float *const scaled = all_logits(r, false, &e), *const raw = all_logits(r, true, &e);
        scale_biases(&r->t.plan, 1.0f / 255.0f);
        float *const small = all_logits(r, false, &e);
        scale_biases(&r->t.plan, 255.0f);
        if (scaled && raw && small)
            fprintf(d->out, "  %-8s  %-9.1f  %-9.0f  %-8.1f  %-13d  %d\n", small_nets[i].name,
                    mean_largest(scaled), mean_largest(raw),
                    mean_largest(raw) / mean_largest(scaled), same_answers(raw, scaled),
                    same_answers(raw, small));
        free(scaled);
        free(raw);
        free(small);
    }
    fprintf(d->out, say("\n(of %d images)\n", "\n(이미지는 모두 %d개)\n"), all.test.count);
}

/* ---- What it still gets wrong ---- */

static void print_wrong(const demo *d)
{
    enum { SHOWN = 3 };
    static float image[SHOWN][28 * 28];
    static char title[SHOWN][80];
    plot_map maps[SHOWN];
    evaluation e;
    int count = 0;

    if (!train_all(d))
        return;
    float *const logits = all_logits(&all.run[1], false, &e);
    for (int n = 0; logits && n < all.test.count && count < SHOWN; n++) {
        const int answer = evaluate_answer(logits + n * all.test.classes, all.test.classes);
        if (answer == all.test.labels[n])
            continue;
        for (int i = 0; i < 28 * 28; i++)
            image[count][i] = (float)all.test.pixels[n * 28 * 28 + i] / 255.0f;
        snprintf(title[count], sizeof title[count], say("a %d, taken for a %d", "%d인데 %d라고 함"),
                 all.test.labels[n], answer);
        maps[count] = (plot_map){ .title = title[count], .value = image[count], .rows = 28,
                                  .columns = 28 };
        count++;
    }
    free(logits);
    if (count > 0)
        demo_maps(d, maps, count, "wrong");
    else
        fprintf(d->out, "%s", say("No wrong answer.\n", "틀린 대답이 없습니다.\n"));
}

/* ---- Answers ---- */

static double steps(void)
{
    const network *const net = network_find("cnn-basic");
    return 60000 / net->batch * net->epochs;
}

static double parameters(void)
{
    const network *const net = network_find("cnn-basic");
    net_extent extents[NETWORK_MAX_LAYERS];

    (void)network_extents(net, extents);
    return (double)net_layer_parameters(&net->layers[net->layer_count - 1],
                                        extents[net->layer_count - 2]);
}

static double first_loss(void)
{
    return log(10.0);
}

static double kept(void)
{
    const network *const net = network_find("cnn-deep");

    for (int i = 1; i < net->layer_count; i++)
        if (net->layers[i].kind == LAYER_DROPOUT)
            return net->layers[i - 2].outputs * (1.0 - net->layers[i].p);
    return NAN;
}

static const demo_part parts[] = {
    { "step", print_step },
    { "training", print_training },
    { "mistakes", print_mistakes },
    { "why", print_why },
    { "wrong", print_wrong },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "steps", steps, 0.0 },
    { "parameters", parameters, 0.0 },
    { "first_loss", first_loss, 0.05 },
    { "kept", kept, 1.0 },
    { NULL, NULL, 0.0 },
};

static const student_contract contracts[] = {
    { .concept = &check_training_head, .header = "lessons/18-mnist/training_head.h",
      .type = "head_variant",
      .pass = { CONTRACT_PASS(head_variant, logits, head_shape, "sttttt"),
                CONTRACT_PASS(head_variant, train_step, head_shape, "sttttt") } },
    { .concept = NULL },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers,
                                        .contracts = contracts };
