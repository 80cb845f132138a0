/* softmax_backward_student.cu: your softmax, backward: one warp per row, one sum by shuffles.
 *
 *     dot   = sum over k of dy[k] * y[k]
 *     dx[c] = y[c] * (dy[c] - dot)
 *
 *   s    s->n rows of s->classes numbers; both at least 1
 *   y    [n][classes] in device memory: what the forward pass gave
 *   dy   [n][classes]: the gradient of the loss with respect to y
 *   dx   [n][classes]: the gradient with respect to x, to be written, every element
 *
 * This time a block has four warps, and each of them does a row of its own. The last block may
 * have warps for which there is no row.
 *
 * make lesson-cuda-reduce checks it. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/softmax_ce/softmax_ce.h"
}

enum { WARP = 32, WARPS = 4 };
static const unsigned all_lanes = 0xffffffffu;  /* the mask: bit l stands for lane l */

static __global__ void softmax_backward_kernel(int rows, int classes, const float *y,
                                               const float *dy, float *dx)
{
    /* Your code here: which lane am I, which row is mine, is there such a row; then the sum of
     * all lanes; then this lane's elements of dx. */
}

extern "C" void softmax_backward_student(const softmax_ce_shape *s, const float *y,
                                         const float *dy, float *dx)
{
    softmax_backward_kernel<<<(s->n + WARPS - 1) / WARPS, WARPS * WARP>>>(s->n, s->classes, y, dy,
                                                                        dx);
}
