/* cooperative_groups.h: groups of threads as objects: the block, tiles of a warp, the lanes that
 * happen to run together, and the grid.
 *
 * A group inside a warp is a mask of lanes. The rank of a lane is the number of members before
 * it; in a tile, whose lanes are neighbours, that is the lane by the size of the tile. What the
 * members of such a group do together is an exchange among the lanes of the mask (warp.h). A tile
 * of several warps meets at a named barrier (PTX bar.sync) whose number is that of the tile. Not
 * covered, and so not here: clusters, groups of several devices. */
#ifndef CUSIM_COOPERATIVE_GROUPS_H
#define CUSIM_COOPERATIVE_GROUPS_H

#include "cuda_runtime.h"

namespace cooperative_groups {

namespace details {

/* The lane that is member number `rank` of mask, or -1. */
CUSIM_UNSEEN inline int member(unsigned mask, unsigned rank)
{
    for (int i = 0; i < CUSIM_WARP; i++)
        if ((mask >> i & 1) && rank-- == 0)
            return i;
    return -1;
}

CUSIM_INLINE unsigned members_before(unsigned mask, unsigned lane)
{
    return (unsigned)__builtin_popcount(mask & ((1u << lane) - 1));
}

/* Lanes as ranks: bit r is set if the member number r of mask is in lanes. */
CUSIM_UNSEEN inline unsigned as_ranks(unsigned mask, unsigned lanes)
{
    unsigned ranks = 0;
    for (int i = 0, rank = 0; i < CUSIM_WARP; i++)
        if (mask >> i & 1)
            ranks |= (lanes >> i & 1) << rank++;
    return ranks;
}

}  // namespace details

/* Any group of a block, for functions that take one whatever it is. */
class thread_group {
protected:
    enum kind { BLOCK, LANES, WARPS, GRID } kind_;
    unsigned mask_;                     /* of LANES; of WARPS how many threads */

    CUSIM_INLINE thread_group make(kind k, unsigned mask)
    {
        thread_group g;
        g.kind_ = k;
        g.mask_ = mask;
        return g;
    }
    friend thread_group tiled_partition(const thread_group &parent, unsigned size);

public:
    __attribute__((always_inline)) void sync() const
    {
        if (kind_ == BLOCK)
            cusim_syncthreads(0, CUSIM_SYNC);
        else if (kind_ == LANES)
            cusim_syncwarp(mask_);
        else if (kind_ == WARPS)
            cusim_named_barrier((int)(cusim::thread_rank() / mask_), (int)mask_, 0);
        else
            cusim_grid_sync();
    }
    unsigned long long size() const
    {
        const unsigned long long threads = blockDim.x * blockDim.y * blockDim.z;
        return kind_ == LANES ? (unsigned)__builtin_popcount(mask_)
             : kind_ == WARPS ? mask_
             : kind_ == BLOCK ? threads
                              : threads * gridDim.x * gridDim.y * gridDim.z;
    }
    unsigned long long num_threads() const { return size(); }
    unsigned long long thread_rank() const
    {
        if (kind_ == LANES)
            return details::members_before(mask_, cusim::lane());
        if (kind_ != GRID)
            return kind_ == WARPS ? cusim::thread_rank() % mask_ : cusim::thread_rank();
        const unsigned long long block =
            blockIdx.x + (unsigned long long)gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
        return block * blockDim.x * blockDim.y * blockDim.z + cusim::thread_rank();
    }
    bool is_valid() const { return true; }
};

/* ---- The block ---- */

class thread_block : public thread_group {
    thread_block() : thread_group(make(BLOCK, 0)) {}
    friend thread_block this_thread_block();

public:
    CUSIM_INLINE void sync() { cusim_syncthreads(0, CUSIM_SYNC); }
    CUSIM_INLINE unsigned thread_rank() { return cusim::thread_rank(); }
    CUSIM_INLINE unsigned size() { return blockDim.x * blockDim.y * blockDim.z; }
    CUSIM_INLINE unsigned num_threads() { return size(); }
    CUSIM_INLINE dim3 group_index() { return blockIdx; }
    CUSIM_INLINE dim3 thread_index() { return threadIdx; }
    CUSIM_INLINE dim3 group_dim() { return blockDim; }
    CUSIM_INLINE dim3 dim_threads() { return blockDim; }
};

inline thread_block this_thread_block() { return thread_block(); }

/* Room that tiles of several warps may be given; here they have their own. */
template <unsigned Threads = 1024> struct block_tile_memory {
    char unused;
};
template <unsigned Threads>
CUSIM_INLINE thread_block this_thread_block(block_tile_memory<Threads> &)
{
    return this_thread_block();
}

/* ---- The grid: only in a cooperative launch may it synchronise ---- */

class grid_group : public thread_group {
    grid_group() : thread_group(make(GRID, 0)) {}
    friend grid_group this_grid();

public:
    __attribute__((always_inline)) void sync() const { cusim_grid_sync(); }
    CUSIM_INLINE dim3 group_dim() { return gridDim; }
    CUSIM_INLINE dim3 dim_blocks() { return gridDim; }
    CUSIM_INLINE dim3 block_index() { return blockIdx; }
    CUSIM_INLINE unsigned long long num_blocks()
    {
        return (unsigned long long)gridDim.x * gridDim.y * gridDim.z;
    }
    CUSIM_INLINE unsigned long long block_rank()
    {
        return blockIdx.x + (unsigned long long)gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    }
};

inline grid_group this_grid() { return grid_group(); }

/* ---- Lanes of a warp ---- */

/* What tiles and coalesced groups share: the members are the lanes of mask_. */
class lanes_group : public thread_group {
protected:
    unsigned meta_rank_, meta_size_;

    lanes_group(unsigned mask, unsigned meta_rank, unsigned meta_size)
        : thread_group(make(LANES, mask)), meta_rank_(meta_rank), meta_size_(meta_size)
    {
    }

    template <class T>
    CUSIM_INLINE T from(cusim_exchanged all, int lane, const char *what)
    {
        return cusim::from_lane<T>(all, lane, what);
    }

public:
    __attribute__((always_inline)) void sync() const { cusim_syncwarp(mask_); }
    unsigned size() const { return (unsigned)__builtin_popcount(mask_); }
    unsigned num_threads() const { return size(); }
    unsigned thread_rank() const { return details::members_before(mask_, cusim::lane()); }
    unsigned meta_group_rank() const { return meta_rank_; }
    unsigned meta_group_size() const { return meta_size_; }
    unsigned cusim_mask() const { return mask_; }

    /* A rank beyond the group wraps around for shfl, and stands for the thread itself for the
     * rest. */
    template <class T> __attribute__((always_inline)) T shfl(T value, int rank) const
    {
        const cusim_exchanged all = cusim_exchange(mask_, &value, sizeof value, "shfl");
        return from<T>(all, details::member(mask_, (unsigned)rank % size()), "shfl");
    }
    template <class T> __attribute__((always_inline)) T shfl_up(T value, unsigned delta) const
    {
        const cusim_exchanged all = cusim_exchange(mask_, &value, sizeof value, "shfl_up");
        const unsigned me = thread_rank();
        return from<T>(all, details::member(mask_, delta <= me ? me - delta : me), "shfl_up");
    }
    template <class T> __attribute__((always_inline)) T shfl_down(T value, unsigned delta) const
    {
        const cusim_exchanged all = cusim_exchange(mask_, &value, sizeof value, "shfl_down");
        const unsigned me = thread_rank();
        if (delta >= size() - me)
            return value;
        const int lane = details::member(mask_, me + delta);
        return me < delta ? from<T>(all, lane, "shfl_down") : cusim::slot<T>(all, lane);
    }
    __attribute__((always_inline)) unsigned ballot(int predicate) const
    {
        return details::as_ranks(mask_, __ballot_sync(mask_, predicate));
    }
    __attribute__((always_inline)) int any(int predicate) const
    {
        return __any_sync(mask_, predicate);
    }
    __attribute__((always_inline)) int all(int predicate) const
    {
        return __all_sync(mask_, predicate);
    }
    template <class T> __attribute__((always_inline)) unsigned match_any(T value) const
    {
        return details::as_ranks(mask_, __match_any_sync(mask_, value));
    }
    template <class T> __attribute__((always_inline)) unsigned match_all(T value, int &holds) const
    {
        return details::as_ranks(mask_, __match_all_sync(mask_, value, &holds));
    }
};

namespace details {

/* Size neighbouring lanes. */
template <unsigned Size, bool in_a_warp>
class tile : public lanes_group {
    static unsigned lanes()
    {
        return (Size == 32 ? 0xffffffffu : (1u << Size % 32) - 1) << cusim::lane() / Size * Size;
    }

public:
    tile(unsigned meta_rank, unsigned meta_size) : lanes_group(lanes(), meta_rank, meta_size) {}
    CUSIM_INLINE unsigned thread_rank() { return cusim::lane() % Size; }

    template <class T> __attribute__((always_inline)) T shfl_xor(T value, unsigned ranks) const
    {
        const cusim_exchanged all = cusim_exchange(mask_, &value, sizeof value, "shfl_xor");
        const int me = (int)cusim::lane(), other = me ^ (int)ranks;
        return this->template from<T>(all, other / (int)Size == me / (int)Size ? other : me,
                                      "shfl_xor");
    }
};

/* What the warps of a tile hand each other: shared memory of these headers, one slot for each
 * warp. */
CUSIM_UNSEEN inline void *slot_of_warp(unsigned warp)
{
    static cusim_shared_site room = {
        .name = "cooperative groups", .file = __FILE__, .line = __LINE__,
        .bytes = CUSIM_WARP * CUSIM_EXCHANGE_BYTES, .align = 16, .element_bytes = {{1, 1, 1}},
        .block = 0, .address = nullptr };
    return (char *)cusim_shared(&room) + warp * CUSIM_EXCHANGE_BYTES;
}

template <class T> CUSIM_UNSEEN void put(unsigned warp, const T &value)
{
    cusim::copy_object<T>(slot_of_warp(warp), &value);
}
template <class T, class Operation>
CUSIM_UNSEEN void take(unsigned first, unsigned warps, T &value, Operation operation)
{
    cusim::copy_object<T>(&value, slot_of_warp(first));
    for (unsigned warp = first + 1; warp < first + warps; warp++) {
        T other;
        cusim::copy_object<T>(&other, slot_of_warp(warp));
        value = operation(value, other);
    }
}

/* Size / 32 neighbouring warps. */
template <unsigned Size>
class tile<Size, false> : public thread_group {
    unsigned meta_rank_, meta_size_;

public:
    tile(unsigned meta_rank, unsigned meta_size)
        : thread_group(make(WARPS, Size)), meta_rank_(meta_rank), meta_size_(meta_size)
    {
    }
    CUSIM_INLINE void sync()
    {
        cusim_named_barrier((int)(cusim::thread_rank() / Size), (int)Size, 0);
    }
    CUSIM_INLINE unsigned thread_rank() { return cusim::thread_rank() % Size; }
    unsigned meta_group_rank() const { return meta_rank_; }
    unsigned meta_group_size() const { return meta_size_; }

    template <class T, class Operation>
    CUSIM_INLINE T cusim_reduce(T value, Operation operation)
    {
        const unsigned rank = cusim::thread_rank();
        const cusim_exchanged all = cusim_exchange(0xffffffffu, &value, sizeof value, "reduce");
        value = cusim::combined<T>(all, operation);
        if (rank % 32 == 0)
            put(rank / 32, value);
        sync();
        take(rank / Size * (Size / 32), Size / 32, value, operation);
        sync();
        return value;
    }
    CUSIM_INLINE int any(int predicate)
    {
        return cusim_reduce(predicate != 0, [](bool a, bool b) { return a || b; });
    }
    CUSIM_INLINE int all(int predicate)
    {
        return cusim_reduce(predicate != 0, [](bool a, bool b) { return a && b; });
    }
};

}  // namespace details

/* Size neighbouring threads; how many is known when compiled. */
template <unsigned Size, class Parent = void>
class thread_block_tile : public details::tile<Size, (Size <= 32)> {
    static_assert(Size >= 1 && Size <= 1024 && (Size & (Size - 1)) == 0,
                  "the size of a tile is a power of two up to 1024");

public:
    thread_block_tile(unsigned meta_rank, unsigned meta_size)
        : details::tile<Size, (Size <= 32)>(meta_rank, meta_size)
    {
    }
    /* A tile of the block is also a tile that does not know its parent. */
    template <class Other>
    thread_block_tile(const thread_block_tile<Size, Other> &other)
        : details::tile<Size, (Size <= 32)>(other.meta_group_rank(), other.meta_group_size())
    {
    }
    static constexpr unsigned size() { return Size; }
    static constexpr unsigned num_threads() { return Size; }
};

/* Whichever lanes of the warp run here together. */
class coalesced_group : public lanes_group {
public:
    coalesced_group(unsigned mask, unsigned meta_rank = 0, unsigned meta_size = 1)
        : lanes_group(mask, meta_rank, meta_size)
    {
    }
    template <unsigned Size, class Parent>
    coalesced_group(const thread_block_tile<Size, Parent> &tile)
        : lanes_group(tile.cusim_mask(), tile.meta_group_rank(), tile.meta_group_size())
    {
    }
};

CUSIM_INLINE coalesced_group coalesced_threads() { return coalesced_group(cusim_activemask()); }
CUSIM_INLINE thread_block_tile<1> this_thread() { return thread_block_tile<1>(0, 1); }

/* ---- Groups made of groups ---- */

template <unsigned Size>
CUSIM_INLINE thread_block_tile<Size, thread_block> tiled_partition(const thread_block &)
{
    return thread_block_tile<Size, thread_block>(cusim::thread_rank() / Size,
                                                 (thread_block::size() + Size - 1) / Size);
}

template <unsigned Size, unsigned Outer, class Parent>
CUSIM_INLINE thread_block_tile<Size, thread_block_tile<Outer, Parent>>
tiled_partition(const thread_block_tile<Outer, Parent> &)
{
    static_assert(Size <= Outer, "a tile is not larger than what it is cut from");
    return thread_block_tile<Size, thread_block_tile<Outer, Parent>>(
        cusim::thread_rank() % Outer / Size, Outer / Size);
}

/* Members of parent with ranks from k * size on, size of them; size is known when run. */
inline thread_group tiled_partition(const thread_group &parent, unsigned size)
{
    const unsigned whole = parent.kind_ == thread_group::LANES ? parent.mask_ : 0xffffffffu;
    const unsigned first = details::members_before(whole, cusim::lane()) / size * size;
    unsigned mask = 0;
    for (unsigned rank = first; rank < first + size; rank++) {
        const int lane = details::member(whole, rank);
        mask |= lane < 0 ? 0 : 1u << lane;
    }
    return thread_group::make(thread_group::LANES, mask);
}

inline coalesced_group tiled_partition(const coalesced_group &parent, unsigned size)
{
    const unsigned whole = parent.cusim_mask(), rank = parent.thread_rank();
    unsigned mask = 0;
    for (unsigned r = rank / size * size; r < rank / size * size + size; r++) {
        const int lane = details::member(whole, r);
        mask |= lane < 0 ? 0 : 1u << lane;
    }
    return coalesced_group(mask, rank / size, (parent.size() + size - 1) / size);
}

/* The members whose predicate, or label, is the same as this thread's. */
template <class Group>
CUSIM_INLINE coalesced_group binary_partition(const Group &parent, bool predicate)
{
    const unsigned mask = parent.cusim_mask(), lanes = __ballot_sync(mask, predicate);
    return coalesced_group(predicate ? lanes : mask & ~lanes, predicate, 2);
}

template <class Group, class Label>
CUSIM_INLINE coalesced_group labeled_partition(const Group &parent, Label label)
{
    const unsigned mask = parent.cusim_mask();
    const unsigned lanes = __match_any_sync(mask, (long long)label);
    const unsigned first = __ballot_sync(mask, details::members_before(lanes, cusim::lane()) == 0);
    const unsigned leader = (unsigned)__builtin_ctz(lanes);
    return coalesced_group(lanes, details::members_before(first, leader),
                           (unsigned)__builtin_popcount(first));
}

/* ---- Functions of groups ---- */

template <class Group> CUSIM_INLINE void sync(const Group &group) { group.sync(); }
template <class Group> CUSIM_INLINE unsigned long long thread_rank(const Group &group)
{
    return group.thread_rank();
}
template <class Group> CUSIM_INLINE unsigned long long group_size(const Group &group)
{
    return group.size();
}

template <class Group, class Function, class... Arguments>
CUSIM_INLINE void invoke_one(const Group &group, Function &&function, Arguments &&...arguments)
{
    if (group.thread_rank() == 0)
        function(static_cast<Arguments &&>(arguments)...);
}

}  // namespace cooperative_groups

#endif
