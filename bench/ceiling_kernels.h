/* ceiling_kernels.h: the loops that reach a processor's ceilings, one set per instruction set. */
#ifndef CEILING_KERNELS_H
#define CEILING_KERNELS_H

#include <stddef.h>

#include "bench/ceiling.h"

/* Streams work on bytes [offset, offset + length) of each of their arrays; both numbers are
 * multiples of CEILING_BLOCK, the arrays of 64. Stores that stream past the caches save the read
 * for ownership where the data would not stay in a cache anyway. */
enum { CEILING_BLOCK = 512, CEILING_ARRAYS = 3 };
typedef void ceiling_stream_kernel(char *const array[CEILING_ARRAYS], size_t offset, size_t length);

typedef struct {
    int lanes;                                          /* floats in a vector; 0: not compiled */
    double (*multiply_add)(long loops);                 /* returns the FLOP done */
    void (*count_cycles)(long adds);                    /* a cycle for each (a multiple of 48), at
                                                           the clock of multiply-adds */
    ceiling_stream_kernel *stream[CEILING_STREAMS];
    ceiling_stream_kernel *past_caches[CEILING_STREAMS];/* the same, with such stores, or itself */
} ceiling_kernels;

const ceiling_kernels *ceiling_kernels_get(isa set);

/* Does `adds` dependent integer additions, a cycle each (a multiple of 16). */
void ceiling_count_cycles(long adds);

/* The processors that this thread may run on, first one of each core, then the others that share a
 * core with them. Returns how many, at most `room`; 0 if the system does not say. */
int ceiling_processors(int *cpu, int room);

#endif
