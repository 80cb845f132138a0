/* grade_profile.c: what the kernels ask of the memory, counted by the simulator, and limits to it.
 *
 * The figures come from the process that the student's host code shares (grade_source.h). So the
 * outputs of the counted run must be right, and figures that the problem cannot do with are not
 * believed: somebody has to load the inputs and to store the outputs. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "check/check_trial.h"
#include "grade/grade_parts.h"
#include "lessons/drawn_shape.h"
#include "lessons/profile_limits.h"

enum { WORDS_BYTES = 1024, SECTOR_BYTES = 32, ALIGNMENT = 64, MOST_TRIES = 30 };

/* Bytes of the tensors that the pass reads, or writes. What an input of few elements is needed for
 * may depend on its contents, so that only those count that every output hangs on: the largest. */
static double least_bytes(const check_trial *t, bool (*touches)(const check_trial *, int))
{
    const check_problem *const p = check_trial_problem(t);
    double most = 0.0;

    for (int i = 0; i < p->tensor_count; i++) {
        const double bytes = (double)p->tensor[i].count *
                             (p->tensor[i].type == CHECK_BYTE ? 1.0 : sizeof(float));
        if (touches(t, i) && bytes > most)
            most = bytes;
    }
    return most;
}

/* True if the profile moves at least what the problem has. */
static bool is_believable(const json_t *profile, const check_trial *t)
{
    const double loaded = SECTOR_BYTES * profile_sum_of(profile, "global", "load", "sectors");
    const double stored = SECTOR_BYTES * profile_sum_of(profile, "global", "store", "sectors");

    return loaded >= least_bytes(t, check_trial_reads) &&
           stored >= least_bytes(t, check_trial_writes) &&
           profile_sum_of(profile, "global", "load", "requests") > 0.0 &&
           profile_sum_of(profile, "global", "store", "requests") > 0.0;
}

static bool all_right(const check_trial *t)
{
    const check_problem *const p = check_trial_problem(t);

    for (int i = 0; i < p->tensor_count; i++)
        for (ptrdiff_t at = 0; check_trial_writes(t, i) && at < p->tensor[i].count; at++)
            if (check_trial_judge(t, i, at) != CHECK_PASSED)
                return false;
    return true;
}

/* Of a text that could not be read: what is wrong with the text is always said. */
static bool ran_out_of_memory(const json_error_t *wrong)
{
    return !*wrong->text || json_error_code(wrong) == json_error_out_of_memory;
}

/* Holds the profile (NULL: there is none) against the limits. */
static void judge(grade_job *job, const json_t *profile, const check_trial *t, result_part *part)
{
    char *words = NULL;
    size_t words_size = 0;

    FILE *const out = open_memstream(&words, &words_size);
    const bool kept = out && profile_keeps(profile, job->policy->profile_at_most, out);
    if (!out || fclose(out) != 0) {
        grade_end(part, RESULT_BROKEN, 0.0, "no memory");
        free(words);
        return;
    }
    fprintf(job->feedback, "What it asks of the memory:\n%s\n", words);
    if (!profile)
        grade_end(part, RESULT_FAILED, 0.0, "there is no profile: no kernel was launched");
    else if (!is_believable(profile, t))
        grade_end(part, RESULT_VOID, 0.0, "the profile has less traffic than the problem has data: "
                                          "the kernels cannot have done the work");
    else if (kept)
        grade_end(part, RESULT_PASSED, part->max, NULL);
    else
        grade_end(part, RESULT_FAILED, 0.0, "a figure of the profile is above its limit:%s", words);
    free(words);
}

static void read_and_judge(grade_job *job, remote *worker, const check_trial *t, result_part *part)
{
    char *const text = remote_profile(worker);
    json_error_t wrong = { .text = "?" };

    json_t *const profile = text ? json_loads(text, 0, &wrong) : NULL;
    free(text);
    if (remote_is_ours(remote_last(worker)))
        grade_end(part, RESULT_BROKEN, 0.0, "%s", remote_last(worker)->error.text);
    else if (!profile && ran_out_of_memory(&wrong))
        grade_end(part, RESULT_BROKEN, 0.0, "no memory");
    else
        judge(job, profile, t, part);
    json_decref(profile);
}

static bool is_aligned(const check_trial *t)
{
    const check_problem *const p = check_trial_problem(t);

    for (int i = 0; i < p->tensor_count; i++)
        if ((uintptr_t)p->tensor[i].data % ALIGNMENT != 0)
            return false;
    return true;
}

/* A problem whose tensors begin where cudaMalloc would have them; half of all are like that. */
static check_trial *open_aligned(const grade_job *job, const check_concept *c, const int *param,
                                 status *verdict)
{
    const uint64_t seed = grade_seed(job, "profile");

    for (uint64_t i = 0;; i++) {
        check_trial *const t = check_trial_open(c, job->pass, param, check_random_mix(seed, i),
                                                verdict);
        if (!t || is_aligned(t) || i == MOST_TRIES)
            return t;
        check_trial_close(t);
    }
}

static void run_once(grade_job *job, remote *worker, result_part *part)
{
    char words[WORDS_BYTES];
    int param[CHECK_MAX_PARAMS];
    file_error error;
    check_case found;
    status verdict;

    const check_concept *const drawn =
        drawn_shape_restrict(job->contract->concept, job->exercise->shape, &error);
    if (!drawn || !drawn_shape_read(drawn, job->policy->profile_at, param, &error)) {
        grade_end(part, RESULT_BROKEN, 0.0, "%s", error.text);
        return;
    }
    const check_concept *const c = grade_concept(job, worker, drawn);
    check_trial *const t = open_aligned(job, c, param, &verdict);
    if (!t) {
        grade_end(part, RESULT_BROKEN, 0.0, "the shape to profile: %s", status_string(verdict));
        return;
    }
    (void)check_trial_run(t, remote_row(worker), &found);
    const remote_state *const last = remote_last(worker);
    if (last->fault != REMOTE_FINE) {
        grade_fault_words(job, last, words, sizeof words);
        grade_end(part, remote_is_ours(last) ? RESULT_BROKEN : RESULT_FAILED, 0.0,
                  "while it was counted %s", words);
    } else if (grade_outcome_is_ours(job, found.outcome)) {
        grade_end(part, RESULT_BROKEN, 0.0, "while it was counted: %s",
                  check_outcome_name(found.outcome));
    } else if (found.outcome != CHECK_PASSED || !all_right(t)) {
        grade_end(part, RESULT_FAILED, 0.0, "a result of the counted run was wrong");
    } else {
        read_and_judge(job, worker, t, part);
    }
    check_trial_close(t);
}

void grade_profile(grade_job *job, result_part *part)
{
    lesson_path object;

    if (!grade_compile(job, BUILD_PROFILE, false, object, part))
        return;
    remote *const worker = grade_remote(job, BUILD_PROFILE, object, part);
    if (!worker)
        return;
    run_once(job, worker, part);
    (void)grade_remote_end(job, worker, NULL, part);
}
