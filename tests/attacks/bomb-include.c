/* attack: class=compiler-bomb, lesson=conv/forward, expect=zero
 * says=compiler was stopped|nested
 *
 * Includes itself twice at every level: two to the power of 200 copies. The compiler would be at
 * it until the end of the sun. */
#include __FILE__
#include __FILE__

#include "kernels/conv2d/conv2d.h"
