/* occupancy.c: blocks per multiprocessor, see occupancy.h. */
#include "cusim/runtime/occupancy.h"

#include "cusim/include/cusim/abi.h"

/* Registers are given out to whole warps in units of 256, shared memory in units of 128 bytes, of
 * which the system keeps 1 KiB per block. A multiprocessor has four parts with a quarter of the
 * registers each, and a warp lives in one part. */
enum { REGISTER_UNIT = 256, SHARED_UNIT = 128, SHARED_RESERVED = 1024, PARTS = 4 };

static void keep_smaller(cusim_occupancy *o, int blocks, const char *limit)
{
    if (blocks < o->blocks) {
        o->blocks = blocks;
        o->limit = limit;
    }
}

cusim_occupancy cusim_occupancy_of(int threads, size_t shared_bytes, int registers)
{
    const int warps = (threads + CUSIM_WARP - 1) / CUSIM_WARP;
    cusim_occupancy o = { .blocks = CUSIM_SM_WARPS / warps, .limit = "threads" };

    keep_smaller(&o, CUSIM_SM_BLOCKS, "blocks");

    const size_t shared_units = (shared_bytes + SHARED_RESERVED + SHARED_UNIT - 1) / SHARED_UNIT;
    keep_smaller(&o, (int)(CUSIM_SM_SHARED_BYTES / (shared_units * SHARED_UNIT)), "shared memory");

    if (registers > 0) {
        const int warp_units = (registers * CUSIM_WARP + REGISTER_UNIT - 1) / REGISTER_UNIT;
        const int warps_held = PARTS * (CUSIM_SM_REGISTERS / PARTS / (warp_units * REGISTER_UNIT));
        keep_smaller(&o, warps_held / warps, "registers");
    }
    o.warps = o.blocks * warps;
    return o;
}
