/* integers.h: bit counts, products of halves, averages, dot products, and other things that integer
 * units do in one instruction. */
#ifndef CUSIM_INTEGERS_H
#define CUSIM_INTEGERS_H

#include <stdint.h>

#include "../vector_functions.h"
#include "language.h"

/* ---- Bits ---- */

CUSIM_INLINE int __popc(unsigned x) { return __builtin_popcount(x); }
CUSIM_INLINE int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
CUSIM_INLINE int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
CUSIM_INLINE int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
CUSIM_INLINE int __ffs(int x) { return __builtin_ffs(x); }
CUSIM_INLINE int __ffsll(long long x) { return __builtin_ffsll(x); }

CUSIM_INLINE unsigned __brev(unsigned x)
{
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    return __builtin_bswap32(x);
}
CUSIM_INLINE unsigned long long __brevll(unsigned long long x)
{
    return (unsigned long long)__brev((unsigned)x) << 32 | __brev((unsigned)(x >> 32));
}

/* Byte i of the result is byte number (nibble i of selector) of y:x. */
CUSIM_INLINE unsigned __byte_perm(unsigned x, unsigned y, unsigned selector)
{
    const uint64_t bytes = (uint64_t)y << 32 | x;
    unsigned result = 0;
    for (int i = 0; i < 4; i++)
        result |= (unsigned)(bytes >> (selector >> 4 * i & 7) * 8 & 0xff) << 8 * i;
    return result;
}

/* hi:lo is shifted, and one half of it kept. shift counts by 32, or up to 32 (the c forms). */
CUSIM_INLINE unsigned __funnelshift_l(unsigned lo, unsigned hi, unsigned shift)
{
    return (unsigned)(((uint64_t)hi << 32 | lo) << (shift & 31) >> 32);
}
CUSIM_INLINE unsigned __funnelshift_lc(unsigned lo, unsigned hi, unsigned shift)
{
    return shift >= 32 ? lo : __funnelshift_l(lo, hi, shift);
}
CUSIM_INLINE unsigned __funnelshift_r(unsigned lo, unsigned hi, unsigned shift)
{
    return (unsigned)(((uint64_t)hi << 32 | lo) >> (shift & 31));
}
CUSIM_INLINE unsigned __funnelshift_rc(unsigned lo, unsigned hi, unsigned shift)
{
    return shift >= 32 ? hi : __funnelshift_r(lo, hi, shift);
}

/* Where the offset-th bit set in mask is, counted from base: upward from 1, downward from -1, and 0
 * is the bit at base itself; all ones if there is none. */
CUSIM_INLINE unsigned __fns(unsigned mask, unsigned base, int offset)
{
    const int step = offset < 0 ? -1 : 1;
    int left = offset == 0 ? 1 : offset * step;
    for (int at = (int)base; at >= 0 && at < 32; at += step) {
        if ((mask >> at & 1) && --left == 0)
            return (unsigned)at;
        if (offset == 0)
            break;
    }
    return 0xffffffffu;
}

/* ---- Products ---- */

CUSIM_INLINE int __mul24(int x, int y)
{
    const int low_x = (int)((unsigned)x << 8) >> 8, low_y = (int)((unsigned)y << 8) >> 8;
    return (int)((unsigned)low_x * (unsigned)low_y);
}
CUSIM_INLINE unsigned __umul24(unsigned x, unsigned y)
{
    return (x & 0xffffffu) * (y & 0xffffffu);
}
CUSIM_INLINE int __mulhi(int x, int y) { return (int)(((long long)x * y) >> 32); }
CUSIM_INLINE unsigned __umulhi(unsigned x, unsigned y)
{
    return (unsigned)((unsigned long long)x * y >> 32);
}
CUSIM_INLINE long long __mul64hi(long long x, long long y)
{
    return (long long)((__int128)x * y >> 64);
}
CUSIM_INLINE unsigned long long __umul64hi(unsigned long long x, unsigned long long y)
{
    return (unsigned long long)((unsigned __int128)x * y >> 64);
}

/* ---- Differences and averages ---- */

CUSIM_INLINE unsigned __usad(unsigned x, unsigned y, unsigned z)
{
    return (x > y ? x - y : y - x) + z;
}
CUSIM_INLINE unsigned __sad(int x, int y, unsigned z)
{
    return (x > y ? (unsigned)x - (unsigned)y : (unsigned)y - (unsigned)x) + z;
}
CUSIM_INLINE int __hadd(int x, int y) { return (int)(((long long)x + y) >> 1); }
CUSIM_INLINE int __rhadd(int x, int y) { return (int)(((long long)x + y + 1) >> 1); }
CUSIM_INLINE unsigned __uhadd(unsigned x, unsigned y)
{
    return (unsigned)(((unsigned long long)x + y) >> 1);
}
CUSIM_INLINE unsigned __urhadd(unsigned x, unsigned y)
{
    return (unsigned)(((unsigned long long)x + y + 1) >> 1);
}

/* ---- Dot products of bytes ---- */

namespace cusim {

/* c plus the products of count elements: A and B are what an element of a and of b is. */
template <class A, class B, class T>
CUSIM_INLINE T dot(T a, T b, T c, int count)
{
    unsigned sum = (unsigned)c;
    for (int i = 0; i < count; i++)
        sum += (unsigned)((A)(a >> i * 8 * (int)sizeof(A)) * (B)(b >> i * 8 * (int)sizeof(B)));
    return (T)sum;
}

template <class V>
CUSIM_INLINE unsigned packed(V v)
{
    return (unsigned)(uint8_t)v.x | (unsigned)(uint8_t)v.y << 8 | (unsigned)(uint8_t)v.z << 16 |
           (unsigned)(uint8_t)v.w << 24;
}
CUSIM_INLINE unsigned packed(short2 v) { return (uint16_t)v.x | (unsigned)(uint16_t)v.y << 16; }
CUSIM_INLINE unsigned packed(ushort2 v) { return v.x | (unsigned)v.y << 16; }

}  // namespace cusim

CUSIM_INLINE int __dp4a(int a, int b, int c) { return cusim::dot<int8_t, int8_t>(a, b, c, 4); }
CUSIM_INLINE unsigned __dp4a(unsigned a, unsigned b, unsigned c)
{
    return cusim::dot<uint8_t, uint8_t>(a, b, c, 4);
}
CUSIM_INLINE int __dp4a(char4 a, char4 b, int c)
{
    return __dp4a((int)cusim::packed(a), (int)cusim::packed(b), c);
}
CUSIM_INLINE unsigned __dp4a(uchar4 a, uchar4 b, unsigned c)
{
    return __dp4a(cusim::packed(a), cusim::packed(b), c);
}

/* Two 16-bit elements of a, and the two low or high bytes of b. */
CUSIM_INLINE int __dp2a_lo(int a, int b, int c) { return cusim::dot<int16_t, int8_t>(a, b, c, 2); }
CUSIM_INLINE int __dp2a_hi(int a, int b, int c) { return __dp2a_lo(a, b >> 16, c); }
CUSIM_INLINE unsigned __dp2a_lo(unsigned a, unsigned b, unsigned c)
{
    return cusim::dot<uint16_t, uint8_t>(a, b, c, 2);
}
CUSIM_INLINE unsigned __dp2a_hi(unsigned a, unsigned b, unsigned c)
{
    return __dp2a_lo(a, b >> 16, c);
}
CUSIM_INLINE int __dp2a_lo(short2 a, char4 b, int c)
{
    return __dp2a_lo((int)cusim::packed(a), (int)cusim::packed(b), c);
}
CUSIM_INLINE int __dp2a_hi(short2 a, char4 b, int c)
{
    return __dp2a_hi((int)cusim::packed(a), (int)cusim::packed(b), c);
}
CUSIM_INLINE unsigned __dp2a_lo(ushort2 a, uchar4 b, unsigned c)
{
    return __dp2a_lo(cusim::packed(a), cusim::packed(b), c);
}
CUSIM_INLINE unsigned __dp2a_hi(ushort2 a, uchar4 b, unsigned c)
{
    return __dp2a_hi(cusim::packed(a), cusim::packed(b), c);
}

#endif
