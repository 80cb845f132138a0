/* dataset.h: labelled images: MNIST, Fashion-MNIST, or the built-in digits, found and checked.
 *
 * A folder holds four IDX files, each plain or with .gz appended:
 *     train-images-idx3-ubyte  train-labels-idx1-ubyte
 *     t10k-images-idx3-ubyte   t10k-labels-idx1-ubyte */
#ifndef DATASET_H
#define DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "data/file_error.h"

enum {
    DATASET_NAME_BYTES = 64,
    DATASET_PATH_BYTES = 4096
};

typedef enum { SPLIT_TRAIN, SPLIT_TEST } dataset_split;

typedef struct {
    char name[DATASET_NAME_BYTES];  /* "mnist"; for a folder, the last part of its path */
    int count;                      /* images, at least 1 */
    int c, h, w;                    /* c is 1 */
    int classes;                    /* 10 */
    uint8_t *pixels;                /* [count][c][h][w], 0 is background */
    uint8_t *labels;                /* [count], each < classes */
} dataset;

/* The data sets with a name: "mnist", "fashion-mnist", "digits". */
enum { DATASET_KNOWN_COUNT = 3 };
extern const char *const dataset_known[DATASET_KNOWN_COUNT];

/* Loads one half of a data set. `source` is a known name or a folder. A name is looked up in
 * $CONVLAB_DATA/NAME, data/NAME, /usr/share/datasets/NAME, in this order; "digits" is drawn by the
 * program and needs no file. Anything that is not a known name, or has a '/' in it, is a folder.
 * On STATUS_OK the caller owns *set and releases it with dataset_free(); otherwise *set is zeroed,
 * *error says what is wrong and where, or where was looked in vain, and the result is STATUS_IO or
 * STATUS_MEMORY. */
status dataset_load(const char *source, dataset_split split, dataset *set, file_error *error);

/* Releases the images and zeroes *set; a zeroed set is fine too. */
void dataset_free(dataset *set);

/* True if dataset_load() would find files for `source`, all four of them (it does not read them).
 * Stores the folder, or "(built in)", in path[DATASET_PATH_BYTES] unless path is NULL. */
bool dataset_find(const char *source, char *path);

/* "7", or "Sneaker" for label 7 of "fashion-mnist". Static; "?" for a label outside 0..9. */
const char *dataset_class_name(const char *name, int label);

#endif
