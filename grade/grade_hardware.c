/* grade_hardware.c: CUDA exercises on a GPU as well, after the simulator.
 *
 * Idea: each group that has points is run on the GPU too, with problems of its own, and what is
 *       wrong there is taken back. A GPU never gives a point. So only outputs count here, and the
 *       rules of grade_source.h, which keep findings and profiles honest, are not asked again.
 * Ours: the worker starts the GPU before anything of the student's is loaded; and nvcc, when it
 *       refuses a file, has to accept one of ours. What fails there is RESULT_BROKEN.
 * Time: what nvcc and the start of a GPU take is not the student's.
 * Shapes are not shrunk: after a fault a GPU needs a new process, which takes long. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check/check_trial.h"
#include "grade/grade_parts.h"
#include "lessons/drawn_shape.h"
#include "lessons/subprocess.h"

enum { WORDS_BYTES = 1024, SHAPE_BYTES = 400 };

static const double setup_seconds = 40.0;       /* for nvcc and the start of the GPU */
static const char wrong[] = "right in the simulator, wrong on the GPU";

/* ---- nvcc ---- */

/* What PATH finds may be a script that starts the compiler elsewhere, where a jail would not show
 * it. But it tells: "#$ _HERE_=/usr/local/cuda-13.0/bin". */
bool grade_nvcc_find(lesson_path nvcc)
{
    static const char word[] = "#$ _HERE_=";
    char *const argv[] = { (char *)"nvcc", (char *)"--dryrun", (char *)"nothing.cu", NULL };
    lesson_path found;

    nvcc[0] = '\0';
    if (!jail_find_program("nvcc", found, sizeof found))
        return false;
    const subprocess_result r = subprocess_run(argv, SUBPROCESS_OUTPUT, NULL, setup_seconds);
    char *const here = r.said ? strstr(r.said, word) : NULL;
    if (here) {
        here[strcspn(here, "\n")] = '\0';
        path_join(found, here + sizeof word - 1, "nvcc", NULL);
    }
    free(r.said);
    if (realpath(found, nvcc))
        return true;
    nvcc[0] = '\0';
    return false;
}

/* The student's folder with another compiler. */
static grade_place place_of(const grade_place *p, const char *nvcc)
{
    grade_place place = *p;

    place.cusim_cc = "";
    snprintf(place.compiler, sizeof place.compiler, "%s", nvcc);
    return place;
}

/* Whether it accepts a file that is right. */
static bool nvcc_works(const grade_job *job, file_error *error)
{
    static uint8_t text[] = "static __global__ void nothing(void) {}\n"
                            "extern \"C\" void launch_nothing(void) { nothing<<<1, 1>>>(); }\n";
    const submission_file file = { job->lesson, job->exercise->file, text, sizeof text - 1 };
    const grade_settings *const g = job->settings;
    grade_built built = GRADE_NOT_BUILT;
    grade_place place;
    lesson_path object;
    char *message = NULL;

    if (grade_place_open(&place, g->tier, g->course, job->lesson, job->exercise, job->contract,
                         &file, g->programs->cusim_cc, error)) {
        const grade_place gpu = place_of(&place, g->programs->nvcc);
        built = grade_build(&gpu, BUILD_GPU, setup_seconds, object, &message, error);
    }
    if (built == GRADE_REFUSED)
        file_refuse(error, STATUS_IO, "it refuses a file of ours: %.800s", message ? message : "");
    free(message);
    grade_place_close(&place);
    return built == GRADE_BUILT;
}

static bool compile(grade_job *job, lesson_path object, result_part *verdict)
{
    const char *const nvcc = job->settings->programs->nvcc;
    const grade_place gpu = place_of(&job->place, nvcc);
    file_error error = { "" };
    char *message = NULL;

    if (!*nvcc) {
        grade_end(verdict, RESULT_BROKEN, 0.0, "nvcc is not in PATH: nothing can be compiled for "
                                               "a GPU");
        return false;
    }
    grade_built built = grade_build(&gpu, BUILD_GPU, setup_seconds, object, &message, &error);
    if (built == GRADE_REFUSED && !nvcc_works(job, &error))
        built = GRADE_NOT_BUILT;
    if (built == GRADE_NOT_BUILT) {
        grade_end(verdict, RESULT_BROKEN, 0.0, "%s: %s", nvcc, error.text);
    } else if (built != GRADE_BUILT) {
        fprintf(job->feedback, "nvcc does not compile it for a GPU:\n%s\n", message ? message : "");
        grade_end(verdict, RESULT_FAILED, 0.0, "%s: nvcc does not compile it", wrong);
    }
    free(message);
    return built == GRADE_BUILT;
}

/* ---- A group ---- */

typedef struct {
    long passed;
    bool failed, ours;
    char words[WORDS_BYTES];            /* of the first failure, or of ours */
} gpu_run;

/* That a GPU is full says nothing of one file: others use it at the same time. */
static void note(const grade_job *job, const check_case *found, const remote_state *last,
                 const int *param, gpu_run *run)
{
    char shape[SHAPE_BYTES], place[WORDS_BYTES / 2], what[WORDS_BYTES / 2];

    run->ours = remote_is_ours(last) || last->fault == REMOTE_MEMORY ||
                grade_outcome_is_ours(job, found->outcome);
    if (run->failed && !run->ours)
        return;
    run->failed = true;
    grade_fault_words(job, last, what, sizeof what);
    if (!*what) {
        check_describe_case(found, place, sizeof place);
        snprintf(what, sizeof what, "%s: %.300s", check_outcome_name(found->outcome), place);
    }
    if (run->ours) {
        snprintf(run->words, sizeof run->words, "on the GPU: %s", what);
    } else {
        grade_shape_words(job, param, shape, sizeof shape);
        snprintf(run->words, sizeof run->words, "%s: at the shape %s: %s", wrong, shape, what);
    }
}

/* Up to the first failure, or for points in proportion up to the first endless loop. */
static void run_problems(const grade_job *job, const check_concept *c, remote *worker, int group,
                         gpu_run *run)
{
    const policy_group *const g = &job->policy->group[group];
    const uint64_t seed = check_random_mix(grade_seed(job, "hardware"), (uint64_t)group);
    bool more = true;

    for (long i = 0; i < g->cases && more; i++) {
        const uint64_t own = check_random_mix(seed, (uint64_t)i);
        int param[CHECK_MAX_PARAMS] = { 0 };
        check_case found = { .outcome = CHECK_NO_PROBLEM };

        remote_forget(worker);
        if (check_trial_draw(c, own, param))
            (void)check_shape(c, remote_row(worker), job->pass, param, own, &found);
        const remote_state *const last = remote_last(worker);
        if (found.outcome == CHECK_PASSED && last->fault == REMOTE_FINE) {
            run->passed++;
            continue;
        }
        if (found.outcome == CHECK_NO_PROBLEM && grade_left(job) <= 0.0)
            return;
        note(job, &found, last, param, run);
        more = g->partial && !run->ours && last->fault != REMOTE_LATE;
    }
}

/* The lower of both results counts. True if that is the simulator's. */
static bool judge(const policy_group *g, const gpu_run *run, result_part *part)
{
    const double points = !g->partial ? 0.0
        : fmin(floor(100.0 * g->points * (double)run->passed / (double)g->cases) / 100.0,
               part->points);

    if (run->ours) {
        grade_end(part, RESULT_BROKEN, 0.0, "%s", run->words);
        return true;
    }
    if (run->passed == g->cases || (g->partial && points >= part->points))
        return true;
    part->passed = run->passed;
    if (run->failed)
        grade_end(part, RESULT_FAILED, points, "%s", run->words);
    else
        grade_end(part, RESULT_FAILED, points, "right in the simulator, but the time for this "
                                               "exercise was up after %ld of %d problems on the "
                                               "GPU", run->passed, g->cases);
    return false;
}

static bool run_group(grade_job *job, remote *worker, int group, result_part *part)
{
    gpu_run run = { .passed = 0 };
    file_error error;

    const policy_group *const g = &job->policy->group[group];
    const check_concept *const drawn =
        drawn_shape_restrict(job->contract->concept, g->shape, &error);
    assert(drawn);                              /* the simulator has had these problems */
    run_problems(job, grade_concept(job, worker, drawn), worker, group, &run);
    const bool kept = judge(g, &run, part);
    job->group_passed[group] = job->group_passed[group] && kept;
    return kept;
}

/* ---- All ---- */

static bool has_points(const result_part *part)
{
    return part && part->points > 0.0;
}

static bool any_has_points(grade_job *job)
{
    for (int i = 0; i < job->policy->group_count; i++)
        if (has_points(grade_part_of_group(job, i)))
            return true;
    return false;
}

/* What ended before there was a problem ends all groups. */
static bool end_all(grade_job *job, const result_part *verdict)
{
    const bool ours = verdict->state == RESULT_BROKEN;
    const char *const text = verdict->text ? verdict->text : "";

    for (int i = 0; i < job->policy->group_count; i++) {
        result_part *const part = grade_part_of_group(job, i);
        if (!has_points(part))
            continue;
        if (!ours)
            part->passed = 0;
        const bool told = ours || strncmp(text, wrong, sizeof wrong - 1) == 0;
        grade_end(part, verdict->state, 0.0, "%s%s%s", told ? "" : wrong, told ? "" : ": ", text);
        job->group_passed[i] = job->group_passed[i] && ours;
    }
    return ours;
}

bool grade_hardware(grade_job *job)
{
    const double start = jail_clock(), deadline = job->deadline;
    result_part verdict = { .state = RESULT_WAITING };
    lesson_path object;
    bool kept = true;

    if (!any_has_points(job))
        return true;
    job->deadline = fmax(deadline, start) + setup_seconds;
    remote *const worker =
        compile(job, object, &verdict) ? grade_remote(job, BUILD_GPU, object, &verdict) : NULL;
    job->deadline = deadline + (jail_clock() - start);
    for (int i = 0; worker && i < job->policy->group_count; i++) {
        result_part *const part = grade_part_of_group(job, i);
        if (has_points(part))
            kept = run_group(job, worker, i, part) && kept;
    }
    if (worker)
        (void)grade_remote_end(job, worker, NULL, &verdict);
    if (verdict.state != RESULT_WAITING)
        kept = end_all(job, &verdict) && kept;
    free(verdict.text);
    return kept;
}
