/* check_random.h: the small generator (SplitMix64) from which problems are drawn.
 *
 * Not the one under test: kernels/core/rng.h. Source: Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014. */
#ifndef CHECK_RANDOM_H
#define CHECK_RANDOM_H

#include <math.h>
#include <stdint.h>

typedef struct {
    uint64_t state;
} check_random;

static inline uint64_t check_random_bits(check_random *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A seed that depends on both, for streams that must not follow one another. */
static inline uint64_t check_random_mix(uint64_t seed, uint64_t stream)
{
    check_random r = { seed ^ (stream + 1) * UINT64_C(0xd1342543de82ef95) };
    return check_random_bits(&r);
}

/* Uniform in low..high, both included. */
static inline int check_random_int(check_random *r, int low, int high)
{
    return low + (int)(check_random_bits(r) % (uint64_t)(high - low + 1));
}

/* One of the given ints: check_random_pick(r, 3, (const int[]){ 1, 2, 7 }). */
static inline int check_random_pick(check_random *r, int count, const int *choices)
{
    return choices[check_random_int(r, 0, count - 1)];
}

/* True once in `one_in` calls. */
static inline int check_random_chance(check_random *r, int one_in)
{
    return check_random_int(r, 1, one_in) == 1;
}

/* Uniform in [0, 1), and standard normal. */
static inline double check_random_uniform(check_random *r)
{
    return (double)(check_random_bits(r) >> 11) * 0x1p-53;
}

static inline double check_random_normal(check_random *r)
{
    const double radius = sqrt(-2.0 * log(1.0 - check_random_uniform(r)));
    return radius * cos(6.283185307179586 * check_random_uniform(r));
}

#endif
