/* floats.c: arrays of floats for tests of kernels. */
#include "tests/support/floats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

void floats_pattern(float *x, ptrdiff_t count, int step, int modulus, int offset)
{
    for (ptrdiff_t i = 0; i < count; i++)
        x[i] = (float)(i * step % modulus - offset);
}

float *floats_new(ptrdiff_t count)
{
    const size_t bytes = ((size_t)count * sizeof(float) / 64 + 1) * 64;
    float *const x = aligned_alloc(64, bytes);

    if (!x)
        abort();
    for (ptrdiff_t i = 0; i < (ptrdiff_t)(bytes / sizeof *x); i++)
        x[i] = NAN;
    return x;
}

void *floats_workspace(size_t bytes)
{
    return bytes ? floats_new((ptrdiff_t)(bytes / sizeof(float))) : NULL;
}

void floats_expect(const char *variant, const char *array, const float *got, const float *want,
                   ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (!(got[i] == want[i]))
            fail_msg("%s: %s[%td] is %.9g, not %.9g", variant, array, i, (double)got[i],
                     (double)want[i]);
}

void floats_expect_bits(const char *variant, const char *array, const float *got,
                        const float *want, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (memcmp(&got[i], &want[i], sizeof got[i]) != 0)
            fail_msg("%s: the bits of %s[%td] are those of %.9g, not %.9g", variant, array, i,
                     (double)got[i], (double)want[i]);
}
