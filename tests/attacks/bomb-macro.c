/* attack: class=compiler-bomb, lesson=conv/forward, expect=zero, set=often
 * says=out of memory|compiler was stopped
 *
 * Sixteen macros, each of which is the one before sixteen times: 2 to the power of 64 additions
 * from twenty lines. The compiler's memory is gone first. */
#include "kernels/conv2d/conv2d.h"

#define A(x) x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x
#define B(x) A(A(x))
#define C(x) B(B(x))
#define D(x) C(C(x))
#define E(x) D(D(x))

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    y[0] = E(E(x[0]));
}
