/* sgd_student.c: one step of gradient descent, without and with momentum. */
#include "kernels/adam/adam.h"

void sgd_step_student(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf)
{
    const float lr = (float)o->lr, momentum = (float)o->momentum;

    for (ptrdiff_t i = 0; i < o->count; i++) {
        float direction = grad[i];
        if (o->momentum != 0.0) {
            if (step > 1)
                direction += momentum * buf[i];
            buf[i] = direction;
        }
        w[i] -= lr * direction;
    }
}
