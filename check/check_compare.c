/* check_compare.c: how far from the reference an element may lie.
 *
 * Idea: a sum of products, added up in any order, errs by at most terms * u * magnitude (see
 *       reference/exact.h). A hundredth more covers the second order, for up to 10^5 terms. Numbers
 *       below 2^-126 have an absolute spacing of 2^-149, so each of the roundings may also lose
 *       that much. A row of lower precision rounds both factors of a product to u, once each, and
 *       adds up in float32.
 * Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., sections 2.1, 3.1. */
#include "check/check_engine.h"

double check_allowed(exact want, variant_precision precision)
{
    if (want.terms == 0.0)
        return 0.0;
    const double sums = want.terms * precision_roundoff(PRECISION_FP32);
    const double factors = precision == PRECISION_FP32 ? 0.0 : 2.0 * precision_roundoff(precision);
    return 1.01 * (sums + factors) * want.magnitude + (want.terms + 1.0) * 0x1p-149;
}

bool check_within(float got, exact want, variant_precision precision, double *fraction)
{
    const double overflow = 0x1.ffffffp+127;    /* from here on a float rounds to infinity */
    const double allowed = check_allowed(want, precision);

    *fraction = 0.0;
    if (isnan(want.value))
        return isnan(got);
    if (isinf(want.value))
        return (double)got == want.value;
    if (isinf(got) && signbit(got) == signbit(want.value) &&
        fabs(want.value) + allowed >= overflow)
        return true;
    const double error = fabs((double)got - want.value);
    if (error == 0.0)
        return true;
    *fraction = allowed > 0.0 && isfinite(error) ? error / allowed : INFINITY;
    return error <= allowed && isfinite(allowed);
}

double check_element(check_type type, const void *data, ptrdiff_t i)
{
    switch (type) {
    case CHECK_INT32: return ((const int32_t *)data)[i];
    case CHECK_BYTE: return ((const uint8_t *)data)[i];
    case CHECK_FLOAT: break;
    }
    return (double)((const float *)data)[i];
}

check_outcome check_judge(check_type type, double got, const void *bytes, exact want,
                          variant_precision precision, double *fraction)
{
    const check_outcome poison = check_poison_of(type, bytes, 0);

    *fraction = got == want.value ? 0.0 : INFINITY;
    if (type != CHECK_FLOAT)                    /* where the poison may be the legal value, too */
        return *fraction == 0.0 ? CHECK_PASSED : poison == CHECK_PASSED ? CHECK_MISMATCH : poison;
    if (poison != CHECK_PASSED)
        return poison;
    return check_within((float)got, want, precision, fraction) ? CHECK_PASSED : CHECK_MISMATCH;
}
