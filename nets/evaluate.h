/* evaluate.h: how many images of a data set a network names rightly. */
#ifndef EVALUATE_H
#define EVALUATE_H

#include <signal.h>

#include "data/dataset.h"
#include "nets/step.h"

enum { EVALUATE_MAX_CLASSES = 16 };

typedef struct {
    bool raw_pixels;        /* feed 0..255, not 0..1: the tutorials' mistake */
    bool train_mode;        /* leave dropout on and let batch norm use (and update) the batch's
                               statistics: the other mistake; draws from *random */
    rng *random;            /* NULL unless train_mode */
    float *logits;          /* [set->count][set->classes]: receives the outputs; or NULL */
    const volatile sig_atomic_t *stop;      /* ends the evaluation early once not 0; or NULL */
} evaluate_options;

typedef struct {
    int classes, count, correct;            /* count: images seen */
    int confusion[EVALUATE_MAX_CLASSES][EVALUATE_MAX_CLASSES];      /* [label][answer] */
} evaluation;

/* True if a network with this loss and these images can be trained on and tested with the data set:
 * same extent, but for the network's border, and as many classes as outputs. */
bool evaluate_fits(const network *net, const dataset *set);

/* The class of the largest of x[classes]: the first of equal ones; NaN is never the largest. */
int evaluate_answer(const float *x, int classes);

/* Runs the whole set through the network in batches of the plan's size. Returns STATUS_OK,
 * STATUS_SHAPE (evaluate_fits() is false), STATUS_MEMORY, or what a kernel returned. */
status evaluate(plan *p, const dataset *set, const evaluate_options *options, evaluation *result);

#endif
