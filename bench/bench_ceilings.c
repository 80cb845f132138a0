/* bench_ceilings.c: the measured ceilings, as benchmarks.
 *
 * Their times are those of 10^9 of what is counted: FLOP, bytes, or cycles of the clock (as gflops,
 * which then are GHz); a latency is its own time. */
#include "bench/bench_ceilings.h"

#include <stdio.h>
#include <string.h>

#include "bench/gbench.h"
#include "kernels/core/device.h"

enum { MAX_ENTRIES = 256, NAME_BYTES = 80, LABEL_BYTES = 240 };

typedef enum { KIND_FLOP, KIND_STREAM, KIND_CLOCK, KIND_THEORY, KIND_DEVICE } ceiling_kind;

typedef struct {
    ceiling_kind kind;
    int which;              /* isa, stream, or number of the device's ceiling */
    const char *where;
    int threads;
    const entries_options *o;
} ceiling_entry;

static const char *const levels[] = { "L1", "L2", "L3", "memory" };
static const char *const streams[] = { "read", "copy", "triad", "update" };

static ceiling_entry entries[MAX_ENTRIES];
static int entry_count;

const ceilings *ceilings_of_host(const entries_options *o)
{
    static ceilings found;
    static bool asked, known;

    if (!asked && o->ceiling_seconds > 0.0) {
        asked = true;
        fprintf(stderr, "measuring the ceilings: %.0f seconds\n", o->ceiling_seconds);
        known = ceilings_measure(&found, o->group.threads, o->ceiling_seconds);
    }
    return known ? &found : NULL;
}

const device_ceilings *ceilings_of_device(const entries_options *o)
{
    static device_ceilings found;
    static bool asked, known;

    if (!asked && o->ceiling_seconds > 0.0) {
        asked = true;
        known = device_ceilings_measure(&found, o->ceiling_seconds);
    }
    return known ? &found : NULL;
}

/* The clock that drives a ceiling; 0: that of the memory beyond a core's own caches, or none. */
static double driving_clock(const ceiling_entry *e, const ceilings *c)
{
    const bool own = e->kind == KIND_STREAM &&
                     (strcmp(e->where, "L1") == 0 || strcmp(e->where, "L2") == 0);
    const int set = own ? (int)cpu_isa_best() : e->which;

    for (int t = 0; t < c->thread_count_count && (own || e->kind == KIND_FLOP); t++)
        if (c->thread_counts[t] == e->threads)
            return c->clock_hz[set][t];
    return 0.0;
}

/* The rate of a ceiling; what it is, in words; 0: unknown. */
static double host_rate(const ceiling_entry *e, const ceilings *c, char label[LABEL_BYTES])
{
    switch (e->kind) {
    case KIND_FLOP:
        snprintf(label, LABEL_BYTES, "fused multiply-adds on registers, %s, %d threads",
                 isa_name((isa)e->which), e->threads);
        return ceiling_flop_rate(c, (isa)e->which, e->threads);
    case KIND_STREAM:
        snprintf(label, LABEL_BYTES, "%s, buffers in %s, %d threads", streams[e->which], e->where,
                 e->threads);
        return ceiling_level_bandwidth(c, (ceiling_stream)e->which, e->where, e->threads);
    case KIND_CLOCK:
        snprintf(label, LABEL_BYTES, "cycles of the clock beside %s; gflops are GHz",
                 isa_name(cpu_isa_best()));
        return c->clock_hz[cpu_isa_best()][0];
    default:
        snprintf(label, LABEL_BYTES, "of one core: %s", c->theory_text);
        return c->theory_flop_rate;
    }
}

/* What runs is the same per cycle whatever the clock is: so that is told too. */
static void report_cycles(gbench_state *s, double rate, double clock, char label[LABEL_BYTES])
{
    const size_t used = strlen(label);

    if (!(rate > 0.0 && clock > 0.0))
        return;
    snprintf(label + used, LABEL_BYTES - used, "; %.4g a cycle at %.2f GHz", rate / clock,
             1e-9 * clock);
    gbench_counter(s, "per_cycle", rate / clock);
}

static void show(const ceiling_entry *e, const char *name, double value, const char *unit,
                 const char *label)
{
    if (e->o->table) {
        fprintf(e->o->table, "%-34s %8.4g %-8s %s\n", name, value, unit, label);
        fflush(e->o->table);
    }
}

static void report(gbench_state *s, const ceiling_entry *e, const char *name, double rate,
                   const char *label)
{
    const bool is_bytes = e->kind == KIND_STREAM ||
                          (e->kind == KIND_DEVICE && strcmp(e->where, "memory") == 0);

    if (!(rate > 0.0)) {
        gbench_skip(s, "could not be measured here");
        return;
    }
    while (gbench_loop(s))
        gbench_set_time(s, 1e9 / rate);
    gbench_label(s, label);
    gbench_counter(s, is_bytes ? "bytes" : "flop", 1e9);
    gbench_counter(s, is_bytes ? "gbs" : "gflops", 1e-9 * rate);
    show(e, name, 1e-9 * rate,
         is_bytes ? "GB/s" : e->kind == KIND_CLOCK ? "GHz" : "GFLOP/s", label);
}

static void name_entry(const ceiling_entry *e, char name[NAME_BYTES]);

static void run_device(gbench_state *s, const ceiling_entry *e, const char *name)
{
    const device_ceilings *const c = ceilings_of_device(e->o);

    if (!c) {
        gbench_skip(s, "no GPU");
        return;
    }
    const double latency[] = { c->launch_seconds, c->graph_node_seconds };
    if (e->which >= 4) {
        while (gbench_loop(s))
            gbench_set_time(s, latency[e->which - 4]);
        gbench_label(s, e->which == 4 ? "an empty kernel, launched and waited for"
                                      : "a further node of a chain in a graph");
        show(e, name, 1e6 * latency[e->which - 4], "us", "");
        return;
    }
    const double rate[] = { c->fp32_flop_rate, c->tf32_flop_rate, c->theory_flop_rate,
                            c->point_count > 0 ? c->copy[c->point_count - 1].bandwidth : 0.0 };
    static const char *const label[] = { "fused multiply-adds on registers", "mma.sync",
                                         "multiprocessors x lanes x clock x 2",
                                         "device to device" };
    report(s, e, name, rate[e->which], label[e->which]);
}

static void run_ceiling(gbench_state *s, void *context)
{
    const ceiling_entry *const e = context;
    char label[LABEL_BYTES], name[NAME_BYTES];

    name_entry(e, name);
    if (e->kind == KIND_DEVICE) {
        run_device(s, e, name);
        return;
    }
    const ceilings *const c = ceilings_of_host(e->o);
    if (!c) {
        gbench_skip(s, "out of memory");
        return;
    }
    const double rate = host_rate(e, c, label);
    report_cycles(s, rate, driving_clock(e, c), label);
    report(s, e, name, rate, label);
}

static void name_entry(const ceiling_entry *e, char name[NAME_BYTES])
{
    static const char *const device[] = { "flop/fp32", "flop/tf32", "flop/theory", "copy/memory",
                                          "latency/launch", "latency/graph-node" };

    if (e->kind == KIND_DEVICE)
        snprintf(name, NAME_BYTES, "ceiling/%s/tgpu", device[e->which]);
    else if (e->kind == KIND_FLOP)
        snprintf(name, NAME_BYTES, "ceiling/flop/%s/t%d", isa_name((isa)e->which), e->threads);
    else if (e->kind == KIND_STREAM)
        snprintf(name, NAME_BYTES, "ceiling/%s/%s/t%d", streams[e->which], e->where, e->threads);
    else
        snprintf(name, NAME_BYTES, "ceiling/%s/t1",
                 e->kind == KIND_CLOCK ? "clock/measured" : "flop/theory");
}

static void add(ceiling_entry e)
{
    char name[NAME_BYTES];

    if (entry_count == MAX_ENTRIES)
        return;
    entries[entry_count] = e;
    name_entry(&e, name);
    gbench *const b = gbench_register(name, run_ceiling, &entries[entry_count++]);
    gbench_iterations(b, 1);
    gbench_manual_time(b);
}

static void add_threads(const entries_options *o, int threads)
{
    size_t caches[4] = { 0 };

    ceiling_caches(caches);
    for (int set = 0; set <= (int)cpu_isa_best(); set++)
        add((ceiling_entry){ KIND_FLOP, set, NULL, threads, o });
    for (int stream = 0; stream < CEILING_STREAMS; stream++)
        for (int level = 0; level < 4; level++)
            if (level == 3 || caches[level] > 0)
                add((ceiling_entry){ KIND_STREAM, stream, levels[level], threads, o });
}

void ceilings_register(const entries_options *o)
{
    if (!(o->ceiling_seconds > 0.0))
        return;
    add((ceiling_entry){ KIND_CLOCK, 0, NULL, 1, o });
    add((ceiling_entry){ KIND_THEORY, 0, NULL, 1, o });
    for (int threads = 1; threads < o->group.threads; threads *= 2)
        add_threads(o, threads);
    add_threads(o, o->group.threads);
    for (int i = 0; i < 6 && o->device; i++)
        add((ceiling_entry){ KIND_DEVICE, i, i == 3 ? "memory" : "", 0, o });
}
