/* cuda_rng.cuh: rng.h's generator, worked by all threads of a block.
 *
 * Idea:  MT19937 makes 624 words from the 624 before. Word i needs the old words i and i + 1 and
 *        the word 397 further on: an old one for i < 227, else the new word i - 227. So the words
 *        come in three waves of at most 227, and within a wave all are independent. Two buffers
 *        that change places let a wave read old words while others write new ones.
 * Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998, table I. */
#ifndef CUDA_RNG_CUH
#define CUDA_RNG_CUH

#include <cuda_runtime.h>

extern "C" {
#include "kernels/core/rng.h"
}

enum {
    RNG_MIDDLE = 397,                           /* the recurrence's middle distance */
    RNG_WAVE = RNG_STATE_WORDS - RNG_MIDDLE
};

/* fresh[624] = the words that follow old[624]; both in shared memory. All threads of the block must
 * call it; on return all of fresh may be read. */
static __device__ inline void rng_twist(const uint32_t *old, uint32_t *fresh)
{
    for (int from = 0; from < RNG_STATE_WORDS; from += RNG_WAVE) {
        const int end = from + RNG_WAVE < RNG_STATE_WORDS ? from + RNG_WAVE : RNG_STATE_WORDS;
        for (int i = from + (int)threadIdx.x; i < end; i += (int)blockDim.x) {
            const uint32_t next = i + 1 < RNG_STATE_WORDS ? old[i + 1] : fresh[0];
            const uint32_t middle = i < RNG_WAVE ? old[i + RNG_MIDDLE] : fresh[i - RNG_WAVE];
            const uint32_t joined = (old[i] & 0x80000000u) | (next & 0x7fffffffu);
            fresh[i] = middle ^ (joined >> 1) ^ ((joined & 1u) ? 0x9908b0dfu : 0u);
        }
        __syncthreads();                        /* the next wave reads what this one wrote */
    }
}

/* A word as it is handed out. */
static __device__ inline uint32_t rng_temper(uint32_t bits)
{
    bits ^= bits >> 11;
    bits ^= (bits << 7) & 0x9d2c5680u;
    bits ^= (bits << 15) & 0xefc60000u;
    return bits ^ (bits >> 18);
}

#endif
