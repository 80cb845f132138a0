/* test_train.c: the training loop and its files: resumed runs bit by bit, run folders that are
 * refused or kept whole, checkpoints that lie, and PyTorch's losses where MNIST is at hand. */
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/digits.h"
#include "data/whole_file.h"
#include "nets/train.h"
#include "tests/support/scratch.h"

enum { IMAGES = 100, BATCH = 16, EPOCHS = 3, EPOCH_STEPS = IMAGES / BATCH, MAX_EDIT = 128 };

static uint8_t pixels[IMAGES * DIGITS_PIXELS], labels[IMAGES];
static dataset set = { "digits", IMAGES, 1, 28, 28, 10, pixels, labels };
static file_error error;

static int draw_set(void **state)
{
    digits_draw_many(11, 0, IMAGES, pixels, labels);
    return scratch_make(state);
}

static train_options small_run(const char *net, const char *out)
{
    train_options o = train_options_default(network_find(net));

    o.data = "digits";
    o.batch = BATCH;
    o.epochs = EPOCHS;
    o.out = out;
    return o;
}

static void begin(trainer *t, const train_options *o)
{
    if (trainer_init(t, o, &set, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static void run(trainer *t)
{
    if (trainer_run(t, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static void train_whole(trainer *t, const train_options *o)
{
    begin(t, o);
    run(t);
}

/* Everything but the time that it took. */
static void expect_same_bits(const trainer *a, const trainer *b)
{
    const size_t bytes = (size_t)a->plan.parameter_count * sizeof(float);

    assert_int_equal(a->plan.step, b->plan.step);
    assert_memory_equal(a->plan.values, b->plan.values, bytes);
    assert_memory_equal(a->plan.m, b->plan.m, bytes);
    assert_memory_equal(a->plan.v, b->plan.v, bytes);
    for (int i = 0; i < a->plan.tensor_count; i++)      /* running statistics too */
        assert_memory_equal(a->plan.tensors[i].value, b->plan.tensors[i].value,
                            (size_t)a->plan.tensors[i].count * sizeof(float));
    assert_memory_equal(&a->state.random, &b->state.random, sizeof a->state.random);
    assert_memory_equal(&a->state.cost, &b->state.cost, sizeof a->state.cost);
    assert_int_equal(a->state.history_count, b->state.history_count);
    for (int i = 0; i < a->state.history_count; i++)
        assert_true(a->state.history[i].cost == b->state.history[i].cost);
    for (int i = 0; i < a->plan.net->layer_count; i++)
        assert_int_equal(a->plan.layers[i].batches_tracked, b->plan.layers[i].batches_tracked);
}

/* ---- stopping and going on ---- */

static trainer whole, part;

static void resume_from(const char *net, int64_t steps)
{
    char folder[64];
    snprintf(folder, sizeof folder, "resume-%s-%lld", net, (long long)steps);
    train_options o = small_run(net, scratch_path(folder));

    o.max_steps = steps;
    if (steps == 0)                             /* killed before the first step */
        begin(&part, &o);
    else
        train_whole(&part, &o);
    assert_int_equal(part.plan.step, steps);
    trainer_free(&part);
    o.max_steps = 0;
    o.resume = true;
    train_whole(&part, &o);
    expect_same_bits(&part, &whole);
    trainer_free(&part);
}

static void resumed_runs_end_with_the_same_bits(void **state)
{
    (void)state;
    static const int64_t stops[] = { 0, 1, EPOCH_STEPS - 1, EPOCH_STEPS, EPOCH_STEPS + 3 };
    const train_options dropout = small_run("fashion-dnn", NULL);
    const train_options batch_norm = small_run("convnet-bn", NULL);

    train_whole(&whole, &dropout);
    assert_int_equal(whole.plan.step, EPOCHS * EPOCH_STEPS);
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++)
        resume_from("fashion-dnn", stops[i]);
    trainer_free(&whole);
    train_whole(&whole, &batch_norm);
    resume_from("convnet-bn", EPOCH_STEPS + 3);
    trainer_free(&whole);
}

static volatile sig_atomic_t stop;
static int steps_seen, epochs_seen;

static void stop_at_step_eight(void *context, const trainer *t)
{
    steps_seen++;
    if (t->plan.step == *(const int64_t *)context)
        raise(SIGINT);
}

static void count_epochs(void *context, const trainer *t)
{
    (void)context;
    epochs_seen = trainer_epoch(t);
}

static void on_interrupt(int number)
{
    stop = number;
}

static void an_interrupt_writes_a_checkpoint(void **state)
{
    (void)state;
    int64_t when = 8;
    train_options o = small_run("fashion-dnn", scratch_path("interrupt"));

    signal(SIGINT, on_interrupt);
    o.stop = &stop;
    o.on_step = stop_at_step_eight;
    o.on_epoch = count_epochs;
    o.context = &when;
    train_whole(&part, &o);
    signal(SIGINT, SIG_DFL);
    assert_int_equal(stop, SIGINT);
    assert_int_equal(part.plan.step, when);
    assert_int_equal(steps_seen, when);
    assert_int_equal(epochs_seen, 1);
    assert_false(trainer_finished(&part));
    trainer_free(&part);

    stop = 0;
    o.resume = true;
    when = -1;
    const train_options uninterrupted = small_run("fashion-dnn", NULL);
    train_whole(&part, &o);
    train_whole(&whole, &uninterrupted);
    expect_same_bits(&part, &whole);
    trainer_free(&part);
    trainer_free(&whole);
}

/* What the tutorials print: the losses of an epoch, each divided by the number of steps, summed in
 * float32 as they do. */
static float mean_loss;

static void add_loss(void *context, const trainer *t)
{
    (void)context;
    if (t->plan.step % EPOCH_STEPS == 1)
        mean_loss = 0.0f;
    mean_loss += t->plan.loss / (float)EPOCH_STEPS;
}

static void compare_cost(void *context, const trainer *t)
{
    const epoch_record *const e = &t->state.history[t->state.history_count - 1];

    (void)context;
    assert_true(t->state.cost == mean_loss && e->cost == (double)mean_loss);
    assert_true(e->seconds > 0.0);
    assert_true(fabs(e->images_per_second * e->seconds - EPOCH_STEPS * BATCH) < 1e-6);
    epochs_seen++;
}

static void cost_is_the_mean_of_the_losses(void **state)
{
    (void)state;
    train_options o = small_run("fashion-dnn", NULL);

    epochs_seen = 0;
    o.on_step = add_loss;
    o.on_epoch = compare_cost;
    train_whole(&part, &o);
    assert_int_equal(epochs_seen, EPOCHS);
    assert_true(part.state.history[2].cost < part.state.history[0].cost);
    trainer_free(&part);
}

/* ---- the run folder ---- */

static const char *read_text(const char *path)
{
    static char text[4096];
    uint8_t *bytes;
    size_t size;

    if (file_read_whole(path, sizeof text - 1, &bytes, &size, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    memcpy(text, bytes, size);
    text[size] = '\0';
    free(bytes);
    return text;
}

static void folder_tells_the_run(void **state)
{
    (void)state;
    train_options o = small_run("fashion-dnn", scratch_path("folder"));
    char line[256];

    o.command = "convlab train fashion-dnn --epochs 3";
    train_whole(&part, &o);
    assert_int_equal(scratch_entries(o.out), 4);
    assert_string_equal(read_text(scratch_path("folder/command.txt")),
                        "convlab train fashion-dnn --epochs 3\n");
    const char *const log = read_text(scratch_path("folder/log.csv"));
    snprintf(line, sizeof line, "epoch,cost,seconds,images_per_second\n1,%.9g,",
             part.state.history[0].cost);
    assert_memory_equal(log, line, strlen(line));
    snprintf(line, sizeof line, "\n3,%.9g,", part.state.history[2].cost);
    assert_non_null(strstr(log, line));
    trainer_free(&part);

    o.resume = true;                            /* nothing left to do, but the command is kept */
    o.command = "convlab train fashion-dnn --resume";
    train_whole(&part, &o);
    assert_int_equal(part.steps_here, 0);
    assert_string_equal(read_text(scratch_path("folder/command.txt")),
                        "convlab train fashion-dnn --epochs 3\n"
                        "convlab train fashion-dnn --resume\n");
    trainer_free(&part);
    o.epochs = 1;                               /* fewer epochs than are done */
    train_whole(&part, &o);
    assert_int_equal(part.state.history_count, 3);
    trainer_free(&part);
    o.epochs = 4;                               /* more of them */
    train_whole(&part, &o);
    assert_int_equal(part.state.history_count, 4);
    trainer_free(&part);
}

static void expect_refusal(const train_options *o, status expected, const char *a, const char *b)
{
    const status s = trainer_init(&part, o, &set, &error);

    if (s != expected || !strstr(error.text, a) || !strstr(error.text, b))
        fail_msg("expected %s with '%s' and '%s', found %s: %s", status_string(expected), a, b,
                 status_string(s), s == STATUS_OK ? "" : error.text);
    assert_null(part.plan.memory);
}

static void other_runs_are_refused(void **state)
{
    (void)state;
    train_options o = small_run("fashion-dnn", scratch_path("mine"));
    o.max_steps = 2;
    train_whole(&part, &o);
    trainer_free(&part);
    char *const before = strdup(read_text(scratch_path("mine/log.csv")));

    expect_refusal(&o, STATUS_IO, "holds a run already", "mine");
    o.resume = true;
    train_options other = o;
    other.net = network_find("convnet-bn");
    expect_refusal(&other, STATUS_IO, "fashion-dnn", "convnet-bn");
    other = o;
    other.batch = 20;
    expect_refusal(&other, STATUS_IO, "batch is '16'", "here it is '20'");
    other = o;
    other.lr = 0.5;
    expect_refusal(&other, STATUS_IO, "lr is '0.001'", "'0.5'");
    other = o;
    other.seed = 1;
    expect_refusal(&other, STATUS_IO, "seed is '777'", "'1'");
    other = o;
    other.dropout = 0.5;
    expect_refusal(&other, STATUS_IO, "the network's own", "'0.5'");
    pixels[100] ^= 1;
    expect_refusal(&o, STATUS_IO, "data_set is 'digits, 100 images, crc32", "here it is");
    pixels[100] ^= 1;
    other = o;
    other.out = scratch_path("nothing-here");
    expect_refusal(&other, STATUS_IO, "nothing-here/checkpoint.safetensors", "");
    other.out = NULL;
    expect_refusal(&other, STATUS_IO, "folder", "");
    assert_string_equal(read_text(scratch_path("mine/log.csv")), before);

    other = o;                                  /* the variant may differ; that is said */
    other.variant = "naive";
    begin(&part, &other);
    assert_true(part.bits_may_differ);
    trainer_free(&part);
    begin(&part, &o);
    assert_false(part.bits_may_differ);
    trainer_free(&part);
    free(before);
}

static void options_that_cannot_be(void **state)
{
    (void)state;
    train_options o = small_run("fashion-dnn", NULL);

    o.batch = IMAGES + 1;
    expect_refusal(&o, STATUS_SHAPE, "101", "100");
    o.batch = 0;
    expect_refusal(&o, STATUS_SHAPE, "a batch of 0", "");
    o = small_run("fashion-dnn", NULL);
    o.lr = NAN;
    expect_refusal(&o, STATUS_VALUE, "nan", "");
    o = small_run("fashion-dnn", NULL);
    o.dropout = 1.5;
    expect_refusal(&o, STATUS_VALUE, "1.5", "");
    o = small_run("bottleneck", NULL);
    expect_refusal(&o, STATUS_SHAPE, "bottleneck", "digits");
    o = small_run("fashion-dnn", scratch_write("a-file", "x", 1));
    expect_refusal(&o, STATUS_IO, "a-file", "");
    o.out = scratch_path("a-file/below");
    expect_refusal(&o, STATUS_IO, "a-file/below", "");
    set.classes = 7;
    o.out = NULL;
    expect_refusal(&o, STATUS_SHAPE, "7 classes", "");
    set.classes = 10;
}

static void a_failed_write_keeps_the_old_files(void **state)
{
    (void)state;
    train_options o = small_run("fashion-dnn", scratch_path("blocked"));
    const char *const model = scratch_path("blocked/model.safetensors");

    o.max_steps = 2;
    train_whole(&part, &o);
    trainer_free(&part);
    unlink(model);
    assert_int_equal(mkdir(model, 0777), 0);    /* a folder where a file should go */
    o.resume = true;
    o.max_steps = 4;
    begin(&part, &o);
    assert_int_equal(trainer_run(&part, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "model.safetensors"));
    trainer_free(&part);
    assert_int_equal(rmdir(model), 0);
    train_whole(&part, &o);                     /* the checkpoint is whole */
    trainer_free(&part);
    assert_int_equal(scratch_entries(o.out), 3);        /* no command line here: no command.txt */
}

/* ---- what is in the files ---- */

static void model_has_pytorchs_names(void **state)
{
    (void)state;
    static const struct { const char *net; int tensors; } facts[] = {
        { "cnn-basic", 6 }, { "cnn-deep", 12 }, { "convnet-bn", 16 }, { "fashion-dnn", 6 },
        { "fashion-cnn", 20 }, { "lenet", 10 },
    };
    safetensors_file file;

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const train_options o = small_run(facts[i].net, scratch_path(facts[i].net));
        char path[512];
        begin(&part, &o);
        trainer_free(&part);
        snprintf(path, sizeof path, "%s/model.safetensors", o.out);
        if (safetensors_read(path, &file, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(file.tensor_count, facts[i].tensors);
        assert_string_equal(safetensors_metadata(&file, "network"), facts[i].net);
        if (strcmp(facts[i].net, "cnn-deep") == 0) {
            const safetensors_tensor *const fc1 = safetensors_find(&file, "fc1.weight");
            const safetensors_tensor *const same = safetensors_find(&file, "layer4.0.weight");
            assert_true(fc1 && same && fc1->rank == 2 && fc1->shape[0] == 625);
            assert_memory_equal(fc1->data, same->data, 625 * 2048 * sizeof(float));
        }
        if (strcmp(facts[i].net, "convnet-bn") == 0) {
            const safetensors_tensor *const n =
                safetensors_find(&file, "layer2.1.num_batches_tracked");
            assert_true(n && n->type == SAFETENSORS_I64 && n->rank == 0);
        }
        safetensors_free(&file);
    }
}

/* Copies a checkpoint with one tensor changed by `edit`; edit returns false to leave it out. */
typedef bool edit_function(safetensors_tensor *t);

static void edited_copy(const char *from, const char *to, const char *name, edit_function *edit)
{
    safetensors_file file;
    safetensors_tensor tensors[MAX_EDIT];
    int count = 0;
    bool found = false;

    assert_int_equal(safetensors_read(from, &file, &error), STATUS_OK);
    assert_true(file.tensor_count <= MAX_EDIT);
    for (int i = 0; i < file.tensor_count; i++) {
        tensors[count] = file.tensors[i];
        const bool hit = strcmp(tensors[count].name, name) == 0;
        found = found || hit;
        if (!hit || edit(&tensors[count]))
            count++;
    }
    assert_true(found);
    if (safetensors_write(to, count, tensors, file.metadata_count, file.metadata, &error) !=
        STATUS_OK)
        fail_msg("%s", error.text);
    safetensors_free(&file);
}

static bool leave_out(safetensors_tensor *t)
{
    (void)t;
    return false;
}

static bool transpose(safetensors_tensor *t)
{
    const int64_t rows = t->shape[0];
    t->shape[0] = t->shape[1];
    t->shape[1] = rows;
    return true;
}

static bool retype(safetensors_tensor *t)
{
    t->type = SAFETENSORS_I32;
    return true;
}

static bool rename_tensor(safetensors_tensor *t)
{
    t->name = "fc9.bias";
    return true;
}

static bool another_integer(safetensors_tensor *t)
{
    static const int64_t value = 1 << 20;
    t->data = &value;
    return true;
}

static bool twice_the_same_image(safetensors_tensor *t)
{
    static int32_t order[IMAGES];
    t->data = order;
    return true;
}

static bool one_row_more(safetensors_tensor *t)
{
    static const double history[3 * 3];
    t->shape[0] = 3;
    t->data = history;
    return true;
}

static void checkpoints_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *tensor;
        edit_function *edit;
        const char *says, *and_says;
    } rows[] = {
        { "fc2.weight", leave_out, "'fc2.weight' is missing", "F32 [128, 256]" },
        { "fc2.weight", transpose, "expected F32 [128, 256]", "found F32 [256, 128]" },
        { "fc2.weight", retype, "'fc2.weight'", "found I32 [128, 256]" },
        { "fc3.bias", rename_tensor, "'fc3.bias' is missing", "" },
        { "optimizer.m.fc1.bias", leave_out, "optimizer.m.fc1.bias", "missing" },
        { "optimizer.v.fc1.weight", transpose, "optimizer.v.fc1.weight", "expected" },
        { "training.step", another_integer, "do not fit together", "" },
        { "training.step", leave_out, "training.step", "missing" },
        { "training.order", twice_the_same_image, "do not fit together", "" },
        { "training.rng_next", another_integer, "out of range", "rng_next" },
        { "training.rng_has_normal", another_integer, "out of range", "rng_has_normal" },
        { "training.rng_state", leave_out, "training.rng_state", "U32 [624]" },
        { "training.history", one_row_more, "do not fit together", "" },
        { "training.history", transpose, "training.history", "expected F64 [0, 3]" },
    };
    train_options o = small_run("fashion-dnn", scratch_path("honest"));
    o.max_steps = EPOCH_STEPS + 2;
    train_whole(&part, &o);
    trainer_free(&part);
    assert_int_equal(mkdir(scratch_path("lie"), 0777), 0);

    o.out = scratch_path("lie");
    o.resume = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        edited_copy(scratch_path("honest/checkpoint.safetensors"),
                    scratch_path("lie/checkpoint.safetensors"), rows[i].tensor, rows[i].edit);
        o.out = scratch_path("lie");
        expect_refusal(&o, STATUS_IO, rows[i].says, rows[i].and_says);
    }
}

static bool zeros(safetensors_tensor *t)
{
    static const float nothing[625];
    t->data = nothing;
    return true;
}

static void models_under_one_name_or_two(void **state)
{
    (void)state;
    const train_options o = small_run("cnn-deep", scratch_path("two-names"));
    const char *const model = scratch_path("two-names/model.safetensors");
    const char *const copy = scratch_path("edited.safetensors");
    safetensors_file file;

    begin(&part, &o);
    edited_copy(model, copy, "fc1.weight", leave_out);          /* layer4.0.weight remains */
    assert_int_equal(safetensors_read(copy, &file, &error), STATUS_OK);
    plan_tensor *const fc1 = plan_find(&part.plan, "layer4.0.weight");
    const float first = fc1->value[0];
    fc1->value[0] = 5.0f;
    assert_int_equal(checkpoint_restore_model(&file, copy, &part.plan, &error), STATUS_OK);
    assert_true(fc1->value[0] == first);
    safetensors_free(&file);

    edited_copy(model, copy, "layer4.0.bias", zeros);
    assert_int_equal(safetensors_read(copy, &file, &error), STATUS_OK);
    assert_int_equal(checkpoint_restore_model(&file, copy, &part.plan, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "differ"));
    safetensors_free(&file);

    assert_int_equal(safetensors_read(model, &file, &error), STATUS_OK);
    trainer_free(&part);
    const train_options other = small_run("cnn-basic", NULL);   /* has fewer layers than the file */
    begin(&part, &other);
    assert_int_equal(checkpoint_restore_model(&file, model, &part.plan, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "'fc.weight' is missing"));
    trainer_free(&part);
    safetensors_free(&file);
}

static bool add_nothing(safetensors_tensor *t)
{
    t->name = "fc.extra";
    return true;
}

static void tensors_without_a_place_are_refused(void **state)
{
    (void)state;
    const train_options o = small_run("cnn-deep", scratch_path("extra"));
    const char *const copy = scratch_path("extra.safetensors");
    safetensors_file file;

    begin(&part, &o);
    edited_copy(scratch_path("extra/model.safetensors"), copy, "layer4.0.bias", add_nothing);
    assert_int_equal(safetensors_read(copy, &file, &error), STATUS_OK);
    assert_int_equal(checkpoint_restore_model(&file, copy, &part.plan, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "'fc.extra' has no place in network cnn-deep"));
    safetensors_free(&file);
    trainer_free(&part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resumed_runs_end_with_the_same_bits),
        cmocka_unit_test(an_interrupt_writes_a_checkpoint),
        cmocka_unit_test(cost_is_the_mean_of_the_losses),
        cmocka_unit_test(folder_tells_the_run),
        cmocka_unit_test(other_runs_are_refused),
        cmocka_unit_test(options_that_cannot_be),
        cmocka_unit_test(a_failed_write_keeps_the_old_files),
        cmocka_unit_test(model_has_pytorchs_names),
        cmocka_unit_test(checkpoints_that_lie_are_refused),
        cmocka_unit_test(models_under_one_name_or_two),
        cmocka_unit_test(tensors_without_a_place_are_refused),
    };
    return cmocka_run_group_tests_name("train", tests, draw_set, scratch_remove);
}
