/* plot_axis.h: what an axis covers, where its tics are, and where a value lies on it. */
#ifndef PLOT_AXIS_H
#define PLOT_AXIS_H

#include <stdbool.h>

enum { PLOT_MAX_TICS = 24, PLOT_TIC_BYTES = 24 };

typedef struct {
    bool log;
    bool empty;                 /* no value was shown to it: covers 0..1 (log: 1..10) */
    double low, high;           /* low < high; on a log axis both are positive */
    int tic_count;
    double tic[PLOT_MAX_TICS];
    char label[PLOT_MAX_TICS][PLOT_TIC_BYTES];
} plot_axis;

/* Begin, show it every value, finish. Values that it does not take are passed over: not finite,
 * beyond 1e300, on a log axis not positive. finish: `zero` lets the axis begin at 0 where all
 * values are on one side of it; `margin` is the share of the range left free at both ends (not at
 * that 0); `want` is about how many tics there is room for. */
void plot_axis_begin(plot_axis *a, bool log);
void plot_axis_show(plot_axis *a, double value);
bool plot_axis_takes(const plot_axis *a, double value);
void plot_axis_finish(plot_axis *a, bool zero, double margin, int want);

/* Before finish: whether the values are so near to 0 that an axis from 0 shows them well. */
bool plot_axis_near_zero(const plot_axis *a);

/* 0 at low, 1 at high; NAN for what cannot be drawn. */
double plot_axis_place(const plot_axis *a, double value);

/* "0.25", "1e-7": as few digits as tell numbers `step` apart. step 0: three significant ones. */
void plot_number(double value, double step, char text[PLOT_TIC_BYTES]);

#endif
