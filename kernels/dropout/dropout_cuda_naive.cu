/* dropout_cuda_naive.cu: one block draws the mask, one thread per element applies it.
 *
 * Idea:  the mask must be the one that the host would draw. The generator's state goes to a single
 *        block as a kernel parameter (2.5 KB); the block makes 624 words at a time, each thread
 *        turns pairs of them into mask elements, and the host's generator skips as many. Applying a
 *        mask is one product per thread.
 * Layout: x, y, dy, dx float [count], mask uint8 [count].
 * Cost:  two 32-bit draws per element of the mask; 9 bytes per element to apply it.
 * Limit: the draw keeps one multiprocessor busy and no more, with four barriers per 312 elements;
 *        a counter-based generator would let every thread draw alone, but gives other masks.
 * Source: dropout.h. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/dropout/dropout_variants.h"
}
#include "kernels/core/cuda_launch.cuh"
#include "kernels/core/cuda_rng.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

/* 53 of 64 bits as a double in [0, 1). */
static __device__ double uniform(uint32_t high, uint32_t low)
{
    const uint64_t bits = (uint64_t)rng_temper(high) << 32 | rng_temper(low);
    return (double)(bits & (((uint64_t)1 << 53) - 1)) * 0x1p-53;
}

/* Element i is made of words number 2i and 2i + 1, counted from the first that is drawn. `base` is
 * the number of the first word in the buffer: negative at first, for r.next words are used up. The
 * pair of an element may lie in two buffers, so the one before is kept. */
static __global__ void dropout_draw_kernel(const rng r, double keep, uint8_t *mask,
                                           ptrdiff_t count)
{
    __shared__ uint32_t word[2][RNG_STATE_WORDS];
    int now = 0;

    for (int i = (int)threadIdx.x; i < RNG_STATE_WORDS; i += THREADS)
        word[0][i] = r.state[i];
    __syncthreads();                            /* rng_twist() reads what others loaded */
    for (ptrdiff_t base = -r.next;; base += RNG_STATE_WORDS) {
        const ptrdiff_t first = base > 0 ? base / 2 : 0;
        const ptrdiff_t end = (base + RNG_STATE_WORDS) / 2;     /* whose second word is there */
        for (ptrdiff_t i = first + threadIdx.x; i < end && i < count; i += THREADS) {
            const ptrdiff_t at = 2 * i - base;
            const uint32_t high = at < 0 ? word[1 - now][RNG_STATE_WORDS - 1] : word[now][at];
            mask[i] = uniform(high, word[now][at + 1]) < keep;
        }
        if (end >= count)
            return;
        __syncthreads();                        /* the older buffer is about to be overwritten */
        rng_twist(word[now], word[1 - now]);
        now = 1 - now;
    }
}

/* out = in * (mask ? scale : 0), a product, so that NaN * 0 stays NaN; out may be in. */
static __global__ void dropout_apply_kernel(float scale, const float *in, const uint8_t *mask,
                                            float *out, ptrdiff_t count)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < count; i += (ptrdiff_t)gridDim.x * THREADS)
        out[i] = in[i] * (mask[i] ? scale : 0.0f);
}

static void apply(const dropout_shape *s, const float *in, const uint8_t *mask, float *out)
{
    if (s->count == 0)
        return;                                 /* a grid of no blocks is a launch error */
    dropout_apply_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(dropout_scale(s), in, mask,
                                                                      out, s->count);
    cuda_launched("dropout_apply_kernel");
}

extern "C" void dropout_draw_cuda_naive(const dropout_shape *s, rng *r, uint8_t *mask)
{
    if (s->count == 0)
        return;
    dropout_draw_kernel<<<1, THREADS>>>(*r, 1.0 - s->p, mask, s->count);
    cuda_launched("dropout_draw_kernel");
    rng_skip(r, 2 * s->count);
}

extern "C" void dropout_forward_cuda_naive(const dropout_shape *s, const float *x,
                                           const uint8_t *mask, float *y)
{
    apply(s, x, mask, y);
}

extern "C" void dropout_backward_cuda_naive(const dropout_shape *s, const float *dy,
                                            const uint8_t *mask, float *dx)
{
    apply(s, dy, mask, dx);
}
