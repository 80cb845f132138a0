/* exchange.c: what lanes of a warp do together: shuffles, votes, __syncwarp, __activemask.
 *
 * Lanes that name the same mask meet, wherever in the code they are; lanes with different masks do
 * not disturb each other, so that halves of a warp may go different ways. A lane that has left the
 * kernel is not waited for. CUDA wants all lanes of a mask at the same operation: checked mode says
 * where they are not.
 *
 * At __activemask and at accesses to volatile memory the warp runs as if in lockstep: a lane waits
 * there until every other lane of its warp waits somewhere, spins or has left; then those at the
 * same place (the lowest in the code first, as they may come by the higher ones too) go on. So code
 * from the days when warps ran in lockstep, which says volatile instead of __syncwarp, works. */
#include "cusim/runtime/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "cusim/runtime/machine.h"

enum { EXCHANGES_PER_CHUNK = 16 };

typedef struct exchange_chunk {
    struct exchange_chunk *next;
    sim_exchange exchanges[EXCHANGES_PER_CHUNK];
} exchange_chunk;

static const char activemask[] = "__activemask";
static exchange_chunk *chunks;
static sim_exchange *free_exchanges;

static void free_chunk_of_exchanges(exchange_chunk *c)
{
    for (int i = 0; i < EXCHANGES_PER_CHUNK; i++) {
        c->exchanges[i].next = free_exchanges;
        free_exchanges = &c->exchanges[i];
    }
}

void cusim_exchange_reset(void)
{
    free_exchanges = NULL;
    for (exchange_chunk *c = chunks; c; c = c->next)
        free_chunk_of_exchanges(c);
}

static sim_exchange *new_exchange(unsigned mask, const char *what, const void *place)
{
    if (!free_exchanges) {
        exchange_chunk *const c = malloc(sizeof *c);
        if (!c)
            cusim_fatal("no memory for what a warp exchanges");
        c->next = chunks;
        chunks = c;
        free_chunk_of_exchanges(c);
    }
    sim_exchange *const e = free_exchanges;
    free_exchanges = e->next;
    e->mask = mask;
    e->arrived = e->holders = 0;
    e->what = what;
    e->place = place;
    e->next = NULL;
    return e;
}

/* The running thread will not read its last exchange any more. */
static void let_go(sim_thread *self)
{
    sim_exchange *const e = self->held;

    self->held = NULL;
    if (!e)
        return;
    e->holders &= ~sim_own_bit();
    if (e->holders == 0) {
        e->next = free_exchanges;
        free_exchanges = e;
    }
}

/* All lanes in e but the running thread (if it is one of them) are the next to run. */
static void ready_lanes(const sim_exchange *e, int warp)
{
    const sim_block *const b = cusim_block;

    for (int i = CUSIM_WARP - 1; i >= 0; i--) {
        const int lane = b->lane_order[i], thread = warp * CUSIM_WARP + lane;
        if ((e->arrived >> lane & 1u) && b->threads[thread].waits != SIM_RUNS)
            cusim_ready(thread);
    }
}

static void unlink_exchange(sim_exchange **list, const sim_exchange *e)
{
    while (*list != e)
        list = &(*list)->next;
    *list = e->next;
}

/* Everybody whom e expects has come or left. */
static void complete(sim_warp *warp, sim_exchange *e, int number)
{
    unlink_exchange(&warp->pending, e);
    if (cusim_set.profile && (e->arrived | warp->left) == ~0u)
        cusim_profile_warp(number);
    if (cusim_set.check && e->what == NULL)
        cusim_check_warp_barrier(number, e->arrived);
    ready_lanes(e, number);
}

static const char *name_of(const char *what)
{
    return what ? what : "__syncwarp";
}

static void find_other_operation(const sim_exchange *e, const char *what, const void *place)
{
    const int other = cusim_now.thread / CUSIM_WARP * CUSIM_WARP + __builtin_ctz(e->arrived);

    if (e->what == what || strcmp(name_of(e->what), name_of(what)) == 0)
        return;
    cusim_find(CUSIM_INACTIVE_LANE, (const char *)place - 1, (const char *)e->place - 1,
               cusim_now.block_linear, other,
               "lanes with mask 0x%08x meet at different operations: %s here, %s there", e->mask,
               name_of(what), name_of(e->what));
}

/* what: NULL for __syncwarp. */
static sim_exchange *meet(unsigned mask, const void *value, size_t bytes, const char *what,
                          const void *place)
{
    sim_warp *const warp = sim_own_warp();
    sim_thread *const self = sim_self();
    const unsigned bit = sim_own_bit();
    const int number = cusim_now.thread / CUSIM_WARP;
    sim_exchange *e = warp->pending;

    let_go(self);
    if (!(mask & bit)) {
        if (cusim_set.check)
            cusim_find(CUSIM_INACTIVE_LANE, (const char *)place - 1, NULL, 0, -1,
                       "the mask 0x%08x of %s does not name lane %d, which calls it", mask,
                       name_of(what), cusim_now.thread % CUSIM_WARP);
        mask = bit;
    }
    while (e && e->mask != mask)
        e = e->next;
    if (!e) {
        e = new_exchange(mask, what, place);
        e->next = warp->pending;
        warp->pending = e;
    } else if (cusim_set.check) {
        find_other_operation(e, what, place);
    }
    if (bytes == 4)
        memcpy(e->slots[cusim_now.thread % CUSIM_WARP], value, 4);
    else if (bytes > 0)
        memcpy(e->slots[cusim_now.thread % CUSIM_WARP], value, bytes);
    e->arrived |= bit;
    e->holders |= bit;
    self->held = e;
    cusim_block->idle = 0;
    if (((e->arrived | warp->left) & mask) == mask)
        complete(warp, e, number);
    else
        cusim_wait(SIM_AT_EXCHANGE, place);
    return e;
}

cusim_exchanged cusim_exchange(unsigned mask, const void *value, size_t bytes, const char *what)
{
    const sim_exchange *const e = meet(mask, value, bytes, what, __builtin_return_address(0));

    return (cusim_exchanged){ .slots = e->slots[0], .lanes = e->arrived };
}

void cusim_syncwarp(unsigned mask)
{
    (void)meet(mask, NULL, 0, NULL, __builtin_return_address(0));
}

void cusim_exchange_left(void)
{
    sim_warp *const warp = sim_own_warp();
    sim_exchange *next;

    let_go(sim_self());
    for (sim_exchange *e = warp->pending; e; e = next) {
        next = e->next;
        if (((e->arrived | warp->left) & e->mask) == e->mask)
            complete(warp, e, cusim_now.thread / CUSIM_WARP);
    }
}

void cusim_inactive_lane(int source_lane, const char *what)
{
    const int thread = cusim_now.thread / CUSIM_WARP * CUSIM_WARP + source_lane;

    if (!cusim_set.check)
        return;
    cusim_find(CUSIM_INACTIVE_LANE, (const char *)__builtin_return_address(0) - 1, NULL,
               cusim_now.block_linear, thread < cusim_now.launch->threads ? thread : -1,
               "%s reads from lane %d, which does not take part", what, source_lane);
}

/* ---- Lockstep ---- */

/* Waits until no lane of the warp runs elsewhere. Returns the lanes at the same place. */
static unsigned in_step(const char *what, const void *place)
{
    sim_warp *const warp = sim_own_warp();
    sim_exchange **at = &warp->asking;

    let_go(sim_self());
    while (*at && (*at)->place < place)
        at = &(*at)->next;
    if (!*at || (*at)->place != place) {
        sim_exchange *const e = new_exchange(0, what, place);
        e->next = *at;
        *at = e;
    }
    sim_exchange *const e = *at;
    e->arrived |= sim_own_bit();
    e->holders |= sim_own_bit();
    sim_self()->held = e;
    cusim_wait(SIM_IN_STEP, place);
    return e->arrived;
}

unsigned cusim_activemask(void)
{
    return in_step(activemask, __builtin_return_address(0));
}

void cusim_volatile(const void *place)
{
    if (cusim_now.running)
        (void)in_step(NULL, place);
}

void cusim_answer_step(int warp)
{
    sim_exchange *const e = cusim_block->warps[warp].asking;

    cusim_block->warps[warp].asking = e->next;
    if (cusim_set.check && e->what != activemask)
        cusim_check_warp_barrier(warp, e->arrived);
    ready_lanes(e, warp);
}

void cusim_warp_idle(int warp)
{
    if (cusim_block->warps[warp].asking)
        cusim_answer_step(warp);
    else if (cusim_set.profile && !cusim_block->warps[warp].pending)
        cusim_profile_warp(warp);
}
