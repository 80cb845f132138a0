/* resident.h: a plan whose layers run on the device (SPACE_CUDA rows).
 *
 * Such a plan is two: the home plan in host memory, which everybody sees, and its twin, the same
 * block of memory with the same offsets on the device. The functions of nets/step.h, given the home
 * plan, carry everything over, run, and carry everything back: slow, simple, and all that a test or
 * an evaluation needs.
 *
 * Training stays there: the data set is carried over once, and all launches of a step are one CUDA
 * graph, recorded at the first step. Per step only the numbers of its images, and the dropout masks
 * (PyTorch's generator is the host's), go over; nothing comes back until it is asked for. */
#ifndef RESIDENT_H
#define RESIDENT_H

#include "data/dataset.h"
#include "nets/plan.h"

/* Makes the twin of a plan; called by plan_init() and plan_free(). Open returns STATUS_OK,
 * STATUS_MEMORY or STATUS_DEVICE. */
status resident_open(plan *home);
void resident_close(plan *home);

/* Everything to the device, and back. Up first fetches what training left there. */
status resident_up(plan *home);
status resident_down(plan *home);
plan *resident_twin(plan *home);

/* Carries a data set over, for images of size x size (0: as they are), as data/loader.h. */
status resident_load(plan *home, const dataset *set, int size);

/* One training step on the images with these numbers, n <= planned batch; `epoch_steps` divides the
 * loss where it is added to the epoch's cost. Draws dropout masks from *r. Does not wait. */
status resident_train(plan *home, const int32_t *images, int n, double lr, rng *r,
                      int epoch_steps);

/* Parameters, moments and running statistics, as training left them, into the home plan. */
status resident_fetch(plan *home);

/* The loss of the last step and the cost of the epoch so far; sets that cost. */
status resident_read(const plan *home, float *loss, float *cost);
status resident_set_cost(plan *home, float cost);

/* Kernel launches and other nodes in the recorded step; 0 before the first. */
int resident_graph_nodes(const plan *home);

#endif
