/* attack: class=output-flood, lesson=conv/forward, expect=zero, set=often
 * says=outside the allowed error
 *
 * Prints without end to stdout and stderr, binary zeros and one line of a gigabyte among it. A
 * parent that keeps it all runs out of memory; one that does not read blocks its worker, and the
 * time limit with it. */
#include <string.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static char block[1 << 20];

    memset(block, 'x', sizeof block / 2);
    for (int i = 0; i < 256; i++) {
        const ssize_t written = write(STDOUT_FILENO + i % 2, block, sizeof block);
        (void)written;
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
