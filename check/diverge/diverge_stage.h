/* diverge_stage.h: a training step cut into stages: what each reads, writes, and ought to write.
 *
 * A stage is what nets/step.h does in one call: a layer forward, the loss, its gradient, a layer
 * backward, the update. Nobody outside check/ includes this but through diverge.h. */
#ifndef DIVERGE_STAGE_H
#define DIVERGE_STAGE_H

#include "check/check.h"
#include "nets/step.h"

typedef enum {
    DIVERGE_FORWARD,
    DIVERGE_LOSS,
    DIVERGE_LOSS_GRADIENT,
    DIVERGE_BACKWARD,
    DIVERGE_UPDATE
} diverge_pass;

enum {
    DIVERGE_MAX_STAGES = 2 * NETWORK_MAX_LAYERS + 3,
    DIVERGE_MAX_TENSORS = 8 * NETWORK_MAX_LAYERS        /* update: two parameters, four each */
};

typedef struct {
    diverge_pass pass;
    int layer;              /* forward and backward */
} diverge_stage;

typedef struct {
    const char *name;       /* "dweight" */
    const net_layer *layer; /* NULL: the loss */
    bool read, written;     /* both: updated in place */
    check_type type;
    void *data;             /* in the plan */
    int rank, extent[CHECK_MAX_RANK];
    ptrdiff_t count, image; /* elements, and of them those of one image; 0: not made of images */
    exact *expected;        /* [count] of what is written */
} diverge_tensor;

typedef struct {
    int count;
    diverge_tensor tensor[DIVERGE_MAX_TENSORS];
} diverge_tensors;

/* The stages of a training step, in order. Returns how many. */
int diverge_stages(const plan *p, diverge_stage stages[DIVERGE_MAX_STAGES]);

/* Lists the tensors of a stage; `expected` lies in room[], which may be NULL to learn the return
 * value: the elements of room[] that it takes. The plan was made with input_gradient. */
ptrdiff_t diverge_list(plan *p, diverge_stage stage, exact *room, diverge_tensors *t);

/* Computes `expected` from what the plan holds. Dropout's mask is drawn from *r. */
void diverge_expect(const plan *p, diverge_stage stage, double lr, rng *r, diverge_tensors *t);

/* Runs the plan's kernels. Returns what they return. */
status diverge_run(plan *p, diverge_stage stage, double lr, rng *r);

/* Precision of the row that runs the stage. */
variant_precision diverge_precision(const plan *p, diverge_stage stage);

#endif
