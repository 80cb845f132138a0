/* mt19937_reference.c: MT19937 as its defining recurrence, one word per call.
 *
 *   x[k+624] = x[k+397] ^ (upper bit of x[k], lower 31 bits of x[k+1]) A
 *
 * A shifts right by one and, where a 1 falls out, adds the constant a. No block refill: the ring
 * replaces its oldest word by the newest. Each word is tempered on the way out.
 * Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998, equations 2.1 to 2.5
 * and table II; the seeding is that of their revision of 2002. */
#include "reference/mt19937_reference.h"

enum { N = 624, M = 397 };

void mt19937_reference_seed(mt19937_reference *g, uint64_t seed)
{
    uint32_t x = (uint32_t)(seed & 0xffffffffu);

    for (uint32_t k = 0; k < N; k++) {
        g->word[k] = x;
        x = (x ^ x >> 30) * 1812433253u + k + 1;
    }
    g->oldest = 0;
}

uint32_t mt19937_reference_bits32(mt19937_reference *g)
{
    const int k = g->oldest;
    const uint32_t upper_and_lower =
        (g->word[k] & UINT32_C(1) << 31) + (g->word[(k + 1) % N] & ~(UINT32_C(1) << 31));
    uint32_t x = g->word[(k + M) % N] ^ upper_and_lower / 2;

    if (upper_and_lower % 2 == 1)
        x ^= 0x9908b0dfu;
    g->word[k] = x;
    g->oldest = (k + 1) % N;

    x ^= x >> 11;
    x ^= x << 7 & 0x9d2c5680u;
    x ^= x << 15 & 0xefc60000u;
    x ^= x >> 18;
    return x;
}
