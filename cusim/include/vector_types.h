/* vector_types.h: char1 ... double4 and dim3, with the sizes and alignments of CUDA. C and C++.
 *
 * They are plain structures, so that assigning one is a single load and a single store as wide as
 * the type, which is what a float4 is for. Two of an element are aligned as a whole, four of it too
 * but to 16 bytes at most; one and three are aligned as the element is. */
#ifndef CUSIM_VECTOR_TYPES_H
#define CUSIM_VECTOR_TYPES_H

#include "host_defines.h"

#define CUSIM_VECTORS(tag, type, align2, align4)                                \
    typedef struct tag##1 { type x; } tag##1;                                   \
    typedef struct __align__(align2) tag##2 { type x, y; } tag##2;              \
    typedef struct tag##3 { type x, y, z; } tag##3;                             \
    typedef struct __align__(align4) tag##4 { type x, y, z, w; } tag##4;

CUSIM_VECTORS(char, signed char, 2, 4)
CUSIM_VECTORS(uchar, unsigned char, 2, 4)
CUSIM_VECTORS(short, short, 4, 8)
CUSIM_VECTORS(ushort, unsigned short, 4, 8)
CUSIM_VECTORS(int, int, 8, 16)
CUSIM_VECTORS(uint, unsigned, 8, 16)
CUSIM_VECTORS(long, long, 2 * sizeof(long), 16)
CUSIM_VECTORS(ulong, unsigned long, 2 * sizeof(long), 16)
CUSIM_VECTORS(longlong, long long, 16, 16)
CUSIM_VECTORS(ulonglong, unsigned long long, 16, 16)
CUSIM_VECTORS(float, float, 8, 16)
CUSIM_VECTORS(double, double, 16, 16)

#undef CUSIM_VECTORS

/* CUDA 13 names the alignment of the widest ones, and offers 32 bytes beside the old 16. */
#define CUSIM_WIDE_VECTOR(tag, type)                                            \
    typedef tag##4 tag##4_16a;                                                  \
    typedef struct __align__(32) tag##4_32a { type x, y, z, w; } tag##4_32a;

CUSIM_WIDE_VECTOR(long, long)
CUSIM_WIDE_VECTOR(ulong, unsigned long)
CUSIM_WIDE_VECTOR(longlong, long long)
CUSIM_WIDE_VECTOR(ulonglong, unsigned long long)
CUSIM_WIDE_VECTOR(double, double)

#undef CUSIM_WIDE_VECTOR

typedef struct dim3 {
    unsigned x, y, z;
#ifdef __cplusplus
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
    constexpr operator uint3() const { return uint3{x, y, z}; }
#endif
} dim3;

#endif
