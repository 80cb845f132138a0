/* report_first.c: the first page: which machine, which program, how noisy, how fast it can be. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_parts.h"

/* ---- Where the figures come from ---- */

static void context_row(report *r, const char *title, const char *key)
{
    const char *const value = result_context_value(&r->file, key);
    if (*value)
        html(r, "<tr><th scope=row>%s<td>%s\n", title, value);
}

static void origin(report *r)
{
    static const struct {
        const char *title, *key;
    } first[] = {
        { "machine", "machine" },     { "processor", "cpu" },       { "GPU", "gpu" },
        { "instruction set", "isa" }, { "caches", "cpu_caches" },   { "kernel", "kernel" },
        { "compiler", "compiler" },   { "flags", "flags" },         { "commit", "commit" },
        { "threads", "threads" },     { "affinity", "affinity" },   { "governor", "governor" },
        { "peers", "peers" },         { "load at start", "load_at_start" },
        { "measured in", "space" },   { "bytes rotated when cold", "cold_bytes" },
        { "date", "date" },
        { "version", "convlab_version" },                           { "command", "command" },
    };
    /* Google Benchmark's own: said above already, or nobody's business. */
    static const char *const hidden[] = { "host_name",   "executable", "num_cpus",
                                          "mhz_per_cpu", "caches",     "cpu_scaling_enabled",
                                          "load_avg",    "isa_best",   "library_build_type" };

    html_raw(r, "<div class=wide><table class=facts>\n");
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        context_row(r, first[i].title, first[i].key);
    for (size_t i = 0; i < r->file.context_count; i++) {
        const char *const key = r->file.context[i].key;
        bool done = false;
        for (size_t k = 0; k < sizeof first / sizeof first[0]; k++)
            done |= strcmp(first[k].key, key) == 0;
        for (size_t k = 0; k < sizeof hidden / sizeof hidden[0]; k++)
            done |= strcmp(hidden[k], key) == 0;
        if (!done)
            context_row(r, key, key);
    }
    html_raw(r, "</table></div>\n");
}

/* ---- Noise ---- */

static int compare_numbers(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static void noise(report *r)
{
    double *const width = malloc((r->file.count + 1) * sizeof *width);
    int count = 0, contain = 0;

    if (!width) {
        report_fail(r, "the report: out of memory");
        return;
    }
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (b->kind != RESULT_KERNEL || !report_is(b, "control") || *b->skipped ||
            !isfinite(b->ratio_low) || !isfinite(b->ratio_high))
            continue;
        contain += b->ratio_low <= 1 && b->ratio_high >= 1;
        width[count++] = 50 * (b->ratio_high - b->ratio_low);
    }
    html_raw(r, "<h3>A/A noise of this run</h3>\n");
    if (count) {
        qsort(width, (size_t)count, sizeof *width, compare_numbers);
        html(r, "<p>In each group the base row was measured a second time under another name, in "
                "the same rounds. The 95 %% interval of its ratio to itself contains 1 in "
                "<strong>%d of %d</strong> groups; its half width is <strong>%.2f %%</strong> in "
                "the median, %.2f %% in the noisiest tenth, %.2f %% at most. Differences smaller "
                "than that are not told apart.</p>\n",
             contain, count, width[count / 2], width[count - 1 - count / 10], width[count - 1]);
    } else
        report_absent(r, "The noise is unknown:", "the results hold no control rows (A/A); run "
                                                  "make bench without a filter that drops them.");
    free(width);
}

/* ---- Ceilings ---- */

static const char *threads_text(const bench_result *b, char text[24])
{
    if (b->threads)
        snprintf(text, 24, "%d thread%s", b->threads, b->threads == 1 ? "" : "s");
    else
        snprintf(text, 24, "GPU");
    return text;
}

/* Its unit is a cycle: 10^9 of them are in `gflops`. */
static bool is_clock(const bench_result *b)
{
    return strcmp(b->concept, "clock") == 0;
}

/* One table per unit: a row for what was done by how many threads, a column for where. */
static void ceiling_matrix(report *r, bool arithmetic)
{
    report_grid *const g = grid_new(r);
    char name[GRID_NAME], threads[24];

    if (!g)
        return;
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        const double value = arithmetic ? b->gflops : b->gbs;
        if (b->kind != RESULT_CEILING || !isfinite(value) || is_clock(b))
            continue;
        snprintf(name, sizeof name, "%s, %s", arithmetic ? "arithmetic" : b->concept,
                 threads_text(b, threads));
        const int row = grid_row(g, name);
        grid_set(g, row, grid_column(g, b->label), value);
    }
    if (g->rows) {
        html(r, "<div class=wide><table><tr><th scope=col>%s", arithmetic ? "GFLOP/s" : "GB/s");
        for (int c = 0; c < g->columns; c++)
            html(r, "<th scope=col>%s", g->column_name[c]);
        for (int i = 0; i < g->rows; i++) {
            html(r, "\n<tr><th scope=row>%s", g->row_name[i]);
            for (int c = 0; c < g->columns; c++) {
                html_raw(r, "<td>");
                html(r, "%.4g", g->value[c][i]);
            }
        }
        html_raw(r, "\n</table></div>\n");
    }
    free(g);
}

/* What is neither arithmetic nor bandwidth, and what was said about the theory or skipped. */
static void other_ceilings(report *r)
{
    char threads[24];

    html_raw(r, "<ul>\n");
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        const bool theory = strcmp(b->label, "theory") == 0;
        const bool counted = !is_clock(b) && (isfinite(b->gflops) || isfinite(b->gbs));
        if (b->kind != RESULT_CEILING || (counted && !theory))
            continue;
        html(r, "<li>%s %s, %s: ", b->concept, b->label, threads_text(b, threads));
        if (*b->skipped)
            html(r, "skipped, %s", b->skipped);
        else if (is_clock(b))
            html(r, "%.3f GHz", b->gflops);
        else if (!counted && b->seconds > 0)
            html(r, "%s", report_time(b->seconds));
        html(r, " %s\n", b->shape);
    }
    html_raw(r, "</ul>\n");
}

/* GFLOP/s of one core: the best that was measured, or the theory; NAN. */
static double one_core(const report *r, bool theory)
{
    double best = NAN;

    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (b->kind == RESULT_CEILING && b->threads == 1 && strcmp(b->concept, "flop") == 0 &&
            (strcmp(b->label, "theory") == 0) == theory && !(b->gflops <= best))
            best = b->gflops;
    }
    return best;
}

/* How far the clock wandered. */
static void clocks(report *r)
{
    double lowest = INFINITY, highest = 0;

    for (size_t i = 0; i < r->file.count; i++) {
        const double ghz = r->file.results[i].clock_ghz;
        if (ghz > 0) {
            lowest = fmin(lowest, ghz);
            highest = fmax(highest, ghz);
        }
    }
    if (highest > 0)
        html(r, "<p>Cycles were counted in turn with every group: the clock was %.2f to %.2f GHz. "
                "Each group's share of the roof is of the roof at its own clock, where the clock "
                "drives it (arithmetic, L1, L2).</p>\n", lowest, highest);
}

static void ceilings_table(report *r)
{
    const double measured = one_core(r, false), theory = one_core(r, true);
    size_t count = 0;

    for (size_t i = 0; i < r->file.count; i++)
        count += r->file.results[i].kind == RESULT_CEILING;
    html_raw(r, "<h3>Ceilings of this machine</h3>\n");
    if (!count) {
        report_absent(r, "No ceilings:", "the results hold none (names that begin with ceiling/), "
                                         "so shares of the roof cannot be checked; run make bench "
                                         "without a filter.");
        return;
    }
    if (measured > 0 && theory > 0)
        html(r, "<p>One core reaches %.4g GFLOP/s of the %.4g that theory allows (%.0f %%).</p>\n",
             measured, theory, 100 * measured / theory);
    clocks(r);
    ceiling_matrix(r, true);
    ceiling_matrix(r, false);
    other_ceilings(r);
}

/* ---- Verdicts ---- */

static int count_verdicts(const report *r, const char *role, const char *verdict)
{
    int count = 0;

    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        count += b->kind == RESULT_KERNEL && !*b->skipped && b->valid && report_is(b, role) &&
                 strcmp(b->verdict, verdict) == 0;
    }
    return count;
}

static void verdicts(report *r)
{
    static const char *const roles[][2] = { { "peer", "peers, against our base" },
                                            { "own", "our other variants, against our base" },
                                            { "control", "the base against itself (A/A)" } };
    static const char *const names[] = { "FASTER", "SLOWER", "SAME", "UNDECIDED" };

    html_raw(r, "<h3>Verdicts</h3>\n<p>The base of a group is the last fp32 variant of our table "
                "that takes the shape.</p>\n<div class=wide><table><tr><th scope=col>results of");
    for (int v = 0; v < 4; v++)
        html(r, "<th scope=col>%s", names[v]);
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        html(r, "\n<tr><th scope=row>%s", roles[i][1]);
        for (int v = 0; v < 4; v++)
            html(r, "<td>%d", count_verdicts(r, roles[i][0], names[v]));
    }
    html_raw(r, "\n</table></div>\n");
}

static void invalid(report *r)
{
    int count = 0;

    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (b->kind != RESULT_KERNEL || *b->skipped || b->valid)
            continue;
        if (count++ == 0)
            html_raw(r, "<h3>Invalid results</h3>\n<p class=absent>Above their roof, so either "
                        "they or the roof were measured wrong. They are in no plot and no "
                        "average.</p>\n"
                        "<ul>\n");
        html(r, "<li>%s: %.0f %% of the roof (%s)\n", b->name, 100 * b->roof_share, b->roof);
    }
    if (count)
        html_raw(r, "</ul>\n");
    else if (r->group_count)
        html_raw(r, "<p>No result lies above its roof.</p>\n");
}

/* Reasons for which rows were not measured, each once with its number. */
static void skipped(report *r)
{
    bool any = false;

    for (size_t i = 0; i < r->file.count; i++) {
        const char *const why = r->file.results[i].skipped;
        bool seen = !*why;
        int count = 0;
        for (size_t j = 0; j < i && !seen; j++)
            seen = strcmp(r->file.results[j].skipped, why) == 0;
        if (seen)
            continue;
        for (size_t j = i; j < r->file.count; j++)
            count += strcmp(r->file.results[j].skipped, why) == 0;
        if (!any)
            html_raw(r, "<details><summary>What was not measured, and why</summary>\n<ul>\n");
        any = true;
        html(r, "<li>%d: %s\n", count, why);
    }
    if (any)
        html_raw(r, "</ul></details>\n");
}

/* ---- What is not there ---- */

static bool has_role(const report *r, const char *role, bool gpu)
{
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (b->kind == RESULT_KERNEL && !*b->skipped && report_is(b, role) &&
            (!gpu || b->threads == 0))
            return true;
    }
    return false;
}

static void missing(report *r)
{
    if (r->no_plots)
        report_absent(r, "No plots, only their numbers:", r->no_plots);
    if (!r->options.bench) {
        report_absent(r, "No benchmarks:", "make bench measures and make report shows them "
                                           "(--bench FILE.json).");
    } else {
        if (!has_role(r, "peer", false))
            report_absent(r, "No peers:", "./setup.sh peers installs OpenBLAS and oneDNN; then "
                                          "make bench measures them in the same run.");
        if (!has_role(r, "own", true))
            report_absent(r, "No GPU:", "these results hold no figure of one. On a machine with an "
                                        "NVIDIA GPU and the CUDA Toolkit make bench builds and "
                                        "runs build/convlab-bench-cuda.");
    }
    if (!r->options.train)
        report_absent(r, "No training run:", "make train leaves one in runs/; --train runs/NAME "
                                             "shows it.");
}

void report_first_page(report *r)
{
    html_raw(r, "<p>Kernels of convolutional networks in C and CUDA, measured beside the "
                "ceilings of the machine they ran on and beside other people's kernels, all in "
                "the same run and in turns. Every variant was held against a double precision "
                "reference before it was timed, and its outputs were checked again afterwards."
                "</p>\n");
    missing(r);
    if (!r->options.bench)
        return;
    origin(r);
    noise(r);
    ceilings_table(r);
    if (!r->group_count) {
        report_absent(r, "No kernels:", "the file of results holds none.");
        return;
    }
    verdicts(r);
    invalid(r);
    skipped(r);
}
