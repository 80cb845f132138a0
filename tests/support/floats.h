/* floats.h: arrays of floats for tests of kernels.
 *
 * Whole numbers of a few bits make every sum exact whatever its order, so that results of
 * different variants can be compared bit for bit. */
#ifndef FLOATS_H
#define FLOATS_H

#include <stddef.h>

/* x[i] = (step*i) % modulus - offset: the pattern in which the expected numbers were computed. */
void floats_pattern(float *x, ptrdiff_t count, int step, int modulus, int offset);

/* Room for `count` floats, 64-byte aligned, every one NaN; never NULL. For free(). */
float *floats_new(ptrdiff_t count);

/* Workspace of that many bytes, filled with NaN; NULL for 0 bytes. For free(). */
void *floats_workspace(size_t bytes);

/* Fails the running test unless every got[i] == want[i], naming the variant, the array and i. */
void floats_expect(const char *variant, const char *array, const float *got, const float *want,
                   ptrdiff_t count);

/* Fails the running test unless both arrays hold the same bits. */
void floats_expect_bits(const char *variant, const char *array, const float *got,
                        const float *want, ptrdiff_t count);

#endif
