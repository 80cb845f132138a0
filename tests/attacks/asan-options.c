/* attack: class=sanitizer-hooks, lesson=conv/forward, expect=no-memory
 * says=watched
 *
 * Right, but reads beyond a local array; and tells the sanitizer's runtime by its own hooks to go
 * on after an error, with exit code 0, a report into nowhere, and everything suppressed. */
#include "kernels/conv2d/conv2d.h"

#define OPTIONS "halt_on_error=0:exitcode=0:log_path=/dev/null:report_globals=0:poison_heap=0:" \
                "detect_stack_use_after_return=0:abort_on_error=0:verbosity=0:start_deactivated=1"
#define HOOK(name, text) const char *name(void); const char *name(void) { return text; }
HOOK(__asan_default_options, OPTIONS)
HOOK(__ubsan_default_options, OPTIONS)
HOOK(__tsan_default_options, OPTIONS)
HOOK(__lsan_default_options, OPTIONS)
HOOK(__asan_default_suppressions, "interceptor_via_fun:*\ninterceptor_via_lib:*\n")
HOOK(__lsan_default_suppressions, "leak:*\n")

void __asan_on_error(void);
void __asan_on_error(void)
{
    __builtin_trap();
}

static float beyond(volatile float *few, int at)
{
    return few[at];
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    volatile float few[4] = { 0.0f };
    const float nothing = beyond(few, 4 + s->oh % 2) > 0.0f ? 0.0f : -0.0f;

    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
    y[0] += nothing;
}
