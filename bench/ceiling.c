/* ceiling.c: answers from measured ceilings: between the measured points, and which roof binds. */
#include "bench/ceiling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Between thread counts ---- */

/* Finds the measured counts around `threads`: value = (1 - *weight) * v[*low] + *weight * v[*high].
 * Beyond the measured ones the nearest. */
static void around(const ceilings *c, int threads, int *low, int *high, double *weight)
{
    const int *const counts = c->thread_counts;
    int i = 0;

    while (i < c->thread_count_count - 1 && counts[i] < threads)
        i++;
    *high = i;
    *low = i > 0 && counts[i] > threads ? i - 1 : i;
    *weight = *low == *high ? 0.0
                            : (double)(threads - counts[*low]) / (counts[*high] - counts[*low]);
}

/* The best of the measured counts up to number `t`. */
static double best_flop_rate(const ceilings *c, isa set, int t)
{
    double best = 0.0;

    for (int i = 0; i <= t; i++)
        best = fmax(best, c->flop_rate[set][i]);
    return best;
}

double ceiling_flop_rate(const ceilings *c, isa set, int threads)
{
    int low, high;
    double weight;

    around(c, threads, &low, &high, &weight);
    return (1.0 - weight) * best_flop_rate(c, set, low) + weight * best_flop_rate(c, set, high);
}

/* ---- Between footprints ---- */

/* The curve at `bytes`: straight between points over the logarithm of the footprint, level beyond
 * the first and the last. */
static double along(const ceiling_point *curve, int count, double bytes)
{
    int i = 0;

    while (i < count - 1 && (double)curve[i].bytes < bytes)
        i++;
    if (i == 0 || (double)curve[i].bytes <= bytes)
        return curve[i].bandwidth;
    const double from = log((double)curve[i - 1].bytes), to = log((double)curve[i].bytes);
    const double weight = (log(bytes) - from) / (to - from);
    return (1.0 - weight) * curve[i - 1].bandwidth + weight * curve[i].bandwidth;
}

/* The best over all footprints from `bytes` on. */
static double best_from(const ceiling_point *curve, int count, double bytes)
{
    double best = along(curve, count, bytes);

    for (int i = 0; i < count; i++)
        if ((double)curve[i].bytes > bytes)
            best = fmax(best, curve[i].bandwidth);
    return best;
}

/* The best stream of the measured counts up to number `t`. */
static double best_stream(const ceilings *c, double footprint, int t, bool in_place)
{
    double best = 0.0;

    for (int s = 0; s <= (in_place ? CEILING_UPDATE : CEILING_TRIAD); s++)
        for (int i = 0; i <= t; i++)
            best = fmax(best, best_from(c->curve[s][i], c->point_count, footprint / 2.0));
    return best;
}

double ceiling_bandwidth(const ceilings *c, double footprint, int threads, bool in_place)
{
    double weight;
    int low, high;

    around(c, threads, &low, &high, &weight);
    return (1.0 - weight) * best_stream(c, footprint, low, in_place) +
           weight * best_stream(c, footprint, high, in_place);
}

/* ---- Which roof binds ---- */

const char *ceiling_level(const ceilings *c, double footprint, int threads)
{
    if (footprint <= (double)c->cache_bytes[0] * threads)
        return "L1";
    if (footprint <= (double)c->cache_bytes[1] * threads)
        return "L2";
    return footprint <= (double)c->cache_bytes[2] ? "L3" : "memory";
}

/* The smallest footprint of which at most half can lie in the level before: what two levels share
 * says little of either, and differs from run to run. L1 has none before. Beyond the last cache at
 * least the largest footprint counts, which is as large as memory allows. */
static double least_footprint(const ceilings *c, const char *level, int threads)
{
    const double own = (double)c->cache_bytes[1] * threads;

    if (strcmp(level, "L2") == 0)
        return 2.0 * (double)c->cache_bytes[0] * threads;
    if (strcmp(level, "L3") == 0)
        return 2.0 * own;
    if (strcmp(level, "memory") == 0)
        return fmin(2.0 * fmax((double)c->cache_bytes[2], own),
                    (double)c->curve[0][0][c->point_count - 1].bytes);
    return 0.0;
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

double ceiling_level_bandwidth(const ceilings *c, ceiling_stream stream, const char *level,
                               int threads)
{
    double found[CEILING_MAX_THREADS * CEILING_MAX_POINTS], sum = 0.0;
    int count = 0;

    for (int t = 0; t < c->thread_count_count; t++)
        for (int i = 0; i < c->point_count && c->thread_counts[t] == threads; i++) {
            const ceiling_point *const p = &c->curve[stream][t][i];
            if (strcmp(ceiling_level(c, (double)p->bytes, threads), level) == 0 &&
                (double)p->bytes >= least_footprint(c, level, threads))
                found[count++] = p->bandwidth;
        }
    const int half = (count + 1) / 2;
    qsort(found, (size_t)count, sizeof *found, descending);
    for (int i = 0; i < half; i++)
        sum += found[i];
    return half > 0 ? sum / half : 0.0;
}

/* A rate of 0 was not measured and binds nothing. */
static ceiling_roof lower_roof(double flop, double flop_rate, double bytes, double bandwidth,
                               const char *level)
{
    const double compute = flop > 0.0 && flop_rate > 0.0 ? flop / flop_rate : 0.0;
    const double move = bytes > 0.0 && bandwidth > 0.0 ? bytes / bandwidth : 0.0;

    if (compute == 0.0 && move == 0.0)
        return (ceiling_roof){ 0.0, "none" };
    return compute >= move ? (ceiling_roof){ compute, "compute" } : (ceiling_roof){ move, level };
}

/* How much faster the clock is beside the work than it was beside the ceilings. */
static double clock_gain(const ceilings *c, const ceiling_work *work)
{
    int low, high;
    double weight;

    around(c, work->threads, &low, &high, &weight);
    const double then = (1.0 - weight) * c->clock_hz[work->set][low] +
                        weight * c->clock_hz[work->set][high];
    return work->clock_hz > 0.0 && then > 0.0 ? work->clock_hz / then : 1.0;
}

ceiling_roof ceiling_bound(const ceilings *c, const ceiling_work *work)
{
    const char *const level = ceiling_level(c, work->footprint, work->threads);
    const bool driven = strcmp(level, "L1") == 0 || strcmp(level, "L2") == 0;
    const double gain = clock_gain(c, work);

    return lower_roof(work->flop, gain * ceiling_flop_rate(c, work->set, work->threads),
                      work->bytes,
                      (driven ? gain : 1.0) * ceiling_bandwidth(c, work->footprint, work->threads,
                                                                work->in_place),
                      level);
}

/* ---- A GPU ---- */

double device_ceiling_bandwidth(const device_ceilings *c, double footprint)
{
    if (c->point_count == 0)
        return 0.0;
    return fmax(best_from(c->read, c->point_count, footprint / 2.0),
                best_from(c->copy, c->point_count, footprint / 2.0));
}

ceiling_roof device_ceiling_bound(const device_ceilings *c, variant_precision precision,
                                  double flop, double bytes, double footprint)
{
    const double tf32 = fmax(c->tf32_flop_rate, c->tf32_theory_flop_rate);
    double rate = c->fp32_flop_rate;

    switch (precision) {
    case PRECISION_FP32: break;
    case PRECISION_TF32: rate = tf32; break;
    case PRECISION_TF32X3: rate = tf32 / 3.0; break;
    case PRECISION_BF16: rate = tf32 * 2.0; break;
    }
    return lower_roof(flop, rate, bytes, device_ceiling_bandwidth(c, footprint),
                      footprint <= (double)c->cache_bytes ? "L2" : "memory");
}
