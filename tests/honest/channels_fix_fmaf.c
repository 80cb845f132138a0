/* honest: lesson=channels, exercise=fix, file=conv2d_fix.c, style=fmaf */
#include <math.h>

#include "kernels/conv2d/conv2d.h"

#define FOR(i, count) for (int i = 0; i < (count); i++)

void conv2d_forward_fix(const conv2d_shape *s, const float *x, const float *w, const float *b,
                        float *y, void *workspace)
{
    FOR(n, s->n) FOR(oc, s->oc) {
        float *const plane = y + (n * s->oc + oc) * s->oh * s->ow;
        const float start = b ? b[oc] : 0.0f;
        FOR(i, s->oh * s->ow) plane[i] = start;
        FOR(c, s->c) FOR(kh, s->kernel_h) FOR(kw, s->kernel_w) {
            const float tap = w[((oc * s->c + c) * s->kernel_h + kh) * s->kernel_w + kw];
            const float *const from = x + ((n * s->c + c) * s->h + kh) * s->w + kw;
            FOR(oh, s->oh) FOR(ow, s->ow)
                plane[oh * s->ow + ow] = fmaf(tap, from[oh * s->w + ow], plane[oh * s->ow + ow]);
        }
    }
}
