/* pool2d_student.c: your max pooling, forward.
 *
 *     y[n][c][oh][ow]     = the largest x[n][c][ih][iw] that the window sees
 *     index[n][c][oh][ow] = ih * w + iw of it: where in its plane it was
 *
 *     ih = oh * stride_h - pad_top  + kh         kh = 0 .. kernel_h - 1
 *     iw = ow * stride_w - pad_left + kw         kw = 0 .. kernel_w - 1
 *
 * Places outside the image are skipped; they are not 0, they are not there. A window always sees
 * at least one pixel. Of equal ones the first counts, row by row. If the window sees a NaN, then y
 * is NaN and index that of the first NaN: who breaks a number shall not get away with it.
 *
 *   s    the extents: s->n (may be 0), s->c, s->h, s->w, s->kernel_h, s->kernel_w, s->stride_h,
 *        s->stride_w, s->pad_top, s->pad_left; s->oh, s->ow are computed for you
 *   x    the maps, [n][c][h][w]
 *   y    the output, [n][c][oh][ow], to be written, every number of it
 *   index   as many as y; int32_t is an int of 32 bits
 *
 * make lesson-pool checks it. */
#include "kernels/pool2d/pool2d.h"

#include <math.h>

void pool2d_max_forward_student(const pool2d_shape *s, const float *x, float *y, int32_t *index)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++) {
                    const int out = ((n * s->c + c) * s->oh + oh) * s->ow + ow;
                    /* Your code here: the largest of the window, and where it is. */
                    y[out] = 0.0f;
                    index[out] = 0;
                }
}
