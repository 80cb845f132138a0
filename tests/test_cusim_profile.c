/* test_cusim_profile.c: the profile's parts: requests, warps put together, instructions, occupancy,
 * names. Whole programs are in tests/scripts/cusim_profile.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "cusim/include/cusim/api.h"
#include "cusim/runtime/profile.h"

/* ---- Requests ---- */

static profile_traffic request(profile_space space, profile_op op, unsigned lanes, uint64_t start,
                               uint64_t stride, int bytes)
{
    profile_traffic t = { 0 };
    uint64_t address[CUSIM_WARP];

    for (int l = 0; l < CUSIM_WARP; l++)
        address[l] = start + stride * (unsigned)l;
    profile_count(&t, space, op, lanes, address, bytes);
    return t;
}

static void sectors_of_strided_requests(void **state)
{
    (void)state;
    static const struct {
        unsigned lanes;
        uint64_t start, stride;
        int bytes;
        unsigned sectors, ideal, distinct;
    } cases[] = {
        { ~0u, 4096, 4, 4, 4, 4, 128 },         /* coalesced */
        { ~0u, 4100, 4, 4, 5, 4, 128 },         /* begins inside a sector */
        { ~0u, 4096, 8, 4, 8, 4, 128 },
        { ~0u, 4096, 128, 4, 32, 4, 128 },
        { ~0u, 4096, 0, 4, 1, 1, 4 },           /* all the same */
        { ~0u, 4096, 16, 16, 16, 16, 512 },
        { ~0u, 4096, 8, 8, 8, 8, 256 },
        { ~0u, 4096, 1, 1, 1, 1, 32 },
        { ~0u, 4096, 2, 2, 2, 2, 64 },
        { 0x0000FFFF, 4096, 4, 4, 2, 2, 64 },
        { 0x55555555, 4096, 4, 4, 4, 2, 64 },   /* every second lane */
        { 1u << 31, 4096, 4, 4, 1, 1, 4 },
        { 1, 4126, 4, 4, 2, 1, 4 },             /* one lane across the end of a sector */
        { ~0u, 4126, 64, 4, 64, 4, 128 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const profile_traffic t = request(PROFILE_GLOBAL, PROFILE_LOAD, cases[i].lanes,
                                          cases[i].start, cases[i].stride, cases[i].bytes);
        assert_int_equal(t.requests, 1);
        assert_int_equal(t.units, cases[i].sectors);
        assert_int_equal(t.ideal_units, cases[i].ideal);
        assert_int_equal(t.distinct_bytes, cases[i].distinct);
        assert_int_equal(t.lanes, __builtin_popcount(cases[i].lanes));
        assert_int_equal(t.bytes, __builtin_popcount(cases[i].lanes) * cases[i].bytes);
    }
}

/* Against a map of bytes, for random addresses in a small range. */
static void sectors_of_random_requests(void **state)
{
    (void)state;
    enum { RANGE = 2048, SECTOR = 32 };
    uint64_t random = 12345;

    for (int round = 0; round < 3000; round++) {
        unsigned char touched[RANGE + 16] = { 0 };
        uint64_t address[CUSIM_WARP];
        const int bytes = 1 << round % 5;
        random = random * 6364136223846793005u + 1442695040888963407u;
        const unsigned lanes = (unsigned)(random >> 32) | 1u << round % 32;
        for (int l = 0; l < CUSIM_WARP; l++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            address[l] = random >> 33 & (RANGE - 1) & -(uint64_t)(1 + round % 2);
            if (lanes >> l & 1)
                memset(touched + address[l], 1, (size_t)bytes);
        }
        profile_traffic t = { 0 };
        profile_count(&t, PROFILE_GLOBAL, PROFILE_STORE, lanes, address, bytes);

        unsigned sectors = 0, distinct = 0;
        for (int s = 0; s < RANGE + 16; s += SECTOR) {
            unsigned here = 0;
            for (int b = s; b < s + SECTOR && b < RANGE + 16; b++)
                here += touched[b];
            sectors += here > 0;
            distinct += here;
        }
        assert_int_equal(t.units, sectors);
        assert_int_equal(t.distinct_bytes, distinct);
    }
}

static void passes_over_the_banks(void **state)
{
    (void)state;
    static const struct {
        unsigned lanes;
        uint64_t stride;
        int bytes;
        unsigned passes, ideal, ways;
    } cases[] = {
        { ~0u, 4, 4, 1, 1, 1 },
        { ~0u, 0, 4, 1, 1, 1 },                 /* a word for everybody */
        { ~0u, 1, 1, 1, 1, 1 },
        { ~0u, 8, 4, 2, 1, 2 },
        { ~0u, 12, 4, 1, 1, 1 },                /* odd strides reach all banks */
        { ~0u, 128, 4, 32, 1, 32 },
        { ~0u, 132, 4, 1, 1, 1 },
        { 0x000000FF, 128, 4, 8, 1, 8 },
        { ~0u, 8, 8, 2, 2, 1 },
        { ~0u, 16, 8, 4, 2, 2 },
        { 0xFFFF0000, 8, 8, 1, 1, 1 },          /* one half-warp alone */
        { ~0u, 16, 16, 4, 4, 1 },
        { ~0u, 32, 16, 8, 4, 2 },
        { ~0u, 128, 16, 32, 4, 8 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const profile_traffic t = request(PROFILE_SHARED, PROFILE_LOAD, cases[i].lanes, 1024,
                                          cases[i].stride, cases[i].bytes);
        assert_int_equal(t.units, cases[i].passes);
        assert_int_equal(t.ideal_units, cases[i].ideal);
        assert_int_equal(t.worst_units, cases[i].ways);
    }
}

static void atomics_and_constants(void **state)
{
    (void)state;
    profile_traffic t = request(PROFILE_SHARED, PROFILE_ATOMIC, ~0u, 0, 0, 4);
    assert_int_equal(t.units, 32);
    assert_int_equal(t.worst_together, 32);

    t = request(PROFILE_GLOBAL, PROFILE_ATOMIC, ~0u, 4096, 4, 4);
    assert_int_equal(t.units, 4);
    assert_int_equal(t.worst_together, 1);

    t = request(PROFILE_CONSTANT, PROFILE_LOAD, ~0u, 4096, 0, 4);
    assert_int_equal(t.units, 1);
    t = request(PROFILE_CONSTANT, PROFILE_LOAD, 0xFF, 4096, 4, 4);
    assert_int_equal(t.units, 8);
    assert_int_equal(t.ideal_units, 1);
}

/* ---- Warps put together, from what their lanes do one after another ---- */

enum { ELEMENTS = 64 };
static float *device;

#define CODE(n) ((const void *)(uintptr_t)(0x1000 + 16 * (n)))

static void enter(int block)
{
    cusim_profile_block_start(CODE(block));
}

static void load(int code, const void *p, size_t bytes)
{
    cusim_profile_access(p, bytes, false, false, CODE(code));
}

static void nothing_to_destroy(void *closure)
{
    (void)closure;
}

/* Runs body as a kernel of one block and returns its entry in the JSON file. */
static json_t *profile(void (*body)(void *), unsigned threads)
{
    static int name_number;
    static char names[16][16];
    static cusim_launch_site sites[16];
    char path[] = "/tmp/cusim_profile_XXXXXX";
    const int file = mkstemp(path);

    assert_true(file >= 0 && name_number < 16);
    close(file);
    snprintf(names[name_number], sizeof *names, "kernel_%d", name_number);
    cusim_launch_site *site = &sites[name_number];
    *site = (cusim_launch_site){ names[name_number++], NULL, "test.cu", 1 };
    const cusim_config config = { { 1, 1, 1 }, { threads, 1, 1 }, 0, NULL };

    cusim_set.profile = true;
    assert_int_equal(cusim_launch(site, &config, 0, body, NULL, nothing_to_destroy), 0);
    cusim_set.profile_json = path;
    const int table = dup(STDERR_FILENO);       /* not wanted here */
    assert_non_null(freopen("/dev/null", "w", stderr));
    cusim_profile_exit();
    fflush(stderr);
    assert_int_equal(dup2(table, STDERR_FILENO), STDERR_FILENO);
    close(table);
    cusim_set.profile_json = NULL;
    cusim_set.profile = false;

    json_error_t error;
    json_t *whole = json_load_file(path, 0, &error);
    unlink(path);
    assert_non_null(whole);
    json_t *kernels = json_object_get(whole, "kernels"), *found = NULL;
    for (size_t i = 0; i < json_array_size(kernels); i++) {
        json_t *k = json_array_get(kernels, i);
        if (strcmp(json_string_value(json_object_get(k, "name")), site->kernel) == 0)
            found = json_deep_copy(k);
    }
    json_decref(whole);
    assert_non_null(found);
    return found;
}

static long long load_of(const json_t *kernel, const char *what)
{
    const json_t *loads = json_object_get(json_object_get(kernel, "global"), "load");
    const json_t *n = json_object_get(loads, what);

    assert_true(json_is_integer(n));
    return json_integer_value(n);
}

/* Lanes go round 1, 2, 3 or 4 times, twice; behind each loop all load together. */
static void body_loops(void *closure)
{
    (void)closure;
    const int lane = (int)cusim_thread_idx.x % CUSIM_WARP;

    for (int twice = 0; twice < 2; twice++) {
        enter(1);
        for (int i = 0; i <= lane % 4; i++) {
            enter(2);
            load(3, device + lane, 4);
        }
        enter(4);
        load(5, device + lane, 4);
    }
}

static void lanes_meet_behind_a_loop(void **state)
{
    (void)state;
    json_t *k = profile(body_loops, 64);

    assert_int_equal(load_of(k, "requests"), 2 * 2 * (4 + 1));
    assert_int_equal(load_of(k, "lanes"), 2 * 2 * (8 * (1 + 2 + 3 + 4) + 32));
    assert_int_equal(json_integer_value(json_object_get(k, "divergent_branches")), 2 * 2 * 3);
    json_decref(k);
}

/* The function lies behind its callers in memory, and one side calls it from a higher address. */
static void called(int lane)
{
    cusim_profile_function(true);
    enter(20);
    load(21, device + lane, 4);
    enter(22);
    load(23, device + lane, 4);
    cusim_profile_function(false);
}

static void body_calls(void *closure)
{
    (void)closure;
    const int lane = (int)cusim_thread_idx.x;

    enter(1);
    if (lane % 2) {
        enter(2);
        called(lane);
        load(3, device + lane, 4);
    } else {
        enter(4);
        called(lane);
        load(5, device + lane, 4);
    }
    enter(6);
    load(7, device + lane, 4);
}

static void a_function_is_done_before_its_caller_goes_on(void **state)
{
    (void)state;
    json_t *k = profile(body_calls, 32);

    assert_int_equal(load_of(k, "requests"), 2 * 3 + 1);
    assert_int_equal(load_of(k, "lanes"), 3 * 32 + 32);
    json_decref(k);
}

/* More than a lane's notes hold; one lane stops early, others wait for it at barriers. */
static void body_long(void *closure)
{
    (void)closure;
    const int lane = (int)cusim_thread_idx.x % CUSIM_WARP;

    for (int part = 0; part < 3; part++) {
        for (int i = 0; i < (lane == 5 ? 100 : 5000); i++) {
            enter(1);
            load(2, device + lane, 4);
        }
        enter(3);
        cusim_syncthreads(0, CUSIM_SYNC);
    }
}

static void long_kernels_are_counted_exactly(void **state)
{
    (void)state;
    json_t *k = profile(body_long, 128);

    assert_int_equal(load_of(k, "requests"), 4 * 3 * 5000);
    assert_int_equal(load_of(k, "lanes"), 4 * 3 * (31 * 5000 + 100));
    assert_int_equal(json_integer_value(json_object_get(k, "barriers")), 3);
    json_decref(k);
}

/* Fewer lanes than in the block before are no divergence. */
static void body_blocks(void *closure)
{
    (void)closure;
    enter(1);
    enter(2);
}

static void blocks_do_not_mix(void **state)
{
    (void)state;
    json_decref(profile(body_blocks, 64));
    json_t *k = profile(body_blocks, 40);

    assert_int_equal(json_integer_value(json_object_get(k, "divergent_branches")), 0);
    assert_true(json_number_value(json_object_get(k, "average_active_lanes")) == 20);
    json_decref(k);
}

/* A structure of 40 bytes, and one of 12: moved in pieces of 4. */
static void body_structures(void *closure)
{
    (void)closure;
    cusim_profile_structure(device, 40, false, CODE(1));
    cusim_profile_structure(device, 12, false, CODE(2));
}

static void structures_are_moved_by_members(void **state)
{
    (void)state;
    json_t *k = profile(body_structures, 32);

    assert_int_equal(load_of(k, "requests"), 10 + 3);
    assert_int_equal(load_of(k, "bytes_requested"), 32 * (40 + 12));
    json_decref(k);
}

static int make_device(void **state)
{
    (void)state;
    return cudaMalloc((void **)&device, ELEMENTS * sizeof *device) != cudaSuccess;
}

static int free_device(void **state)
{
    (void)state;
    return cudaFree(device) != cudaSuccess;
}

/* ---- Instructions ---- */

static void floating_point_instructions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned flop, special;
        bool is_branch, ends_block;
    } cases[] = {
        { "addss  %xmm1,%xmm0", 1, 0, false, false },
        { "mulsd  0x8(%rax),%xmm0", 1, 0, false, false },
        { "subss  %xmm1,%xmm0", 1, 0, false, false },
        { "divss  %xmm1,%xmm0", 1, 0, false, false },
        { "sqrtsd %xmm1,%xmm0", 1, 0, false, false },
        { "vaddss %xmm1,%xmm0,%xmm0", 1, 0, false, false },
        { "mulps  %xmm1,%xmm0", 4, 0, false, false },
        { "addpd  %xmm1,%xmm0", 2, 0, false, false },
        { "vmulps %ymm1,%ymm0,%ymm2", 8, 0, false, false },
        { "vaddpd %zmm1,%zmm0,%zmm2", 8, 0, false, false },
        { "vfmadd231ss %xmm1,%xmm0,%xmm2", 2, 0, false, false },
        { "vfnmadd132sd %xmm1,%xmm0,%xmm2", 2, 0, false, false },
        { "vfmsub213ps %ymm1,%ymm0,%ymm2", 16, 0, false, false },
        { "add    $0x8,%rsp", 0, 0, false, false },
        { "sub    $0x8,%rsp", 0, 0, false, false },
        { "imul   %rax,%rbx", 0, 0, false, false },
        { "movss  %xmm0,(%rax)", 0, 0, false, false },
        { "cvtsi2ss %eax,%xmm0", 0, 0, false, false },
        { "andps  %xmm1,%xmm0", 0, 0, false, false },
        { "xorps  %xmm1,%xmm0", 0, 0, false, false },
        { "comiss %xmm1,%xmm0", 0, 0, false, false },
        { "maxss  %xmm1,%xmm0", 0, 0, false, false },
        { "call   1040 <expf@plt>", 0, 1, false, false },
        { "callq  1040 <log@plt>", 0, 1, false, false },
        { "call   1040 <erff@plt>", 0, 1, false, false },
        { "call   1040 <erf@plt>", 0, 1, false, false },
        { "jmp    1040 <sinf@plt>", 0, 1, false, false },
        { "call   1040 <fmaf@plt>", 2, 0, false, false },
        { "call   1040 <exponent(float)>", 0, 0, false, false },
        { "call   *%rax", 0, 0, false, false },
        { "call   1050 <__sanitizer_cov_trace_pc>", 0, 0, false, true },
        { "jne    1080 <kernel+0x40>", 0, 0, true, false },
        { "jmp    1080 <kernel+0x40>", 0, 0, false, false },
        { "ret", 0, 0, false, false },
        { "fadd\ts0, s1, s2", 1, 0, false, false },
        { "fmadd\td0, d1, d2, d3", 2, 0, false, false },
        { "fmul\tv0.4s, v1.4s, v2.4s", 4, 0, false, false },
        { "fmla\tv0.2d, v1.2d, v2.2d", 4, 0, false, false },
        { "fsqrt\ts0, s1", 1, 0, false, false },
        { "fmov\ts0, w1", 0, 0, false, false },
        { "fcmpe\ts0, s1", 0, 0, false, false },
        { "bl\t4010 <cosf@plt>", 0, 1, false, false },
        { "bl\t4010 <__sanitizer_cov_trace_pc>", 0, 0, false, true },
        { "b.ne\t4010 <kernel+0x40>", 0, 0, true, false },
        { "cbz\tw0, 4010 <kernel+0x40>", 0, 0, true, false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const profile_instruction in = profile_read_instruction(cases[i].text);
        if (in.flop != cases[i].flop || in.special != cases[i].special ||
            in.is_branch != cases[i].is_branch || in.ends_block != cases[i].ends_block)
            fail_msg("%s: %u FLOP, %u special, branch %d, end %d", cases[i].text, in.flop,
                     in.special, in.is_branch, in.ends_block);
    }
}

/* ---- Occupancy ---- */

/* As NVIDIA's occupancy calculator says for compute capability 8.0. */
static void occupancy_of_blocks(void **state)
{
    (void)state;
    static const struct {
        int threads;
        size_t shared_bytes;
        int registers, blocks;
        const char *limit;
    } cases[] = {
        { 256, 0, 0, 8, "threads" },
        { 256, 0, 32, 8, "threads" },
        { 256, 0, 33, 6, "registers" },         /* 40 after rounding: 12 warps in each quarter */
        { 256, 0, 40, 6, "registers" },
        { 256, 0, 64, 4, "registers" },
        { 256, 0, 128, 2, "registers" },
        { 1024, 0, 64, 1, "registers" },
        { 1024, 0, 255, 0, "registers" },
        { 32, 0, 16, 32, "blocks" },
        { 64, 0, 16, 32, "threads" },
        { 33, 0, 0, 32, "threads" },            /* two warps */
        { 1, 0, 0, 32, "blocks" },
        { 256, 48 * 1024, 0, 3, "shared memory" },
        { 256, 163 * 1024, 0, 1, "shared memory" },
        { 256, 32 * 1024, 128, 2, "registers" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cusim_occupancy o = cusim_occupancy_of(cases[i].threads, cases[i].shared_bytes,
                                                     cases[i].registers);
        if (o.blocks != cases[i].blocks || strcmp(o.limit, cases[i].limit) != 0)
            fail_msg("case %zu: %d blocks, limited by %s", i, o.blocks, o.limit);
        assert_int_equal(o.warps, o.blocks * ((cases[i].threads + 31) / 32));
    }
}

/* ---- Names of kernels ---- */

static void registers_by_name(void **state)
{
    (void)state;
    static const cusim_resources table[] = {
        { "saxpy(int, float, float const*, float*)", 10, 0 },
        { "void reduce<float, 256, true>(float const*, float*)", 20, 1024 },
        { "void reduce<float, 512, true>(float const*, float*)", 22, 2048 },
        { "a::(anonymous namespace)::hidden(float*)", 8, 0 },
        { "void scale<4u, unsigned int>(unsigned int*)", 12, 0 },
        { "void same<int>(int*)", 14, 64 },
        { "void same<long>(long*)", 14, 64 },
    };
    static const struct {
        const char *name;
        int registers;
    } cases[] = {
        { "saxpy", 10 }, { "saxpy2", 0 }, { "sax", 0 },
        { "reduce<float, 256, true>", 20 }, { "reduce<float,512,true>", 22 },
        { "reduce < float , (int)256, true >", 20 },
        { "reduce<T, SIZE, true>", 0 },         /* which one? */
        { "hidden", 8 }, { "a::hidden", 8 }, { "scale<4, unsigned int>", 12 },
        { "same<T>", 14 },                      /* all instances agree */
        { "", 0 }, { "<", 0 }, { "reduce<", 0 },
    };

    cusim_register_resources(table, sizeof table / sizeof *table);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cusim_resources *r = profile_resources_of(cases[i].name);
        if ((r ? r->registers : 0) != cases[i].registers)
            fail_msg("%s: %d registers", cases[i].name, r ? r->registers : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sectors_of_strided_requests),
        cmocka_unit_test(sectors_of_random_requests),
        cmocka_unit_test(passes_over_the_banks),
        cmocka_unit_test(atomics_and_constants),
        cmocka_unit_test(lanes_meet_behind_a_loop),
        cmocka_unit_test(a_function_is_done_before_its_caller_goes_on),
        cmocka_unit_test(long_kernels_are_counted_exactly),
        cmocka_unit_test(blocks_do_not_mix),
        cmocka_unit_test(structures_are_moved_by_members),
        cmocka_unit_test(floating_point_instructions),
        cmocka_unit_test(occupancy_of_blocks),
        cmocka_unit_test(registers_by_name),
    };
    return cmocka_run_group_tests_name("cusim_profile", tests, make_device, free_device);
}
