/* init_draw.h: random numbers for the exercises of this lesson, which cannot call the suite's own.
 *
 * A generator is a state of 624 words. Each draw takes the next word, or the next two, and moves
 * the state on; the same state gives the same numbers. These are the numbers of
 * kernels/core/rng.h, and so PyTorch's.
 *
 * Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998. */
#ifndef INIT_DRAW_H
#define INIT_DRAW_H

#include "kernels/core/rng.h"

/* The next 32 random bits; all words are renewed when they have been used up. */
static inline uint32_t draw_bits(rng *r)
{
    if (r->next >= RNG_STATE_WORDS) {
        for (int i = 0; i < RNG_STATE_WORDS; i++) {
            const uint32_t after = r->state[(i + 1) % RNG_STATE_WORDS];
            const uint32_t joined = (r->state[i] & 0x80000000u) | (after & 0x7fffffffu);
            const uint32_t twist = joined & 1u ? 0x9908b0dfu : 0u;
            r->state[i] = r->state[(i + 397) % RNG_STATE_WORDS] ^ (joined >> 1) ^ twist;
        }
        r->next = 0;
    }
    uint32_t bits = r->state[r->next++];
    bits ^= bits >> 11;
    bits ^= (bits << 7) & 0x9d2c5680u;
    bits ^= (bits << 15) & 0xefc60000u;
    return bits ^ (bits >> 18);
}

/* One number in [from, to), every one as likely as any other. Takes one word. */
static inline float draw_uniform(rng *r, float from, float to)
{
    const double unit = (double)(draw_bits(r) & 0xffffffu) * 0x1p-24;
    return (float)(unit * (double)(to - from) + (double)from);
}

/* One number in [0, 1) with all the digits of a double. Takes two words. */
static inline double draw_double(rng *r)
{
    const uint64_t high = draw_bits(r);
    const uint64_t both = high << 32 | draw_bits(r);
    return (double)(both & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

#endif
