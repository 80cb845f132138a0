/* honest: lesson=init-dropout, exercise=init, file=init_student.c, style=one expression */
#include <math.h>

#include "kernels/init/init.h"
#include "lessons/11-init-dropout/init_draw.h"

void init_fill_student(const init_shape *s, rng *r, float *w)
{
    const double in = (double)s->fan_in, out = (double)s->fan_out;
    const double a = s->kind == INIT_KAIMING_UNIFORM
                         ? sqrt(3.0) * sqrt(2.0 / (1.0 + s->slope * s->slope)) / sqrt(in)
                     : s->kind == INIT_XAVIER_UNIFORM ? sqrt(3.0) * sqrt(2.0 / (in + out))
                                                      : 1.0 / sqrt(in);

    for (float *end = w + s->count; w < end; *w++ = draw_uniform(r, -(float)a, (float)a))
        ;
}
