/* abi.h: what compiled .cu code calls in the runtime (cusim/runtime/).
 * C and C++; internal to cusim.
 *
 * The threads of a block are fibers of one operating-system thread; blocks run one after another in
 * the order of their index (all at once, as far as a program can tell, in a cooperative launch).
 * Everything that a warp does together (shuffle, vote, mma) is built on one primitive here, the
 * exchange: each lane puts down a value, waits, and sees what the others put down. */
#ifndef CUSIM_ABI_H
#define CUSIM_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define CUSIM_NORETURN [[noreturn]]
#else
#define CUSIM_NORETURN _Noreturn
#endif

typedef struct {
    unsigned x, y, z;
} cusim_dim;

/* Who runs: set by the scheduler at every switch. Compiled code declares them const (as uint3 and
 * dim3, through an assembler name), so that reading them costs nothing and is not instrumented. */
#ifndef __cplusplus
extern cusim_dim cusim_thread_idx, cusim_block_idx, cusim_block_dim, cusim_grid_dim;
#endif

enum {
    CUSIM_WARP = 32,
    CUSIM_EXCHANGE_BYTES = 128,         /* the largest value that a lane can put down */
    CUSIM_SHARED_BYTES = 227 * 1024     /* static and dynamic shared memory of a block, at most */
};

/* ---- Launches (the translator writes these) ---- */

typedef struct {
    cusim_dim grid, block;
    size_t shared_bytes;                /* dynamic */
    void *stream;
} cusim_config;

/* One place in the source that launches, or one kernel given to cudaLaunchKernel. */
typedef struct {
    const char *kernel;                 /* as written: "reduce<float, 256>" */
    const void *function;               /* its address, or NULL where a template hides it */
    const char *file;                   /* where the launch stands */
    int line;
} cusim_launch_site;

/* Checks the configuration, then runs body(closure) once per thread, or, while the stream is being
 * captured, adds a node to the graph. Owns closure from now on and ends it with destroy(closure).
 * Errors go where the CUDA runtime puts them (cudaGetLastError). Returns the cudaError_t. */
int cusim_launch(const cusim_launch_site *site, const cusim_config *config, int cooperative,
                 void (*body)(void *closure), void *closure, void (*destroy)(void *closure));

/* Makes a __global__ function known by its address. invoke() runs it once with the arguments that
 * cudaLaunchKernel got; copy() packs those arguments into a closure for cusim_launch. max_threads:
 * __launch_bounds__, 0 where none. name lives for ever; the struct is copied. */
typedef struct cusim_kernel {
    const char *name;
    const void *function;
    const char *file;
    int line;
    int max_threads;
    void *(*copy)(void **arguments);
    void (*body)(void *closure);
    void (*destroy)(void *closure);
    struct cusim_kernel *next;          /* the runtime's */
} cusim_kernel;
void cusim_register_kernel(const cusim_kernel *kernel);

/* Makes a __device__, __constant__ or __managed__ variable known; from static constructors. */
typedef enum { CUSIM_DEVICE, CUSIM_CONSTANT, CUSIM_MANAGED } cusim_variable_kind;
typedef struct cusim_variable {
    const char *name;
    void *address;
    size_t bytes;
    cusim_variable_kind kind;
    const char *file;
    int line;
    struct cusim_variable *next;        /* the runtime's */
} cusim_variable;
void cusim_register_variable(const cusim_variable *variable);

/* ---- Shared memory ---- */

/* Of an array: the sizes of a[0], a[0][0], a[0][0][0]; where it has fewer dimensions, or is none,
 * the rest are the size of one element. */
typedef struct {
    size_t at[3];
} cusim_element_bytes;

/* One `__shared__` declaration; a static object of the function that holds it. The first thread of
 * each block that comes by gets room for it, filled with garbage; the others get the same room. */
typedef struct {
    const char *name;
    const char *file;
    int line;
    size_t bytes, align;
    cusim_element_bytes element_bytes;
    uint64_t block;                     /* the runtime's: serial number of its block */
    void *address;                      /* the runtime's */
} cusim_shared_site;
void *cusim_shared_slow(cusim_shared_site *site);
extern uint64_t cusim_block_serial;     /* counts blocks over the whole run; 0 before the first */

/* Kept out of the instrumentation: it reads what is the runtime's. */
#ifdef __clang__
__attribute__((no_sanitize("thread", "coverage")))
#else
__attribute__((no_sanitize_thread, no_sanitize_coverage))
#endif
static inline void *cusim_shared(cusim_shared_site *site)
{
    return site->block == cusim_block_serial ? site->address : cusim_shared_slow(site);
}

/* Dynamic shared memory; the same address in every block, 1024-byte aligned. */
void *cusim_dynamic_shared(void);

/* ---- Threads that wait for each other. Only inside a kernel. ---- */

/* op: what __syncthreads_count, _and, _or return; CUSIM_SYNC is __syncthreads. */
typedef enum { CUSIM_SYNC, CUSIM_SYNC_COUNT, CUSIM_SYNC_AND, CUSIM_SYNC_OR } cusim_sync_op;
int cusim_syncthreads(int predicate, cusim_sync_op op);
void cusim_named_barrier(int id, int threads, int arrive_only);     /* bar.sync, bar.arrive */
void cusim_syncwarp(unsigned mask);
void cusim_grid_sync(void);
unsigned cusim_activemask(void);

/* Puts down `bytes` of value and waits until every lane in mask has come (or left the kernel).
 * slot(lane) is valid until this thread's next exchange. `what` names the operation in findings. */
typedef struct {
    const unsigned char *slots;         /* [32][CUSIM_EXCHANGE_BYTES] */
    unsigned lanes;                     /* which lanes really put something down */
} cusim_exchanged;
cusim_exchanged cusim_exchange(unsigned mask, const void *value, size_t bytes, const char *what);

/* A lane reads from a lane outside `lanes`: a finding in checked mode. */
void cusim_inactive_lane(int source_lane, const char *what);

/* Called before each atomic operation on p; lets other threads run now and then, so that a thread
 * may wait for another. is_write: 0 it only reads, 1 it reads and writes, 2 it stores without
 * regard to what was there (atomicExch), as who gives back a lock does. */
void cusim_atomic(const void *p, size_t bytes, int is_write);
/* __threadfence family; scope: 0 block, 1 device, 2 system. __nanosleep, clock() and the like. */
void cusim_fence(int scope);
void cusim_yield(void);

/* cp.async: the copy happens when it is waited for, so that a missing wait shows. */
void cusim_copy_async(void *shared_to, const void *global_from, size_t bytes, size_t source_bytes);
void cusim_copy_async_commit(void);
void cusim_copy_async_wait(int groups_left);

/* ---- The end of a thread or of the kernel ---- */
CUSIM_NORETURN void cusim_thread_exit(void);                /* PTX exit */
CUSIM_NORETURN void cusim_trap(void);                       /* __trap(): launch failure */
/* What assert() becomes: inside a kernel the device's assertion, outside that of the C library. */
CUSIM_NORETURN void cusim_assert_fail(const char *expression, const char *file, unsigned line,
                                 const char *function);
int cusim_in_kernel(void);
long long cusim_clock(void);

/* ---- For the profile ---- */

/* Floating-point operations that this lane has a share of in an mma: 2 * M * N * K / 32. */
void cusim_flop(int lane_flop);

/* What ptxas says of the kernels of one .cu file, if nvcc was there. The table lives for ever. */
typedef struct {
    const char *kernel;                 /* mangled */
    int registers;                      /* of a thread */
    size_t shared_bytes;                /* static */
} cusim_resources;
void cusim_register_resources(const cusim_resources *table, int count);

/* An API call whose result the program throws away, as a statement of its own. */
void cusim_ignored(int error, const char *call, const char *file, int line);

#ifdef __cplusplus
}
#endif
#endif
