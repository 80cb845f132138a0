/* instrument.c: what code compiled with -fsanitize=thread calls before each load and store.
 *
 * gcc and clang insert these calls for their own runtime library, which cusim takes the place of:
 * nothing is linked with it. The accesses go to checked mode and to the profile, and nowhere while
 * both are off; stores to the wall too, where one is up. Atomics of the language (std::atomic; not
 * CUDA's) are host code's: they are carried out as what they are. */
#include "cusim/runtime/runtime.h"

/* The names belong to the compilers. */
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wreserved-identifier"
#pragma GCC diagnostic ignored "-Watomic-alignment"
#ifndef __clang__                       /* gcc knows them when another sanitizer is on */
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif

static inline void seen(const void *p, size_t bytes, unsigned kind, const void *caller)
{
    if (cusim_set.check)
        cusim_check_access(p, bytes, kind, (const char *)caller - 1);
    if (cusim_set.profile && kind & CUSIM_TOUCH_ALIGNED)
        cusim_profile_access(p, bytes, kind & CUSIM_TOUCH_WRITE, false, caller);
    else if (cusim_set.profile)
        cusim_profile_structure(p, bytes, kind & CUSIM_TOUCH_WRITE, caller);
    if (kind & CUSIM_TOUCH_WRITE && cusim_walled)
        cusim_wall_store(p, bytes, caller);
}

static inline void seen_volatile(const void *p, size_t bytes, unsigned kind, const void *caller)
{
    cusim_volatile(caller);
    seen(p, bytes, kind | CUSIM_TOUCH_VOLATILE, caller);
}

#define CALLER __builtin_return_address(0)

#define ACCESS(size)                                                                            \
    void __tsan_read##size(void *p)                                                             \
    {                                                                                           \
        seen(p, size, CUSIM_TOUCH_READ | CUSIM_TOUCH_ALIGNED, CALLER);                          \
    }                                                                                           \
    void __tsan_write##size(void *p)                                                            \
    {                                                                                           \
        seen(p, size, CUSIM_TOUCH_WRITE | CUSIM_TOUCH_ALIGNED, CALLER);                         \
    }                                                                                           \
    void __tsan_volatile_read##size(void *p)                                                    \
    {                                                                                           \
        seen_volatile(p, size, CUSIM_TOUCH_READ | CUSIM_TOUCH_ALIGNED, CALLER);                 \
    }                                                                                           \
    void __tsan_volatile_write##size(void *p)                                                   \
    {                                                                                           \
        seen_volatile(p, size, CUSIM_TOUCH_WRITE | CUSIM_TOUCH_ALIGNED, CALLER);                \
    }                                                                                           \
    void __tsan_read_write##size(void *p)                                                       \
    {                                                                                           \
        seen(p, size, CUSIM_TOUCH_READ | CUSIM_TOUCH_ALIGNED, CALLER);                          \
        seen(p, size, CUSIM_TOUCH_WRITE | CUSIM_TOUCH_ALIGNED, CALLER);                         \
    }

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

/* Of types that need no alignment: packed structs. */
#define UNALIGNED_ACCESS(size)                                                                  \
    void __tsan_unaligned_read##size(void *p) { seen(p, size, CUSIM_TOUCH_READ, CALLER); }      \
    void __tsan_unaligned_write##size(void *p) { seen(p, size, CUSIM_TOUCH_WRITE, CALLER); }    \
    void __tsan_unaligned_volatile_read##size(void *p)                                          \
    {                                                                                           \
        seen_volatile(p, size, CUSIM_TOUCH_READ, CALLER);                                       \
    }                                                                                           \
    void __tsan_unaligned_volatile_write##size(void *p)                                         \
    {                                                                                           \
        seen_volatile(p, size, CUSIM_TOUCH_WRITE, CALLER);                                      \
    }                                                                                           \
    void __tsan_unaligned_read_write##size(void *p)                                             \
    {                                                                                           \
        seen(p, size, CUSIM_TOUCH_READ, CALLER);                                                \
        seen(p, size, CUSIM_TOUCH_WRITE, CALLER);                                               \
    }

UNALIGNED_ACCESS(2)
UNALIGNED_ACCESS(4)
UNALIGNED_ACCESS(8)
UNALIGNED_ACCESS(16)

void __tsan_read_range(void *p, size_t bytes)
{
    if (bytes)
        seen(p, bytes, CUSIM_TOUCH_READ, CALLER);
}

void __tsan_write_range(void *p, size_t bytes)
{
    if (bytes)
        seen(p, bytes, CUSIM_TOUCH_WRITE, CALLER);
}

/* clang's, in place of the C library's. */
void *__tsan_memcpy(void *to, const void *from, size_t bytes)
{
    if (bytes) {
        seen(from, bytes, CUSIM_TOUCH_READ, CALLER);
        seen(to, bytes, CUSIM_TOUCH_WRITE, CALLER);
        cusim_wall(to, bytes, CUSIM_FRAME, CALLER);
    }
    return __builtin_memcpy(to, from, bytes);
}

void *__tsan_memmove(void *to, const void *from, size_t bytes)
{
    if (bytes) {
        seen(from, bytes, CUSIM_TOUCH_READ, CALLER);
        seen(to, bytes, CUSIM_TOUCH_WRITE, CALLER);
        cusim_wall(to, bytes, CUSIM_FRAME, CALLER);
    }
    return __builtin_memmove(to, from, bytes);
}

void *__tsan_memset(void *to, int value, size_t bytes)
{
    if (bytes) {
        seen(to, bytes, CUSIM_TOUCH_WRITE, CALLER);
        cusim_wall(to, bytes, CUSIM_FRAME, CALLER);
    }
    return __builtin_memset(to, value, bytes);
}

void __tsan_init(void) {}

void __tsan_func_entry(void *caller)
{
    if (cusim_set.profile)
        cusim_profile_function(true);
    if (cusim_walled)
        cusim_wall_enter(caller, CUSIM_FRAME);
}

void __tsan_func_exit(void)
{
    if (cusim_set.profile)
        cusim_profile_function(false);
}


/* The pointer to its virtual functions that each object of a class with such begins with. */
void __tsan_vptr_read(void **p)
{
    seen(p, sizeof *p, CUSIM_TOUCH_READ | CUSIM_TOUCH_ALIGNED, CALLER);
}

void __tsan_vptr_update(void **p, void *value)
{
    (void)value;
    seen(p, sizeof *p, CUSIM_TOUCH_WRITE | CUSIM_TOUCH_ALIGNED, CALLER);
}

void __tsan_ignore_thread_begin(void) {}
void __tsan_ignore_thread_end(void) {}

/* ---- Atomics of the language: always in full order, whatever was asked for ---- */

#define OWN(p) cusim_wall((const void *)(p), sizeof *(p), CUSIM_FRAME, CALLER)

#define FETCH(bits, type, name, builtin)                                                        \
    type __tsan_atomic##bits##_fetch_##name(volatile type *p, type value, int order)            \
    {                                                                                           \
        (void)order;                                                                            \
        OWN(p);                                                                                 \
        return builtin(p, value, __ATOMIC_SEQ_CST);                                             \
    }

#define ATOMIC(bits, type)                                                                      \
    type __tsan_atomic##bits##_load(const volatile type *p, int order)                          \
    {                                                                                           \
        (void)order;                                                                            \
        return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                            \
    }                                                                                           \
    void __tsan_atomic##bits##_store(volatile type *p, type value, int order)                   \
    {                                                                                           \
        (void)order;                                                                            \
        OWN(p);                                                                                 \
        __atomic_store_n(p, value, __ATOMIC_SEQ_CST);                                           \
    }                                                                                           \
    type __tsan_atomic##bits##_exchange(volatile type *p, type value, int order)                \
    {                                                                                           \
        (void)order;                                                                            \
        OWN(p);                                                                                 \
        return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);                                 \
    }                                                                                           \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile type *p, type *expected,         \
                                                      type value, int order, int failure)       \
    {                                                                                           \
        (void)order, (void)failure;                                                             \
        OWN(p);                                                                                 \
        OWN(expected);                                                                          \
        return __atomic_compare_exchange_n(p, expected, value, 0, __ATOMIC_SEQ_CST,             \
                                           __ATOMIC_SEQ_CST);                                   \
    }                                                                                           \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile type *p, type *expected,           \
                                                    type value, int order, int failure)         \
    {                                                                                           \
        OWN(p);                                                                                 \
        OWN(expected);                                                                          \
        return __tsan_atomic##bits##_compare_exchange_strong(p, expected, value, order,         \
                                                             failure);                          \
    }                                                                                           \
    type __tsan_atomic##bits##_compare_exchange_val(volatile type *p, type expected,            \
                                                    type value, int order, int failure)         \
    {                                                                                           \
        OWN(p);                                                                                 \
        __tsan_atomic##bits##_compare_exchange_strong(p, &expected, value, order, failure);     \
        return expected;                                                                        \
    }                                                                                           \
    FETCH(bits, type, add, __atomic_fetch_add)                                                  \
    FETCH(bits, type, sub, __atomic_fetch_sub)                                                  \
    FETCH(bits, type, and, __atomic_fetch_and)                                                  \
    FETCH(bits, type, or, __atomic_fetch_or)                                                    \
    FETCH(bits, type, xor, __atomic_fetch_xor)                                                  \
    FETCH(bits, type, nand, __atomic_fetch_nand)

ATOMIC(8, unsigned char)
ATOMIC(16, unsigned short)
ATOMIC(32, unsigned)
ATOMIC(64, unsigned long)

void __tsan_atomic_thread_fence(int order)
{
    (void)order;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void __tsan_atomic_signal_fence(int order)
{
    (void)order;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
