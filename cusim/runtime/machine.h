/* machine.h: what the simulated device's own files (launch.c, memory.c, shared.c, stream.c,
 * graph.c, api_*.c) share beside runtime.h. */
#ifndef CUSIM_MACHINE_H
#define CUSIM_MACHINE_H

#include <stddef.h>

#include "cusim/include/cusim/api.h"
#include "cusim/runtime/runtime.h"

/* The place in the program that called the API function in which this stands. */
#define CUSIM_CALLER __builtin_return_address(0)

/* False if the API function in which this stands may not write to *p: p is NULL, or leads beyond
 * the wall. */
#define CUSIM_TAKES(p) CUSIM_TAKES_BYTES(p, sizeof *(p))
#define CUSIM_TAKES_BYTES(p, bytes)                                                             \
    ((p) && (!cusim_walled || cusim_may_write(p, bytes, CUSIM_FRAME)))

/* ---- settings.c ---- */

/* Held while something is done to the device or to the lists of what is on it. May be taken again
 * by the thread that holds it. */
void cusim_lock(void);
void cusim_unlock(void);

/* As a statement: held until the end of the block. */
#define CUSIM_LOCKED                                                                            \
    __attribute__((cleanup(cusim_end_locked), unused)) const int cusim_locked = (cusim_lock(), 0)
static inline void cusim_end_locked(const int *unused)
{
    (void)unused;
    cusim_unlock();
}

/* The simulator itself cannot go on: says why and ends the program with code 2. */
__attribute__((format(printf, 1, 2)))
_Noreturn void cusim_fatal(const char *format, ...);

/* Since the last cusim_seed. */
extern uint64_t cusim_launches_since_seed;

/* Drawn from the seed: bytes that make numbers look wrong (every half of every word is a NaN). */
void cusim_garbage(void *p, size_t bytes);

/* ---- api_error.c ---- */

/* Ends an API call: keeps `error` for cudaGetLastError and returns it, or the sticky error instead
 * if there is one. */
cudaError_t cusim_done(cudaError_t error);
/* The error of a kernel that crashed: every call fails with it from now on. 0: none. */
extern cudaError_t cusim_sticky;
/* A <<<launch>>> failed and nobody has been told: unread until somebody asks. Returns the error. */
cudaError_t cusim_launch_failed(cudaError_t error, const cusim_launch_site *site);
/* Forgets errors and their causes (cudaDeviceReset). */
void cusim_errors_reset(void);

/* ---- launch.c ---- */

/* What is known of a kernel by its address: limits that the program has set. */
typedef struct {
    const void *function;
    int max_dynamic_shared;     /* cudaFuncAttributeMaxDynamicSharedMemorySize; 0: not set */
    int carveout;
    const cusim_launch_site *site;      /* launch.c's own */
} cusim_function;
/* NULL: nothing has been set for it. */
const cusim_function *cusim_function_of(const void *function);
cusim_function *cusim_function_set(const void *function);

/* The dynamic shared memory that cudaFuncSetAttribute allowed it, or 0. NULL: a launch does not
 * know which kernel of an overloaded name it is; then the most that any has. */
size_t cusim_opted_shared(const void *function);

/* Registered kernel of that address; NULL if there is none. */
cusim_kernel *cusim_kernel_of(const void *function);

enum {
    CUSIM_DEFAULT_SHARED = 48 * 1024,       /* static and dynamic, of a block */
    CUSIM_OPTIN_SHARED = 163 * 1024,        /* after cudaFuncSetAttribute */
    CUSIM_CLOCK_KHZ = 1410000               /* of the simulated device */
};

/* ---- memory.c ---- */

/* NULL and an error where there is no room. */
cudaError_t cusim_allocate(void **p, size_t bytes, int kind, const void *caller);
/* cudaErrorInvalidValue unless p is the start of a live allocation. */
cudaError_t cusim_release(void *p, const void *caller);
void cusim_release_all(void);
void cusim_memory_room(size_t *free_bytes, size_t *total_bytes);

cudaError_t cusim_register_host(const void *p, size_t bytes);
cudaError_t cusim_unregister_host(const void *p);

/* Where a host call would read or write: */
typedef enum {
    CUSIM_PLACE_HOST,
    CUSIM_PLACE_DEVICE,
    CUSIM_PLACE_BOTH,           /* managed or pinned */
    CUSIM_PLACE_BAD             /* in the arena, but not within a live allocation */
} cusim_place;
cusim_place cusim_place_of(const void *p, size_t bytes);
/* Says what is wrong with [p, p + bytes) where cusim_place_of finds it bad, or where it lies. */
void cusim_place_text(const void *p, size_t bytes, char *text, size_t room);

/* ---- stream.c and graph.c ---- */

/* Something that a stream is given: a launch, a copy, a fill, a call of the host. Files that make
 * one put this at the beginning of a structure of their own. */
typedef struct CUgraphNode_st cusim_node;
struct CUgraphNode_st {
    cudaGraphNodeType type;
    size_t bytes;                               /* of the whole structure */
    cudaError_t (*run)(cusim_node *node);
    void (*destroy)(cusim_node *node);          /* frees what the structure owns; NULL: nothing */
    int references;                             /* graphs that hold it */
    int dependencies;                           /* nodes that it was said to come after */
};

/* Does the node's work now; while the stream is being captured, keeps a copy for the graph. Owns
 * what the node owns in either case. */
cudaError_t cusim_submit(cudaStream_t stream, cusim_node *node);

/* 0, or the error for a call that may not be made while a stream is being captured. */
cudaError_t cusim_capture_forbids(void);

/* 0, or cudaErrorInvalidResourceHandle. */
cudaError_t cusim_stream_valid(cudaStream_t stream);
void cusim_streams_reset(void);                 /* cudaDeviceReset */

/* The graph that the stream's work goes to; NULL: the stream is not being captured. */
struct CUgraph_st *cusim_capturing(cudaStream_t stream);
struct CUgraph_st *cusim_graph_new(void);
/* Adds a copy of *node, which then owns what *node owned. NULL without memory. */
cusim_node *cusim_graph_append(struct CUgraph_st *graph, cusim_node *node);
/* The same, after all nodes so far. */
cusim_node *cusim_graph_follow(struct CUgraph_st *graph, cusim_node *node);
/* The same, as cudaGraphAdd...Node. Owns what *node owns also where it fails. */
cudaError_t cusim_graph_add(cudaGraphNode_t *made, cudaGraph_t graph, const cudaGraphNode_t *after,
                            size_t after_count, cusim_node *node);
void cusim_graph_free(struct CUgraph_st *graph);

/* A copy or fill as a node: rows of bytes, with a pitch between rows and one between slices. */
typedef struct {
    cusim_node node;                            /* set by cusim_copy_prepare */
    unsigned char *to;
    const unsigned char *from;                  /* unused by a fill */
    size_t to_pitch, from_pitch, to_slice, from_slice;
    size_t width, height, depth;                /* width in bytes */
    cudaMemcpyKind kind;                        /* host to device for a fill */
    bool is_fill;
    unsigned value, element;                    /* of a fill: elements of 1, 2 or 4 bytes */
    const char *what;                           /* the call and its place, for findings */
    const void *caller;
} cusim_copy_node;

/* Checks its shape (api_copy.c). */
cudaError_t cusim_copy_prepare(cusim_copy_node *c);
cusim_copy_node cusim_copy_3d(const cudaMemcpy3DParms *p);

/* A launch as a node; owns the closure. */
typedef struct {
    cusim_node node;
    const cusim_launch_site *site;
    cusim_config config;
    int cooperative;
    void (*body)(void *closure);
    void *closure;
    void (*destroy)(void *closure);
} cusim_launch_node;

/* The node of a launch as cudaLaunchKernel wants it, or why it is refused. (launch.c) */
cudaError_t cusim_launch_by_address(cusim_launch_node *made, const void *function,
                                    const cusim_config *config, int cooperative, void **arguments,
                                    const void *caller);

#endif
