/* honest: lesson=init-dropout, exercise=fix, file=dropout_fix.c, style=pointer walk */
#include "kernels/dropout/dropout.h"
#include "lessons/11-init-dropout/init_draw.h"

void dropout_draw_fix(const dropout_shape *s, rng *r, uint8_t *mask)
{
    uint8_t *const end = mask + s->count;

    while (mask < end) {
        const double u = draw_double(r);
        *mask++ = (uint8_t)(u < 1.0 - s->p ? 1 : 0);
    }
}
