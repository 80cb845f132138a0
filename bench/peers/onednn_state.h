/* onednn_state.h: one oneDNN primitive and the memory that it works on; what all the passes share.
 *
 * Idea: a pass says which primitive it wants, in which layouts each of our tensors is kept, and to
 *       which argument it belongs. The primitive then says which layout it wants instead. Where the
 *       two differ, the state has a memory of that layout and a reorder between both; where they do
 *       not, the primitive works on our tensor itself.
 *         onednn       load() reorders what is read, run() computes, store() reorders what is
 *                      written; what needs no reorder is copied, so that run() touches the
 *                      state's memory only
 *         onednn-nchw  run() does all three
 * Source: oneDNN's developer guide, version 2.6: "Memory Format Propagation", "Data model". */
#ifndef ONEDNN_STATE_H
#define ONEDNN_STATE_H

#ifdef PEER_ONEDNN

#include <dnnl.h>

#include "bench/peers/host_peers.h"

typedef enum { ONEDNN_READ = 1, ONEDNN_WRITE = 2, ONEDNN_UPDATE = 3 } onednn_use;

enum { ONEDNN_ARGUMENTS = 9 };

typedef struct {
    int argument;                   /* DNNL_ARG_SRC, ... */
    onednn_use use;
    int tensor;                     /* number in the problem; -1: `own` instead */
    void *own;
    dnnl_memory_t outside, inside;  /* in our layout; what the primitive sees (may be the same) */
    dnnl_primitive_t enter, leave;  /* reorders between them; NULL: not needed */
} onednn_argument;

typedef struct onednn_state {
    bool good;                      /* false: the library does not do this */
    dnnl_primitive_desc_t descriptor;
    dnnl_primitive_t primitive;
    onednn_argument argument[ONEDNN_ARGUMENTS];
    int count;
    dnnl_exec_arg_t execute[ONEDNN_ARGUMENTS];

    /* What a pass needs besides, at the beginning of load() and the end of store() (untimed), and
     * around the primitive in run(); NULL: nothing. */
    void (*before_load)(struct onednn_state *s, const check_problem *p);
    void (*before_run)(struct onednn_state *s, const check_problem *p);
    void (*after_run)(struct onednn_state *s, const check_problem *p);
    void (*after_store)(struct onednn_state *s, const check_problem *p);
} onednn_state;

/* The layout of a dense row-major float tensor; with format any, the library's choice. */
dnnl_memory_desc_t onednn_dense(int rank, const dnnl_dim_t *extent);
dnnl_memory_desc_t onednn_any(const dnnl_memory_desc_t *like);

/* A batch of images in the layout that suits the library's kernels: channels in blocks of the
 * vectors' length. */
dnnl_memory_desc_t onednn_blocked(const dnnl_memory_desc_t *images);

/* What a forward primitive does, as a hint for its backward one; NULL if the library has none. */
dnnl_primitive_desc_t onednn_describe(const void *operation, const_dnnl_primitive_attr_t attributes,
                                      const_dnnl_primitive_desc_t hint);

/* A state with the primitive; takes over `hint`, which may be NULL. Then bind its arguments; */
onednn_state *onednn_open(const void *operation, const_dnnl_primitive_attr_t attributes,
                          dnnl_primitive_desc_t hint);

/* the problem's tensor of that name, kept in layout `ours`; */
void onednn_bind(onednn_state *s, const check_problem *p, int argument, onednn_use use,
                 const char *tensor, const dnnl_memory_desc_t *ours);

/* or a buffer that belongs to the state. Returns it, or NULL without memory. */
void *onednn_bind_own(onednn_state *s, int argument, onednn_use use,
                      const dnnl_memory_desc_t *ours);

/* What the primitive sees as that argument, or of onednn_bind_own() the buffer in our layout. */
void *onednn_data(const onednn_state *s, int argument);

/* The finished state; or NULL, all released, if anything went wrong on the way. */
void *onednn_ready(onednn_state *s);

/* For the rows of peers[]. */
void onednn_load(void *state, const check_problem *p);
void onednn_run(void *state, const check_problem *p);
void onednn_store(void *state, const check_problem *p);
void onednn_run_all(void *state, const check_problem *p);   /* load, run, store */
void onednn_close(void *state);

/* open() of each concept. */
void *onednn_open_conv2d(const check_problem *p, int pass);
void *onednn_open_conv1x1(const check_problem *p, int pass);
void *onednn_open_linear(const check_problem *p, int pass);
void *onednn_open_gemm(const check_problem *p, int pass);
void *onednn_open_pool2d_blocked(const check_problem *p, int pass);
void *onednn_open_pool2d_nchw(const check_problem *p, int pass);
void *onednn_open_batchnorm2d_blocked(const check_problem *p, int pass);
void *onednn_open_batchnorm2d_nchw(const check_problem *p, int pass);
void *onednn_open_activation(const check_problem *p, int pass);

#endif
#endif
