/* loader.c: cuts a data set into batches, in the order in which PyTorch's DataLoader would. */
#include "data/loader.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void file_order(loader *l)
{
    for (int i = 0; i < l->set->count; i++)
        l->order[i] = i;
    l->position = 0;
}

status loader_init(loader *l, const dataset *set, const loader_options *options)
{
    memset(l, 0, sizeof *l);
    if (options->batch < 1 || (options->shuffle && options->batch > set->count) ||
        (options->size != 0 && (options->size < set->h || options->size < set->w)))
        return STATUS_SHAPE;
    l->order = malloc((size_t)set->count * sizeof *l->order);
    if (!l->order)
        return STATUS_MEMORY;
    l->options = *options;
    l->set = set;
    l->h = options->size ? options->size : set->h;
    l->w = options->size ? options->size : set->w;
    file_order(l);
    return STATUS_OK;
}

void loader_free(loader *l)
{
    free(l->order);
    memset(l, 0, sizeof *l);
}

void loader_start_epoch(loader *l, rng *r)
{
    rng sampler;

    l->position = 0;
    if (!l->options.shuffle)
        return;
    rng_int63(r);                               /* DataLoader's base seed, for its workers */
    rng_seed(&sampler, (uint64_t)rng_int63(r));
    rng_permutation(&sampler, l->set->count, l->order);
}

int loader_steps(const loader *l)
{
    const int whole = l->set->count / l->options.batch;
    const bool partial = !l->options.shuffle && l->set->count % l->options.batch != 0;
    return whole + (partial ? 1 : 0);
}

/* x[c][l->h][l->w] of one image, centred in zeros where the batch's images are larger. */
static void fill_image(const loader *l, const uint8_t *pixels, float *x)
{
    const dataset *const set = l->set;
    const int top = (l->h - set->h) / 2, left = (l->w - set->w) / 2;
    const float divisor = l->options.raw_pixels ? 1.0f : 255.0f;

    if (l->h != set->h || l->w != set->w)
        memset(x, 0, (size_t)set->c * (size_t)l->h * (size_t)l->w * sizeof *x);
    for (int c = 0; c < set->c; c++)
        for (int h = 0; h < set->h; h++) {
            float *const row = x + ((ptrdiff_t)c * l->h + top + h) * l->w + left;
            for (int w = 0; w < set->w; w++)
                row[w] = (float)*pixels++ / divisor;
        }
}

int loader_next(loader *l, const int32_t **images)
{
    int n = l->set->count - l->position;

    if (n > l->options.batch)
        n = l->options.batch;
    if (n < l->options.batch && l->options.shuffle)
        return 0;                               /* drop the last, partial batch */
    *images = l->order + l->position;
    l->position += n;
    return n;
}

int loader_batch(loader *l, float *x, int32_t *labels)
{
    const dataset *const set = l->set;
    const ptrdiff_t from = (ptrdiff_t)set->c * set->h * set->w;
    const ptrdiff_t to = (ptrdiff_t)set->c * l->h * l->w;
    const int32_t *images;
    const int n = loader_next(l, &images);

    for (int i = 0; i < n; i++) {
        fill_image(l, set->pixels + images[i] * from, x + i * to);
        labels[i] = set->labels[images[i]];
    }
    return n;
}

status loader_restore(loader *l, const int32_t *order, int position)
{
    const int count = l->set->count;

    if (position < 0 || position > count)
        return STATUS_VALUE;
    uint8_t *const seen = calloc((size_t)count, 1);
    if (!seen)
        return STATUS_MEMORY;
    bool permutation = true;
    for (int i = 0; i < count && permutation; i++) {
        permutation = order[i] >= 0 && order[i] < count && !seen[order[i]];
        if (permutation)
            seen[order[i]] = 1;
    }
    free(seen);
    if (!permutation)
        return STATUS_VALUE;
    memcpy(l->order, order, (size_t)count * sizeof *order);
    l->position = position;
    return STATUS_OK;
}
