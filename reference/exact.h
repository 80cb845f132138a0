/* exact.h: what the reference says of one output element, and the error it allows.
 *
 * A float32 evaluation of a sum, in any order, lies within
 *
 *     terms * u * magnitude                           u = 2^-24, to first order
 *
 * of the exact value, where magnitude is the sum of the absolute values of what is added up and
 * terms the largest number of roundings that any one of them goes through. For a dot product of n
 * products plus a bias that is n + 1. For a value that is only copied or selected terms is 0: the
 * output must be equal to the last bit.
 * Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 3.1. */
#ifndef EXACT_H
#define EXACT_H

#include <math.h>
#include <stddef.h>

typedef struct {
    double value;       /* the result, computed in double precision */
    double magnitude;   /* sum of the absolute values of its terms */
    double terms;       /* roundings on the longest path of a term; 0: exact */
} exact;

/* Adds one product or plain value to a sum: its value and its magnitude. */
static inline void exact_add(exact *sum, double term)
{
    sum->value += term;
    sum->magnitude += fabs(term);
}

#endif
