/* simd_integers.h: two 16-bit or four 8-bit integers in one unsigned: __vadd4 and its kin. */
#ifndef CUSIM_SIMD_INTEGERS_H
#define CUSIM_SIMD_INTEGERS_H

#include <stdint.h>

#include "language.h"

namespace cusim {

CUSIM_INLINE int clamped(int x, int low, int high) { return x < low ? low : x > high ? high : x; }

/* Applies operation to each pair of elements of type T; the low bits of what it returns count. */
template <class T, class Operation>
CUSIM_INLINE unsigned each_lane(unsigned a, unsigned b, Operation operation)
{
    const int bits = 8 * (int)sizeof(T);
    const unsigned ones = (1u << bits) - 1;
    unsigned result = 0;
    for (int at = 0; at < 32; at += bits)
        result |= ((unsigned)operation((int)(T)(a >> at), (int)(T)(b >> at)) & ones) << at;
    return result;
}

template <class T>
CUSIM_INLINE unsigned sum_of_differences(unsigned a, unsigned b)
{
    unsigned sum = 0;
    for (int at = 0; at < 32; at += 8 * (int)sizeof(T)) {
        const int difference = (int)(T)(a >> at) - (int)(T)(b >> at);
        sum += (unsigned)(difference < 0 ? -difference : difference);
    }
    return sum;
}

}  // namespace cusim

#define CUSIM_LANES(name, T, expression)                                                        \
    CUSIM_INLINE unsigned name(unsigned a, unsigned b)                                          \
    {                                                                                           \
        return cusim::each_lane<T>(a, b, [](int x, int y) { return expression; });              \
    }
#define CUSIM_LANES1(name, T, expression)                                                       \
    CUSIM_INLINE unsigned name(unsigned a)                                                      \
    {                                                                                           \
        return cusim::each_lane<T>(a, 0, [](int x, int) { return expression; });                \
    }

/* A comparison makes all bits of a lane (cmp) or the lowest (set). */
#define CUSIM_COMPARISON(name, n, T, operator_)                                                 \
    CUSIM_LANES(__vcmp##name##n, T, -(x operator_ y))                                           \
    CUSIM_LANES(__vset##name##n, T, (int)(x operator_ y))

/* S and U: signed and unsigned element; low, high, top: the ends of their ranges. */
#define CUSIM_SIMD(n, S, U, low, high, top)                                                     \
    CUSIM_LANES1(__vneg##n, S, -x)                                                              \
    CUSIM_LANES1(__vnegss##n, S, cusim::clamped(-x, low, high))                                 \
    CUSIM_LANES1(__vabs##n, S, x < 0 ? -x : x)                                                  \
    CUSIM_LANES1(__vabsss##n, S, cusim::clamped(x < 0 ? -x : x, low, high))                     \
    CUSIM_LANES(__vadd##n, U, x + y)                                                            \
    CUSIM_LANES(__vaddss##n, S, cusim::clamped(x + y, low, high))                               \
    CUSIM_LANES(__vaddus##n, U, cusim::clamped(x + y, 0, top))                                  \
    CUSIM_LANES(__vsub##n, U, x - y)                                                            \
    CUSIM_LANES(__vsubss##n, S, cusim::clamped(x - y, low, high))                               \
    CUSIM_LANES(__vsubus##n, U, cusim::clamped(x - y, 0, top))                                  \
    CUSIM_LANES(__vabsdiffs##n, S, x > y ? x - y : y - x)                                       \
    CUSIM_LANES(__vabsdiffu##n, U, x > y ? x - y : y - x)                                       \
    CUSIM_LANES(__vhaddu##n, U, (x + y) >> 1)                                                   \
    CUSIM_LANES(__vavgu##n, U, (x + y + 1) >> 1)                                                \
    CUSIM_LANES(__vmaxs##n, S, x > y ? x : y)                                                   \
    CUSIM_LANES(__vmaxu##n, U, x > y ? x : y)                                                   \
    CUSIM_LANES(__vmins##n, S, x < y ? x : y)                                                   \
    CUSIM_LANES(__vminu##n, U, x < y ? x : y)                                                   \
    CUSIM_COMPARISON(eq, n, U, ==)                                                              \
    CUSIM_COMPARISON(ne, n, U, !=)                                                              \
    CUSIM_COMPARISON(ges, n, S, >=)                                                             \
    CUSIM_COMPARISON(geu, n, U, >=)                                                             \
    CUSIM_COMPARISON(gts, n, S, >)                                                              \
    CUSIM_COMPARISON(gtu, n, U, >)                                                              \
    CUSIM_COMPARISON(les, n, S, <=)                                                             \
    CUSIM_COMPARISON(leu, n, U, <=)                                                             \
    CUSIM_COMPARISON(lts, n, S, <)                                                              \
    CUSIM_COMPARISON(ltu, n, U, <)                                                              \
    CUSIM_INLINE unsigned __vsads##n(unsigned a, unsigned b)                                    \
    {                                                                                           \
        return cusim::sum_of_differences<S>(a, b);                                              \
    }                                                                                           \
    CUSIM_INLINE unsigned __vsadu##n(unsigned a, unsigned b)                                    \
    {                                                                                           \
        return cusim::sum_of_differences<U>(a, b);                                              \
    }

CUSIM_SIMD(2, int16_t, uint16_t, -32768, 32767, 65535)
CUSIM_SIMD(4, int8_t, uint8_t, -128, 127, 255)

#undef CUSIM_SIMD
#undef CUSIM_COMPARISON
#undef CUSIM_LANES1
#undef CUSIM_LANES

#endif
