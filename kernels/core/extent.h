/* extent.h: products of extents that may not overflow. */
#ifndef EXTENT_H
#define EXTENT_H

#include <stdbool.h>
#include <stddef.h>

/* True if every extent is >= 0 and a tensor of 8-byte elements with these extents, and every
 * product of some of them, fits into ptrdiff_t: flat offsets and byte counts cannot overflow.
 * Stores the number of elements in *count unless count is NULL. */
bool extent_product(int rank, const int *extents, ptrdiff_t *count);

/* True if a + b fits into int; stores it in *sum. Both must be >= 0. */
bool extent_sum(int a, int b, int *sum);

#endif
