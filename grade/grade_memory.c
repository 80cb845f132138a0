/* grade_memory.c: the same problems' kind once more, watched: AddressSanitizer and
 * UndefinedBehaviorSanitizer for C, the simulator's checks for CUDA.
 *
 * The problems are drawn from the groups that passed: what a solution does not claim to do is not
 * held against it here again. Results have to be right as well, or a file could tell that it is
 * watched and do nothing. With no group passed there is nothing to be sure of, and no point. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "grade/grade_parts.h"
#include "lessons/drawn_shape.h"

enum { WORDS_BYTES = 1024, REPORT_BYTES = 4000 };

static int groups_passed(const grade_job *job)
{
    int count = 0;

    for (int i = 0; i < job->policy->group_count; i++)
        count += job->group_passed[i];
    return count;
}

static void end_failed(grade_job *job, const remote *worker, const check_result *r,
                       result_part *part)
{
    char words[WORDS_BYTES], shape[WORDS_BYTES / 2];

    grade_shape_words(job, r->param, shape, sizeof shape);
    grade_fault_words(job, remote_last(worker), words, sizeof words);
    if (!*words)
        check_describe_case(&r->failure, words, sizeof words);
    grade_end(part, RESULT_FAILED, 0.0, "at the shape %s: %s", shape, words);
}

/* True if it went on well. */
static bool run_group(grade_job *job, remote *worker, const policy_group *g, long cases,
                      result_part *part)
{
    file_error error;
    check_result r;

    const check_concept *const drawn =
        drawn_shape_restrict(job->contract->concept, g->shape, &error);
    assert(drawn);                              /* the group has passed */
    const check_concept *const c = grade_concept(job, worker, drawn);
    for (long i = 0; i < cases; i++) {
        const uint64_t own = check_random_mix(grade_seed(job, "memory"),
                                              (uint64_t)(part->passed + 1));
        check_variant(c, remote_row(worker), job->pass, own, 1, &r);
        const remote_state *const last = remote_last(worker);
        if (remote_is_ours(last) || (r.failed && grade_outcome_is_ours(job, r.failure.outcome))) {
            grade_end(part, RESULT_BROKEN, 0.0, "%s",
                      remote_is_ours(last) ? last->error.text
                                           : check_outcome_name(r.failure.outcome));
            return false;
        }
        if (r.failed && r.failure.outcome == CHECK_NO_PROBLEM)
            return true;                        /* the time is up */
        if (r.failed || last->fault != REMOTE_FINE) {
            end_failed(job, worker, &r, part);
            return false;
        }
        part->passed += r.passed;
    }
    return true;
}

/* What the sanitizer wrote, from its first line on; before it stands what the student printed. A
 * report says more than how the worker ended. */
static void tell_report(grade_job *job, const char *said, result_part *part)
{
    static const char *const marks[] = { "runtime error:", "ERROR: AddressSanitizer", NULL };
    const char *report = NULL;

    for (int i = 0; said && marks[i] && !report; i++)
        report = strstr(said, marks[i]);
    if (!report)
        return;
    while (report > said && report[-1] != '\n')
        report--;
    grade_end(part, RESULT_FAILED, 0.0, "the sanitizer reports: %.*s",
              (int)strcspn(report, "\n"), report);
    fprintf(job->feedback, "The sanitizer's report:\n%.*s\n\n", (int)REPORT_BYTES, report);
}

void grade_memory(grade_job *job, const char *checked, result_part *part)
{
    const bool cuda = job->exercise->kind == EXERCISE_CUDA;
    const int groups = groups_passed(job);
    lesson_path object;
    char *said = NULL;

    part->cases = job->policy->memory_cases;
    if (groups == 0) {
        grade_end(part, RESULT_FAILED, 0.0, "no group passed, so there is nothing to watch");
        return;
    }
    if (cuda)
        snprintf(object, sizeof object, "%s", checked);
    else if (!grade_compile(job, BUILD_ASAN, false, object, part))
        return;
    remote *const worker = grade_remote(job, cuda ? BUILD_CHECKED : BUILD_ASAN, object, part);
    if (!worker)
        return;
    bool good = true;
    for (int i = 0, at = 0; good && i < job->policy->group_count; i++)
        if (job->group_passed[i]) {
            const long from = part->cases * at / groups, to = part->cases * (at + 1) / groups;
            good = run_group(job, worker, &job->policy->group[i], to - from, part);
            at++;
        }
    if (good && part->passed < part->cases)
        grade_end(part, RESULT_FAILED, 0.0, "the time for this exercise was up after %ld of %ld "
                                            "problems", part->passed, part->cases);
    else if (good)
        grade_end(part, RESULT_PASSED, part->max, NULL);
    (void)grade_remote_end(job, worker, &said, part);
    if (part->state == RESULT_FAILED)
        tell_report(job, said, part);
    free(said);
}
