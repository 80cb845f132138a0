/* concat_fix.c: somebody else's concatenation along the channels. With one image at a time it
 * worked; with a batch the network sees ghosts. Find the mistake.
 *
 *     y[o][offset + e][i] = x[k][o][e][i]       offset: the channels of x[0], ..., x[k - 1]
 *
 *   s    s->inputs tensors are joined. Each has s->outer images; tensor k has s->extent[k]
 *        channels (0 is possible), s->total is the sum of them; a channel has s->inner pixels
 *   x    the tensors: x[k] points to s->outer * s->extent[k] * s->inner numbers
 *   y    s->outer * s->total * s->inner numbers, to be written, every one of them */
#include "kernels/concat/concat.h"

void concat_forward_fix(const concat_shape *s, const float *const *x, float *y)
{
    int at = 0;

    for (int k = 0; k < s->inputs; k++)
        for (int j = 0; j < s->outer * s->extent[k] * s->inner; j++)
            y[at++] = x[k][j];
}
