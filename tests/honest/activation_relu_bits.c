/* honest: lesson=activation, exercise=relu, file=relu_student.c, style=bit tricks in a union */
#include <stdint.h>

#include "kernels/activation/activation.h"

typedef union {
    float f;
    uint32_t u;
} pun;

void activation_relu_student(const activation_shape *s, const float *x, float *y)
{
    for (ptrdiff_t i = 0; i < s->count; i++) {
        const pun in = { .f = x[i] };
        const uint32_t is_nan = (in.u & 0x7fffffffu) > 0x7f800000u;
        const uint32_t keep = 0u - (is_nan | !(in.u >> 31));
        const pun out = { .u = in.u & keep };
        y[i] = out.f;
    }
}
