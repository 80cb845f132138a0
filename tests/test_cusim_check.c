/* test_cusim_check.c: checked mode: each kind of finding, its text, and right patterns that must
 * not be accused.
 *
 * Kernels are C functions here that announce their accesses themselves, as the compiler does in a
 * program built with --check. The place of an access is the return address of its announcement, so
 * this file is compiled with -fno-optimize-sibling-calls. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cusim/include/cusim.h"
#include "cusim/runtime/machine.h"

void __tsan_read1(void *p);
void __tsan_read2(void *p);
void __tsan_read4(void *p);
void __tsan_read8(void *p);
void __tsan_read16(void *p);
void __tsan_write1(void *p);
void __tsan_write2(void *p);
void __tsan_write4(void *p);
void __tsan_write16(void *p);
void __tsan_read_range(void *p, size_t bytes);
void __tsan_write_range(void *p, size_t bytes);
void __tsan_volatile_read4(void *p);
void __tsan_volatile_write4(void *p);
void *__tsan_memcpy(void *to, const void *from, size_t bytes);
void *cusim_malloc(size_t bytes);
void cusim_free(void *p);
void *cusim_memset(void *to, int value, size_t bytes);

#define TID ((int)cusim_thread_idx.x)
#define BID ((int)cusim_block_idx.x)
#define LOAD(p) (__tsan_read4((void *)(p)), *(p))
#define STORE(p, v) (__tsan_write4((void *)(p)), (void)(*(p) = (v)))
#define BARRIER() cusim_syncthreads(0, CUSIM_SYNC)
#define WARP_BARRIER() cusim_syncwarp(~0u)
/* The lanes meet, as in a shuffle: nothing in memory is in order by that. */
#define MEET() ((void)cusim_exchange(~0u, "", 1, "__shfl_sync"))

/* Wrong lines are marked, so that findings can be held against the mark. */
static int marked[4];
#define MARK(i) (marked[i] = __LINE__)

/* ---- The stage ---- */

static int *memory;                     /* of the device */
static cusim_launch_site site = { "probe<float>", NULL, __FILE__, 0 };

static void nothing(void *closure)
{
    (void)closure;
}

static int run_with(unsigned blocks, unsigned threads, size_t shared, int cooperative,
                    void (*body)(void *))
{
    const cusim_config config = { { blocks, 1, 1 }, { threads, 1, 1 }, shared, NULL };
    return cusim_launch(&site, &config, cooperative, body, NULL, nothing);
}

static int run(unsigned blocks, unsigned threads, void (*body)(void *))
{
    return run_with(blocks, threads, 0, 0, body);
}

static int *device_memory(size_t bytes, bool fill)
{
    void *p;
    assert_int_equal(cusim_allocate(&p, bytes, CUSIM_MEMORY_DEVICE, __builtin_return_address(0)),
                     cudaSuccess);
    if (fill) {
        memset(p, 0, bytes);
        cusim_check_host_wrote(p, bytes);
    }
    return p;
}

static int setup(void **state)
{
    (void)state;
    cusim_forget_findings();
    memory = device_memory(4096, true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cusim_release(memory, NULL);
    cusim_errors_reset();
    cusim_forget_findings();
    return 0;
}

/* Exactly one finding, whose text holds all of these (up to NULL) and the first marked line. */
static void expect_one(const char *first, ...)
{
    if (cusim_finding_count() != 1)
        fail_msg("%zu findings, expected one; the first: %s", cusim_finding_count(),
                 cusim_finding_count() ? cusim_finding_text(0) : "none");
    const char *text = cusim_finding_text(0);
    char place[64];
    va_list arguments;
    snprintf(place, sizeof place, "test_cusim_check.c:%d", marked[0]);
    if (!strstr(text, place))
        fail_msg("'%s' does not name %s", text, place);
    va_start(arguments, first);
    for (const char *part = first; part; part = va_arg(arguments, const char *)) {
        if (!strstr(text, part))
            fail_msg("'%s' does not say '%s'", text, part);
    }
    va_end(arguments);
}

static void expect_none(void)
{
    if (cusim_finding_count() != 0)
        fail_msg("accused: %s", cusim_finding_text(0));
}

static cusim_shared_site tile_site = { "tile", __FILE__, 1, 256 * sizeof(int), 4,
                                       { { 4, 4, 4 } }, 0, NULL };
#define TILE ((int *)cusim_shared(&tile_site))

/* ---- Memory that may not be touched, or holds nothing ---- */

static void past_the_end(void *closure)
{
    (void)closure;
    if (TID == 3)
        MARK(0), STORE(memory + 1024 + 2, 1);
}

static inline __attribute__((always_inline)) void store_inlined(int *p)
{
    MARK(0), STORE(p, 1);
}

static void past_the_end_inlined(void *closure)
{
    (void)closure;
    store_inlined(memory + 1024);
}

static void test_out_of_bounds(void **state)
{
    (void)state;
    run(1, 32, past_the_end);
    expect_one("out-of-bounds: write of 4 bytes 8 bytes past the end of the 4096-byte allocation",
               "kernel probe<float>, block (0,0,0), thread (3,0,0)", NULL);
    cusim_forget_findings();
    run(1, 1, past_the_end_inlined);
    expect_one("out-of-bounds: write of 4 bytes just past the end", NULL);
}

static void before_the_start(void *closure)
{
    (void)closure;
    MARK(0), (void)LOAD(memory - 1);
}

static void test_before(void **state)
{
    (void)state;
    device_memory(64, false);
    run(1, 1, before_the_start);
    expect_one("out-of-bounds: read of 4 bytes 4 bytes before the 4096-byte allocation", NULL);
}

static void over_the_end(void *closure)
{
    (void)closure;
    MARK(0), __tsan_read_range((char *)memory + 4090, 12);
}

static void test_over_the_end(void **state)
{
    (void)state;
    run(1, 1, over_the_end);
    expect_one("out-of-bounds: read of 12 bytes over the end of the 4096-byte allocation", NULL);
}

static void wild_index(void *closure)
{
    (void)closure;
    MARK(0), STORE(memory - ((ptrdiff_t)1 << 33), 1);
}

static void test_wild_index(void **state)
{
    (void)state;
    assert_int_equal(run(1, 1, wild_index), cudaErrorIllegalAddress);
    expect_one("out-of-bounds: write of 4 bytes at 0x", "where there is no memory: 343597",
               " bytes before the start of the ", NULL);
}

static void shared_end(void *closure)
{
    (void)closure;
    MARK(0), STORE(TILE + 256, 1);
}

static void test_shared_bounds(void **state)
{
    (void)state;
    run(2, 1, shared_end);
    expect_one("out-of-bounds: write of 4 bytes just past the end of the shared variable `tile` of "
               "1024 bytes", NULL);
}

static void dynamic_end(void *closure)
{
    int *p = cusim_dynamic_shared();
    (void)closure;
    STORE(p + TID, 1);
    if (TID == 0)
        MARK(0), STORE(p + 33, 1);
}

static void test_dynamic_bounds(void **state)
{
    (void)state;
    run_with(1, 32, 128, 0, dynamic_end);
    expect_one("out-of-bounds: write of 4 bytes 4 bytes past the end of the 128 bytes of dynamic "
               "shared memory", NULL);
    cusim_forget_findings();
    run_with(1, 1, 0, 0, dynamic_end);
    assert_int_equal(cusim_finding_count(), 2);
    assert_non_null(strstr(cusim_finding_text(0), "of which this launch has none"));
}

static int *stale;

static void use_stale(void *closure)
{
    (void)closure;
    MARK(0), (void)LOAD(stale + 4);
}

static void test_use_after_free(void **state)
{
    (void)state;
    stale = device_memory(256, true);
    cusim_release(stale, NULL);
    run(1, 1, use_stale);
    expect_one("use-after-free: read of 4 bytes after cudaFree: byte 16 of the 256-byte allocation",
               NULL);
}

static void misaligned(void *closure)
{
    (void)closure;
    MARK(0), __tsan_read16((char *)memory + 4);
}

static void half_aligned(void *closure)
{
    (void)closure;
    __tsan_read16((char *)memory + 8);          /* two doubles */
}

static void test_misaligned(void **state)
{
    (void)state;
    run(1, 1, half_aligned);
    expect_none();
    assert_int_equal(run(1, 1, misaligned), cudaErrorMisalignedAddress);
    expect_one("misaligned: read of 16 bytes at an address that is no multiple of 16: byte 4 of "
               "the 4096-byte allocation", NULL);
}

static int *garbage;

static void read_garbage(void *closure)
{
    (void)closure;
    STORE(garbage, 1);
    (void)LOAD(garbage);
    MARK(0), (void)LOAD(garbage + 1);
}

static void read_shared_garbage(void *closure)
{
    int *tile = TILE;
    (void)closure;
    if (TID != 5)
        STORE(tile + TID, TID);
    BARRIER();
    MARK(0), (void)LOAD(tile + TID);
}

/* A struct of a char and an int is copied with the three bytes between. */
static void read_padding(void *closure)
{
    (void)closure;
    __tsan_write1(garbage);
    __tsan_write4(garbage + 1);
    __tsan_read8(garbage);
}

static void test_uninitialised(void **state)
{
    (void)state;
    garbage = device_memory(64, false);
    run(1, 1, read_padding);
    expect_none();
    cusim_release(garbage, NULL);
    garbage = device_memory(64, false);
    run(1, 1, read_garbage);
    expect_one("uninitialised: read of 4 bytes that nothing has written: byte 4 of the 64-byte "
               "allocation", NULL);
    cusim_forget_findings();
    run(2, 32, read_shared_garbage);
    expect_one("uninitialised: read of 4 bytes that nothing has written: `tile[5]` in shared "
               "memory", "thread (5,0,0)", NULL);
    cusim_release(garbage, NULL);
}

static void test_copy_of_garbage(void **state)
{
    (void)state;
    garbage = device_memory(64, false);
    MARK(0), cusim_check_host_reads(garbage, 64, (const char *)__builtin_return_address(0));
    assert_int_equal(cusim_finding_count(), 1);
    assert_non_null(strstr(cusim_finding_text(0), "64 bytes are copied that nothing has written"));
    cusim_forget_findings();
    cusim_check_host_wrote(garbage + 3, 4);
    cusim_check_host_reads(garbage, 64, (const char *)__builtin_return_address(0));
    expect_none();
    cusim_release(garbage, NULL);
}

/* ---- Memory of the other side ---- */

static int *host_heap;
static int host_variable[4];
static const int host_table[4] = { 1, 2, 3, 4 };
static const char *const host_names[2] = { "a", "b" };

static void use_heap(void *closure)
{
    (void)closure;
    MARK(0), STORE(host_heap + TID, 1);
}

static void use_variable(void *closure)
{
    (void)closure;
    MARK(0), (void)LOAD(host_variable + 1);
}

static void use_stack(void *closure)
{
    (void)closure;
    MARK(0), (void)LOAD(host_heap);
}

/* Constants, and variables of the thread itself. */
static void use_own(void *closure)
{
    volatile int mine[4] = { 0 };
    (void)closure;
    __tsan_write4((void *)&mine[1]);
    (void)LOAD(&host_table[TID % 4]);
    __tsan_read8((void *)&host_names[1]);
}

static void test_host_memory(void **state)
{
    int on_stack = 0;
    (void)state;
    run(1, 32, use_own);
    expect_none();
    host_heap = malloc(4096);
    run(1, 32, use_heap);
    expect_one("host-memory: write of 4 bytes in memory of the host (its heap), which a kernel "
               "cannot reach", NULL);
    cusim_forget_findings();
    run(1, 1, use_variable);
    expect_one("in memory of the host (the variable `host_variable`)", NULL);
    cusim_forget_findings();
    free(host_heap);
    host_heap = &on_stack;
    run(1, 1, use_stack);
    expect_one("in memory of the host (its stack)", NULL);
}

static void use_own_heap(void *closure)
{
    int *mine = cusim_malloc(16);
    (void)closure;
    cusim_memset(mine, 0, 8);
    (void)LOAD(mine + 1);
    if (TID == 5)
        MARK(0), STORE(mine + 4, 1);
    cusim_free(mine);
}

static void test_device_heap(void **state)
{
    (void)state;
    run(1, 32, use_own_heap);
    expect_one("out-of-bounds: write of 4 bytes just past the end of the 16-byte allocation",
               "thread (5,0,0)", NULL);
    cusim_forget_findings();
    MARK(0), cusim_free(memory);
    expect_one("host-memory: ", "is memory of the device, and not to be freed by free()", NULL);
    int *const own = cusim_malloc(16);
    cusim_free(own);
}

static void test_host_touches_device(void **state)
{
    (void)state;
    MARK(0), (void)LOAD(memory + 2);
    expect_one("host-memory: the host reads 4 bytes in device memory, which it cannot reach: byte "
               "8 of the 4096-byte allocation", "host code", NULL);
    void *managed;
    cusim_forget_findings();
    assert_int_equal(cusim_allocate(&managed, 64, CUSIM_MEMORY_MANAGED, NULL), cudaSuccess);
    STORE((int *)managed, 1);
    expect_none();
    cusim_release(managed, NULL);
}

static int factors[4], total[2];
static cusim_variable factors_entry = { "factors", factors, sizeof factors, CUSIM_CONSTANT,
                                        __FILE__, 1, NULL };
static cusim_variable total_entry = { "total", total, sizeof total, CUSIM_DEVICE, __FILE__, 1,
                                      NULL };

static void use_constants(void *closure)
{
    (void)closure;
    if (TID == 0)
        STORE(&total[0], LOAD(&factors[2]));
}

static void write_constant(void *closure)
{
    (void)closure;
    MARK(0), STORE(&factors[2], 1);
}

static void race_on_variable(void *closure)
{
    (void)closure;
    MARK(0), STORE(&total[1], TID);
}

static void test_variables(void **state)
{
    (void)state;
    run(1, 32, use_constants);
    expect_none();
    run(1, 1, write_constant);
    expect_one("constant-write: write of 4 bytes in __constant__ memory, which kernels only read: "
               "byte 8 of the variable `factors`", NULL);
    cusim_forget_findings();
    run(1, 2, race_on_variable);
    expect_one("race: write of 4 bytes to byte 4 of the variable `total` by thread", NULL);
    cusim_forget_findings();
    MARK(0), (void)LOAD(&total[0]);
    expect_one("host-memory: the host reads 4 bytes in device memory", NULL);
}

/* ---- Races ---- */

static void fill_tile(void)
{
    for (int i = TID; i < 256; i += (int)cusim_block_dim.x)
        STORE(TILE + i, 0);
    BARRIER();
}

static void missing_barrier(void *closure)
{
    int *tile = TILE;
    (void)closure;
    fill_tile();
    MARK(0), STORE(tile + TID, TID);
    MARK(1), (void)LOAD(tile + (TID ^ 33));
}

/* What is read too early is garbage here, but the race is what to tell. */
static void missing_first_barrier(void *closure)
{
    int *tile = TILE;
    (void)closure;
    MARK(0), STORE(tile + TID, TID);
    MARK(1), (void)LOAD(tile + (TID ^ 33));
    if (TID == 7)
        (void)LOAD(tile + 8);
}

static cusim_shared_site matrix_site = { "matrix", __FILE__, 1, 4 * 3 * 8, 4, { { 24, 8, 4 } }, 0,
                                         NULL };

static void matrix_race(void *closure)
{
    int *matrix = cusim_shared(&matrix_site);
    (void)closure;
    MARK(0), STORE(matrix + 6 * 2 + 2 * 1 + 1, TID);
}

/* Halves of a block that meet at barriers of their own. */
static void named_barrier(void *closure)
{
    int *tile = TILE + 64 * (TID / 64);
    (void)closure;
    STORE(tile + TID % 64, TID);
    cusim_named_barrier(1 + TID / 64, 64, 0);
    (void)LOAD(tile + (TID ^ 33) % 64);
}

static void with_barrier(void *closure)
{
    int *tile = TILE;
    (void)closure;
    for (int i = 0; i < 3; i++) {
        STORE(tile + TID, TID);
        BARRIER();
        (void)LOAD(tile + (TID ^ 33));
        BARRIER();
    }
}

static void missing_second_barrier(void *closure)
{
    int *tile = TILE;
    (void)closure;
    for (int i = 0; i < 3; i++) {
        MARK(0), STORE(tile + TID, TID);
        BARRIER();
        MARK(1), (void)LOAD(tile + (TID ^ 33));
    }
}

static void expect_race(const char *what)
{
    char other[64];
    snprintf(other, sizeof other, "test_cusim_check.c:%d", marked[1]);
    expect_one("race: ", "`tile[", "]` in shared memory by thread ", what,
               "\n  the other access: ", other, NULL);
}

static void test_race_in_block(void **state)
{
    (void)state;
    run(2, 64, with_barrier);
    run(1, 128, named_barrier);
    expect_none();
    run(1, 64, missing_barrier);
    expect_race("with no __syncthreads between");
    cusim_forget_findings();
    run(1, 64, missing_first_barrier);
    assert_null(cusim_finding_text(2));
    for (size_t i = 0; i < cusim_finding_count(); i++)
        assert_non_null(strstr(cusim_finding_text(i), "race: "));
    cusim_forget_findings();
    run(1, 2, matrix_race);
    expect_one("`matrix[2][1][1]` in shared memory", NULL);
    cusim_forget_findings();
    run(1, 64, missing_second_barrier);
    expect_race("with no __syncthreads between");
}

static void two_buffers(void *closure)
{
    int *tile = TILE;
    (void)closure;
    for (int i = 0; i < 4; i++) {
        int *buffer = tile + 128 * (i % 2);
        STORE(buffer + TID, i);
        BARRIER();
        (void)LOAD(buffer + (TID + 1) % 64);
    }
}

static void warp_reduction(void *closure)
{
    int *tile = TILE;
    (void)closure;
    fill_tile();
    STORE(tile + TID, TID);
    WARP_BARRIER();
    for (int step = 16; step > 0; step /= 2) {
        const int other = LOAD(tile + TID % 32 + step);
        WARP_BARRIER();
        STORE(tile + TID % 32, LOAD(tile + TID % 32) + other);
        WARP_BARRIER();
    }
}

static void warp_reduction_without(void *closure)
{
    int *tile = TILE;
    (void)closure;
    fill_tile();
    for (int step = 16; step > 0; step /= 2) {
        const int other = LOAD(tile + TID + step);
        STORE(tile + TID, LOAD(tile + TID) + other);
    }
}

/* From the days of lockstep, which cusim grants to volatile memory. */
static void warp_reduction_volatile(void *closure)
{
    int *tile = TILE;
    (void)closure;
    fill_tile();
    for (int step = 16; step > 0; step /= 2) {
        __tsan_volatile_read4(tile + TID + step);
        const int other = *(volatile int *)(tile + TID + step);
        __tsan_volatile_read4(tile + TID);
        const int own = *(volatile int *)(tile + TID);
        __tsan_volatile_write4(tile + TID);
        *(volatile int *)(tile + TID) = own + other;
    }
}

/* Groups of 8 lanes, each with barriers of its own: each sees only itself. */
static void tiles_of_eight(void *closure)
{
    int *tile = TILE;
    const unsigned mask = 0xffu << TID / 8 * 8;
    (void)closure;
    for (int i = 0; i < 3; i++) {
        STORE(tile + TID, i);
        cusim_syncwarp(mask);
        (void)LOAD(tile + (TID ^ 7));
        cusim_syncwarp(mask);
    }
}

static void tiles_that_mix(void *closure)
{
    int *tile = TILE;
    (void)closure;
    fill_tile();
    MARK(1), STORE(tile + TID, TID);
    cusim_syncwarp(0xffu << TID / 8 * 8);
    MEET();
    MARK(0), (void)LOAD(tile + (TID ^ 8));
}

/* The thread that wrote a word reads it first and writes it last; between, another reads it. */
static void read_between(void *closure)
{
    int *tile = TILE;
    (void)closure;
    fill_tile();
    STORE(tile + TID, TID);
    BARRIER();
    (void)LOAD(tile + TID);
    MEET();
    MARK(1), (void)LOAD(tile + (TID + 1) % 32);
    MEET();
    MARK(0), STORE(tile + TID, TID);
}

static void test_race_in_warp(void **state)
{
    (void)state;
    run(1, 64, two_buffers);
    run(1, 32, warp_reduction);
    run(1, 32, tiles_of_eight);
    run(1, 32, warp_reduction_volatile);
    expect_none();
    run(1, 32, warp_reduction_without);
    assert_true(cusim_finding_count() >= 1);
    assert_non_null(strstr(cusim_finding_text(0), "with no __syncthreads or __syncwarp between"));
    cusim_forget_findings();
    run(1, 32, tiles_that_mix);
    expect_race("with no __syncthreads or __syncwarp between");
    cusim_forget_findings();
    run(1, 32, read_between);
    expect_race("with no __syncthreads or __syncwarp between");
}

static void blocks_collide(void *closure)
{
    (void)closure;
    MARK(0), STORE(memory + TID, BID);
}

static void blocks_apart(void *closure)
{
    (void)closure;
    STORE(memory + 32 * BID + TID, LOAD(memory + 512 + TID));
}

static void test_race_between_blocks(void **state)
{
    (void)state;
    run(4, 32, blocks_apart);
    run(4, 32, blocks_apart);           /* the same again: launches are in order */
    expect_none();
    run(4, 32, blocks_collide);
    expect_one("race: write of 4 bytes to byte ", "of block (1,0,0) and write by thread (",
               "of block (0,0,0); blocks of one launch run in no order", NULL);
}

static void bytes_apart(void *closure)
{
    char *bytes = (char *)TILE;
    (void)closure;
    __tsan_write1(bytes + TID), bytes[TID] = (char)TID;
    __tsan_read1(bytes + TID);
    __tsan_write2(bytes + 512 + 2 * TID);
    BARRIER();
    (void)LOAD((int *)bytes + TID / 4);
}

static void bytes_together(void *closure)
{
    char *bytes = (char *)TILE;
    (void)closure;
    MARK(1), __tsan_write1(bytes + TID), bytes[TID] = (char)TID;
    MARK(0), (void)LOAD((int *)bytes + TID / 4);
}

static void test_bytes(void **state)
{
    (void)state;
    run(1, 64, bytes_apart);
    expect_none();
    run(1, 4, bytes_together);
    assert_true(cusim_finding_count() >= 1);
    assert_non_null(strstr(cusim_finding_text(0), "race: "));
}

static void same_value(void *closure)
{
    (void)closure;
    STORE(memory, 7);
}

static void same_value_copied(void *closure)
{
    (void)closure;
    __tsan_write16(memory);             /* *a = *b: the compiler announces the store first */
    __tsan_read16(memory + 512);
    memcpy(memory, memory + 512, 16);
}

static void other_value_copied(void *closure)
{
    (void)closure;
    MARK(0), __tsan_write16(memory);
    __tsan_read16(memory + 512 + 4 * TID);
    memcpy(memory, memory + 512 + 4 * TID, 16);
}

static void test_same_value(void **state)
{
    (void)state;
    run(3, 32, same_value);
    run(1, 32, same_value_copied);
    expect_none();
    for (int i = 0; i < 64; i++)
        memory[512 + i] = i;
    run(1, 4, other_value_copied);
    expect_one("race: write of 16 bytes", NULL);
}

/* ---- Atomics, fences, flags ---- */

static int add(int *p, int value)
{
    cusim_atomic(p, sizeof *p, 1);
    return (*p += value) - value;
}

static int swap_if(int *p, int expected, int value)
{
    cusim_atomic(p, sizeof *p, 1);
    const int old = *p;
    if (old == expected)
        *p = value;
    return old;
}

static void exchange(int *p, int value)
{
    cusim_atomic(p, sizeof *p, 2);
    *p = value;
}

static void histogram(void *closure)
{
    int *tile = TILE;
    (void)closure;
    STORE(tile + TID, 0);
    BARRIER();
    add(tile + TID % 7, 1);
    BARRIER();
    add(memory + TID, LOAD(tile + TID));
}

static void atomic_and_plain(void *closure)
{
    (void)closure;
    MARK(0), add(memory, 1);
    if (TID == 40)
        MARK(1), (void)LOAD(memory);
    for (int i = 0; i < 20; i++)
        (void)LOAD(memory + 64 + TID);
}

static void atomic_then_plain(void *closure)
{
    (void)closure;
    if (BID == 0)
        add(memory, 1);
    else
        MARK(0), (void)LOAD(memory);
}

/* Ends early where it need not write: most threads only read. */
static void loop_that_ends_early(void *closure)
{
    int old = LOAD(memory), assumed;
    (void)closure;
    do {
        assumed = old;
        if (assumed >= TID)
            break;
        old = swap_if(memory, assumed, TID);
    } while (old != assumed);
}

/* What courses show for atomics that the hardware lacks. */
static void loop_with_compare(void *closure)
{
    int old = LOAD(memory), assumed;
    (void)closure;
    do {
        assumed = old;
        old = swap_if(memory, assumed, assumed + TID);
    } while (old != assumed);
}

static void test_atomics(void **state)
{
    (void)state;
    run(4, 64, histogram);
    run(4, 64, loop_with_compare);
    run(4, 64, loop_that_ends_early);
    expect_none();
    run(2, 1, atomic_then_plain);
    expect_one("race: read of 4 bytes of byte 0", NULL);
    cusim_forget_findings();
    run(1, 64, atomic_and_plain);
    assert_int_equal(cusim_finding_count(), 1);
    assert_non_null(strstr(cusim_finding_text(0), "race: "));
    assert_non_null(strstr(cusim_finding_text(0), "read"));
}

/* The last block to come adds up what all have written. */
static void last_block(void *closure)
{
    int *last = TILE;
    const bool fences = closure == NULL;
    STORE(memory + 64 + BID * 32 + TID, BID);
    if (fences)
        cusim_fence(1);
    BARRIER();
    if (TID == 0)
        STORE(last, add(memory, 1) == (int)cusim_grid_dim.x - 1);
    BARRIER();
    if (LOAD(last))
        for (int b = 0; b < (int)cusim_grid_dim.x; b++)
            MARK(0), (void)LOAD(memory + 64 + b * 32 + TID);
}

static void last_block_unfenced(void *closure)
{
    (void)closure;
    last_block(&marked);
}

/* Each thread takes the lock in turn. A lane that waits must let the others run. */
static void locked(bool fences)
{
    while (swap_if(memory, 0, 1) != 0)
        continue;
    if (fences)
        cusim_fence(1);
    STORE(memory + 1, LOAD(memory + 1) + 1);
    if (fences)
        cusim_fence(1);
    exchange(memory, 0);
}

static void locked_with_fences(void *closure)
{
    (void)closure;
    locked(true);
}

static void locked_without_fences(void *closure)
{
    (void)closure;
    locked(false);
}

/* A lock that is taken, but not given back before the other goes on. */
static void not_locked(void *closure)
{
    (void)closure;
    add(memory, 1);
    MARK(0), STORE(memory + 1, memory[1] + 1);
}

static void message_by_flag(void *closure)
{
    (void)closure;
    if (TID == 0) {
        STORE(memory + 1, 42);
        cusim_fence(1);
        __tsan_volatile_write4(memory), *(volatile int *)memory = 1;
    } else if (TID == 40) {
        do
            __tsan_volatile_read4(memory);
        while (*(volatile int *)memory == 0);
        cusim_fence(1);
        assert_int_equal(LOAD(memory + 1), 42);
    }
}

/* The flag is raised before the message is there. */
static void message_too_late(void *closure)
{
    (void)closure;
    if (TID == 0) {
        cusim_fence(1);
        add(memory, 1);
        STORE(memory + 1, 42);
    }
    MEET();
    if (TID == 1) {
        add(memory, 1);
        MARK(0), (void)LOAD(memory + 1);
    }
}

/* The flag is looked at before the message is released, though it was used before. */
static void message_not_awaited(void *closure)
{
    (void)closure;
    for (int i = 0; i < 2; i++) {
        if (TID == 0) {
            STORE(memory + 1 + i, 42);
            cusim_fence(1);
            add(memory, 1);
        }
        MEET();
        if (TID == 1 && i == 0)
            add(memory, 1);
        if (TID == 1)
            MARK(0), (void)LOAD(memory + 1 + i);
        MEET();
    }
}

static void test_order_by_atomics(void **state)
{
    (void)state;
    run(8, 32, last_block);
    expect_none();
    memset(memory, 0, 4096);
    run(4, 32, locked_with_fences);
    assert_int_equal(memory[1], 128);
    run(4, 32, locked_without_fences);
    assert_int_equal(memory[1], 256);
    expect_none();
    memset(memory, 0, 4096);
    run(1, 64, message_by_flag);
    expect_none();

    memset(memory, 0, 4096);
    run(8, 32, last_block_unfenced);
    expect_one("blocks of one launch run in no order", NULL);
    cusim_forget_findings();
    run(1, 32, not_locked);
    expect_one("race: write of 4 bytes to byte 4", NULL);
    cusim_forget_findings();
    run(1, 32, message_too_late);
    expect_one("race: read of 4 bytes of byte 4 ", NULL);
    cusim_forget_findings();
    run(1, 32, message_not_awaited);
    expect_one("race: read of 4 bytes of byte 8 ", NULL);
}

static void grid_steps(void *closure)
{
    int *tile = TILE;
    (void)closure;
    STORE(tile + TID, BID);
    for (int i = 0; i < 3; i++) {
        STORE(memory + 32 * BID + TID, i);
        cusim_grid_sync();
        (void)LOAD(memory + 32 * ((BID + 1) % 4) + TID);
        cusim_grid_sync();
    }
    assert_int_equal(LOAD(tile + TID), BID);
}

static void grid_step_missing(void *closure)
{
    (void)closure;
    MARK(0), STORE(memory + 32 * BID + TID, BID + 1);
    if (BID == 0)
        BARRIER();
    cusim_grid_sync();
    if (BID == 2 && TID == 0)
        STORE(TILE, 1);
    MARK(1), (void)LOAD(memory + 32 * ((BID + 1) % 4) + TID);
    MARK(0), STORE(memory + 32 * BID + TID, BID);
}

static void test_grid(void **state)
{
    (void)state;
    run_with(4, 32, 0, 1, grid_steps);
    expect_none();
    run_with(4, 32, 0, 1, grid_step_missing);
    expect_one("blocks of one launch run in no order", NULL);
}

/* ---- Telling ---- */

static void many(void *closure)
{
    (void)closure;
    MARK(0), STORE(memory + 1024 + TID, 1);
}

/* What a program that ends with findings leaves behind: a summary, a file, the code. */
static void leave_with_findings(const char *report, const char *errors)
{
    if (!freopen(errors, "w", stderr))
        _exit(99);
    cusim_quiet(false);
    cusim_set.report = report;
    run(2, 64, many);
    run(1, 64, missing_barrier);
    run(1, 2, same_value);
    MARK(0), cusim_find_at(CUSIM_BAD_COPY, "dir/\"odd\"\x01\xff.cu", 7, "a \\ message");
    exit(0);
}

static char *read_all(const char *path)
{
    static char text[1 << 16];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static void expect_text(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not hold '%s'", text, part);
}

static void test_report(void **state)
{
    char folder[] = "/tmp/cusim-check-XXXXXX", report[64], errors[64];
    int status;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(report, sizeof report, "%s/report", folder);
    snprintf(errors, sizeof errors, "%s/errors", folder);
    const pid_t child = fork();
    if (child == 0)
        leave_with_findings(report, errors);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);

    const char *text = read_all(errors);
    expect_text(text, "cusim: out-of-bounds: write of 4 bytes ");
    expect_text(text, "cusim: out-of-bounds at tests/test_cusim_check.c:");
    expect_text(text, ": and 127 more of the same\n");
    expect_text(text, "cusim: leak: ");
    expect_text(text, "cusim: bad-copy: a \\ message\n");
    expect_text(text, "cusim: note: race: thread (");
    expect_text(text, "write the same value of 4 bytes to byte 0 of the 4096-byte allocation");
    text = read_all(report);
    expect_text(text, "{\"kind\":\"out-of-bounds\",\"message\":\"write of 4 bytes");
    expect_text(text, "\"kernel\":\"probe<float>\","
                      "\"file\":\"tests/test_cusim_check.c\",\"line\":");
    expect_text(text, "\"other_file\":null,\"other_line\":null,\"block\":[0,0,0],\"thread\":[");
    expect_text(text, "\"other_block\":null,\"other_thread\":null,\"count\":128}\n");
    expect_text(text, "\"other_block\":[0,0,0],\"other_thread\":[");
    expect_text(text, "\"message\":\"a \\\\ message\",\"kernel\":null,"
                      "\"file\":\"dir/\\\"odd\\\"\\u0001\\ufffd.cu\",\"line\":7,");
    unlink(report);
    unlink(errors);
    rmdir(folder);
}

static int start(void **state)
{
    (void)state;
    cusim_set.check = true;
    cusim_quiet(true);
    cusim_register_variable(&factors_entry);
    cusim_register_variable(&total_entry);
    return 0;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_out_of_bounds), TEST(test_before), TEST(test_over_the_end), TEST(test_wild_index),
        TEST(test_shared_bounds), TEST(test_dynamic_bounds), TEST(test_use_after_free),
        TEST(test_misaligned), TEST(test_uninitialised), TEST(test_copy_of_garbage),
        TEST(test_host_memory), TEST(test_device_heap), TEST(test_host_touches_device),
        TEST(test_variables),
        TEST(test_race_in_block), TEST(test_race_in_warp), TEST(test_race_between_blocks),
        TEST(test_bytes), TEST(test_same_value), TEST(test_atomics), TEST(test_order_by_atomics),
        TEST(test_grid), TEST(test_report),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
