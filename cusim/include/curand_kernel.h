/* curand_kernel.h: random numbers in kernels: XORWOW (the default) and Philox 4x32-10.
 *
 * Philox gives the very numbers of cuRAND, since seed, subsequence and offset are just put into
 * its key and counter. XORWOW's state is filled from seed and subsequence by a hash instead of
 * cuRAND's jumps of 2^67 steps: as random, but not the same numbers. Sources: Marsaglia,
 * "Xorshift RNGs", 2003; Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2,
 * 3", 2011; splitmix64 of Steele, Lea, Flood, 2014, for filling. */
#ifndef CUSIM_CURAND_KERNEL_H
#define CUSIM_CURAND_KERNEL_H

#include <stdint.h>

#include "cuda_runtime.h"

typedef struct curandStateXORWOW {
    unsigned d, v[5];
    int boxmuller_flag, boxmuller_flag_double;
    float boxmuller_extra;              /* the second of two normal numbers */
    double boxmuller_extra_double;
} curandStateXORWOW_t;
typedef curandStateXORWOW_t curandState_t;
typedef curandStateXORWOW_t curandState;
typedef curandStateXORWOW_t curandStateXORWOW;

typedef struct curandStatePhilox4_32_10 {
    uint4 ctr, output;
    uint2 key;
    unsigned STATE;                     /* how many of output are used */
    int boxmuller_flag, boxmuller_flag_double;
    float boxmuller_extra;
    double boxmuller_extra_double;
} curandStatePhilox4_32_10_t;
typedef curandStatePhilox4_32_10_t curandStatePhilox4_32_10;

/* ---- XORWOW: a xorshift of 160 bits plus a Weyl sequence ---- */

CUSIM_INLINE unsigned curand(curandStateXORWOW_t *s)
{
    const unsigned t = s->v[0] ^ (s->v[0] >> 2), last = s->v[4];
    s->v[0] = s->v[1];
    s->v[1] = s->v[2];
    s->v[2] = s->v[3];
    s->v[3] = last;
    s->v[4] = last ^ (last << 4) ^ t ^ (t << 1);
    s->d += 362437;
    return s->v[4] + s->d;
}

CUSIM_INLINE void skipahead(unsigned long long steps, curandStateXORWOW_t *s)
{
    while (steps-- > 0)
        curand(s);
}

namespace cusim {
CUSIM_INLINE uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
}  // namespace cusim

CUSIM_INLINE void curand_init(unsigned long long seed, unsigned long long subsequence,
                              unsigned long long offset, curandStateXORWOW_t *s)
{
    uint64_t x = seed;
    x = cusim::splitmix64(&x) ^ subsequence;
    for (int i = 0; i < 5; i++)
        s->v[i] = (unsigned)(cusim::splitmix64(&x) >> 32) | (i == 0);   /* never all zero */
    s->d = (unsigned)cusim::splitmix64(&x);
    s->boxmuller_flag = s->boxmuller_flag_double = 0;
    s->boxmuller_extra = 0;
    s->boxmuller_extra_double = 0;
    skipahead(offset, s);
}

/* ---- Philox: the counter, encrypted in ten rounds ---- */

namespace cusim {

CUSIM_INLINE uint4 philox(uint4 c, uint2 key)
{
    for (int round = 0; round < 10; round++) {
        const uint64_t a = 0xD2511F53ull * c.x, b = 0xCD9E8D57ull * c.z;
        c = make_uint4((unsigned)(b >> 32) ^ c.y ^ key.x, (unsigned)b,
                       (unsigned)(a >> 32) ^ c.w ^ key.y, (unsigned)a);
        key.x += 0x9E3779B9u;
        key.y += 0xBB67AE85u;
    }
    return c;
}

/* Blocks of four numbers further; subsequence counts in the upper half of the counter. */
CUSIM_INLINE void philox_advance(curandStatePhilox4_32_10_t *s, unsigned long long blocks)
{
    const unsigned long long before = (unsigned long long)s->ctr.y << 32 | s->ctr.x;
    const unsigned long long after = before + blocks;
    s->ctr.x = (unsigned)after;
    s->ctr.y = (unsigned)(after >> 32);
    if (after < before && ++s->ctr.z == 0)
        s->ctr.w++;
    s->output = philox(s->ctr, s->key);
}

}  // namespace cusim

CUSIM_INLINE void skipahead(unsigned long long steps, curandStatePhilox4_32_10_t *s)
{
    const unsigned long long within = s->STATE + steps % 4;
    s->STATE = (unsigned)(within % 4);
    cusim::philox_advance(s, steps / 4 + within / 4);
}

CUSIM_INLINE void curand_init(unsigned long long seed, unsigned long long subsequence,
                              unsigned long long offset, curandStatePhilox4_32_10_t *s)
{
    s->ctr = make_uint4(0, 0, (unsigned)subsequence, (unsigned)(subsequence >> 32));
    s->key = make_uint2((unsigned)seed, (unsigned)(seed >> 32));
    s->STATE = 0;
    s->boxmuller_flag = s->boxmuller_flag_double = 0;
    s->boxmuller_extra = 0;
    s->boxmuller_extra_double = 0;
    skipahead(offset, s);
}

CUSIM_INLINE unsigned curand(curandStatePhilox4_32_10_t *s)
{
    const unsigned at = s->STATE;
    const unsigned x = at == 0 ? s->output.x
                     : at == 1 ? s->output.y
                     : at == 2 ? s->output.z
                               : s->output.w;
    s->STATE = (at + 1) % 4;
    if (s->STATE == 0)
        cusim::philox_advance(s, 1);
    return x;
}

CUSIM_INLINE uint4 curand4(curandStatePhilox4_32_10_t *s)
{
    uint4 four;
    four.x = curand(s);
    four.y = curand(s);
    four.z = curand(s);
    four.w = curand(s);
    return four;
}

/* ---- Distributions ---- */

namespace cusim {

const float two_to_minus_32 = 1 / 4294967296.0f;

/* Above 0, up to and with 1. */
CUSIM_INLINE float to_uniform(unsigned x) { return ((float)x + 0.5f) * two_to_minus_32; }
CUSIM_INLINE double to_uniform_double(unsigned x, unsigned y)
{
    const uint64_t bits = (uint64_t)x ^ (uint64_t)y << 21;
    return ((double)bits + 0.5) / 9007199254740992.0;
}

/* Box and Muller: two normal numbers from two uniform ones. */
CUSIM_INLINE float2 to_normal(unsigned x, unsigned y)
{
    const float length = sqrtf(-2 * logf(to_uniform(x)));
    const float angle = to_uniform(y) * 6.2831853f;
    return make_float2(length * sinf(angle), length * cosf(angle));
}

}  // namespace cusim

#define CUSIM_RANDOM(State)                                                                     \
    CUSIM_INLINE float curand_uniform(State *s) { return cusim::to_uniform(curand(s)); }        \
    CUSIM_INLINE double curand_uniform_double(State *s)                                         \
    {                                                                                           \
        const unsigned x = curand(s);                                                           \
        return cusim::to_uniform_double(x, curand(s));                                          \
    }                                                                                           \
    CUSIM_INLINE float2 curand_normal2(State *s)                                                \
    {                                                                                           \
        const unsigned x = curand(s);                                                           \
        return cusim::to_normal(x, curand(s));                                                  \
    }                                                                                           \
    CUSIM_INLINE float curand_normal(State *s)                                                  \
    {                                                                                           \
        if (s->boxmuller_flag) {                                                                \
            s->boxmuller_flag = 0;                                                              \
            return s->boxmuller_extra;                                                          \
        }                                                                                       \
        const float2 two = curand_normal2(s);                                                   \
        s->boxmuller_flag = 1;                                                                  \
        s->boxmuller_extra = two.y;                                                             \
        return two.x;                                                                           \
    }                                                                                           \
    CUSIM_INLINE double2 curand_normal2_double(State *s)                                        \
    {                                                                                           \
        const double length = sqrt(-2 * log(curand_uniform_double(s)));                         \
        const double angle = curand_uniform_double(s) * 2 * M_PI;                               \
        return make_double2(length * sin(angle), length * cos(angle));                          \
    }                                                                                           \
    CUSIM_INLINE double curand_normal_double(State *s)                                          \
    {                                                                                           \
        if (s->boxmuller_flag_double) {                                                         \
            s->boxmuller_flag_double = 0;                                                       \
            return s->boxmuller_extra_double;                                                   \
        }                                                                                       \
        const double2 two = curand_normal2_double(s);                                           \
        s->boxmuller_flag_double = 1;                                                           \
        s->boxmuller_extra_double = two.y;                                                      \
        return two.x;                                                                           \
    }                                                                                           \
    CUSIM_INLINE float curand_log_normal(State *s, float mean, float deviation)                 \
    {                                                                                           \
        return expf(mean + deviation * curand_normal(s));                                       \
    }                                                                                           \
    CUSIM_INLINE double curand_log_normal_double(State *s, double mean, double deviation)       \
    {                                                                                           \
        return exp(mean + deviation * curand_normal_double(s));                                 \
    }                                                                                           \
    /* By counting the factors of a product of uniform numbers that stays above exp(-lambda); in \
     * pieces, as a sum of Poisson numbers is one too. */                                       \
    CUSIM_INLINE unsigned curand_poisson(State *s, double lambda)                               \
    {                                                                                           \
        unsigned count = 0;                                                                     \
        for (; lambda > 0; lambda -= 500) {                                                     \
            const double limit = exp(-(lambda < 500 ? lambda : 500));                           \
            for (double product = curand_uniform_double(s); product > limit; count++)           \
                product *= curand_uniform_double(s);                                            \
        }                                                                                       \
        return count;                                                                           \
    }

CUSIM_RANDOM(curandStateXORWOW_t)
CUSIM_RANDOM(curandStatePhilox4_32_10_t)

#undef CUSIM_RANDOM

CUSIM_INLINE float4 curand_uniform4(curandStatePhilox4_32_10_t *s)
{
    const uint4 x = curand4(s);
    return make_float4(cusim::to_uniform(x.x), cusim::to_uniform(x.y), cusim::to_uniform(x.z),
                       cusim::to_uniform(x.w));
}
CUSIM_INLINE double2 curand_uniform2_double(curandStatePhilox4_32_10_t *s)
{
    const uint4 x = curand4(s);
    return make_double2(cusim::to_uniform_double(x.x, x.y), cusim::to_uniform_double(x.z, x.w));
}
CUSIM_INLINE float4 curand_normal4(curandStatePhilox4_32_10_t *s)
{
    const uint4 x = curand4(s);
    const float2 a = cusim::to_normal(x.x, x.y), b = cusim::to_normal(x.z, x.w);
    return make_float4(a.x, a.y, b.x, b.y);
}

#endif
