/* onednn_peer.c: oneDNN's rows of peers[].
 *
 *   onednn        in the layouts that the library likes best, as in a network that keeps them from
 *                 layer to layer: reorders into and out of them are not timed
 *   onednn-nchw   from our layouts and back into them, reorders and all
 *
 * Activations have one row: there is one layout. Softmax is missing: its logarithm is off by 2e-6
 * of the value and its exponential loses what is below 1e-38, more than our bound allows. float32
 * throughout: reduced precision behind the user's back (fpmath mode) is switched off. Primitives
 * and memory are made in open(), once, not timed, as a network would. Empty problems are left
 * out. */
#ifdef PEER_ONEDNN

#include <stdio.h>

#include "bench/peers/onednn_state.h"

const char *onednn_peer_library(void)
{
    static char name[64];
    const dnnl_version_t *const v = dnnl_version();
    const char *const runtime = v->cpu_runtime == DNNL_RUNTIME_OMP   ? "OpenMP"
                                : v->cpu_runtime == DNNL_RUNTIME_TBB ? "TBB"
                                : v->cpu_runtime == DNNL_RUNTIME_SEQ ? "sequential"
                                                                     : "thread pool";

    snprintf(name, sizeof name, "oneDNN %d.%d.%d (%s)", v->major, v->minor, v->patch, runtime);
    return name;
}

#define OWN_LAYOUTS "onednn", SPACE_HOST, PRECISION_FP32, "own layouts"
#define OUR_LAYOUTS "onednn-nchw", SPACE_HOST, PRECISION_FP32, "our layouts, reorders timed"
#define ONE_LAYOUT  "onednn", SPACE_HOST, PRECISION_FP32, "the only layout there is"
#define NO_REORDERS "onednn-nchw", SPACE_HOST, PRECISION_FP32, "our layouts, no reorders needed"
#define CARRIED                                                                                \
    .load = onednn_load, .run = onednn_run, .store = onednn_store, .close = onednn_close
#define DIRECT .run = onednn_run_all, .close = onednn_close

const peer onednn_peers[] = {
    { { OWN_LAYOUTS }, "gemm", .open = onednn_open_gemm, CARRIED },
    { { OUR_LAYOUTS }, "gemm", .open = onednn_open_gemm, DIRECT },
    { { OWN_LAYOUTS }, "conv2d", .open = onednn_open_conv2d, CARRIED },
    { { OUR_LAYOUTS }, "conv2d", .open = onednn_open_conv2d, DIRECT },
    { { OWN_LAYOUTS }, "conv1x1", .open = onednn_open_conv1x1, CARRIED },
    { { OUR_LAYOUTS }, "conv1x1", .open = onednn_open_conv1x1, DIRECT },
    { { OWN_LAYOUTS }, "pool2d", true, onednn_open_pool2d_blocked, CARRIED },
    { { NO_REORDERS }, "pool2d", true, onednn_open_pool2d_nchw, CARRIED },      /* the index */
    { { OWN_LAYOUTS }, "batchnorm2d", .open = onednn_open_batchnorm2d_blocked, CARRIED },
    { { NO_REORDERS }, "batchnorm2d", .open = onednn_open_batchnorm2d_nchw, DIRECT },
    { { OWN_LAYOUTS }, "linear", .open = onednn_open_linear, CARRIED },
    { { OUR_LAYOUTS }, "linear", .open = onednn_open_linear, DIRECT },
    { { ONE_LAYOUT }, "activation", true, onednn_open_activation, DIRECT },
    { .concept = NULL },
};

#endif
