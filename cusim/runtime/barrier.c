/* barrier.c: barriers of a block (__syncthreads, bar.sync) and of the grid.
 *
 * As in hardware a thread that has left the kernel counts as arrived at __syncthreads, and a
 * barrier does not ask from which line a thread comes. CUDA allows neither; checked mode says so.
 * But that whole warps come from different lines is only worth a note: kernels whose warps have
 * different tasks are written so, and every GPU counts the warps that come. */
#include "cusim/runtime/schedule.h"

#include <string.h>

#include "cusim/include/cusim/api.h"
#include "cusim/runtime/findings.h"

enum { NOBODY = -1 };

/* True if both return addresses lie on one line (the compiler may copy one barrier). */
static bool same_line(const void *a, const void *b)
{
    const char *function, *file_a, *file_b;
    int line_a, line_b;

    if (a == b)
        return true;
    return cusim_source_of((const char *)a - 1, &function, &file_a, &line_a) &&
           cusim_source_of((const char *)b - 1, &function, &file_b, &line_b) &&
           line_a == line_b && strcmp(file_a, file_b) == 0;
}

/* Told as a finding of `thread`, which waits at the barrier. */
static void find_left(sim_block *b, int thread, const void *place, int left, const char *barrier)
{
    const int self = cusim_now.thread;
    int gone = 0;

    while (b->threads[gone].waits != SIM_LEFT)
        gone++;
    cusim_now.thread = thread;
    cusim_find(CUSIM_BARRIER_DIVERGENCE, (const char *)place - 1, NULL, b->linear, gone,
               "%d of the block's %d threads left the kernel without coming to this %s", left,
               cusim_now.launch->threads, barrier);
    cusim_now.thread = self;
}

/* Who waits at a barrier on another line than `place`: a lane of the running thread's warp, else
 * whoever came first. NOBODY: all wait at this one. */
static int waits_elsewhere(const sim_block *b, const void *place)
{
    const int warp = cusim_now.thread / CUSIM_WARP * CUSIM_WARP;
    const int end = warp + CUSIM_WARP < cusim_now.launch->threads ? warp + CUSIM_WARP
                                                                  : cusim_now.launch->threads;

    for (int t = warp; t < end; t++)
        if (b->threads[t].waits == SIM_AT_BARRIER && !same_line(place, b->threads[t].place))
            return t;
    return same_line(place, b->place) ? NOBODY : b->first;
}

static void find_elsewhere(const sim_block *b, const void *place)
{
    const int other = waits_elsewhere(b, place);

    if (other == NOBODY)
        return;
    const bool is_note = other / CUSIM_WARP != cusim_now.thread / CUSIM_WARP;
    const finding_party me = finding_here((const char *)place - 1);
    const finding_party they = { (const char *)b->threads[other].place - 1, b->linear, other };
    finding_add(CUSIM_BARRIER_DIVERGENCE, &me, &they, is_note,
                "threads of one %s wait at different barriers",
                is_note ? "block, but of different warps," : "warp");
}

static void release(sim_block *b)
{
    if (cusim_set.check && b->left > 0)
        find_left(b, b->first, b->place, b->left, "barrier");
    b->results[CUSIM_SYNC] = 0;
    b->results[CUSIM_SYNC_COUNT] = b->count;
    b->results[CUSIM_SYNC_AND] = b->all;
    b->results[CUSIM_SYNC_OR] = b->any;
    b->waiting = 0;
    if (cusim_set.check)
        cusim_check_barrier();
    if (cusim_set.profile)
        cusim_profile_barrier();
    cusim_ready_all(b);
}

static int sync_threads(int predicate, cusim_sync_op op, const void *place)
{
    sim_block *const b = cusim_block;

    if (b->waiting == 0) {
        b->place = place;
        b->first = cusim_now.thread;
        b->count = b->any = 0;
        b->all = 1;
    } else if (cusim_set.check) {
        find_elsewhere(b, place);
    }
    b->count += predicate != 0;
    b->any |= predicate != 0;
    b->all &= predicate != 0;
    b->waiting++;
    cusim_arrive(SIM_AT_BARRIER, place);
    if (b->waiting + b->left == cusim_now.launch->threads)
        release(b);
    cusim_stop();
    return b->results[op];
}

int cusim_syncthreads(int predicate, cusim_sync_op op)
{
    return sync_threads(predicate, op, __builtin_return_address(0));
}

/* ---- bar.sync and bar.arrive ---- */

static void release_named(sim_block *b, int id)
{
    sim_named *const n = &b->named[id];

    if (cusim_set.check)
        cusim_check_named_barrier(n->lanes);
    *n = (sim_named){ 0 };
    for (int t = cusim_now.launch->threads - 1; t >= 0; t--)
        if (b->threads[t].waits == SIM_AT_NAMED && b->threads[t].barrier == id)
            cusim_ready(t);
}

void cusim_named_barrier(int id, int threads, int arrive_only)
{
    const void *const place = __builtin_return_address(0);
    sim_block *const b = cusim_block;
    const int all = cusim_now.launch->threads;

    if (id < 0 || id >= SIM_NAMED_BARRIERS) {
        cusim_find(CUSIM_BARRIER_DIVERGENCE, (const char *)place - 1, NULL, 0, -1,
                   "there is no barrier %d: they have the numbers 0 to %d", id,
                   SIM_NAMED_BARRIERS - 1);
        cusim_abort_launch(cudaErrorLaunchFailure);
    }
    if (id == 0 && !arrive_only && (threads <= 0 || threads == all)) {
        (void)sync_threads(0, CUSIM_SYNC, place);
        return;
    }
    sim_named *const n = &b->named[id];
    n->expected = threads > 0 ? threads : all;
    n->arrived++;
    n->lanes[cusim_now.thread / CUSIM_WARP] |= sim_own_bit();
    sim_self()->barrier = id;
    if (!arrive_only)
        cusim_arrive(SIM_AT_NAMED, place);
    if (n->arrived >= n->expected)
        release_named(b, id);
    if (!arrive_only)
        cusim_stop();
}

/* ---- grid.sync() ---- */

static uint64_t grid_waiting, grid_left;

void cusim_grid_barrier_start(void)
{
    grid_waiting = grid_left = 0;
}

static void release_grid_if_complete(void)
{
    const cusim_launch_state *const l = cusim_now.launch;
    const cusim_dim grid = l->config.grid;

    if (grid_waiting + grid_left != (uint64_t)grid.x * grid.y * grid.z * (unsigned)l->threads)
        return;
    grid_waiting = 0;
    if (cusim_set.check)
        cusim_check_grid_barrier();
    for (int i = 0; i < cusim_residents; i++) {
        cusim_resident[i]->at_grid = 0;
        cusim_ready_all(cusim_resident[i]);
    }
}

void cusim_grid_sync(void)
{
    const void *const place = __builtin_return_address(0);

    if (!cusim_now.launch->cooperative) {
        cusim_find(CUSIM_DEADLOCK, (const char *)place - 1, NULL, 0, -1,
                   "a barrier of the whole grid needs cudaLaunchCooperativeKernel; a GPU hangs or "
                   "fails");
        cusim_abort_launch(cudaErrorLaunchFailure);
    }
    cusim_block->at_grid++;
    grid_waiting++;
    cusim_arrive(SIM_AT_GRID, place);
    if (cusim_set.check && cusim_block->left > 0)
        find_left(cusim_block, cusim_now.thread, place, cusim_block->left, "barrier of the grid");
    release_grid_if_complete();
    cusim_stop();
}

void cusim_barrier_left(void)
{
    sim_block *const b = cusim_block;

    grid_left++;
    if (b->waiting > 0 && b->waiting + b->left == cusim_now.launch->threads)
        release(b);
    if (grid_waiting > 0)
        release_grid_if_complete();
}
