/* mt19937_reference.h: the Mersenne Twister once more, for references that redo random draws. */
#ifndef MT19937_REFERENCE_H
#define MT19937_REFERENCE_H

#include <stdint.h>

typedef struct {
    uint32_t word[624]; /* the last 624 words of the sequence x, as a ring */
    int oldest;         /* where in the ring the oldest of them is */
} mt19937_reference;

/* Starts the sequence from the low 32 bits of the seed. */
void mt19937_reference_seed(mt19937_reference *g, uint64_t seed);

/* The next 32 bits. */
uint32_t mt19937_reference_bits32(mt19937_reference *g);

#endif
