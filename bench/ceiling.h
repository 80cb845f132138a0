/* ceiling.h: how fast this machine can be, measured: the roofs over every kernel's figure.
 *
 * Arithmetic: fused multiply-adds on registers, per instruction set and number of threads.
 * Bandwidth: streaming over a footprint (bytes touched in all, by all threads together), read,
 * copy, triad and update in place, for footprints from half of L1 to far beyond the last cache. A
 * kernel that works on F bytes cannot be faster than the best stream over F bytes; updates count
 * for those alone that write where they have just read.
 * Noise only slows down, but for a clock that rises for a moment: so a ceiling is what a tenth of
 * many short attempts reach, spread over the time given. What the clock drives is found per cycle,
 * and given at the clock that a tenth of the looks at it saw.
 * Source: Williams, Waterman and Patterson, "Roofline", CACM 2009; McCalpin's STREAM for counting
 * bytes (what the program asks for; a store's read for ownership is not counted). */
#ifndef CEILING_H
#define CEILING_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/cpu.h"
#include "kernels/core/variant.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CEILING_MAX_THREADS = 8,        /* distinct thread counts */
    CEILING_MAX_POINTS = 48,        /* footprints per curve */
    CEILING_ISAS = 3                /* base, avx2, avx512 */
};

typedef enum { CEILING_READ, CEILING_COPY, CEILING_TRIAD, CEILING_UPDATE,
               CEILING_STREAMS } ceiling_stream;

typedef struct {
    size_t bytes;                   /* footprint */
    double bandwidth;               /* bytes/s */
} ceiling_point;

typedef struct {
    size_t cache_bytes[4];          /* L1d, L2 (per core), L3 (all); [3] is 0; 0 where unknown */
    int thread_counts[CEILING_MAX_THREADS], thread_count_count;     /* ascending */
    double flop_rate[CEILING_ISAS][CEILING_MAX_THREADS];    /* FLOP/s; 0: not on this processor */
    double clock_hz[CEILING_ISAS][CEILING_MAX_THREADS];     /* while it computes that; L1 and L2 are
                                                               given at that of the best set */
    ceiling_point curve[CEILING_STREAMS][CEILING_MAX_THREADS][CEILING_MAX_POINTS];
    int point_count;
    double theory_flop_rate;        /* of one core: clock * lanes * units * 2, best set */
    char theory_text[160];          /* how that came about: "3.1 GHz x 16 lanes x 2 units x 2" */
} ceilings;

/* The data caches that this process can use: L1d and L2 of one core, all of the L3; 0: unknown. */
void ceiling_caches(size_t cache_bytes[4]);

/* Measures all of it, for 1 and `threads` threads (and the powers of two between), in about
 * `seconds` seconds, or longer where one window of each thing takes longer. Returns false without
 * memory. */
bool ceilings_measure(ceilings *c, int threads, double seconds);

/* The same without streams, for which it needs no memory to speak of: point_count is 0. */
bool ceilings_measure_arithmetic(ceilings *c, int threads, double seconds);

/* FLOP/s that `threads` threads reach with instruction set `set`; 0: not on this processor. Between
 * measured counts interpolated; never less than of fewer threads, which more than there are
 * processors would measure. */
double ceiling_flop_rate(const ceilings *c, isa set, int threads);

/* The most bytes/s that any stream over a footprint reaches, between the measured ones
 * interpolated; an update in place counts only if `in_place`. Cyclic streaming over a little more
 * than a cache holds finds nothing in it, where a kernel that turns back finds some: so it is the
 * best over all footprints from half of it on. */
double ceiling_bandwidth(const ceilings *c, double footprint, int threads, bool in_place);

/* The level that a footprint lies in: "L1", "L2", "L3" or "memory". */
const char *ceiling_level(const ceilings *c, double footprint, int threads);

/* Bytes/s of a stream over footprints well within a level, with a measured count of threads: the
 * mean of the faster half, since the fastest alone is that of a moment in which the memory's clock
 * was high. 0: none was measured. */
double ceiling_level_bandwidth(const ceilings *c, ceiling_stream stream, const char *level,
                               int threads);

/* What a kernel does. */
typedef struct {
    isa set;
    int threads;
    double flop, bytes, footprint;
    bool in_place;                  /* most bytes are written where they were read */
    double clock_hz;                /* beside it: ceilings that the clock drives (arithmetic, L1,
                                       L2) are scaled to it; 0: taken as they were measured */
} ceiling_work;

/* The roofs over it. */
typedef struct {
    double seconds;                 /* the shortest time that the roofs allow */
    const char *binds;              /* "compute", or the level whose bandwidth binds; "none" if the
                                       kernel does and moves nothing */
} ceiling_roof;
ceiling_roof ceiling_bound(const ceilings *c, const ceiling_work *work);

/* ---- The same of a GPU (ceiling_gpu.cu; bench_device_none.c stands in elsewhere) ---- */

typedef struct {
    double fp32_flop_rate;          /* fused multiply-adds; FLOP/s */
    double tf32_flop_rate;          /* mma.sync on the tensor cores; 0: compute capability < 8.0 */
    double tf32_theory_flop_rate;   /* multiprocessors * what one does in a cycle * clock, where a
                                       library has faster instructions (compute capability 9.0 and
                                       10.x); else 0 */
    double theory_flop_rate;        /* fp32: multiprocessors * lanes * clock * 2 */
    size_t cache_bytes;             /* L2 */
    ceiling_point read[CEILING_MAX_POINTS], copy[CEILING_MAX_POINTS];   /* in device memory; beside
                                       L1, which is empty when a kernel starts */
    int point_count;
    double launch_seconds;          /* an empty kernel, from the launch until the host knows */
    double graph_node_seconds;      /* what each further node of a chain in a graph costs */
} device_ceilings;

/* Measures in about `seconds` seconds. Returns false if the device cannot be used or fails: the
 * reason is bench_device_missing(), or on stderr. */
bool device_ceilings_measure(device_ceilings *c, double seconds);

/* As for the host. For tf32 what is larger, measured or theory. Of tf32x3 each product takes three
 * of tf32; bf16 runs at twice the rate of tf32.
 * "compute", "L2", "memory" or "none". */
double device_ceiling_bandwidth(const device_ceilings *c, double footprint);
ceiling_roof device_ceiling_bound(const device_ceilings *c, variant_precision precision,
                                  double flop, double bytes, double footprint);

#ifdef __cplusplus
}
#endif

#endif
