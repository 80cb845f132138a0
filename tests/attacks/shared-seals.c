/* attack: class=shared-files, lesson=conv/forward, expect=zero
 * says=never written
 *
 * Uses seals against whoever made the files: forbids all further writing, growing and shrinking,
 * so that the grader's next inputs and poison cannot be written and the last output stays for
 * good. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static const int seals[] = { F_SEAL_FUTURE_WRITE, F_SEAL_WRITE, F_SEAL_GROW, F_SEAL_SHRINK,
                                 F_SEAL_SEAL };
    static int calls;

    if (calls++ == 0)
        for (int descriptor = 0; descriptor < 256; descriptor++)
            for (size_t i = 0; i < sizeof seals / sizeof *seals; i++)
                fcntl(descriptor, F_ADD_SEALS, seals[i]);
    if (calls > 1)
        return;
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
}
