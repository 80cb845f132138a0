/* schedule.h: the state of the blocks that are under way; for the files that let threads wait
 * (schedule.c, barrier.c, exchange.c, copy_async.c, shared.c, deadlock.c). */
#ifndef CUSIM_SCHEDULE_H
#define CUSIM_SCHEDULE_H

#include "cusim/runtime/runtime.h"

/* What lanes of a warp put down at one meeting. */
typedef struct sim_exchange {
    unsigned mask;              /* who is expected */
    unsigned arrived;           /* who has put something down */
    unsigned holders;           /* who may still read the slots */
    const char *what;           /* operation and place of the one that came first */
    const void *place;
    struct sim_exchange *next;  /* in a list of its warp, or of free ones */
    unsigned char slots[CUSIM_WARP][CUSIM_EXCHANGE_BYTES];
} sim_exchange;

/* cp.async of one thread that is not done yet, oldest first. */
typedef struct sim_copy {
    void *to;
    const void *from;
    size_t bytes, source_bytes;
    int group;
    const void *place;
    struct sim_copy *next;
} sim_copy;

typedef enum {
    SIM_RUNS,                   /* or is ready, or has not started */
    SIM_AT_BARRIER, SIM_AT_NAMED, SIM_AT_GRID, SIM_AT_EXCHANGE, SIM_IN_STEP,
    SIM_LEFT                    /* has left the kernel */
} sim_wait;

typedef struct {
    struct sim_fiber *fiber;    /* where it stopped; NULL before its start */
    sim_exchange *held;         /* its last exchange */
    const void *place;          /* return address of the call in which it waits */
    sim_wait waits;
    int barrier;                /* number of the named one */
    int copy_group;             /* cp.async groups committed so far */
    sim_copy *copies;
} sim_thread;

typedef struct {
    unsigned left;              /* lanes that left the kernel or never were */
    int runnable;               /* lanes that run, are ready or have not started */
    sim_exchange *pending;      /* not everybody has come */
    sim_exchange *asking;       /* lanes in lockstep, by place */
} sim_warp;

typedef struct {
    int expected, arrived;
    unsigned lanes[CUSIM_MAX_WARPS];
} sim_named;

/* Shared memory: what has been handed out. */
typedef struct {
    size_t used;                /* of the arena's addresses */
    size_t static_bytes;
    cusim_shared_site **sites;
    unsigned char **addresses;
    size_t count, room;
    unsigned char *saved;       /* contents while another block runs */
    size_t saved_room;
} sim_shared;

enum { SIM_NAMED_BARRIERS = 16 };

typedef struct {
    uint64_t serial, linear;
    cusim_dim index;
    uint64_t random;
    int left;                   /* threads that left the kernel */
    int waiting, at_grid;       /* threads at __syncthreads; at the grid's barrier */
    int count, any, all;        /* predicates of those that wait */
    int results[4];             /* of the last barrier, by cusim_sync_op */
    const void *place;          /* of the first that came to the barrier, */
    int first;                  /* and its number */
    unsigned idle;              /* yields since anything else happened */
    unsigned steps;             /* of lanes in lockstep */
    unsigned readied;           /* threads made ready by others */
    unsigned head, ready;       /* the queue of those that can go on */
    uint16_t queue[CUSIM_MAX_THREADS];
    unsigned char lane_order[CUSIM_WARP];
    sim_warp warps[CUSIM_MAX_WARPS];
    sim_named named[SIM_NAMED_BARRIERS];
    sim_thread threads[CUSIM_MAX_THREADS];
    sim_shared shared;
} sim_block;

extern sim_block *cusim_block;          /* the running one */
extern sim_block **cusim_resident;      /* those under way */
extern int cusim_residents;

static inline sim_thread *sim_self(void)
{
    return &cusim_block->threads[cusim_now.thread];
}

static inline sim_warp *sim_own_warp(void)
{
    return &cusim_block->warps[cusim_now.thread / CUSIM_WARP];
}

static inline unsigned sim_own_bit(void)
{
    return 1u << (cusim_now.thread % CUSIM_WARP);
}

/* ---- schedule.c ---- */

/* The running thread stops until somebody makes it ready again: */
void cusim_wait(sim_wait reason, const void *place);
/* in two steps, where something is to be done between: it no longer counts as runnable; */
void cusim_arrive(sim_wait reason, const void *place);
/* whoever is ready runs (the thread itself, if it is the first of them). */
void cusim_stop(void);
/* Makes a thread of the running block that waits ready: mostly the next to run. */
void cusim_ready(int thread);
/* Makes all threads of b that have not left ready, in a new order. */
void cusim_ready_all(sim_block *b);

/* Runs every block of the launch. Returns 0, or the error that ended it. */
int cusim_run_blocks(cusim_launch_state *l, void (*body)(void *), void *closure);

/* True if p is below the end of a fiber's stack: the stack overflowed. */
bool cusim_on_guard(const void *p);

/* x, y, z of a thread's number in its block. */
cusim_dim cusim_thread_place(int thread);

/* ---- barrier.c ---- */
void cusim_grid_barrier_start(void);    /* a new launch */
void cusim_barrier_left(void);          /* the running thread has left: who waited for it? */

/* ---- exchange.c ---- */
void cusim_exchange_left(void);
void cusim_exchange_reset(void);        /* all blocks are gone */
void cusim_warp_idle(int warp);         /* no lane of it can run */
void cusim_answer_step(int warp);

/* ---- copy_async.c ---- */
void cusim_copies_left(void);
void cusim_copies_reset(void);

/* ---- shared.c ---- */
void cusim_shared_start(sim_block *b, size_t dynamic_bytes);
void cusim_shared_save(sim_block *b);
void cusim_shared_restore(sim_block *b);

/* ---- deadlock.c ---- */
_Noreturn void cusim_deadlock(void);    /* tells who waits for what and ends the launch */

#endif
