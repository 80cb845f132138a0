/* bench_case.h: what is measured: problems of all concepts, their cost, and data like the real one.
 *
 * Idea: a case is a pass of a concept at a shape, and the concept's check adapter (check/check.h)
 * already knows how to declare the tensors and to call a row. So every row of every table, and
 * every new one, can be measured with no code of its own. The layers' cases are read off the
 * networks' table (nets/networks.c), the sweeps are listed in bench_case.c. */
#ifndef BENCH_CASE_H
#define BENCH_CASE_H

#include "check/check.h"

enum { BENCH_LABEL_BYTES = 64 };

typedef struct {
    const check_concept *concept;
    int pass;
    int param[CHECK_MAX_PARAMS];
    char label[BENCH_LABEL_BYTES];  /* "cnn-basic.layer1.0", "sweep-channels.c64",
                                       "extra.square512"; the first network's where several have
                                       the same shape */
    int batch;
    int threads;                    /* 0: as asked for on the command line; else a thread sweep */
    bool quick;                     /* also part of QUICK=1 */
    bool sweep;                     /* one point of a curve: measured with warm caches only */
} bench_case;

/* All cases, concept by concept in the order of check_concepts[]; no shape and pass twice among
 * layers and extras (sweeps repeat some, so that each is complete). Thread sweeps go up to the
 * number of processors. The caller frees *list. Returns their number; 0 without memory. */
size_t bench_cases(bench_case **list);

/* What one call costs: FLOP, by the formula in the concept's header (an addition, a comparison, an
 * exp, a sqrt and a division count 1 each; copying counts none), and bytes that must move at least:
 * every tensor that the pass reads or writes, once each way. NAN for a pass that is not known. */
double bench_flop(const check_problem *p, int pass);
double bench_bytes(const check_problem *p, int pass);

/* Fills the tensors that the pass reads with data distributed as in training: images with a dark
 * background or rectified activations for inputs, Kaiming-uniform weights, small gradients of which
 * ReLU has zeroed half; never constants. What a backward pass takes from its forward pass is
 * computed by the concept's first row. Tensors' data are allocated by the caller; contents of those
 * that the pass does not read are undefined. The same seed gives the same data. Returns false
 * without memory. */
bool bench_fill(check_problem *p, int pass, uint64_t seed);

#endif
