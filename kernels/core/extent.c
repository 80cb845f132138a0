/* extent.c: products of extents that may not overflow. */
#include "kernels/core/extent.h"

#include <limits.h>
#include <stdint.h>

bool extent_product(int rank, const int *extents, ptrdiff_t *count)
{
    const ptrdiff_t largest = PTRDIFF_MAX / 8;
    ptrdiff_t nonzero = 1;                      /* so that a zero extent hides no overflow */
    bool empty = false;

    for (int i = 0; i < rank; i++) {
        if (extents[i] < 0)
            return false;
        if (extents[i] == 0)
            empty = true;
        else if (nonzero > largest / extents[i])
            return false;
        else
            nonzero *= extents[i];
    }
    if (count)
        *count = empty ? 0 : nonzero;
    return true;
}

bool extent_sum(int a, int b, int *sum)
{
    if (a > INT_MAX - b)
        return false;
    *sum = a + b;
    return true;
}
