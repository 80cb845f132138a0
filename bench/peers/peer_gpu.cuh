/* peer_gpu.cuh: what the peers on device memory share.
 *
 * A state has a handle of its own: the checking engine may reset the device after a failure, and a
 * handle does not outlive that. All work goes to the stream of kernels/core/device.h. */
#ifndef PEER_GPU_CUH
#define PEER_GPU_CUH

#include <cuda_runtime.h>

#include <string.h>

extern "C" {
#include "bench/peer.h"
#include "kernels/core/device.h"
#include "kernels/core/launch_status.h"
}

/* Each ends with a row whose concept is NULL, or is only that row where the library is absent; then
 * its name and version are NULL. */
extern const peer cublas_peers[];
extern const peer cudnn_peers[];
const char *cublas_peer_library(void);
const char *cudnn_peer_library(void);

static inline bool peer_gpu_pass_is(const check_problem *p, int pass, const char *name)
{
    return strcmp(p->concept->pass[pass].name, name) == 0;
}

#endif
