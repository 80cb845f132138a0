// Saved with an editor that writes a byte order mark.
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *shape, const float *input, const float *kernel,
                            const float *bias, float *output, void *unused)
{
    // "shift and add": one tap of the window after the other, over the whole output
    const int numOutputs = shape->oh * shape->ow;
    for (int i = 0; i < numOutputs; i++) {
        output[i] = 0.f;
    }
    for (int tap = 0; tap < shape->kernel_h * shape->kernel_w; tap++) {
        const float *shifted = input + tap / shape->kernel_w * shape->w + tap % shape->kernel_w;
        for (int i = 0; i < numOutputs; i++) {
            output[i] += kernel[tap] * shifted[i / shape->ow * shape->w + i % shape->ow];
        }
    }
}
/* honest: lesson=conv, exercise=forward, file=conv2d_student.c, style=utf-8-bom */
