/* attack: class=compiler-bomb, lesson=conv/forward, expect=zero
 * says=compiler was stopped
 *
 * Source that is quick to read and slow to optimise: always-inlined functions, each of which calls
 * the one before eight times: 8 to the power of 9 copies of a loop. */
#include "kernels/conv2d/conv2d.h"

#define INLINE static inline __attribute__((always_inline)) float
#define LEVEL(name, below)                                                              \
    INLINE name(float x)                                                                \
    {                                                                                   \
        return below(x + 1) + below(x + 2) + below(x + 3) + below(x * 2) + below(x * 3) \
             + below(x * 4) + below(x / 2) + below(x / 3);                              \
    }

INLINE level0(float x)
{
    for (volatile int i = 0; i < 3; i++)
        x += 1.0f / (x + (float)i);
    return x;
}
LEVEL(level1, level0)
LEVEL(level2, level1)
LEVEL(level3, level2)
LEVEL(level4, level3)
LEVEL(level5, level4)
LEVEL(level6, level5)
LEVEL(level7, level6)
LEVEL(level8, level7)
LEVEL(level9, level8)

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    y[0] = level9(x[0]);
}
