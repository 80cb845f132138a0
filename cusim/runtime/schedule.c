/* schedule.c: who runs next.
 *
 * A fiber takes threads that have not started, one after the other, and runs each to its end; only
 * a thread that has to wait keeps its fiber, and another fiber goes on with the rest. So a kernel
 * without barriers needs no switch at all, and one with barriers needs one per thread and barrier.
 *
 * Ready threads stand in a queue. Its order after the start of a block and after each
 * __syncthreads is drawn from (seed, launch, block): a permutation of the warps, and one of the
 * lanes that is twisted anew for each warp. The profile wants lanes in turn instead.
 *
 * Blocks run one after another. Several are under way at once only if they have to: in a
 * cooperative launch, or when all that a block does is to spin on atomics. Then the next block is
 * begun beside it, as many as a device would hold. */
#include "cusim/runtime/schedule.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cusim/runtime/fiber.h"
#include "cusim/runtime/machine.h"
#include "cusim/runtime/occupancy.h"

enum {
    NOBODY = -1,
    SPINS = 64,                         /* signs of waiting until others get a turn */
    PATIENCE = 16,                      /* turns of all its threads until another block gets one */
    STREAK = 1024,                      /* threads made ready at one end of the queue in a row */
    FIBERS_PER_CHUNK = CUSIM_MAX_THREADS,
    COLOURS = 61, COLOUR_BYTES = 64 * 13    /* stacks start in different cache sets */
};
/* CUDA gives a thread 512 KiB of local memory at most. */
static const size_t stack_bytes = 512 * 1024, guard_bytes = 64 * 1024;

typedef struct sim_fiber {
    void *context;
    struct sim_fiber *next;             /* free ones */
} sim_fiber;

typedef struct {
    unsigned char *stacks;
    sim_fiber *fibers;
    int made;
} fiber_chunk;

cusim_dim cusim_thread_idx, cusim_block_idx, cusim_block_dim, cusim_grid_dim;
_Thread_local cusim_now_state cusim_now;
uint64_t cusim_block_serial;
sim_block *cusim_block;
sim_block **cusim_resident;
int cusim_residents;

static sim_block **blocks;              /* allocated so far; the first cusim_residents run */
static int blocks_allocated;
static fiber_chunk *chunks;
static int chunk_count;
static sim_fiber *free_fibers, *running_fiber, *abandoned_fiber;
static void *launcher;                  /* the context that launched */
static uint64_t next_block, block_count, serials;
static int resident_limit, spins, launch_error;
static pthread_t last_launcher;         /* parked fibers belong to its thread */
static void (*kernel_body)(void *);
static void *kernel_closure;
static cusim_dim thread_place[CUSIM_MAX_THREADS];

/* ---- Fibers ---- */

static void work(void);

static size_t chunk_bytes(void)
{
    return FIBERS_PER_CHUNK * (guard_bytes + stack_bytes);
}

static void make_fiber(sim_fiber *f)
{
    for (int c = 0; c < chunk_count; c++) {
        const ptrdiff_t i = f - chunks[c].fibers;
        if (f < chunks[c].fibers || i >= FIBERS_PER_CHUNK)
            continue;
        unsigned char *const end =
            chunks[c].stacks + (size_t)(i + 1) * (guard_bytes + stack_bytes);
        const size_t colour = (size_t)(i % COLOURS) * COLOUR_BYTES;
        f->context = cusim_fiber_make(end - colour, stack_bytes - colour, work);
    }
}

static void free_fiber(sim_fiber *f)
{
    f->next = free_fibers;
    free_fibers = f;
}

static void add_chunk(void)
{
    fiber_chunk *const more = realloc(chunks, (size_t)(chunk_count + 1) * sizeof *chunks);
    sim_fiber *const fibers = calloc(FIBERS_PER_CHUNK, sizeof *fibers);
    void *const stacks = mmap(NULL, chunk_bytes(), PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (!more || !fibers || stacks == MAP_FAILED)
        cusim_fatal("no memory for the stacks of threads");
    (void)madvise(stacks, chunk_bytes(), MADV_NOHUGEPAGE);     /* of most, one page is used */
    chunks = more;
    chunks[chunk_count++] = (fiber_chunk){ .stacks = stacks, .fibers = fibers };
}

static sim_fiber *take_fiber(void)
{
    sim_fiber *f = free_fibers;

    if (f) {
        free_fibers = f->next;
        return f;
    }
    if (chunk_count == 0 || chunks[chunk_count - 1].made == FIBERS_PER_CHUNK)
        add_chunk();
    fiber_chunk *const c = &chunks[chunk_count - 1];
    unsigned char *const stack =
        c->stacks + (size_t)c->made * (guard_bytes + stack_bytes) + guard_bytes;
    if (mprotect(stack, stack_bytes, PROT_READ | PROT_WRITE) != 0)
        cusim_fatal("no memory for the stacks of threads");
    f = &c->fibers[c->made++];
    make_fiber(f);
    return f;
}

/* A thread that ended in the middle of its stack leaves the fiber to be made again. */
static void bury(void)
{
    if (abandoned_fiber) {
        make_fiber(abandoned_fiber);
        free_fiber(abandoned_fiber);
        abandoned_fiber = NULL;
    }
}

static void make_all_fibers(void)
{
    free_fibers = abandoned_fiber = NULL;
    for (int c = chunk_count - 1; c >= 0; c--)
        for (int i = chunks[c].made - 1; i >= 0; i--) {
            make_fiber(&chunks[c].fibers[i]);
            free_fiber(&chunks[c].fibers[i]);
        }
}

static bool on_chunk(const void *p, bool guard)
{
    for (int c = 0; c < chunk_count; c++) {
        const uintptr_t offset = (uintptr_t)p - (uintptr_t)chunks[c].stacks;
        if (offset < chunk_bytes())
            return (offset % (guard_bytes + stack_bytes) < guard_bytes) == guard;
    }
    return false;
}

bool cusim_on_stack(const void *p)
{
    return on_chunk(p, false);
}

bool cusim_on_guard(const void *p)
{
    return on_chunk(p, true);
}

const void *cusim_stack_end(const void *p)
{
    for (int c = 0; c < chunk_count; c++) {
        const uintptr_t offset = (uintptr_t)p - (uintptr_t)chunks[c].stacks;
        const size_t one = guard_bytes + stack_bytes;
        if (offset < chunk_bytes())
            return chunks[c].stacks + (offset / one + 1) * one;
    }
    return NULL;
}

/* ---- The queue ---- */

static void push_back(sim_block *b, int thread)
{
    b->queue[(b->head + b->ready++) % CUSIM_MAX_THREADS] = (uint16_t)thread;
}

static void push_front(sim_block *b, int thread)
{
    b->head = (b->head - 1) % CUSIM_MAX_THREADS;
    b->queue[b->head] = (uint16_t)thread;
    b->ready++;
}

static uint64_t draw(uint64_t *state)           /* splitmix64 */
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void permutation(uint64_t *random, unsigned char *order, int n)
{
    for (int i = 0; i < n; i++)
        order[i] = (unsigned char)i;
    if (cusim_set.profile)
        return;
    for (int i = n - 1; i > 0; i--) {
        const int j = (int)((draw(random) >> 32) * (unsigned)(i + 1) >> 32);
        const unsigned char swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

void cusim_ready_all(sim_block *b)
{
    const int warps = (cusim_now.launch->threads + CUSIM_WARP - 1) / CUSIM_WARP;
    unsigned char warp_order[CUSIM_MAX_WARPS];

    permutation(&b->random, warp_order, warps);
    permutation(&b->random, b->lane_order, CUSIM_WARP);
    b->head = b->ready = 0;
    for (int w = 0; w < warps; w++) {
        sim_warp *const warp = &b->warps[warp_order[w]];
        const int first = warp_order[w] * CUSIM_WARP;
        const int twist = cusim_set.profile ? 0 : (int)(draw(&b->random) >> 59);
        warp->runnable = 0;
        for (int i = 0; i < CUSIM_WARP; i++) {
            const int lane = b->lane_order[i] ^ twist;
            if (warp->left >> lane & 1u)
                continue;
            b->threads[first + lane].waits = SIM_RUNS;
            b->queue[b->ready++] = (uint16_t)(first + lane);
            warp->runnable++;
        }
    }
}

/* A warp that goes on at once finds its data in the cache. But it must not keep others from running
 * for ever, since it may wait for them. */
void cusim_ready(int thread)
{
    sim_block *const b = cusim_block;

    b->threads[thread].waits = SIM_RUNS;
    b->warps[thread / CUSIM_WARP].runnable++;
    if (b->readied++ / STREAK % 2 == 0)
        push_front(b, thread);
    else
        push_back(b, thread);
}

/* ---- Blocks ---- */

static void show_block(sim_block *b)
{
    cusim_block = b;
    cusim_block_idx = b->index;
    cusim_block_serial = b->serial;
    cusim_now.block_linear = b->linear;
}

static void start_block(sim_block *b)
{
    const cusim_launch_state *const l = cusim_now.launch;
    const cusim_dim grid = l->config.grid;

    b->linear = next_block++;
    b->serial = ++serials;
    b->index = (cusim_dim){ (unsigned)(b->linear % grid.x), (unsigned)(b->linear / grid.x % grid.y),
                            (unsigned)(b->linear / grid.x / grid.y) };
    b->random = cusim_set.seed ^ l->order * 0x9e3779b97f4a7c15u ^ b->linear * 0xd1342543de82ef95u;
    b->left = b->waiting = b->at_grid = 0;
    b->idle = b->steps = b->readied = 0;
    memset(b->named, 0, sizeof b->named);
    memset(b->threads, 0, (size_t)l->threads * sizeof *b->threads);
    for (int first = 0; first < l->threads; first += CUSIM_WARP) {
        const int lanes = l->threads - first;
        b->warps[first / CUSIM_WARP] =
            (sim_warp){ .left = lanes < CUSIM_WARP ? ~0u << lanes : 0 };
    }
    show_block(b);
    cusim_ready_all(b);
    cusim_shared_start(b, l->config.shared_bytes);
    if (cusim_set.check)
        cusim_check_block();
    if (cusim_set.profile)
        cusim_profile_block();
}

/* Goes on with `to`, which is under way, or new if it has no serial. */
static void switch_block(sim_block *to, bool new_one)
{
    sim_block *const from = cusim_block;

    cusim_shared_save(from);
    if (cusim_set.check)
        cusim_check_block_switch(from->linear, new_one ? next_block : to->linear);
    if (new_one) {
        start_block(to);
        return;
    }
    show_block(to);
    cusim_shared_restore(to);
    to->idle = 0;
}

static sim_block *add_resident(void)
{
    if (cusim_residents == blocks_allocated) {
        sim_block **const more = realloc(blocks, (size_t)(blocks_allocated + 1) * sizeof *blocks);
        sim_block *const one = calloc(1, sizeof *one);
        if (!more || !one)
            cusim_fatal("no memory for another block");
        cusim_resident = blocks = more;
        blocks[blocks_allocated++] = one;
    }
    return blocks[cusim_residents++];
}

static int resident_number(const sim_block *b)
{
    int i = 0;

    while (blocks[i] != b)
        i++;
    return i;
}

/* The running block is done: goes on with the next, or with one under way. False: none is left. */
static bool end_block(void)
{
    sim_block *const done = cusim_block;

    if (next_block < block_count) {
        start_block(done);
        return true;
    }
    const int at = resident_number(done);
    blocks[at] = blocks[--cusim_residents];
    blocks[cusim_residents] = done;
    if (cusim_residents == 0)
        return false;
    switch_block(blocks[at % cusim_residents], false);
    return true;
}

/* Nobody in the running block can go on, or they only spin: another block's turn. False if the
 * launch is over. */
static bool other_block(void)
{
    sim_block *const b = cusim_block;

    if (b->left == cusim_now.launch->threads)
        return end_block();
    const int at = resident_number(b);
    if (next_block < block_count && cusim_residents < resident_limit && (b->ready || b->at_grid)) {
        switch_block(add_resident(), true);
        return true;
    }
    for (int i = 1; i < cusim_residents; i++) {
        sim_block *const other = blocks[(at + i) % cusim_residents];
        if (other->ready) {
            switch_block(other, false);
            return true;
        }
    }
    if (!b->ready)
        cusim_deadlock();
    b->idle = 0;
    return true;
}

/* ---- Threads ---- */

cusim_dim cusim_thread_place(int thread)
{
    return thread_place[thread];
}

static int pick(void)
{
    while (cusim_block->ready == 0 || cusim_block->idle > PATIENCE * cusim_block->ready)
        if (!other_block())
            return NOBODY;
    sim_block *const b = cusim_block;
    const int thread = b->queue[b->head];
    b->head = (b->head + 1) % CUSIM_MAX_THREADS;
    b->ready--;
    return thread;
}

static void become(int thread)
{
    cusim_thread_idx = thread_place[thread];
    cusim_now.thread = thread;
    spins = 0;
}

/* The fiber on which the thread goes on or starts. */
static sim_fiber *fiber_of(int thread)
{
    sim_fiber *const f = cusim_block->threads[thread].fiber;

    return f ? f : take_fiber();
}

void cusim_stop(void)
{
    sim_thread *const self = sim_self();
    sim_fiber *const mine = running_fiber;

    self->fiber = mine;
    const int next = pick();
    sim_fiber *const to = fiber_of(next);
    become(next);
    if (to == mine)
        return;
    running_fiber = to;
    cusim_fiber_switch(&mine->context, to->context);
    bury();
}

void cusim_arrive(sim_wait reason, const void *place)
{
    sim_thread *const self = sim_self();
    sim_warp *const warp = sim_own_warp();

    self->waits = reason;
    self->place = place;
    if (reason != SIM_IN_STEP)
        cusim_block->idle = 0;
    else if (++cusim_block->steps % SPINS == 0)     /* it may wait for another block */
        cusim_block->idle++;
    if (--warp->runnable == 0)
        cusim_warp_idle(cusim_now.thread / CUSIM_WARP);
}

void cusim_wait(sim_wait reason, const void *place)
{
    cusim_arrive(reason, place);
    cusim_stop();
}

void cusim_yield(void)
{
    if (!cusim_now.running)
        return;
    if (sim_own_warp()->asking)
        cusim_answer_step(cusim_now.thread / CUSIM_WARP);
    cusim_block->idle++;
    push_back(cusim_block, cusim_now.thread);
    cusim_stop();
}

void cusim_let_others_run(void)
{
    push_back(cusim_block, cusim_now.thread);
    cusim_stop();
}

bool cusim_thread_waits(int thread)
{
    return cusim_block->threads[thread].waits != SIM_RUNS;
}

void cusim_spin(void)
{
    if (cusim_now.running && ++spins >= SPINS)
        cusim_yield();
}

static void leave_kernel(void)
{
    sim_block *const b = cusim_block;
    sim_warp *const warp = sim_own_warp();

    cusim_copies_left();
    sim_self()->waits = SIM_LEFT;
    b->left++;
    b->idle = 0;
    warp->left |= sim_own_bit();
    warp->runnable--;
    if (sim_self()->held || warp->pending)
        cusim_exchange_left();
    if (warp->runnable == 0)
        cusim_warp_idle(cusim_now.thread / CUSIM_WARP);
    cusim_barrier_left();
}

/* What every fiber does. */
static void work(void)
{
    for (;;) {
        bury();
        kernel_body(kernel_closure);
        leave_kernel();
        const int next = pick();
        sim_fiber *const mine = running_fiber;
        if (next == NOBODY) {
            free_fiber(mine);
            cusim_fiber_switch(&mine->context, launcher);
        } else if (cusim_block->threads[next].fiber) {
            free_fiber(mine);
            running_fiber = fiber_of(next);
            become(next);
            cusim_fiber_switch(&mine->context, running_fiber->context);
        } else {
            become(next);
        }
    }
}

void cusim_thread_exit(void)
{
    void *nowhere;

    leave_kernel();
    const int next = pick();
    void *to = launcher;
    abandoned_fiber = running_fiber;
    if (next != NOBODY) {
        running_fiber = fiber_of(next);
        become(next);
        to = running_fiber->context;
    }
    cusim_fiber_switch(&nowhere, to);
    abort();                            /* an abandoned fiber never goes on */
}

void cusim_abort_launch(int error)
{
    void *nowhere;

    cusim_now.launch->failed = true;
    launch_error = error;
    cusim_fiber_switch(&nowhere, launcher);
    abort();
}

int cusim_in_kernel(void)
{
    return cusim_now.running;
}

/* ---- One launch ---- */

static void place_threads(cusim_dim block)
{
    int t = 0;

    if (memcmp(&block, &cusim_block_dim, sizeof block) == 0)
        return;
    for (unsigned z = 0; z < block.z; z++)
        for (unsigned y = 0; y < block.y; y++)
            for (unsigned x = 0; x < block.x; x++)
                thread_place[t++] = (cusim_dim){ x, y, z };
}

int cusim_run_blocks(cusim_launch_state *l, void (*body)(void *), void *closure)
{
    const cusim_config *const c = &l->config;

    if (!pthread_equal(last_launcher, pthread_self()))
        make_all_fibers();
    last_launcher = pthread_self();
    place_threads(c->block);
    cusim_grid_dim = c->grid;
    cusim_block_dim = c->block;
    next_block = 0;
    block_count = (uint64_t)c->grid.x * c->grid.y * c->grid.z;
    resident_limit = CUSIM_SM_COUNT * cusim_occupancy_of(l->threads, c->shared_bytes, 0).blocks;
    kernel_body = body;
    kernel_closure = closure;
    launch_error = 0;
    cusim_residents = 0;
    cusim_grid_barrier_start();
    cusim_now.running = true;
    start_block(add_resident());
    running_fiber = take_fiber();
    become(pick());
    cusim_fiber_switch(&launcher, running_fiber->context);
    cusim_now.running = false;
    if (l->failed) {
        make_all_fibers();
        cusim_exchange_reset();
        cusim_copies_reset();
    }
    bury();
    cusim_residents = 0;
    return launch_error;
}
