/* init_cuda_naive.cu: one block draws, its threads convert.
 *
 * Idea:  the generator's state goes to a single block as a kernel parameter; the block makes 624
 *        words at a time, and each thread turns some of them into weights. The host's generator
 *        then skips as many. Normal numbers take a second kernel: one thread turns a pair of
 *        uniform numbers, 8 apart, into two normal ones. What PyTorch draws in its own way, fewer
 *        than 16 numbers and the last 16 of a count that is no multiple of 16, the host computes
 *        and sends along as parameters.
 * Layout: w [count].
 * Cost:  one 32-bit draw, 2 FLOP and 4 bytes per element; normal numbers 12 bytes and half a
 *        logarithm, a sine and a cosine.
 * Limit: one block, hence one multiprocessor; weights are drawn once per training, so nothing
 *        follows. Uniform weights are the host's to the last bit; normal ones come from the
 *        device's logarithm, sine and cosine and may differ from the host's in the last two.
 * Source: init.h. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/init/init_variants.h"
}
#include "kernels/core/cuda_launch.cuh"
#include "kernels/core/cuda_rng.cuh"

enum {
    THREADS = 256,
    NORMAL_BLOCK = 16                           /* numbers that PyTorch makes normal together */
};
static_assert(THREADS % 32 == 0, "a block is whole warps");

/* The product of two 24-bit numbers is exact in double, so it does not matter whether it is fused
 * with the addition. */
static __device__ float float_from_bits(uint32_t bits, float from, float to)
{
    const double unit = (double)(bits & 0xffffffu) * 0x1p-24;
    return (float)(unit * (double)(to - from) + (double)from);
}

/* `base` is the number of the first word in the buffer, counted from the first that is drawn:
 * negative at first, for r.next words are used up. */
static __global__ void init_uniform_kernel(const rng r, float from, float to, float *w,
                                           ptrdiff_t count)
{
    __shared__ uint32_t word[2][RNG_STATE_WORDS];
    int now = 0;

    for (int i = (int)threadIdx.x; i < RNG_STATE_WORDS; i += THREADS)
        word[0][i] = r.state[i];
    for (ptrdiff_t base = -r.next;; base += RNG_STATE_WORDS) {
        for (int at = (int)threadIdx.x; at < RNG_STATE_WORDS; at += THREADS)
            if (base + at >= 0 && base + at < count)
                w[base + at] = float_from_bits(rng_temper(word[now][at]), from, to);
        if (base + RNG_STATE_WORDS >= count)
            return;
        __syncthreads();                        /* rng_twist() reads what others loaded */
        rng_twist(word[now], word[1 - now]);
        now = 1 - now;
    }
}

/* Box and Muller in place: in every 16 uniform numbers, radii from the first 8, angles from the
 * last. */
static __global__ void init_normal_kernel(float *w, ptrdiff_t pairs)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < pairs; i += (ptrdiff_t)gridDim.x * THREADS) {
        float *const pair = w + i / 8 * NORMAL_BLOCK + i % 8;
        const float radius = sqrtf(-2.0f * logf(1.0f - pair[0]));
        const float angle = 2.0f * (float)M_PI * pair[8];
        pair[0] = radius * cosf(angle);
        pair[8] = radius * sinf(angle);
    }
}

struct few_numbers {
    float x[NORMAL_BLOCK];
};

static __global__ void init_store_kernel(const few_numbers from, float *w, int count)
{
    if ((int)threadIdx.x < count)
        w[threadIdx.x] = from.x[threadIdx.x];
}

/* The host draws `count` <= 16 normal numbers, as it always does, and sends them. */
static void store_normal(rng *r, float *w, ptrdiff_t count)
{
    few_numbers few = {};

    rng_fill_normal(r, count, 0.0f, 1.0f, few.x);
    init_store_kernel<<<1, 32>>>(few, w, (int)count);
    cuda_launched("init_store_kernel");
}

static void fill_uniform(rng *r, float from, float to, float *w, ptrdiff_t count)
{
    init_uniform_kernel<<<1, THREADS>>>(*r, from, to, w, count);
    cuda_launched("init_uniform_kernel");
    rng_skip(r, count);
}

static void fill_normal(rng *r, float *w, ptrdiff_t count)
{
    const ptrdiff_t pairs = count / NORMAL_BLOCK * 8;

    if (count < NORMAL_BLOCK) {
        store_normal(r, w, count);
        return;
    }
    fill_uniform(r, 0.0f, 1.0f, w, count);
    init_normal_kernel<<<cuda_blocks(pairs, THREADS), THREADS>>>(w, pairs);
    cuda_launched("init_normal_kernel");
    if (count % NORMAL_BLOCK != 0)              /* the last 16 once more, from new draws */
        store_normal(r, w + count - NORMAL_BLOCK, NORMAL_BLOCK);
}

extern "C" void init_fill_cuda_naive(const init_shape *s, rng *r, float *w)
{
    const float bound = (float)init_bound(s);

    if (s->count == 0)
        return;
    if (s->kind == INIT_NORMAL)
        fill_normal(r, w, s->count);
    else
        fill_uniform(r, -bound, bound, w, s->count);
}
