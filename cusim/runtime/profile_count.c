/* profile_count.c: what one request of a warp costs.
 *
 * Global memory moves in sectors of 32 bytes; a request costs each sector that any lane touches,
 * once (CUDA C++ Best Practices Guide, "Coalesced Access to Global Memory"). Shared memory has 32
 * banks of 4 bytes; in one pass each bank serves one word, to as many lanes as want it. An access
 * of 8 bytes is served for half of the warp at a time, one of 16 bytes for a quarter (same guide,
 * "Shared Memory and Memory Banks"; Nsight Compute calls a pass a wavefront). Constant memory
 * serves one address at a time. Atomic operations of several lanes on one word of shared memory
 * take a pass each: an assumption, which the guides leave open. */
#include "cusim/runtime/profile.h"

#include <string.h>

enum { SECTOR_BYTES = 32, BANKS = 32, BANK_BYTES = 4, MAX_SECTORS = 2 * CUSIM_WARP };

void profile_add(profile_traffic *sum, const profile_traffic *t)
{
    sum->requests += t->requests;
    sum->lanes += t->lanes;
    sum->bytes += t->bytes;
    sum->distinct_bytes += t->distinct_bytes;
    sum->units += t->units;
    sum->ideal_units += t->ideal_units;
    if (t->worst_units > sum->worst_units)
        sum->worst_units = t->worst_units;
    if (t->worst_together > sum->worst_together)
        sum->worst_together = t->worst_together;
}

typedef struct {
    uint64_t number;
    uint32_t touched;           /* bit b: byte b of it is asked for */
} sector;

/* Marks bytes [first, first + bytes) of a sector; lanes mostly share it with the lane before. */
static int touch_sector(sector *sectors, int count, uint64_t number, unsigned first,
                        unsigned bytes)
{
    const uint32_t touched = (uint32_t)((((uint64_t)1 << bytes) - 1) << first);

    for (int i = count - 1; i >= 0; i--)
        if (sectors[i].number == number) {
            sectors[i].touched |= touched;
            return count;
        }
    sectors[count] = (sector){ number, touched };
    return count + 1;
}

static void count_sectors(profile_traffic *t, unsigned lanes, const uint64_t *address, int bytes)
{
    sector sectors[MAX_SECTORS];
    int count = 0;

    for (int lane = 0; lane < CUSIM_WARP; lane++) {
        if (!(lanes >> lane & 1))
            continue;
        const uint64_t number = address[lane] / SECTOR_BYTES;
        const unsigned first = (unsigned)(address[lane] % SECTOR_BYTES), wanted = (unsigned)bytes;
        const unsigned here = first + wanted <= SECTOR_BYTES ? wanted : SECTOR_BYTES - first;
        count = touch_sector(sectors, count, number, first, here);
        if (here < wanted)
            count = touch_sector(sectors, count, number + 1, 0, wanted - here);
    }

    unsigned distinct = 0;
    for (int i = 0; i < count; i++)
        distinct += (unsigned)__builtin_popcount(sectors[i].touched);
    t->distinct_bytes = distinct;
    t->units = t->worst_units = (uint64_t)count;
    t->ideal_units = (distinct + SECTOR_BYTES - 1) / SECTOR_BYTES;
}

/* Passes for the lanes first .. first + n - 1. each_lane: a pass for each lane at the same word. */
static unsigned bank_passes(unsigned lanes, int first, int n, const uint64_t *address, int bytes,
                            bool each_lane)
{
    uint64_t words[BANKS][CUSIM_WARP];      /* at most one word per bank and lane of the part */
    unsigned waiting[BANKS] = { 0 }, passes = 0;

    for (int lane = first; lane < first + n; lane++) {
        if (!(lanes >> lane & 1))
            continue;
        const uint64_t last = (address[lane] + (uint64_t)bytes - 1) / BANK_BYTES;
        for (uint64_t word = address[lane] / BANK_BYTES; word <= last; word++) {
            const unsigned bank = (unsigned)(word % BANKS);
            unsigned i = 0;
            while (i < waiting[bank] && words[bank][i] != word)
                i++;
            if (i < waiting[bank] && !each_lane)
                continue;
            words[bank][waiting[bank]++] = word;
            if (waiting[bank] > passes)
                passes = waiting[bank];
        }
    }
    return passes;
}

static void count_passes(profile_traffic *t, profile_op op, unsigned lanes, const uint64_t *address,
                         int bytes)
{
    const int part = bytes <= 4 ? CUSIM_WARP : bytes <= 8 ? CUSIM_WARP / 2 : CUSIM_WARP / 4;

    for (int first = 0; first < CUSIM_WARP; first += part) {
        const unsigned passes =
            bank_passes(lanes, first, part, address, bytes, op == PROFILE_ATOMIC);
        t->units += passes;
        t->ideal_units += passes > 0;
        if (passes > t->worst_units)
            t->worst_units = passes;
    }
}

/* How often each address occurs: the number of different ones, and the most lanes at one. */
static unsigned count_addresses(unsigned lanes, const uint64_t *address, unsigned *most)
{
    uint64_t seen[CUSIM_WARP];
    unsigned times[CUSIM_WARP], count = 0;

    *most = 0;
    for (int lane = 0; lane < CUSIM_WARP; lane++) {
        if (!(lanes >> lane & 1))
            continue;
        unsigned i = 0;
        while (i < count && seen[i] != address[lane])
            i++;
        if (i == count) {
            seen[i] = address[lane];
            times[count++] = 0;
        }
        if (++times[i] > *most)
            *most = times[i];
    }
    return count;
}

void profile_count(profile_traffic *t, profile_space space, profile_op op, unsigned lanes,
                   const uint64_t address[CUSIM_WARP], int bytes)
{
    const uint64_t active = (uint64_t)__builtin_popcount(lanes);
    profile_traffic one = { .requests = 1, .lanes = active, .bytes = active * (uint64_t)bytes };
    unsigned together;

    switch (space) {
    case PROFILE_SHARED:
        count_passes(&one, op, lanes, address, bytes);
        break;
    case PROFILE_CONSTANT:
        one.units = one.worst_units = count_addresses(lanes, address, &together);
        one.ideal_units = 1;
        break;
    default:
        count_sectors(&one, lanes, address, bytes);
        break;
    }
    if (op == PROFILE_ATOMIC) {
        count_addresses(lanes, address, &together);
        one.worst_together = together;
    }
    profile_add(t, &one);
}
