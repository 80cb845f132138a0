/* bench_device.h: benchmarks of SPACE_CUDA rows: problems in device memory, timed by the device.
 *
 * Tensors: kernels/core/device.h allocates and copies, so this half works wherever that does, in
 * the simulator too. Time: CUDA events, so that half is there only in a program made by nvcc;
 * bench_device_none.c stands in for it elsewhere and says so.
 *
 * Cold: pass so many copies that they exceed the device's L2 cache (bench_device_cache_bytes());
 * calls take turns on them, so that none finds its operands in the cache. */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include "check/check.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Tensors (bench_device.c) ---- */

typedef struct bench_device bench_device;

/* Device memory for `copies` sets of the problem's tensors, 256-byte aligned, and for one workspace
 * (NULL if workspace_bytes is 0). Contents are undefined. STATUS_OK with *d to be closed, or
 * STATUS_MEMORY or STATUS_DEVICE with *d NULL. Close accepts NULL. */
status bench_device_open(bench_device **d, const check_problem *p, int copies,
                         size_t workspace_bytes);
void bench_device_close(bench_device *d);

/* Copy number `copy` of the problem: data point to the device. Lives until the close. */
const check_problem *bench_device_problem(const bench_device *d, int copy);
void *bench_device_workspace(const bench_device *d);

/* All tensors of one copy, from and to host tensors of the same shape; both wait until done. */
status bench_device_upload(const bench_device *d, int copy, const check_problem *from);
status bench_device_download(const bench_device *d, int copy, const check_problem *to);

/* ---- Time (bench_device_gpu.cu) ---- */

/* NULL if work on the device can be timed here, else a sentence that says why not. */
const char *bench_device_missing(void);

/* Bytes of the device's L2 cache; 0 without a device. */
size_t bench_device_cache_bytes(void);

/* Seconds that the device takes for `calls` calls run(context, copy), with copy = first_copy,
 * first_copy + 1, ... modulo `copies`. The calls are recorded as a graph and launched as one, so
 * that the host's launches do not count; work that cannot be recorded is launched plainly.
 * NAN if anything failed; the reason is then on stderr. */
double bench_device_time(void (*run)(void *context, int copy), void *context, int copies,
                         int first_copy, int calls);

#ifdef __cplusplus
}
#endif

#endif
