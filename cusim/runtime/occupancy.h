/* occupancy.h: how many blocks of a kernel one multiprocessor of the simulated device holds.
 *
 * The rules are those of NVIDIA's occupancy calculator for compute capability 8.0; the limits are
 * in the CUDA C++ Programming Guide, "Technical Specifications per Compute Capability". */
#ifndef CUSIM_OCCUPANCY_H
#define CUSIM_OCCUPANCY_H

#include <stddef.h>

enum {
    CUSIM_SM_COUNT = 8,                     /* of the simulated device */
    CUSIM_SM_WARPS = 64,
    CUSIM_SM_BLOCKS = 32,
    CUSIM_SM_REGISTERS = 64 * 1024,
    CUSIM_SM_SHARED_BYTES = 164 * 1024
};

typedef struct {
    int blocks;                             /* at once on one multiprocessor; 0: it cannot run */
    int warps;
    const char *limit;                      /* "threads", "blocks", "shared memory", "registers" */
} cusim_occupancy;

/* threads of a block: 1..1024. shared_bytes: static and dynamic. registers of a thread; 0: unknown,
 * then they do not limit. */
cusim_occupancy cusim_occupancy_of(int threads, size_t shared_bytes, int registers);

#endif
