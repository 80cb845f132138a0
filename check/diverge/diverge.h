/* diverge.h: trains two executions of one network in step and finds where they part.
 *
 * Rounding grows from layer to layer and from step to step, so two honest executions that run
 * freely lie further apart than any bound of one layer. Therefore every layer and pass is compared
 * on its own: both sides get the same inputs, those of side A's training run, and each output
 * element of each side is held against the reference's value for just these inputs, with the bound
 * of check/. An element outside is a defect of that kernel, at that layer, pass and step; if there
 * is none, the two sides differ by no more than twice the bound: rounding. Besides, side B trains
 * freely, too, and the two losses of each step tell how far rounding alone drives them apart.
 *
 * Three plans: `lead` is side A's run; `probe` is side B's kernels on copies of the lead's inputs;
 * `free` is side B's own run. Their outputs start as NaN, so that what is never written shows. */
#ifndef DIVERGE_H
#define DIVERGE_H

#include "check/diverge/diverge_stage.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "kernels/core/cpu.h"

enum { DIVERGE_MAX_ROWS = 16 * NETWORK_MAX_LAYERS };

/* The name under which the reference itself, rounded to float, is a side. */
extern const char diverge_reference[];      /* "reference" */

typedef struct {
    const char *variant;    /* as plan_options.variant, or "reference" */
    int threads;            /* OpenMP threads, at least 1 */
    isa isa;
} diverge_side;

typedef struct {
    const network *net;
    diverge_side side[2];   /* A, B */
    const dataset *set;     /* NULL: images, labels, targets and, for a network without a loss,
                               the gradient of its output are drawn from the seed */
    int batch;
    double lr, dropout;     /* dropout < 0: the network's own */
    uint64_t seed;          /* of weights, order of images, masks: as train's */
    bool shuffle;           /* side B adds up the images of a batch in another order ... */
    uint64_t shuffle_seed;  /* ... drawn from this */
} diverge_options;

/* An element that no rounding explains. The tensor "generator" is dropout's: its value is the
 * number of words drawn of the present 624. */
typedef struct {
    int64_t step;           /* from 1 */
    diverge_pass pass;
    const net_layer *layer; /* NULL: the loss */
    const char *tensor;
    bool changed;           /* it is an input, and the kernel wrote into it */
    ptrdiff_t count;        /* elements of the tensor, */
    ptrdiff_t outside[2];   /* and of each side how many lie outside the bound */
    int coordinate[CHECK_MAX_RANK], rank;       /* of the first one */
    float got[2];           /* what each side has there; only where outside, if `changed` */
    exact want;
    double allowed[2];
} diverge_finding;

/* One tensor that is compared, over all steps. */
typedef struct {
    diverge_pass pass;
    const net_layer *layer;
    const char *tensor;
    ptrdiff_t count;
    double worst[2];        /* largest error of each side as a fraction of its bound */
    int64_t unequal;        /* elements that differ in their bits, A from B */
} diverge_row;

/* Read freely. */
typedef struct {
    diverge_options options;
    plan lead, probe, free;
    loader loader;          /* of options.set */
    rng random, shuffling;
    int32_t *order;         /* [batch]: image i of side B's batch is image order[i] of side A's */
    int stage_count;
    diverge_stage stages[DIVERGE_MAX_STAGES];
    diverge_tensors tensors[2];
    exact *room;            /* for the reference of the largest stage */

    int64_t step;           /* whole steps done */
    float loss[2];          /* of the last one: side A's run and side B's own */
    bool found;
    diverge_finding finding;
    int row_count;
    diverge_row rows[DIVERGE_MAX_ROWS];
    int64_t compared;       /* elements of each side held against the reference */
} diverge;

/* The network's recipe, a batch of 8 at most, seed 777, both sides with the threads and the
 * instructions of now; naive and openmp, no data set. */
diverge_options diverge_options_default(const network *net);

/* Plans and draws everything. The set is not copied and must outlive *d. Returns STATUS_OK; the
 * caller then releases *d with diverge_free() and does not move it. Or, with *d zeroed and *error
 * set,
 *   STATUS_VALUE        a variant that no table has; two sides that run the same code in the same
 *                       way, so that nothing would be compared; an option out of range
 *   STATUS_SHAPE        the data set or the batch does not fit the network
 *   STATUS_UNSUPPORTED  an instruction set that this processor lacks, or as plan_init()
 *   others as plan_init() and loader_init(). */
status diverge_init(diverge *d, const diverge_options *options, file_error *error);
void diverge_free(diverge *d);

/* One training step of both sides, compared tensor by tensor up to the first finding, which sets
 * d->found and ends the step. Returns STATUS_OK or what a kernel returned. Threads and instruction
 * set are as before when it returns. */
status diverge_step(diverge *d);

/* "forward", "loss gradient", ... */
const char *diverge_pass_name(diverge_pass pass);

/* The finding for people, in three lines at most: where, and what either side has there; cut short
 * if it does not fit into text[size]. */
void diverge_describe(const diverge *d, char *text, size_t size);

#endif
