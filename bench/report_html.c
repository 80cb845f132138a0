/* report_html.c: markup: escaped text, figures, SVG inside the page. */
#define _GNU_SOURCE     /* strcasestr */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_parts.h"
#include "data/whole_file.h"

enum { PATH_BYTES = 4096, NAME_BYTES = 200, SVG_LIMIT = 1 << 20 };

bool report_fail(report *r, const char *format, ...)
{
    if (!r->failed) {
        va_list arguments;
        char text[sizeof r->error->text];
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        file_refuse(r->error, STATUS_IO, "%s", text);
        r->failed = true;
    }
    return false;
}

static void put_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: putc((unsigned char)*text < ' ' && *text != '\n' ? '?' : *text, out);
        }
}

void html(report *r, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    for (const char *c = format; *c; c++) {
        char directive[16];
        if (*c != '%') {
            putc(*c, r->page);
            continue;
        }
        const size_t length = 2 + strcspn(c + 1, "sdufge%");
        if (c[1] == '%') {
            putc('%', r->page);
            c++;
            continue;
        }
        snprintf(directive, sizeof directive, "%.*s", (int)length, c);
        c += length - 1;
        switch (*c) {
        case 's': put_escaped(r->page, va_arg(arguments, const char *)); break;
        case 'd': fprintf(r->page, "%d", va_arg(arguments, int)); break;
        case 'u': fprintf(r->page, "%zu", va_arg(arguments, size_t)); break;
        default: {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            const double value = va_arg(arguments, double);
            if (isfinite(value))
                fprintf(r->page, directive, value);
#pragma GCC diagnostic pop
        }
        }
    }
    va_end(arguments);
}

void html_raw(report *r, const char *markup)
{
    fputs(markup, r->page);
}

const char *report_time(double seconds)
{
    static char buffers[8][24];
    static int next;
    static const struct {
        double unit;
        const char *name;
    } units[] = { { 1, "s" }, { 1e-3, "ms" }, { 1e-6, "\xc2\xb5s" }, { 1e-9, "ns" } };
    char *const text = buffers[next++ % 8];
    int u = 0;

    while (u < 3 && seconds < units[u].unit)
        u++;
    const double value = seconds / units[u].unit;
    snprintf(text, sizeof buffers[0], "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value,
             units[u].name);
    return text;
}

void mean_add(report_mean *m, double v)
{
    if (!isfinite(v) || v <= 0)
        return;
    m->low = m->count == 0 || v < m->low ? v : m->low;
    m->high = m->count == 0 || v > m->high ? v : m->high;
    m->log_sum += log(v);
    m->count++;
}

double mean_value(const report_mean *m)
{
    return m->count ? exp(m->log_sum / m->count) : NAN;
}

void report_absent(report *r, const char *what, const char *how)
{
    html(r, "<p class=absent><strong>%s</strong> %s</p>\n", what, how);
}

/* ---- Figures ---- */

static const char *command_of(const report *r, const report_caption *c)
{
    return c->command ? c->command : result_context_value(&r->file, "command");
}

static void open_figure(report *r, const report_caption *c)
{
    r->figures++;
    html(r, "<figure id=\"%s\">\n<h3>%d. %s</h3>\n", c->name, r->figures, c->title);
}

static void close_figure(report *r, const report_caption *c, bool beside)
{
    const char *const command = command_of(r, c);

    html(r, "<figcaption><p>%s</p>\n<p class=made>", c->see);
    if (*command)
        html(r, "Data: <code>%s</code>. ", command);
    if (beside)
        html(r, "Beside this page: <a href=\"%s.svg\">%s.svg</a>, <a href=\"%s.png\">%s.png</a>.",
             c->name, c->name, c->name, c->name);
    html_raw(r, "</p></figcaption>\n</figure>\n");
}

/* An SVG that comes from a file becomes part of the page, so it may only draw. */
static const char *forbidden_in(const char *svg)
{
    static const char *const words[] = { "<script", "<foreignobject", "<!entity", "<iframe",
                                         "javascript:", "@import", "<animate", "<set" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasestr(svg, words[i]))
            return words[i];
    for (const char *c = svg; (c = strcasestr(c, "on")) != NULL; c += 2) {
        const size_t word = strspn(c, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        const size_t blanks = strspn(c + word, " \t\r\n");
        if (c > svg && strchr(" \t\r\n\"'/", c[-1]) && c[word + blanks] == '=')
            return "an event handler";
    }
    return NULL;
}

/* Puts the file's <svg> into the page, named for those who do not see it. False, with what is
 * wrong in complaint: there is none, or it would do more than draw. */
static bool put_svg(report *r, const char *path, const char *label, file_error *complaint)
{
    uint8_t *bytes;
    size_t size;

    if (file_read_whole(path, SVG_LIMIT, &bytes, &size, complaint) != STATUS_OK)
        return false;
    char *const text = malloc(size + 1);
    if (!text) {
        free(bytes);
        return report_fail(r, "%s: out of memory", path);
    }
    memcpy(text, bytes, size);
    text[size] = '\0';
    free(bytes);
    const char *const svg = strstr(text, "<svg"), *const wrong = forbidden_in(text);
    const char *const end = svg ? strstr(svg, "</svg>") : NULL;
    bool fine = false;

    if (wrong)
        file_refuse(complaint, STATUS_VALUE, "%s: left out: expected a drawing, found %s", path,
                    wrong);
    else if (!end || strlen(text) != size)
        file_refuse(complaint, STATUS_VALUE, "%s: left out: expected <svg> ... </svg>, found %s",
                    path, svg ? "no end" : "something else");
    else {
        html(r, "<div class=plot role=img aria-label=\"%s\">", label);
        fputs(svg, r->page);
        html_raw(r, "</div>\n");
        fine = true;
    }
    free(text);
    return fine;
}

static void put_cell(report *r, double value)
{
    html_raw(r, "<td>");
    if (isfinite(value))
        html(r, "%.4g", value);
}

/* Rows that have a name, or the columns' points one below the other. */
static void put_rows_table(report *r, const report_grid *g)
{
    html_raw(r, "<tr><th scope=col>");
    for (int c = 0; c < g->columns; c++)
        if (grid_has(g, c, g->rows))
            html(r, "<th scope=col>%s", g->column_name[c]);
    for (int i = 0; i < g->rows; i++) {
        html(r, "\n<tr><th scope=row>%s", g->row_name[i]);
        for (int c = 0; c < g->columns; c++)
            if (grid_has(g, c, g->rows))
                put_cell(r, g->value[c][i]);
    }
}

static void put_points_table(report *r, const report_grid *g, const plot_chart *chart)
{
    html(r, "<tr><th scope=col><th scope=col>%s<th scope=col>%s", chart->x_label, chart->y_label);
    for (int c = 0; c < g->columns; c++)
        for (int i = 0; i < g->points[c]; i++) {
            html(r, "\n<tr><th scope=row>%s %s", g->column_name[c], g->label[c][i]);
            put_cell(r, g->x[c][i]);
            put_cell(r, g->value[c][i]);
        }
}

/* The numbers behind a plot: folded below it, open where there is no plot. */
static void put_numbers(report *r, const report_grid *g, const plot_chart *chart, bool open)
{
    html(r, "<details%s><summary>The numbers: %s</summary>\n<div class=wide><table>",
         open ? " open" : "", chart->y_label);
    if (chart->categories)
        put_rows_table(r, g);
    else
        put_points_table(r, g, chart);
    html_raw(r, "\n</table></div></details>\n");
}

/* A caption whose name can be a file's: it is made of words from the results. */
static report_caption with_safe_name(const report_caption *caption, char name[NAME_BYTES])
{
    report_caption safe = *caption;

    snprintf(name, NAME_BYTES, "%s", caption->name);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_", *c))
            *c = '_';
    safe.name = name;
    return safe;
}

void report_figure(report *r, const report_caption *given, const report_grid *grid,
                   const plot_chart *chart)
{
    static const char *const endings[] = { "png", "svg" };
    char path[PATH_BYTES], name[NAME_BYTES];
    const report_caption safe = with_safe_name(given, name), *const caption = &safe;
    file_error complaint = { "" };

    if (r->failed)
        return;
    for (int e = 0; e < 2 && !r->no_plots; e++) {
        snprintf(path, sizeof path, "%s/%s.%s", r->options.out, caption->name, endings[e]);
        if (!plot_chart_draw(chart, path, &complaint)) {
            report_fail(r, "%s", complaint.text);
            return;
        }
    }
    open_figure(r, caption);
    if (!r->no_plots && !put_svg(r, path, caption->title, &complaint))
        report_fail(r, "%s", complaint.text);
    if (grid->full)
        html_raw(r, "<p class=absent>Not all of it fits into this figure; what is left out stands "
                    "under <a href=\"#all\">All results</a>.</p>\n");
    put_numbers(r, grid, chart, r->no_plots != NULL);
    close_figure(r, caption, !r->no_plots);
}

void report_foreign_svg(report *r, const report_caption *caption, const char *path)
{
    file_error complaint = { "" };

    if (r->failed)
        return;
    open_figure(r, caption);
    if (!put_svg(r, path, caption->title, &complaint))
        report_absent(r, "This picture is missing:", complaint.text);
    close_figure(r, caption, false);
}
