/* cooperative_groups/reduce.h: reduce(group, value, operation) over tiles and coalesced groups.
 * The members' values are combined in the order of their ranks (in tiles of several warps, warp
 * by warp), and every member gets the result. */
#ifndef CUSIM_COOPERATIVE_GROUPS_REDUCE_H
#define CUSIM_COOPERATIVE_GROUPS_REDUCE_H

#include "../cooperative_groups.h"

namespace cooperative_groups {

#define CUSIM_GROUP_OPERATION(name, expression)                                                 \
    template <class T> struct name {                                                            \
        T operator()(T a, T b) const { return expression; }                                     \
    };

CUSIM_GROUP_OPERATION(plus, a + b)
CUSIM_GROUP_OPERATION(less, b < a ? b : a)
CUSIM_GROUP_OPERATION(greater, a < b ? b : a)
CUSIM_GROUP_OPERATION(bit_and, a & b)
CUSIM_GROUP_OPERATION(bit_or, a | b)
CUSIM_GROUP_OPERATION(bit_xor, a ^ b)

#undef CUSIM_GROUP_OPERATION

namespace details {
template <bool condition> struct only_if {};
template <> struct only_if<true> { typedef void type; };
}  // namespace details

template <class Group, class T, class Operation>
CUSIM_INLINE T reduce(const Group &group, T value, Operation operation)
{
    static_assert(sizeof value <= CUSIM_EXCHANGE_BYTES, "cg::reduce: the type is too large");
    return cusim::combined<T>(cusim_exchange(group.cusim_mask(), &value, sizeof value, "reduce"),
                              operation);
}

template <unsigned Size, class Parent, class T, class Operation,
          class = typename details::only_if<(Size > 32)>::type>
CUSIM_INLINE T reduce(const thread_block_tile<Size, Parent> &tile, T value, Operation operation)
{
    static_assert(sizeof value <= CUSIM_EXCHANGE_BYTES, "cg::reduce: the type is too large");
    return tile.cusim_reduce(value, operation);
}

}  // namespace cooperative_groups

#endif
