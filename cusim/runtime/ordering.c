/* ordering.c: order that fences, atomics and volatile flags make between threads of a launch.
 *
 * A thread that has passed a fence and then writes a variable by an atomic (or as volatile)
 * releases what it did before the fence; a thread that later reads that variable likewise acquires
 * it. atomicExch releases without a fence, too, as that is how courses give back a lock. Both are
 * kept as short records, and only where fences or atomicExch occur; a race that would be told is
 * held against them first. What counts for one thread of a block counts for all after the next
 * __syncthreads, and one block may stand between two others (a barrier of the grid made by hand).
 *
 * Where there are too many records to search, the answer is that order holds: nobody is accused. */
#include "cusim/runtime/shadow.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_RECORDS = 1 << 20, MAX_STEPS = 1 << 16, MIDDLE_RECORDS = 64, MEMO = 1024 };

typedef struct {
    uintptr_t variable;
    order_point point;
    uint64_t time;                      /* counts all records and their updates */
    uint32_t older_of_block, older_of_variable;
} order_record;

typedef struct {
    order_record *records;              /* number 0 is not used: none */
    uint32_t count, room;
    uint32_t last[CUSIM_MAX_THREADS];   /* of each thread, in whatever block */
} order_log;
static order_log releases = { .count = 1 }, acquires = { .count = 1 };

/* The newest record of a block or of a variable; in open addressing, key 0 is free. */
typedef struct {
    uint64_t *keys;
    uint32_t *newest;
    size_t room, used;
} newest_map;
static newest_map release_of_block, acquire_of_block, release_of_variable;

static uint64_t time_now;
static bool is_full;

/* Pairs that were found in order: they stay so. */
static struct {
    race_event e, now;
} memo[MEMO];

static uint32_t *newest_at(newest_map *m, uint64_t key)
{
    key++;                              /* block 0 is a key, 0 is not */
    if (2 * (m->used + 1) > m->room) {
        newest_map wider = { .room = m->room ? 2 * m->room : 256 };
        wider.keys = shadow_memory(calloc(wider.room, sizeof *wider.keys));
        wider.newest = shadow_memory(calloc(wider.room, sizeof *wider.newest));
        for (size_t i = 0; i < m->room; i++) {
            if (m->keys[i])
                *newest_at(&wider, m->keys[i] - 1) = m->newest[i];
        }
        free(m->keys);
        free(m->newest);
        *m = wider;
    }
    size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20) % m->room;
    while (m->keys[at] && m->keys[at] != key)
        at = (at + 1) % m->room;
    if (!m->keys[at]) {
        m->keys[at] = key;
        m->used++;
    }
    return &m->newest[at];
}

static void clear_map(newest_map *m)
{
    if (m->used == 0)
        return;
    memset(m->keys, 0, m->room * sizeof *m->keys);
    memset(m->newest, 0, m->room * sizeof *m->newest);
    m->used = 0;
}

void order_reset(void)
{
    if (time_now == 0)
        return;
    clear_map(&release_of_block);
    clear_map(&acquire_of_block);
    clear_map(&release_of_variable);
    releases.count = acquires.count = 1;
    memset(releases.last, 0, sizeof releases.last);
    memset(acquires.last, 0, sizeof acquires.last);
    memset(memo, 0, sizeof memo);
    time_now = 0;
    is_full = false;
}

static uint32_t thread_of(race_event e)
{
    return (uint32_t)(e >> EVENT_THREAD) % CUSIM_MAX_THREADS;
}

static unsigned clock_of(race_event e)
{
    return (unsigned)(e >> EVENT_CLOCK) & EVENT_MAX_CLOCK;
}

static uint32_t add_record(order_log *log, const order_record *r)
{
    if (log->count == MAX_RECORDS) {
        is_full = true;
        return 0;
    }
    if (log->count >= log->room) {
        log->room = log->room ? 2 * log->room : 256;
        log->records = shadow_memory(realloc(log->records, log->room * sizeof *log->records));
    }
    log->records[log->count] = *r;
    log->last[thread_of(r->point.now)] = log->count;
    return log->count++;
}

void order_release(const void *variable, const order_point *p)
{
    const order_record *last = releases.last[thread_of(p->now)]
                                   ? &releases.records[releases.last[thread_of(p->now)]] : NULL;
    if (last && last->variable == (uintptr_t)variable && last->point.block == p->block &&
        last->point.now == p->now)
        return;
    uint32_t *of_block = newest_at(&release_of_block, p->block);
    uint32_t *of_variable = newest_at(&release_of_variable, (uintptr_t)variable);
    const order_record r = { (uintptr_t)variable, *p, ++time_now, *of_block, *of_variable };
    const uint32_t number = add_record(&releases, &r);
    if (number)
        *of_block = *of_variable = number;
}

void order_acquire(const void *variable, const order_point *p)
{
    if (release_of_variable.used == 0 || *newest_at(&release_of_variable, (uintptr_t)variable) == 0)
        return;
    order_record *last = acquires.last[thread_of(p->now)]
                             ? &acquires.records[acquires.last[thread_of(p->now)]] : NULL;
    if (last && last->variable == (uintptr_t)variable && last->point.block == p->block &&
        last->point.now == p->now) {
        last->time = ++time_now;        /* one more turn of a loop that waits */
        return;
    }
    uint32_t *of_block = newest_at(&acquire_of_block, p->block);
    const order_record r = { (uintptr_t)variable, *p, ++time_now, *of_block, 0 };
    const uint32_t number = add_record(&acquires, &r);
    if (number)
        *of_block = number;
}

/* ---- Questions ---- */

/* Same thread, or same warp and before a barrier of the warp; or before a barrier of the block. */
static bool is_before(race_event e, const order_point *p)
{
    if ((e ^ p->now) >> EVENT_INTERVAL != 0)
        return e < p->now;
    if (thread_of(e) == thread_of(p->now))
        return clock_of(e) < clock_of(p->now);
    return thread_of(e) / CUSIM_WARP == thread_of(p->now) / CUSIM_WARP &&
           clock_of(e) < p->warp_clock;
}

/* What a thread acquired it has from then on, also before its clock advances. */
static bool has_acquired(const order_record *a, const order_point *p)
{
    return is_before(a->point.now, p) ||
           (a->point.now ^ p->now) >> EVENT_THREAD == 0;
}

static int steps;

static bool holds_before(race_event e, uint64_t block, const order_point *p, uint64_t time,
                         int middle)
{
    const uint32_t newest = *newest_at(&acquire_of_block, p->block);
    for (uint32_t i = *newest_at(&release_of_block, block); i;
         i = releases.records[i].older_of_block) {
        const order_record *r = &releases.records[i];
        if (++steps > MAX_STEPS)
            return true;
        if (!is_before(e, &r->point))
            continue;
        for (uint32_t j = newest; j; j = acquires.records[j].older_of_block) {
            const order_record *a = &acquires.records[j];
            if (++steps > MAX_STEPS)
                return true;
            if (a->variable == r->variable && a->time > r->time && a->time < time &&
                has_acquired(a, p))
                return true;
        }
    }
    if (middle == 0)
        return false;
    for (uint32_t j = newest; j; j = acquires.records[j].older_of_block) {
        const order_record *a = &acquires.records[j];
        if (a->time >= time || !has_acquired(a, p))
            continue;
        int tried = 0;
        for (uint32_t i = *newest_at(&release_of_variable, a->variable); i;
             i = releases.records[i].older_of_variable) {
            const order_record *r = &releases.records[i];
            if (r->time >= a->time || r->point.block == p->block)
                continue;
            if (tried++ == MIDDLE_RECORDS)
                break;
            if (holds_before(e, block, &r->point, r->time, middle - 1))
                return true;
        }
    }
    return false;
}

bool order_holds(race_event e, uint64_t block, const order_point *p)
{
    if (acquires.count == 1)
        return false;
    if (is_full)
        return true;
    const race_event now = p->now >> EVENT_CLOCK;
    const size_t at = (size_t)((e * 31 + now) * UINT64_C(0x9E3779B97F4A7C15) >> 54);
    if (memo[at].e == e && memo[at].now == now)
        return true;
    steps = 0;
    if (!holds_before(e, block, p, UINT64_MAX, 1))
        return false;
    memo[at].e = e;
    memo[at].now = now;
    return true;
}
