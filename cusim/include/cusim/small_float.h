/* small_float.h: the two 16-bit floating-point formats, and exact conversions to and from them.
 *
 *   half       1 sign, 5 exponent, 10 mantissa bits: largest 65504, smallest normal 2^-14
 *   bfloat16   1 sign, 8 exponent,  7 mantissa bits: the upper half of a float
 *
 * Arithmetic is done in float and rounded once more. That gives the correctly rounded result for
 * one sum, product, quotient or root, as 24 bits are more than 2 * 11 + 2; only a multiply-add
 * needs care. Every NaN becomes 0x7fff, as on the hardware. */
#ifndef CUSIM_SMALL_FLOAT_H
#define CUSIM_SMALL_FLOAT_H

#include <cmath>
#include <stdint.h>

#include "casts.h"

namespace cusim {

enum rounding { TO_NEAREST, TO_ZERO, UP, DOWN };

struct half_format {
    enum { EXPONENT_BITS = 5, MANTISSA_BITS = 10 };

    /* In integers, so that the profile counts no operation. A subnormal number is its mantissa,
     * which converts to float exactly, times 2^-24. */
    CUSIM_INLINE float widen(uint16_t h)
    {
        const uint32_t size = h & 0x7fffu;
        const uint32_t special = size >= 0x7c00 ? 0x7f800000u : 0;
        const uint32_t normal = (size << 13) + (112u << 23);
        const uint32_t small = same_bits<uint32_t>((float)(int)size) - (size ? 24u << 23 : 0);
        return same_bits<float>((size < 0x400 ? small : normal) | special |
                                (uint32_t)(h & 0x8000) << 16);
    }

    /* To nearest even: a little less than half of the last place is added, or half if it is odd.
     * Unseen, since its branches are not the kernel's. */
    CUSIM_UNSEEN static inline uint16_t narrow(float x)
    {
        const uint32_t bits = same_bits<uint32_t>(x), size = bits & 0x7fffffffu;
        const uint32_t sign = bits >> 16 & 0x8000u;
        if (size > 0x7f800000u)
            return 0x7fff;
        if (size >= 0x477ff000u)                /* 65520: halfway to what would be 65536 */
            return (uint16_t)(sign | 0x7c00u);
        if (size < 0x33000000u)                 /* 2^-25, half of the smallest */
            return (uint16_t)sign;
        if (size < 0x38800000u) {               /* 2^-14: counted in units of 2^-24 */
            const uint32_t shift = 126 - (size >> 23), whole = (size & 0x7fffffu) | 0x800000u;
            const uint32_t half = 1u << (shift - 1);
            return (uint16_t)(sign | (whole + half - 1 + (whole >> shift & 1)) >> shift);
        }
        return (uint16_t)(sign | (size - (112u << 23) + 0xfffu + (size >> 13 & 1)) >> 13);
    }
};

struct bfloat16_format {
    enum { EXPONENT_BITS = 8, MANTISSA_BITS = 7 };

    CUSIM_INLINE float widen(uint16_t h) { return same_bits<float>((uint32_t)h << 16); }

    CUSIM_UNSEEN static inline uint16_t narrow(float x)
    {
        const uint32_t bits = same_bits<uint32_t>(x);
        if ((bits & 0x7fffffffu) > 0x7f800000u)
            return 0x7fff;
        return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
    }
};

/* x in any rounding mode: counted in units of the last place, then made whole. */
template <class Format>
uint16_t narrow(double x, rounding mode)
{
    const int mantissa = Format::MANTISSA_BITS;
    const int lowest = 2 - (1 << (Format::EXPONENT_BITS - 1));      /* exponent of small numbers */
    const uint32_t infinity = ((1u << Format::EXPONENT_BITS) - 1) << mantissa;
    const uint32_t sign = std::signbit(x) ? 0x8000u : 0;
    if (x != x)
        return 0x7fff;
    if (std::isinf(x) || x == 0)
        return (uint16_t)(sign | (x == 0 ? 0 : infinity));

    const int exponent = std::ilogb(x) > lowest ? std::ilogb(x) : lowest;
    const double unrounded = std::ldexp(x, mantissa - exponent);
    const double units = mode == TO_NEAREST ? std::nearbyint(unrounded)
                       : mode == TO_ZERO    ? std::trunc(unrounded)
                       : mode == UP         ? std::ceil(unrounded)
                                            : std::floor(unrounded);
    if (exponent > -lowest + 2)                 /* far beyond the range */
        return (uint16_t)(sign | (mode == TO_NEAREST || mode == (sign ? DOWN : UP) ? infinity
                                                                                   : infinity - 1));
    const uint32_t bits = ((uint32_t)(exponent - lowest) << mantissa) + (uint32_t)std::fabs(units);
    if (bits < infinity)
        return (uint16_t)(sign | bits);
    return (uint16_t)(sign | (mode == TO_NEAREST || mode == (sign ? DOWN : UP) ? infinity
                                                                               : infinity - 1));
}

/* A 64-bit integer as a double that rounds to a small float as the integer itself would: the bits
 * that do not fit leave a trace in the last place. */
template <class I>
inline double sticky_double(I x)
{
    const uint64_t size = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    const uint64_t kept = size >> 53 ? (size >> 11 | (size << 53 != 0)) : size;
    const double y = (double)kept * (size >> 53 ? 2048 : 1);
    return x < 0 ? -y : y;
}

/* a * b + c, for factors of at most 12 bits, as a float that rounds to a small float as the exact
 * sum would: if the float is not exact, its last bit is set. The profile, where unseen functions
 * are not inlined, counts a call as two operations. */
CUSIM_UNSEEN inline float sticky_multiply_add(float a, float b, float c)
{
    const double product = (double)a * b, sum = product + c;
    const float result = (float)sum;
    const double part = sum - product;
    const double lost_in_sum = (product - (sum - part)) + (c - part);
    const double lost = sum != result ? sum - result : lost_in_sum;
    if ((lost > 0 || lost < 0) && !(same_bits<uint32_t>(result) & 1))
        return std::nextafter(result, lost > 0 ? INFINITY : -INFINITY);
    return result;
}

}  // namespace cusim

#endif
