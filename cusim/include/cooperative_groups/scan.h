/* cooperative_groups/scan.h: inclusive_scan and exclusive_scan over tiles and coalesced groups. */
#ifndef CUSIM_COOPERATIVE_GROUPS_SCAN_H
#define CUSIM_COOPERATIVE_GROUPS_SCAN_H

#include "reduce.h"

namespace cooperative_groups {

template <class Group, class T, class Operation>
CUSIM_INLINE T inclusive_scan(const Group &group, T value, Operation operation)
{
    cusim_exchanged all =
        cusim_exchange(group.cusim_mask(), &value, sizeof value, "inclusive_scan");
    all.lanes &= (2u << cusim::lane()) - 1;
    return cusim::combined<T>(all, operation);
}

/* The first member, which has nobody before it, gets T(). */
template <class Group, class T, class Operation>
CUSIM_INLINE T exclusive_scan(const Group &group, T value, Operation operation)
{
    cusim_exchanged all =
        cusim_exchange(group.cusim_mask(), &value, sizeof value, "exclusive_scan");
    all.lanes &= (1u << cusim::lane()) - 1;
    return cusim::combined<T>(all, operation);
}

template <class Group, class T>
CUSIM_INLINE T inclusive_scan(const Group &group, T value)
{
    return inclusive_scan(group, value, plus<T>());
}

template <class Group, class T>
CUSIM_INLINE T exclusive_scan(const Group &group, T value)
{
    return exclusive_scan(group, value, plus<T>());
}

}  // namespace cooperative_groups

#endif
