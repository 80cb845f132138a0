/* bench_device_none.c: stands in for the GPU's half of the benchmarks where nvcc did not make the
 * program. A program that nvcc made has these functions in objects of its own, which come first:
 * this file then stays in the archive. */
#include <math.h>

#include "bench/bench_device.h"
#include "bench/ceiling.h"
#include "bench/peer.h"

const char *bench_device_missing(void)
{
    return "this program was made without nvcc, so it times nothing on a GPU; on a machine with "
           "the CUDA Toolkit and a GPU: make build/convlab-bench-cuda";
}

size_t bench_device_cache_bytes(void)
{
    return 0;
}

double bench_device_time(void (*run)(void *context, int copy), void *context, int copies,
                         int first_copy, int calls)
{
    (void)run, (void)context, (void)copies, (void)first_copy, (void)calls;
    return NAN;
}

bool device_ceilings_measure(device_ceilings *c, double seconds)
{
    (void)c, (void)seconds;
    return false;
}

const peer *peer_device_rows(void)
{
    static const peer none[1];
    return none;
}

const char *peer_device_library(size_t i)
{
    (void)i;
    return NULL;
}
