/* test_loader.c: batches in PyTorch's order, and batches that continue where others stopped. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "data/loader.h"

enum { EPOCHS = 2, FIRST = 20 };

/* The first 20 indices of the first two epochs over 60000 images of
 * DataLoader(..., shuffle=True), after torch.manual_seed(seed). Source: PyTorch 1.13. */
static const struct {
    uint64_t seed;
    int32_t order[EPOCHS][FIRST];
} known[] = {
    { 0,
      { { 11226, 15289, 1783, 11687, 36541, 43941, 49263, 7244, 12216, 57916, 25101, 1474,
          41786, 52303, 47583, 10503, 42675, 40496, 42911, 2589 },
        { 30872, 45143, 9253, 4193, 40538, 40344, 43989, 42370, 26227, 39363, 21156,
          55364, 43284, 54292, 38005, 17326, 21140, 10306, 1740, 36265 } } },
    { 777,
      { { 50208, 51282, 50204, 21670, 44774, 33299, 20053, 13128, 38595, 21126, 35589,
          26931, 45708, 39028, 22489, 42567, 29506, 48807, 22515, 35303 },
        { 3456, 6048, 15401, 53120, 41460, 26466, 22638, 22921, 4081, 27868, 768, 47996,
          17337, 18927, 31442, 5438, 47072, 1408, 4265, 40864 } } },
    { 20261121,
      { { 37868, 11750, 8892, 59101, 53621, 30732, 38691, 44764, 36811, 19155, 31437,
          43077, 58877, 3324, 2812, 26869, 22723, 54061, 42798, 34650 },
        { 13066, 23549, 2850, 54378, 4168, 49056, 16176, 42898, 53220, 5489, 46736,
          1589, 13623, 32997, 12342, 32438, 55146, 8693, 51250, 16791 } } },
};

/* A set of `count` images of 2 x 3, whose pixels tell the image: image * 6 + place. */
static dataset make_set(int count)
{
    dataset set = { .count = count, .c = 1, .h = 2, .w = 3, .classes = 10 };

    set.pixels = malloc((size_t)count * 6);
    set.labels = malloc((size_t)count);
    assert_true(set.pixels && set.labels);
    for (int i = 0; i < count * 6; i++)
        set.pixels[i] = (uint8_t)i;
    for (int i = 0; i < count; i++)
        set.labels[i] = (uint8_t)(i % 10);
    return set;
}

static loader make_loader(const dataset *set, loader_options options)
{
    loader l;

    assert_int_equal(loader_init(&l, set, &options), STATUS_OK);
    return l;
}

static void shuffles_as_pytorch_does(void **state)
{
    dataset set = make_set(60000);
    loader l = make_loader(&set, (loader_options){ .batch = 100, .shuffle = true });
    rng r;

    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        rng_seed(&r, known[k].seed);
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            loader_start_epoch(&l, &r);
            assert_memory_equal(l.order, known[k].order[epoch], sizeof known[k].order[epoch]);
        }
    }
    loader_free(&l);
    dataset_free(&set);
}

/* Whatever the epoch's order, PyTorch leaves the global generator two draws further. */
static void takes_two_draws_from_the_generator(void **state)
{
    dataset set = make_set(7);
    loader l = make_loader(&set, (loader_options){ .batch = 2, .shuffle = true });
    rng r, expected;

    (void)state;
    rng_seed(&r, 3);
    rng_seed(&expected, 3);
    rng_int63(&expected);
    rng_int63(&expected);
    loader_start_epoch(&l, &r);
    assert_true(rng_int63(&r) == rng_int63(&expected));
    loader_free(&l);
    dataset_free(&set);
}

static void shuffled_epoch_drops_the_last_batch(void **state)
{
    dataset set = make_set(11);
    loader l = make_loader(&set, (loader_options){ .batch = 4, .shuffle = true,
                                                   .raw_pixels = true });
    float x[4 * 6];
    int32_t labels[4];
    rng r;

    (void)state;
    rng_seed(&r, 1);
    loader_start_epoch(&l, &r);
    assert_int_equal(loader_steps(&l), 2);
    for (int step = 0; step < 2; step++) {
        assert_int_equal(loader_batch(&l, x, labels), 4);
        for (int i = 0; i < 4; i++) {
            const int32_t image = l.order[4 * step + i];
            assert_int_equal(labels[i], image % 10);
            for (int j = 0; j < 6; j++)
                assert_true(x[6 * i + j] == (float)(image * 6 + j));
        }
    }
    assert_int_equal(l.position, 8);
    assert_int_equal(loader_batch(&l, x, labels), 0);
    assert_int_equal(l.position, 8);
    loader_start_epoch(&l, &r);
    assert_int_equal(l.position, 0);
    loader_free(&l);
    dataset_free(&set);
}

static void sequential_epoch_keeps_the_last_batch(void **state)
{
    dataset set = make_set(11);
    loader l = make_loader(&set, (loader_options){ .batch = 4 });
    float x[4 * 6];
    int32_t labels[4];
    int seen = 0;

    (void)state;
    assert_int_equal(loader_steps(&l), 3);
    for (int epoch = 0; epoch < 2; epoch++) {
        loader_start_epoch(&l, NULL);
        seen = 0;
        for (int n; (n = loader_batch(&l, x, labels)) > 0; seen += n) {
            assert_int_equal(n, seen == 8 ? 3 : 4);
            for (int i = 0; i < n; i++)
                assert_int_equal(labels[i], (seen + i) % 10);
        }
        assert_int_equal(seen, 11);
    }
    loader_free(&l);
    dataset_free(&set);
}

static void scales_pixels_as_totensor_does(void **state)
{
    dataset set = make_set(43);                 /* pixels 0 .. 255 and two more */
    loader l = make_loader(&set, (loader_options){ .batch = 43 });
    float x[43 * 6];
    int32_t labels[43];

    (void)state;
    assert_int_equal(loader_batch(&l, x, labels), 43);
    for (int i = 0; i < 256; i++) {
        const float expected = (float)i / 255.0f;
        assert_memory_equal(&x[i], &expected, sizeof expected);
    }
    assert_true(x[255] == 1.0f);
    loader_free(&l);
    dataset_free(&set);
}

static void centres_images_in_zeros(void **state)
{
    static const float expected[2][16] = {
        { 0, 0, 0, 0,  0, 1, 2, 0,  3, 4, 5, 0,  0, 0, 0, 0 },
        { 0, 0, 0, 0,  6, 7, 8, 0,  9, 10, 11, 0,  0, 0, 0, 0 },
    };
    dataset set = make_set(2);
    loader l = make_loader(&set, (loader_options){ .batch = 2, .raw_pixels = true, .size = 4 });
    float x[32];
    int32_t labels[2];

    (void)state;
    memset(x, 0xff, sizeof x);                  /* NaN */
    assert_int_equal(l.h, 4);
    assert_int_equal(l.w, 4);
    assert_int_equal(loader_batch(&l, x, labels), 2);
    assert_memory_equal(x, expected, sizeof expected);
    loader_free(&l);
    dataset_free(&set);
}

static void centres_28_in_32(void **state)
{
    uint8_t pixels[28 * 28], label = 3;
    const dataset set = { .count = 1, .c = 1, .h = 28, .w = 28, .classes = 10, .pixels = pixels,
                          .labels = &label };
    loader l = make_loader(&set, (loader_options){ .batch = 1, .size = 32 });
    static float x[32 * 32];
    int32_t labels[1];

    (void)state;
    memset(pixels, 255, sizeof pixels);
    assert_int_equal(loader_batch(&l, x, labels), 1);
    for (int h = 0; h < 32; h++)
        for (int w = 0; w < 32; w++)
            assert_true(x[h * 32 + w] == (h >= 2 && h < 30 && w >= 2 && w < 30 ? 1.0f : 0.0f));
    loader_free(&l);
}

static void a_restored_epoch_continues(void **state)
{
    dataset set = make_set(50);
    const loader_options options = { .batch = 4, .shuffle = true };
    loader whole = make_loader(&set, options), resumed = make_loader(&set, options);
    float x[4 * 6], again[4 * 6];
    int32_t labels[4], labels_again[4];
    rng r;

    (void)state;
    rng_seed(&r, 8);
    loader_start_epoch(&whole, &r);
    for (int step = 0; step < 5; step++)
        loader_batch(&whole, x, labels);
    assert_int_equal(loader_restore(&resumed, whole.order, whole.position), STATUS_OK);
    for (int n = 4; n > 0;) {
        n = loader_batch(&whole, x, labels);
        assert_int_equal(loader_batch(&resumed, again, labels_again), n);
        assert_memory_equal(x, again, sizeof x);
        assert_memory_equal(labels, labels_again, sizeof labels);
    }
    loader_free(&whole);
    loader_free(&resumed);
    dataset_free(&set);
}

static void restores_no_nonsense(void **state)
{
    static const int32_t twice[] = { 0, 1, 1 }, negative[] = { 0, -1, 2 }, beyond[] = { 0, 1, 3 };
    static const int32_t reversed[] = { 2, 1, 0 }, in_file_order[] = { 0, 1, 2 };
    dataset set = make_set(3);
    loader l = make_loader(&set, (loader_options){ .batch = 1 });

    (void)state;
    assert_int_equal(loader_restore(&l, twice, 0), STATUS_VALUE);
    assert_int_equal(loader_restore(&l, negative, 0), STATUS_VALUE);
    assert_int_equal(loader_restore(&l, beyond, 0), STATUS_VALUE);
    assert_int_equal(loader_restore(&l, reversed, -1), STATUS_VALUE);
    assert_int_equal(loader_restore(&l, reversed, 4), STATUS_VALUE);
    assert_memory_equal(l.order, in_file_order, sizeof in_file_order);
    assert_int_equal(l.position, 0);
    assert_int_equal(loader_restore(&l, reversed, 3), STATUS_OK);
    assert_memory_equal(l.order, reversed, sizeof reversed);
    assert_int_equal(l.position, 3);
    loader_free(&l);
    dataset_free(&set);
}

static void refuses_impossible_options(void **state)
{
    static const loader_options impossible[] = {
        { .batch = 0 }, { .batch = -5 }, { .batch = 4, .shuffle = true },
        { .batch = 1, .size = 2 }, { .batch = 1, .size = -3 },
    };
    dataset set = make_set(3);
    loader l;

    (void)state;
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        assert_int_equal(loader_init(&l, &set, &impossible[i]), STATUS_SHAPE);
        assert_null(l.order);
    }
    l = make_loader(&set, (loader_options){ .batch = 1000 });   /* fine in file order */
    assert_int_equal(loader_steps(&l), 1);
    loader_free(&l);
    loader_free(&l);
    dataset_free(&set);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffles_as_pytorch_does),
        cmocka_unit_test(takes_two_draws_from_the_generator),
        cmocka_unit_test(shuffled_epoch_drops_the_last_batch),
        cmocka_unit_test(sequential_epoch_keeps_the_last_batch),
        cmocka_unit_test(scales_pixels_as_totensor_does),
        cmocka_unit_test(centres_images_in_zeros),
        cmocka_unit_test(centres_28_in_32),
        cmocka_unit_test(a_restored_epoch_continues),
        cmocka_unit_test(restores_no_nonsense),
        cmocka_unit_test(refuses_impossible_options),
    };
    return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
