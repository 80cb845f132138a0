/* peer.h: other people's kernels, measured in the same run as ours.
 *
 * A peer computes one pass or more of one of our concepts, on the tensors of a check_problem. Its
 * work has three parts, so that a library that keeps tensors in layouts of its own can be timed
 * both ways: load() carries what the pass reads into the library's layouts, run() computes, store()
 * brings the outputs back. Only run() is timed, and works on memory of the state then (but for a
 * few numbers per channel in batch norm). A peer that works on plain NCHW has no load and store
 * (but see bench/peers/onednn_pool.c), and whatever reordering the library does for that lies in
 * run(), where the user pays it.
 *
 * peer_concept() dresses a concept's peers as its variants, so that the checking engine draws
 * problems for them and holds every element against the reference. No peer is timed before. */
#ifndef PEER_H
#define PEER_H

#include "check/check.h"

typedef struct {
    variant_info info;              /* first: as in every row. name "onednn", idea "own layouts" */
    const char *concept;            /* "conv2d" */
    bool finite_only;               /* NaN and infinities come out of it differently */

    /* Prepares for the problem's shape and the present number of threads; tensors need not be
     * filled yet, but their data pointers are those that load() and store() see, or other ones of
     * the same shapes. Returns NULL if the peer does not do this pass or shape. */
    void *(*open)(const check_problem *p, int pass);
    void (*load)(void *state, const check_problem *p);      /* NULL: nothing to carry */
    void (*run)(void *state, const check_problem *p);       /* timed; reads and writes p's tensors
                                                               directly where load is NULL */
    void (*store)(void *state, const check_problem *p);     /* NULL: nothing to carry */
    void (*close)(void *state);
} peer;

/* First thing in main(). OpenBLAS chooses its kernels while a program is loaded, and for a
 * processor that it does not know those of 2004; then this starts the program again, once, with
 * OPENBLAS_CORETYPE set to the best that the processor has. A value from the user is kept. */
void peer_start(char **argv);

/* All peers that this program was built with; ends with a row whose concept is NULL. */
extern const peer *const peers;

/* For libraries that this program was built without: "oneDNN", and the sentence that says how to
 * get it. Walked by index; beyond the last it returns NULL and sets *how to NULL. */
const char *peer_missing(size_t i, const char **how);

/* "OpenBLAS 0.3.21 SkylakeX", "oneDNN 2.6.3 (OpenMP)": name and version of library i, or NULL. */
const char *peer_library(size_t i);

/* Sets the number of threads in all the libraries. */
void peer_set_threads(int threads);

/* The concept with the peers in place of its variants: its run() opens, loads, runs, stores and
 * closes. Row i of peers[] is row i of its table; STATUS_UNSUPPORTED for those of other concepts.
 * The bound is that of our own rows. But the bits may differ with the number of threads, and rows
 * that are finite_only get no NaN and no infinity.
 * The result lives in *copy. */
const check_concept *peer_concept(const check_concept *concept, check_concept *copy);

/* The rows that work on device pointers (cuBLAS, cuDNN), ended like peers[], and the names and
 * versions of their libraries; none in a program without CUDA (bench/bench_device_none.c). */
const peer *peer_device_rows(void);
const char *peer_device_library(size_t i);

#endif
