/* report_run.c: a training run: the pictures that it left, and what its numbers say. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/report_parts.h"
#include "data/whole_file.h"
#include "plot/plot_csv.h"

enum { PATH_BYTES = 4096, SEE_BYTES = 1024, COMMAND_LIMIT = 1 << 20, COMMAND_BYTES = 1024 };

typedef enum { TABLE_READ, TABLE_ABSENT, TABLE_BROKEN } table_state;

/* Reads a table of the run. TABLE_BROKEN has been said in r. */
static table_state read_table(report *r, const char *name, bool named_rows, csv_table *t)
{
    char path[PATH_BYTES];
    file_error complaint;

    snprintf(path, sizeof path, "%s/%s", r->options.train, name);
    if (access(path, F_OK) != 0)
        return TABLE_ABSENT;
    if (csv_read(path, named_rows, t, &complaint) == STATUS_OK)
        return TABLE_READ;
    report_fail(r, "%s", complaint.text);
    return TABLE_BROKEN;
}

/* A column that must be there; NULL has been said in r. */
static const double *need(report *r, const csv_table *t, const char *file, const char *column)
{
    const double *const values = csv_column(t, column);

    if (!values)
        report_fail(r, "%s/%s: expected a column '%s', found none", r->options.train, file, column);
    return values;
}

/* ---- What the tables say ---- */

static void describe_epochs(report *r, char see[SEE_BYTES])
{
    csv_table t;
    const table_state state = read_table(r, "log.csv", false, &t);
    int best = 0;
    double seconds = 0;

    if (state == TABLE_ABSENT)
        report_fail(r, "%s: not a run folder: it holds no log.csv (convlab train --out leaves one)",
                    r->options.train);
    if (state != TABLE_READ)
        return;
    const double *const cost = need(r, &t, "log.csv", "cost");
    const double *const time = need(r, &t, "log.csv", "seconds");
    const double *const rate = need(r, &t, "log.csv", "images_per_second");
    if (cost && time && rate && t.rows == 1)
        snprintf(see, SEE_BYTES, "The cost of its only epoch is %.4g. %s in all, %.0f images per "
                                 "second.", cost[0], report_time(time[0]), rate[0]);
    else if (cost && time && rate && t.rows > 1) {
        const int last = t.rows - 1;
        for (int i = 0; i < t.rows; i++) {
            best = cost[i] < cost[best] ? i : best;
            seconds += time[i];
        }
        snprintf(see, SEE_BYTES,
                 "The cost falls from %.4g in the first epoch to %.4g in number %d; the lowest is "
                 "%.4g in number %d%s. %s in all, %.0f images per second at the end.",
                 cost[0], cost[last], last + 1, cost[best], best + 1,
                 best < last ? ", and it has risen since" : "", report_time(seconds), rate[last]);
    } else
        snprintf(see, SEE_BYTES, "The run ended within its first epoch.");
    csv_free(&t);
}

static void describe_matrix(const csv_table *t, char see[SEE_BYTES])
{
    double right = 0, all = 0, most = 0, hardest_share = INFINITY;
    int label = 0, answer = 0, hardest = 0;

    for (int i = 0; i < t->rows; i++) {
        const double here = t->value[i * t->rows + i];
        double row = 0;
        for (int j = 0; j < t->columns; j++) {
            const double v = t->value[j * t->rows + i];
            row += v;
            if (i != j && v > most)
                most = v, label = i, answer = j;
        }
        right += here;
        all += row;
        if (row > 0 && here / row < hardest_share)
            hardest = i, hardest_share = here / row;
    }
    const size_t used = (size_t)snprintf(
        see, SEE_BYTES, "%.0f of %.0f test images are answered right (%.2f %%). ", right, all,
        all > 0 ? 100 * right / all : 0.0);
    if (most > 0)
        snprintf(see + used, SEE_BYTES - used,
                 "The commonest mistake is %.60s taken for %.60s (%.0f times); the hardest class "
                 "is %.60s, with %.2f %% right.",
                 t->row_name[label], t->name[answer], most, t->row_name[hardest],
                 100 * hardest_share);
}

static void describe_answers(report *r, char see[SEE_BYTES])
{
    csv_table t;

    snprintf(see, SEE_BYTES, "The run left no confusion.csv: it was stopped before its end.");
    if (read_table(r, "confusion.csv", true, &t) != TABLE_READ)
        return;
    if (t.rows == t.columns && t.rows > 0)
        describe_matrix(&t, see);
    else
        report_fail(r, "%s/confusion.csv: expected as many rows as columns, found %d and %d",
                    r->options.train, t.rows, t.columns);
    csv_free(&t);
}

static void describe_mistakes(report *r, char see[SEE_BYTES])
{
    csv_table t;

    snprintf(see, SEE_BYTES, "The run left no worst.csv: it was stopped before its end.");
    if (read_table(r, "worst.csv", false, &t) != TABLE_READ)
        return;
    const double *const sure = need(r, &t, "worst.csv", "probability");
    if (sure && t.rows > 0)
        snprintf(see, SEE_BYTES,
                 "The %d test images of whose wrong answer the network was surest: from %.1f %% "
                 "down to %.1f %%. Where a person would not hesitate, training has failed; where "
                 "one would, the image is drawn or labelled badly.",
                 t.rows, 100 * sure[0], 100 * sure[t.rows - 1]);
    else
        snprintf(see, SEE_BYTES, "There is no wrong answer.");
    csv_free(&t);
}

/* ---- The part ---- */

/* The command lines of the run, one after the other. */
static void read_command(const report *r, char command[COMMAND_BYTES])
{
    char path[PATH_BYTES];
    uint8_t *bytes;
    size_t size, used = 0;
    file_error complaint;

    command[0] = '\0';
    snprintf(path, sizeof path, "%s/command.txt", r->options.train);
    if (file_read_whole(path, COMMAND_LIMIT, &bytes, &size, &complaint) != STATUS_OK)
        return;
    while (size > 0 && bytes[size - 1] == '\n')
        size--;
    for (size_t i = 0; i < size && used + 3 < COMMAND_BYTES; i++) {
        if (bytes[i] == '\n')
            command[used++] = ';';
        command[used++] = bytes[i] == '\n' ? ' ' : (char)bytes[i];
    }
    command[used] = '\0';
    free(bytes);
}

static void picture(report *r, const char *name, const char *title, const char *see,
                    const char *command)
{
    char path[PATH_BYTES], id[64];

    snprintf(path, sizeof path, "%s/%s.svg", r->options.train, name);
    snprintf(id, sizeof id, "run-%s", name);
    report_foreign_svg(r, &(report_caption){ id, title, see, command }, path);
}

void report_run(report *r)
{
    char see[SEE_BYTES] = "", command[COMMAND_BYTES];

    if (!r->options.train) {
        report_absent(r, "There is none:", "make train leaves one in runs/; --train runs/NAME "
                                           "shows its curves, answers, filters and worst "
                                           "mistakes.");
        return;
    }
    if (r->failed)
        return;
    read_command(r, command);
    describe_epochs(r, see);
    picture(r, "curves", "Training curves", see, command);
    describe_answers(r, see);
    picture(r, "confusion", "Right and wrong answers", see, command);
    picture(r, "filters", "What the first layer looks for",
            "Weights of the first layer: the two colours are positive and negative. Filters that "
            "have learnt show edges and spots in some direction; ones that look like noise have "
            "not.", command);
    describe_mistakes(r, see);
    picture(r, "worst", "The worst mistakes", see, command);
}
