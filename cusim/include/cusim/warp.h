/* warp.h: what the lanes of a warp do together: shuffles, votes, matches and reductions.
 *
 * All of it is one exchange (abi.h): each lane in the mask puts its value down, waits for the
 * others, and looks at what it needs. A lane that looks at one which put nothing down gets all
 * bits set (NaN in a float), and a finding in checked mode. */
#ifndef CUSIM_WARP_H
#define CUSIM_WARP_H

#include "language.h"

namespace cusim {

/* What lane `source` put down. */
template <class T>
CUSIM_UNSEEN T slot(cusim_exchanged all, int source)
{
    T value;
    if (all.lanes >> source & 1)
        copy_object<T>(&value, all.slots + source * CUSIM_EXCHANGE_BYTES);
    else
        __builtin_memset((void *)&value, 0xff, sizeof value);
    return value;
}

template <class T>
CUSIM_INLINE T from_lane(cusim_exchanged all, int source, const char *what)
{
    if (!(all.lanes >> source & 1))
        cusim_inactive_lane(source, what);
    return slot<T>(all, source);
}

/* The four shuffles. width cuts the warp into segments; a source beyond the border of the segment
 * is the lane itself. As in the hardware, only the low five bits of a distance count. */

template <class T>
CUSIM_INLINE T shuffle_index(unsigned mask, T value, int source, int width)
{
    const cusim_exchanged all = cusim_exchange(mask, &value, sizeof value, "__shfl_sync");
    const int me = (int)lane();
    return from_lane<T>(all, (me & -width) + (source & (width - 1)), "__shfl_sync");
}

template <class T>
CUSIM_INLINE T shuffle_up(unsigned mask, T value, unsigned delta, int width)
{
    const cusim_exchanged all = cusim_exchange(mask, &value, sizeof value, "__shfl_up_sync");
    const int me = (int)lane(), source = me - (int)(delta & 31);
    return from_lane<T>(all, source >= (me & -width) ? source : me, "__shfl_up_sync");
}

/* A sum by halving, the usual one, reads from beyond the lanes that take part if those are not
 * whole segments. That is right as long as it reaches only lanes that no longer count: those
 * further from the first than this step reaches. So only what the others read is a finding. */
template <class T>
CUSIM_INLINE T shuffle_down(unsigned mask, T value, unsigned delta, int width)
{
    const cusim_exchanged all = cusim_exchange(mask, &value, sizeof value, "__shfl_down_sync");
    const int me = (int)lane(), source = me + (int)(delta & 31), start = me & -width;
    const int first = start + __builtin_ctz(mask >> start | 1u << (me - start));
    if (source > (me | (width - 1)))
        return value;
    return me - first < (int)delta ? from_lane<T>(all, source, "__shfl_down_sync")
                                   : slot<T>(all, source);
}

/* Unlike the others it may reach into segments before its own, never into those after it. */
template <class T>
CUSIM_INLINE T shuffle_xor(unsigned mask, T value, int lanes, int width)
{
    const cusim_exchanged all = cusim_exchange(mask, &value, sizeof value, "__shfl_xor_sync");
    const int me = (int)lane(), source = me ^ (lanes & 31);
    return from_lane<T>(all, source <= (me | (width - 1)) ? source : me, "__shfl_xor_sync");
}

/* Lanes whose predicate holds. */
CUSIM_UNSEEN inline unsigned lanes_with_nonzero(cusim_exchanged all)
{
    unsigned lanes = 0;
    for (int i = 0; i < CUSIM_WARP; i++)
        if ((all.lanes >> i & 1) && slot<int>(all, i))
            lanes |= 1u << i;
    return lanes;
}

/* Lanes that put down the same bits as `value`. */
template <class T>
CUSIM_UNSEEN unsigned lanes_that_match(cusim_exchanged all, T value)
{
    unsigned lanes = 0;
    uint64_t wanted = 0;
    copy_object<T>(&wanted, &value);
    for (int i = 0; i < CUSIM_WARP; i++) {
        uint64_t bits = 0;
        copy_object<T>(&bits, all.slots + i * CUSIM_EXCHANGE_BYTES);
        if ((all.lanes >> i & 1) && bits == wanted)
            lanes |= 1u << i;
    }
    return lanes;
}

/* Combines what all lanes put down, in the order of the lanes. */
template <class T, class Operation>
CUSIM_UNSEEN T combined(cusim_exchanged all, Operation operation)
{
    T value = T();
    bool any = false;
    for (int i = 0; i < CUSIM_WARP; i++) {
        if (!(all.lanes >> i & 1))
            continue;
        value = any ? operation(value, slot<T>(all, i)) : slot<T>(all, i);
        any = true;
    }
    return value;
}

}  // namespace cusim

/* ---- Shuffles ---- */

#define CUSIM_SHUFFLES(T)                                                                       \
    CUSIM_INLINE T __shfl_sync(unsigned mask, T value, int source, int width = 32)              \
    {                                                                                           \
        return cusim::shuffle_index(mask, value, source, width);                                \
    }                                                                                           \
    CUSIM_INLINE T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32)       \
    {                                                                                           \
        return cusim::shuffle_up(mask, value, delta, width);                                    \
    }                                                                                           \
    CUSIM_INLINE T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32)     \
    {                                                                                           \
        return cusim::shuffle_down(mask, value, delta, width);                                  \
    }                                                                                           \
    CUSIM_INLINE T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32)           \
    {                                                                                           \
        return cusim::shuffle_xor(mask, value, lanes, width);                                   \
    }

CUSIM_SHUFFLES(int)
CUSIM_SHUFFLES(unsigned)
CUSIM_SHUFFLES(long)
CUSIM_SHUFFLES(unsigned long)
CUSIM_SHUFFLES(long long)
CUSIM_SHUFFLES(unsigned long long)
CUSIM_SHUFFLES(float)
CUSIM_SHUFFLES(double)

/* ---- Votes ---- */

CUSIM_INLINE unsigned __activemask(void) { return cusim_activemask(); }

CUSIM_INLINE unsigned __ballot_sync(unsigned mask, int predicate)
{
    return cusim::lanes_with_nonzero(
        cusim_exchange(mask, &predicate, sizeof predicate, "__ballot_sync"));
}

CUSIM_INLINE int __any_sync(unsigned mask, int predicate)
{
    return cusim::lanes_with_nonzero(
               cusim_exchange(mask, &predicate, sizeof predicate, "__any_sync")) != 0;
}

CUSIM_INLINE int __all_sync(unsigned mask, int predicate)
{
    const cusim_exchanged all = cusim_exchange(mask, &predicate, sizeof predicate, "__all_sync");
    return cusim::lanes_with_nonzero(all) == all.lanes;
}

CUSIM_INLINE int __uni_sync(unsigned mask, int predicate)
{
    const cusim_exchanged all = cusim_exchange(mask, &predicate, sizeof predicate, "__uni_sync");
    const unsigned lanes = cusim::lanes_with_nonzero(all);
    return lanes == 0 || lanes == all.lanes;
}

template <class T>
CUSIM_INLINE unsigned __match_any_sync(unsigned mask, T value)
{
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "__match_any_sync takes 4 or 8 bytes");
    return cusim::lanes_that_match(
        cusim_exchange(mask, &value, sizeof value, "__match_any_sync"), value);
}

template <class T>
CUSIM_INLINE unsigned __match_all_sync(unsigned mask, T value, int *predicate)
{
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "__match_all_sync takes 4 or 8 bytes");
    const cusim_exchanged all = cusim_exchange(mask, &value, sizeof value, "__match_all_sync");
    *predicate = cusim::lanes_that_match(all, value) == all.lanes;
    return *predicate ? all.lanes : 0;
}

/* ---- Reductions ---- */

#define CUSIM_REDUCTION(name, T, expression)                                                    \
    CUSIM_INLINE T name(unsigned mask, T value)                                                 \
    {                                                                                           \
        return cusim::combined<T>(cusim_exchange(mask, &value, sizeof value, #name),            \
                                  [](T a, T b) -> T { return expression; });                    \
    }

CUSIM_REDUCTION(__reduce_add_sync, unsigned, a + b)
CUSIM_REDUCTION(__reduce_add_sync, int, (int)((unsigned)a + (unsigned)b))
CUSIM_REDUCTION(__reduce_min_sync, unsigned, a < b ? a : b)
CUSIM_REDUCTION(__reduce_min_sync, int, a < b ? a : b)
CUSIM_REDUCTION(__reduce_max_sync, unsigned, a > b ? a : b)
CUSIM_REDUCTION(__reduce_max_sync, int, a > b ? a : b)
CUSIM_REDUCTION(__reduce_and_sync, unsigned, a & b)
CUSIM_REDUCTION(__reduce_or_sync, unsigned, a | b)
CUSIM_REDUCTION(__reduce_xor_sync, unsigned, a ^ b)

#undef CUSIM_REDUCTION

/* ---- What CUDA has given up: warps without a mask ---- */

#define CUSIM_GONE(name, instead)                                                               \
    template <class... Arguments>                                                               \
    __attribute__((error("cusim does not cover " #name ", which CUDA removed: use " #instead))) \
    int name(Arguments...);

CUSIM_GONE(__shfl, __shfl_sync)
CUSIM_GONE(__shfl_up, __shfl_up_sync)
CUSIM_GONE(__shfl_down, __shfl_down_sync)
CUSIM_GONE(__shfl_xor, __shfl_xor_sync)
CUSIM_GONE(__any, __any_sync)
CUSIM_GONE(__all, __all_sync)
CUSIM_GONE(__ballot, __ballot_sync)

#undef CUSIM_GONE

#endif
