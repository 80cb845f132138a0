/* step.h: what happens in one training step of a planned network, whole or layer by layer.
 *
 * A plan of a CUDA variant is carried to the device and back by each call (nets/resident.h).
 * Every function takes n, the images of this batch: 0 .. planned batch. The caller has filled
 * p->input, and p->labels or p->target before the loss. All return STATUS_OK, STATUS_SHAPE (n out
 * of range), STATUS_UNSUPPORTED (more OpenMP threads than the plan was made for), STATUS_VALUE (a
 * label out of range) or what a kernel returned. */
#ifndef STEP_H
#define STEP_H

#include "nets/plan.h"

typedef enum {
    STEP_TRAIN,     /* dropout drops, batch norm uses and updates statistics of the batch */
    STEP_EVAL
} step_mode;

/* All layers, p->input to p->output. In training dropout draws from *r; with r NULL its masks stay
 * as they are. */
status step_forward(plan *p, int n, step_mode mode, rng *r);

/* p->loss from p->output; LOSS_NONE leaves it alone. */
status step_loss(plan *p, int n);

/* p->doutput from the loss; LOSS_NONE: the caller has filled p->doutput. */
status step_loss_gradient(plan *p, int n);

/* All layers in reverse after step_forward(STEP_TRAIN): p->doutput to all gradients. */
status step_backward(plan *p, int n);

/* One step of Adam over all parameters. */
status step_update(plan *p, double lr);

/* The same, with the number of steps done in memory that the plan's rows can reach: *step, which is
 * raised by 1. For a step that is recorded once and run often (nets/resident.h). */
status step_update_counted(plan *p, double lr, int64_t *step);

/* The five above step_update_counted in turn: one training step. */
status step_train(plan *p, int n, double lr, rng *r);

/* A single layer of step_forward and step_backward, for those that time or compare layers. */
status step_forward_layer(plan *p, int layer, int n, step_mode mode, rng *r);
status step_backward_layer(plan *p, int layer, int n);

#endif
