/* bench_entries.c: cases as Google Benchmark's benchmarks, and the readable table. */
#include "bench/bench_entries.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_ceilings.h"
#include "bench/bench_device.h"
#include "bench/gbench.h"
#include "kernels/core/device.h"

enum { NAME_BYTES = 256, LABEL_BYTES = 512 };

typedef struct family family;

/* One group: what its rows are called, and what was measured so far. */
typedef struct {
    family *of;
    bool cold;
    char prefix[NAME_BYTES];            /* "conv2d/forward/cnn-basic.layer1.0/n100/t2/warm" */
    bool chosen, headed;                /* by the filter; its line of the table is printed */
    bool wanted[GROUP_MAX_ROWS];
    group_row **measured;               /* [measured_count][of->count] */
    int measured_count;
} entry_group;

/* A case in one space: its warm and its cold group, which share the verification. */
struct family {
    bench_case which;
    variant_space space;
    const char *missing;                /* why nothing of it is measured; NULL: it is */
    bool verified;
    group_row rows[GROUP_MAX_ROWS];
    int count;
    entry_group group[2];
};

/* The library's benchmark: one row of a group. */
typedef struct {
    entry_group *group;
    int row, runs;
} entry;

static struct {
    entries_options o;
    bench_case *cases;
    family **families;
    entry *entries;
    size_t family_count, entry_count, entry_room;
    entries_totals totals;
} all;

static volatile sig_atomic_t stopped;

void entries_stop(void)
{
    stopped = 1;
}

const entries_totals *entries_count(void)
{
    return &all.totals;
}

static const char *precision_word(variant_precision p)
{
    static const char *const words[] = { "fp32", "tf32", "tf32x3", "bf16" };
    return words[p];
}

/* ---- The table ---- */

static void format_time(double seconds, char text[24])
{
    const double scale[] = { 1.0, 1e3, 1e6, 1e9 };
    static const char *const unit[] = { "s", "ms", "us", "ns" };
    const int i = seconds >= 1.0 ? 0 : seconds >= 1e-3 ? 1 : seconds >= 1e-6 ? 2 : 3;

    snprintf(text, 24, "%.3g %s", seconds * scale[i], unit[i]);
}

static void print_head(entry_group *g)
{
    char shape[NAME_BYTES];

    if (!g->headed) {
        check_format_shape(g->of->which.concept, g->of->which.param, shape, sizeof shape);
        fprintf(all.o.table, "%s   %s\n", g->prefix, shape);
    }
    g->headed = true;
}

static void print_row(entry_group *g, const group_row *row)
{
    char time[24], rate[32], roof[48] = "", ratio[64];

    if (!all.o.table || g->of->missing)
        return;
    print_head(g);
    if (*row->skipped) {
        fprintf(all.o.table, "  %-20s %10s  %s\n", row->name, "-", row->skipped);
        fflush(all.o.table);
        return;
    }
    format_time(row->time.seconds, time);
    if (row->flop > 0.0)
        snprintf(rate, sizeof rate, "%.3g GFLOP/s", 1e-9 * row->flop / row->time.seconds);
    else
        snprintf(rate, sizeof rate, "%.3g GB/s", 1e-9 * row->bytes / row->time.seconds);
    if (!isnan(row->roof_share))
        snprintf(roof, sizeof roof, "%5.1f %% of %s", 100.0 * row->roof_share, row->roof);
    snprintf(ratio, sizeof ratio, "%.3f [%.3f, %.3f]", row->time.ratio, row->time.ratio_low,
             row->time.ratio_high);
    fprintf(all.o.table, "  %-20s %10s  %-14s %-18s %-24s %s%s\n", row->name, time, rate, roof,
            ratio, row->verdict, row->valid ? "" : "  INVALID: faster than its roof");
    fflush(all.o.table);
}

/* ---- One row's report ---- */

static void count_row(const group_row *row)
{
    entries_totals *const t = &all.totals;

    if (*row->skipped) {
        t->skipped++;
        t->wrong += strcmp(row->role, "own") == 0 && strncmp(row->skipped, "its ", 4) == 0;
        return;
    }
    t->measured++;
    t->invalid += !row->valid;
    if (strcmp(row->role, "control") == 0) {
        t->controls++;
        t->controls_right += row->time.ratio_low <= 1.0 && row->time.ratio_high >= 1.0;
        t->control_width = fmax(t->control_width,
                                0.5 * (row->time.ratio_high - row->time.ratio_low));
        return;
    }
    for (int v = 0; v < 4; v++)
        t->verdicts[v] += strcmp(row->verdict, measure_verdict_name((measure_verdict)v)) == 0;
}

static void put_label(gbench_state *s, const entry_group *g, const group_row *row)
{
    char shape[NAME_BYTES], label[LABEL_BYTES];

    check_format_shape(g->of->which.concept, g->of->which.param, shape, sizeof shape);
    const int used = snprintf(label, sizeof label, "role=%s space=%s precision=%s", row->role,
                              g->of->space == SPACE_HOST ? "host" : "cuda",
                              precision_word(row->info->precision));
    if (!*row->skipped)
        snprintf(label + used, sizeof label - (size_t)used, " verdict=%s roof=%s valid=%s shape=%s",
                 row->verdict, row->roof, row->valid ? "yes" : "no", shape);
    else
        snprintf(label + used, sizeof label - (size_t)used, " shape=%s", shape);
    gbench_label(s, label);
}

static void report(gbench_state *s, entry_group *g, const group_row *row)
{
    const measure_result *const t = &row->time;

    put_label(s, g, row);
    count_row(row);
    print_row(g, row);
    gbench_counter(s, "error", row->error);
    if (*row->skipped) {
        gbench_skip(s, row->skipped);
        return;
    }
    while (gbench_loop(s))
        gbench_set_time(s, t->seconds);
    gbench_counter(s, "flop", row->flop);
    gbench_counter(s, "bytes", row->bytes);
    gbench_counter(s, "gflops", row->flop > 0.0 ? 1e-9 * row->flop / t->seconds : NAN);
    gbench_counter(s, "gbs", row->bytes > 0.0 ? 1e-9 * row->bytes / t->seconds : NAN);
    gbench_counter(s, "roof_share", row->roof_share);
    gbench_counter(s, "clock_ghz", 1e-9 * row->clock_hz);
    gbench_counter(s, "ratio", t->ratio);
    gbench_counter(s, "ratio_low", t->ratio_low);
    gbench_counter(s, "ratio_high", t->ratio_high);
    gbench_counter(s, "yard", t->yard);
    gbench_counter(s, "yard_low", t->yard_low);
    gbench_counter(s, "yard_high", t->yard_high);
    gbench_counter(s, "rounds", t->rounds);
    gbench_counter(s, "copies", row->copies);
}

/* ---- Measuring ---- */

/* Measures the group once more. NULL without memory. */
static group_row *measure_group(entry_group *g)
{
    family *const f = g->of;
    group_row *const rows = malloc((size_t)f->count * sizeof *rows);

    if (!rows)
        return NULL;
    all.o.group.roofs = ceilings_of_host(&all.o);
    all.o.group.device_roofs = f->space == SPACE_CUDA ? ceilings_of_device(&all.o) : NULL;
    if (!f->verified)
        group_verify(&f->which, &all.o.group, f->rows, f->count);
    f->verified = true;
    memcpy(rows, f->rows, (size_t)f->count * sizeof *rows);
    for (int i = 0; i < f->count; i++)
        rows[i].wanted = g->wanted[i];
    group_measure(&f->which, f->space, g->cold, &all.o.group, rows, f->count);
    return rows;
}

/* The group's measurement number `which`. */
static const group_row *measurement(entry_group *g, int which)
{
    while (g->measured_count <= which) {
        const size_t count = (size_t)g->measured_count + 1;
        group_row **const grown = realloc(g->measured, count * sizeof *grown);
        if (!grown)
            return NULL;
        g->measured = grown;
        g->measured[count - 1] = measure_group(g);
        if (!g->measured[count - 1])
            return NULL;
        g->measured_count++;
    }
    return g->measured[which];
}

static void run_entry(gbench_state *s, void *context)
{
    entry *const e = context;
    entry_group *const g = e->group;
    group_row missing = g->of->rows[e->row];

    const char *const why = g->of->missing     ? g->of->missing
                            : stopped          ? "stopped by Ctrl-C"
                            : gbench_failure() ? "the results cannot be written"
                                               : NULL;
    const group_row *const rows = why ? NULL : measurement(g, e->runs++);
    if (rows) {
        report(s, g, &rows[e->row]);
        return;
    }
    snprintf(missing.skipped, sizeof missing.skipped, "%s", why ? why : "out of memory");
    report(s, g, &missing);
}

bool entries_again(const char *name, group_row *row)
{
    const size_t length = strcspn(name, "");

    for (size_t i = 0; i < all.entry_count; i++) {
        const entry *const e = &all.entries[i];
        const size_t prefix = strlen(e->group->prefix);
        const char *const own = e->group->of->rows[e->row].name;
        if (length <= prefix || strncmp(name, e->group->prefix, prefix) != 0 ||
            name[prefix] != '/' || strcmp(name + prefix + 1, own) != 0)
            continue;
        group_row *const rows = e->group->of->missing ? NULL : measure_group(e->group);
        if (rows)
            *row = rows[e->row];
        free(rows);
        return rows && !*row->skipped;
    }
    return false;
}

/* ---- Registration ---- */

static bool add_entry(entry_group *g, int row)
{
    char name[NAME_BYTES + 64];

    snprintf(name, sizeof name, "%s/%s", g->prefix, g->of->rows[row].name);
    g->wanted[row] = gbench_selects(name);
    g->chosen = g->chosen || g->wanted[row];
    if (all.entry_count == all.entry_room)
        return false;
    entry *const e = &all.entries[all.entry_count++];
    *e = (entry){ .group = g, .row = row };
    gbench *const b = gbench_register(name, run_entry, e);
    gbench_iterations(b, 1);
    gbench_manual_time(b);
    return true;
}

static bool add_group(family *f, bool cold)
{
    entry_group *const g = &f->group[cold];
    char threads[16] = "gpu";
    bool enough = true;

    *g = (entry_group){ .of = f, .cold = cold };
    if (f->space == SPACE_HOST)
        snprintf(threads, sizeof threads, "%d",
                 f->which.threads ? f->which.threads : all.o.group.threads);
    snprintf(g->prefix, sizeof g->prefix, "%s/%s/%s/n%d/t%s/%s", f->which.concept->name,
             f->which.concept->pass[f->which.pass].name, f->which.label, f->which.batch, threads,
             cold ? "cold" : "warm");
    for (int i = 0; i < f->count && enough; i++)
        enough = add_entry(g, i);
    return enough;
}

static bool add_family(const bench_case *c, variant_space space, const char *missing)
{
    family *const f = calloc(1, sizeof *f);
    bool enough = f != NULL;

    if (!f)
        return false;
    *f = (family){ .which = *c, .space = space, .missing = missing };
    f->count = group_list(c->concept, space, f->rows);
    if (missing)                        /* rows, but not what would be measured beside them */
        while (f->count > 0 && strcmp(f->rows[f->count - 1].role, "own") != 0)
            f->count--;
    all.families[all.family_count++] = f;
    if (all.o.warm || missing)
        enough = add_group(f, false);
    if (all.o.cold && !c->sweep && !missing)
        enough = enough && add_group(f, true);
    return enough;
}

static bool is_chosen(const bench_case *c)
{
    return (!all.o.concept || strcmp(c->concept->name, all.o.concept) == 0) &&
           (!all.o.quick || c->quick);
}

/* Rows of the device that cannot be measured are told once for each pass. */
static bool is_first_of_pass(const bench_case *cases, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (is_chosen(&cases[k]) && cases[k].concept == cases[i].concept &&
            cases[k].pass == cases[i].pass)
            return false;
    return true;
}

static const char *device_reason(void)
{
    if (device_kind_built() == DEVICE_CUSIM)
        return "no GPU; the simulator's time says nothing";
    return device_kind_built() == DEVICE_NONE ? bench_device_missing() : device_missing();
}

bool entries_register(const entries_options *o)
{
    all.o = *o;
    const size_t count = bench_cases(&all.cases);
    const char *const missing = device_reason();
    bool enough = count > 0;

    all.entry_room = count * 4 * GROUP_MAX_ROWS;
    all.families = calloc(2 * count + 1, sizeof *all.families);
    all.entries = malloc((all.entry_room + 1) * sizeof *all.entries);
    enough = enough && all.families && all.entries;
    if (enough)
        ceilings_register(&all.o);
    for (size_t i = 0; i < count && enough; i++) {
        const bench_case *const c = &all.cases[i];
        if (!is_chosen(c))
            continue;
        if (o->host)
            enough = add_family(c, SPACE_HOST, NULL);
        if (enough && !c->threads && (missing ? is_first_of_pass(all.cases, i) : o->device))
            enough = add_family(c, SPACE_CUDA, missing);
    }
    return enough;
}

void entries_close(void)
{
    for (size_t i = 0; i < all.family_count; i++) {
        for (int cold = 0; cold < 2; cold++) {
            entry_group *const g = &all.families[i]->group[cold];
            for (int k = 0; k < g->measured_count; k++)
                free(g->measured[k]);
            free(g->measured);
        }
        free(all.families[i]);
    }
    free(all.families);
    free(all.entries);
    free(all.cases);
}
