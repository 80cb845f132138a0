/* feedback.c: a failed check, told to a student. */
#include "lessons/feedback.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lessons/diagnosis.h"
#include "lessons/feedback_parts.h"
#include "lessons/wrap.h"

feedback_language feedback_language_wanted(void)
{
    const char *const wanted = getenv("CONVLAB_LANG");

    return wanted && strncmp(wanted, "ko", 2) == 0 ? FEEDBACK_KOREAN : FEEDBACK_ENGLISH;
}

bool feedback_colour_wanted(int fd)
{
    const char *const none = getenv("NO_COLOR");

    return isatty(fd) && (!none || !*none);
}

/* ---- The problem ---- */

/* "  h = 3  (rows)" for each parameter that is not at its simplest, or whose simplest is a number
 * that nobody would guess (p_percent = 50). */
static void print_shape(const feedback_page *page, const check_concept *c, const int *param)
{
    int printed = 0;

    fprintf(page->out, "%s\n", feedback_say(page, "The smallest shape that fails:",
                                            "틀리는 가장 작은 모양:"));
    for (int i = 0; i < c->param_count; i++) {
        if (param[i] == c->param[i].simplest && (param[i] == 0 || param[i] == 1))
            continue;
        const char *const words =
            feedback_param_words(c->name, c->param[i].name, page->style.language);
        fprintf(page->out, "  %s = %d%s%s%s\n", c->param[i].name, param[i], words ? "  (" : "",
                words ? words : "", words ? ")" : "");
        printed++;
    }
    fprintf(page->out, "%s\n\n",
            printed ? feedback_say(page, "  and all others as simple as can be",
                                   "  나머지는 모두 가장 단순한 값")
                    : feedback_say(page, "  the simplest of all", "  가장 단순한 모양"));
}

/* The same in one line: "h=3, kernel_h=2". */
static void print_shape_line(const feedback_page *page, const check_concept *c, const int *param)
{
    const char *between = "  ";

    for (int i = 0; i < c->param_count; i++)
        if (param[i] != c->param[i].simplest) {
            fprintf(page->out, "%s%s=%d", between, c->param[i].name, param[i]);
            between = ", ";
        }
    fprintf(page->out, "\n");
}

static void print_tensors(const feedback_page *page, const check_trial *t)
{
    const check_problem *const p = check_trial_problem(t);

    for (int i = 0; i < p->tensor_count; i++) {
        const bool writes = check_trial_writes(t, i);
        if (!writes && !check_trial_reads(t, i))
            continue;
        fprintf(page->out, "  %s %s", writes ? feedback_say(page, "output", "출력")
                                             : feedback_say(page, "input ", "입력"),
                p->tensor[i].name);
        for (int axis = 0; axis < feedback_rank(p->concept->name, &p->tensor[i]); axis++)
            fprintf(page->out, "[%d]", p->tensor[i].extent[axis]);
        fprintf(page->out, "\n");
    }
    fprintf(page->out, "\n");
}

/* ---- The failure ---- */

static void print_place(const feedback_page *page, const check_case *f, const check_trial *t)
{
    const check_tensor *const tensor =
        t && f->rank > 0 ? check_find(check_trial_problem(t), f->tensor) : NULL;
    const int rank = tensor ? feedback_rank(check_trial_problem(t)->concept->name, tensor) : 0;

    fprintf(page->out, "%s", f->tensor ? f->tensor : "");
    for (int i = 0; i < rank; i++)
        fprintf(page->out, "[%d]", f->coordinate[i]);
}

/* Without the sign that a NaN may carry: "-nan" only puzzles. */
static double unsigned_nan(double value)
{
    return isnan(value) ? (double)NAN : value;
}

static void print_mismatch(const feedback_page *page, const check_case *f)
{
    fprintf(page->out, feedback_say(page, ": yours is %.9g, expected is %.9g, the difference %.3g",
                                    ": 계산한 값 %.9g, 정답 %.9g, 차이 %.3g"),
            unsigned_nan(f->got), unsigned_nan(f->want), unsigned_nan(f->got - f->want));
    if (f->bound > 0x1p-120)                    /* below that, it only says that there are no
                                                   numbers in between */
        fprintf(page->out, feedback_say(page, " (rounding may make %.2g)", " (허용 오차 %.2g)"),
                f->bound);
}

static void print_guard(const feedback_page *page, const check_case *f, const check_trial *t)
{
    const check_tensor *const tensor = t ? check_find(check_trial_problem(t), f->tensor) : NULL;

    fprintf(page->out,
            feedback_say(page, ": element %td was written", ": %td번 원소에 썼습니다."),
            f->index);
    if (tensor)
        fprintf(page->out,
                feedback_say(page, "; it has elements 0 to %td",
                             " 원소는 0번부터 %td번까지입니다."), tensor->count - 1);
}

/* Where it failed, then what that means. */
static void print_failure(const feedback_page *page, const check_case *f, const check_trial *t)
{
    print_place(page, f, t);
    switch (f->outcome) {
    case CHECK_MISMATCH: case CHECK_DIFFERENCES: case CHECK_ADJOINT:
        print_mismatch(page, f);
        break;
    case CHECK_THREADS:
        fprintf(page->out, feedback_say(page, ": %.9g in one run, %.9g in another",
                                        ": 한 번은 %.9g, 다른 번은 %.9g"), unsigned_nan(f->want),
                unsigned_nan(f->got));
        break;
    case CHECK_GUARD:
        print_guard(page, f, t);
        break;
    case CHECK_STATUS:
        fprintf(page->out, "%s", status_string(f->verdict));
        break;
    case CHECK_FINDING:
        fprintf(page->out, "%s", f->finding);
        break;
    default:
        fprintf(page->out, "%s", f->tensor ? ":" : "");
        break;
    }
    fprintf(page->out, "\n");
    wrap_print(page->out, feedback_outcome_words(f->outcome, page->style.language), 0);
    fprintf(page->out, "\n");
}

/* The numbers around the failure. */
static void print_numbers(const feedback_page *page, const check_case *f, const check_trial *t)
{
    const check_problem *const p = check_trial_problem(t);

    for (int i = 0; i < p->tensor_count; i++) {
        if (f->rank == 0 || p->tensor[i].count == 1 || strcmp(p->tensor[i].name, f->tensor) != 0)
            continue;
        if (f->outcome == CHECK_INPUT_CHANGED) {
            feedback_print_grid(page, t, i, f->index, GRID_INPUT,
                                feedback_say(page, "before your kernel ran", "실행 전"));
            feedback_print_grid(page, t, i, f->index, GRID_GOT,
                                feedback_say(page, "after (* changed)", "실행 후 (* 바뀜)"));
        } else if (check_trial_writes(t, i) &&
                   check_trial_judge(t, i, f->index) != CHECK_PASSED) {
            feedback_print_grid(page, t, i, f->index, GRID_GOT,
                                feedback_say(page, "yours (* wrong)", "계산한 값 (* 틀림)"));
            feedback_print_grid(page, t, i, f->index, GRID_WANT,
                                feedback_say(page, "expected", "정답"));
            feedback_print_grid(page, t, i, f->index, GRID_DIFFERENCE,
                                feedback_say(page, "yours - expected", "계산한 값 - 정답"));
        } else {
            continue;
        }
        fprintf(page->out, "\n");
    }
}

/* An output with more than one element has wrong ones. */
static bool has_map(const check_trial *t)
{
    const check_problem *const p = check_trial_problem(t);

    for (int i = 0; i < p->tensor_count; i++)
        for (ptrdiff_t at = 0; check_trial_writes(t, i) && at < p->tensor[i].count; at++)
            if (p->tensor[i].count > 1 && check_trial_judge(t, i, at) != CHECK_PASSED)
                return true;
    return false;
}

/* Says where the wrong elements lie at the shape that was drawn, which has borders, channels and
 * images to tell apart; shrunk it may be a single element. */
static void print_map(const feedback_page *page, const check_concept *c, const void *row, int pass,
                      const check_result *r)
{
    int param[CHECK_MAX_PARAMS] = { 0 };
    status verdict;
    check_case found;

    if (!check_trial_draw(c, r->seed, param))
        return;
    check_trial *const t = check_trial_open(c, pass, param, r->seed, &verdict);
    if (t && check_trial_run(t, row, &found) && has_map(t)) {
        fprintf(page->out, "%s\n",
                feedback_say(page, "Where the wrong elements lie, at the shape that failed first:",
                             "처음 틀린 모양에서 틀린 원소의 위치:"));
        print_shape_line(page, c, param);
        feedback_print_map(page, t);
        fprintf(page->out, "\n");
    }
    check_trial_close(t);
}

/* ---- The diagnosis ---- */

static int in_group(const diagnosis *d, int group)
{
    int count = 0;

    for (int i = 0; i < d->count; i++)
        count += d->finding[i].group == group;
    return count;
}

/* What stands before the findings of one group. */
static void introduce(const feedback_page *page, const diagnosis_finding *f, int alternatives)
{
    switch (f->kind) {
    case DIAGNOSIS_EXPLAINS:
        if (alternatives > 1)
            fprintf(page->out, "%s", feedback_say(page,
                    "One of these; on every problem that was tried they give the same numbers:\n",
                    "다음 가운데 하나입니다. 결과가 모두 같았습니다.\n"));
        return;
    case DIAGNOSIS_ONE_OF_TWO:
        fprintf(page->out, "%s", feedback_say(page, "Two mistakes at once:\n",
                                              "두 가지 실수가 함께 있습니다.\n"));
        return;
    case DIAGNOSIS_PARTLY:
        fprintf(page->out, feedback_say(page,
                "Perhaps there is more than one mistake: this alone explains some of the\n"
                "%d failures that were looked at:\n",
                "실수가 하나가 아닐지도 모릅니다. 살펴본 실패 %d개 가운데 일부는 "
                "다음 실수만으로\n설명됩니다.\n"),
                f->wrong);
        return;
    case DIAGNOSIS_PATTERN:
        return;
    }
}

static void print_diagnosis(const feedback_page *page, const diagnosis *d)
{
    int group = -1;

    if (d->count == 0) {
        wrap_print(page->out, feedback_say(page,
                "No known mistake gives these numbers. Work the smallest shape out by hand and "
                "compare.",
                "알려진 실수 가운데 이런 결과를 내는 것은 없습니다. "
                "가장 작은 모양을 손으로 계산해서 비교해 보세요."), 0);
        fprintf(page->out, "\n");
        return;
    }
    fprintf(page->out, "%s\n", feedback_say(page, "Diagnosis", "진단"));
    for (int i = 0; i < d->count; i++) {
        const diagnosis_finding *const f = &d->finding[i];
        if (f->group != group)
            introduce(page, f, in_group(d, f->group));
        group = f->group;
        char text[DIAGNOSIS_BYTES + DIAGNOSIS_TENSORS_BYTES + 4];
        const bool several = in_group(d, group) > 1, name = !several && *f->tensors && d->count > 1;
        snprintf(text, sizeof text, "%s%s%s%s", several ? "- " : "", name ? f->tensors : "",
                 name ? ": " : "", f->words[page->style.language]);
        fprintf(page->out, "  ");
        wrap_print(page->out, text, 2);
    }
    fprintf(page->out, "\n");
}

/* ---- The whole ---- */

static bool about_the_kernel(check_outcome o)
{
    return o != CHECK_NO_PROBLEM && o != CHECK_MEMORY;
}

void feedback_print(FILE *out, const check_concept *c, const void *row, int pass, check_result *r,
                    feedback_style style)
{
    const feedback_page page = { out, style };
    const check_result first = *r;
    status verdict;
    check_case found;

    fprintf(out, feedback_say(&page, "%s, %s: wrong. Problems right before that: %ld.\n\n",
                              "%s, %s: 틀렸습니다. 그 전에 맞힌 문제: %ld개.\n\n"),
            c->name, c->pass[pass].name, r->passed);
    if (!about_the_kernel(r->failure.outcome)) {
        print_failure(&page, &r->failure, NULL);
        return;
    }
    fflush(out);                                /* the row runs again from here on */
    feedback_choose_plain(c, row, pass, r);
    check_trial *const t = check_trial_open(c, pass, r->param, r->seed, &verdict);
    if (t) {
        print_shape(&page, c, r->param);
        print_tensors(&page, t);
    }
    print_failure(&page, &r->failure, t);
    fflush(out);
    if (t && check_trial_run(t, row, &found)) {
        print_numbers(&page, &r->failure, t);
        feedback_print_inputs(&page, t);
        print_map(&page, c, row, pass, &first);
        fflush(out);
        diagnosis *const d = malloc(sizeof *d);
        if (d) {
            diagnose(c, row, pass, &first, d);
            if (d->count > 0 || first.failure.outcome == CHECK_MISMATCH)
                print_diagnosis(&page, d);      /* another outcome has been explained already */
        }
        free(d);
    }
    check_trial_close(t);
    fflush(out);
}
