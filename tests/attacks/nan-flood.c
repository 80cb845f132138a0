/* attack: class=not-a-number, lesson=conv/forward, expect=zero, set=often
 * says=got -?nan
 *
 * Returns NaN everywhere, quiet, signalling and with every payload, among them the one that
 * poisons outputs. `difference > tolerance` is false for each. */
#include <stdint.h>
#include <string.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++) {
        const uint32_t bits = 0x7f800001u + (uint32_t)i * 0x10001u % 0x7fffffu +
                              (i % 2 ? 0x80000000u : 0);
        memcpy(y + i, &bits, sizeof bits);
    }
}
