/* device_memory.h: loads and stores with a hint for the caches, which here are loads and stores,
 * and questions about address spaces. */
#ifndef CUSIM_DEVICE_MEMORY_H
#define CUSIM_DEVICE_MEMORY_H

#include <stdint.h>

#include "language.h"

#define CUSIM_LOAD(name)                                                                        \
    template <class T> CUSIM_INLINE T name(const T *p) { return *p; }

CUSIM_LOAD(__ldg)
CUSIM_LOAD(__ldca)
CUSIM_LOAD(__ldcg)
CUSIM_LOAD(__ldcs)
CUSIM_LOAD(__ldlu)
CUSIM_LOAD(__ldcv)

#undef CUSIM_LOAD

/* The value is of whatever type turns into T, as with functions that are no templates. */
namespace cusim {
template <class T> struct just { typedef T type; };
}

#define CUSIM_STORE(name)                                                                       \
    template <class T> CUSIM_INLINE void name(T *p, typename cusim::just<T>::type v) { *p = v; }

CUSIM_STORE(__stwb)
CUSIM_STORE(__stcg)
CUSIM_STORE(__stcs)
CUSIM_STORE(__stwt)

#undef CUSIM_STORE

/* An address in shared memory as PTX has it, a number that fits 32 bits. */
CUSIM_INLINE size_t __cvta_generic_to_shared(const void *p)
{
    return (size_t)((const char *)p - (const char *)cusim_dynamic_shared());
}
CUSIM_INLINE void *__cvta_shared_to_generic(size_t offset)
{
    return (char *)cusim_dynamic_shared() + offset;
}
CUSIM_INLINE size_t __cvta_generic_to_global(const void *p) { return (size_t)p; }
CUSIM_INLINE void *__cvta_global_to_generic(size_t p) { return (void *)p; }

/* The runtime keeps 1 MiB of addresses for the shared memory of a block. */
CUSIM_INLINE unsigned __isShared(const void *p) { return __cvta_generic_to_shared(p) < 1u << 20; }

#endif
