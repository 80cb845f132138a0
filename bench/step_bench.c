/* step_bench.c: the time of a training step, whole and part by part. */
#include "bench/step_bench.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/gbench.h"
#include "bench/group.h"
#include "bench/measure.h"
#include "check/check_random.h"
#include "data/loader.h"
#include "nets/step.h"

enum {
    MAX_PARTS = 2 * NETWORK_MAX_LAYERS + 4,
    MAX_ROUNDS = 300,
    LEAST_ROUNDS = 5,
    WARM_UP = 3,
    FRESH_EVERY = 50,           /* rounds: new weights */
    BATCHES = 2,                /* measured batch sizes of a network */
    NAME_BYTES = 192
};

static const double YARD_SECONDS = 1e-3;    /* a sample of the yardstick, at least */

typedef enum { PART_STEP, PART_FORWARD, PART_LOSS, PART_GRADIENT, PART_BACKWARD, PART_UPDATE } kind;

typedef struct session session;

typedef struct {
    session *of;
    kind what;
    int layer;                  /* forward and backward */
    int runs;                   /* how often the library has run it */
    char variant[32];           /* the row that the plan chose */
} part;

typedef struct {
    double seconds, yard, yard_low, yard_high;
} part_result;

/* One measurement of a session. */
typedef struct {
    const char *failed;         /* NULL: it worked */
    int rounds;
    part_result parts[MAX_PARTS];
} step_result;

struct session {
    const network *net;
    int batch;
    part parts[MAX_PARTS];      /* the whole step first, then the parts in their order */
    int part_count;
    step_result **results;      /* [result_count], one for each repetition */
    int result_count;
};

static step_bench_options options;
static session sessions[NETWORK_COUNT * BATCHES];

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- one step ---- */

typedef struct {
    plan *plan;
    dataset digits;
    loader loader;
    rng random;
    int batch, yard_calls;
    double (*times)[MAX_PARTS + 1][2];  /* [MAX_ROUNDS]: log seconds, first and second half of the
                                           round; the last is the yardstick */
} bench;

static status run_part(bench *b, const part *p)
{
    plan *const n = b->plan;

    switch (p->what) {
    case PART_STEP: return step_train(n, b->batch, n->net->lr, &b->random);
    case PART_FORWARD: return step_forward_layer(n, p->layer, b->batch, STEP_TRAIN, &b->random);
    case PART_LOSS: return step_loss(n, b->batch);
    case PART_GRADIENT: return step_loss_gradient(n, b->batch);
    case PART_BACKWARD: return step_backward_layer(n, p->layer, b->batch);
    case PART_UPDATE: break;
    }
    return step_update(n, n->net->lr);
}

/* The next images, for networks that take any; then parts first..last, each timed. */
static status run_parts(bench *b, const session *s, int first, int last, int round, int half)
{
    status good = STATUS_OK;

    if (s->net->loss != LOSS_NONE &&
        loader_batch(&b->loader, b->plan->input, b->plan->labels) < b->batch) {
        loader_start_epoch(&b->loader, NULL);
        loader_batch(&b->loader, b->plan->input, b->plan->labels);
    }
    double begin = now();
    for (int i = first; i <= last && good == STATUS_OK; i++) {
        good = run_part(b, &s->parts[i]);
        const double end = now();
        b->times[round][i][half] = log(fmax(end - begin, 1e-9));
        begin = end;
    }
    return good;
}

static void run_yardstick(bench *b, int round, int half)
{
    const double begin = now();

    for (int i = 0; i < b->yard_calls; i++)
        group_yardstick(&options.threads, 0);
    b->times[round][MAX_PARTS][half] = log((now() - begin) / b->yard_calls);
}

static status run_round(bench *b, const session *s, int round)
{
    const int last = s->part_count - 1;
    status good;

    run_yardstick(b, round, 0);
    good = run_parts(b, s, 0, 0, round, 0);
    if (good == STATUS_OK)
        good = run_parts(b, s, 1, last, round, 0);
    if (good == STATUS_OK)
        good = run_parts(b, s, 1, last, round, 1);
    if (good == STATUS_OK)
        good = run_parts(b, s, 0, 0, round, 1);
    run_yardstick(b, round, 1);
    return good;
}

/* ---- one measurement ---- */

/* Weights as before training; for a network without data or loss also its input and the gradient of
 * its output. */
static status refresh(bench *b, const session *s)
{
    check_random r = { 7 };
    const ptrdiff_t in = s->batch * net_extent_count(s->net->input);
    const plan_layer *const last = &b->plan->layers[s->net->layer_count - 1];
    const ptrdiff_t out = s->batch * net_extent_count(last->out);

    rng_seed(&b->random, 777);
    if (s->net->loss == LOSS_NONE) {
        for (ptrdiff_t i = 0; i < in; i++)
            b->plan->input[i] = (float)fmax(check_random_normal(&r), 0.0);
        for (ptrdiff_t i = 0; i < out; i++)
            b->plan->doutput[i] = (float)(1e-3 * check_random_normal(&r));
    }
    return plan_initialise(b->plan, &b->random);
}

static status run_rounds(bench *b, const session *s, step_result *result)
{
    const double until = now() + options.seconds;
    status good = STATUS_OK;

    result->rounds = 0;
    while (good == STATUS_OK && result->rounds < MAX_ROUNDS &&
           (result->rounds < LEAST_ROUNDS || now() < until)) {
        if (result->rounds % FRESH_EVERY == 0) {
            good = refresh(b, s);
            for (int i = 0; i < WARM_UP && good == STATUS_OK; i++)
                good = run_parts(b, s, 0, 0, result->rounds, 0);
        }
        if (good == STATUS_OK)
            good = run_round(b, s, result->rounds);
        result->rounds++;
    }
    return good;
}

static double round_mean(const bench *b, int round, int which)
{
    return 0.5 * (b->times[round][which][0] + b->times[round][which][1]);
}

typedef struct {
    double total;
    int round, half;
} divided_step;

static int by_total(const void *a, const void *b)
{
    const double x = ((const divided_step *)a)->total, y = ((const divided_step *)b)->total;
    return (x > y) - (x < y);
}

/* Each part's mean over the middle half of the divided steps. Medians of the parts would not add up
 * to the whole: something disturbs every long step, but few of its parts. */
static void share_out(const bench *b, const session *s, step_result *result)
{
    divided_step steps[2 * MAX_ROUNDS];
    const int count = 2 * result->rounds, from = count / 4, to = count - count / 4;

    for (int k = 0; k < count; k++) {
        steps[k] = (divided_step){ 0.0, k / 2, k % 2 };
        for (int i = 1; i < s->part_count; i++)
            steps[k].total += exp(b->times[k / 2][i][k % 2]);
    }
    qsort(steps, (size_t)count, sizeof *steps, by_total);
    for (int i = 1; i < s->part_count; i++) {
        double sum = 0.0;
        for (int k = from; k < to; k++)
            sum += exp(b->times[steps[k].round][i][steps[k].half]);
        result->parts[i].seconds = sum / (to - from);
    }
}

/* The median of the whole, and those of all ratios to the yardstick. */
static void conclude(const bench *b, const session *s, step_result *result)
{
    double time[MAX_ROUNDS], ratio[MAX_ROUNDS], median, low, high;

    share_out(b, s, result);
    for (int i = 0; i < s->part_count; i++) {
        part_result *const p = &result->parts[i];
        for (int k = 0; k < result->rounds; k++) {
            time[k] = round_mean(b, k, i);
            ratio[k] = time[k] - round_mean(b, k, MAX_PARTS);
        }
        if (i == 0) {
            measure_bootstrap(time, result->rounds, 1, &median, &low, &high);
            p->seconds = exp(median);
        }
        measure_bootstrap(ratio, result->rounds, 1, &median, &low, &high);
        p->yard = exp(median);
        p->yard_low = exp(low);
        p->yard_high = exp(high);
    }
}

/* Opens what a measurement needs; close_bench() in any case. */
static status open_bench(bench *b, session *s, plan *p)
{
    const plan_options how = plan_options_default(s->net, s->batch);
    file_error error;

    *b = (bench){ .batch = s->batch, .yard_calls = 1 };
    b->times = malloc(MAX_ROUNDS * sizeof *b->times);
    status good = b->times ? plan_init(p, s->net, &how) : STATUS_MEMORY;
    b->plan = good == STATUS_OK ? p : NULL;
    if (good == STATUS_OK)
        good = dataset_load("digits", SPLIT_TEST, &b->digits, &error);
    const int size = s->net->input.h > b->digits.h ? s->net->input.h : 0;
    if (good == STATUS_OK)
        good = loader_init(&b->loader, &b->digits,
                           &(loader_options){ .batch = s->batch,
                                              .size = s->net->loss == LOSS_NONE ? 0 : size });
    if (good != STATUS_OK)
        return good;
    for (int i = 1; i < s->part_count; i++) {
        const int layer = s->parts[i].layer;
        if (layer >= 0 && p->layers[layer].variant)
            snprintf(s->parts[i].variant, sizeof s->parts[i].variant, "%s",
                     p->layers[layer].variant->name);
    }
    run_yardstick(b, 0, 0);
    run_yardstick(b, 0, 0);
    b->yard_calls = 1 + (int)(YARD_SECONDS / exp(b->times[0][MAX_PARTS][0]));
    return STATUS_OK;
}

static void close_bench(bench *b)
{
    if (b->plan)
        plan_free(b->plan);
    loader_free(&b->loader);
    dataset_free(&b->digits);
    free(b->times);
}

static void measure_session(session *s, step_result *result)
{
    const int before = omp_get_max_threads();
    static plan p;
    bench b;

    omp_set_num_threads(options.threads);
    status good = open_bench(&b, s, &p);
    if (good == STATUS_OK)
        good = run_rounds(&b, s, result);
    if (good == STATUS_OK)
        conclude(&b, s, result);
    result->failed = good == STATUS_OK ? NULL : status_string(good);
    close_bench(&b);
    omp_set_num_threads(before);
}

/* ---- reporting ---- */

static void name_part(const part *p, char name[NAME_BYTES])
{
    const session *const s = p->of;
    const char *layer = "net", *pass = "step";

    switch (p->what) {
    case PART_STEP: break;
    case PART_FORWARD: layer = s->net->layers[p->layer].name, pass = "forward"; break;
    case PART_BACKWARD: layer = s->net->layers[p->layer].name, pass = "backward"; break;
    case PART_LOSS: layer = "loss", pass = "forward"; break;
    case PART_GRADIENT: layer = "loss", pass = "backward"; break;
    case PART_UPDATE: layer = "optimiser", pass = "update"; break;
    }
    snprintf(name, NAME_BYTES, "step/%s/n%d/t%d/%s/%s/%s", s->net->name, s->batch,
             options.threads, layer, pass, plan_options_default(s->net, s->batch).variant);
}

/* FLOP of convolutions and linear layers; what the others do does not count beside that. A first
 * layer has no gradient of its input to compute. */
static double part_flop(const part *p)
{
    const session *const s = p->of;
    net_extent out[NETWORK_MAX_LAYERS];
    double flop = 0.0;

    if (p->what == PART_STEP) {
        for (int i = 1; i < s->part_count; i++)
            flop += part_flop(&s->parts[i]);
        return flop;
    }
    if ((p->what != PART_FORWARD && p->what != PART_BACKWARD) ||
        network_extents(s->net, out) != STATUS_OK)
        return 0.0;
    const net_extent in = p->layer ? out[p->layer - 1] : s->net->input;
    const bool first = p->layer == 0 ||
                       (p->layer == 1 && s->net->layers[0].kind == LAYER_FLATTEN);
    flop = 2.0 * s->batch *
           (double)net_layer_multiply_adds(&s->net->layers[p->layer], in, out[p->layer]);
    return p->what == PART_BACKWARD && !first ? 2.0 * flop : flop;
}

static double sum_of_parts(const session *s, const step_result *result)
{
    double sum = 0.0;

    for (int i = 1; i < s->part_count; i++)
        sum += result->parts[i].seconds;
    return sum;
}

static void print_part(const part *p, const step_result *result, int index)
{
    const double seconds = result->parts[index].seconds, whole = result->parts[0].seconds;
    char name[NAME_BYTES];

    if (!options.table)
        return;
    name_part(p, name);
    if (result->failed) {
        fprintf(options.table, "%-56s %s\n", name, result->failed);
        return;
    }
    fprintf(options.table, "%s%-*s %10.3f ms %6.1f %%  %s\n", index ? "  " : "", index ? 54 : 56,
            name, 1e3 * seconds, 100.0 * seconds / whole, p->variant);
    fflush(options.table);
}

static void report(gbench_state *state, const part *p, const step_result *result)
{
    const int index = (int)(p - p->of->parts);
    const part_result *const r = &result->parts[index];
    const double flop = part_flop(p);
    char label[128];

    print_part(p, result, index);
    snprintf(label, sizeof label, "role=own space=host precision=fp32%s%s roof=none valid=yes",
             p->variant[0] ? " variant=" : "", p->variant);
    gbench_label(state, label);
    if (result->failed) {
        gbench_skip(state, result->failed);
        return;
    }
    while (gbench_loop(state))
        gbench_set_time(state, r->seconds);
    if (flop > 0.0) {
        gbench_counter(state, "flop", flop);
        gbench_counter(state, "gflops", 1e-9 * flop / r->seconds);
    }
    gbench_counter(state, "yard", r->yard);
    gbench_counter(state, "yard_low", r->yard_low);
    gbench_counter(state, "yard_high", r->yard_high);
    gbench_counter(state, "rounds", result->rounds);
    if (index == 0)
        gbench_counter(state, "parts", sum_of_parts(p->of, result) / r->seconds);
}

/* Repetition number r of every part reports the session's measurement r. */
static void run_entry(gbench_state *state, void *context)
{
    part *const p = context;
    session *const s = p->of;
    const int wanted = p->runs++;

    while (s->result_count <= wanted) {
        step_result *const fresh = calloc(1, sizeof *fresh);
        step_result **const grown = realloc(s->results,
                                            ((size_t)s->result_count + 1) * sizeof *grown);
        if (grown)
            s->results = grown;
        if (!fresh || !grown) {
            free(fresh);
            gbench_skip(state, status_string(STATUS_MEMORY));
            return;
        }
        measure_session(s, fresh);
        s->results[s->result_count++] = fresh;
    }
    report(state, p, s->results[wanted]);
}

/* ---- registering ---- */

static void add_part(session *s, kind what, int layer)
{
    part *const p = &s->parts[s->part_count++];
    char name[NAME_BYTES];

    *p = (part){ .of = s, .what = what, .layer = layer };
    name_part(p, name);
    gbench *const b = gbench_register(name, run_entry, p);
    gbench_manual_time(b);
    gbench_iterations(b, 1);
}

static void add_session(session *s, const network *net, int batch)
{
    const int layers = net->layer_count;

    *s = (session){ .net = net, .batch = batch };
    add_part(s, PART_STEP, -1);
    for (int i = 0; i < layers; i++)
        if (net->layers[i].kind != LAYER_FLATTEN)
            add_part(s, PART_FORWARD, i);
    if (net->loss != LOSS_NONE) {
        add_part(s, PART_LOSS, -1);
        add_part(s, PART_GRADIENT, -1);
    }
    for (int i = layers - 1; i >= 0; i--)
        if (net->layers[i].kind != LAYER_FLATTEN)
            add_part(s, PART_BACKWARD, i);
    add_part(s, PART_UPDATE, -1);
}

void step_bench_register(const step_bench_options *o)
{
    static const int batches[BATCHES] = { 100, 1 };
    int count = 0;

    options = *o;
    if (options.seconds <= 0.0)
        options.seconds = o->quick ? 0.6 : 1.5;
    for (int i = 0; i < (o->quick ? 1 : NETWORK_COUNT); i++)
        for (int k = 0; k < (o->quick ? 1 : BATCHES); k++)
            if (networks[i].loss != LOSS_NONE || batches[k] == networks[i].batch)
                add_session(&sessions[count++], &networks[i], batches[k]);
}
