/* races.c: two accesses of one word, at least one a write, by different threads, in no order.
 *
 * Blocks and threads run one after another here, so nothing ever happens at once; what counts is
 * whether something makes the program keep this order. Each word remembers its last write and one
 * read since (FastTrack's idea, with short clocks):
 *
 *   - __syncthreads begins a new interval of the block: what lies in an earlier one is in order.
 *   - __syncwarp, and lockstep at volatile accesses, advance the clocks of the lanes. If the whole
 *     warp takes part, one number per warp is enough; else each lane keeps what it knows of the
 *     other 31.
 *   - Blocks of one launch are in no order; launches are, one after another. A barrier of the whole
 *     grid is like a new launch.
 *   - Fences, atomics and volatile flags: ordering.c is asked before anybody is accused.
 *
 * Not accused, though the rules of the language would:
 *   - Two threads that store the same value (found = true). A note says so, as the values may be
 *     different ones with other data. One access later it is known what was stored.
 *   - A plain read of what others change by atomics, if some thread that read at this line goes on
 *     with an atomic there: the loop around atomicCAS that every course shows. Known at the end of
 *     the launch.
 *
 * One read is enough if it is the right one to keep: the first of an interval, but rather not that
 * of the thread which wrote the word before, as that one will mostly be the next to write. */
#include "cusim/runtime/shadow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { CLASS_PLAIN, CLASS_VOLATILE, CLASS_SYNC } event_class;
/* SYNC: an atomic, or a volatile write of a thread that uses fences. */

static const race_event CELL_IN_PARTS = UINT64_MAX;     /* as the write of a word's cell */


/* Two accesses found to be in no order. */
typedef struct race_pair {
    uintptr_t address;              /* where they meet */
    size_t bytes;                   /* of the later one */
    bool wrote, other_wrote, is_copy;   /* copy: cp.async, done when it was waited for */
    finding_party me, other;
} race_pair;

/* What is known of one block that is under way. */
typedef struct block_state {
    uint64_t number;
    race_event first, interval;     /* events from these on belong to it, to its current interval */
    race_event event[CUSIM_MAX_THREADS];            /* of the next access of each thread */
    uint32_t warp_clock[CUSIM_MAX_WARPS];           /* earlier clocks of the warp are in order */
    uint32_t (*knows[CUSIM_MAX_WARPS])[CUSIM_WARP]; /* [lane][other lane]; if in use */
    bool in_use[CUSIM_MAX_WARPS];
    race_event fenced[CUSIM_MAX_THREADS];           /* the event after the thread's last fence */
    struct block_state *next;
} block_state;

/* The running block, and a list of all that are under way. Mostly that is one, which stands for one
 * block of the launch after the other. */
static block_state first_block, *now = &first_block, *blocks = &first_block;
static bool interleaved;                            /* blocks have taken turns in this launch */
static bool is_new;                                 /* the block that comes is beside the others */

static uint64_t last_interval;                      /* numbered over the whole run */
static race_event launch_floor;                     /* earlier events are in order with all */

/* Which block an interval belongs to: where the block of the numbers from `interval` on changes. */
typedef struct {
    uint64_t interval, block;
} interval_owner;
static interval_owner *owners;
static size_t owner_count, owner_room;

bool race_attention;

static event_class class_of(race_event e)
{
    return (event_class)(e >> EVENT_CLASS & 3);
}

static unsigned clock_of(race_event e)
{
    return (unsigned)(e >> EVENT_CLOCK) & EVENT_MAX_CLOCK;
}

static int thread_of(race_event e)
{
    return (int)(e >> EVENT_THREAD & (CUSIM_MAX_THREADS - 1));
}

/* ---- Code addresses as small numbers ---- */

enum { SITES = 1 << EVENT_CLASS, SITE_SLOTS = 2 * SITES };
static const void *sites[SITES];                    /* 0: unknown */
static uint16_t site_slots[SITE_SLOTS];
static unsigned site_count = 1;

static unsigned find_site(const void *pc)
{
    uintptr_t at = (uintptr_t)pc * UINT64_C(0x9E3779B97F4A7C15) >> 49;
    for (; site_slots[at]; at = (at + 1) % SITE_SLOTS) {
        if (sites[site_slots[at]] == pc)
            return site_slots[at];
    }
    if (site_count == SITES)
        return 0;
    sites[site_count] = pc;
    site_slots[at] = (uint16_t)site_count;
    return site_count++;
}

static inline unsigned site_of(const void *pc)
{
    static struct {
        const void *pc;
        unsigned site;
    } recent[256];
    const unsigned at = (unsigned)((uintptr_t)pc ^ (uintptr_t)pc >> 8) % 256;
    if (recent[at].pc != pc) {
        recent[at].pc = pc;
        recent[at].site = find_site(pc);
    }
    return recent[at].site;
}

static inline unsigned site_in(race_event e)
{
    return (unsigned)e & (SITES - 1);
}

/* ---- Intervals and clocks ---- */

static void own_interval(uint64_t block)
{
    if (owner_count == owner_room) {
        owner_room = owner_room ? 2 * owner_room : 1024;
        owners = shadow_memory(realloc(owners, owner_room * sizeof *owners));
    }
    owners[owner_count++] = (interval_owner){ last_interval, block };
}

/* The block whose access this event is. */
static uint64_t race_block_of(race_event e)
{
    const uint64_t interval = e >> EVENT_INTERVAL;
    size_t low = 0, high = owner_count;             /* the last one that begins at or before e */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (owners[middle].interval <= interval)
            low = middle;
        else
            high = middle;
    }
    return owner_count ? owners[low].block : 0;
}

static void restart_intervals(void);

static void begin_interval(void)
{
    if (last_interval == EVENT_MAX_INTERVAL)
        restart_intervals();
    last_interval++;
    if (interleaved)
        own_interval(now->number);
    now->interval = last_interval << EVENT_INTERVAL;
    for (int t = 0; t < cusim_now.launch->threads; t++)
        now->event[t] = now->interval | (race_event)t << EVENT_THREAD;
    memset(now->warp_clock, 0, sizeof now->warp_clock);
    memset(now->in_use, 0, sizeof now->in_use);
}

/* The numbers are used up: all starts anew, with nothing known. */
static void restart_intervals(void)
{
    block_state *const running = now;
    shadow_forget_all();
    order_reset();
    last_interval = 0;
    owner_count = 0;
    launch_floor = (race_event)1 << EVENT_INTERVAL;
    for (now = blocks; now; now = now->next) {
        begin_interval();
        if (!interleaved)
            own_interval(now->number);
        now->first = now->interval;
    }
    now = running;
}

static void set_clock(int thread, unsigned clock)
{
    now->event[thread] = (now->event[thread] & ~((race_event)EVENT_MAX_CLOCK << EVENT_CLOCK)) |
                         (race_event)clock << EVENT_CLOCK;
}

/* True if e, of the same interval as `thread`'s next access, is before a warp barrier of both. */
static bool warp_ordered(race_event e, int thread)
{
    const int other = thread_of(e), warp = thread / CUSIM_WARP;
    if (other / CUSIM_WARP != warp)
        return false;
    return clock_of(e) < now->warp_clock[warp] ||
           (now->in_use[warp] &&
            clock_of(e) < now->knows[warp][thread % CUSIM_WARP][other % CUSIM_WARP]);
}

void race_warp_barrier(int warp, unsigned lanes)
{
    const int first = warp * CUSIM_WARP, left = cusim_now.launch->threads - first;
    const unsigned whole = left >= CUSIM_WARP ? ~0u : (1u << left) - 1;
    unsigned latest = 0;

    race_attend(NULL);
    lanes &= whole;
    if ((lanes & (lanes - 1)) == 0)                 /* one lane, say in a loop that waits */
        return;
    for (int l = 0; l < CUSIM_WARP; l++) {
        if (lanes >> l & 1 && clock_of(now->event[first + l]) > latest)
            latest = clock_of(now->event[first + l]);
    }
    if (latest + 1 >= EVENT_MAX_CLOCK) {            /* too many: takes the whole block as ordered */
        begin_interval();
        return;
    }
    if (lanes == whole) {
        now->warp_clock[warp] = latest + 1;
        now->in_use[warp] = false;
        for (int l = 0; l < CUSIM_WARP && first + l < cusim_now.launch->threads; l++)
            set_clock(first + l, latest + 1);
        return;
    }

    if (!now->knows[warp])
        now->knows[warp] = shadow_memory(calloc(CUSIM_WARP, sizeof *now->knows[warp]));
    uint32_t (*knows)[CUSIM_WARP] = now->knows[warp], joined[CUSIM_WARP] = { 0 };
    if (!now->in_use[warp])
        memset(knows, 0, CUSIM_WARP * sizeof *knows);
    now->in_use[warp] = true;
    for (int l = 0; l < CUSIM_WARP; l++) {
        if (!(lanes >> l & 1))
            continue;
        for (int other = 0; other < CUSIM_WARP; other++)
            joined[other] = knows[l][other] > joined[other] ? knows[l][other] : joined[other];
        joined[l] = clock_of(now->event[first + l]) + 1;
    }
    for (int l = 0; l < CUSIM_WARP; l++) {
        if (!(lanes >> l & 1))
            continue;
        memcpy(knows[l], joined, sizeof joined);
        set_clock(first + l, clock_of(now->event[first + l]) + 1);
    }
}

static void advance(int thread)
{
    const unsigned clock = clock_of(now->event[thread]) + 1;
    if (clock >= EVENT_MAX_CLOCK)
        begin_interval();
    else
        set_clock(thread, clock);
}

void race_fence(void)
{
    race_attend(NULL);
    advance(cusim_now.thread);
    now->fenced[cusim_now.thread] = now->event[cusim_now.thread];
}

/* ---- A pair is told ---- */

static const char *by_thread(char text[160], const race_pair *p, const finding_party *party)
{
    char index[64];
    const cusim_config *c = &cusim_now.launch->config;
    snprintf(text, 160, "thread %s", finding_index(index, (uint64_t)party->thread, c->block));
    if (p->me.block != p->other.block) {
        const size_t n = strlen(text);
        snprintf(text + n, 160 - n, " of block %s", finding_index(index, party->block, c->grid));
    }
    return text;
}

static void tell(const race_pair *p, bool is_note)
{
    if (!cusim_now.launch)
        return;
    char address[512], me[160], other[160];
    const char *why = p->is_copy ? "the asynchronous copy has not been waited for"
                      : p->me.block != p->other.block ? "blocks of one launch run in no order"
                      : p->me.thread / CUSIM_WARP == p->other.thread / CUSIM_WARP
                          ? "with no __syncthreads or __syncwarp between"
                          : "with no __syncthreads between";
    describe_address(address, sizeof address, (const void *)p->address);
    by_thread(me, p, &p->me);
    by_thread(other, p, &p->other);
    if (is_note)
        finding_add(CUSIM_RACE, &p->me, &p->other, true,
                    "%s and %s write the same value of %zu byte%s to %s; harmless only while the "
                    "values are the same", me, other, p->bytes, p->bytes == 1 ? "" : "s", address);
    else
        finding_add(CUSIM_RACE, &p->me, &p->other, false,
                    "%s of %zu byte%s %s %s by %s and %s by %s; %s", p->wrote ? "write" : "read",
                    p->bytes, p->bytes == 1 ? "" : "s", p->wrote ? "to" : "of", address, me,
                    p->other_wrote ? "write" : "read", other, why);
}

/* ---- Doubts: settled by what comes later ---- */

/* A store of a value that may be the one that is there. */
static struct {
    race_pair pair;
    const void *address;
    size_t bytes;
    unsigned char before[16];
    bool read_may_come;             /* a copy's load is announced after its store */
} store_doubt;

static void settle_store(const race_access *next)
{
    if (next && store_doubt.read_may_come && !(next->kind & CUSIM_TOUCH_WRITE)) {
        store_doubt.read_may_come = false;
        return;
    }
    race_attention = false;
    tell(&store_doubt.pair,
         memcmp(store_doubt.before, store_doubt.address, store_doubt.bytes) == 0);
}

static void doubt_store(const race_pair *p, const race_access *a)
{
    if (race_attention)
        return;
    store_doubt.pair = *p;
    store_doubt.address = a->address;
    store_doubt.bytes = a->bytes < 16 ? a->bytes : 16;
    store_doubt.read_may_come = true;
    memcpy(store_doubt.before, a->address, store_doubt.bytes);
    race_attention = true;
}

/* Plain reads of what atomics change, by lines that may yet turn out to be loops around atomicCAS:
 * told at the end of the launch. */
typedef struct suspicion {
    race_pair pair;
    unsigned site;                  /* of the read */
    uint64_t more;
    struct suspicion *next;
} suspicion;
static suspicion *suspicions;

/* Sites of plain reads that an atomic of the same thread has followed. */
static bool excused[SITES];

static void excuse(race_event atomic, race_event read)
{
    if ((read ^ atomic) >> EVENT_THREAD == 0 && class_of(read) == CLASS_PLAIN)
        excused[site_in(read)] = true;
}

static void suspect(const race_pair *p, unsigned site)
{
    suspicion **at = &suspicions;
    while (*at && ((*at)->pair.me.pc != p->me.pc || (*at)->pair.other.pc != p->other.pc))
        at = &(*at)->next;
    if (*at) {
        (*at)->more++;
        return;
    }
    *at = shadow_memory(calloc(1, sizeof **at));
    (*at)->pair = *p;
    (*at)->site = site;
}

static void settle_all(void)
{
    if (race_attention)
        settle_store(NULL);
    while (suspicions) {
        suspicion *const s = suspicions;
        if (!excused[s->site]) {
            tell(&s->pair, false);
            while (s->more-- > 0)
                finding_again(CUSIM_RACE, s->pair.me.pc, s->pair.other.pc);
        }
        suspicions = s->next;
        free(s);
    }
}

void race_attend(const race_access *a)
{
    if (race_attention)
        settle_store(a);
}

/* ---- Launches, blocks, barriers ---- */

static block_state *block_of(uint64_t number)
{
    block_state *b = blocks;
    while (b && b->number != number)
        b = b->next;
    return b;
}

void race_launch(void)
{
    race_launch_end();                              /* of one that was cut short */
    owner_count = 0;
    launch_floor = (last_interval + 1) << EVENT_INTERVAL;
    order_reset();
}

void race_block_switch(uint64_t to)
{
    race_attend(NULL);
    interleaved = true;
    now = block_of(to);
    is_new = now == NULL;
    if (is_new) {
        now = shadow_memory(calloc(1, sizeof *now));
        now->number = to;
        now->next = blocks;
        blocks = now;
    }
}

void race_block(void)
{
    race_attend(NULL);
    is_new = false;
    now->number = cusim_now.block_linear;
    memset(now->fenced, 0, sizeof now->fenced);
    begin_interval();
    if (!interleaved)
        own_interval(now->number);
    now->first = now->interval;
}

void race_barrier(void)
{
    race_attend(NULL);
    begin_interval();
}

void race_grid_barrier(void)
{
    block_state *const running = now;
    race_attend(NULL);
    launch_floor = (last_interval + 1) << EVENT_INTERVAL;
    for (now = blocks; now; now = now->next)
        begin_interval();
    now = running;
}

void race_launch_end(void)
{
    settle_all();
    while (blocks) {
        block_state *b = blocks;
        blocks = b->next;
        for (int w = 0; w < CUSIM_MAX_WARPS && b != &first_block; w++)
            free(b->knows[w]);
        if (b != &first_block)
            free(b);
    }
    now = blocks = &first_block;
    first_block.next = NULL;
    interleaved = false;
}

/* ---- Two accesses of one word ---- */

typedef struct {
    const race_access *access;
    shadow_region *region;
    race_event me, floor;               /* events before the floor are in order */
    bool wrote, told;
} touch;

/* An access of another thread or of another interval, not before the launch: are both in order? */
static bool in_order(const touch *t, race_event e)
{
    const int thread = thread_of(t->me);
    if (e >= now->interval && e >> EVENT_INTERVAL == now->interval >> EVENT_INTERVAL) {
        if (thread_of(e) == thread || warp_ordered(e, thread))
            return true;
    } else if (interleaved ? race_block_of(e) == now->number : e >= now->first) {
        return true;                                /* an earlier interval of the same block */
    }
    const order_point here = { now->number, t->me, now->warp_clock[thread / CUSIM_WARP] };
    return order_holds(e, race_block_of(e), &here);
}

static __attribute__((noinline))
void meet(touch *t, uintptr_t address, race_event e, bool other_wrote)
{
    const event_class mine = class_of(t->me), theirs = class_of(e);
    if ((mine == CLASS_SYNC && theirs != CLASS_PLAIN) ||
        (theirs == CLASS_SYNC && mine != CLASS_PLAIN) || t->told || in_order(t, e))
        return;

    t->told = true;
    const race_pair pair = {
        address, t->access->bytes, t->wrote, other_wrote,
        (t->access->kind & CUSIM_TOUCH_COPY) != 0,
        { t->access->pc, now->number, thread_of(t->me) },
        { sites[site_in(e)], race_block_of(e), thread_of(e) },
    };
    if (t->wrote && !other_wrote)
        garbage_explained(address, pair.other.block);
    if (finding_again(CUSIM_RACE, pair.me.pc, pair.other.pc))
        return;
    if (mine == CLASS_PLAIN && !t->wrote && theirs == CLASS_SYNC) {
        suspect(&pair, site_in(t->me));
    } else if (theirs == CLASS_PLAIN && !other_wrote && mine == CLASS_SYNC) {
        suspect(&pair, site_in(e));
    } else if (t->wrote && other_wrote && mine != CLASS_SYNC && theirs != CLASS_SYNC) {
        doubt_store(&pair, t->access);
    } else {
        tell(&pair, false);
    }
}

static inline bool in_same_interval(race_event a, race_event b)
{
    return (a ^ b) >> EVENT_INTERVAL == 0;
}

static inline bool by_same_thread(race_event a, race_event b)
{
    return (a ^ b) >> EVENT_THREAD == 0;            /* in the same interval, too */
}

static inline bool may_meet(race_event e, race_event me, race_event floor)
{
    return e >= floor && !by_same_thread(e, me);
}

/* Which read to remember: that of `me`, or the one that is known. */
static inline bool replaces(race_event me, const race_cell *c, race_event floor)
{
    const race_event e = c->read;
    if (e < floor)
        return true;
    if (!in_same_interval(e, me))
        return e >= now->first;                     /* not if it is of another block */
    return by_same_thread(e, me) || by_same_thread(e, c->write) ||
           thread_of(e) == thread_of(c->write) ||
           (clock_of(e) < clock_of(me) && thread_of(e) / CUSIM_WARP == thread_of(me) / CUSIM_WARP);
}

static inline void touch_cell(touch *t, race_cell *c, uintptr_t address)
{
    if (may_meet(c->write, t->me, t->floor))
        meet(t, address, c->write, true);
    if (!t->wrote) {
        if (replaces(t->me, c, t->floor))
            c->read = t->me;
        return;
    }
    if (class_of(t->me) == CLASS_SYNC)
        excuse(t->me, c->read);
    if (may_meet(c->read, t->me, t->floor))
        meet(t, address, c->read, false);
    c->write = t->me;
    c->read = 0;
}

/* The bytes from..to of one word, one by one. */
static void touch_parts(touch *t, size_t word, size_t from, size_t to)
{
    race_cell *c = &t->region->words[word], *parts = &t->region->parts[4 * word];
    if (c->write != CELL_IN_PARTS) {
        for (int i = 0; i < 4; i++)
            parts[i] = *c;
        c->write = CELL_IN_PARTS;
    }
    for (size_t i = from; i < to; i++)
        touch_cell(t, &parts[i], t->region->base + 4 * word + i);
}

static event_class class_for(const race_access *a)
{
    if (a->is_atomic)
        return CLASS_SYNC;
    if (!(a->kind & CUSIM_TOUCH_VOLATILE))
        return CLASS_PLAIN;
    return a->kind & CUSIM_TOUCH_WRITE && now->fenced[cusim_now.thread] ? CLASS_SYNC
                                                                        : CLASS_VOLATILE;
}

/* Shared memory is one block's own, so only the interval counts. */
static inline race_event floor_of(const shadow_region *r)
{
    return r == &shadow_regions[REGION_SHARED] ? now->interval : launch_floor;
}

bool race_quick(const void *p, size_t bytes, unsigned kind, const void *pc)
{
    const uintptr_t at = (uintptr_t)p;
    const shadow_region *r = &shadow_regions[REGION_SHARED];
    if (at - r->base >= r->bytes)
        r = &shadow_regions[REGION_DEVICE];
    const size_t offset = at - r->base;
    if (offset >= r->bytes || race_attention || kind & (CUSIM_TOUCH_VOLATILE | CUSIM_TOUCH_COPY) ||
        offset & (bytes - 1) || !shadow_written(r, offset, bytes))
        return false;

    const race_event me = now->event[cusim_now.thread] | site_of(pc), floor = floor_of(r);
    race_cell *c = &r->words[offset / 4];
    for (const race_cell *end = c + bytes / 4; c < end; c++) {
        if (may_meet(c->write, me, floor))          /* CELL_IN_PARTS, too */
            return false;
        if (!(kind & CUSIM_TOUCH_WRITE)) {
            if (replaces(me, c, floor))
                c->read = me;
        } else if (may_meet(c->read, me, floor)) {
            return false;
        } else {
            c->write = me;
            c->read = 0;
        }
    }
    return true;
}

/* An access by which threads may wait for each other: order that comes with it. */
static void synchronise(const race_access *a, event_class class)
{
    const int t = cusim_now.thread, warp = t / CUSIM_WARP;
    order_point p = { now->number, now->event[t], now->warp_clock[warp] };
    if (a->is_atomic || !(a->kind & CUSIM_TOUCH_WRITE))
        order_acquire(a->address, &p);
    if (class != CLASS_SYNC || !(a->kind & CUSIM_TOUCH_WRITE))
        return;
    if (now->fenced[t]) {
        /* A fence before the last barrier covers what lies before that barrier. */
        p.now = now->fenced[t] >= now->interval ? now->fenced[t]
                                                : now->interval | (race_event)t << EVENT_THREAD;
        order_release(a->address, &p);
    } else if (a->is_exchange) {
        advance(t);
        p.now = now->event[t];
        order_release(a->address, &p);
    }
}

void race_touch(shadow_region *r, const race_access *a)
{
    const event_class class = class_for(a);
    const race_event me = now->event[cusim_now.thread] | (race_event)class << EVENT_CLASS |
                          site_of(a->pc);
    touch t = { a, r, me, floor_of(r), a->kind & CUSIM_TOUCH_WRITE, false };
    const size_t from = (uintptr_t)a->address - r->base, to = from + a->bytes;

    for (size_t word = from / 4; 4 * word < to; word++) {
        race_cell *c = &r->words[word];
        const size_t first = 4 * word < from ? from % 4 : 0;
        const size_t last = 4 * word + 4 > to ? to - 4 * word : 4;
        if (c->write == CELL_IN_PARTS || last - first < 4)
            touch_parts(&t, word, first, last);
        else
            touch_cell(&t, c, r->base + 4 * word);
    }
    if (class != CLASS_PLAIN)
        synchronise(a, class);
}
