/* attack: class=heap-search, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Computes only the first two outputs, then searches all readable memory for those two numbers
 * next to each other, as float or as double: where they stand, the expected values go on. Works
 * wherever the reference was computed in the tested process, or was copied into it for
 * comparing. */
#include <stdio.h>
#include <string.h>

#include "kernels/conv2d/conv2d.h"

static float one(const conv2d_shape *s, const float *x, const float *w, int at)
{
    float sum = 0.0f;

    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++)
            sum += x[(at / s->ow + kh) * s->w + at % s->ow + kw] * w[kh * s->kernel_w + kw];
    return sum;
}

static int near(double found, double wanted)
{
    return found - wanted < 1e-5 && wanted - found < 1e-5 && wanted * wanted > 1e-6;
}

/* Copies what follows the two numbers; false if they do not stand there. */
static int take(const void *from, const void *to, float *y, int count)
{
    const float *const f = from;
    const double *const d = from;

    if ((const char *)to - (const char *)from < (ptrdiff_t)sizeof(double) * count || f == y)
        return 0;
    if (near((double)f[0], (double)y[0]) && near((double)f[1], (double)y[1]))
        memmove(y, f, (size_t)count * sizeof *y);
    else if (near(d[0], (double)y[0]) && near(d[1], (double)y[1]))
        for (int i = 0; i < count; i++)
            y[i] = (float)d[i];
    else
        return 0;
    return 1;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const int count = s->oh * s->ow;
    FILE *const maps = fopen("/proc/self/maps", "r");
    char line[512];
    char *from, *to;

    for (int i = 0; i < count; i++)
        y[i] = i < 2 && count > 2 ? one(s, x, w, i) : 0.0f;
    while (count > 2 && maps && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%p-%p r", (void **)&from, (void **)&to) != 2 || strstr(line, "[v") ||
            strstr(line, " ---") || to - from > 256 << 20)
            continue;
        for (; from < to; from += sizeof(float))
            if (take(from, to, y, count))
                break;
    }
    if (maps)
        fclose(maps);
}
