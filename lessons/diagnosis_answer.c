/* diagnosis_answer.c: the outputs of one run, and when those of two runs are the same.
 *
 * Hazard: a mistake may be as large as any number, and its rounding errors go with what was added
 *         up, which nobody knows but of the right result. So two answers may differ by a few times
 *         what the reference allows the larger of the element and the average one. */
#include "lessons/diagnosis_parts.h"

#include <stdlib.h>

static const double slack = 4.0;        /* two kernels, and sums that are not the reference's */

bool diagnosis_answer_take(check_trial *t, const void *row, diagnosis_answer *a)
{
    const check_problem *const p = check_trial_problem(t);

    *a = (diagnosis_answer){ 0 };
    if (!check_trial_run(t, row, &a->found))
        return false;
    for (int i = 0; i < p->tensor_count; i++) {
        if (!check_trial_writes(t, i))
            continue;
        a->cell[i] = malloc((size_t)p->tensor[i].count * sizeof *a->cell[i] + 1);
        if (!a->cell[i])
            return false;
        for (ptrdiff_t at = 0; at < p->tensor[i].count; at++) {
            const check_outcome outcome = check_trial_judge(t, i, at);
            a->cell[i][at] = (diagnosis_cell){ check_trial_got(t, i, at), outcome };
            a->wrong[i] = a->wrong[i] || outcome != CHECK_PASSED;
        }
    }
    return true;
}

void diagnosis_answer_free(diagnosis_answer *a)
{
    for (int i = 0; i < CHECK_MAX_TENSORS; i++)
        free(a->cell[i]);
}

/* What the reference allows an average element of the tensor. */
static double average_allowed(const check_trial *t, int i)
{
    const ptrdiff_t count = check_trial_problem(t)->tensor[i].count;
    double sum = 0.0;

    for (ptrdiff_t at = 0; at < count; at++) {
        const double allowed = check_trial_allowed(t, i, at);
        sum += isfinite(allowed) ? allowed : 0.0;
    }
    return count > 0 ? sum / (double)count : 0.0;
}

static double tolerance(const check_trial *t, int i, ptrdiff_t at, double average, double size)
{
    const double terms = fmax(check_trial_want(t, i, at).terms, 2.0);
    const double allowed = check_trial_allowed(t, i, at);

    if (check_trial_problem(t)->tensor[i].type != CHECK_FLOAT)
        return 0.0;
    return slack * (fmax(isfinite(allowed) ? allowed : 0.0, average) + terms * 0x1p-24 * size);
}

static bool poison(check_outcome o)
{
    return o == CHECK_UNWRITTEN || o == CHECK_STALE || o == CHECK_SCRATCH || o == CHECK_OUTSIDE;
}

/* Which poison a NaN came from cannot be told once another NaN took part. */
static bool same_poison(const check_trial *t, check_outcome a, check_outcome b)
{
    const bool unwritten = a == CHECK_UNWRITTEN || b == CHECK_UNWRITTEN;

    return a == b || (check_trial_special(t) && !unwritten);
}

bool diagnosis_answers_agree(const check_trial *t, int i, const diagnosis_answer *a,
                             const diagnosis_answer *b)
{
    const double average = average_allowed(t, i);

    for (ptrdiff_t at = 0; at < check_trial_problem(t)->tensor[i].count; at++) {
        const diagnosis_cell x = a->cell[i][at], y = b->cell[i][at];
        if (x.outcome == CHECK_PASSED && y.outcome == CHECK_PASSED)
            continue;
        if (poison(x.outcome) || poison(y.outcome)) {
            if (!same_poison(t, x.outcome, y.outcome))
                return false;
        } else if (isnan(x.got) || isnan(y.got)) {
            if (!isnan(x.got) || !isnan(y.got))
                return false;
        } else if (x.got != y.got) {
            const double size = fmax(fabs(x.got), fabs(y.got));
            if (!(fabs(x.got - y.got) <= tolerance(t, i, at, average, size)) || isinf(size))
                return false;
        }
    }
    return true;
}

/* Largest error among the elements that are finite, as they should be. */
static double largest_error(const check_trial *t, int i, const diagnosis_answer *a)
{
    double most = 0.0;

    for (ptrdiff_t at = 0; at < check_trial_problem(t)->tensor[i].count; at++) {
        const double error = fabs(a->cell[i][at].got - check_trial_want(t, i, at).value);
        if (isfinite(error))
            most = fmax(most, error);
    }
    return most;
}

bool diagnosis_answers_err_alike(const check_trial *t, int i, const diagnosis_answer *a,
                                 const diagnosis_answer *b)
{
    const double x = largest_error(t, i, a), y = largest_error(t, i, b);

    return x > 0.0 && y > 0.0 && x < 100.0 * y && y < 100.0 * x;
}

bool diagnosis_answers_add_up(const check_trial *t, int i, const diagnosis_answer *a,
                              const diagnosis_answer *b, const diagnosis_answer *c)
{
    const double average = average_allowed(t, i);
    bool from_b = false, from_c = false;

    if (!a->wrong[i] || check_trial_problem(t)->tensor[i].type != CHECK_FLOAT)
        return false;
    for (ptrdiff_t at = 0; at < check_trial_problem(t)->tensor[i].count; at++) {
        const double want = check_trial_want(t, i, at).value, got = a->cell[i][at].got;
        const double sum = b->cell[i][at].got + c->cell[i][at].got - want;
        const double size = fmax(fmax(fabs(b->cell[i][at].got), fabs(c->cell[i][at].got)),
                                 fmax(fabs(want), fabs(got)));
        if (!isfinite(want) && a->cell[i][at].outcome == CHECK_PASSED)
            continue;
        if (!isfinite(got) || !isfinite(sum) ||
            fabs(got - sum) > tolerance(t, i, at, average, size))
            return false;
        from_b = from_b || b->cell[i][at].outcome != CHECK_PASSED;
        from_c = from_c || c->cell[i][at].outcome != CHECK_PASSED;
    }
    return from_b && from_c;
}
