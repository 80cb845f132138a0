/* atomics.h: atomicAdd and the rest, with their _block and _system forms.
 *
 * The threads of a block take turns on one thread of the machine, so an operation is atomic if
 * nothing in it waits. Each first tells the runtime (which may let others run), then works on
 * memory unseen: to checked mode it is an atomic operation, not a read and a write. */
#ifndef CUSIM_ATOMICS_H
#define CUSIM_ATOMICS_H

#include "language.h"

namespace cusim {

struct atomic_add {
    template <class T> CUSIM_INLINE T of(T old, T v) { return (T)(old + v); }
    CUSIM_INLINE int of(int old, int v) { return (int)((unsigned)old + (unsigned)v); }
};
struct atomic_sub {
    template <class T> CUSIM_INLINE T of(T old, T v) { return (T)(old - v); }
    CUSIM_INLINE int of(int old, int v) { return (int)((unsigned)old - (unsigned)v); }
};
struct atomic_exch {
    template <class T> CUSIM_INLINE T of(T, T v) { return v; }
};
template <class Operation> struct reads_and_writes { static const int access = 1; };
template <> struct reads_and_writes<atomic_exch> { static const int access = 2; };
struct atomic_min {
    template <class T> CUSIM_INLINE T of(T old, T v) { return v < old ? v : old; }
};
struct atomic_max {
    template <class T> CUSIM_INLINE T of(T old, T v) { return v > old ? v : old; }
};
struct atomic_and {
    template <class T> CUSIM_INLINE T of(T old, T v) { return old & v; }
};
struct atomic_or {
    template <class T> CUSIM_INLINE T of(T old, T v) { return old | v; }
};
struct atomic_xor {
    template <class T> CUSIM_INLINE T of(T old, T v) { return old ^ v; }
};
struct atomic_inc {
    template <class T> CUSIM_INLINE T of(T old, T v) { return old >= v ? 0 : old + 1; }
};
struct atomic_dec {
    template <class T> CUSIM_INLINE T of(T old, T v)
    {
        return old == 0 || old > v ? v : old - 1;
    }
};

template <class Operation, class T>
CUSIM_UNSEEN T update(T *p, T v)
{
    const T old = *p;
    *p = Operation::of(old, v);
    return old;
}

template <class T>
CUSIM_UNSEEN T compare_and_swap(T *p, T expected, T v)
{
    const T old = *p;
    if (old == expected)
        *p = v;
    return old;
}

template <class Operation, class T>
CUSIM_INLINE T atomic(T *p, T v)
{
    cusim_atomic(p, sizeof *p, reads_and_writes<Operation>::access);
    return update<Operation>(p, v);
}

template <class T>
CUSIM_INLINE T atomic_compare_and_swap(T *p, T expected, T v)
{
    cusim_atomic(p, sizeof *p, 1);
    return compare_and_swap(p, expected, v);
}

}  // namespace cusim

#define CUSIM_ATOMIC(function, operation, T)                                                    \
    CUSIM_INLINE T function(T *p, T v) { return cusim::atomic<cusim::operation>(p, v); }        \
    CUSIM_INLINE T function##_block(T *p, T v) { return cusim::atomic<cusim::operation>(p, v); } \
    CUSIM_INLINE T function##_system(T *p, T v) { return cusim::atomic<cusim::operation>(p, v); }

#define CUSIM_ATOMIC_INTEGERS(function, operation)                                              \
    CUSIM_ATOMIC(function, operation, int)                                                      \
    CUSIM_ATOMIC(function, operation, unsigned)                                                 \
    CUSIM_ATOMIC(function, operation, unsigned long long)

CUSIM_ATOMIC_INTEGERS(atomicAdd, atomic_add)
CUSIM_ATOMIC(atomicAdd, atomic_add, float)
CUSIM_ATOMIC(atomicAdd, atomic_add, double)
CUSIM_ATOMIC(atomicSub, atomic_sub, int)
CUSIM_ATOMIC(atomicSub, atomic_sub, unsigned)
CUSIM_ATOMIC_INTEGERS(atomicExch, atomic_exch)
CUSIM_ATOMIC(atomicExch, atomic_exch, float)
CUSIM_ATOMIC_INTEGERS(atomicMin, atomic_min)
CUSIM_ATOMIC(atomicMin, atomic_min, long long)
CUSIM_ATOMIC_INTEGERS(atomicMax, atomic_max)
CUSIM_ATOMIC(atomicMax, atomic_max, long long)
CUSIM_ATOMIC_INTEGERS(atomicAnd, atomic_and)
CUSIM_ATOMIC(atomicAnd, atomic_and, long long)
CUSIM_ATOMIC_INTEGERS(atomicOr, atomic_or)
CUSIM_ATOMIC(atomicOr, atomic_or, long long)
CUSIM_ATOMIC_INTEGERS(atomicXor, atomic_xor)
CUSIM_ATOMIC(atomicXor, atomic_xor, long long)
CUSIM_ATOMIC(atomicInc, atomic_inc, unsigned)
CUSIM_ATOMIC(atomicDec, atomic_dec, unsigned)

#define CUSIM_ATOMIC_CAS(T)                                                                     \
    CUSIM_INLINE T atomicCAS(T *p, T expected, T v)                                             \
    {                                                                                           \
        return cusim::atomic_compare_and_swap(p, expected, v);                                  \
    }                                                                                           \
    CUSIM_INLINE T atomicCAS_block(T *p, T expected, T v)                                       \
    {                                                                                           \
        return cusim::atomic_compare_and_swap(p, expected, v);                                  \
    }                                                                                           \
    CUSIM_INLINE T atomicCAS_system(T *p, T expected, T v)                                      \
    {                                                                                           \
        return cusim::atomic_compare_and_swap(p, expected, v);                                  \
    }

CUSIM_ATOMIC_CAS(int)
CUSIM_ATOMIC_CAS(unsigned)
CUSIM_ATOMIC_CAS(unsigned long long)
CUSIM_ATOMIC_CAS(unsigned short)

#undef CUSIM_ATOMIC_CAS
#undef CUSIM_ATOMIC_INTEGERS

#endif
