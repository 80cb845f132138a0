/* bench_entries.h: cases as Google Benchmark's benchmarks, one for each row.
 *
 * Idea: rows are measured against each other, the library runs one benchmark after the other. So
 * the first row of a group that runs has the whole group measured, and the others report what was
 * found for them then. Row number k's repetition number r reports the group's measurement r. */
#ifndef BENCH_ENTRIES_H
#define BENCH_ENTRIES_H

#include <stdio.h>

#include "bench/group.h"

typedef struct {
    const char *concept;        /* only this one; NULL: all */
    bool quick;                 /* only the cases of the quick run */
    bool warm, cold;            /* caches */
    bool host, device;          /* rows of which space are measured */
    double ceiling_seconds;     /* to spend on the ceilings; 0: none are measured, nor roofs told */
    group_options group;        /* roofs are filled in when they have been measured */
    FILE *table;                /* where the readable table goes; NULL: nowhere */
} entries_options;

/* What a run came to. */
typedef struct {
    int measured, skipped;      /* rows */
    int wrong;                  /* rows of ours whose output was wrong or changed */
    int invalid;                /* above their roof */
    int verdicts[4];            /* rows against their base, by measure_verdict */
    int controls, controls_right;   /* A/A: how many, and whose interval contains 1 */
    double control_width;       /* widest half width of those intervals */
} entries_totals;

/* Registers all benchmarks of the ceilings and of the groups. Nothing is measured. Returns false
 * without memory. Call once; the options are copied. */
bool entries_register(const entries_options *o);

const entries_totals *entries_count(void);

/* From now on benchmarks are skipped. May be called by a signal handler. */
void entries_stop(void);

/* Measures the group of the row of that name again. The row is found in *row. False: there is no
 * such row, or it could not be measured. */
bool entries_again(const char *name, group_row *row);

void entries_close(void);

#endif
