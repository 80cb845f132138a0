/* grade_groups.c: one group of the policy: drawn problems, all of which must pass, or points for
 * each that does.
 *
 * CUDA: the objects are built with the simulator's checks, and a finding fails its problem like a
 * wrong element: the result of a race is right by luck. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "check/check_trial.h"
#include "grade/grade_parts.h"
#include "lessons/drawn_shape.h"

enum { WORDS_BYTES = 1024, SHAPE_BYTES = 400, MOST_LATE = 3 };

/* ---- Time ---- */

static struct {
    const grade_job *job;
    const check_concept *inner;
    check_concept outer;
} timed;

static status describe(check_problem *p)
{
    return grade_left(timed.job) > 0.0 ? timed.inner->describe(p) : STATUS_SHAPE;
}

const check_concept *grade_concept(const grade_job *job, remote *r, const check_concept *drawn)
{
    timed.job = job;
    timed.inner = remote_concept(r, drawn);
    timed.outer = *timed.inner;
    timed.outer.describe = describe;
    return &timed.outer;
}

/* ---- A group ---- */

/* A group's problems have been run: counts and the first failure, and what the worker did there. */
typedef struct {
    check_result result;
    remote_state fault;
    bool ours;                  /* what no student can bring about: it counts for nothing */
} group_run;

/* Each problem alone, with a chance of its own, until the time is up. Loops without end take all of
 * it, so after some of them there are no more chances. */
static void run_each(const grade_job *job, const check_concept *c, remote *worker, uint64_t seed,
                     long cases, group_run *run)
{
    check_result *const r = &run->result;
    int late = 0;

    *run = (group_run){ .fault = { .fault = REMOTE_FINE } };
    for (long i = 0; i < cases && late < MOST_LATE; i++) {
        const uint64_t own = check_random_mix(seed, (uint64_t)i);
        int param[CHECK_MAX_PARAMS];
        check_case found = { .outcome = CHECK_NO_PROBLEM };

        remote_forget(worker);
        if (check_trial_draw(c, own, param))
            (void)check_shape(c, remote_row(worker), job->pass, param, own, &found);
        const remote_state *const last = remote_last(worker);
        late += last->fault == REMOTE_LATE;
        if (found.outcome == CHECK_PASSED && last->fault == REMOTE_FINE) {
            r->passed++;
        } else if (!r->failed) {
            r->failed = true;
            r->failure = found;
            r->seed = own;
            run->fault = *last;
            memcpy(r->param, param, sizeof param);
        }
        run->ours = remote_is_ours(last) || grade_outcome_is_ours(job, found.outcome);
        if (run->ours) {
            run->fault = *last;
            r->failure.outcome = found.outcome;
        }
        if (run->ours || found.outcome == CHECK_NO_PROBLEM)
            return;
    }
}

/* All, up to the first failure, which is shrunk. */
static void run_all(const grade_job *job, const check_concept *c, remote *worker, uint64_t seed,
                    long cases, group_run *run)
{
    check_result *const r = &run->result;

    remote_forget(worker);
    check_variant(c, remote_row(worker), job->pass, seed, cases, r);
    run->fault = *remote_last(worker);
    run->ours = remote_is_ours(&run->fault) ||
                (r->failed && grade_outcome_is_ours(job, r->failure.outcome));
}

static void end_ours(result_part *part, const group_run *run)
{
    grade_end(part, RESULT_BROKEN, 0.0, "%s",
              remote_is_ours(&run->fault) ? run->fault.error.text
                                          : check_outcome_name(run->result.failure.outcome));
}

/* The command that checks the problem again, but for a shape that the policy alone has. On two
 * lines that a shell takes for one, since long ones are broken. */
static void print_replay(const grade_job *job, const check_result *r)
{
    char shape[SHAPE_BYTES];

    if (drawn_shape_format(job->exercise->shape, r->param, shape, sizeof shape))
        fprintf(job->feedback, "Again, this problem alone:\n"
                               "  build/convlab lesson %s --exercise %s --seed %" PRIu64 " \\\n"
                               "    --shape %s\n\n",
                job->lesson->name, job->exercise->name, r->seed, shape);
}

/* The lesson's explanation, of the first group that fails. */
static void explain(grade_job *job, const policy_group *g, const check_concept *c, remote *worker,
                    group_run *run)
{
    char shape[SHAPE_BYTES], words[WORDS_BYTES];
    const feedback_style style = { feedback_language_wanted(), false };
    check_result *const r = &run->result;
    check_concept told = *c;

    drawn_shape_simplest(job->exercise->shape, &told);
    job->told = true;
    grade_shape_words(job, r->param, shape, sizeof shape);
    grade_fault_words(job, &run->fault, words, sizeof words);
    fprintf(job->feedback, "Group '%s':\n\n", g->name);
    remote_forget(worker);
    if (*words)
        fprintf(job->feedback, "At the shape %s: %s\n\n", shape, words);
    else
        feedback_print(job->feedback, &told, remote_row(worker), job->pass, r, style);
    print_replay(job, r);
}

/* In proportion to what passed if the policy says so, rounded down to hundredths. */
static double points_of(const policy_group *g, const check_result *r)
{
    return g->partial ? floor(100.0 * g->points * (double)r->passed / (double)g->cases) / 100.0
                      : 0.0;
}

static void end_late(const policy_group *g, const group_run *run, result_part *part)
{
    grade_end(part, RESULT_FAILED, points_of(g, &run->result),
              "the time for this exercise was up after %ld of %d problems", run->result.passed,
              g->cases);
}

static void end_failed(grade_job *job, const check_concept *c, remote *worker, group_run *run,
                       const policy_group *g, result_part *part)
{
    char words[WORDS_BYTES], place[WORDS_BYTES / 2], shape[SHAPE_BYTES];
    check_result *const r = &run->result;

    grade_shape_words(job, r->param, shape, sizeof shape);
    grade_fault_words(job, &run->fault, words, sizeof words);
    if (!*words) {
        check_describe_case(&r->failure, place, sizeof place);
        const char *const name = check_outcome_name(r->failure.outcome);
        const bool twice = strstr(place, name) != NULL;         /* "y[0]: never written" */
        snprintf(words, sizeof words, "%s%s%s", twice ? "" : name, twice ? "" : ": ", place);
    }
    grade_end(part, RESULT_FAILED, points_of(g, r), "%ld of %d problems were right%s; at the shape "
                                                    "%s: %s", r->passed, g->cases,
              g->partial ? "" : " before the first that failed", shape, words);
    if (!job->told && grade_left(job) > 0.0)
        explain(job, g, c, worker, run);
}

void grade_group(grade_job *job, remote *r, int group, result_part *part)
{
    const policy_group *const g = &job->policy->group[group];
    file_error error;
    group_run run;

    const check_concept *const drawn =
        drawn_shape_restrict(job->contract->concept, g->shape, &error);
    if (!drawn) {
        grade_end(part, RESULT_BROKEN, 0.0, "%s", error.text);
        return;
    }
    const check_concept *const c = grade_concept(job, r, drawn);
    (g->partial ? run_each : run_all)(job, c, r, grade_seed(job, g->name), g->cases, &run);
    if (run.result.failed)
        drawn_shape_settle(run.result.param);
    part->cases = g->cases;
    part->passed = run.result.passed;
    if (run.ours) {
        end_ours(part, &run);
    } else if (run.result.failed && run.result.failure.outcome != CHECK_NO_PROBLEM) {
        end_failed(job, c, r, &run, g, part);
    } else if (run.result.passed < g->cases) {
        end_late(g, &run, part);
    } else {
        job->group_passed[group] = true;
        grade_end(part, RESULT_PASSED, part->max, NULL);
    }
}
