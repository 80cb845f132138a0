/* test_dataset.c: data sets found in the right place, and refused when their files do not fit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "data/dataset.h"
#include "data/digits.h"
#include "tests/support/scratch.h"

enum { IMAGES = 5, SIDE = 2 };

static char start_folder[4096], start_data[4096];

static int enter(void **state)
{
    if (!getcwd(start_folder, sizeof start_folder) || scratch_make(state) != 0)
        return -1;
    if (getenv("CONVLAB_DATA"))
        snprintf(start_data, sizeof start_data, "%s", getenv("CONVLAB_DATA"));
    unsetenv("CONVLAB_DATA");
    return chdir(scratch_path(""));             /* data/NAME is relative to here */
}

static int leave(void **state)
{
    return chdir(start_folder) != 0 ? -1 : scratch_remove(state);
}

static void write_file(const char *folder, const char *name, const uint8_t *bytes, size_t size)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    scratch_write(path, bytes, size);
}

/* Makes the folder, and in it four IDX files whose pixels all have the value `mark`. */
static void write_set(const char *folder, uint8_t mark)
{
    uint8_t images[16 + IMAGES * SIDE * SIDE] = { 0, 0, 8, 3, 0, 0, 0, IMAGES, 0, 0, 0, SIDE,
                                                  0, 0, 0, SIDE };
    static const uint8_t labels[8 + IMAGES] = { 0, 0, 8, 1, 0, 0, 0, IMAGES, 9, 0, 3, 4, 5 };

    memset(images + 16, mark, IMAGES * SIDE * SIDE);
    for (const char *slash = folder; (slash = strchr(slash, '/')); slash++) {
        char parent[256];
        snprintf(parent, sizeof parent, "%.*s", (int)(slash - folder), folder);
        mkdir(scratch_path(parent), 0755);
    }
    mkdir(scratch_path(folder), 0755);
    write_file(folder, "train-images-idx3-ubyte", images, sizeof images);
    write_file(folder, "train-labels-idx1-ubyte", labels, sizeof labels);
    write_file(folder, "t10k-images-idx3-ubyte", images, sizeof images);
    write_file(folder, "t10k-labels-idx1-ubyte", labels, sizeof labels);
}

static void check_loads(const char *source, uint8_t mark, const char *name)
{
    dataset set;
    file_error error = { "" };

    for (int split = 0; split < 2; split++) {
        if (dataset_load(source, (dataset_split)split, &set, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(set.count, IMAGES);
        assert_int_equal(set.c, 1);
        assert_int_equal(set.h, SIDE);
        assert_int_equal(set.w, SIDE);
        assert_int_equal(set.classes, 10);
        assert_string_equal(set.name, name);
        assert_int_equal(set.pixels[0], mark);
        assert_int_equal(set.pixels[IMAGES * SIDE * SIDE - 1], mark);
        assert_int_equal(set.labels[0], 9);
        assert_int_equal(set.labels[4], 5);
        dataset_free(&set);
        assert_null(set.pixels);
    }
}

static void check_refused(const char *source, const char *says)
{
    dataset set;
    file_error error = { "" };

    assert_int_equal(dataset_load(source, SPLIT_TRAIN, &set, &error), STATUS_IO);
    if (!strstr(error.text, says))
        fail_msg("expected \"... %s\", got \"%s\"", says, error.text);
    assert_null(set.pixels);
    assert_null(set.labels);
}

/* ---- Finding ---- */

static void skip_if_installed(const char *folder)
{
    if (access(folder, F_OK) == 0)
        skip();                                 /* it would be found where it must not be */
}

static void a_folder_is_taken_as_it_is(void **state)
{
    (void)state;
    write_set("own", 7);
    check_loads("own", 7, "own");
    check_loads("own/", 7, "own");
    check_loads("./own//", 7, "own");
    check_loads(scratch_path("own"), 7, "own");
}

static void a_name_is_looked_up_in_order(void **state)
{
    char path[DATASET_PATH_BYTES];

    (void)state;
    skip_if_installed("/usr/share/datasets/mnist");
    assert_false(dataset_find("mnist", path));
    write_set("data/mnist", 1);
    check_loads("mnist", 1, "mnist");
    assert_true(dataset_find("mnist", path));
    assert_string_equal(path, "data/mnist");

    write_set("elsewhere/mnist", 2);
    setenv("CONVLAB_DATA", scratch_path("elsewhere"), 1);
    check_loads("mnist", 2, "mnist");
    assert_true(dataset_find("mnist", path));
    assert_string_equal(path, scratch_path("elsewhere/mnist"));

    unlink("elsewhere/mnist/t10k-labels-idx1-ubyte");   /* incomplete: the next place counts */
    check_loads("mnist", 1, "mnist");
    setenv("CONVLAB_DATA", "", 1);
    check_loads("mnist", 1, "mnist");
    unsetenv("CONVLAB_DATA");

    write_set("mnist", 3);                      /* a folder of that name is no place for it */
    check_loads("mnist", 1, "mnist");
    check_loads("./mnist", 3, "mnist");
}

static void packed_files_do_as_well(void **state)
{
    static const char *const names[] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" };
    (void)state;
    write_set("packed", 9);
    for (int i = 0; i < 4; i++) {
        char plain[128], packed[140];
        uint8_t bytes[200];
        snprintf(plain, sizeof plain, "packed/%s", names[i]);
        snprintf(packed, sizeof packed, "%s.gz", plain);
        FILE *const from = fopen(plain, "rb");
        const size_t size = fread(bytes, 1, sizeof bytes, from);
        fclose(from);
        const gzFile to = gzopen(packed, "wb");
        assert_int_equal(gzwrite(to, bytes, (unsigned)size), (int)size);
        assert_int_equal(gzclose(to), Z_OK);
        unlink(plain);
    }
    check_loads("packed", 9, "packed");
    write_file("packed", "train-images-idx3-ubyte", (const uint8_t *)"x", 1);
    check_refused("packed", "packed/train-images-idx3-ubyte: offset 0");    /* plain goes first */
}

static void says_where_it_looked(void **state)
{
    dataset set;
    file_error error;

    (void)state;
    skip_if_installed("/usr/share/datasets/mnist");
    setenv("CONVLAB_DATA", "/nowhere", 1);
    unlink("data/mnist/train-images-idx3-ubyte");
    assert_int_equal(dataset_load("mnist", SPLIT_TEST, &set, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "mnist: data set not found"));
    assert_non_null(strstr(error.text, "`make data`"));
    assert_non_null(strstr(error.text,
                           "/nowhere/mnist/, data/mnist/, /usr/share/datasets/mnist/"));
    setenv("CONVLAB_DATA", "", 1);
    check_refused("mnist", "in data/mnist/, /usr/share/datasets/mnist/");
    unsetenv("CONVLAB_DATA");
    check_refused("nosuch", "nosuch: no such folder, and no data set of that name");
    check_refused("no/such", "no/such: no such folder");
    check_refused("", ": no such folder");
    write_set("partial", 1);
    unlink("partial/t10k-images-idx3-ubyte");
    check_refused("partial", "partial: the folder lacks t10k-images-idx3-ubyte");
    assert_false(dataset_find("partial", NULL));
    assert_false(dataset_find("nosuch", NULL));
}

static void a_very_long_path_is_refused(void **state)
{
    static char longest[3 * DATASET_PATH_BYTES];

    (void)state;
    memset(longest, 'a', sizeof longest - 1);
    check_refused(longest, "aaa");
    assert_false(dataset_find(longest, NULL));
}

/* ---- Files that do not fit together ---- */

static void refuses_counts_that_differ(void **state)
{
    static const uint8_t four[8 + 4] = { 0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3, 4 };

    (void)state;
    write_set("counts", 1);
    write_file("counts", "train-labels-idx1-ubyte", four, sizeof four);
    check_refused("counts", "counts/train-labels-idx1-ubyte: offset 4: expected 5 labels, one for "
                            "each image in counts/train-images-idx3-ubyte, found 4");
}

static void refuses_a_label_out_of_range(void **state)
{
    static const uint8_t ten[8 + IMAGES] = { 0, 0, 8, 1, 0, 0, 0, IMAGES, 1, 2, 3, 10, 4 };

    (void)state;
    write_set("range", 1);
    write_file("range", "train-labels-idx1-ubyte", ten, sizeof ten);
    check_refused("range", "range/train-labels-idx1-ubyte: offset 11: expected a label of 0 to 9, "
                           "found 10");
}

static void refuses_images_of_nothing(void **state)
{
    static const uint8_t no_image[16] = { 0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2 };
    static const uint8_t no_pixel[16] = { 0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 2 };

    (void)state;
    write_set("nothing", 1);
    write_file("nothing", "train-images-idx3-ubyte", no_image, sizeof no_image);
    check_refused("nothing", "expected at least one image and pixel, found 0 x 2 x 2");
    write_file("nothing", "train-images-idx3-ubyte", no_pixel, sizeof no_pixel);
    check_refused("nothing", "expected at least one image and pixel, found 5 x 0 x 2");
}

static void refuses_swapped_files(void **state)
{
    (void)state;
    write_set("swapped", 1);
    rename("swapped/train-labels-idx1-ubyte", "swapped/train-images-idx3-ubyte");
    rename("swapped/t10k-labels-idx1-ubyte", "swapped/train-labels-idx1-ubyte");
    write_file("swapped", "t10k-labels-idx1-ubyte", NULL, 0);
    check_refused("swapped", "train-images-idx3-ubyte: offset 3: expected 3 extents, found 1");
}

/* ---- The built-in set, and names ---- */

static void digits_need_no_file(void **state)
{
    dataset train, test;
    uint8_t first[DIGITS_PIXELS];
    char path[DATASET_PATH_BYTES];
    file_error error;

    (void)state;
    assert_true(dataset_find("digits", path));
    assert_string_equal(path, "(built in)");
    assert_int_equal(dataset_load("digits", SPLIT_TRAIN, &train, &error), STATUS_OK);
    assert_int_equal(dataset_load("digits", SPLIT_TEST, &test, &error), STATUS_OK);
    assert_int_equal(train.count, DIGITS_TRAIN_COUNT);
    assert_int_equal(test.count, DIGITS_TEST_COUNT);
    assert_int_equal(test.h, 28);
    assert_int_equal(test.w, 28);
    assert_string_equal(test.name, "digits");
    assert_int_equal(digits_draw(DIGITS_SEED, DIGITS_TRAIN_COUNT, first), test.labels[0]);
    assert_memory_equal(first, test.pixels, sizeof first);
    dataset_free(&train);
    dataset_free(&test);
}

static void classes_have_names(void **state)
{
    (void)state;
    assert_string_equal(dataset_class_name("mnist", 7), "7");
    assert_string_equal(dataset_class_name("anything", 0), "0");
    assert_string_equal(dataset_class_name("fashion-mnist", 0), "T-shirt/top");
    assert_string_equal(dataset_class_name("fashion-mnist", 9), "Ankle boot");
    assert_string_equal(dataset_class_name("fashion-mnist", 10), "?");
    assert_string_equal(dataset_class_name("mnist", -1), "?");
}

/* The real one, where whoever runs this has it. */
static void a_real_set_loads(void **state)
{
    const char *const name = *state;
    dataset set;
    file_error error;
    int labels[10] = { 0 };

    assert_int_equal(chdir(start_folder), 0);
    setenv("CONVLAB_DATA", start_data, 1);
    const bool found = dataset_find(name, NULL);
    const status s = found ? dataset_load(name, SPLIT_TEST, &set, &error) : STATUS_OK;
    unsetenv("CONVLAB_DATA");
    assert_int_equal(chdir(scratch_path("")), 0);
    if (!found)
        skip();
    if (s != STATUS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(set.count, 10000);
    assert_int_equal(set.h, 28);
    assert_int_equal(set.w, 28);
    for (int i = 0; i < set.count; i++)
        labels[set.labels[i]]++;
    for (int i = 0; i < 10; i++)
        assert_in_range(labels[i], 800, 1200);
    dataset_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_is_taken_as_it_is),
        cmocka_unit_test(a_name_is_looked_up_in_order),
        cmocka_unit_test(packed_files_do_as_well),
        cmocka_unit_test(says_where_it_looked),
        cmocka_unit_test(a_very_long_path_is_refused),
        cmocka_unit_test(refuses_counts_that_differ),
        cmocka_unit_test(refuses_a_label_out_of_range),
        cmocka_unit_test(refuses_images_of_nothing),
        cmocka_unit_test(refuses_swapped_files),
        cmocka_unit_test(digits_need_no_file),
        cmocka_unit_test(classes_have_names),
        { "mnist loads", a_real_set_loads, NULL, NULL, "mnist" },
        { "fashion-mnist loads", a_real_set_loads, NULL, NULL, "fashion-mnist" },
    };
    return cmocka_run_group_tests_name("dataset", tests, enter, leave);
}
