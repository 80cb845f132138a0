/* test_cusim_wall.c: where a program that is not trusted may write, and where not.
 *
 * Each case is a child of its own that puts the wall up and then announces a store, as the compiler
 * does in a program built with --check, or calls what stores. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cusim/include/cusim.h"
#include "cusim/runtime/machine.h"

void __tsan_write4(void *p);
void __tsan_func_entry(void *caller);
unsigned __tsan_atomic32_fetch_add(volatile unsigned *p, unsigned value, int order);
int __tsan_atomic32_compare_exchange_strong(volatile unsigned *p, unsigned *expected,
                                            unsigned value, int order, int failure);
void *cusim_malloc(size_t bytes);
void *cusim_calloc(size_t count, size_t bytes);
void *cusim_realloc(void *p, size_t bytes);
void *cusim_aligned_alloc(size_t alignment, size_t bytes);
void cusim_free(void *p);
void *cusim_memcpy(void *to, const void *from, size_t bytes);
void *cusim_memset(void *to, int value, size_t bytes);
char *cusim_strcpy(char *to, const char *from);
void cusim_qsort(void *p, size_t count, size_t bytes, int (*compare)(const void *, const void *));
void cusim_sincosf(float x, float *sine, float *cosine);
float cusim_frexpf(float x, int *exponent);
int cusim_printf(const char *format, ...);
int cusim_snprintf(char *to, size_t bytes, const char *format, ...);
int cusim_fputs(const char *text, FILE *to);

static void *settings = &cusim_set;
static char *libcs;                     /* memory of the C library's */
static char *volatile stack_of_caller;
static float *device;

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static bool may_call(const void *function)
{
    return function == (const void *)by_value;
}

/* What `body` ends with behind the wall: 0 if it comes back. */
__attribute__((noinline)) static int ends_with(void (*body)(void))
{
    int status;
    const pid_t child = fork();

    if (child == 0) {
        char above[256] = "";           /* of those who put it up */
        stack_of_caller = above;
        fclose(stderr);
        cusim_wall_up(__builtin_alloca(16), may_call);
        body();
        _exit(above[0]);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define ALLOWED(body) assert_int_equal(ends_with(body), 0)
#define REFUSED(body) assert_int_equal(ends_with(body), CUSIM_WALL_CODE)

static void need(bool good)
{
    if (!good)
        _exit(1);
}

/* ---- Stores ---- */

static void store_to_stack(void)
{
    int mine[4];
    __tsan_write4(mine + 3);
}

static void store_to_device(void)
{
    __tsan_write4(device);
}

static void store_to_settings(void)
{
    __tsan_write4(settings);
}

static void store_to_library(void)
{
    __tsan_write4(libcs);
}

static void store_above(void)
{
    __tsan_write4(stack_of_caller);
}

static void store_to_null(void)
{
    __tsan_write4(NULL);
}

static void add_to_settings(void)
{
    __tsan_atomic32_fetch_add(settings, 1, 0);
}

static void exchange_with_settings(void)
{
    unsigned mine = 1;
    __tsan_atomic32_compare_exchange_strong(&mine, settings, 2, 0, 0);
}

static void add_like_a_kernel(void)
{
    cusim_atomic(settings, 4, 1);
}

/* The first function of the program may write to its frame, but not to what lies above. */
__attribute__((noinline)) static void enter(int *outside, bool own)
{
    int mine[4];

    __tsan_func_entry(__builtin_return_address(0));
    __tsan_write4(own ? mine : outside);
}

static void store_in_first_function(void)
{
    int outside = 0;
    enter(&outside, true);
}

static void store_above_first_function(void)
{
    int outside = 0;
    enter(&outside, false);
}

static void test_stores(void **state)
{
    (void)state;
    ALLOWED(store_to_stack);
    ALLOWED(store_to_device);
    ALLOWED(store_in_first_function);
    REFUSED(store_to_settings);
    REFUSED(store_to_library);
    REFUSED(store_above);
    REFUSED(store_above_first_function);
    REFUSED(store_to_null);
    REFUSED(add_to_settings);
    REFUSED(exchange_with_settings);
    REFUSED(add_like_a_kernel);
}

/* ---- The C library's functions ---- */

static void call_with_own(void)
{
    char text[32];
    float sine, cosine;
    int exponent, numbers[] = { 3, 1, 2 };

    cusim_qsort(numbers, 3, sizeof *numbers, by_value);
    need(numbers[0] == 1 && numbers[2] == 3);
    cusim_strcpy(cusim_memset(text, 1, sizeof text), "abc");
    cusim_memcpy(text + 8, text, 4);
    need(strcmp(text + 8, "abc") == 0);
    need(cusim_snprintf(text, sizeof text, "%d%%n", 7) == 3 && strcmp(text, "7%n") == 0);
    cusim_sincosf(0.0f, &sine, &cosine);
    need(sine == 0.0f && cosine == 1.0f && cusim_frexpf(4.0f, &exponent) == 0.5f && exponent == 3);
    need(cusim_fputs("", stdout) >= 0);
}

static void copy_to_settings(void)
{
    cusim_memcpy(settings, &(int){ 0 }, sizeof(int));
}

static void text_to_settings(void)
{
    cusim_snprintf(settings, 2, "x");
}

static void sine_to_settings(void)
{
    float cosine;
    cusim_sincosf(0.0f, settings, &cosine);
}

static void exponent_to_settings(void)
{
    cusim_frexpf(0.0f, settings);
}

static void count_to_settings(void)
{
    static char format[] = "%-3$hhn";
    cusim_printf(format, settings);
}

static void format_of_itself(void)
{
    char text[32] = "%s%d";
    cusim_snprintf(text + 2, 8, text, "%n", 1);
}

static void forged_stream(void)
{
    cusim_fputs("x", (FILE *)stack_of_caller);
}

static int by_address(const void *a, const void *b)
{
    return a < b;
}

static void sort_by_other_code(void)
{
    int mine[2] = { 1, 2 };
    cusim_qsort(mine, 2, sizeof *mine, by_address);
}

static void sort_settings(void)
{
    cusim_qsort(settings, 2, sizeof(int), by_value);
}

/* The frame of the function that copies holds its return address. */
__attribute__((noinline)) static void copy_below(void)
{
    char mine[16], *volatile at = mine;
    cusim_memset(at - 256, 0, 256);
}

static void fill_over_the_end(void)
{
    char mine[16];
    cusim_memset(mine, 0, (size_t)1 << 30);
}

static void test_library(void **state)
{
    (void)state;
    ALLOWED(call_with_own);
    REFUSED(copy_to_settings);
    REFUSED(text_to_settings);
    REFUSED(sine_to_settings);
    REFUSED(exponent_to_settings);
    REFUSED(count_to_settings);
    REFUSED(format_of_itself);
    REFUSED(forged_stream);
    REFUSED(sort_by_other_code);
    REFUSED(sort_settings);
    REFUSED(copy_below);
    REFUSED(fill_over_the_end);
}

/* ---- The API ---- */

static void ask_with_own(void)
{
    int number = 7;
    void *p;
    float back = 0.0f;
    size_t room, total;

    need(cudaGetDevice(&number) == cudaSuccess && number == 0);
    need(cudaMalloc(&p, 64) == cudaSuccess && cudaMemset(p, 0, 64) == cudaSuccess);
    need(cudaMemcpy(&back, p, 4, cudaMemcpyDeviceToHost) == cudaSuccess);
    need(cudaMemGetInfo(&room, &total) == cudaSuccess && room < total);
}

static void ask_into_settings(void)
{
    const cusim_settings before = cusim_set;
    cudaStream_t stream;
    cudaGraph_t graph;
    size_t count = 8;

    need(cudaGetDevice(settings) == cudaErrorInvalidValue);
    need(cudaMalloc(settings, 64) == cudaErrorInvalidValue);
    need(cudaMemGetInfo(settings, &count) == cudaErrorInvalidValue);
    need(cudaDeviceGetLimit(settings, cudaLimitStackSize) != cudaSuccess);
    need(cudaGetDeviceProperties(settings, 0) == cudaErrorInvalidValue);
    need(cudaDeviceGetPCIBusId(settings, 4, 0) == cudaErrorInvalidValue);
    need(cudaStreamCreate(settings) == cudaErrorInvalidValue);
    need(cudaEventCreate(settings) == cudaErrorInvalidValue);
    need(cudaStreamCreate(&stream) == cudaSuccess && cudaGraphCreate(&graph, 0) == cudaSuccess);
    need(cudaStreamGetPriority(stream, settings) == cudaErrorInvalidValue);
    need(cudaGraphGetNodes(graph, NULL, settings) == cudaErrorInvalidValue);
    need(cudaGraphAddEmptyNode(settings, graph, NULL, 0) == cudaErrorInvalidValue);
    need(memcmp(&before, &cusim_set, sizeof before) == 0);
}

static void copy_by_api(void)
{
    cudaMemcpy(settings, &(int){ 0 }, sizeof(int), cudaMemcpyHostToHost);
}

static void graph_to(void *to)
{
    cudaGraph_t graph;
    cudaGraphNode_t node;
    cudaGraphExec_t exec;

    need(cudaGraphCreate(&graph, 0) == cudaSuccess &&
         cudaGraphAddMemcpyNode1D(&node, graph, NULL, 0, to, device, 4,
                                  cudaMemcpyDeviceToHost) == cudaSuccess &&
         cudaGraphInstantiate(&exec, graph, 0) == cudaSuccess);
    need(cudaGraphLaunch(exec, NULL) == cudaSuccess);
}

static void copy_by_graph_to_own(void)
{
    float mine;
    graph_to(&mine);
}

static void copy_by_graph(void)
{
    graph_to(settings);
}

static void copy_below_by_api(void)
{
    char mine[16], *volatile at = mine;
    cudaMemcpy(at - 64, device, 64, cudaMemcpyDeviceToHost);
}

static void test_api(void **state)
{
    (void)state;
    ALLOWED(ask_with_own);
    ALLOWED(ask_into_settings);
    REFUSED(copy_by_api);
    ALLOWED(copy_by_graph_to_own);
    REFUSED(copy_by_graph);
    REFUSED(copy_below_by_api);
}

/* ---- Kernels ---- */

static int *volatile of_lane[2];
static unsigned nosy;                   /* this lane writes to the other's */

static void good_kernel(void *closure)
{
    int mine[4] = { 0 };

    (void)closure;
    __tsan_write4(mine + 1);
    __tsan_write4(device);
    __tsan_write4(cusim_dynamic_shared());
}

static void wild_kernel(void *closure)
{
    (void)closure;
    __tsan_write4(settings);
    _exit(1);
}

static void nosy_kernel(void *closure)
{
    int mine = 0;

    (void)closure;
    if (cusim_thread_idx.x < 2)
        of_lane[cusim_thread_idx.x] = &mine;
    cusim_syncthreads(0, CUSIM_SYNC);
    if (cusim_thread_idx.x == nosy) {
        __tsan_write4(of_lane[1 - nosy]);
        _exit(1);
    }
    cusim_syncthreads(0, CUSIM_SYNC);
}

static void nothing(void *closure)
{
    (void)closure;
}

static int launch(void (*body)(void *))
{
    static const cusim_launch_site site = { "probe", NULL, __FILE__, 1 };
    const cusim_config config = { { 1, 1, 1 }, { 32, 1, 1 }, 64, NULL };

    return cusim_launch(&site, &config, 0, body, NULL, nothing);
}

static void launch_good(void)
{
    need(launch(good_kernel) == 0);
}

static void launch_wild(void)
{
    need(launch(wild_kernel) == cudaErrorIllegalAddress);
}

static void launch_nosy(void)
{
    need(launch(nosy_kernel) == cudaErrorIllegalAddress && cudaDeviceReset() == cudaSuccess);
    nosy = 1;
    need(launch(nosy_kernel) == cudaErrorIllegalAddress);
}

static void test_kernels(void **state)
{
    (void)state;
    ALLOWED(launch_good);
    ALLOWED(launch_wild);
    ALLOWED(launch_nosy);
}

/* ---- The heap ---- */

static void use_heap(void)
{
    char *const a = cusim_malloc(100), *const b = cusim_malloc(100);
    char *const large = cusim_malloc((size_t)300 << 20);
    int *const zeros = cusim_calloc(10, sizeof *zeros);

    need(a && b && b - a >= 100 && large && zeros && zeros[9] == 0);
    __tsan_write4(large + ((size_t)300 << 20) - 4);
    __tsan_write4(a);
    memset(a, 'a', 100);
    char *const more = cusim_realloc(a, 1000);
    need(more && more != a && more[99] == 'a');
    need(cusim_malloc(120) == a && cusim_malloc(120) != a);     /* it was given back */
    cusim_free(NULL);
    cusim_free(zeros);
    memset(zeros, 1, 40);
    need(cusim_calloc(5, 8) == zeros && zeros[0] == 0);
    need((uintptr_t)cusim_aligned_alloc(4096, 100) % 4096 == 0);
    need(!cusim_malloc(SIZE_MAX) && !cusim_calloc(SIZE_MAX / 2, 4));
    cusim_free(stack_of_caller);                        /* not its own: nothing happens */
}

static void free_the_middle(void)
{
    cusim_free((char *)cusim_malloc(100) + 16);
}

static void grow_the_librarys(void)
{
    cusim_realloc(libcs, 4096);
}

static void test_heap(void **state)
{
    (void)state;
    ALLOWED(use_heap);
    assert_int_equal(ends_with(free_the_middle), 2);
    REFUSED(grow_the_librarys);
}

/* ---- Down again ---- */

static void lower_it(void)
{
    cusim_wall_down();
    store_to_settings();
    need(cudaGetDevice(settings) == cudaSuccess);
}

static void test_down(void **state)
{
    (void)state;
    ALLOWED(lower_it);
}

static int setup(void **state)
{
    (void)state;
    libcs = malloc(64);
    cusim_set.check = false;
    return !libcs || cudaMalloc((void **)&device, 256) != cudaSuccess;
}

static int teardown(void **state)
{
    (void)state;
    free(libcs);
    return cudaFree(device) != cudaSuccess;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stores), cmocka_unit_test(test_library), cmocka_unit_test(test_api),
        cmocka_unit_test(test_kernels), cmocka_unit_test(test_heap), cmocka_unit_test(test_down)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
