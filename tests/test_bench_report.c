/* test_bench_report.c: the report: what it finds, what it says is missing, what it refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/report.h"
#include "plot/plot.h"
#include "tests/support/scratch.h"

enum { JSON_BYTES = 32 << 20, PATH_BYTES = 1024 };

/* ---- Files of results, as convlab-bench writes them ---- */

static char json[JSON_BYTES];
static size_t json_used;
static bool json_empty;

static void __attribute__((format(printf, 1, 2))) add(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    json_used += (size_t)vsnprintf(json + json_used, JSON_BYTES - json_used, format, arguments);
    va_end(arguments);
    assert_true(json_used < JSON_BYTES);
}

static void begin(const char *more_context)
{
    json_used = 0;
    json_empty = true;
    add("{\"context\": {\"convlab_version\": \"0.1\", \"cpu\": \"Abacus 9000\",\n"
        "\"threads\": \"2\", \"compiler\": \"gcc 12.2\", \"flags\": \"-O2 -march=abacus\",\n"
        "\"commit\": \"abc1234\",\n"
        "\"affinity\": \"0-1\", \"date\": \"then\", \"command\": \"convlab-bench --all\"%s},\n"
        "\"benchmarks\": [\n", more_context);
}

static void entry(const char *name, double seconds, const char *label, const char *counters)
{
    add("%s{\"name\": \"%s\", \"run_name\": \"%s\", \"run_type\": \"iteration\", "
        "\"iterations\": 1, \"repetitions\": 1, \"repetition_index\": 0, \"threads\": 1, "
        "\"real_time\": %.9g, \"cpu_time\": %.9g, \"time_unit\": \"ns\", \"label\": \"%s\"%s%s}",
        json_empty ? "" : ",\n", name, name, seconds * 1e9, seconds * 1e9, label,
        *counters ? ", " : "", counters);
    json_empty = false;
}

static void skipped(const char *name, const char *why)
{
    add("%s{\"name\": \"%s\", \"run_name\": \"%s\", \"run_type\": \"iteration\", "
        "\"iterations\": 0, \"repetitions\": 1, \"repetition_index\": 0, \"threads\": 1, "
        "\"error_occurred\": true, \"error_message\": \"%s\", \"real_time\": 0, "
        "\"cpu_time\": 0, \"time_unit\": \"ns\"}", json_empty ? "" : ",\n", name, name, why);
    json_empty = false;
}

/* One row of a group in which the base takes base_ms; its roof allows roof_ms. */
static void row(const char *group, const char *name, const char *role, const char *verdict,
                double ms, double base_ms, double roof_ms)
{
    char full[256], label[256], counters[512];
    const double flop = 1e9, bytes = 1e7, share = roof_ms / ms, ratio = ms / base_ms;

    snprintf(full, sizeof full, "%s/%s", group, name);
    snprintf(label, sizeof label,
             "role=%s space=host precision=fp32 verdict=%s roof=compute valid=%s shape=n=1", role,
             verdict, share > 1.05 ? "no" : "yes");
    snprintf(counters, sizeof counters,
             "\"flop\": %g, \"bytes\": %g, \"gflops\": %.9g, \"gbs\": %.9g, \"roof_share\": %.9g, "
             "\"ratio\": %.9g, \"ratio_low\": %.9g, \"ratio_high\": %.9g, \"rounds\": 9, "
             "\"copies\": 1, \"error\": 2e-7, \"clock_ghz\": %g",
             flop, bytes, flop / ms / 1e6, bytes / ms / 1e6, share, ratio, 0.98 * ratio,
             1.03 * ratio, base_ms > 5 ? 3.25 : 2.5);
    entry(full, ms / 1e3, label, counters);
}

static void group(const char *name, double naive, double base, double peer)
{
    row(name, "naive", "own", "SLOWER", naive, base, 0.5);
    row(name, "im2col", "own", "BASE", base, base, 0.5);
    row(name, "control", "control", "SAME", base, base, 0.5);
    if (peer > 0)
        row(name, "onednn", "peer", peer < base ? "FASTER" : "SLOWER", peer, base, 0.5);
}

static const char *end(const char *name)
{
    add("\n]}\n");
    return scratch_write(name, json, json_used);
}

/* Two layers, cold twins, a sweep, threads, ceilings, steps, an invalid and a skipped row. */
static const char *sample(const char *more_context)
{
    begin(more_context);
    entry("ceiling/flop/base/t1", 1e-3, "sse2", "\"gflops\": 25");
    entry("ceiling/flop/avx512/t1", 1e-3, "fma", "\"gflops\": 1000");
    entry("ceiling/flop/avx512/t2", 1e-3, "fma", "\"gflops\": 2000");
    entry("ceiling/flop/theory/t1", 1e-3, "3 GHz x 16 x 2", "\"gflops\": 1250");
    entry("ceiling/clock/measured/t1", 1e-3, "one core at work", "\"gflops\": 3.125");
    entry("ceiling/read/memory/t2", 1e-3, "stream", "\"gbs\": 20");
    entry("ceiling/update/memory/t2", 1e-3, "stream", "\"gbs\": 30");
    entry("ceiling/triad/L1/t2", 1e-3, "stream", "\"gbs\": 300");
    group("conv2d/forward/net.one/n100/t2/warm", 80, 4, 2);
    group("conv2d/forward/net.one/n100/t2/cold", 80, 6, 3);
    group("conv2d/forward/net.two/n100/t2/warm", 20, 4, 3);
    group("conv2d/forward/net.two/n1/t2/warm", 2, 1, 1.5);
    group("conv2d/backward_data/net.one/n100/t2/warm", 90, 3, 0);
    group("conv2d/forward/sweep-threads.big/n7/t2/warm", 80, 4, 2);
    group("conv2d/forward/sweep-threads.big/n7/t1/warm", 80, 6, 4);
    group("conv2d/forward/sweep-channels.c4/n10/t2/warm", 8, 4, 2);
    group("conv2d/forward/sweep-channels.c64/n10/t2/warm", 8, 2, 1);
    row("add/forward/net.sum/n100/t2/warm", "naive", "own", "FASTER", 0.25, 0.25, 0.5);
    skipped("conv2d/forward/net.one/n100/t2/warm/cuda_naive", "no GPU here");
    entry("step/cnn-basic/n100/t2/layer1.0/forward/openmp", 2e-3, "", "");
    entry("step/cnn-basic/n100/t2/layer1.0/backward/openmp", 4e-3, "", "");
    entry("step/cnn-basic/n100/t2/layer1.1/forward/openmp", 1e-3, "", "");
    entry("step/cnn-basic/n100/t2/optimiser/update/openmp", 1e-3, "", "");
    entry("step/cnn-basic/n100/t2/net/step/openmp", 9e-3, "", "");
    entry("step/cnn-basic/n100/t2/net/step/pytorch", 12e-3, "", "");
    return end("sample.json");
}

/* ---- Reading back ---- */

static char *slurp(const char *folder, const char *name)
{
    char path[PATH_BYTES];
    struct stat info;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) != 0)
        return NULL;
    char *const text = malloc((size_t)info.st_size + 1);
    assert_non_null(text);
    text[fread(text, 1, (size_t)info.st_size, file)] = '\0';
    fclose(file);
    return text;
}

static int count(const char *text, const char *word)
{
    int n = 0;

    for (; (text = strstr(text, word)) != NULL; text += strlen(word))
        n++;
    return n;
}

static void assert_says(const char *page, const char *words)
{
    if (!strstr(page, words))
        fail_msg("the page does not say '%s'", words);
}

static void assert_silent(const char *page, const char *words)
{
    const char *const place = strstr(page, words);
    if (place)
        fail_msg("the page says '%.60s'", place);
}

static char *page_of(const char *bench, const char *train, const char *out)
{
    file_error error = { "" };

    if (!report_write(&(report_options){ bench, train, out }, &error))
        fail_msg("%s", error.text);
    char *const page = slurp(out, "report.html");
    assert_non_null(page);
    assert_true(strlen(page) < 2000000);
    assert_int_equal(count(page, "<figure"), count(page, "</figure>"));
    assert_int_equal(count(page, "<details"), count(page, "</details>"));
    assert_int_equal(count(page, "<table"), count(page, "</table>"));
    assert_int_equal(count(page, "<svg"), count(page, "</svg>"));
    assert_silent(page, "<script");
    assert_silent(page, "src=\"http");
    assert_silent(page, "url(http");
    return page;
}

static void assert_refused(const report_options *o, const char *words)
{
    file_error error = { "" };

    assert_false(report_write(o, &error));
    if (!strstr(error.text, words))
        fail_msg("expected '%s' in '%s'", words, error.text);
}

static bool exists(const char *folder, const char *name)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* ---- Results ---- */

static void says_where_figures_come_from(void **state)
{
    char *const page = page_of(sample(""), NULL, scratch_path("origin"));

    (void)state;
    assert_says(page, "Abacus 9000");
    assert_says(page, "gcc 12.2");
    assert_says(page, "-O2 -march=abacus");
    assert_says(page, "abc1234");
    assert_says(page, "<th scope=row>affinity<td>0-1");
    assert_says(page, "<th scope=row>threads<td>2");
    assert_says(page, "contains 1 in <strong>9 of 9</strong> groups; its half width is "
                      "<strong>2.50 %</strong>");
    assert_says(page, "One core reaches 1000 GFLOP/s of the 1250 that theory allows (80 %)");
    assert_says(page, "the clock was 2.50 to 3.25 GHz");
    assert_says(page, "<th scope=row>arithmetic, 2 threads<td><td>2000");
    assert_says(page, "<li>clock measured, 1 thread: 3.125 GHz one core at work");
    assert_says(page, "<th scope=row>peers, against our base<td>7<td>1<td>0<td>0");
    assert_says(page, "<th scope=row>our other variants, against our base<td>0<td>9<td>0<td>0");
    assert_says(page, "<li>add/forward/net.sum/n100/t2/warm/naive: 200 % of the roof");
    assert_says(page, "<li>1: no GPU here");
    assert_says(page, "<code>convlab-bench --all</code>");
    free(page);
}

static void captions_hold_findings(void **state)
{
    const char *const out = scratch_path("findings");
    char *const page = page_of(sample(""), NULL, out);

    (void)state;
    /* Geometric means of 80 / 4 and 20 / 4, and of 4 / 2 and 4 / 3. */
    assert_says(page, "memory, 20 GB/s");               /* as drawn: not the updates' */
    assert_says(page, "a higher roof than the lines drawn: 30 GB/s in memory.");
    assert_says(page, "The longest step of ours is conv2d with a factor of 10.");
    assert_says(page, "In 1 of the 1 cases that have one, a peer is ahead of our fastest.");
    assert_says(page, "<tr><th scope=row>conv2d<td>1.63<small> 0&thinsp;:&thinsp;2 of 2</small>");
    assert_says(page, "reaches 12 to 17 % of the roof; it is nearest at net.one backward_data");
    assert_says(page, "A peer is faster at 2 of 2 layers");
    assert_says(page, "1.50 times as long on the average of ours");
    assert_says(page, "im2col begins with 250 GFLOP/s at channels = 4, is best with 500 at 64");
    assert_says(page, "With 2 threads conv2d, onednn gains most, a factor of 2.00");
    assert_says(page, "Of all the time in these steps, 67 % goes into conv2d. Our step takes "
                      "between 0.75 and 0.75 of PyTorch");
    assert_says(page, "layer1.0 takes 75 % of the 8.00 ms that the parts add up to, the whole step "
                      "9.00 ms; the forward pass is 38 % of it.");
    assert_says(page, "The largest is 2e-07");
    assert_silent(page, "Growing threads: conv2d");
    assert_silent(page, "(add)");               /* invalid: in no average */
    for (const char *c = page; !plot_missing() && (c = strstr(c, "<figure id=\"")) != NULL;) {
        char name[64];
        c += strlen("<figure id=\"");
        snprintf(name, sizeof name, "%.*s.svg", (int)strcspn(c, "\""), c);
        assert_true(exists(out, name));
        memcpy(name + strlen(name) - 3, "png", 3);
        assert_true(exists(out, name));
    }
    assert_silent(page, "<h3>Invalid results</h3>\n<p>No");
    free(page);
}

static void texts_are_escaped(void **state)
{
    char *const page =
        page_of(sample(", \"note\": \"<script>alert('x')</script> & <b>\", \"<i>\": \"k\""), NULL,
                scratch_path("escaped"));

    (void)state;
    assert_says(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &lt;b&gt;");
    assert_silent(page, "<i>");
    assert_silent(page, "<b>");
    free(page);
}

static void many_results_stay_below_2_megabytes(void **state)
{
    (void)state;
    begin("");
    for (int i = 0; i < 4000; i++) {
        char name[64];
        snprintf(name, sizeof name, "conv2d/forward/net.layer%d/n7/t2/warm", i);
        group(name, 10 + i, 4, 3);
    }
    char *const page = page_of(end("many.json"), NULL, scratch_path("many"));
    assert_says(page, "more results are in ");
    free(page);
}

/* ---- What is missing ---- */

static void says_what_is_missing(void **state)
{
    (void)state;
    begin("");
    row("conv2d/forward/net.one/n100/t2/warm", "naive", "own", "BASE", 4, 4, 1);
    char *const page = page_of(end("bare.json"), NULL, scratch_path("bare"));
    assert_says(page, "<strong>No peers:</strong> ./setup.sh peers");
    assert_says(page, "<strong>No GPU:</strong>");
    assert_says(page, "<strong>No training run:</strong> make train");
    assert_says(page, "<strong>No ceilings:</strong>");
    assert_says(page, "<strong>The noise is unknown:</strong>");
    assert_says(page, "<strong>No scaling with threads:</strong>");
    assert_says(page, "<strong>No training steps:</strong>");
    assert_says(page, "There is no peer to compare with in this run.");
    free(page);

    begin("");
    entry("ceiling/flop/avx512/t1", 1e-3, "fma", "\"gflops\": 1000");
    char *const empty = page_of(end("none.json"), NULL, scratch_path("none"));
    assert_says(empty, "<strong>No kernels:</strong>");
    free(empty);
}

static void without_gnuplot_numbers_come_as_tables(void **state)
{
    const char *const out = scratch_path("plain");
    const char *const results = sample("");
    char path[PATH_BYTES];

    (void)state;
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    setenv("PATH", scratch_path(""), 1);
    char *const page = page_of(results, NULL, out);
    setenv("PATH", path, 1);
    assert_int_equal(scratch_entries(out), 1);
    assert_says(page, "<strong>No plots, only their numbers:</strong>");
    assert_says(page, "gnuplot");
    assert_says(page, "<details open><summary>The numbers: speed-up over the plainest variant");
    assert_int_equal(count(page, "<svg"), 0);
    free(page);
}

/* ---- A training run ---- */

static const char *const run_log = "epoch,cost,seconds,images_per_second\n"
                                   "1,0.5,10.0,600.5\n2,0.25,10.0,700.5\n";
static const char *const run_answers = "class,cat,dog\ncat,8,2\ndog,1,9\n";

static const char *run_folder(const char *name, const char *log, const char *answers,
                              const char *curves)
{
    static const char *const files[] = { "log.csv", "confusion.csv", "curves.svg", "command.txt" };
    const char *const texts[] = { log, answers, curves, "convlab train <net>\n" };
    char path[64];

    assert_int_equal(mkdir(scratch_path(name), 0777), 0);
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", name, files[i]);
        if (texts[i])
            scratch_write(path, texts[i], strlen(texts[i]));
    }
    return scratch_path(name);
}

static void a_run_is_shown(void **state)
{
    const char *const run = run_folder("run", run_log, run_answers,
                                       "<?xml version=\"1.0\"?>\n<svg id=\"mine\"></svg>\n");
    char *const page = page_of(NULL, run, scratch_path("run-report"));

    (void)state;
    assert_says(page, "role=img aria-label=\"Training curves\"><svg id=\"mine\">");
    assert_says(page, "falls from 0.5 in the first epoch to 0.25 in number 2");
    assert_says(page, "17 of 20 test images are answered right (85.00 %). The commonest mistake is "
                      "cat taken for dog (2 times); the hardest class is cat, with 80.00 % right.");
    assert_says(page, "<code>convlab train &lt;net&gt;</code>");
    assert_says(page, "<strong>No benchmarks:</strong> make bench");
    assert_int_equal(count(page, "This picture is missing:"), 3);
    free(page);
}

static void a_picture_may_only_draw(void **state)
{
    static const char *const bad[] = {
        "<svg><SCRIPT>alert(1)</SCRIPT></svg>", "<svg onload=\"alert(1)\"></svg>",
        "<svg><rect\nonClick = 'x'/></svg>",    "<svg><foreignObject/></svg>",
        "<svg><a href=\"javascript:x\"/></svg>", "no picture", "<svg>", "",
    };
    char name[32];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(name, sizeof name, "bad%zu", i);
        const char *const run = run_folder(name, run_log, run_answers, bad[i]);
        char *const page = page_of(NULL, run, scratch_path("bad-report"));
        assert_int_equal(count(page, "This picture is missing:"), 4);
        assert_int_equal(count(page, "<svg"), 0);
        assert_int_equal(count(page, "alert"), 0);
        free(page);
    }
}

static void broken_runs_are_refused(void **state)
{
    static const struct {
        const char *log, *answers, *words;
    } cases[] = {
        { NULL, NULL, "not a run folder: it holds no log.csv" },
        { "", NULL, "log.csv" },
        { "epoch,cost,seconds,images_per_second\n1,0.5,10.0,600\n2,zero,1,2\n", NULL,
          "log.csv:3" },
        { "epoch,price\n1,2\n", NULL, "log.csv: expected a column 'cost'" },
        { "epoch,cost,seconds,images_per_second\n", "class,cat,dog\ncat,8,2\n",
          "confusion.csv: expected as many rows as columns, found 1 and 2" },
        { "epoch,cost,seconds,images_per_second\n", "class,cat,dog\ncat,8,2\ndog,1\n",
          "confusion.csv:3" },
        { "epoch,cost,seconds,images_per_second\n", "class,cat,dog\ncat,8,two\ndog,1,9\n",
          "confusion.csv:2" },
        { "epoch,cost,seconds,images_per_second\n", "", "confusion.csv" },
    };
    char name[32];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(name, sizeof name, "broken%zu", i);
        const char *const run = run_folder(name, cases[i].log, cases[i].answers, NULL);
        assert_refused(&(report_options){ NULL, run, scratch_path("broken-report") },
                       cases[i].words);
        assert_false(exists(scratch_path("broken-report"), "report.html"));
    }
    assert_refused(&(report_options){ NULL, scratch_path("nowhere"), scratch_path("x") },
                   "cannot read this run folder");
}

/* ---- Bad input ---- */

static void broken_results_are_refused(void **state)
{
    static const char *const texts[] = {
        "", "{", "[]", "{\"context\": {}, \"benchmarks\": []}", "not JSON at all",
    };
    const char *const out = scratch_path("refused");

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *const path = scratch_write("bad.json", texts[i], strlen(texts[i]));
        assert_refused(&(report_options){ path, NULL, out }, "bad.json");
        assert_int_equal(scratch_entries(out), -1);
    }
    assert_refused(&(report_options){ scratch_path("missing.json"), NULL, out }, "missing.json");
}

static void an_unusable_folder_is_refused(void **state)
{
    const char *const results = sample("");
    const char *const file = scratch_write("file", "x", 1);

    (void)state;
    assert_refused(&(report_options){ results, NULL, file }, "expected a folder");
    assert_refused(&(report_options){ results, NULL, "/dev/full" }, "expected a folder");
    assert_refused(&(report_options){ results, NULL, "/proc/nowhere" }, "cannot make this folder");
    assert_refused(&(report_options){ results, NULL, scratch_path("no/such/parent") },
                   "cannot make this folder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_where_figures_come_from),
        cmocka_unit_test(captions_hold_findings),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(many_results_stay_below_2_megabytes),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(without_gnuplot_numbers_come_as_tables),
        cmocka_unit_test(a_run_is_shown),
        cmocka_unit_test(a_picture_may_only_draw),
        cmocka_unit_test(broken_runs_are_refused),
        cmocka_unit_test(broken_results_are_refused),
        cmocka_unit_test(an_unusable_folder_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
