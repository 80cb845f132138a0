/* bench_machine.h: what figures were measured on, as a report's context.
 *
 * `machine` gathers what must be the same in two files that are compared: processor, cores,
 * threads, instruction set, and the GPU if that is measured. The rest (compiler, flags, commit,
 * load) may differ: that may be just what is compared.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdbool.h>

enum { MACHINE_TEXT_BYTES = 400 };

typedef struct {
    char cpu[128];                  /* "Intel(R) Xeon(R) ..., family 6 model 207 stepping 2" */
    char caches[128];               /* "L1d 48 KiB, L2 2048 KiB, L3 266240 KiB" */
    int cores;                      /* that this process may run on */
    char affinity[192];             /* "0-1 of 0-1; OMP_PROC_BIND=false" */
    char load[32];                  /* one-minute load average at start, "1.82" */
    char governor[64];              /* how the clock is governed, or "unknown" */
    char machine[MACHINE_TEXT_BYTES];
} machine_facts;

/* Gathers them. `gpu`: the device's name, or NULL where none is measured. */
void machine_look(machine_facts *m, int threads, const char *gpu);

/* Hands all of it to gbench_context(): the above, isa, threads, compiler, flags, commit,
 * convlab_version, kernel, and `command`, the arguments joined by blanks. */
void machine_report(const machine_facts *m, int threads, int argc, char **argv);

#endif
