/* self_test.c: the method put to the test. */
#include "bench/self_test.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "bench/group_sets.h"
#include "bench/peer.h"
#include "bench/waiting.h"

enum { CALLS = 20, CONTROL = 1, UNCHANGED, PLANTED, YARDSTICK, ENTRANTS };

typedef struct {
    check_problem p;
    const void *row;
    int pass;
    void *workspace;
} work;

typedef struct {
    const work *w;
    int calls;
} repeated;

static void run_repeated(void *context, int copy)
{
    const repeated *const r = context;

    (void)copy;
    for (int i = 0; i < r->calls; i++)
        (void)r->w->p.concept->run(&r->w->p, r->w->row, r->w->pass, r->w->workspace);
}

/* The work: a small convolution, by the last host row. */
static bool open_work(work *w)
{
    static const char shape[] = "n=1,c=8,h=14,w=14,oc=8,kernel_h=3,kernel_w=3,stride_h=1,"
                                "stride_w=1,pad_top=1,pad_bottom=1,pad_left=1,pad_right=1";
    const check_concept *const c = check_concept_find("conv2d");
    int param[CHECK_MAX_PARAMS];
    char message[200];

    *w = (work){ .pass = 0 };
    if (!check_parse_shape(c, shape, param, message, sizeof message) ||
        group_problem_open(&w->p, c, param, w->pass) != STATUS_OK)
        return false;
    for (size_t i = 0; i < *c->variant_count; i++)
        if (check_variant_info(check_variant_row(c, i))->space == SPACE_HOST)
            w->row = check_variant_row(c, i);
    const size_t bytes = c->workspace_bytes ? c->workspace_bytes(&w->p, w->row) : 0;
    w->workspace = aligned_alloc(64, (bytes / 64 + 1) * 64);
    return w->workspace != NULL;
}

static void close_work(work *w)
{
    group_problem_close(&w->p);
    free(w->workspace);
}

/* How entrant `which` compares with the first. */
static measure_verdict judge(const measure_result *r, int which, double margin)
{
    return measure_judge(r[which].ratio, r[which].ratio_low, r[which].ratio_high, margin,
                         r[CONTROL].ratio_low, r[CONTROL].ratio_high);
}

typedef struct {
    int right, found, false_alarms;
} tally;

static bool run_test(const work *w, const group_options *o, int number, FILE *out, tally *sum)
{
    const measure_options options = { .copies = 1, .seconds = o->seconds, .least_rounds = 3,
                                      .least_sample = 2e-4, .seed = (uint64_t)number,
                                      .waited = waiting_seconds, .control = CONTROL,
                                      .precise = o->margin, .patience = o->patience };
    repeated same = { w, CALLS }, slower = { w, CALLS + 1 };
    int threads = o->threads;
    const measure_entrant entrants[ENTRANTS] = {
        { run_repeated, &same, NULL },   { run_repeated, &same, NULL },
        { run_repeated, &same, NULL },   { run_repeated, &slower, NULL },
        { group_yardstick, &threads, NULL },
    };
    measure_result r[ENTRANTS];

    group_yardstick(&threads, 0);               /* starts the threads */
    waiting_look();
    if (!measure(entrants, ENTRANTS, 0, YARDSTICK, &options, r))
        return false;
    const bool right = r[CONTROL].ratio_low <= 1.0 && r[CONTROL].ratio_high >= 1.0;
    const measure_verdict same_verdict = judge(r, UNCHANGED, o->margin);
    const measure_verdict slow_verdict = judge(r, PLANTED, o->margin);
    sum->right += right;
    sum->found += slow_verdict == VERDICT_SLOWER;
    sum->false_alarms += same_verdict == VERDICT_SLOWER || same_verdict == VERDICT_FASTER;
    fprintf(out, "%4d  %.4f [%.4f, %.4f] %-3s  %.4f %-10s  %.4f [%.4f, %.4f] %s\n", number,
            r[CONTROL].ratio, r[CONTROL].ratio_low, r[CONTROL].ratio_high,
            right ? "yes" : "NO", r[UNCHANGED].ratio,
            measure_verdict_name(same_verdict), r[PLANTED].ratio, r[PLANTED].ratio_low,
            r[PLANTED].ratio_high, measure_verdict_name(slow_verdict));
    fflush(out);
    return true;
}

int self_test(int runs, const group_options *o, FILE *out)
{
    tally sum = { 0 };
    bool enough;
    work w;

    peer_set_threads(o->threads);
    enough = open_work(&w);
    fprintf(out, " run  A/A                   has 1  unchanged          planted 5 %%\n");
    for (int i = 1; i <= runs && enough; i++)
        enough = run_test(&w, o, i, out, &sum);
    close_work(&w);
    if (!enough) {
        fprintf(stderr, "convlab-bench: out of memory\n");
        return 3;
    }
    fprintf(out, "A/A: %d of %d intervals contain 1; planted 5 %%: %d of %d found; unchanged: %d "
                 "of %d reported\n", sum.right, runs, sum.found, runs, sum.false_alarms, runs);
    return 20 * sum.right >= 19 * runs && 10 * sum.found >= 9 * runs && sum.false_alarms == 0 ? 0
                                                                                              : 1;
}
