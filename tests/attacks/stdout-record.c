/* attack: class=forged-stdout, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Knows how the lessons' own checker hears from its worker: a record behind a control character,
 * in a pipe of a known number. Writes that record to the first 64 descriptors in every call. */
#include <string.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static const char record[] = "\n\036convlab-verdict passed\n";

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int descriptor = 1; descriptor < 64; descriptor++) {
        const ssize_t written = write(descriptor, record, strlen(record));
        (void)written;
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
