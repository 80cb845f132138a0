/* cooperative_groups/memcpy_async.h: a group copies from global to shared memory together, each
 * member a part. What is copied arrives at wait(), not before. */
#ifndef CUSIM_COOPERATIVE_GROUPS_MEMCPY_ASYNC_H
#define CUSIM_COOPERATIVE_GROUPS_MEMCPY_ASYNC_H

#include "../cooperative_groups.h"
#include "../cusim/copy_async.h"

namespace cooperative_groups {

template <class Group, class T, class Bytes>
CUSIM_INLINE void memcpy_async(const Group &group, T *to, const T *from, Bytes bytes)
{
    cusim::copy_async_shared_out(to, from, (size_t)bytes, group.thread_rank(), group.size());
    cusim_copy_async_commit();
}

/* As many elements as there are on both sides. */
template <class Group, class T, class ToLayout, class FromLayout>
CUSIM_INLINE void memcpy_async(const Group &group, T *to, const ToLayout &room, const T *from,
                               const FromLayout &count)
{
    const size_t elements = (size_t)room < (size_t)count ? (size_t)room : (size_t)count;
    memcpy_async(group, to, from, elements * sizeof(T));
}

template <class Group>
CUSIM_INLINE void wait(const Group &group)
{
    cusim_copy_async_wait(0);
    group.sync();
}

template <unsigned Left, class Group>
CUSIM_INLINE void wait_prior(const Group &group)
{
    cusim_copy_async_wait(Left);
    group.sync();
}

}  // namespace cooperative_groups

#endif
