/* plot_axis.c: what an axis covers, where its tics are, and where a value lies on it.
 *
 * Idea:  gnuplot gets coordinates that are already places on the paper, so that logarithms, tiny
 *        and huge ranges, single points and gaps are decided here once, for pictures and text
 *        alike. */
#include "plot/plot_axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double most_shown = 1e300, least_shown = 1e-300;

bool plot_axis_takes(const plot_axis *a, double value)
{
    /* A little beyond, for tics that are rounded; false for NAN. */
    return fabs(value) <= 1.01 * most_shown && (!a->log || value >= 0.99 * least_shown);
}

void plot_axis_begin(plot_axis *a, bool log)
{
    *a = (plot_axis){ .log = log, .empty = true };
}

void plot_axis_show(plot_axis *a, double value)
{
    if (!plot_axis_takes(a, value))
        return;
    if (a->empty || value < a->low)
        a->low = value;
    if (a->empty || value > a->high)
        a->high = value;
    a->empty = false;
}

/* 2.50 becomes 2.5, 2.00 becomes 2; 200 stays. */
static void strip_zeros(char *text)
{
    char *end = text + strlen(text);

    if (!strchr(text, '.'))
        return;
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
}

static int exponent_of(double size)
{
    return (int)floor(log10(size) + 1e-9);
}

void plot_number(double value, double step, char text[PLOT_TIC_BYTES])
{
    const double size = fmax(fabs(value), step);

    if (!isfinite(value) || size <= 0.0) {
        snprintf(text, PLOT_TIC_BYTES, "%g", value == 0.0 ? 0.0 : value);   /* no "-0" */
        return;
    }
    const int first = exponent_of(size);
    const int last = step > 0.0 ? (int)fmax(exponent_of(step), first - 14) : first - 2;
    const bool scientific = first >= 6 || first < -4;
    if (scientific)
        snprintf(text, PLOT_TIC_BYTES, "%.*e", first > last ? first - last : 0, value);
    else
        snprintf(text, PLOT_TIC_BYTES, "%.*f", last < 0 ? -last : 0, value);
    char *const e = scientific ? strchr(text, 'e') : NULL;
    const int exponent = e ? (int)strtol(e + 1, NULL, 10) : 0;
    if (e)
        *e = '\0';
    if (e || step <= 0.0)
        strip_zeros(text);
    const size_t used = strlen(text);
    if (e && strcmp(text, "0") != 0)
        snprintf(text + used, PLOT_TIC_BYTES - used, "e%d", exponent);
    if (strcmp(text, "-0") == 0)
        strcpy(text, "0");
}

static void add_tic(plot_axis *a, double value, double step)
{
    if (a->tic_count == PLOT_MAX_TICS)
        return;
    a->tic[a->tic_count] = value;
    plot_number(value, step, a->label[a->tic_count++]);
}

/* Multiples of 1, 2 or 5 times a power of ten. */
static void tics_linear(plot_axis *a, int want)
{
    const double rough = (a->high - a->low) / want;
    const double power = pow(10.0, exponent_of(rough));
    const double lead = rough / power;
    const double step = power * (lead <= 1.0 ? 1.0 : lead <= 2.0 ? 2.0 : lead <= 5.0 ? 5.0 : 10.0);
    const double slack = 1e-9 * (a->high - a->low);

    for (double i = ceil((a->low - slack) / step); i * step <= a->high + slack; i++) {
        if (a->tic_count == PLOT_MAX_TICS)
            break;
        add_tic(a, i == 0.0 ? 0.0 : i * step, step);        /* not -0 */
    }
}

/* Powers of ten, thinned or joined by twos and fives until there are about as many as wanted. */
static void tics_log(plot_axis *a, int want)
{
    const int first = (int)floor(log10(a->low)), last = (int)ceil(log10(a->high));
    const double decades = log10(a->high) - log10(a->low);
    const int stride = (int)fmax(1.0, ceil(decades / want));

    for (int k = first; k <= last; k++)
        for (int m = 1; m <= 5; m += m == 1 ? 1 : 3) {
            const double value = m * pow(10.0, k);
            const bool chosen = m == 1 ? (k - first) % stride == 0 : 3.0 * decades <= want;
            if (chosen && value >= a->low * (1 - 1e-9) && value <= a->high * (1 + 1e-9))
                add_tic(a, value, value);
        }
    if (a->tic_count < 2) {
        a->tic_count = 0;
        tics_linear(a, want);
    }
}

static void spread_log(plot_axis *a, double margin)
{
    const double span = log(a->high) - log(a->low);
    const double factor = span > 1e-9 ? exp(margin * span) : 2.0;       /* one value: room around */

    a->low = fmax(a->low / factor, least_shown);
    a->high = fmin(a->high * factor, most_shown);
}

static void spread_linear(plot_axis *a, bool zero, double margin)
{
    const bool from_below = zero && a->low >= 0.0, from_above = zero && a->high <= 0.0;
    const double most = fmax(fabs(a->low), fabs(a->high));

    if (from_below)
        a->low = 0.0;
    else if (from_above)
        a->high = 0.0;
    double spread = (a->high - a->low) * margin;
    if (a->high - a->low <= 1e-12 * most)       /* one value: leave room around it */
        spread = 0.1 * most;
    if (most <= least_shown)
        spread = 1.0;
    if (!from_below)
        a->low = fmax(a->low - spread, -most_shown);
    if (!from_above || from_below)
        a->high = fmin(a->high + spread, most_shown);
}

void plot_axis_finish(plot_axis *a, bool zero, double margin, int want)
{
    want = want < 2 ? 2 : want > PLOT_MAX_TICS - 4 ? PLOT_MAX_TICS - 4 : want;
    if (a->empty) {
        a->low = a->log ? 1.0 : 0.0;
        a->high = a->log ? 10.0 : 1.0;
    } else if (a->log) {
        spread_log(a, margin);
    } else {
        spread_linear(a, zero, margin);
    }
    if (a->log)
        tics_log(a, want);
    else
        tics_linear(a, want);
}

bool plot_axis_near_zero(const plot_axis *a)
{
    const double least = fmin(fabs(a->low), fabs(a->high));

    return least <= 0.4 * fmax(fabs(a->low), fabs(a->high));
}

double plot_axis_place(const plot_axis *a, double value)
{
    if (!plot_axis_takes(a, value))
        return NAN;
    if (a->log)
        return (log(value) - log(a->low)) / (log(a->high) - log(a->low));
    return (value - a->low) / (a->high - a->low);
}
