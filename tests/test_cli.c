/* test_cli.c: the program from outside: exit codes, what it says about bad input, and that nothing
 * is lost. $CONVLAB names the program (default build/convlab). */
#include <signal.h>
#include <stdarg.h>
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
#include "data/safetensors.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

enum { MAX_WORDS = 32, PATH_SIZE = 512 };

/* Runs `convlab WORDS`, words separated by single spaces. */
static process_result convlab_with(const process_options *options, const char *words)
{
    char *const copy = strdup(words);
    const char *argv[MAX_WORDS] = { process_convlab() };
    int count = 1;
    char *rest = copy;

    for (char *word; (word = strsep(&rest, " ")) && count < MAX_WORDS - 1;)
        argv[count++] = word;
    const process_result result = process_run(options, argv);
    free(copy);
    return result;
}

static process_result convlab(const char *words)
{
    return convlab_with(NULL, words);
}

static void check_says(const char *words, const char *stream, const char *text, const char *want)
{
    if (!strstr(text, want))
        fail_msg("convlab %s: expected '%s' in %s, found:\n%s", words, want, stream, text);
}

/* Runs and expects an exit code, and a part of what stderr (or for code 0 stdout) says. */
static void expect_with(const process_options *options, int code, const char *says,
                        const char *words)
{
    process_result r = convlab_with(options, words);

    if (r.code != code)
        fail_msg("convlab %s: expected exit code %d, found %d; stderr:\n%s", words, code, r.code,
                 r.err);
    if (code == 0)
        check_says(words, "stdout", r.out, says);
    else
        check_says(words, "stderr", r.err, says);
    process_free(&r);
}

static void expect(int code, const char *says, const char *words)
{
    expect_with(NULL, code, says, words);
}

static void expect_f(int code, const char *says, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void expect_f(int code, const char *says, const char *format, ...)
{
    char words[4 * PATH_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    expect(code, says, words);
}

/* ---- Help and usage ---- */

static void help_and_version(void **state)
{
    (void)state;
    expect(0, "usage: convlab", "--help");
    expect(0, "convlab ", "--version");
    expect(0, "--cases", "check --help");
    expect(0, "--resume", "train --help");
    expect(0, "--raw-pixels", "eval --help");
    expect(0, "usage:", "graph --help");
    expect(0, "--json", "info --help");
}

static void wrong_usage(void **state)
{
    (void)state;
    expect(2, "unknown command 'tain'", "tain");
    expect(2, "something is missing", "train");
    expect(2, "unexpected argument 'more'", "graph cnn-basic more");
    expect(2, "--epochz", "train cnn-basic --epochz 3");
    expect(2, "--epochs", "train cnn-basic --epochs");
    expect(2, "--json=1", "info --json=1");
}

static void numbers_out_of_range(void **state)
{
    (void)state;
    expect(2, "--epochs", "train cnn-basic --epochs 0");
    expect(2, "--epochs", "train cnn-basic --epochs -1");
    expect(2, "--batch", "train cnn-basic --batch 0");
    expect(2, "--batch", "train cnn-basic --batch 12x");
    expect(2, "--batch", "train cnn-basic --batch 99999999999999999999");
    expect(2, "--lr", "train cnn-basic --lr -0.1");
    expect(2, "--lr", "train cnn-basic --lr nan");
    expect(2, "--dropout", "train cnn-deep --dropout 1.5");
    expect(2, "--max-steps", "train cnn-basic --max-steps 0");
    expect(2, "--threads", "train cnn-basic --threads 0");
    expect(2, "--seed", "train cnn-basic --seed -3");
    expect(2, "--seed", "train cnn-basic --seed 0x");
    expect(2, "--cases", "check --cases 0");
    expect(2, "--isa", "info --isa avx9000");
}

static void unknown_names(void **state)
{
    (void)state;
    expect(2, "cnn-basic", "train resnet-50");
    expect(2, "cnn-basic", "graph resnet-50");
    expect(2, "naive", "train cnn-basic --data digits --variant fastest");
    expect(2, "conv2d", "check conv3d");
    expect(2, "im2col", "check conv2d/fastest");
    expect(2, "forward", "check conv2d --pass sideways");
    expect(2, "host", "check --space mars");
}

/* ---- info, graph, check ---- */

static void info_tells_the_machine(void **state)
{
    (void)state;
    expect(0, "im2col", "info");
    expect(0, "digits", "info");
    expect(0, "\"instruction_set_chosen\": \"base\"", "info --json --isa base");
}

static void graph_counts_parameters(void **state)
{
    (void)state;
    expect(0, "50186", "graph cnn-basic");      /* 320 + 18496 + 31370 */
    expect(0, "layer2.0", "graph cnn-basic");
    expect(0, "70016", "graph bottleneck");     /* 16448 + 36928 + 16640 */
}

static void check_says_the_same_twice(void **state)
{
    (void)state;
    process_result a = convlab("check pool2d --cases 20 --seed 7");
    process_result b = convlab("check pool2d --cases 20 --seed 7");

    assert_int_equal(a.code, 0);
    assert_string_equal(a.out, b.out);
    process_free(&a);
    process_free(&b);
}

static void check_replays_one_shape(void **state)
{
    (void)state;
    expect(0, " passed, 0 failed, ",
           "check conv2d/im2col --pass forward --seed 3 --shape n=2,c=3,h=5,w=7,oc=4,kernel_h=3,"
           "kernel_w=3,pad_top=1");
}

static void impossible_shapes(void **state)
{
    (void)state;
    expect(2, "impossible shape",
           "check conv2d --shape n=1,c=1,h=3,w=3,oc=1,kernel_h=5,kernel_w=5");
    expect(2, "impossible shape",
           "check conv2d --shape n=2147483647,c=2147483647,h=2147483647,w=1,oc=1");
    expect(2, "impossible shape", "check gemm --shape m=-1");
    expect(2, "impossible shape", "check conv2d --shape c=3,oc=4,groups=2");
    expect(2, "height", "check conv2d --shape height=3");
    expect(2, "banana", "check conv2d --shape n=banana");
    expect(2, "n", "check conv2d --shape n=1,n=2");
}

/* ---- train, eval ---- */

static void trains_and_evaluates(void **state)
{
    (void)state;
    const char *const run = scratch_path("run");

    expect_f(0, "Accuracy: ", "train fashion-dnn --data digits --epochs 1 --max-steps 30 --out %s",
             run);
    expect_f(0, "ccuracy", "eval %s/checkpoint.safetensors --data digits", run);
    expect_f(0, "ccuracy", "eval %s/model.safetensors --data digits --raw-pixels", run);
    expect_f(0, "ccuracy", "eval %s --data digits --train-mode --confusion %s", run,
             scratch_path("confusion.csv"));
    assert_int_equal(access(scratch_path("confusion.csv"), F_OK), 0);
    assert_int_equal(access(scratch_path("run/log.csv"), F_OK), 0);
    assert_int_equal(access(scratch_path("run/command.txt"), F_OK), 0);
    expect_f(3, "already", "train fashion-dnn --data digits --max-steps 1 --out %s", run);
}

/* The tensor of --logits' file, of that type and of that many rows. */
static const void *logits_tensor(const safetensors_file *file, const char *name,
                                 safetensors_type type, int rows)
{
    const safetensors_tensor *const t = safetensors_find(file, name);

    assert_non_null(t);
    assert_int_equal(t->type, type);
    assert_int_equal(t->shape[0], rows);
    return t->data;
}

/* The file holds the first images, their labels, and outputs from which the accuracy follows; the
 * last batch is a partial one. */
static void writes_logits(void **state)
{
    enum { IMAGES = 13 };
    const char *const run = scratch_path("run"), *const path = scratch_path("logits.safetensors");
    uint8_t pixels[DIGITS_PIXELS];
    char accuracy[32];
    safetensors_file file;
    file_error error;
    int correct = 0;

    (void)state;
    expect_f(0, "", "train fashion-dnn --data digits --epochs 1 --max-steps 30 --out %s", run);
    expect_f(0, "Accuracy: ", "eval %s --images %d --batch 5 --logits %s", run, IMAGES, path);
    assert_int_equal(safetensors_read(path, &file, &error), STATUS_OK);
    const float *const logits = logits_tensor(&file, "logits", SAFETENSORS_F32, IMAGES);
    const int64_t *const labels = logits_tensor(&file, "labels", SAFETENSORS_I64, IMAGES);
    const uint8_t *const images = logits_tensor(&file, "images", SAFETENSORS_U8, IMAGES);
    for (int i = 0; i < IMAGES; i++) {
        const float *const row = logits + i * DIGITS_CLASSES;
        int best = 0;
        assert_int_equal(labels[i], digits_draw(DIGITS_SEED, DIGITS_TRAIN_COUNT + i, pixels));
        assert_memory_equal(images + i * DIGITS_PIXELS, pixels, DIGITS_PIXELS);
        for (int j = 1; j < DIGITS_CLASSES; j++)
            best = row[j] > row[best] ? j : best;
        correct += best == labels[i];
    }
    safetensors_free(&file);
    assert_in_range(correct, 3, IMAGES);        /* it has learned something: not all zeros */
    snprintf(accuracy, sizeof accuracy, "Accuracy: %.4f\n", (double)correct / IMAGES);
    expect_f(0, accuracy, "eval %s --images %d", run, IMAGES);
}

static void wrong_images_and_logits(void **state)
{
    const char *const run = scratch_path("run");
    const process_options small_disk = { .file_limit = 20000 };
    char words[4 * PATH_SIZE];

    (void)state;
    expect_f(0, "", "train fashion-dnn --data digits --epochs 1 --max-steps 1 --out %s", run);
    expect_f(2, "--images", "eval %s --images 0", run);
    expect_f(2, "--images", "eval %s --images 5x", run);
    expect_f(2, "digits has 2000 test images", "eval %s --images 2001", run);
    expect_f(3, "nowhere/logits", "eval %s --images 5 --logits %s", run,
             scratch_path("nowhere/logits"));
    expect_f(3, "/dev/full", "eval %s --images 5 --logits /dev/full", run);
    snprintf(words, sizeof words, "eval %s --images 100 --logits %s", run, scratch_path("logits"));
    expect_with(&small_disk, 3, "logits: cannot write: File too large", words);
    assert_int_equal(access(scratch_path("logits"), F_OK), -1);
}

static void makes_the_folders_above_a_run(void **state)
{
    (void)state;
    expect_f(0, "Accuracy", "train fashion-dnn --data digits --max-steps 1 --out %s",
             scratch_path("new/deep/run"));
    assert_int_equal(access(scratch_path("new/deep/run/model.safetensors"), F_OK), 0);
}

static void bad_checkpoints(void **state)
{
    (void)state;
    static const char text[] = "this is no checkpoint at all";
    const char *const file = scratch_write("foreign.safetensors", text, sizeof text);

    expect_f(3, "foreign.safetensors", "eval %s --data digits", file);
    expect_f(3, "nowhere.safetensors", "eval %s --data digits",
             scratch_path("nowhere.safetensors"));
    expect_f(3, "checkpoint", "train fashion-dnn --data digits --resume --out %s",
             scratch_path("empty"));
    expect(2, "--out", "train fashion-dnn --data digits --resume");
}

static void checkpoint_of_another_network(void **state)
{
    (void)state;
    const char *const run = scratch_path("run");

    expect_f(0, "", "train fashion-dnn --data digits --epochs 1 --max-steps 2 --out %s", run);
    expect_f(3, "fashion-dnn", "train cnn-basic --data digits --epochs 1 --resume --out %s", run);
}

static void bad_data(void **state)
{
    (void)state;
    expect_f(3, "no-such-folder", "train cnn-basic --data %s", scratch_path("no-such-folder"));
    mkdir(scratch_path("set"), 0777);
    scratch_write("set/train-images-idx3-ubyte", "nonsense", 8);
    scratch_write("set/train-labels-idx1-ubyte", "nonsense", 8);
    scratch_write("set/t10k-images-idx3-ubyte", "nonsense", 8);
    scratch_write("set/t10k-labels-idx1-ubyte", "nonsense", 8);
    expect_f(3, "train-images-idx3-ubyte", "train cnn-basic --data %s", scratch_path("set"));
    expect(2, "bottleneck", "train bottleneck --data digits");
}

static void cannot_write(void **state)
{
    (void)state;
    scratch_write("file", "", 0);
    expect_f(3, "file", "train fashion-dnn --data digits --epochs 1 --max-steps 1 --out %s",
             scratch_path("file"));
    expect_f(3, "file", "train fashion-dnn --data digits --epochs 1 --max-steps 1 --out %s",
             scratch_path("file/below"));
    expect(3, "run folder", "train fashion-dnn --data digits --max-steps 1 --out=");
    expect(3, "/dev/full",
           "train fashion-dnn --data digits --epochs 1 --max-steps 1 --log-steps /dev/full");
}

static void full_disk_keeps_the_old_checkpoint(void **state)
{
    (void)state;
    const process_options small_disk = { .file_limit = 20000 };
    char words[4 * PATH_SIZE];

    snprintf(words, sizeof words,
             "train fashion-dnn --data digits --epochs 1 --max-steps 2 --out %s",
             scratch_path("run"));
    expect(0, "", words);
    snprintf(words, sizeof words,
             "train fashion-dnn --data digits --epochs 1 --max-steps 4 --resume --out %s",
             scratch_path("run"));
    expect_with(&small_disk, 3, "checkpoint.safetensors", words);
    expect_f(0, "ccuracy", "eval %s --data digits", scratch_path("run"));
    expect(0, "", words);                       /* and goes on once there is room again */
}

static void closed_stdout(void **state)
{
    (void)state;
    const process_options full = { .stdout_path = "/dev/full" }, closed = { .stdout_path = "" };

    expect_with(&full, 3, "cannot write to standard output", "info");
    expect_with(&closed, 3, "cannot write to standard output", "graph cnn-basic");
    expect_with(&full, 3, "cannot write to standard output", "--help");
}

/* Stops a run by a signal once it has logged some steps; then resumes it and compares with one that
 * was never stopped: the weights must be the same to the last bit. */
static void resumes_after(int signal_number, int code)
{
    char words[4 * PATH_SIZE], command[4 * PATH_SIZE];
#if defined(__SANITIZE_ADDRESS__)
    const char *const net = "train fashion-dnn --data digits --epochs 3 --max-steps 60";
#else
    const char *const net = "train fashion-dnn --data digits --epochs 3";
#endif
    const char *const run = scratch_path("run"), *const whole = scratch_path("whole");
    const process_options interrupt = { .kill_signal = signal_number,
                                        .kill_marker = scratch_path("run/checkpoint.safetensors") };

    snprintf(words, sizeof words, "%s --out %s", net, run);
    process_result r = convlab_with(&interrupt, words);
    if (r.code != code)
        fail_msg("expected exit code %d, found %d; stderr:\n%s", code, r.code, r.err);
    process_free(&r);
    expect_f(0, "Accuracy", "%s --resume --out %s", net, run);
    expect_f(0, "Accuracy", "%s --out %s", net, whole);
    snprintf(command, sizeof command, "cmp %s/model.safetensors %s/model.safetensors", run, whole);
    assert_int_equal(system(command), 0);
}

static void resumes_after_interrupt(void **state)
{
    (void)state;
    resumes_after(SIGINT, 130);
}

static void resumes_after_kill(void **state)
{
    (void)state;
    resumes_after(SIGKILL, 128 + SIGKILL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(help_and_version),
        TEST(wrong_usage),
        TEST(numbers_out_of_range),
        TEST(unknown_names),
        TEST(info_tells_the_machine),
        TEST(graph_counts_parameters),
        TEST(check_says_the_same_twice),
        TEST(check_replays_one_shape),
        TEST(impossible_shapes),
        TEST(trains_and_evaluates),
        TEST(writes_logits),
        TEST(wrong_images_and_logits),
        TEST(makes_the_folders_above_a_run),
        TEST(bad_checkpoints),
        TEST(checkpoint_of_another_network),
        TEST(bad_data),
        TEST(cannot_write),
        TEST(full_disk_keeps_the_old_checkpoint),
        TEST(closed_stdout),
        TEST(resumes_after_interrupt),
        TEST(resumes_after_kill),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
