/* special_functions.h: the functions of device_math.h that take more than a line, in double. */
#ifndef CUSIM_SPECIAL_FUNCTIONS_H
#define CUSIM_SPECIAL_FUNCTIONS_H

#include <cmath>

namespace cusim {

/* sin(pi x): the whole turns are taken off first, exactly. */
inline double sine_of_pi_times(double x)
{
    const double r = std::remainder(x, 2.0);            /* -1 ... 1 */
    const double a = std::fabs(r);
    if (a == 0 || a == 1)
        return std::copysign(0.0, x);
    return std::copysign(a <= 0.25 ? std::sin(M_PI * a) : a < 0.75 ? std::cos(M_PI * (a - 0.5))
                                                                   : std::sin(M_PI * (1 - a)), r);
}

inline double cosine_of_pi_times(double x)
{
    const double a = std::fabs(std::remainder(x, 2.0));
    if (a == 0.5)
        return 0;
    return a <= 0.25 ? std::cos(M_PI * a) : a < 0.75 ? std::sin(M_PI * (0.5 - a))
                                                     : -std::cos(M_PI * (1 - a));
}

/* exp(x^2) erfc(x). For large x, where the factors leave the range, by the continued fraction
 * 1 / (sqrt(pi) (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...))))). */
inline double scaled_erfc(double x)
{
    if (!(x > 5))
        return std::exp(x * x) * std::erfc(x);
    double tail = x;
    for (int k = 60; k >= 1; k--)
        tail = x + 0.5 * k / tail;
    return 1 / (std::sqrt(M_PI) * tail);
}

/* The y at which erfc(y) = x, 0 < x < 2: Halley's method on log erfc from a start that is good to
 * two digits (Winitzki's approximation of erf). */
inline double inverse_erfc(double x)
{
    if (!(x >= 0 && x <= 2))
        return NAN;
    if (x == 0 || x == 2)
        return x == 0 ? INFINITY : -INFINITY;
    if (x > 1)
        return -inverse_erfc(2 - x);
    const double a = 0.147, l = std::log(x * (2 - x)), b = 2 / (M_PI * a) + l / 2;
    double y = std::sqrt(std::sqrt(b * b - l / a) - b);
    for (int i = 0; i < 4; i++) {
        /* g(y) = log erfc(y) - log x: g' = -2/sqrt(pi) / scaled_erfc(y), g'' = -g' (2 y + g') */
        const double scaled = scaled_erfc(y);
        const double g = std::log(scaled) - y * y - std::log(x);
        const double slope = -M_2_SQRTPI / scaled, bend = -slope * (2 * y + slope);
        y -= g / (slope - g * bend / (2 * slope));
    }
    return y;
}

/* Near 0 erf itself is solved for, since 1 - x would lose digits. */
inline double inverse_erf(double x)
{
    if (!(std::fabs(x) < 0.5))
        return x < 0 ? -inverse_erfc(1 + x) : inverse_erfc(1 - x);
    double y = x / M_2_SQRTPI;
    for (int i = 0; i < 5; i++) {
        const double error = (std::erf(y) - x) / (M_2_SQRTPI * std::exp(-y * y));
        y -= error / (1 + y * error);
    }
    return y;
}

/* Modified Bessel function of order 0 or 1: the power series, or for large x the asymptotic one. */
inline double bessel_i(int order, double x)
{
    const double size = std::fabs(x), sign = order == 1 && x < 0 ? -1 : 1;
    if (size < 30) {
        double term = order == 0 ? 1 : size / 2, sum = term;
        for (int k = 1; k < 200 && term > sum * 1e-18; k++) {
            term *= size * size / 4 / (k * (double)(k + order));
            sum += term;
        }
        return sign * sum;
    }
    double term = 1, sum = 1;
    for (int k = 1; k < 30; k++) {
        const double odd = 2 * k - 1;
        term *= -(4.0 * order * order - odd * odd) / (8 * k * size);
        sum += term;
    }
    return sign * std::exp(size / 2) / std::sqrt(2 * M_PI * size) * sum * std::exp(size / 2);
}

}  // namespace cusim

#endif
