/* softmax_student.cu: your softmax, forward: one warp per row, maximum and sum by shuffles.
 *
 *     max  = the largest x[c] of the row          sum = sum over c of exp(x[c] - max)
 *     y[c] = exp(x[c] - max) / sum
 *
 *   s    s->n rows of s->classes numbers; both at least 1, and classes need not be a multiple of 32
 *   x    [n][classes] in device memory: row n, class c is x[n * classes + c]
 *   y    the same, to be written, every element
 *
 * Block n is one warp of 32 threads and does row n: lane l takes the classes l, l + 32, l + 64, ...
 * A lane may have no class at all: it takes part in the shuffles all the same.
 * NaN: fmaxf() passes over it; if it is in the row, the sum shows it. Nothing to do.
 *
 * A right answer is profiled: the lanes of a warp are to read neighbouring addresses.
 *
 * make lesson-cuda-reduce checks it. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/softmax_ce/softmax_ce.h"
}

enum { WARP = 32 };
static const unsigned all_lanes = 0xffffffffu;  /* the mask: bit l stands for lane l */

/* The largest x of the 32 lanes, in every lane. */
static __device__ float warp_max(float x)
{
    /* Your code here: five shuffles. */
    return x;
}

/* The sum of the 32 lanes' x, in every lane. */
static __device__ float warp_sum(float x)
{
    /* Your code here: five shuffles. */
    return x;
}

static __global__ void softmax_kernel(int classes, const float *x, float *y)
{
    const int lane = threadIdx.x;
    const float *row = x + blockIdx.x * classes;
    float *out = y + blockIdx.x * classes;
    float max = -INFINITY, sum = 0.0f;

    /* Your code here: this lane's share of the maximum, then of the sum. */
    max = warp_max(max);
    sum = warp_sum(sum);
    for (int c = lane; c < classes; c += WARP)
        out[c] = expf(row[c] - max) / sum;
}

extern "C" void softmax_forward_student(const softmax_ce_shape *s, const float *x, float *y)
{
    softmax_kernel<<<s->n, WARP>>>(s->classes, x, y);
}
