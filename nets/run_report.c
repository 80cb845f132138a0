/* run_report.c: what a training run leaves behind to look at.
 *
 * Idea:  numbers first, in files; pictures from these files alone. So a picture can be drawn again
 *        later or elsewhere, and a resumed run shows the same as one that was never stopped. */
#include "nets/run_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/safetensors.h"
#include "data/whole_file.h"

enum {
    CELL_BYTES = 32,
    WORST_IMAGES = 20, WORST_LINE_BYTES = 96,
    LOG_SCALE_FROM = 20                         /* ratio of losses from which the axis is log */
};

static void path_in(const char *folder, const char *file, char path[DATASET_PATH_BYTES])
{
    snprintf(path, DATASET_PATH_BYTES, "%s/%s", folder, file);
}

static bool is_there(const char *folder, const char *file)
{
    char path[DATASET_PATH_BYTES];

    path_in(folder, file, path);
    return access(path, F_OK) == 0;
}

/* ---- the curve ---- */

/* "cnn-basic on mnist", as the model says, or nothing. */
static void read_title(const char *folder, char title[RUN_TITLE_BYTES])
{
    char path[DATASET_PATH_BYTES];
    safetensors_file file;
    file_error ignored;

    path_in(folder, "model.safetensors", path);
    title[0] = '\0';
    if (safetensors_read(path, &file, &ignored) != STATUS_OK)
        return;
    const char *const net = safetensors_metadata(&file, "network");
    const char *const set = safetensors_metadata(&file, "data_set");
    if (net && set)                             /* "mnist, 60000 images, ..." */
        snprintf(title, RUN_TITLE_BYTES, "%s on %.*s", net, (int)strcspn(set, ","), set);
    safetensors_free(&file);
}

/* Means over so many steps that the points can be told apart. */
static int bin_steps(run_curve *c, const double *epoch, const double *loss)
{
    const int rows = c->steps.rows;
    const int width = (rows + RUN_CURVE_POINTS - 1) / RUN_CURVE_POINTS;
    int points = 0;

    for (int i = 0; i < rows; i += width) {
        const int end = i + width < rows ? i + width : rows;
        double x = 0.0, y = 0.0;
        for (int j = i; j < end; j++) {
            x += epoch[j];
            y += loss[j];
        }
        c->step_x[points] = x / (end - i);
        c->step_y[points++] = y / (end - i);
    }
    if (width > 1)
        snprintf(c->step_name, sizeof c->step_name, "mean of %d steps", width);
    else
        snprintf(c->step_name, sizeof c->step_name, "each step");
    return points;
}

static status need_columns(const csv_table *t, const char *path, const char *const *names,
                           int count, file_error *error)
{
    for (int i = 0; i < count; i++)
        if (!csv_column(t, names[i]))
            return file_refuse(error, STATUS_IO, "%s:1: expected a column '%s', found none", path,
                               names[i]);
    return STATUS_OK;
}

static status read_steps(const char *folder, run_curve *c, file_error *error)
{
    static const char *const names[] = { "step", "epoch", "loss" };
    char path[DATASET_PATH_BYTES];

    if (!is_there(folder, "steps.csv"))
        return STATUS_OK;
    path_in(folder, "steps.csv", path);
    status s = csv_read(path, false, &c->steps, error);
    if (s == STATUS_OK)
        s = need_columns(&c->steps, path, names, 3, error);
    if (s != STATUS_OK || c->steps.rows == 0)
        return s;
    const int points = bin_steps(c, csv_column(&c->steps, "epoch"), csv_column(&c->steps, "loss"));
    c->chart.series[c->chart.series_count++] =
        (plot_series){ .name = c->step_name, .x = c->step_x, .y = c->step_y, .count = points };
    return STATUS_OK;
}

/* The cost of an epoch is the mean over its steps and stands in its middle. */
static status read_epochs(const char *folder, run_curve *c, file_error *error)
{
    static const char *const names[] = { "epoch", "cost" };
    char path[DATASET_PATH_BYTES];

    path_in(folder, "log.csv", path);
    status s = csv_read(path, false, &c->log, error);
    if (s == STATUS_OK)
        s = need_columns(&c->log, path, names, 2, error);
    if (s != STATUS_OK)
        return s;
    const double *const epoch = csv_column(&c->log, "epoch");
    c->epoch_x = calloc((size_t)c->log.rows + 1, sizeof *c->epoch_x);
    if (!c->epoch_x)
        return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    for (int i = 0; i < c->log.rows; i++)
        c->epoch_x[i] = epoch[i] - 0.5;
    if (c->log.rows > 0)
        c->chart.series[c->chart.series_count++] =
            (plot_series){ .name = "epoch's mean", .x = c->epoch_x,
                           .y = csv_column(&c->log, "cost"), .count = c->log.rows };
    return STATUS_OK;
}

static void choose_scale(run_curve *c)
{
    double low = INFINITY, high = 0.0;

    for (int s = 0; s < c->chart.series_count; s++)
        for (int i = 0; i < c->chart.series[s].count; i++) {
            const double y = c->chart.series[s].y[i];
            low = y > 0.0 && y < low ? y : low;
            high = isfinite(y) && y > high ? y : high;
        }
    c->chart.y_log = high > LOG_SCALE_FROM * low;
}

status run_curve_read(const char *folder, run_curve *c, file_error *error)
{
    memset(c, 0, sizeof *c);
    if (strlen(folder) + CELL_BYTES > DATASET_PATH_BYTES)
        return file_refuse(error, STATUS_IO, "the run folder's path is too long");
    if (!is_there(folder, "log.csv"))
        return file_refuse(error, STATUS_IO, "%s: not a run folder: it holds no log.csv (a run "
                           "folder is what 'convlab train --out DIR' makes)", folder);
    c->chart = (plot_chart){ .kind = PLOT_LINES, .x_label = "epoch",
                             .y_label = "loss: mean cross-entropy [nat]" };
    status s = read_steps(folder, c, error);
    if (s == STATUS_OK)
        s = read_epochs(folder, c, error);
    if (s != STATUS_OK) {
        run_curve_free(c);
        return s;
    }
    read_title(folder, c->title);
    c->chart.title = *c->title ? c->title : NULL;
    choose_scale(c);
    return STATUS_OK;
}

void run_curve_free(run_curve *c)
{
    csv_free(&c->log);
    csv_free(&c->steps);
    free(c->epoch_x);
    c->epoch_x = NULL;
}

/* ---- results on the test images ---- */

status run_report_confusion(const evaluation *e, const char *set_name, const char *path,
                            file_error *error)
{
    char text[(EVALUATE_MAX_CLASSES + 1) * (EVALUATE_MAX_CLASSES + 1) * CELL_BYTES];
    int used = snprintf(text, sizeof text, "class");

    for (int answer = 0; answer < e->classes; answer++)
        used += snprintf(text + used, sizeof text - (size_t)used, ",%s",
                         dataset_class_name(set_name, answer));
    for (int label = 0; label < e->classes; label++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "\n%s",
                         dataset_class_name(set_name, label));
        for (int answer = 0; answer < e->classes; answer++)
            used += snprintf(text + used, sizeof text - (size_t)used, ",%d",
                             e->confusion[label][answer]);
    }
    used += snprintf(text + used, sizeof text - (size_t)used, "\n");
    return file_replace(path, 1, &(file_part){ text, (size_t)used }, error);
}

typedef struct {
    int image, label, answer;
    double probability;         /* that the network gave to its answer */
} mistake;

/* What evaluate() takes for the answer, and softmax of it. */
static mistake judge(const dataset *test, const float *logits, int image)
{
    const float *const x = logits + (ptrdiff_t)image * test->classes;
    mistake m = { .image = image, .label = test->labels[image], .answer = 0 };
    double sum = 0.0;

    m.answer = evaluate_answer(x, test->classes);
    for (int i = 0; i < test->classes; i++)
        sum += exp((double)x[i] - (double)x[m.answer]);
    m.probability = 1.0 / sum;
    return m;
}

/* Keeps worst[] sorted, the most confident first, of equal ones the earlier image. */
static int insert(mistake worst[WORST_IMAGES], int count, mistake m)
{
    int at = count;

    while (at > 0 && m.probability > worst[at - 1].probability)
        at--;
    if (at == WORST_IMAGES)
        return count;
    const int end = count < WORST_IMAGES ? count : WORST_IMAGES - 1;
    memmove(&worst[at + 1], &worst[at], (size_t)(end - at) * sizeof *worst);
    worst[at] = m;
    return end + 1;
}

static status write_worst(const char *path, const dataset *test, int judged, const float *logits,
                          file_error *error)
{
    char text[(WORST_IMAGES + 1) * WORST_LINE_BYTES];
    mistake worst[WORST_IMAGES];
    int count = 0;

    for (int i = 0; i < judged; i++) {
        const mistake m = judge(test, logits, i);
        if (m.answer != m.label && !isnan(m.probability))
            count = insert(worst, count, m);
    }
    int used = snprintf(text, sizeof text, "image,label,answer,probability\n");
    for (int i = 0; i < count; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%d,%d,%d,%.6f\n",
                         worst[i].image, worst[i].label, worst[i].answer, worst[i].probability);
    return file_replace(path, 1, &(file_part){ text, (size_t)used }, error);
}

status run_report_results(const char *folder, const dataset *test, const evaluation *e,
                          const float *logits, file_error *error)
{
    char path[DATASET_PATH_BYTES];

    path_in(folder, "confusion.csv", path);
    const status s = run_report_confusion(e, test->name, path, error);
    path_in(folder, "worst.csv", path);
    return s == STATUS_OK ? write_worst(path, test, e->count, logits, error) : s;
}

void run_report_forget(const char *folder)
{
    static const char *const files[] = { "confusion.csv", "confusion.svg", "worst.csv",
                                         "worst.svg" };
    char path[DATASET_PATH_BYTES];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        path_in(folder, files[i], path);
        unlink(path);
    }
}
