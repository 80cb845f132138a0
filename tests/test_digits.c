/* test_digits.c: the built-in digits: the same everywhere, and fit to learn from. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "data/digits.h"

enum { COUNT = DIGITS_TRAIN_COUNT + DIGITS_TEST_COUNT };

static uint8_t *pixels, *labels;

static int draw_all(void **state)
{
    (void)state;
    pixels = malloc((size_t)COUNT * DIGITS_PIXELS);
    labels = malloc(COUNT);
    if (!pixels || !labels)
        return -1;
    digits_draw_many(DIGITS_SEED, 0, COUNT, pixels, labels);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    free(pixels);
    free(labels);
    return 0;
}

static const uint8_t *image(int index)
{
    return pixels + (ptrdiff_t)index * DIGITS_PIXELS;
}

/* Whoever changes the drawing on purpose changes this sum; no machine or compiler may. */
static void are_the_same_everywhere(void **state)
{
    (void)state;
    assert_int_equal(crc32(0, pixels, COUNT * DIGITS_PIXELS), 0xdfe2f611u);
}

static void do_not_depend_on_threads(void **state)
{
    enum { FEW = 300 };
    uint8_t *const again = malloc(FEW * DIGITS_PIXELS), again_labels[FEW];
    const int threads = omp_get_max_threads();

    (void)state;
    for (int t = 1; t <= 4; t *= 2) {
        omp_set_num_threads(t);
        digits_draw_many(DIGITS_SEED, 100, FEW, again, again_labels);
        assert_memory_equal(again, image(100), FEW * DIGITS_PIXELS);
        assert_memory_equal(again_labels, labels + 100, FEW);
    }
    omp_set_num_threads(threads);
    free(again);
}

static void are_drawn_alone_as_together(void **state)
{
    uint8_t one[DIGITS_PIXELS];

    (void)state;
    for (int i = 13; i < COUNT; i += 997) {
        assert_int_equal(digits_draw(DIGITS_SEED, i, one), labels[i]);
        assert_memory_equal(one, image(i), sizeof one);
    }
}

static void have_balanced_labels(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(labels[i], i % 10);
    assert_int_equal(DIGITS_TRAIN_COUNT % 10, 0);
    assert_int_equal(DIGITS_TEST_COUNT % 10, 0);
}

static void differ_between_seeds_and_indices(void **state)
{
    uint8_t other[DIGITS_PIXELS];
    uint32_t *const sums = malloc(COUNT * sizeof *sums);
    int equal = 0;

    (void)state;
    digits_draw(DIGITS_SEED + 1, 40, other);
    assert_memory_not_equal(other, image(40), sizeof other);
    digits_draw(DIGITS_SEED + (UINT64_C(1) << 32), 40, other);
    assert_memory_not_equal(other, image(40), sizeof other);
    for (int i = 0; i < COUNT; i++)
        sums[i] = (uint32_t)crc32(0, image(i), DIGITS_PIXELS);
    for (int i = 0; i < COUNT; i++)             /* no image twice, in training or test set */
        for (int j = i + 1; j < COUNT; j++)
            equal += sums[i] == sums[j] && memcmp(image(i), image(j), DIGITS_PIXELS) == 0;
    assert_int_equal(equal, 0);
    free(sums);
}

/* Ink, but not too much; paper around it in all but a few images; strong strokes. */
static void look_like_pen_on_paper(void **state)
{
    int at_the_border = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        int inked = 0, darkest = 0, border = 0;
        for (int h = 0; h < DIGITS_SIZE; h++)
            for (int w = 0; w < DIGITS_SIZE; w++) {
                const int ink = image(i)[h * DIGITS_SIZE + w];
                inked += ink > 100;
                darkest = ink > darkest ? ink : darkest;
                if (h == 0 || w == 0 || h == DIGITS_SIZE - 1 || w == DIGITS_SIZE - 1)
                    border += ink > 100;
            }
        if (inked < 12 || inked > 330 || darkest < 150)
            fail_msg("image %d: %d inked pixels, darkest %d", i, inked, darkest);
        at_the_border += border > 0;
    }
    assert_in_range(at_the_border, 0, COUNT / 20);
}

/* The nearest class mean gets some right, for the classes differ, and not all, for they vary. */
static void are_neither_alike_nor_trivial(void **state)
{
    static double mean[DIGITS_CLASSES][DIGITS_PIXELS];
    int right = 0;

    (void)state;
    memset(mean, 0, sizeof mean);
    for (int i = 0; i < DIGITS_TRAIN_COUNT; i++)
        for (int p = 0; p < DIGITS_PIXELS; p++)
            mean[labels[i]][p] += image(i)[p] / (DIGITS_TRAIN_COUNT / 10.0);
    for (int i = DIGITS_TRAIN_COUNT; i < COUNT; i++) {
        double nearest = 1e300;
        int guess = -1;
        for (int label = 0; label < DIGITS_CLASSES; label++) {
            double distance = 0.0;
            for (int p = 0; p < DIGITS_PIXELS; p++)
                distance += (image(i)[p] - mean[label][p]) * (image(i)[p] - mean[label][p]);
            if (distance < nearest) {
                nearest = distance;
                guess = label;
            }
        }
        right += guess == labels[i];
    }
    assert_in_range(right, DIGITS_TEST_COUNT / 2, DIGITS_TEST_COUNT * 9 / 10);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_the_same_everywhere),
        cmocka_unit_test(do_not_depend_on_threads),
        cmocka_unit_test(are_drawn_alone_as_together),
        cmocka_unit_test(have_balanced_labels),
        cmocka_unit_test(differ_between_seeds_and_indices),
        cmocka_unit_test(look_like_pen_on_paper),
        cmocka_unit_test(are_neither_alike_nor_trivial),
    };
    return cmocka_run_group_tests_name("digits", tests, draw_all, free_all);
}
