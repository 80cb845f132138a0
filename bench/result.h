/* result.h: a file of results: Google Benchmark's JSON, with our names, labels and counters.
 *
 * Names
 *   CONCEPT/PASS/LABEL/nBATCH/tTHREADS/CACHE/ROW
 *       conv2d/forward/cnn-basic.layer1.0/n100/t2/warm/im2col
 *       CACHE is warm or cold; ROW is a variant's or a peer's name, or `control`: the base row once
 *       more, measured as if it were another (A/A)
 *   ceiling/WHAT/WHERE/tTHREADS
 *       ceiling/flop/avx512/t2, ceiling/read/L2/t1, ceiling/copy/memory/t2, ceiling/triad/L3/t2,
 *       ceiling/update/L1/t1 (in place),
 *       ceiling/clock/measured/t1, ceiling/flop/theory/t1; on a GPU tgpu: ceiling/flop/fp32/tgpu,
 *       flop/tf32, copy/memory, latency/launch, latency/graph-node
 *   step/NET/nBATCH/tTHREADS/LAYER/PASS/ROW
 *       step/cnn-basic/n100/t2/layer1.0/forward/openmp
 *       LAYER `net` is the whole network, and its PASS `step` the whole training step; `optimiser`
 *       (PASS `update`) and `loss` (PASS `forward`: the loss, `backward`: its gradient) are the
 *       parts that are no layer; ROW may be pytorch
 *   Google Benchmark's own parts of a name ("/iterations:1/manual_time") are not part of these.
 * Label: words KEY=VALUE separated by blanks (shape comes last: it holds = and , but no blanks)
 *   role=own|peer|control  space=host|cuda  precision=fp32|tf32|tf32x3|bf16
 *   verdict=BASE|FASTER|SLOWER|SAME|UNDECIDED     against the group's base row
 *   roof=compute|L1|L2|L3|memory|none  valid=yes|no  shape=n=100,c=1,...
 *   variant=NAME  of a part of a step: the row that the plan chose for this layer
 *   A ceiling's label is free text. A row that is skipped may have none.
 * Counters (SI units; absent where they make no sense)
 *   flop bytes           of one call
 *   gflops gbs           10^9 FLOP/s and 10^9 bytes/s
 *   per_cycle            of a ceiling that the clock drives: FLOP or bytes in a cycle
 *   roof_share           shortest time the roofs allow / median time; above 1.05: valid=no
 *   clock_ghz            beside it, in the median of the rounds: what its roof is scaled to where
 *                        the clock drives it (compute, L1, L2)
 *   ratio ratio_low ratio_high    time of this row / time of the group's base row: median of the
 *                        rounds' ratios and the bounds of its 95 % bootstrap interval
 *   yard yard_low yard_high       the same against the yardstick, a fixed piece of work that was
 *                        timed in the same rounds: what is compared between files
 *   processes yard_mean yard_spread    the row in so many more processes (bench/processes.h):
 *                        geometric mean of their yards, standard deviation of the logarithms
 *   parts                whole step: the sum of its parts / the whole
 *   rounds copies        rounds measured; sets of buffers that were rotated (1: warm)
 *   error                largest |y - reference| / largest |reference|, at this shape or the same
 *                        with a smaller batch
 * real_time is the median time of one call. A group is all that differs only in ROW. */
#ifndef RESULT_H
#define RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "data/file_error.h"

enum { RESULT_WORD_BYTES = 64, RESULT_SHAPE_BYTES = 256 };

typedef enum { RESULT_KERNEL, RESULT_CEILING, RESULT_STEP } result_kind;

typedef struct {
    result_kind kind;
    char name[256];
    char concept[RESULT_WORD_BYTES];    /* kernel: concept; ceiling: WHAT; step: NET */
    char pass[RESULT_WORD_BYTES];       /* kernel and step: PASS */
    char label[RESULT_WORD_BYTES];      /* kernel: LABEL; ceiling: WHERE; step: LAYER */
    char row[RESULT_WORD_BYTES];        /* kernel and step: ROW */
    int batch, threads;                 /* threads 0: on a GPU */
    bool cold;
    char role[RESULT_WORD_BYTES], space[RESULT_WORD_BYTES], precision[RESULT_WORD_BYTES];
    char verdict[RESULT_WORD_BYTES], roof[RESULT_WORD_BYTES];
    bool valid;
    char shape[RESULT_SHAPE_BYTES];     /* ceiling: its label */
    char skipped[RESULT_SHAPE_BYTES];   /* why it was not measured; "" if it was */
    double seconds;
    /* counters; NAN where absent */
    double flop, bytes, gflops, gbs, roof_share, ratio, ratio_low, ratio_high, yard, yard_low,
        yard_high, processes, yard_mean, yard_spread, rounds, copies, error, clock_ghz;
} bench_result;

typedef struct {
    char *key, *value;
} result_context;

typedef struct {
    bench_result *results;
    size_t count;
    result_context *context;        /* convlab_version (must be there), machine (must agree between
                                       files that are compared), commit, compiler, flags, cpu, isa,
                                       threads, affinity, command, ... */
    size_t context_count;
} result_file;

/* Reads and verifies a file. Of several repetitions of a benchmark the one with the median time
 * stands for all. Returns true, and the caller releases *f with result_free(); or false with *f
 * zeroed and *error naming the file, the place, what was expected and what was found: not JSON,
 * empty, another program's benchmarks, a name twice, numbers that cannot be. */
bool result_read(const char *path, result_file *f, file_error *error);
void result_free(result_file *f);

/* The value of a context key, or "". */
const char *result_context_value(const result_file *f, const char *key);

#endif
