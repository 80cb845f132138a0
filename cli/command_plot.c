/* command_plot.c: `convlab plot DIR`: a training run's curve as text, its pictures drawn again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "nets/run_report.h"

enum { COLUMNS = 80, ROWS = 22, MOST_COLUMNS = 1000 };

/* The terminal's width where there is one. */
static int screen_columns(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *const columns = getenv("COLUMNS");
    const long wanted = columns ? strtol(columns, NULL, 10) : 0;
    return wanted > 0 && wanted <= MOST_COLUMNS ? (int)wanted : COLUMNS;
}

/* Whether the locale's character set has more than ASCII, by the rules for its three variables. */
static bool speaks_unicode(void)
{
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

    for (int i = 0; i < 3; i++) {
        const char *const value = getenv(names[i]);
        if (value && *value)
            return strstr(value, "UTF-8") || strstr(value, "utf8") || strstr(value, "UTF8");
    }
    return false;
}

/* In a terminal one curve says more than two that cross: the steps, or without them the epochs. */
static void print_curve(run_curve *c, int columns, bool unicode)
{
    const csv_table *const log = &c->log;
    const double *const cost = csv_column(log, "cost");
    plot_chart chart = c->chart;

    chart.series_count = chart.series_count > 1 ? 1 : chart.series_count;
    plot_chart_text(&chart, columns, ROWS, unicode, stdout);
    if (log->rows)
        printf("\ncost %.6g in epoch %d", cost[log->rows - 1], log->rows);
    if (log->rows > 1)
        printf(", %.6g in the first", cost[0]);
    if (log->rows)
        putchar('\n');
    if (c->steps.rows)
        printf("%sloss %.6g in step %.0f\n", log->rows ? "" : "\n",
               csv_column(&c->steps, "loss")[c->steps.rows - 1],
               csv_column(&c->steps, "step")[c->steps.rows - 1]);
}

static int plot_folder(const char *folder, bool svg, int columns, bool unicode)
{
    file_error error;
    run_curve curve;

    if (run_curve_read(folder, &curve, &error) != STATUS_OK)
        return cli_fail(&command_plot, CLI_INPUT, "%s", error.text);
    print_curve(&curve, columns, unicode);
    run_curve_free(&curve);
    if (!svg)
        return CLI_OK;
    const status s = run_report_draw(folder, NULL, &error);
    if (s != STATUS_OK)
        return cli_fail(&command_plot, s == STATUS_UNSUPPORTED ? CLI_UNAVAILABLE : CLI_INPUT, "%s",
                        error.text);
    return CLI_OK;
}

/* Any table: its first column is x, each other one a series. */
static int plot_file(const char *path, bool svg, int columns, bool unicode)
{
    plot_chart chart = { .kind = PLOT_LINES, .title = path };
    file_error error;
    csv_table t;

    if (svg)
        return cli_fail(&command_plot, CLI_USAGE, "--svg redraws the pictures of a run folder; %s "
                        "is a file", path);
    if (csv_read(path, false, &t, &error) != STATUS_OK)
        return cli_fail(&command_plot, CLI_INPUT, "%s", error.text);
    int code = CLI_OK;
    if (t.columns < 2 || t.columns > PLOT_MAX_SERIES + 1)
        code = cli_fail(&command_plot, CLI_INPUT, "%s:1: expected 2 to %d columns, x and what is "
                        "drawn over it, found %d", path, PLOT_MAX_SERIES + 1, t.columns);
    for (int i = 1; i < t.columns && code == CLI_OK; i++)
        chart.series[chart.series_count++] =
            (plot_series){ .name = t.name[i], .x = t.value, .count = t.rows,
                           .y = t.value + (ptrdiff_t)i * t.rows };
    chart.x_label = code == CLI_OK ? t.name[0] : NULL;
    chart.y_label = t.columns == 2 ? t.name[1] : NULL;
    if (code == CLI_OK)
        plot_chart_text(&chart, columns, ROWS, unicode, stdout);
    csv_free(&t);
    return code;
}

static int run(int argc, char **argv)
{
    bool svg = false, ascii = false;
    int columns = 0, count, code;
    const char *path;
    struct stat s;
    const cli_option options[] = {
        { "svg", CLI_FLAG, &svg, NULL, "also draw the run folder's pictures again", 0, 0 },
        { "columns", CLI_INT, &columns, "N", "width (default: the terminal's, or 80)", 20,
          MOST_COLUMNS },
        { "ascii", CLI_FLAG, &ascii, NULL, "no other characters (default: as the locale)", 0, 0 },
        { 0 },
    };

    if (!cli_parse(&command_plot, options, argc, argv, 1, 1, &path, &count, &code))
        return code;
    const bool unicode = !ascii && speaks_unicode();
    columns = columns ? columns : screen_columns();
    if (stat(path, &s) == 0 && !S_ISDIR(s.st_mode))
        return plot_file(path, svg, columns, unicode);
    return plot_folder(path, svg, columns, unicode);
}

const cli_command command_plot = {
    .name = "plot",
    .synopsis = "DIR|FILE.csv [--svg]",
    .summary = "a training run's curve as text; --svg draws its pictures again",
    .details = "DIR is a run folder ('convlab train --out DIR'), also of a run that is going on.\n"
               "FILE.csv is any table of numbers whose first line names the columns: the first\n"
               "is x, the others are drawn over it.",
    .run = run,
};
