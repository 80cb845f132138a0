/* run_pictures.c: draws a run folder's pictures from its files. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/safetensors.h"
#include "nets/net.h"
#include "nets/run_report.h"

enum {
    FILTERS = 64, LARGE_FILTERS = 16,           /* images of large ones take more bytes */
    LARGE_FILTER = 144,                         /* cells */
    FILTERS_ACROSS = 8,
    WORST_MOST = 64, WORST_ACROSS = 5,
    TITLE_BYTES = 96
};

static bool path_in(const char *folder, const char *file, char path[DATASET_PATH_BYTES])
{
    snprintf(path, DATASET_PATH_BYTES, "%s/%s", folder, file);
    return access(path, F_OK) == 0;
}

static status as_status(bool drawn)
{
    return drawn ? STATUS_OK : STATUS_IO;
}

static status draw_curves(const char *folder, file_error *error)
{
    char path[DATASET_PATH_BYTES];
    run_curve c;
    const status s = run_curve_read(folder, &c, error);

    if (s != STATUS_OK)
        return s;
    path_in(folder, "curves.svg", path);
    const bool drawn = plot_chart_draw(&c.chart, path, error);
    run_curve_free(&c);
    return as_status(drawn);
}

/* ---- confusion matrix ---- */

static status draw_matrix(const csv_table *t, const char *folder, file_error *error)
{
    char path[DATASET_PATH_BYTES];
    float value[EVALUATE_MAX_CLASSES * EVALUATE_MAX_CLASSES];
    double most = 1.0, all = 0.0, right = 0.0;
    char title[TITLE_BYTES];

    for (int label = 0; label < t->rows; label++)
        for (int answer = 0; answer < t->columns; answer++) {
            const double count = t->value[answer * t->rows + label];
            value[label * t->columns + answer] = (float)count;
            all += count;
            right += label == answer ? count : 0.0;
            most = label != answer ? fmax(most, count) : most;
        }
    snprintf(title, sizeof title, "%.0f of %.0f test images named rightly (%.2f %%)", right, all,
             all > 0.0 ? 100.0 * right / all : 0.0);
    path_in(folder, "confusion.svg", path);
    return as_status(plot_maps_draw(&(plot_map){
        .title = title, .value = value, .rows = t->rows, .columns = t->columns, .numbers = true,
        .low = 1.25 * most, .high = 0.0,        /* mistakes have all the shades */
        .row_names = (const char *const *)t->row_name, .column_names = (const char *const *)t->name,
        .x_label = "the network's answer", .y_label = "label" }, 1, 1, path, error));
}

static status draw_confusion(const char *folder, file_error *error)
{
    char path[DATASET_PATH_BYTES];
    csv_table t;

    if (!path_in(folder, "confusion.csv", path))
        return STATUS_OK;
    status s = csv_read(path, true, &t, error);
    if (s != STATUS_OK)
        return s;
    if (t.rows != t.columns || t.rows > EVALUATE_MAX_CLASSES)
        s = file_refuse(error, STATUS_IO, "%s: expected as many rows as columns, %d at most, found "
                        "%d and %d", path, EVALUATE_MAX_CLASSES, t.rows, t.columns);
    else
        s = draw_matrix(&t, folder, error);
    csv_free(&t);
    return s;
}

/* ---- first layer ---- */

/* The first layer with weights, and the shape of one of its filters as an image. */
static const safetensors_tensor *first_weights(const safetensors_file *file, int *rows,
                                               int *columns)
{
    const char *const name = safetensors_metadata(file, "network");
    const network *const net = name ? network_find(name) : NULL;
    char tensor[TITLE_BYTES];

    for (int i = 0; net && i < net->layer_count; i++) {
        const net_layer *const layer = &net->layers[i];
        if (layer->kind != LAYER_CONV2D && layer->kind != LAYER_LINEAR)
            continue;
        snprintf(tensor, sizeof tensor, "%s.weight", layer->name);
        const safetensors_tensor *const t = safetensors_find(file, tensor);
        if (!t || t->type != SAFETENSORS_F32)
            return NULL;
        *rows = layer->kind == LAYER_CONV2D ? layer->kernel : net->input.h;
        *columns = layer->kind == LAYER_CONV2D ? layer->kernel : net->input.w;
        const int64_t cells = (int64_t)*rows * *columns;
        const bool some = t->rank > 0 && t->shape[0] > 0;
        return some && safetensors_count(t) / t->shape[0] >= cells ? t : NULL;
    }
    return NULL;
}

static status draw_weights(const safetensors_tensor *t, int rows, int columns, const char *folder,
                           file_error *error)
{
    char path[DATASET_PATH_BYTES], title[FILTERS][TITLE_BYTES];
    plot_map maps[FILTERS];
    const int most = rows * columns > LARGE_FILTER ? LARGE_FILTERS : FILTERS;
    const int count = t->shape[0] < most ? (int)t->shape[0] : most;
    const ptrdiff_t each = safetensors_count(t) / (ptrdiff_t)t->shape[0];
    const float *const w = t->data;
    double largest = 0.0;

    for (int i = 0; i < count; i++)
        for (int j = 0; j < rows * columns; j++)
            largest = fmax(largest, fabs((double)w[i * each + j]));
    for (int i = 0; i < count; i++) {
        snprintf(title[i], TITLE_BYTES, "%d", i);
        maps[i] = (plot_map){ .title = title[i], .value = w + i * each, .rows = rows,
                              .columns = columns, .low = -largest, .high = largest,
                              .diverging = true };
    }
    path_in(folder, "filters.svg", path);
    return as_status(plot_maps_draw(maps, count, FILTERS_ACROSS, path, error));
}

static status draw_filters(const char *folder, file_error *error)
{
    char path[DATASET_PATH_BYTES];
    safetensors_file file;
    int rows, columns;

    if (!path_in(folder, "model.safetensors", path))
        return STATUS_OK;
    status s = safetensors_read(path, &file, error);
    if (s != STATUS_OK)
        return s;
    const safetensors_tensor *const t = first_weights(&file, &rows, &columns);
    if (t)
        s = draw_weights(t, rows, columns, folder, error);
    safetensors_free(&file);
    return s;
}

/* ---- worst answers ---- */

/* One row of worst.csv as an image with its caption. Returns false if the set has no such image. */
static bool caption(const csv_table *t, int row, const dataset *test, plot_map *map,
                    char title[TITLE_BYTES], float *pixels)
{
    const double image = csv_column(t, "image")[row], label = csv_column(t, "label")[row];
    const double answer = csv_column(t, "answer")[row];
    const ptrdiff_t size = (ptrdiff_t)test->h * test->w;

    if (!(image >= 0.0 && image < test->count && label >= 0.0 && label < test->classes &&
          answer >= 0.0 && answer < test->classes) || test->labels[(int)image] != (int)label)
        return false;
    for (ptrdiff_t i = 0; i < size; i++)
        pixels[i] = test->pixels[(int)image * test->c * size + i];
    snprintf(title, TITLE_BYTES, "says %s (%.1f %%)\nis %s", dataset_class_name(test->name,
             (int)answer), 100.0 * csv_column(t, "probability")[row],
             dataset_class_name(test->name, (int)label));
    *map = (plot_map){ .title = title, .value = pixels, .rows = test->h, .columns = test->w,
                       .low = 0.0, .high = 255.0 };
    return true;
}

static status draw_images(const csv_table *t, const dataset *test, const char *from,
                          const char *folder, file_error *error)
{
    char path[DATASET_PATH_BYTES], title[WORST_MOST][TITLE_BYTES];
    plot_map maps[WORST_MOST];
    const int count = t->rows < WORST_MOST ? t->rows : WORST_MOST;
    const size_t size = (size_t)test->h * (size_t)test->w;
    float *const pixels = calloc((size_t)count * size + 1, sizeof *pixels);
    status s = pixels ? STATUS_OK : file_refuse(error, STATUS_MEMORY, "%s: out of memory", from);

    for (int i = 0; i < count && s == STATUS_OK; i++)
        if (!caption(t, i, test, &maps[i], title[i], pixels + (size_t)i * size))
            s = file_refuse(error, STATUS_IO, "%s:%d: %s has no such image with such a label", from,
                            i + 2, test->name);
    path_in(folder, "worst.svg", path);
    if (s == STATUS_OK)
        s = as_status(plot_maps_draw(maps, count, WORST_ACROSS, path, error));
    free(pixels);
    return s;
}

/* The test images that the model was trained for. Returns false if they are not on this machine. */
static bool load_test(const char *folder, dataset *test)
{
    char path[DATASET_PATH_BYTES];
    safetensors_file file;
    file_error ignored;

    path_in(folder, "model.safetensors", path);
    if (safetensors_read(path, &file, &ignored) != STATUS_OK)
        return false;
    const char *const data = safetensors_metadata(&file, "data");
    const bool loaded = data && dataset_load(data, SPLIT_TEST, test, &ignored) == STATUS_OK;
    safetensors_free(&file);
    return loaded;
}

static status draw_worst(const char *folder, const dataset *test, file_error *error)
{
    static const char *const names[] = { "image", "label", "answer", "probability" };
    char path[DATASET_PATH_BYTES];
    dataset own = { .count = 0 };
    csv_table t;

    if (!path_in(folder, "worst.csv", path))
        return STATUS_OK;
    status s = csv_read(path, false, &t, error);
    if (s != STATUS_OK)
        return s;
    for (int i = 0; i < 4 && s == STATUS_OK; i++)
        if (!csv_column(&t, names[i]))
            s = file_refuse(error, STATUS_IO, "%s:1: expected a column '%s', found none", path,
                            names[i]);
    if (s == STATUS_OK && (test || load_test(folder, &own)))
        s = draw_images(&t, test ? test : &own, path, folder, error);
    dataset_free(&own);
    csv_free(&t);
    return s;
}

status run_report_draw(const char *folder, const dataset *test, file_error *error)
{
    if (plot_missing())
        return file_refuse(error, STATUS_UNSUPPORTED, "%s", plot_missing());
    status s = draw_curves(folder, error);
    if (s == STATUS_OK)
        s = draw_confusion(folder, error);
    if (s == STATUS_OK)
        s = draw_filters(folder, error);
    return s == STATUS_OK ? draw_worst(folder, test, error) : s;
}
