/* train.c: the training loop: epochs, batches, the run folder, stopping and going on. */
#include "nets/train.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "data/whole_file.h"
#include "kernels/core/cpu.h"
#include "nets/evaluate.h"
#include "nets/resident.h"
#include "nets/step.h"

enum {
    LOG_LINE_BYTES = 128,
    COMMAND_BYTES_LIMIT = 1 << 20
};

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- what a checkpoint says about its run ---- */

typedef enum { SETTING_FREE, SETTING_BITS, SETTING_FIXED } setting_kind;

/* FIXED must be the same on resumption; where BITS differs, results may differ in the last bits. */
static const struct {
    const char *key;
    setting_kind kind;
} setting_rows[TRAIN_SETTINGS] = {
    { "data_set", SETTING_FIXED }, { "batch", SETTING_FIXED }, { "lr", SETTING_FIXED },
    { "seed", SETTING_FIXED }, { "dropout", SETTING_FIXED }, { "variant", SETTING_BITS },
    { "isa", SETTING_BITS }, { "data", SETTING_FREE }, { "epoch", SETTING_FREE },
    { "position", SETTING_FREE },
};

static void set_setting(trainer *t, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void set_setting(trainer *t, const char *key, const char *format, ...)
{
    int row = 0;
    va_list arguments;

    while (strcmp(setting_rows[row].key, key) != 0)
        row++;
    va_start(arguments, format);
    vsnprintf(t->setting_values[row], sizeof t->setting_values[row], format, arguments);
    va_end(arguments);
    t->settings[row] = (safetensors_string){ key, t->setting_values[row] };
}

/* Names the data set by its content too, since any folder may be called mnist. */
static void set_settings(trainer *t)
{
    const train_options *const o = &t->options;
    const dataset *const set = t->set;
    const size_t image = (size_t)set->c * (size_t)set->h * (size_t)set->w;
    uLong crc = crc32_z(0, set->pixels, (size_t)set->count * image);
    crc = crc32_z(crc, set->labels, (size_t)set->count);

    set_setting(t, "data_set", "%s, %d images, crc32 %08lx", set->name, set->count, crc);
    set_setting(t, "batch", "%d", o->batch);
    set_setting(t, "lr", "%.17g", o->lr);
    set_setting(t, "seed", "%" PRIu64, o->seed);
    if (o->dropout < 0.0)
        set_setting(t, "dropout", "the network's own");
    else
        set_setting(t, "dropout", "%.17g", o->dropout);
    set_setting(t, "variant", "%s", o->variant);
    set_setting(t, "isa", "%s", isa_name(cpu_isa()));
    set_setting(t, "data", "%s", o->data ? o->data : set->name);
}

static status compare_settings(trainer *t, const safetensors_file *file, const char *path,
                               file_error *error)
{
    const char *const net = safetensors_metadata(file, "network");

    if (!net || strcmp(net, t->options.net->name) != 0)
        return file_refuse(error, STATUS_IO, "%s: the checkpoint is of network %s, not of %s", path,
                           net ? net : "(not named)", t->options.net->name);
    for (int i = 0; i < TRAIN_SETTINGS; i++) {
        const char *const found = safetensors_metadata(file, setting_rows[i].key);
        const bool same = found && strcmp(found, t->setting_values[i]) == 0;
        if (setting_rows[i].kind == SETTING_FIXED && !same)
            return file_refuse(error, STATUS_IO, "%s: the checkpoint's %s is '%s', here it is '%s'",
                               path, setting_rows[i].key, found ? found : "(missing)",
                               t->setting_values[i]);
        if (setting_rows[i].kind == SETTING_BITS && !same)
            t->bits_may_differ = true;
    }
    return STATUS_OK;
}

/* ---- the run folder ---- */

static void out_path(const trainer *t, const char *file, char path[DATASET_PATH_BYTES])
{
    snprintf(path, DATASET_PATH_BYTES, "%s/%s", t->options.out, file);
}

static status save_log(const trainer *t, file_error *error)
{
    char path[DATASET_PATH_BYTES];
    const size_t room = (size_t)(t->state.history_count + 1) * LOG_LINE_BYTES;
    char *const text = malloc(room);

    out_path(t, "log.csv", path);
    if (!text)
        return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    int used = snprintf(text, room, "epoch,cost,seconds,images_per_second\n");
    for (int i = 0; i < t->state.history_count; i++) {
        const epoch_record *const e = &t->state.history[i];
        used += snprintf(text + used, room - (size_t)used, "%d,%.9g,%.3f,%.1f\n", i + 1, e->cost,
                         e->seconds, e->images_per_second);
    }
    const status s = file_replace(path, 1, &(file_part){ text, (size_t)used }, error);
    free(text);
    return s;
}

/* Brings home what training has left on the device. */
static status bring_home(trainer *t)
{
    float loss;

    if (!t->plan.device)
        return STATUS_OK;
    const status s = resident_read(&t->plan, &loss, &t->state.cost);
    return s == STATUS_OK ? resident_fetch(&t->plan) : s;
}

status trainer_save(trainer *t, file_error *error)
{
    char path[DATASET_PATH_BYTES];

    if (!t->options.out)
        return STATUS_OK;
    if (bring_home(t) != STATUS_OK)
        return file_refuse(error, STATUS_DEVICE, "the device does not give the weights back");
    set_setting(t, "epoch", "%d", trainer_epoch(t));
    set_setting(t, "position", "%d", trainer_epoch_step(t) * t->options.batch);
    out_path(t, "checkpoint.safetensors", path);
    status s = checkpoint_write(path, &t->plan, &t->state, TRAIN_SETTINGS, t->settings, error);
    if (s == STATUS_OK) {
        out_path(t, "model.safetensors", path);
        s = checkpoint_write_model(path, &t->plan, TRAIN_SETTINGS, t->settings, error);
    }
    return s == STATUS_OK ? save_log(t, error) : s;
}

/* A new run must not overwrite an old one. */
static status refuse_old_run(const trainer *t, file_error *error)
{
    static const char *const files[] = { "checkpoint.safetensors", "model.safetensors",
                                         "command.txt", "log.csv" };
    char path[DATASET_PATH_BYTES];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        out_path(t, files[i], path);
        if (access(path, F_OK) == 0)
            return file_refuse(error, STATUS_IO, "%s holds a run already (%s): resume it, or give "
                               "another folder", t->options.out, files[i]);
    }
    return STATUS_OK;
}

static status save_command(const trainer *t, file_error *error)
{
    char path[DATASET_PATH_BYTES];
    uint8_t *old = NULL;
    size_t old_size = 0;
    status s = STATUS_OK;

    if (!t->options.command)
        return STATUS_OK;
    out_path(t, "command.txt", path);
    if (access(path, F_OK) == 0)
        s = file_read_whole(path, COMMAND_BYTES_LIMIT, &old, &old_size, error);
    if (s == STATUS_OK)
        s = file_replace(path, 3, (file_part[]){ { old, old_size },
                                                 { t->options.command, strlen(t->options.command) },
                                                 { "\n", 1 } }, error);
    free(old);
    return s;
}

/* Makes a folder and those above it that are missing. Returns false with errno set. */
static bool make_folders(const char *path)
{
    char prefix[DATASET_PATH_BYTES];

    errno = ENOENT;
    if (!*path)
        return false;
    for (size_t end = 1; end <= strlen(path); end++)
        if (path[end] == '/' || path[end] == '\0') {
            snprintf(prefix, sizeof prefix, "%.*s", (int)end, path);
            if (mkdir(prefix, 0777) != 0 && errno != EEXIST)
                return false;
        }
    return true;
}

static status prepare_folder(const trainer *t, file_error *error)
{
    if (!t->options.out)
        return STATUS_OK;
    if (strlen(t->options.out) + 32 > DATASET_PATH_BYTES)
        return file_refuse(error, STATUS_IO, "the run folder's path is too long");
    if (t->options.resume)
        return STATUS_OK;
    if (!make_folders(t->options.out))
        return file_refuse(error, STATUS_IO, "%s: cannot create the run folder: %s",
                           t->options.out, strerror(errno));
    return refuse_old_run(t, error);
}

static status restore(trainer *t, file_error *error)
{
    char path[DATASET_PATH_BYTES];
    safetensors_file file;

    if (!t->options.out)
        return file_refuse(error, STATUS_IO, "to resume a run its folder must be given");
    out_path(t, "checkpoint.safetensors", path);
    status s = safetensors_read(path, &file, error);
    if (s != STATUS_OK)
        return s;
    s = compare_settings(t, &file, path, error);
    if (s == STATUS_OK)
        s = checkpoint_restore(&file, path, &t->plan, &t->state, error);
    safetensors_free(&file);
    if (s == STATUS_OK &&
        (t->plan.step / t->epoch_steps != t->state.history_count ||
         loader_restore(&t->loader, t->state.order,
                        trainer_epoch_step(t) * t->options.batch) != STATUS_OK))
        s = file_refuse(error, STATUS_IO, "%s: training.step, training.order and training.history "
                        "do not fit together", path);
    return s;
}

/* ---- beginning and end ---- */

train_options train_options_default(const network *net)
{
    return (train_options){ .net = net, .data = net->data, .batch = net->batch,
                            .epochs = net->epochs, .lr = net->lr, .seed = 777, .dropout = -1.0,
                            .variant = "openmp" };
}

static status check_options(const train_options *o, const dataset *set, file_error *error)
{
    if (!evaluate_fits(o->net, set))
        return file_refuse(error, STATUS_SHAPE, "network %s (images %dx%dx%d) cannot be trained on "
                           "%s (%d classes, images %dx%dx%d)", o->net->name, o->net->input.c,
                           o->net->input.h, o->net->input.w, set->name, set->classes, set->c,
                           set->h, set->w);
    if (o->batch < 1 || o->batch > set->count)
        return file_refuse(error, STATUS_SHAPE, "a batch of %d: expected 1 to %d, the images in %s",
                           o->batch, set->count, set->name);
    if (o->epochs < 0 || o->max_steps < 0 || !(o->lr >= 0.0) || !(o->dropout <= 1.0))
        return file_refuse(error, STATUS_VALUE, "epochs %d, steps %lld, rate %g or dropout %g is "
                           "out of range", o->epochs, (long long)o->max_steps, o->lr, o->dropout);
    return STATUS_OK;
}

static status make_plan(trainer *t, file_error *error)
{
    plan_options po = plan_options_default(t->options.net, t->options.batch);

    po.variant = t->options.variant;
    po.dropout = t->options.dropout;
    const status s = plan_init(&t->plan, t->options.net, &po);
    return s == STATUS_OK ? s : file_refuse(error, s, "network %s, batch %d, variant %s: %s",
                                            t->options.net->name, t->options.batch,
                                            t->options.variant, status_string(s));
}

static status make_state(trainer *t, file_error *error)
{
    const loader_options lo = { .batch = t->options.batch, .shuffle = true,
                                .size = t->options.net->input.h };

    const status s = loader_init(&t->loader, t->set, &lo);
    if (s != STATUS_OK)
        return file_refuse(error, s, "%s: %s", t->set->name, status_string(s));
    t->epoch_steps = loader_steps(&t->loader);
    t->state.order = t->loader.order;
    t->state.order_count = t->set->count;
    t->state.history_room = t->options.epochs + 1;
    t->state.history = calloc((size_t)t->state.history_room, sizeof *t->state.history);
    if (!t->state.history)
        return file_refuse(error, STATUS_MEMORY, "out of memory");
    rng_seed(&t->state.random, t->options.seed);
    return plan_initialise(&t->plan, &t->state.random);
}

/* Everything that training needs to the device, if that is where it runs. */
static status settle(trainer *t, file_error *error)
{
    if (!t->plan.device)
        return STATUS_OK;
    status s = resident_up(&t->plan);
    if (s == STATUS_OK)
        s = resident_load(&t->plan, t->set, t->options.net->input.h);
    if (s == STATUS_OK)
        s = resident_set_cost(&t->plan, t->state.cost);
    return s == STATUS_OK ? s : file_refuse(error, s, "the data set %s does not go to the device: "
                                            "%s", t->set->name, status_string(s));
}

status trainer_init(trainer *t, const train_options *options, const dataset *set,
                    file_error *error)
{
    memset(t, 0, sizeof *t);
    t->options = *options;
    t->set = set;
    status s = check_options(options, set, error);
    if (s == STATUS_OK)
        s = prepare_folder(t, error);
    if (s == STATUS_OK)
        s = make_plan(t, error);
    if (s == STATUS_OK)
        s = make_state(t, error);
    if (s == STATUS_OK) {
        set_settings(t);
        s = t->options.resume ? restore(t, error) : STATUS_OK;
    }
    if (s == STATUS_OK)
        s = settle(t, error);
    if (s == STATUS_OK && !t->options.resume)
        s = trainer_save(t, error);
    if (s == STATUS_OK && t->options.out)
        s = save_command(t, error);
    if (s != STATUS_OK)
        trainer_free(t);
    return s;
}

void trainer_free(trainer *t)
{
    plan_free(&t->plan);
    loader_free(&t->loader);
    free(t->state.history);
    memset(t, 0, sizeof *t);
}

/* ---- the loop ---- */

int trainer_epoch(const trainer *t)
{
    return (int)(t->plan.step / t->epoch_steps);
}

int trainer_epoch_step(const trainer *t)
{
    return (int)(t->plan.step % t->epoch_steps);
}

bool trainer_finished(const trainer *t)
{
    return trainer_epoch(t) >= t->options.epochs ||
           (t->options.max_steps > 0 && t->plan.step >= t->options.max_steps);
}

/* The batch is made on the host. */
static status step_here(trainer *t, double *loaded)
{
    const int n = loader_batch(&t->loader, t->plan.input, t->plan.labels);

    *loaded = seconds_now();
    const status s = step_train(&t->plan, n, t->options.lr, &t->state.random);
    t->state.cost += t->plan.loss / (float)t->epoch_steps;
    return s;
}

/* The data set is on the device; the loss stays there. */
static status step_there(trainer *t, double *loaded)
{
    const int32_t *images;
    const int n = loader_next(&t->loader, &images);

    *loaded = seconds_now();
    return resident_train(&t->plan, images, n, t->options.lr, &t->state.random, t->epoch_steps);
}

double trainer_loss(const trainer *t)
{
    float loss = t->plan.loss, cost;

    if (t->plan.device && resident_read(&t->plan, &loss, &cost) != STATUS_OK)
        return NAN;
    return (double)loss;
}

double trainer_cost(const trainer *t)
{
    float loss, cost = t->state.cost;

    if (t->plan.device && resident_read(&t->plan, &loss, &cost) != STATUS_OK)
        return NAN;
    return (double)cost;
}

static status finish_epoch(trainer *t)
{
    const status s = bring_home(t);
    const double images = (double)t->epoch_steps * t->options.batch;
    const double seconds = t->state.epoch_seconds;

    t->state.history[t->state.history_count++] =
        (epoch_record){ (double)t->state.cost, seconds, images / seconds };
    return s;
}

status trainer_step(trainer *t)
{
    const double begin = seconds_now();

    if (trainer_epoch_step(t) == 0) {
        loader_start_epoch(&t->loader, &t->state.random);
        t->state.cost = 0.0f;
        t->state.epoch_seconds = 0.0;
        if (t->plan.device && resident_set_cost(&t->plan, 0.0f) != STATUS_OK)
            return STATUS_DEVICE;
    }
    double loaded;
    status s = t->plan.device ? step_there(t, &loaded) : step_here(t, &loaded);
    if (s != STATUS_OK)
        return s;
    const double end = seconds_now();

    t->state.epoch_seconds += end - begin;
    t->step_seconds += end - loaded;
    t->steps_here++;
    if (trainer_epoch_step(t) == 0)
        s = finish_epoch(t);
    return s;
}

status trainer_run(trainer *t, file_error *error)
{
    const train_options *const o = &t->options;
    bool saved = false;                         /* a resumed run may have lost its model file */
    status s = STATUS_OK;

    while (s == STATUS_OK && !trainer_finished(t) && !(o->stop && *o->stop)) {
        s = trainer_step(t);
        if (s != STATUS_OK)
            return file_refuse(error, s, "step %lld: %s", (long long)t->plan.step,
                               status_string(s));
        saved = trainer_epoch_step(t) == 0;
        if (o->on_step)
            o->on_step(o->context, t);
        if (saved && o->on_epoch)
            o->on_epoch(o->context, t);
        if (saved)
            s = trainer_save(t, error);
    }
    return s == STATUS_OK && !saved ? trainer_save(t, error) : s;
}
