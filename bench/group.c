/* group.c: everything that can compute one problem, verified, timed in turns, judged. */
#include "bench/group.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/ceiling_kernels.h"
#include "bench/group_sets.h"
#include "bench/peer.h"
#include "bench/waiting.h"
#include "check/check_engine.h"
#include "kernels/core/device.h"

enum {
    MAX_STATES = 256,           /* of a peer with layouts of its own, one for each set of buffers */
    LEAST_ROUNDS = 3,
    YARD_FLOATS = 1 << 15,
    YARD_SWEEPS = 8,
    YARD_DEGREE = 8,
    YARD_DEVICE_BYTES = 1 << 24,
    CLOCK_CYCLES = 1 << 19
};

static const double LEAST_SAMPLE = 2e-4;
static const double REFERENCE_FLOP = 5e6;   /* what the reference may take: under 0.1 s */
static const double VALID_SHARE = 1.05;     /* of a roof: what a measurement may err */

typedef struct group group;

/* One that takes part. */
typedef struct {
    group *g;
    group_row *row;
    check_problem p;            /* its data point to the sets in use */
    const void *variant;        /* a row of the concept's table, or NULL: */
    const peer *peer;
    void *states[MAX_STATES];   /* the peer's; one unless it has layouts of its own */
    int state_count;
    int set;                    /* warm: its output set */
    int index;                  /* in g->entrants */
    bool failed;
    unsigned char *kept;        /* its output before timing */
} entrant;

struct group {
    const bench_case *which;
    const group_options *o;
    variant_space space;
    bool cold;
    group_sets sets;
    void *workspace;
    int copies;                 /* sets in rotation */
    short *owner;               /* [sets.outputs]: who wrote there last; -1: nobody */
    entrant *entrants[GROUP_MAX_ROWS];
    int count, base;
};

static void set_skipped(group_row *row, const char *reason)
{
    snprintf(row->skipped, sizeof row->skipped, "%s", reason);
}

/* ---- The yardstick ---- */

void group_yardstick(void *threads, int copy)
{
    static float x[YARD_FLOATS], y[YARD_FLOATS];
    const int team = *(const int *)threads;

    (void)copy;
    for (int sweep = 0; sweep < YARD_SWEEPS; sweep++) {
#pragma omp parallel for num_threads(team) schedule(static)
        for (int i = 0; i < YARD_FLOATS; i++) {
            float r = y[i];
            for (int k = 0; k < YARD_DEGREE; k++)
                r = r * x[i] + 0.5f;
            y[i] = r;
            x[i] = 0.25f + 0.25f * x[i];
        }
    }
}

/* ---- The clock ---- */

/* Cycles are counted in turn with everything else, since the clock changes from one second to the
 * next: the roofs have to be those of this group's time. */
static void run_clock(void *threads, int copy)
{
    const int team = *(const int *)threads;

    (void)copy;
#pragma omp parallel num_threads(team)
    ceiling_count_cycles(CLOCK_CYCLES);
}

/* ---- The yardstick of a GPU ---- */

typedef struct {
    void *from, *to;
} device_yardstick;

static void run_device_yardstick(void *context, int copy)
{
    const device_yardstick *const y = context;

    (void)copy;
    (void)device_copy(y->to, y->from, YARD_DEVICE_BYTES);
}

static double time_device_yardstick(void *context, int first_copy, int calls)
{
    return bench_device_time(run_device_yardstick, context, 1, first_copy, calls);
}

/* ---- Rows ---- */

int group_list(const check_concept *c, variant_space space, group_row *rows)
{
    const group_row fresh = { .role = "own", .wanted = true, .error = NAN, .roof_share = NAN };
    int count = 0;

    for (size_t i = 0; i < *c->variant_count; i++) {
        const variant_info *const info = check_variant_info(check_variant_row(c, i));
        if (info->space != space || count == GROUP_MAX_ROWS - 1)
            continue;
        rows[count] = fresh;
        rows[count].info = info;
        rows[count].name = info->name;
        rows[count++].number = i;
    }
    if (count == 0)
        return 0;
    rows[count] = rows[count - 1];              /* group_verify() finds out which row is the base */
    rows[count].name = rows[count].role = "control";
    count++;
    for (size_t i = 0; peers[i].concept && count < GROUP_MAX_ROWS; i++) {
        if (strcmp(peers[i].concept, c->name) != 0 || peers[i].info.space != space)
            continue;
        rows[count] = fresh;
        rows[count].role = "peer";
        rows[count].info = &peers[i].info;
        rows[count].name = peers[i].info.name;
        rows[count++].number = i;
    }
    return count;
}

static bool is_role(const group_row *row, const char *role)
{
    return strcmp(row->role, role) == 0;
}

/* The last full-precision row of ours that is still in it; -1: none. */
static int find_base(const group_row *rows, int count)
{
    int base = -1;

    for (int i = 0; i < count; i++)
        if (is_role(&rows[i], "own") && !*rows[i].skipped &&
            rows[i].info->precision == PRECISION_FP32)
            base = i;
    return base;
}

/* ---- Entrants ---- */

static status run_once(entrant *e, int input, int output, int state)
{
    group *const g = e->g;

    group_sets_point(&g->sets, &e->p, input, output);
    if (!e->peer)
        return e->p.concept->run(&e->p, e->variant, g->which->pass, g->workspace);
    e->peer->run(e->states[state], &e->p);
    return STATUS_OK;
}

static void run_entrant(void *context, int copy)
{
    entrant *const e = context;
    group *const g = e->g;
    const int output = g->cold ? copy : e->set;

    if (e->peer && e->peer->load) {             /* works on buffers of its own */
        g->owner[e->set] = -1;                  /* but statistics may go into the set */
        e->peer->run(e->states[copy % e->state_count], &e->p);
        return;
    }
    g->owner[output] = (short)e->index;
    if (run_once(e, copy, output, 0) != STATUS_OK)
        e->failed = true;
}

static double time_on_device(void *context, int first_copy, int calls)
{
    entrant *const e = context;
    const double seconds =
        bench_device_time(run_entrant, e, e->g->copies, first_copy, calls);

    if (isnan(seconds))
        e->failed = true;
    return seconds;
}

/* A peer needs a state, or one for each set if its buffers are its own. */
static const char *open_states(entrant *e)
{
    const int wanted = e->peer->load ? e->g->copies : 1;

    if (wanted > MAX_STATES)
        return "tensors in a layout of its own are not rotated over so many sets of buffers";
    for (; e->state_count < wanted; e->state_count++) {
        void *const state = e->peer->open(&e->p, e->g->which->pass);
        if (!state)
            return "does not do this pass or shape";
        e->states[e->state_count] = state;
        if (e->peer->load)
            e->peer->load(state, &e->p);
    }
    return NULL;
}

static void close_entrant(entrant *e)
{
    for (int i = 0; e && i < e->state_count; i++)
        e->peer->close(e->states[i]);
    if (e)
        free(e->kept);
    free(e);
}

/* Runs it once on restored buffers, output set `output`; a peer with its own by all its states. */
static status run_afresh(entrant *e, int output)
{
    group_sets *const sets = &e->g->sets;
    status good = group_sets_restore(sets, output);

    e->g->owner[output] = (short)e->index;
    group_sets_point(sets, &e->p, 0, output);
    for (int i = 0; i < (e->peer ? e->state_count : 1) && good == STATUS_OK; i++) {
        if (e->peer && e->peer->load)
            e->peer->load(e->states[i], &e->p);
        good = run_once(e, 0, output, i);
        if (e->peer && e->peer->store)
            e->peer->store(e->states[i], &e->p);
    }
    if (good == STATUS_OK && e->g->space == SPACE_CUDA)
        good = device_synchronize();
    return good;
}

static const char *reason_of(status s)
{
    return s == STATUS_UNSUPPORTED ? "does not do this pass or shape" : status_string(s);
}

/* Makes an entrant of a row. NULL after noting in the row why not. */
static entrant *open_entrant(group *g, group_row *row)
{
    entrant *const e = calloc(1, sizeof *e);
    const char *why = e ? NULL : status_string(STATUS_MEMORY);

    if (e) {
        *e = (entrant){ .g = g, .row = row, .p = g->sets.p };
        if (is_role(row, "peer"))
            e->peer = &peers[row->number];
        else
            e->variant = check_variant_row(g->which->concept, row->number);
        group_sets_point(&g->sets, &e->p, 0, 0);
        if (e->peer)
            why = open_states(e);
    }
    if (!why)
        return e;
    set_skipped(row, why);
    close_entrant(e);
    return NULL;
}

static size_t largest_workspace(const check_problem *p, const group_row *rows, int count)
{
    const check_concept *const c = p->concept;
    size_t bytes = 0;

    for (int i = 0; i < count && c->workspace_bytes; i++) {
        if (!is_role(&rows[i], "own") || *rows[i].skipped)
            continue;
        const size_t own = c->workspace_bytes(p, check_variant_row(c, rows[i].number));
        bytes = own > bytes ? own : bytes;
    }
    return bytes;
}

/* Sets of buffers and workspace for the problem, which is taken over. */
static status open_group(group *g, check_problem *p, int inputs, int outputs,
                         const group_row *rows, int count)
{
    const size_t bytes = largest_workspace(p, rows, count);
    const status good = group_sets_open(&g->sets, p, g->which->pass, g->space, inputs, outputs,
                                        bytes);
    if (good != STATUS_OK)
        return good;
    if (g->space == SPACE_CUDA) {
        g->workspace = bench_device_workspace(g->sets.device);
    } else if (bytes > 0) {
        g->workspace = aligned_alloc(64, (bytes + 63) / 64 * 64);
        if (!g->workspace)
            return STATUS_MEMORY;
        memset(g->workspace, 0, bytes);
    }
    g->owner = malloc((size_t)outputs * sizeof *g->owner);
    if (!g->owner)
        return STATUS_MEMORY;
    memset(g->owner, 0xff, (size_t)outputs * sizeof *g->owner);
    return STATUS_OK;
}

static void close_group(group *g)
{
    for (int i = 0; i < g->count; i++)
        close_entrant(g->entrants[i]);
    if (g->space == SPACE_HOST)
        free(g->workspace);
    free(g->owner);
    group_sets_close(&g->sets);
}

static void skip_all(group_row *rows, int count, const char *reason)
{
    for (int i = 0; i < count; i++)
        if (!*rows[i].skipped)
            set_skipped(&rows[i], reason);
}

static int threads_of(const bench_case *c, const group_options *o)
{
    return c->threads ? c->threads : o->threads;
}

/* ---- Verification ---- */

/* The case's shape, with "n" cut until the reference is quick. */
static void affordable_shape(const bench_case *c, int param[CHECK_MAX_PARAMS])
{
    memcpy(param, c->param, sizeof c->param);
    for (int i = 0; i < c->concept->param_count; i++) {
        check_problem p = { .concept = c->concept };
        memcpy(p.param, param, sizeof p.param);
        if (strcmp(c->concept->param[i].name, "n") != 0 || c->concept->describe(&p) != STATUS_OK)
            continue;
        const double flop = bench_flop(&p, c->pass);
        if (!(flop > REFERENCE_FLOP) || param[i] <= 1)
            continue;
        param[i] = (int)fmax(1.0, (double)param[i] * REFERENCE_FLOP / flop);
        if (check_verdict(c->concept, param) != STATUS_OK)
            param[i] = c->param[i];
    }
}

static bool compute_expected(check_problem *p, int pass)
{
    for (int i = 0; i < p->tensor_count; i++) {
        check_tensor *const t = &p->tensor[i];
        if (!check_names(p->concept->pass[pass].writes, t->name))
            continue;
        t->expected = malloc((size_t)t->count * sizeof(exact) + 1);
        if (!t->expected)
            return false;
        memset(t->expected, 0xff, (size_t)t->count * sizeof(exact));    /* NaN unless written */
    }
    p->concept->reference(p, pass);
    return true;
}

/* Holds one tensor against what is expected of it; *error grows to its relative error. */
static bool tensor_right(const check_tensor *t, const void *data, variant_precision precision,
                         double *error)
{
    double largest = 0.0, off = 0.0;
    bool right = true;

    for (ptrdiff_t i = 0; i < t->count; i++) {
        const exact want = t->expected[i];
        const double got = check_element(t->type, data, i);
        double fraction;
        right = right && (t->type == CHECK_FLOAT
                              ? check_within((float)got, want, precision, &fraction)
                              : got == want.value);
        largest = fmax(largest, fabs(want.value));
        off = fmax(off, fabs(got - want.value));
    }
    if (t->type == CHECK_FLOAT && largest > 0.0)
        *error = fmax(isnan(*error) ? 0.0 : *error, off / largest);
    return right;
}

static void verify_row(group *g, group_row *row, unsigned char *kept)
{
    entrant *const e = open_entrant(g, row);
    if (!e)
        return;
    status good = run_afresh(e, 0);
    if (good == STATUS_OK)
        good = group_output_keep(&g->sets, 0, kept);
    if (good != STATUS_OK)
        set_skipped(row, reason_of(good));
    for (int i = 0; i < g->sets.p.tensor_count && good == STATUS_OK; i++) {
        const check_tensor *const t = &g->sets.p.tensor[i];
        if (!g->sets.writes[i])
            continue;
        if (!*row->skipped && !tensor_right(t, kept, row->info->precision, &row->error))
            snprintf(row->skipped, sizeof row->skipped,
                     "its %s is wrong: outside the error bound of the reference", t->name);
        kept += (size_t)t->count * check_element_bytes(t->type);
    }
    close_entrant(e);
}

/* The control is the base, under another name. */
static void adopt_base(group_row *rows, int count)
{
    const int base = find_base(rows, count);

    for (int i = 0; i < count; i++) {
        if (!is_role(&rows[i], "control"))
            continue;
        if (base < 0) {
            set_skipped(&rows[i], "no row of ours does this pass or shape");
            continue;
        }
        rows[i].info = rows[base].info;
        rows[i].number = rows[base].number;
        rows[i].error = rows[base].error;
        rows[base].wanted = rows[i].wanted = true;
    }
}

void group_verify(const bench_case *c, const group_options *o, group_row *rows, int count)
{
    group g = { .which = c, .o = o, .space = rows[0].info->space, .copies = 1 };
    int param[CHECK_MAX_PARAMS];
    check_problem p;
    unsigned char *kept = NULL;

    peer_set_threads(threads_of(c, o));
    affordable_shape(c, param);
    status good = group_problem_open(&p, c->concept, param, c->pass);
    if (good == STATUS_OK && !compute_expected(&p, c->pass)) {
        group_problem_close(&p);
        good = STATUS_MEMORY;
    }
    if (good == STATUS_OK)
        good = open_group(&g, &p, 1, 1, rows, count);
    if (good == STATUS_OK) {
        kept = malloc(group_output_bytes(&g.sets) + 1);
        good = kept ? STATUS_OK : STATUS_MEMORY;
    }
    for (int i = 0; i < count && good == STATUS_OK; i++)
        if (is_role(&rows[i], "own") || (is_role(&rows[i], "peer") && rows[i].wanted))
            verify_row(&g, &rows[i], kept);
    if (good != STATUS_OK)
        skip_all(rows, count, status_string(good));
    free(kept);
    close_group(&g);
    adopt_base(rows, count);
}

/* ---- Measuring ---- */

/* Runs each once on the problem itself, and keeps what it gives. Too slow ones stay out. */
static void enter(group *g, group_row *row)
{
    entrant *const e = open_entrant(g, row);
    if (!e)
        return;
    e->set = g->cold ? 0 : g->count;
    e->index = g->count;
    e->kept = malloc(group_output_bytes(&g->sets) + 1);
    const double start = omp_get_wtime();
    status good = e->kept ? run_afresh(e, e->set) : STATUS_MEMORY;
    const double seconds = (omp_get_wtime() - start) / (e->state_count ? e->state_count : 1);
    if (good == STATUS_OK)
        good = group_output_keep(&g->sets, e->set, e->kept);
    if (good == STATUS_OK)
        good = group_sets_restore(&g->sets, e->set);
    g->owner[e->set] = -1;
    if (good == STATUS_OK && seconds <= g->o->slowest) {
        g->entrants[g->count++] = e;
        return;
    }
    if (good != STATUS_OK)
        set_skipped(row, reason_of(good));
    else
        snprintf(row->skipped, sizeof row->skipped,
                 "one call takes %.2g s; --slowest=SECONDS allows more", seconds);
    close_entrant(e);
}

/* Whether what its timed calls left behind, where nobody wrote after it, and what it gives when it
 * runs once more are what it gave before. Updates in place go on from call to call, so of those
 * only the latter is looked at. */
static bool still_right(entrant *e)
{
    group *const g = e->g;
    group_sets *const sets = &g->sets;
    bool right = !e->failed, in_place = false;

    for (int i = 0; i < sets->p.tensor_count; i++)
        in_place = in_place || (sets->reads[i] && sets->writes[i]);
    for (int i = 0; i < sets->outputs && right; i++)
        if (g->owner[i] == e->index)
            right = group_output_same(sets, i, e->kept, true);
    if (!e->peer || !e->peer->load || in_place)
        return right && run_afresh(e, e->set) == STATUS_OK &&
               group_output_same(sets, e->set, e->kept, false);
    g->owner[e->set] = (short)e->index;
    group_sets_point(sets, &e->p, 0, e->set);
    for (int i = 0; i < e->state_count && right; i++) {
        e->peer->store(e->states[i], &e->p);
        right = group_output_same(sets, e->set, e->kept, false);
    }
    return right;
}

/* Whether most bytes that are moved are of tensors that are written where they were read. */
static bool is_in_place(const group *g)
{
    double moved = 0.0, in_place = 0.0;

    for (int i = 0; i < g->sets.p.tensor_count; i++) {
        const check_tensor *const t = &g->sets.p.tensor[i];
        const double bytes = (double)t->count * (double)check_element_bytes(t->type);
        const bool reads = g->sets.reads[i], writes = g->sets.writes[i];
        moved += bytes * (reads + writes);
        in_place += reads && writes ? 2.0 * bytes : 0.0;
    }
    return in_place > 0.5 * moved;
}

static void find_roof(const group *g, group_row *row, double footprint)
{
    const group_options *const o = g->o;
    const ceiling_work work = {
        .set = is_role(row, "peer") ? cpu_isa_best() : cpu_isa(),
        .threads = threads_of(g->which, o), .flop = row->flop, .bytes = row->bytes,
        .footprint = footprint, .in_place = is_in_place(g),
        .clock_hz = isnan(row->clock_hz) ? 0.0 : row->clock_hz
    };
    ceiling_roof roof = { NAN, "none" };

    if (g->space == SPACE_CUDA && o->device_roofs)
        roof = device_ceiling_bound(o->device_roofs, row->info->precision, row->flop, row->bytes,
                                    footprint);
    else if (g->space == SPACE_HOST && o->roofs)
        roof = ceiling_bound(o->roofs, &work);
    row->roof = roof.binds;
    row->roof_share = strcmp(roof.binds, "none") == 0 ? NAN : roof.seconds / row->time.seconds;
    row->valid = !(row->roof_share > VALID_SHARE);
}

/* What has been measured becomes a result. */
static void conclude(group *g, group_row *rows, int count, const measure_result *results,
                     const measure_result *control, double clock_hz)
{
    const double set_bytes = group_set_bytes(&g->sets.p, g->which->pass);

    for (int i = 0; i < count; i++) {
        group_row *const row = &rows[i];
        if (*row->skipped)
            continue;
        const bool is_control = is_role(row, "control");
        int k = is_control ? g->base : 0;
        while (!is_control && k < g->count && g->entrants[k]->row != row)
            k++;
        if (k == g->count)
            continue;
        row->time = is_control ? *control : results[k];
        row->flop = bench_flop(&g->sets.p, g->which->pass);
        row->bytes = bench_bytes(&g->sets.p, g->which->pass);
        row->copies = g->copies;
        row->clock_hz = clock_hz;
        row->verdict = !is_control && k == g->base
                           ? "BASE"
                           : measure_verdict_name(measure_judge(
                                 row->time.ratio, row->time.ratio_low, row->time.ratio_high,
                                 g->o->margin, control->ratio_low, control->ratio_high));
        find_roof(g, row, set_bytes * g->copies);
        if (!still_right(g->entrants[k]))
            set_skipped(row, g->entrants[k]->failed ? "failed while it was timed"
                                                    : "its output changed while it was timed");
    }
}

/* The race: all entrants, the base again, the yardstick, the clock. */
static void race_group(group *g, group_row *rows, int count)
{
    const int control = g->count, yard = g->count + 1, clock = g->count + 2;
    const measure_options options = { .copies = g->copies, .seconds = g->o->seconds,
                                      .least_rounds = LEAST_ROUNDS, .least_sample = LEAST_SAMPLE,
                                      .seed = 1, .waited = waiting_seconds, .control = control,
                                      .precise = g->o->margin, .patience = g->o->patience };
    const bool device = g->space == SPACE_CUDA;
    int threads = threads_of(g->which, g->o);
    device_yardstick copying = { NULL, NULL };
    measure_entrant all[GROUP_MAX_ROWS + 3];
    measure_result results[GROUP_MAX_ROWS + 3];

    for (int i = 0; i < g->count; i++)
        all[i] = (measure_entrant){ run_entrant, g->entrants[i], device ? time_on_device : NULL };
    all[control] = all[g->base];
    all[yard] = device ? (measure_entrant){ NULL, &copying, time_device_yardstick }
                       : (measure_entrant){ group_yardstick, &threads, NULL };
    all[clock] = (measure_entrant){ run_clock, &threads, NULL };
    const bool ready = !device || (device_alloc(&copying.from, YARD_DEVICE_BYTES) == STATUS_OK &&
                                   device_alloc(&copying.to, YARD_DEVICE_BYTES) == STATUS_OK);
    waiting_look();
    if (ready && measure(all, g->count + (device ? 2 : 3), g->base, yard, &options, results))
        conclude(g, rows, count, results, &results[control],
                 device ? NAN : CLOCK_CYCLES / results[clock].seconds);
    else
        skip_all(rows, count, status_string(STATUS_MEMORY));
    device_free(copying.from);
    device_free(copying.to);
}

void group_measure(const bench_case *c, variant_space space, bool cold, const group_options *o,
                   group_row *rows, int count)
{
    group g = { .which = c, .o = o, .space = space, .cold = cold, .base = -1 };
    const int base = find_base(rows, count);
    check_problem p;

    if (base < 0) {
        skip_all(rows, count, "no row of ours that it would be compared with does this");
        return;
    }
    peer_set_threads(threads_of(c, o));
    status good = group_problem_open(&p, c->concept, c->param, c->pass);
    if (good == STATUS_OK) {
        const double bytes = fmax(group_set_bytes(&p, c->pass), 1.0);
        g.copies = cold ? (int)fmax(2.0, ceil((double)o->cold_bytes / bytes)) : 1;
        good = open_group(&g, &p, g.copies, cold ? g.copies : count, rows, count);
    }
    for (int i = 0; i < count && good == STATUS_OK; i++) {
        if (*rows[i].skipped || is_role(&rows[i], "control") || !(rows[i].wanted || i == base))
            continue;
        if (i == base)
            g.base = g.count;
        enter(&g, &rows[i]);
    }
    if (good != STATUS_OK)
        skip_all(rows, count, status_string(good));
    else if (g.base == g.count || *rows[base].skipped)
        skip_all(rows, count, "the row that it would be compared with cannot be measured");
    else
        race_group(&g, rows, count);
    close_group(&g);
}
