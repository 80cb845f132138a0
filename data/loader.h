/* loader.h: cuts a data set into batches, in the order in which PyTorch's DataLoader would.
 *
 * Shuffled epochs draw from the caller's generator exactly as DataLoader(shuffle=True) with a
 * RandomSampler draws from torch's global one: a base seed that nothing uses, then the sampler's
 * seed, from which a generator of its own makes the permutation. */
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "data/dataset.h"
#include "kernels/core/rng.h"

typedef struct {
    int batch;          /* images per batch, at least 1 */
    bool shuffle;       /* shuffle each epoch and drop its last, partial batch (training);
                           false: file order, the last batch may be smaller (evaluation) */
    bool raw_pixels;    /* 0..255; false: divided by 255, as torchvision's ToTensor does */
    int size;           /* h and w after centring each image in zeros (28 -> 32 for lenet);
                           0: as the data set has them */
} loader_options;

/* The state of an epoch is order[], position and nothing else: what a checkpoint keeps besides the
 * caller's generator. Read them freely; set them with loader_restore(). */
typedef struct {
    loader_options options;
    const dataset *set;     /* not owned; must outlive the loader */
    int h, w;               /* of a batch's images */
    int32_t *order;         /* [set->count], a permutation of 0 .. count-1 */
    int position;           /* images of this epoch already handed out */
} loader;

/* Prepares *l, in file order, at the start of an epoch. The caller releases it with loader_free().
 * Returns STATUS_OK, STATUS_MEMORY, or STATUS_SHAPE if batch < 1, if size is neither 0 nor at
 * least as large as the images' h and w, or if a shuffled batch is larger than the data set (every
 * epoch would be empty); *l is zeroed then. */
status loader_init(loader *l, const dataset *set, const loader_options *options);
void loader_free(loader *l);

/* Begins an epoch: position 0 and, if shuffling, a new order (two rng_int63 draws from *r, which
 * may be NULL where nothing is shuffled). */
void loader_start_epoch(loader *l, rng *r);

/* Batches in one whole epoch. */
int loader_steps(const loader *l);

/* Fills the next batch: x[n][c][h][w] and labels[n], and returns n: options.batch, fewer in the
 * last batch of a sequential epoch, or 0 at the end of the epoch. The caller's x and labels have
 * room for options.batch images. */
int loader_batch(loader *l, float *x, int32_t *labels);

/* As loader_batch(), but tells only which images they are: *images points to n numbers of the
 * order, for who has the data set elsewhere. */
int loader_next(loader *l, const int32_t **images);

/* Continues an interrupted epoch. Returns STATUS_VALUE, and changes nothing, if order[set->count]
 * is no permutation or position lies outside 0 .. count; STATUS_MEMORY if it could not check. */
status loader_restore(loader *l, const int32_t *order, int position);

#endif
