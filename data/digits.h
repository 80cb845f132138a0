/* digits.h: a data set of handwritten-looking digits that the program draws itself.
 *
 * Every image is a function of (seed, index) alone: each digit is a few strokes (lines, curves,
 * loops), bent, slanted, turned, scaled and moved at random, and inked by the distance of each
 * pixel to the nearest stroke. The same on every machine, for any number of threads. */
#ifndef DIGITS_H
#define DIGITS_H

#include <stdint.h>

enum {
    DIGITS_SIZE = 28,                           /* height and width */
    DIGITS_PIXELS = DIGITS_SIZE * DIGITS_SIZE,
    DIGITS_CLASSES = 10,
    DIGITS_TRAIN_COUNT = 12000,                 /* indices 0 .. 11999 of the data set "digits" */
    DIGITS_TEST_COUNT = 2000,                   /* indices 12000 .. 13999 */
    DIGITS_SEED = 1                             /* the data set's own seed */
};

/* Draws image `index` of `seed` into pixels[28][28] (0 paper, 255 full ink) and returns its label,
 * which is index % 10. */
uint8_t digits_draw(uint64_t seed, int index, uint8_t *pixels);

/* Draws images first .. first + count - 1: pixels[count][28][28], labels[count]. */
void digits_draw_many(uint64_t seed, int first, int count, uint8_t *pixels, uint8_t *labels);

#endif
