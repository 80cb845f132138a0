/* attack: class=sanitizer-hooks, lesson=conv/forward, expect=no-memory, set=often
 * says=does not compile
 *
 * Right, but reads beyond a local array; and brings its own functions for the sanitizer's
 * reports, checks and end, which do nothing. Bound inside the object, they are found before the
 * runtime's. */
#include "kernels/conv2d/conv2d.h"

#define HOOK(name) void name(void *at); void name(void *at) { (void)at; }
HOOK(__asan_report_load1)
HOOK(__asan_report_load2)
HOOK(__asan_report_load4)
HOOK(__asan_report_load8)
HOOK(__asan_report_load16)
HOOK(__asan_report_store1)
HOOK(__asan_report_store4)
HOOK(__asan_report_store8)
HOOK(__asan_report_store16)
HOOK(__asan_load4_noabort)
HOOK(__asan_report_load4_noabort)
HOOK(__asan_handle_no_return)
HOOK(__sanitizer_print_stack_trace)
HOOK(__sanitizer_set_death_callback)

static float beyond(volatile float *few, int at)
{
    return few[at];
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    volatile float few[4] = { 0.0f };
    float nothing = beyond(few, 4 + s->oh % 2);

    nothing = nothing > 0.0f ? 0.0f : -0.0f;
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
    y[0] += nothing * 0.0f;
}
