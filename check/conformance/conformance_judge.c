/* conformance_judge.c: holds what a variant wrote, and what the reference says, against the file.
 *
 * Allowed for a kernel: the bound of reference/exact.h, plus what errors of saved values (a mean,
 * a softmax) carry into the result; where the file holds float32 numbers, the same once more for
 * whoever computed them, and one rounding of the number itself. Results that are copied or
 * selected must be equal. Allowed for the reference: 1e-11 of the magnitude against float64
 * numbers. */
#include "check/conformance/conformance_case.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Slack for the second-order terms that the first-order bound leaves out. */
static const double slack = 1.01;
static const double reference_tolerance = 1e-11;
static const double float_roundoff = 0x1p-24;

static conformance_failure *next_failure(conformance_case *c, const char *concept,
                                         const char *variant, const char *tensor)
{
    conformance_result *const r = c->result;
    static conformance_failure beyond;
    conformance_failure *const f =
        r->failure_count < CONFORMANCE_MAX_FAILURES ? &r->failure[r->failure_count] : &beyond;

    r->failure_count++;
    if (case_ok(c))
        r->outcome = CONFORMANCE_FAILED;
    *f = (conformance_failure){ .rank = 0 };
    snprintf(f->variant, sizeof f->variant, "%s%s%s", concept, variant ? "/" : "",
             variant ? variant : "");
    snprintf(f->tensor, sizeof f->tensor, "%s", tensor);
    return f;
}

void case_fail(conformance_case *c, const char *concept, const char *variant, const char *tensor,
               const char *format, ...)
{
    conformance_failure *const f = next_failure(c, concept, variant, tensor);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(f->note, sizeof f->note, format, arguments);
    va_end(arguments);
}

/* ---- One element ---- */

static double want_at(const safetensors_tensor *t, ptrdiff_t i)
{
    switch (t->type) {
    case SAFETENSORS_F32: return (double)((const float *)t->data)[i];
    case SAFETENSORS_F64: return ((const double *)t->data)[i];
    case SAFETENSORS_I64: return (double)((const int64_t *)t->data)[i];
    case SAFETENSORS_I32: return (double)((const int32_t *)t->data)[i];
    case SAFETENSORS_U8:
    case SAFETENSORS_BOOL: return (double)((const uint8_t *)t->data)[i];
    default: return NAN;
    }
}

/* How far the kernel (roundoff > 0) or the reference (0) may be from the file's element i. */
static double allowed_error(const case_output *o, ptrdiff_t i, double roundoff)
{
    if (o->got_whole)
        return 0.0;
    const exact *const e = &o->truth[i];
    const bool rounded = o->want->type == SAFETENSORS_F32;
    const double magnitude = fmax(e->magnitude, fabs(e->value));
    const double sum = slack * e->terms * e->magnitude;
    const double carried = slack * (roundoff > 0.0 ? o->carried[i] : o->truth_carried[i]);
    const double own = fabs(want_at(o->want, i)) * (rounded ? float_roundoff : 0x1p-53);

    if (!(e->terms > 0.0) && !(carried > 0.0))
        return 0.0;                             /* copied or selected */
    const double underflow = (e->terms + 1.0) * (double)FLT_TRUE_MIN;
    if (roundoff > 0.0)
        return (sum + carried) * (roundoff + (rounded ? float_roundoff : 0.0)) + own + underflow;
    if (rounded)
        return (sum + carried) * float_roundoff + own + underflow;
    return reference_tolerance * magnitude + carried * float_roundoff + own;
}

/* The error as a fraction of what is allowed: at most 1 is right, infinite if nothing is. */
static double error_fraction(double got, double want, double allowed)
{
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0.0 : INFINITY;
    if (got == want)
        return 0.0;
    if (isinf(got) && fabs(want) > (double)FLT_MAX && (got > 0.0) == (want > 0.0))
        return 0.0;                             /* beyond what a float can hold */
    if (isinf(got) || isinf(want) || !(allowed > 0.0))
        return INFINITY;
    return fabs(got - want) / allowed;
}

/* ---- One output ---- */

static void locate(const safetensors_tensor *t, ptrdiff_t i, conformance_failure *f)
{
    f->rank = t->rank;
    for (int axis = t->rank - 1; axis >= 0; axis--) {
        f->coordinate[axis] = i % (ptrdiff_t)t->shape[axis];
        i /= (ptrdiff_t)t->shape[axis];
    }
}

static double got_at(const case_output *o, ptrdiff_t i, bool reference)
{
    if (o->got_whole)
        return (double)(reference ? o->truth_whole[i] : o->got_whole[i]);
    return reference ? o->truth[i].value : (double)o->got[i];
}

/* roundoff 0: the reference. */
static void judge_output(conformance_case *c, const char *concept, const char *variant,
                         const case_output *o, double roundoff)
{
    ptrdiff_t wrong = 0, worst = 0;
    double worst_fraction = 0.0;

    for (ptrdiff_t i = 0; i < o->count; i++) {
        const double fraction = error_fraction(got_at(o, i, !(roundoff > 0.0)),
                                               want_at(o->want, i), allowed_error(o, i, roundoff));
        if (fraction <= 1.0)
            continue;
        if (fraction > worst_fraction) {
            worst = i;
            worst_fraction = fraction;
        }
        wrong++;
    }
    if (!wrong)
        return;
    conformance_failure *const f = next_failure(c, concept, variant, o->name);
    locate(o->want, worst, f);
    f->got = got_at(o, worst, !(roundoff > 0.0));
    f->want = want_at(o->want, worst);
    f->allowed = allowed_error(o, worst, roundoff);
    f->wrong = wrong;
    f->count = o->count;
}

/* ---- All outputs of one run ---- */

bool case_wants(conformance_case *c, const variant_info *info)
{
    if (!case_ok(c) || info->space != SPACE_HOST ||
        (c->only_variant && strcmp(c->only_variant, info->name) != 0))
        return false;
    for (int k = 0; k < c->output_count; k++) {
        const case_output *const o = &c->output[k];
        for (ptrdiff_t i = 0; i < o->count; i++)
            if (o->got_whole)
                o->got_whole[i] = INT64_MIN;
            else
                o->got[i] = NAN;
    }
    return true;
}

void case_judge(conformance_case *c, const char *concept, const variant_info *info, status verdict)
{
    if (verdict == STATUS_UNSUPPORTED)
        return;
    c->result->runs++;
    if (verdict != STATUS_OK) {
        case_fail(c, concept, info->name, "", "refused: %s", status_string(verdict));
        return;
    }
    for (int k = 0; k < c->output_count; k++)
        if (c->output[k].want)
            judge_output(c, concept, info->name, &c->output[k],
                         precision_roundoff(info->precision));
}

void case_judge_reference(conformance_case *c, const char *concept)
{
    for (int k = 0; case_ok(c) && k < c->output_count; k++)
        if (c->output[k].want)
            judge_output(c, concept, "reference", &c->output[k], 0.0);
}
