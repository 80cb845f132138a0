/* cuda_divide.cuh: division of indices by a number known only at run time, without dividing.
 *
 * Idea:   a GPU has no instruction for integer division; the compiler's code for one takes some
 *         twenty. n / d is the upper part of n * m, where m is 1/d scaled up to 32 bits and rounded
 *         up: one wide multiplication and a shift. The host finds m once per launch.
 * Range:  0 <= n < 2^31 and 1 <= d < 2^31. Let d <= 2^s and m = (2^(31+s) + e) / d with e < d.
 *         Then n * m / 2^(31+s) exceeds n/d by less than n / 2^(31+s) < 1/d: too little to
 *         reach the next integer.
 * Source: Granlund and Montgomery, "Division by Invariant Integers using Multiplication", 1994. */
#ifndef CUDA_DIVIDE_CUH
#define CUDA_DIVIDE_CUH

#include <cuda_runtime.h>

typedef struct {
    int divisor;
    unsigned multiplier, shift;
} cuda_divisor;

static inline cuda_divisor cuda_divisor_of(int divisor)
{
    unsigned s = 0;

    while ((1ull << s) < (unsigned long long)divisor)
        s++;
    const unsigned long long scale = 1ull << (31 + s), d = (unsigned long long)divisor;
    return { divisor, (unsigned)((scale + d - 1) / d), 31 + s };
}

static __device__ inline int cuda_quotient(int n, cuda_divisor by)
{
    return (int)((unsigned long long)(unsigned)n * by.multiplier >> by.shift);
}

/* The quotient; *n becomes the remainder. */
static __device__ inline int cuda_divide(int *n, cuda_divisor by)
{
    const int quotient = cuda_quotient(*n, by);

    *n -= quotient * by.divisor;
    return quotient;
}

#endif
