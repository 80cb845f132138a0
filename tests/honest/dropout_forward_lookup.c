/* honest: lesson=init-dropout, exercise=forward, file=dropout_student.c, style=table of two */
#include "kernels/dropout/dropout.h"

#define DEFINE(name)                                                                           \
    void name(const dropout_shape *s, const float *in, const uint8_t *mask, float *out)        \
    {                                                                                          \
        const float factor[2] = { 0.0f, (float)(1.0 / (1.0 - s->p)) };                         \
        for (ptrdiff_t i = 0; i < s->count; i++)                                               \
            out[i] = in[i] * factor[mask[i] != 0];                                             \
    }

DEFINE(dropout_forward_student)
DEFINE(dropout_backward_student)
