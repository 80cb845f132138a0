/* training_head.h: the concept of this lesson: a network so small that it fits into one function.
 *
 * The last layer of a classifier by itself: bytes in, dropout, one linear layer, softmax and
 * cross-entropy. Two passes:
 *
 *   logits       x[n][i] = pixels[n][i] / 255, and in training also dropout:
 *                x[n][i] = mask[n][i] ? pixels[n][i] / 255 / (1 - p) : 0
 *                logits[n][c] = b[c] + sum over i of w[c][i] * x[n][i]
 *
 *   train_step   one whole step of gradient descent, from images x to better weights:
 *                z[n][c] = b[c] + sum over i of w[c][i] * x[n][i]
 *                q[n][c] = exp(z[n][c]) / sum over k of exp(z[n][k])
 *                loss    = mean over n of -log q[n][labels[n]]
 *                g[n][c] = (q[n][c] - (c == labels[n])) / N           N: the number of images
 *                w[c][i] = w[c][i] - lr * sum over n of g[n][c] * x[n][i]
 *                b[c]    = b[c]    - lr * sum over n of g[n][c]
 *
 * Layout: pixels, mask bytes [n][features]; x [n][features]; labels [n]; w [classes][features];
 *         b [classes]; logits [n][classes]; loss [1]. */
#ifndef TRAINING_HEAD_H
#define TRAINING_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/core/variant.h"

enum { HEAD_MOST_CLASSES = 32 };

typedef struct {
    int n, features, classes;   /* all at least 1; at most HEAD_MOST_CLASSES classes */
    bool training;              /* logits: this is training, so dropout is on */
    float p;                    /* probability of dropping, below 1 */
    float lr;                   /* learning rate */
} head_shape;

typedef struct {
    variant_info info;
    void (*logits)(const head_shape *s, const uint8_t *pixels, const uint8_t *mask,
                   const float *w, const float *b, float *logits);
    void (*train_step)(const head_shape *s, const float *x, const int32_t *labels, float *w,
                       float *b, float *loss);
} head_variant;

#endif
