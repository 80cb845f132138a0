/* shadow.h: what the files of checked mode share.
 *
 *   instrument.c   the callbacks that the compiler puts before each load and store
 *   checks.c       the hooks; whether memory may be touched at all, and holds something
 *   shadow.c       the regions that are watched, and the state of each of their bytes
 *   races.c        who touched each word last; which two accesses are not in order
 *   ordering.c     order made by fences, atomics and volatile flags
 *   host_memory.c  addresses outside all regions
 *   findings.h     report.c: how findings are told
 */
#ifndef CUSIM_SHADOW_H
#define CUSIM_SHADOW_H

#include "cusim/runtime/findings.h"

/* ---- Regions (shadow.c) ---- */

/* One access, as an event in order: the interval between two barriers of one block (numbered on
 * and on; greater is later), the thread, its clock (it advances at warp barriers and fences), its
 * class, and the place in the code. 0: nobody yet. */
typedef uint64_t race_event;
enum { EVENT_SITE = 0, EVENT_CLASS = 14, EVENT_CLOCK = 16, EVENT_THREAD = 30, EVENT_INTERVAL = 40 };
enum { EVENT_MAX_CLOCK = (1 << (EVENT_THREAD - EVENT_CLOCK)) - 1,
       EVENT_MAX_INTERVAL = (1 << (64 - EVENT_INTERVAL)) - 2 };

typedef struct {
    race_event write, read;     /* the last write, and one of the reads since */
} race_cell;

/* State of one byte: two bits, so that one byte of shadow tells of a word of four. */
typedef enum { SHADOW_NONE, SHADOW_GARBAGE, SHADOW_WRITTEN, SHADOW_GONE } shadow_state;
/* GONE: freed; in a region of variables instead: __constant__, which nobody may write. */

typedef enum { REGION_DEVICE, REGION_SHARED, REGION_VARIABLES, REGIONS } region_kind;
typedef struct {
    uintptr_t base;
    size_t bytes;               /* 0: not there (yet) */
    unsigned char *state;       /* one per word */
    race_cell *words;           /* one per word */
    race_cell *parts;          /* one per byte, for words whose bytes are touched one by one */
} shadow_region;
extern shadow_region shadow_regions[REGIONS];

/* Maps shadow for what is known by now: arena, shared memory, variables. Cheap when done before. */
void shadow_prepare(void);

/* Sets the state of [p, p + bytes), which lies in one region (else nothing happens). */
void shadow_mark(const void *p, size_t bytes, shadow_state state);

/* The region that holds all of [p, p + bytes), or NULL. */
static inline shadow_region *shadow_at(const void *p, size_t bytes)
{
    const uintptr_t at = (uintptr_t)p;
    for (int i = 0; i < REGIONS; i++) {
        shadow_region *r = &shadow_regions[i];
        if (at - r->base < r->bytes && bytes <= r->bytes - (at - r->base))
            return r;
    }
    return NULL;
}

static inline shadow_state shadow_of(const shadow_region *r, size_t offset)
{
    return (shadow_state)(r->state[offset / 4] >> 2 * (offset % 4) & 3);
}

/* True if all of these bytes are WRITTEN; a quick no for odd sizes and places. */
static inline bool shadow_written(const shadow_region *r, size_t offset, size_t bytes)
{
    const unsigned char *s = r->state + offset / 4;
    if (offset % 4)
        return false;
    switch (bytes) {
    case 4: return s[0] == 0xAA;
    case 8: return s[0] == 0xAA && s[1] == 0xAA;
    case 16: return s[0] == 0xAA && s[1] == 0xAA && s[2] == 0xAA && s[3] == 0xAA;
    default: return false;
    }
}

/* p, which malloc has returned; ends the program if that is NULL. */
void *shadow_memory(void *p);

/* True of an address inside the shadow itself: to the program there is nothing. */
bool shadow_holds(const void *p);

/* Forgets who touched what, when that has grown to a good part of the machine's memory. Races are
 * missed then, never invented. */
void shadow_trim(void);
void shadow_forget_all(void);
/* Forgets it for one range, which will hold other data from now on. */
void shadow_forget(const void *p, size_t bytes);

/* ---- Races (races.c) ---- */

/* What one thread does. kind: CUSIM_TOUCH_...; pc: inside the instruction. */
typedef struct {
    const void *address;
    size_t bytes;
    unsigned kind;
    bool is_atomic, is_exchange;        /* exchange: stores without regard to what was there */
    const void *pc;
} race_access;

void race_launch(void);
void race_block_switch(uint64_t to_block);
void race_block(void);
void race_barrier(void);
void race_warp_barrier(int warp, unsigned lanes);
void race_grid_barrier(void);
void race_fence(void);
void race_launch_end(void);
void race_touch(shadow_region *r, const race_access *a);
/* Does all there is to do for the usual access: whole words that hold something, and no race.
 * False: not done, or not all. */
bool race_quick(const void *p, size_t bytes, unsigned kind, const void *pc);

/* True: something waits for the next access: race_attend. */
extern bool race_attention;
void race_attend(const race_access *a);

/* Told of each race of a read and a later write: what was read there before it was written. */
void garbage_explained(uintptr_t address, uint64_t block);

/* ---- Order by fences and atomics (ordering.c) ---- */

/* One side of an order: thread and block, and what of its past counts. */
typedef struct {
    uint64_t block;
    race_event now;             /* its events before this clock, in this interval */
    unsigned warp_clock;        /* and those of its warp before this clock */
} order_point;

void order_reset(void);                                 /* a launch begins */
/* A thread writes (releases) or reads (acquires) a variable by which threads may wait. */
void order_release(const void *variable, const order_point *p);
void order_acquire(const void *variable, const order_point *p);
/* True if event e of `block` is ordered before what p's thread does now. */
bool order_holds(race_event e, uint64_t block, const order_point *p);

/* ---- Descriptions (checks.c), host memory (host_memory.c) ---- */

/* "`tile[3]` in shared memory", "byte 12 of the 4096-byte allocation made at a.cu:7". */
const char *describe_address(char *text, size_t bytes, const void *p);

/* An access of a kernel outside all regions and stacks. */
void host_memory_touched(const race_access *a);
/* True if it was to a variable of the host beside those of the device: told, or fine. */
bool host_memory_named(const race_access *a);
/* An access of host code to device memory. */
void host_touched_device(const shadow_region *r, const race_access *a);

#endif
