/* report_whole.c: the page as a whole: style, order of the parts, and writing it in one piece. */
#include "bench/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/report_parts.h"
#include "data/whole_file.h"

enum { PATH_BYTES = 4096 };

/* Colours of text keep a contrast of 7 on their ground in both modes. On paper everything is light,
 * and what is folded stays folded. A plot wider than the screen keeps its size and scrolls: if it
 * were smaller, its labels could not be read. */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--soft:#4a4a4a;--ground:#fff;--line:#ccc;"
    "--note:#fff4d6;--link:#0b4fa0}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#eaeaea;--soft:#bdbdbd;--ground:#16181c;"
    "--line:#444;--note:#3a3218;--link:#9cc4ff}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1rem;max-width:62rem;color:var(--ink);background:var(--ground);"
    "font:1rem/1.5 system-ui,sans-serif}\n"
    "h1{margin:.2em 0}h2{margin:2.5em 0 .5em;border-bottom:1px solid var(--line)}"
    "h3{margin:1.5em 0 .3em}\n"
    "a{color:var(--link)}nav a{display:inline-block;margin-right:1em}\n"
    "code{font-size:.9em;overflow-wrap:anywhere}\n"
    "figure{margin:2rem 0}figcaption{color:var(--soft);max-width:45rem}"
    "figcaption p{margin:.4em 0}.made{font-size:.85em}\n"
    ".plot{overflow-x:auto}.plot svg{display:block;max-width:none!important}\n"
    ".wide{overflow-x:auto}.wide+.wide{margin-top:1em}.wide :is(th,td){white-space:nowrap}"
    ".wide .facts td{white-space:normal;overflow-wrap:anywhere}\n"
    "table{border-collapse:collapse;font-size:.88em;font-variant-numeric:tabular-nums}"
    "th,td{padding:.2em .7em .2em 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}"
    "th[scope=row]{font-weight:500}small{color:var(--soft)}\n"
    "details{margin:.6em 0}summary{cursor:pointer}\n"
    ".absent{background:var(--note);padding:.5em .8em;border-left:4px solid currentColor}\n"
    "@media print{:root{color-scheme:light;--ink:#000;--soft:#222;--ground:#fff;--line:#999;"
    "--note:#fff;--link:#000}body{max-width:none;padding:0;font-size:10pt}"
    ".plot,.wide{overflow:visible}.plot svg{max-width:100%!important}"
    ".wide :is(th,td){white-space:normal}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}"
    "nav,details:not([open]){display:none}}\n";

static void put_head(report *r)
{
    html_raw(r, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
                "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
                "<title>convlab: benchmarks</title>\n<style>\n");
    html_raw(r, style);
    html_raw(r, "</style>\n</head>\n<body>\n<header>\n<h1>convlab</h1>\n<nav aria-label=Contents>"
                "<a href=\"#first\">Machine and method</a><a href=\"#standing\">Where we stand</a>"
                "<a href=\"#speed\">Speed</a><a href=\"#scaling\">Scaling</a>"
                "<a href=\"#steps\">Training steps</a><a href=\"#run\">A training run</a>"
                "<a href=\"#all\">All results</a></nav>\n</header>\n<main>\n");
}

static bool has_gpu(const report *r)
{
    for (int i = 0; i < r->group_count; i++)
        if (report_head(&r->groups[i])->threads == 0)
            return true;
    return false;
}

static void put_speed(report *r, int threads)
{
    report_speed(r, threads);
    report_ladder(r, threads);
    report_layers(r, threads);
}

static void put_page(report *r)
{
    put_head(r);
    html_raw(r, "<h2 id=first>Machine and method</h2>\n");
    report_first_page(r);
    if (r->options.bench) {
        html_raw(r, "<h2 id=standing>Where we stand</h2>\n");
        report_standing(r);
        html_raw(r, "<h2 id=speed>Speed</h2>\n");
        if (r->threads)
            put_speed(r, r->threads);
        if (has_gpu(r))
            put_speed(r, 0);
        html_raw(r, "<h2 id=scaling>Scaling</h2>\n");
        report_scaling(r);
        html_raw(r, "<h2 id=steps>Training steps</h2>\n");
        report_steps(r);
    }
    html_raw(r, "<h2 id=run>A training run</h2>\n");
    report_run(r);
    html_raw(r, "<h2 id=all>All results</h2>\n");
    report_everything(r);
    html_raw(r, "</main>\n</body>\n</html>\n");
}

/* Makes the folder if it is not there, and sees to it that it can be written before any work. */
static bool prepare_folder(report *r)
{
    const char *const out = r->options.out;
    struct stat info;

    if (mkdir(out, 0777) != 0 && errno != EEXIST)
        return report_fail(r, "%s: cannot make this folder: %s", out, strerror(errno));
    if (stat(out, &info) != 0 || !S_ISDIR(info.st_mode))
        return report_fail(r, "%s: expected a folder, found something else", out);
    if (access(out, W_OK | X_OK) != 0)
        return report_fail(r, "%s: cannot write into this folder: %s", out, strerror(errno));
    return true;
}

static bool write_page(report *r, const char *text, size_t size)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof path, "%s/report.html", r->options.out);
    if (file_replace(path, 1, &(file_part){ text, size }, r->error) != STATUS_OK)
        r->failed = true;
    return !r->failed;
}

bool report_write(const report_options *options, file_error *error)
{
    report r = { .options = *options, .error = error, .no_plots = plot_missing() };
    char *text = NULL;
    size_t size = 0;

    if (options->bench && !result_read(options->bench, &r.file, error))
        return false;
    if (options->train && access(options->train, X_OK) != 0)
        report_fail(&r, "%s: cannot read this run folder: %s", options->train, strerror(errno));
    if (!r.failed && report_group_results(&r) && prepare_folder(&r)) {
        r.page = open_memstream(&text, &size);
        if (!r.page)
            report_fail(&r, "the report: out of memory");
    }
    if (r.page) {
        put_page(&r);
        const bool torn = ferror(r.page) != 0;
        if (fclose(r.page) != 0 || torn)
            report_fail(&r, "the report: out of memory");
        if (!r.failed)
            write_page(&r, text, size);
    }
    free(text);
    free(r.sorted);
    free(r.groups);
    if (options->bench)
        result_free(&r.file);
    return !r.failed;
}
