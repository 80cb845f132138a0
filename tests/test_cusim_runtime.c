/* test_cusim_runtime.c: cusim's scheduler and launches. Kernels are C functions of this file,
 * called through the interface that compiled .cu code uses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cusim/include/cusim.h"
#include "cusim/include/cusim/api.h"
#include "cusim/runtime/runtime.h"

enum { FULL = -1, MANY = 4096 };

static cusim_launch_site site = { "probe", NULL, "probe.cu", 7 };
static int destroyed;

static void count_destroy(void *closure)
{
    (void)closure;
    destroyed++;
}

static int launch_3d(void (*body)(void *), void *closure, cusim_dim grid, cusim_dim block,
                     size_t shared)
{
    const cusim_config config = { grid, block, shared, NULL };
    return cusim_launch(&site, &config, 0, body, closure, count_destroy);
}

static int launch(void (*body)(void *), void *closure, unsigned blocks, unsigned threads)
{
    return launch_3d(body, closure, (cusim_dim){ blocks, 1, 1 }, (cusim_dim){ threads, 1, 1 }, 0);
}

static int launch_cooperative(void (*body)(void *), void *closure, unsigned blocks,
                              unsigned threads)
{
    const cusim_config config = { { blocks, 1, 1 }, { threads, 1, 1 }, 0, NULL };
    return cusim_launch(&site, &config, 1, body, closure, count_destroy);
}

static unsigned me(void)
{
    return cusim_thread_idx.x;
}

/* The only finding so far holds this text. */
static void expect_finding(const char *part)
{
    assert_int_equal(cusim_finding_count(), 1);
    if (!strstr(cusim_finding_text(0), part))
        fail_msg("'%s' is not in: %s", part, cusim_finding_text(0));
}

static int setup(void **state)
{
    (void)state;
    (void)cudaDeviceReset();
    cusim_seed(1);
    cusim_forget_findings();
    cusim_set.time_limit_s = 60.0;
    cusim_set.check = false;
    destroyed = 0;
    return 0;
}

/* ---- Every thread once, with its own index ---- */

static int visits[2][3][2][4][2][3];        /* [block z y x][thread z y x] */

static void visit(void *closure)
{
    const cusim_dim b = cusim_block_idx, t = cusim_thread_idx;
    (void)closure;
    visits[b.z][b.y][b.x][t.z][t.y][t.x]++;
    assert_int_equal(cusim_grid_dim.y, 3);
    assert_int_equal(cusim_block_dim.z, 4);
}

static void test_indices(void **state)
{
    (void)state;
    memset(visits, 0, sizeof visits);
    assert_int_equal(launch_3d(visit, NULL, (cusim_dim){ 2, 3, 2 }, (cusim_dim){ 3, 2, 4 }, 0), 0);
    for (size_t i = 0; i < sizeof visits / sizeof(int); i++)
        assert_int_equal(((int *)visits)[i], 1);
    assert_int_equal(destroyed, 1);
}

/* ---- Barriers, and the order of threads ---- */

typedef struct {
    int with_barrier;
    int tile[MANY], out[MANY];
} neighbour;

/* out[i] = tile[i + 1], which thread i + 1 writes first. */
static void read_neighbour(void *closure)
{
    neighbour *const k = closure;

    k->tile[me()] = (int)me();
    if (k->with_barrier)
        (void)cusim_syncthreads(0, CUSIM_SYNC);
    k->out[me()] = k->tile[(me() + 1) % cusim_block_dim.x];
}

static void run_neighbour(neighbour *k, int with_barrier, uint64_t seed)
{
    memset(k, 0, sizeof *k);
    k->with_barrier = with_barrier;
    cusim_seed(seed);
    assert_int_equal(launch(read_neighbour, k, 1, 200), 0);
}

static void test_barrier(void **state)
{
    static neighbour k;

    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        run_neighbour(&k, 1, seed);
        for (int i = 0; i < 200; i++)
            assert_int_equal(k.out[i], (i + 1) % 200);
    }
}

static void test_missing_barrier_shows(void **state)
{
    static neighbour first, again, other;

    (void)state;
    run_neighbour(&first, 0, 1);
    run_neighbour(&again, 0, 1);
    run_neighbour(&other, 0, 2);
    assert_memory_equal(first.out, again.out, sizeof first.out);
    assert_memory_not_equal(first.out, other.out, sizeof first.out);
}

static void predicates(void *closure)
{
    int *const bad = closure;

    for (int round = 0; round < 20; round++) {
        const int is_set = (int)me() % 5 == round % 5;
        *bad += cusim_syncthreads(is_set, CUSIM_SYNC_COUNT) != 20;
        *bad += cusim_syncthreads(is_set, CUSIM_SYNC_AND) != 0;
        *bad += cusim_syncthreads(1, CUSIM_SYNC_AND) != 1;
        *bad += cusim_syncthreads(me() == 99 && round == 3, CUSIM_SYNC_OR) != (round == 3);
    }
}

static void test_barrier_predicates(void **state)
{
    int bad = 0;

    (void)state;
    assert_int_equal(launch(predicates, &bad, 3, 100), 0);
    assert_int_equal(bad, 0);
}

static void leave_before_barrier(void *closure)
{
    int *const after = closure;

    if (me() >= 40)
        return;
    (void)cusim_syncthreads(0, CUSIM_SYNC);
    ++*after;
}

static void test_left_threads_count_as_arrived(void **state)
{
    int after = 0;

    (void)state;
    assert_int_equal(launch(leave_before_barrier, &after, 1, 64), 0);
    assert_int_equal(after, 40);
    assert_int_equal(cusim_finding_count(), 0);
    cusim_set.check = true;
    assert_int_equal(launch(leave_before_barrier, &after, 1, 64), 0);
    expect_finding("24 of the block's 64 threads left");
}

static void two_barriers(void *closure)
{
    int *const past = closure;

    if (me() < 8) {
        (void)cusim_syncthreads(0, CUSIM_SYNC);
        past[0]++;
    } else {
        (void)cusim_syncthreads(0, CUSIM_SYNC);
        past[1]--;
    }
}

static void test_different_barriers(void **state)
{
    int past[2] = { 0, 0 };

    (void)state;
    cusim_set.check = true;
    assert_int_equal(launch(two_barriers, past, 1, 32), 0);
    assert_int_equal(past[0], 8);
    expect_finding("different barriers");
}

/* Warps 0 and 1 hand numbers to warps 2 and 3 through a barrier each; nobody else waits there. */
static void named(void *closure)
{
    int *const box = closure;
    const int warp = (int)me() / 32;

    if (warp < 2) {
        box[me()] = (int)me() + 1;
        cusim_named_barrier(1 + warp, 64, 1);
    } else {
        cusim_named_barrier(warp - 1, 64, 0);
        assert_int_equal(box[me() - 64], me() - 63);
        box[me()] = 1;
    }
}

static void test_named_barriers(void **state)
{
    int box[128];

    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        cusim_seed(seed);
        memset(box, 0, sizeof box);
        assert_int_equal(launch(named, box, 1, 128), 0);
        for (int i = 64; i < 128; i++)
            assert_int_equal(box[i], 1);
    }
}

/* ---- Warps ---- */

static unsigned from_lane(cusim_exchanged e, unsigned lane)
{
    unsigned value;

    memcpy(&value, e.slots + lane * CUSIM_EXCHANGE_BYTES, sizeof value);
    return value;
}

/* Each half of a warp exchanges three times more often than the other, with masks of its own; odd
 * lanes and even lanes then meet in two groups. */
static void exchange(void *closure)
{
    int *const bad = closure;
    const unsigned lane = me() % 32;
    const unsigned half = lane < 16 ? 0xffffu : 0xffff0000u;
    const unsigned parity = lane % 2 ? 0xaaaaaaaau : 0x55555555u;

    for (unsigned round = 0; round < (lane < 16 ? 3u : 9u); round++) {
        const unsigned value = me() * 100 + round;
        const cusim_exchanged e = cusim_exchange(half, &value, sizeof value, "test");
        *bad += e.lanes != half || from_lane(e, lane ^ 5u) != (me() ^ 5u) * 100 + round;
    }
    const cusim_exchanged e = cusim_exchange(parity, &lane, sizeof lane, "test");
    *bad += e.lanes != parity || from_lane(e, lane ^ 2u) != (lane ^ 2u);
}

static void test_exchange(void **state)
{
    int bad = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        cusim_seed(seed);
        assert_int_equal(launch(exchange, &bad, 2, 96), 0);
    }
    assert_int_equal(bad, 0);
}

/* Lanes leave one after the other; a block of 40 has half a warp more. */
static void exchange_of_the_rest(void *closure)
{
    int *const bad = closure;
    const unsigned lane = me() % 32, exist = me() < 32 ? ~0u : 0xffu;

    for (unsigned round = 0; round <= lane; round++) {
        const cusim_exchanged e = cusim_exchange(~0u, &lane, sizeof lane, "test");
        *bad += e.lanes != (exist & ~0u << round);
    }
}

static void test_exchange_with_lanes_that_left(void **state)
{
    int bad = 0;

    (void)state;
    assert_int_equal(launch(exchange_of_the_rest, &bad, 1, 40), 0);
    assert_int_equal(bad, 0);
}

static void foreign_mask(void *closure)
{
    unsigned *const lanes = closure;

    lanes[me()] = cusim_exchange(0xff00u, lanes, 4, "__shfl_sync").lanes;
}

static void test_mask_without_own_lane(void **state)
{
    unsigned lanes[16];

    (void)state;
    cusim_set.check = true;
    assert_int_equal(launch(foreign_mask, lanes, 1, 16), 0);
    assert_int_equal(lanes[3], 1u << 3);
    assert_int_equal(lanes[9], 0xff00u);
    expect_finding("the mask 0x0000ff00 of __shfl_sync does not name lane");
}

static void different_operations(void *closure)
{
    (void)closure;
    if (me() < 16)
        (void)cusim_exchange(~0u, closure, 4, "__shfl_sync");
    else
        (void)cusim_exchange(~0u, closure, 4, "__ballot_sync");
}

static void test_different_operations(void **state)
{
    int value = 0;

    (void)state;
    cusim_set.check = true;
    assert_int_equal(launch(different_operations, &value, 1, 32), 0);
    expect_finding("meet at different operations");
}

static void activemask(void *closure)
{
    unsigned *const masks = closure;

    if (me() % 4 == 1)
        masks[me()] = cusim_activemask();
    else if (me() % 4 == 2)
        masks[me()] = ~cusim_activemask();
    cusim_syncwarp(~0u);
}

static void test_activemask(void **state)
{
    unsigned masks[32];

    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        cusim_seed(seed);
        memset(masks, 0, sizeof masks);
        assert_int_equal(launch(activemask, masks, 1, 32), 0);
        for (int lane = 0; lane < 32; lane++)
            assert_int_equal(masks[lane], lane % 4 == 1   ? 0x22222222u
                                          : lane % 4 == 2 ? ~0x44444444u : 0);
    }
}

/* The old way to sum within a warp: volatile accesses (announced as the compiler does them). */
static void __attribute__((noinline)) step(int *x, unsigned distance)
{
    static char places[3];

    cusim_volatile(&places[0]);
    const int other = x[me() + distance];
    cusim_volatile(&places[1]);
    const int mine = x[me()];
    cusim_volatile(&places[2]);
    x[me()] = mine + other;
}

static void volatile_sum(void *closure)
{
    for (unsigned distance = 16; distance > 0; distance /= 2)
        step(closure, distance);
}

static void test_volatile_is_lockstep(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        int x[48];
        for (int i = 0; i < 48; i++)
            x[i] = i;
        cusim_seed(seed);
        assert_int_equal(launch(volatile_sum, x, 1, 32), 0);
        assert_int_equal(x[0], 31 * 32 / 2);
    }
}

/* ---- Waiting for each other without a barrier ---- */

static int compare_and_swap(int *p, int expected, int value)
{
    const int old = *p;

    cusim_atomic(p, sizeof *p, 1);
    if (*p == expected) {
        *p = value;
        return expected;
    }
    return old == expected ? *p : old;
}

/* The lock is held over points where other threads run. */
static void spin_lock(void *closure)
{
    int *const k = closure;                     /* lock, count */

    while (compare_and_swap(&k[0], 0, 1) != 0)
        ;
    const int count = k[1];
    cusim_yield();
    k[1] = count + 1;
    cusim_atomic(&k[0], sizeof k[0], 2);
    k[0] = 0;
}

static void test_spin_lock(void **state)
{
    int k[2] = { 0, 0 };

    (void)state;
    assert_int_equal(launch(spin_lock, k, 3, 128), 0);
    assert_int_equal(k[1], 3 * 128);
}

/* One warp polls with a shuffle in the loop until another thread of the block has set the flag. */
static void poll_in_warp(void *closure)
{
    int *const flag = closure, zero = 0;

    if (me() >= 32) {
        for (int i = 0; i < 200; i++)
            cusim_yield();
        *flag = 1;
        return;
    }
    while (!*flag)
        (void)cusim_exchange(~0u, &zero, sizeof zero, "test");
}

static void test_polling_warp(void **state)
{
    (void)state;
    cusim_set.time_limit_s = 5.0;
    for (uint64_t seed = 0; seed < 4; seed++) {
        int flag = 0;
        cusim_seed(seed);
        assert_int_equal(launch(poll_in_warp, &flag, 1, 33), 0);
    }
}

/* A barrier of all blocks, made of an atomic counter as one finds it in old code: a block that only
 * spins makes room for the next one, whose shared memory must not be mixed up with its own. */
static void home_made_grid_barrier(void *closure)
{
    static cusim_shared_site tile_site = { "tile", "probe.cu", 3, 256, 4, { { 4 } }, 0, NULL };
    int *const k = closure;                     /* arrived, bad */
    int *const tile = cusim_shared(&tile_site), *const dynamic = cusim_dynamic_shared();

    for (int round = 1; round <= 3; round++) {
        tile[me()] = (int)(cusim_block_idx.x * 1000 + me()) + round;
        dynamic[me()] = -tile[me()];
        (void)cusim_syncthreads(0, CUSIM_SYNC);
        if (me() == 0) {
            k[0]++;
            while (k[0] < round * (int)cusim_grid_dim.x)
                cusim_atomic(&k[0], sizeof k[0], 0);
        }
        (void)cusim_syncthreads(0, CUSIM_SYNC);
        int *const same = cusim_shared(&tile_site);
        k[1] += same[63 - me()] != (int)(cusim_block_idx.x * 1000 + 63 - me()) + round;
        k[1] += dynamic[63 - me()] != -same[63 - me()];
        (void)cusim_syncthreads(0, CUSIM_SYNC);
    }
}

static void test_blocks_that_wait_for_later_ones(void **state)
{
    int k[2] = { 0, 0 };

    (void)state;
    cusim_set.time_limit_s = 10.0;
    assert_int_equal(launch_3d(home_made_grid_barrier, k, (cusim_dim){ 20, 1, 1 },
                               (cusim_dim){ 64, 1, 1 }, 256), 0);
    assert_int_equal(k[0], 60);
    assert_int_equal(k[1], 0);
}

/* ---- Cooperative launches ---- */

static void grid_rounds(void *closure)
{
    int *const k = closure;                     /* [round][block] counts, then bad */

    for (int round = 0; round < 4; round++) {
        k[round * 16 + (int)cusim_block_idx.x]++;
        cusim_grid_sync();
        for (int b = 0; b < 16; b++)
            k[64] += k[round * 16 + b] != 40;
    }
}

static void test_grid_sync(void **state)
{
    int k[65] = { 0 };

    (void)state;
    assert_int_equal(launch_cooperative(grid_rounds, k, 16, 40), 0);
    assert_int_equal(k[64], 0);
    assert_int_equal(launch_cooperative(grid_rounds, k, 17, 1024),
                     cudaErrorCooperativeLaunchTooLarge);
    assert_int_equal(launch(grid_rounds, k, 16, 40), cudaErrorLaunchFailure);
    expect_finding("cudaLaunchCooperativeKernel");
}

/* ---- Deadlocks ---- */

static void half_at_shuffle(void *closure)
{
    if (me() % 2)
        (void)cusim_exchange(~0u, closure, 4, "__shfl_sync");
    (void)cusim_syncthreads(0, CUSIM_SYNC);
}

static void too_few_at_named(void *closure)
{
    (void)closure;
    if (me() < 32)
        cusim_named_barrier(3, 64, 0);
}

static void test_deadlocks(void **state)
{
    int value = 0;

    (void)state;
    assert_int_equal(launch(half_at_shuffle, &value, 1, 32), cudaErrorLaunchTimeout);
    expect_finding("16 threads, the first (1,0,0), in __shfl_sync with mask 0xffffffff: lanes "
                   "0x55555555 have not come");
    (void)cudaDeviceReset();
    cusim_forget_findings();
    assert_int_equal(launch(too_few_at_named, NULL, 1, 64), cudaErrorLaunchTimeout);
    expect_finding("at barrier 3: 32 of 64 have come");
    assert_int_equal(destroyed, 2);
}

/* ---- The end of threads and kernels ---- */

static void exit_early(void *closure)
{
    int *const after = closure;

    if (me() % 3 == 0)
        cusim_thread_exit();
    (void)cusim_syncthreads(0, CUSIM_SYNC);
    ++*after;
    cusim_thread_exit();
}

static void test_thread_exit(void **state)
{
    int after = 0;

    (void)state;
    assert_int_equal(launch(exit_early, &after, 5, 300), 0);
    assert_int_equal(after, 5 * 200);
}

/* Bytes of addresses that this program has mapped. */
static size_t mapped(void)
{
    FILE *const statm = fopen("/proc/self/statm", "r");
    size_t pages = 0;

    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%zu", &pages), 1);
    fclose(statm);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Neither threads that end in the middle nor a failed launch use up stacks. */
static void test_stacks_are_used_again(void **state)
{
    int value = 0;

    (void)state;
    assert_int_equal(launch(exit_early, &value, 1, 1023), 0);
    const size_t bytes = mapped();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(launch(exit_early, &value, 2, 1023), 0);
        assert_int_equal(launch(half_at_shuffle, &value, 1, 1024), cudaErrorLaunchTimeout);
        (void)cudaDeviceReset();
    }
    assert_in_range(mapped(), 0, bytes + ((size_t)64 << 20));
}

static void trap(void *closure)
{
    (void)closure;
    (void)cusim_syncthreads(0, CUSIM_SYNC);
    if (me() == 5)
        cusim_trap();
    (void)cusim_syncthreads(0, CUSIM_SYNC);
}

static void fail_assertion(void *closure)
{
    (void)closure;
    if (me() == 5)
        cusim_assert_fail("x > 0", "some.cu", 12, "void k(int)");
}

static void test_trap_and_assert(void **state)
{
    static neighbour k;

    (void)state;
    assert_int_equal(launch(trap, NULL, 2, 64), cudaErrorLaunchFailure);
    expect_finding("__trap()");
    assert_int_equal(cudaDeviceSynchronize(), cudaErrorLaunchFailure);
    assert_int_equal(launch(visit, NULL, 1, 1), cudaErrorLaunchFailure);
    assert_int_equal(cudaGetLastError(), cudaErrorLaunchFailure);
    assert_int_equal(cudaGetLastError(), cudaErrorLaunchFailure);    /* it sticks */
    assert_int_equal(cudaDeviceReset(), cudaSuccess);
    assert_int_equal(cudaGetLastError(), cudaSuccess);
    cusim_forget_findings();
    assert_int_equal(launch(fail_assertion, NULL, 1, 32), cudaErrorAssert);
    expect_finding("some.cu:12: void k(int): block: [0,0,0], thread: [5,0,0] Assertion `x > 0` "
                   "failed.");
    (void)cudaDeviceReset();
    run_neighbour(&k, 1, 1);                    /* fibers that were left in the middle work again */
    assert_int_equal(k.out[7], 8);
}

/* What a sanitizer would stop before it happens. */
#define WRONG __attribute__((noinline, no_sanitize("address", "undefined")))

static volatile int zero, sink;
static int *volatile nowhere;

static void WRONG crash_null(void *closure)
{
    (void)closure;
    (void)cusim_syncthreads(0, CUSIM_SYNC);
    if (me() == 33)
        *nowhere = 1;
}

static void WRONG crash_division(void *closure)
{
    (void)closure;
    sink = 100 / zero;
}

static int WRONG recurse(int n)
{
    volatile char room[512];

    room[n % 512] = (char)n;
    return (zero ? n : recurse(n + 1)) + room[n % 512];
}

static void WRONG crash_stack(void *closure)
{
    (void)closure;
    sink = recurse(0);
}

static void WRONG crash_wild(void *closure)
{
    (void)closure;
    nowhere = (int *)(uintptr_t)0xfff1fff3fff5fff7u;
    sink = *nowhere;
}

static void endless(void *closure)
{
    (void)closure;
    while (!zero)
        ;
}

static void endless_barriers(void *closure)
{
    (void)closure;
    while (!zero)
        (void)cusim_syncthreads(0, CUSIM_SYNC);
}

static void expect_crash(void (*body)(void *), int error, const char *part)
{
    static neighbour k;

    nowhere = NULL;
    assert_int_equal(launch(body, NULL, 2, 64), error);
    expect_finding(part);
    assert_non_null(strstr(cusim_finding_text(0), "block (0,0,0), thread ("));
    assert_non_null(strstr(cusim_finding_text(0), "test_cusim_runtime.c:"));
    (void)cudaDeviceReset();
    cusim_forget_findings();
    run_neighbour(&k, 1, 1);
    assert_int_equal(k.out[7], 8);
}

static void test_crashes(void **state)
{
    (void)state;
    expect_crash(crash_null, cudaErrorIllegalAddress, "near the null pointer");
    expect_crash(crash_division, cudaErrorLaunchFailure, "integer division by zero");
    expect_crash(crash_stack, cudaErrorHardwareStackError, "stack overflow");
    expect_crash(crash_wild, cudaErrorIllegalAddress, "was never set");
}

static void test_time_limit(void **state)
{
    (void)state;
    cusim_set.time_limit_s = 0.1;
    expect_crash(endless, cudaErrorLaunchTimeout, "has run for 0.1 s");
    expect_crash(endless_barriers, cudaErrorLaunchTimeout, "has run for 0.1 s");
}

/* ---- Launches that CUDA refuses ---- */

static void test_refused_launches(void **state)
{
    static const struct {
        cusim_dim grid, block;
        size_t shared;
        int error;
        const char *part;
    } rows[] = {
        { { 0, 1, 1 }, { 1, 1, 1 }, 0, cudaErrorInvalidConfiguration, "(0,1,1) blocks" },
        { { 1, 65536, 1 }, { 1, 1, 1 }, 0, cudaErrorInvalidConfiguration, "(1,65536,1) blocks" },
        { { 0x80000000u, 1, 1 }, { 1, 1, 1 }, 0, cudaErrorInvalidConfiguration, "the most is" },
        { { 1, 1, 1 }, { 1, 0, 1 }, 0, cudaErrorInvalidConfiguration, "(1,0,1) threads" },
        { { 1, 1, 1 }, { 1025, 1, 1 }, 0, cudaErrorInvalidConfiguration, "(1025,1,1) threads" },
        { { 1, 1, 1 }, { 1, 1, 65 }, 0, cudaErrorInvalidConfiguration, "(1,1,65) threads" },
        { { 1, 1, 1 }, { 64, 32, 1 }, 0, cudaErrorInvalidConfiguration, "= 2048 threads" },
        { { 1, 1, 1 }, { 1, 1, 1 }, 49153, cudaErrorInvalidValue, "49153 bytes of dynamic" },
    };

    (void)state;
    cusim_set.check = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cusim_forget_findings();
        assert_int_equal(launch_3d(visit, NULL, rows[i].grid, rows[i].block, rows[i].shared),
                         rows[i].error);
        expect_finding(rows[i].part);
        assert_int_equal(cudaGetLastError(), rows[i].error);
        assert_int_equal(cudaGetLastError(), cudaSuccess);
    }
    assert_int_equal(destroyed, 8);
}

/* ---- Shared memory ---- */

static void shared_rooms(void *closure)
{
    static cusim_shared_site a = { "a", "probe.cu", 1, 100, 4, { { 4 } }, 0, NULL };
    static cusim_shared_site b = { "b", "probe.cu", 2, 256, 256, { { 4 } }, 0, NULL };
    static cusim_shared_site c = { "c", "probe.cu", 3, 4, 4, { { 4 } }, 0, NULL };
    int *const bad = closure;
    unsigned char *const pa = cusim_shared(&a), *const pb = cusim_shared(&b);
    unsigned char *const pc = cusim_shared(&c);

    *bad += pa != cusim_shared(&a) || (uintptr_t)pb % 256 != 0;
    *bad += pb < pa + 100 + 128 || pc < pb + 256 + 128;
    *bad += (unsigned char *)cusim_dynamic_shared() + 512 > pa;
    *bad += cusim_shared_at(pb + 255) != &b || cusim_shared_at(pb + 256) != NULL;
    if (me() == 0) {
        *bad += pa[99] == 0 && pb[0] == 0;      /* garbage, not zeros */
        memset(pa, 0, 100);
        memset(pb, 0, 256);
    }
}

static void much_shared(void *closure)
{
    static cusim_shared_site a = { "huge", "probe.cu", 9, 48 * 1024 + 4, 4, { { 4 } }, 0, NULL };

    (void)closure;
    (void)cusim_shared(&a);
}

static void test_shared_memory(void **state)
{
    int bad = 0;

    (void)state;
    assert_int_equal(launch_3d(shared_rooms, &bad, (cusim_dim){ 3, 1, 1 },
                               (cusim_dim){ 64, 1, 1 }, 512), 0);
    assert_int_equal(bad, 0);
    assert_int_equal(launch(much_shared, NULL, 1, 1), cudaErrorInvalidValue);
    expect_finding("shared variable huge: the block needs 49156 bytes");
    assert_int_equal(cudaGetLastError(), cudaErrorInvalidValue);
    assert_int_equal(cudaDeviceSynchronize(), cudaSuccess);          /* it does not stick */
}

/* ---- cp.async ---- */

static void copy_async(void *closure)
{
    const int *const from = closure;
    int to[8] = { 0 };

    cusim_copy_async(&to[0], &from[0], 16, 16);
    cusim_copy_async_commit();
    cusim_copy_async(&to[4], &from[4], 16, 8);
    cusim_copy_async_commit();
    assert_int_equal(to[0], 0);
    to[6] = 5;
    cusim_copy_async_wait(1);
    assert_int_equal(to[3], 4);
    assert_int_equal(to[4], 0);
    cusim_copy_async_wait(0);
    assert_int_equal(to[5], 6);
    assert_int_equal(to[6], 0);                 /* what the source lacks is zero */
}

static void test_copy_async(void **state)
{
    int from[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

    (void)state;
    assert_int_equal(launch(copy_async, from, 1, 40), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(test_indices), TEST(test_barrier), TEST(test_missing_barrier_shows),
        TEST(test_barrier_predicates), TEST(test_left_threads_count_as_arrived),
        TEST(test_different_barriers), TEST(test_named_barriers), TEST(test_exchange),
        TEST(test_exchange_with_lanes_that_left), TEST(test_mask_without_own_lane),
        TEST(test_different_operations), TEST(test_activemask), TEST(test_volatile_is_lockstep),
        TEST(test_spin_lock), TEST(test_polling_warp),
        TEST(test_blocks_that_wait_for_later_ones), TEST(test_grid_sync), TEST(test_deadlocks),
        TEST(test_thread_exit), TEST(test_stacks_are_used_again), TEST(test_trap_and_assert),
        TEST(test_crashes), TEST(test_time_limit), TEST(test_refused_launches),
        TEST(test_shared_memory), TEST(test_copy_async),
    };
    cusim_quiet(true);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
