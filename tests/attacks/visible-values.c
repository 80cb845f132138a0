/* attack: class=visible-tests, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Carries a table of answers: recognises the numbers that the lesson's default seed draws by the
 * first bytes of the image and prints the output that was once seen for them. Every submission
 * gets seeds of its own, so the table never fits. */
#include <stdint.h>
#include <string.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static const struct {
        uint32_t image;
        float output;
    } seen[] = { { 0x3f800000u, 3.0f }, { 0x3e99999au, 0.25f }, { 0xbf000000u, -1.5f } };
    uint32_t bits;

    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
    memcpy(&bits, x, sizeof bits);
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        if (bits == seen[i].image)
            y[0] = seen[i].output;
}
