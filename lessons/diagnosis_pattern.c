/* diagnosis_pattern.c: what a tensor full of wrong numbers has in common with the right one.
 *
 * Idea: each pattern is a question about one wrong answer; it counts only if the answer is yes on
 *       every problem on which the tensor was wrong, and if there were enough numbers to ask. */
#include "lessons/diagnosis_parts.h"

#include <stdio.h>
#include <string.h>

typedef enum {
    ALL_ZERO, ALL_NAN, NEGATED, FACTOR, LATE, EARLY, TRANSPOSED, COPY, OFFSET, CHANNEL_OFFSET,
    FIRST_ONLY, NEVER_WRITTEN, ROUNDING
} pattern;

_Static_assert(ROUNDING + 1 == DIAGNOSIS_PATTERNS, "one count per pattern");

enum { ENOUGH = 6 };                    /* wrong elements, over all problems */

/* One tensor of one answer. */
typedef struct {
    const check_trial *trial;
    const check_tensor *tensor;
    const diagnosis_cell *cell;
    int i;
} view;

static double want(const view *v, ptrdiff_t at)
{
    return check_trial_want(v->trial, v->i, at).value;
}

static bool near(double a, double b, double unit)
{
    return a == b || fabs(a - b) <= 0x1p-18 * unit;     /* sums of some hundred terms */
}

/* The largest finite magnitude among what is wanted; 0 if there is none. */
static double scale(const view *v)
{
    double most = 0.0;

    for (ptrdiff_t at = 0; at < v->tensor->count; at++)
        if (isfinite(want(v, at)))
            most = fmax(most, check_trial_want(v->trial, v->i, at).magnitude);
    return most;
}

/* True if what lies at `at` is what belongs to source(v, at) everywhere, where that is an element,
 * and this says something about one of them. */
static bool moved(const view *v, ptrdiff_t (*source)(const view *, ptrdiff_t))
{
    const double unit = scale(v);
    ptrdiff_t compared = 0;

    for (ptrdiff_t at = 0; at < v->tensor->count; at++) {
        const ptrdiff_t from = source(v, at);
        if (from < 0 || from >= v->tensor->count)
            continue;
        if (!near(v->cell[at].got, want(v, from), unit))
            return false;
        compared += want(v, from) != 0.0 && want(v, from) != want(v, at);
    }
    return compared > 0;
}

static ptrdiff_t one_before(const view *v, ptrdiff_t at)
{
    (void)v;
    return at - 1;
}

static ptrdiff_t one_after(const view *v, ptrdiff_t at)
{
    (void)v;
    return at + 1;
}

/* The last two extents beyond 1 change places, in the tensor's memory. */
static ptrdiff_t mirrored(const view *v, ptrdiff_t at)
{
    const int *const extent = v->tensor->extent;
    int last = v->tensor->rank - 1;

    while (last > 0 && extent[last] == 1)
        last--;
    if (last < 1)
        return -1;
    const ptrdiff_t columns = extent[last], rows = extent[last - 1], plane = rows * columns;
    const ptrdiff_t in_plane = at % plane;
    return at - in_plane + in_plane % rows * columns + in_plane / rows;
}

/* got = factor * want; NaN if there is no such factor, or nothing to find it by. */
static double factor_of(const view *v)
{
    ptrdiff_t largest = -1;
    int counted = 0;

    for (ptrdiff_t at = 0; at < v->tensor->count; at++)
        if (isfinite(want(v, at)) && want(v, at) != 0.0) {
            counted++;
            if (largest < 0 || fabs(want(v, at)) > fabs(want(v, largest)))
                largest = at;
        }
    if (largest < 0)
        return NAN;
    const double factor = v->cell[largest].got / want(v, largest), unit = scale(v);
    for (ptrdiff_t at = 0; at < v->tensor->count; at++)
        if (isfinite(want(v, at)) &&
            !near(v->cell[at].got, factor * want(v, at), unit * fmax(1.0, fabs(factor))))
            return NAN;
    return counted > 0 && factor != 0.0 && isfinite(factor) ? factor : NAN;
}

static bool filled_with(const view *v, bool (*like)(double got))
{
    bool telling = false;

    for (ptrdiff_t at = 0; at < v->tensor->count; at++) {
        if (!like(v->cell[at].got) || v->cell[at].outcome == CHECK_UNWRITTEN)
            return false;
        telling = telling || v->cell[at].outcome == CHECK_MISMATCH;
    }
    return telling;
}

static bool is_zero(double got)
{
    return got == 0.0;
}

static bool is_nan(double got)
{
    return isnan(got);
}

/* Some input of the same size, element by element. */
static bool copied(const view *v)
{
    const check_problem *const p = check_trial_problem(v->trial);

    for (int k = 0; k < p->tensor_count; k++) {
        if (!check_trial_reads(v->trial, k) || p->tensor[k].count != v->tensor->count)
            continue;
        bool same = true;
        for (ptrdiff_t at = 0; same && at < v->tensor->count; at++) {
            const double input = check_trial_input(v->trial, k, at);
            same = v->cell[at].got == input || (isnan(v->cell[at].got) && isnan(input));
        }
        if (same)
            return true;
    }
    return false;
}

/* got - want is the same all over, or (by_channel) all over each channel: dimension 1 of 4. */
static bool offset(const view *v, bool by_channel)
{
    const int *const extent = v->tensor->extent;
    const ptrdiff_t inner = (ptrdiff_t)extent[2] * extent[3];
    const double unit = scale(v);
    double first[64];
    bool known[64] = { false };

    if (by_channel && (v->tensor->rank != 4 || extent[1] > 64 || extent[1] < 2))
        return false;
    for (ptrdiff_t at = 0; at < v->tensor->count; at++) {
        const ptrdiff_t group = by_channel ? at / inner % extent[1] : 0;
        const double error = v->cell[at].got - want(v, at);
        if (!isfinite(error) && isfinite(want(v, at)))
            return false;
        if (!isfinite(error))
            continue;
        if (!known[group]) {
            known[group] = true;
            first[group] = error;
        } else if (!near(error, first[group], 4.0 * fmax(unit, fabs(error)))) {
            return false;
        }
    }
    return v->tensor->count > 1;
}

/* Right in the first of dimension 0, wrong in all others. */
static bool first_only(const view *v)
{
    const ptrdiff_t outer = v->tensor->extent[0], inner = v->tensor->count / (outer ? outer : 1);
    bool wrong[2] = { false, false };

    for (ptrdiff_t at = 0; at < v->tensor->count; at++)
        if (v->cell[at].outcome != CHECK_PASSED)
            wrong[at >= inner] = true;
    return outer > 1 && inner > 1 && !wrong[0] && wrong[1];
}

static bool never_written(const view *v)
{
    for (ptrdiff_t at = 0; at < v->tensor->count; at++)
        if (v->cell[at].outcome != CHECK_UNWRITTEN)
            return false;
    return true;
}

/* Almost right everywhere: within a thousandth of what was added up (nothing was, where every bit
 * counts). */
static bool rounded(const view *v)
{
    for (ptrdiff_t at = 0; at < v->tensor->count; at++) {
        const exact e = check_trial_want(v->trial, v->i, at);
        if (v->cell[at].outcome != CHECK_PASSED &&
            !(fabs(v->cell[at].got - e.value) <= 1e-3 * fmax(e.magnitude, fabs(e.value))))
            return false;
    }
    return v->tensor->type == CHECK_FLOAT;
}

static void note_factor(diagnosis_pattern *p, const view *v)
{
    const check_problem *const problem = check_trial_problem(v->trial);
    const double factor = factor_of(v);
    unsigned times = 0, divided = 0;

    p->fits[FACTOR] += !isnan(factor);
    p->fits[NEGATED] += fabs(factor + 1.0) < 1e-5;
    for (int k = 0; k < problem->concept->param_count; k++) {
        times |= (unsigned)(fabs(factor / problem->param[k] - 1.0) < 1e-5) << k;
        divided |= (unsigned)(fabs(factor * problem->param[k] - 1.0) < 1e-5) << k;
    }
    if (p->problems == 0) {
        p->factor = factor;
        p->times = times;
        p->divided = divided;
    } else {
        p->times &= times;
        p->divided &= divided;
        if (!(fabs(factor / p->factor - 1.0) < 1e-5))
            p->factor = NAN;
    }
}

void diagnosis_pattern_note(diagnosis_pattern *p, const check_trial *t, int i,
                            const diagnosis_answer *a)
{
    const view v = { t, &check_trial_problem(t)->tensor[i], a->cell[i], i };

    note_factor(p, &v);
    p->fits[ALL_ZERO] += filled_with(&v, is_zero);
    p->fits[ALL_NAN] += filled_with(&v, is_nan);
    p->fits[LATE] += moved(&v, one_before);
    p->fits[EARLY] += moved(&v, one_after);
    p->fits[TRANSPOSED] += moved(&v, mirrored);
    p->fits[COPY] += copied(&v);
    p->fits[OFFSET] += offset(&v, false);
    p->fits[CHANNEL_OFFSET] += offset(&v, true);
    p->fits[FIRST_ONLY] += first_only(&v);
    p->fits[NEVER_WRITTEN] += never_written(&v);
    p->fits[ROUNDING] += rounded(&v);
    p->problems++;
    for (ptrdiff_t at = 0; at < v.tensor->count; at++)
        p->elements += v.cell[at].outcome != CHECK_PASSED;
}

/* ---- In words ---- */

typedef struct {
    const char *name, *words[FEEDBACK_LANGUAGES];
} pattern_words;

static const pattern_words words[DIAGNOSIS_PATTERNS] = {
    [ALL_ZERO] = { "all-zero", {
        "Every value is zero. Does the loop that computes run at all, and does its result "
        "reach the output?",
        "모든 값이 0입니다. 계산하는 반복문이 실제로 실행되고 그 "
        "결과가 출력에 저장되는지 보세요." } },
    [ALL_NAN] = { "all-nan", {
        "Every value is NaN. Look for 0 / 0, the logarithm or root of a negative number, or a "
        "sum that begins with a variable nobody set.",
        "모든 값이 NaN입니다. 0 / 0, 음수의 로그나 제곱근, 초기화하지 "
        "않은 변수에서 시작하는 합을 찾아보세요." } },
    [NEGATED] = { "negated", {
        "Every value has the right size and the wrong sign.",
        "모든 값의 크기는 맞지만 부호가 반대입니다." } },
    [FACTOR] = { "factor", {
        "Every value is the right one times a factor: a scale is missing, or applied twice.",
        "모든 값이 정답에 어떤 배수를 곱한 것입니다. 배율이 빠졌거나 "
        "두 번 적용되었습니다." } },
    [LATE] = { "one-late", {
        "Every value lies one place too late: an index is one too large.",
        "모든 값이 한 칸 뒤에 있습니다. 인덱스가 1만큼 큽니다." } },
    [EARLY] = { "one-early", {
        "Every value lies one place too early: an index is one too small.",
        "모든 값이 한 칸 앞에 있습니다. 인덱스가 1만큼 작습니다." } },
    [TRANSPOSED] = { "transposed", {
        "The values are right, but rows and columns have changed places: look at how the "
        "index of the output is built.",
        "값은 맞지만 행과 열이 바뀌었습니다. 출력의 인덱스를 어떻게 "
        "만드는지 보세요." } },
    [COPY] = { "copy", {
        "The output is a copy of an input: nothing has been done to it.",
        "출력이 입력을 그대로 복사한 것입니다. 아무 계산도 하지 "
        "않았습니다." } },
    [OFFSET] = { "offset", {
        "Every value is off by the same amount: something is added once too often, or not at "
        "all.",
        "모든 값이 같은 양만큼 어긋납니다. 무언가를 한 번 더 "
        "더했거나 더하지 않았습니다." } },
    [CHANNEL_OFFSET] = { "channel-offset", {
        "Every channel is off by an amount of its own, the same all over it: look at what is "
        "added per channel, such as a bias.",
        "채널마다 일정한 양만큼 어긋납니다. 편향처럼 채널마다 "
        "더하는 값을 확인하세요." } },
    [FIRST_ONLY] = { "first-only", {
        "The first one of the outermost index (the first image, row or filter) is right and "
        "later ones are not: look at how the index of the others is built, and at what has to "
        "be reset between them.",
        "가장 바깥 인덱스의 첫 번째(첫 이미지, 첫 행, 첫 필터)는 맞고 "
        "그다음부터 틀립니다. 나머지의 인덱스를 어떻게 만드는지, 그 "
        "사이에 무엇을 초기화해야 하는지 보세요." } },
    [NEVER_WRITTEN] = { "never-written", {
        "Nothing is written to it at all.",
        "여기에는 아무것도 쓰지 않았습니다." } },
    [ROUNDING] = { "rounding", {
        "Almost right: the formula seems to be right, but precision is lost on the way. Look "
        "for numbers rounded too early, small differences of large numbers, or constants with "
        "too few digits.",
        "거의 맞습니다. 공식은 맞아 보이지만 계산 중에 정밀도를 "
        "잃습니다. 너무 일찍 반올림한 값, 큰 수끼리의 작은 차, "
        "자릿수가 모자란 상수를 찾아보세요." } },
};

/* The most telling one first. */
static const pattern order[DIAGNOSIS_PATTERNS] = {
    NEVER_WRITTEN, ALL_ZERO, ALL_NAN, COPY, NEGATED, ROUNDING, FACTOR, OFFSET, TRANSPOSED, LATE,
    EARLY, CHANNEL_OFFSET, FIRST_ONLY
};

/* Which factor, if that can be told. */
static void add_factor(const diagnosis_pattern *p, const check_concept *c, diagnosis_finding *f)
{
    const unsigned which = p->times ? p->times : p->divided;
    char *const en = f->words[FEEDBACK_ENGLISH], *const ko = f->words[FEEDBACK_KOREAN];
    const size_t en_used = strlen(en), ko_used = strlen(ko);

    if (!isnan(p->factor)) {
        snprintf(en + en_used, DIAGNOSIS_BYTES - en_used, " The factor is %.6g.", p->factor);
        snprintf(ko + ko_used, DIAGNOSIS_BYTES - ko_used, " 배수는 %.6g입니다.", p->factor);
    } else if (which) {
        const char *const name = c->param[__builtin_ctz(which)].name;
        const char *const over = p->times ? "" : "1 / ";
        snprintf(en + en_used, DIAGNOSIS_BYTES - en_used, " The factor is %s%s.", over, name);
        snprintf(ko + ko_used, DIAGNOSIS_BYTES - ko_used, " 배수는 %s%s입니다.", over, name);
    }
}

bool diagnosis_pattern_find(const diagnosis_pattern *p, const check_concept *c,
                            diagnosis_finding *f)
{
    if (p->problems == 0 || p->elements < ENOUGH)
        return false;
    for (int k = 0; k < DIAGNOSIS_PATTERNS; k++) {
        const pattern which = order[k];
        if (p->fits[which] < p->problems)
            continue;
        f->name = words[which].name;
        for (int language = 0; language < FEEDBACK_LANGUAGES; language++)
            snprintf(f->words[language], DIAGNOSIS_BYTES, "%s", words[which].words[language]);
        if (which == FACTOR)
            add_factor(p, c, f);
        return true;
    }
    return false;
}
