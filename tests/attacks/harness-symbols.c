/* attack: class=harness-symbols, lesson=conv/forward, expect=zero, set=often
 * says=outside the allowed error
 *
 * Defines the harness's own functions, so that calls to them end here: the checks say yes, the
 * comparison finds no difference, the worker's helpers do nothing. */
#include <stdbool.h>
#include <stddef.h>

#include "kernels/conv2d/conv2d.h"

#define YES(name) bool name(void); bool name(void) { return true; }
#define NOTHING(name) void name(void); void name(void) { }
YES(check_compare)
YES(check_outcome_passed)
YES(check_tensor_same)
YES(exercise_read_record)
YES(worker_check)
NOTHING(check_variant)
NOTHING(check_variant_at)
NOTHING(check_trial_run)
NOTHING(protect_begin)
NOTHING(worker_answer)
NOTHING(worker_fault)
NOTHING(ffi_call)
NOTHING(seccomp_load)

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
