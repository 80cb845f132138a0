/* runtime.h: what the files of cusim's runtime share; nobody outside cusim/runtime/ includes it.
 *
 *   fiber.cpp     the context switch (Boost.Context behind a C header, fiber.h)
 *   schedule.c    blocks, threads, barriers, exchanges: who runs next
 *   launch.c      launches, their configuration, crash and time limit
 *   memory.c      device memory: the arena, allocations, shared memory
 *   api_*.c ...   the CUDA runtime API
 *   shadow.h ...  checked mode: shadow memory, races (called through the hooks below)
 *   profile.c ... the profile (called through the hooks below)
 *   report.c      findings: where in the source, told once, as text and JSON
 *   wall.c        where a program that is not trusted may write
 *
 * One kernel runs at a time, on the operating-system thread that launched it. A program may have
 * more of those, which launch and copy too: cusim_lock() keeps them apart, and cusim_now is each
 * one's own. Checked mode and the profile are not locked otherwise. */
#ifndef CUSIM_RUNTIME_H
#define CUSIM_RUNTIME_H

#include <stdbool.h>

#include "cusim/include/cusim/abi.h"

/* ---- Settings, read once from the environment (settings.c) ---- */
typedef struct {
    uint64_t seed;              /* CUSIM_SEED: order of threads, garbage; default 1 */
    double time_limit_s;        /* CUSIM_TIME_LIMIT: of one kernel; default 60; 0: none */
    bool check;                 /* instrumented for --check, and not CUSIM_CHECK=0 */
    bool profile;               /* instrumented for --profile, and not CUSIM_PROFILE=0 */
    const char *report;         /* CUSIM_REPORT: file for findings as JSON lines, or NULL */
    const char *profile_json;   /* CUSIM_PROFILE_JSON: file for the profile, or NULL */
    size_t memory_bytes;        /* CUSIM_MEMORY: device memory; default 4 GiB */
} cusim_settings;
extern cusim_settings cusim_set;

/* ---- Who runs (schedule.c) ---- */

enum { CUSIM_MAX_THREADS = 1024, CUSIM_MAX_WARPS = CUSIM_MAX_THREADS / CUSIM_WARP };

/* One launch. */
typedef struct {
    uint64_t serial;            /* 1, 2, ... */
    uint64_t order;             /* the same, counted from the last cusim_seed() */
    const cusim_launch_site *site;
    cusim_config config;
    const void *closure;        /* holds the kernel's arguments; malloc's */
    int threads;                /* of a block */
    bool cooperative;
    bool failed;                /* a trap, an assertion, a crash: no more threads run */
} cusim_launch_state;

typedef struct {
    bool running;               /* a kernel's thread is running now */
    cusim_launch_state *launch; /* NULL outside a launch */
    uint64_t block_linear;      /* blockIdx, x fastest */
    int thread;                 /* in its block, x fastest; thread / 32 is its warp */
} cusim_now_state;
extern _Thread_local cusim_now_state cusim_now;

/* Ends the launch at once: control goes back to cusim_launch, which stores `error` (a cudaError_t)
 * as sticky. Does not return. */
_Noreturn void cusim_abort_launch(int error);

/* True if thread (of the running block) waits at a barrier or an exchange, or has left the kernel:
 * it does nothing until others do. */
bool cusim_thread_waits(int thread);

/* Inside a kernel: the other threads of the block that can run do so first. Unlike cusim_yield it
 * does not say that the running thread waits for something. */
void cusim_let_others_run(void);

/* True if p lies on the stack of a fiber (local memory of a thread). */
bool cusim_on_stack(const void *p);

/* The end of the fiber's stack on which p lies; NULL: on none. */
const void *cusim_stack_end(const void *p);

/* Called for each sign that a thread may be waiting for another (an atomic, a fence): lets the
 * others run now and then. */
void cusim_spin(void);

/* Called before each access to volatile memory, with its return address: the lanes of a warp that
 * come to one place do so in lockstep, which orders them as __syncwarp does. */
void cusim_volatile(const void *place);

/* ---- Memory (memory.c) ---- */

/* One cudaMalloc, cudaMallocManaged, cudaHostAlloc, or a registered variable. Freed ones stay known
 * until their room is needed again. */
typedef struct {
    unsigned char *address;
    size_t bytes;
    enum { CUSIM_MEMORY_DEVICE, CUSIM_MEMORY_MANAGED, CUSIM_MEMORY_PINNED } kind;
    bool freed;
    const void *caller;         /* return address of the call that allocated it */
    uint64_t serial;            /* 1 is the first */
} cusim_allocation;

/* The arena that holds all device memory: [base, base + bytes), fixed for the whole run. */
extern unsigned char *cusim_arena;
extern size_t cusim_arena_bytes;
/* The shared memory of the running block: dynamic first, then the static variables, with gaps. */
enum { CUSIM_SHARED_SPAN = 1 << 20 };           /* of addresses; gaps included */
extern unsigned char *cusim_shared_arena;

/* The allocation that p lies in, or the nearest one (for messages); NULL if there is none. */
const cusim_allocation *cusim_allocation_at(const void *p);
const cusim_allocation *cusim_allocation_near(const void *p);
const cusim_variable *cusim_variable_at(const void *p);
const cusim_variable *cusim_variable_list(void);            /* the one registered last */
const cusim_shared_site *cusim_shared_at(const void *p);    /* of the running block; NULL: none */
bool cusim_host_registered(const void *p);      /* by cudaHostRegister: a kernel may use it */
/* Each live allocation in turn, for the report of leaks: at = 0, 1, ... until NULL. */
const cusim_allocation *cusim_allocation_number(size_t at);

/* ---- The wall (wall.c) ---- */

extern bool cusim_walled;               /* it is up */

/* Whether the program may write there. `frame`: its own stack begins here; NULL: not to a stack. */
bool cusim_may_write(const void *p, size_t bytes, const void *frame);
/* If the wall is up and it may not: ends the program, or the launch, like an illegal address on a
 * GPU. caller: a return address in the program. */
void cusim_wall(const void *p, size_t bytes, const void *frame, const void *caller);
/* The same for a store that follows as soon as the function that calls this has returned; asked
 * only while the wall is up. */
void cusim_wall_store(const void *p, size_t bytes, const void *caller);
_Noreturn void cusim_wall_hit(const void *caller);

/* A function of the program begins, called from there; its frame begins at `frame`. */
void cusim_wall_enter(const void *caller, const void *frame);

/* The stack of what called the function in which this stands. */
#define CUSIM_FRAME __builtin_dwarf_cfa()
/* The same of the API function that was called last and may copy. */
extern const void *cusim_entry;

/* False if the program may not have this function called. */
bool cusim_may_call(const void *function);
/* An exception has memory of C++'s, which is the program's own until it is thrown (bytes 0). */
void cusim_wall_exception(const void *p, size_t bytes);

/* The heap of a program behind the wall: malloc, free, and the room of a block. */
void *cusim_heap_take(size_t bytes);
void cusim_heap_give(void *p);
bool cusim_heap_holds(const void *p);
size_t cusim_heap_room(const void *p);

/* ---- Errors (api_error.c) ---- */
/* At exit: the error that nobody read, or 0; and what caused it. */
int cusim_unread_error(const char **cause, const char **file, int *line);

/* ---- Findings (report.c) ---- */

typedef enum {
    CUSIM_OUT_OF_BOUNDS, CUSIM_USE_AFTER_FREE, CUSIM_MISALIGNED, CUSIM_UNINITIALISED, CUSIM_RACE,
    CUSIM_BARRIER_DIVERGENCE, CUSIM_INACTIVE_LANE, CUSIM_BAD_LAUNCH, CUSIM_UNREAD_ERROR, CUSIM_LEAK,
    CUSIM_HOST_MEMORY,      /* a kernel touches host memory, or the host touches device memory */
    CUSIM_CONSTANT_WRITE, CUSIM_BAD_COPY, CUSIM_CRASH, CUSIM_TIMEOUT, CUSIM_DEADLOCK,
    CUSIM_FINDING_KINDS
} cusim_finding_kind;

/* Reports one finding of the running thread (or of the host). `pc` is an address inside the
 * instruction (a return address minus 1); `other_pc` that of the second party of a race, or NULL.
 * The text says what happened, without place and thread, which are added here: kernel, file, line,
 * block, thread. Findings of the same kind at the same lines of the same kernel are told once, then
 * counted. other_thread < 0: none. */
__attribute__((format(printf, 6, 7)))
void cusim_find(cusim_finding_kind kind, const void *pc, const void *other_pc,
                uint64_t other_block, int other_thread, const char *format, ...);
/* The same, where the place is known as text. */
__attribute__((format(printf, 4, 5)))
void cusim_find_at(cusim_finding_kind kind, const char *file, int line, const char *format, ...);

/* Source place of a code address: function, file and line of the innermost frame that is not
 * cusim's own header. Strings live for ever; false if unknown. */
bool cusim_source_of(const void *pc, const char **function, const char **file, int *line);
/* True if the code there is that of a header of cusim or of the system, inlined or not. */
bool cusim_source_in_header(const void *pc);

/* At the very end, after cusim_check_exit: counts, the JSON file. Nothing where nothing was found
 * and nothing checked. */
void cusim_report_exit(void);
bool cusim_is_quiet(void);              /* cusim_quiet(true): the program deals with findings */

/* ---- Hooks of checked mode (checks.c); each is called only if cusim_set.check ---- */
void cusim_check_allocated(const cusim_allocation *a, bool initialised);
void cusim_check_freed(const cusim_allocation *a);
void cusim_check_host_wrote(const void *device, size_t bytes);      /* memcpy, memset */
void cusim_check_host_reads(const void *device, size_t bytes, const void *caller);
void cusim_check_launch(const cusim_launch_state *l);               /* before its first block */
void cusim_check_block(void);                                       /* before its first thread */
void cusim_check_shared(const cusim_shared_site *site);             /* room was given */
void cusim_check_barrier(void);         /* __syncthreads: all threads of the block have arrived */
void cusim_check_warp_barrier(int warp, unsigned lanes);            /* __syncwarp: those have */
void cusim_check_grid_barrier(void);
/* A named barrier (bar.sync): the lanes of each warp that have met. */
void cusim_check_named_barrier(const unsigned lanes[CUSIM_MAX_WARPS]);
/* Where several blocks of a launch are under way at once: from now on `to_block` runs, and what the
 * arena of shared memory holds is its own; if it is new, its cusim_check_block follows. */
void cusim_check_block_switch(uint64_t from_block, uint64_t to_block);
void cusim_check_atomic(const void *p, size_t bytes, int is_write, const void *caller);
void cusim_check_fence(int scope);
void cusim_check_launch_end(void);
void cusim_check_exit(int code);        /* leaks (of a program that ends with 0), unread error */
/* A kernel crashed on no address in particular: true if a misaligned access explains it; told. */
bool cusim_check_crash(void);

/* What the runtime itself reads or writes for the running thread (cp.async), or with kind
 * CUSIM_TOUCH_ALIGNED what compiled code does. pc: inside the instruction. */
enum { CUSIM_TOUCH_READ = 0, CUSIM_TOUCH_WRITE = 1, CUSIM_TOUCH_VOLATILE = 2,
       CUSIM_TOUCH_ALIGNED = 4, CUSIM_TOUCH_COPY = 8 /* cp.async, when it is waited for */ };
void cusim_check_access(const void *p, size_t bytes, unsigned kind, const void *pc);

/* ---- Hooks of the profile (profile.c); each is called only if cusim_set.profile ---- */
void cusim_profile_launch(const cusim_launch_state *l);
void cusim_profile_block(void);         /* before its first thread */
void cusim_profile_shared(const cusim_shared_site *site);           /* room was given */
void cusim_profile_barrier(void);       /* one __syncthreads of the block */
void cusim_profile_warp(int warp);      /* all its lanes have come to a barrier or the end */
void cusim_profile_access(const void *p, size_t bytes, bool is_write, bool is_atomic,
                          const void *caller);
void cusim_profile_structure(const void *p, size_t bytes, bool is_write, const void *caller);
void cusim_profile_block_start(const void *caller);                 /* a basic block of code */
void cusim_profile_function(bool enters);       /* a function of the program: entry or exit */
void cusim_profile_flop(int lane_flop);                             /* of an mma, per lane */
void cusim_profile_launch_end(void);
void cusim_profile_exit(void);

#endif
