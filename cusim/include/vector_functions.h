/* vector_functions.h: make_char1 ... make_double4. */
#ifndef CUSIM_VECTOR_FUNCTIONS_H
#define CUSIM_VECTOR_FUNCTIONS_H

#include "vector_types.h"

#define CUSIM_MAKE(tag, type)                                                               \
    CUSIM_INLINE tag##1 make_##tag##1(type x)                                               \
    {                                                                                       \
        tag##1 v = {x};                                                                     \
        return v;                                                                           \
    }                                                                                       \
    CUSIM_INLINE tag##2 make_##tag##2(type x, type y)                                       \
    {                                                                                       \
        tag##2 v = {x, y};                                                                  \
        return v;                                                                           \
    }                                                                                       \
    CUSIM_INLINE tag##3 make_##tag##3(type x, type y, type z)                               \
    {                                                                                       \
        tag##3 v = {x, y, z};                                                               \
        return v;                                                                           \
    }                                                                                       \
    CUSIM_INLINE tag##4 make_##tag##4(type x, type y, type z, type w)                       \
    {                                                                                       \
        tag##4 v = {x, y, z, w};                                                            \
        return v;                                                                           \
    }

CUSIM_MAKE(char, signed char)
CUSIM_MAKE(uchar, unsigned char)
CUSIM_MAKE(short, short)
CUSIM_MAKE(ushort, unsigned short)
CUSIM_MAKE(int, int)
CUSIM_MAKE(uint, unsigned)
CUSIM_MAKE(long, long)
CUSIM_MAKE(ulong, unsigned long)
CUSIM_MAKE(longlong, long long)
CUSIM_MAKE(ulonglong, unsigned long long)
CUSIM_MAKE(float, float)
CUSIM_MAKE(double, double)

#undef CUSIM_MAKE

#endif
