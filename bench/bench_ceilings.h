/* bench_ceilings.h: the measured ceilings, as benchmarks and as roofs. Measured when first asked
 * for. */
#ifndef BENCH_CEILINGS_H
#define BENCH_CEILINGS_H

#include "bench/bench_entries.h"

/* Registers ceiling/... for host and device, as far as the options want them. */
void ceilings_register(const entries_options *o);

/* NULL if they are not wanted or cannot be measured. */
const ceilings *ceilings_of_host(const entries_options *o);
const device_ceilings *ceilings_of_device(const entries_options *o);

#endif
