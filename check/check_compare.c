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
