/* plot_color.c: the colours of series and maps. */
#include "plot/plot_color.h"

#include <math.h>

const plot_color plot_colors[PLOT_COLORS] = {
    { "#0b5fa5", "#5aa9e6" }, { "#e08e00", "#ffb84d" }, { "#7b2d8b", "#c58ad6" },
    { "#2aa58a", "#5fd3b8" }, { "#b3261e", "#ff7f73" }, { "#6fb1e4", "#9fd0f5" },
    { "#5d6b1f", "#b3c25e" }, { "#d77fae", "#f0a8cc" },
};

const plot_color plot_grid_color = { "#dddddd", "#3a3f46" };

/* Grey for images, white to blue for tables of numbers, blue through grey to amber around 0. */
static const plot_rgb grey[] = { { 0, 0, 0 }, { 255, 255, 255 } };
static const plot_rgb blues[] = { { 8, 48, 107 }, { 66, 146, 198 }, { 198, 219, 239 },
                                  { 247, 251, 255 } };
static const plot_rgb diverging[] = { { 10, 40, 110 }, { 74, 98, 142 }, { 142, 142, 142 },
                                      { 206, 175, 108 }, { 255, 214, 92 } };

void plot_map_range(const plot_map *m, double *low, double *high)
{
    *low = m->low;
    *high = m->high;
    if (m->low != 0.0 || m->high != 0.0)
        return;
    *low = INFINITY;
    *high = -INFINITY;
    for (long i = 0; i < (long)m->rows * m->columns; i++)
        if (isfinite(m->value[i])) {
            *low = fmin(*low, m->value[i]);
            *high = fmax(*high, m->value[i]);
        }
    if (*low > *high)
        *low = *high = 0.0;
    if (m->diverging) {
        *high = fmax(fabs(*low), fabs(*high));
        *low = -*high;
    }
}

plot_rgb plot_map_color(const plot_map *m, double low, double high, double value)
{
    const plot_rgb *const stops = m->diverging ? diverging : m->numbers ? blues : grey;
    const int count = m->diverging ? 5 : m->numbers ? 4 : 2;
    const double share = high == low ? 0.5 : fmin(fmax((value - low) / (high - low), 0.0), 1.0);
    const double place = share * (count - 1);
    const int i = (int)fmin(floor(place), count - 2);
    const double part = place - i;
    const plot_rgb a = stops[i], b = stops[i + 1];

    return (plot_rgb){ (unsigned char)lround(a.r + part * (b.r - a.r)),
                       (unsigned char)lround(a.g + part * (b.g - a.g)),
                       (unsigned char)lround(a.b + part * (b.b - a.b)) };
}

double plot_lightness(plot_rgb c)
{
    const double y = 0.2126 * pow(c.r / 255.0, 2.2) + 0.7152 * pow(c.g / 255.0, 2.2) +
                     0.0722 * pow(c.b / 255.0, 2.2);
    return y <= 0.008856 ? 9.033 * y : 1.16 * cbrt(y) - 0.16;
}
