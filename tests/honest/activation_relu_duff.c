/* honest: lesson=activation, exercise=relu, file=relu_student.c, style=Duff's device */
#include "kernels/activation/activation.h"

#define STEP *to++ = *from < 0.0f ? 0.0f : *from, from++

void activation_relu_student(const activation_shape *s, const float *x, float *y)
{
    const float *from = x;
    float *to = y;
    ptrdiff_t rounds = (s->count + 7) / 8;

    if (s->count == 0)
        return;
    switch (s->count % 8) {
    case 0: do { STEP; __attribute__((fallthrough));
    case 7: STEP; __attribute__((fallthrough));
    case 6: STEP; __attribute__((fallthrough));
    case 5: STEP; __attribute__((fallthrough));
    case 4: STEP; __attribute__((fallthrough));
    case 3: STEP; __attribute__((fallthrough));
    case 2: STEP; __attribute__((fallthrough));
    case 1: STEP;
            } while (--rounds > 0);
    }
}
