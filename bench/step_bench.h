/* step_bench.h: the time of a training step, whole and part by part, for each network.
 *
 * Method: a layer alone in a loop would find its data in caches where a real step does not. So
 * whole steps are run, on digits, and clocks are read between their parts (loss, optimiser, and
 * each layer's forward and backward: nets/step.h). Reading clocks costs little, but to be sure the
 * same step also runs undivided: rounds of yardstick, whole, divided, divided, whole, yardstick.
 * The whole step's time is its median; a part's is its mean over the middle half of the divided
 * steps, ordered by their total, so that the parts add up. The ratios to the yardstick are medians
 * over the rounds with a bootstrap interval, as bench/measure.h does it. Weights are drawn anew now
 * and then, so that the network does not learn its few images by heart, with gradients of zero.
 *
 * Names are those of bench/result.h, step/...; ROW is the variant asked for ("openmp"), the label's
 * variant= the row that the plan chose for the layer. The whole step has a counter `parts`: the sum
 * of the parts / the whole, which should be near 1.
 * A network without a loss is given a gradient of its output. */
#ifndef STEP_BENCH_H
#define STEP_BENCH_H

#include <stdbool.h>
#include <stdio.h>

typedef struct {
    int threads;
    bool quick;             /* one network at batch 100 only */
    double seconds;         /* to spend on each network and batch; 0: 1.5, quick 0.6 */
    FILE *table;            /* where a readable table goes; NULL: nowhere */
} step_bench_options;

/* Registers the steps of all networks at batch 1 and 100. Nothing is measured before gbench_run().
 * The options are copied. Call once. */
void step_bench_register(const step_bench_options *o);

#endif
