/* rng.c: MT19937 and PyTorch's conversions. */
#include "kernels/core/rng.h"

#include <math.h>

enum { SHIFT = 397 };           /* the recurrence's middle distance */

void rng_seed(rng *r, uint64_t seed)
{
    r->state[0] = (uint32_t)seed;
    for (int i = 1; i < RNG_STATE_WORDS; i++) {
        const uint32_t last = r->state[i - 1];
        r->state[i] = 1812433253u * (last ^ (last >> 30)) + (uint32_t)i;
    }
    r->next = RNG_STATE_WORDS;
    r->has_cached_normal = 0;
    r->cached_normal = 0.0;
}

static void refill(rng *r)
{
    uint32_t *const s = r->state;

    for (int i = 0; i < RNG_STATE_WORDS; i++) {
        const uint32_t joined =
            (s[i] & 0x80000000u) | (s[(i + 1) % RNG_STATE_WORDS] & 0x7fffffffu);
        s[i] = s[(i + SHIFT) % RNG_STATE_WORDS] ^ (joined >> 1) ^
               ((joined & 1u) ? 0x9908b0dfu : 0u);
    }
    r->next = 0;
}

uint32_t rng_bits32(rng *r)
{
    if (r->next >= RNG_STATE_WORDS)
        refill(r);
    uint32_t bits = r->state[r->next++];
    bits ^= bits >> 11;
    bits ^= (bits << 7) & 0x9d2c5680u;
    bits ^= (bits << 15) & 0xefc60000u;
    return bits ^ (bits >> 18);
}

uint64_t rng_bits64(rng *r)
{
    const uint64_t high = rng_bits32(r);
    return high << 32 | rng_bits32(r);
}

void rng_skip(rng *r, ptrdiff_t draws)
{
    while (draws > RNG_STATE_WORDS - r->next) {
        draws -= RNG_STATE_WORDS - r->next;
        refill(r);
    }
    r->next += (int32_t)draws;
}

int64_t rng_int63(rng *r)
{
    return (int64_t)(rng_bits64(r) & (uint64_t)INT64_MAX);
}

float rng_float_from_bits(uint32_t bits, float from, float to)
{
    const double unit = (double)(bits & 0xffffffu) * 0x1p-24;
    return (float)(unit * (double)(to - from) + (double)from);
}

float rng_uniform(rng *r, float from, float to)
{
    return rng_float_from_bits(rng_bits32(r), from, to);
}

double rng_uniform_double(rng *r)
{
    return (double)(rng_bits64(r) & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

double rng_normal_double(rng *r)
{
    if (r->has_cached_normal) {
        r->has_cached_normal = 0;
        return r->cached_normal;
    }
    const double angle = 2.0 * M_PI * rng_uniform_double(r);
    const double radius = sqrt(-2.0 * log1p(-rng_uniform_double(r)));
    r->cached_normal = radius * sin(angle);
    r->has_cached_normal = 1;
    return radius * cos(angle);
}

/* Box and Muller on 16 uniform numbers in place: radii from the first 8, angles from the last. */
static void normal_block(float *x, float mean, float std)
{
    for (int i = 0; i < 8; i++) {
        const float radius = sqrtf(-2.0f * logf(1.0f - x[i]));
        const float angle = 2.0f * (float)M_PI * x[i + 8];
        x[i] = radius * cosf(angle) * std + mean;
        x[i + 8] = radius * sinf(angle) * std + mean;
    }
}

void rng_fill_normal(rng *r, ptrdiff_t count, float mean, float std, float *x)
{
    if (count < 16) {
        for (ptrdiff_t i = 0; i < count; i++)
            x[i] = (float)(rng_normal_double(r) * (double)std + (double)mean);
        return;
    }
    for (ptrdiff_t i = 0; i < count; i++)
        x[i] = rng_uniform(r, 0.0f, 1.0f);
    for (ptrdiff_t i = 0; i + 16 <= count; i += 16)
        normal_block(x + i, mean, std);
    if (count % 16 != 0) {                      /* the tail is drawn anew as a block of its own */
        float *const tail = x + count - 16;
        for (int i = 0; i < 16; i++)
            tail[i] = rng_uniform(r, 0.0f, 1.0f);
        normal_block(tail, mean, std);
    }
}

void rng_permutation(rng *r, int count, int32_t *order)
{
    for (int i = 0; i < count; i++)
        order[i] = i;
    for (int i = 0; i + 1 < count; i++) {
        const int j = i + (int)(rng_bits32(r) % (uint32_t)(count - i));
        const int32_t swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}
