/* rng.h: PyTorch's random numbers on the CPU, bit for bit.
 *
 * The generator is MT19937 (Matsumoto and Nishimura, 1998), seeded and converted as PyTorch's
 * CPUGeneratorImpl and its distributions do, so that the same seed gives the same weights, the same
 * shuffling and the same dropout masks. Nothing here is thread safe: one generator, one thread.
 *
 * Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998; PyTorch 1.13,
 * the behaviour of torch.manual_seed, Tensor.random_, uniform_, normal_, bernoulli_, randperm. */
#ifndef RNG_H
#define RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RNG_STATE_WORDS = 624 };

typedef struct {
    uint32_t state[RNG_STATE_WORDS];
    int32_t next;               /* words of the state already handed out; 624 means: refill first */
    int32_t has_cached_normal;  /* 1 if a scalar normal draw left its second value */
    double cached_normal;
} rng;

/* torch.manual_seed(seed): only the low 32 bits count, as in PyTorch. */
void rng_seed(rng *r, uint64_t seed);

/* The next 32 or 64 raw bits; 64 bits are two draws, high half first. */
uint32_t rng_bits32(rng *r);
uint64_t rng_bits64(rng *r);

/* Leaves the generator as `draws` >= 0 calls of rng_bits32 would: for draws made elsewhere. */
void rng_skip(rng *r, ptrdiff_t draws);

/* torch.empty((), dtype=torch.int64).random_(): uniform in [0, 2^63). */
int64_t rng_int63(rng *r);

/* Turns 32 raw bits into what Tensor.uniform_(from, to) makes of them. */
float rng_float_from_bits(uint32_t bits, float from, float to);

/* One float in [from, to), one double in [0, 1). */
float rng_uniform(rng *r, float from, float to);
double rng_uniform_double(rng *r);

/* One double from the normal distribution, as PyTorch draws tensors of fewer than 16 elements. */
double rng_normal_double(rng *r);

/* x[count] from the normal distribution as Tensor.normal_ fills a contiguous tensor: one by one
 * below 16 elements, in blocks of 16 from there on (equal to PyTorch within a few ulp, since its
 * vectorised logarithm and cosine are its own). */
void rng_fill_normal(rng *r, ptrdiff_t count, float mean, float std, float *x);

/* torch.randperm(count): a permutation of 0..count-1 in order[count]. */
void rng_permutation(rng *r, int count, int32_t *order);

#endif
