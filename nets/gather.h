/* gather.h: the two steps of training on the device that are no layer: fetching a batch from a data
 * set that lies there, and adding up the cost. All pointers are device memory; launched on the
 * default stream. A failed launch is told by launch_status() (kernels/core/launch_status.h). */
#ifndef GATHER_H
#define GATHER_H

#include <stdint.h>

typedef struct {
    int n;                      /* images of the batch */
    int c, h, w;                /* of the data set's images */
    int to_h, to_w;             /* of the batch's: larger ones are centred in zeros */
} gather_shape;

/* x[n][c][to_h][to_w] = pixels / 255 and labels_out[n] of the images with these numbers. */
void gather_images(const gather_shape *s, const uint8_t *pixels, const uint8_t *labels,
                   const int32_t *images, float *x, int32_t *labels_out);

/* *cost += *loss / steps. */
void gather_cost(const float *loss, int steps, float *cost);

#endif
