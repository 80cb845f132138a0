/* grade_exercise.c: the order in which one exercise is graded, and what its author reads. */
#define _GNU_SOURCE             /* asprintf */
#include "grade/grade_exercise.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grade/grade_parts.h"
#include "lessons/exercise_run.h"

static const double simulator_slower = 4.0;     /* than a processor; a call may take longer there */

double grade_call_seconds(const grade_job *job)
{
    const double slower = job->exercise->kind == EXERCISE_CUDA ? simulator_slower : 1.0;
    return fmin(job->settings->call_seconds * slower, job->settings->exercise_seconds);
}

double grade_left(const grade_job *job)
{
    return fmax(job->deadline - jail_clock(), 0.0);
}

uint64_t grade_seed(const grade_job *job, const char *purpose)
{
    return secret_seed(&job->settings->key, job->submission->id, job->lesson->name,
                       job->exercise->name, purpose, 0);
}

/* ---- Parts ---- */

void grade_end(result_part *part, result_state state, double points, const char *format, ...)
{
    char *text = NULL;
    va_list rest;

    part->state = state;
    part->points = points;
    free(part->text);
    part->text = NULL;
    if (!format)
        return;
    va_start(rest, format);
    const int length = vasprintf(&text, format, rest);
    va_end(rest);
    if (length < 0)
        return;
    part->text = result_clean(text, (size_t)length, RESULT_TEXT_BYTES);
    free(text);
}

/* Ends all parts from number `from` on that nothing has been said of. */
static void end_rest(result_exercise *e, int from, result_state state, const char *why)
{
    for (int i = from; i < e->part_count; i++)
        if (e->part[i].state == RESULT_WAITING)
            grade_end(&e->part[i], state, 0.0, "%s", why);
}

static void add_part(result_exercise *e, const char *name, int points)
{
    if (points <= 0 || e->part_count == RESULT_MAX_PARTS)
        return;
    result_part *const part = &e->part[e->part_count++];
    *part = (result_part){ .state = RESULT_WAITING, .max = points };
    snprintf(part->name, sizeof part->name, "%s", name);
    e->max += points;
}

static const exercise_policy *policy_of(const grade_settings *g, const lesson *l, int at)
{
    return &g->policies[l - g->course->lessons].exercise[at];
}

/* The parts come in the order in which they are graded: groups, memory, speed, profile. */
void grade_exercise_prepare(const grade_settings *g, const lesson *l, int at,
                            result_exercise *into)
{
    const exercise *const e = &l->exercises[at];
    const exercise_policy *const p = policy_of(g, l, at);

    *into = (result_exercise){ .state = RESULT_WAITING };
    snprintf(into->lesson, sizeof into->lesson, "%s", l->name);
    snprintf(into->exercise, sizeof into->exercise, "%s", e->name);
    snprintf(into->file, sizeof into->file, "%s", e->file);
    into->title = strdup(lesson_say(&e->title));
    for (int i = 0; i < p->group_count; i++)
        add_part(into, p->group[i].name, p->group[i].points);
    add_part(into, "answers", p->predict_points);
    add_part(into, "memory", p->memory_points);
    add_part(into, "speed", p->speed_points);
    add_part(into, "profile", p->profile_points);
}

/* ---- What the parts need ---- */

bool grade_compile(grade_job *job, build_flavour flavour, bool tell, lesson_path object,
                   result_part *part)
{
    file_error error = { "" };
    char *message;

    if (grade_left(job) <= 0.0) {
        grade_end(part, RESULT_FAILED, 0.0, "the time for this exercise was up");
        return false;
    }
    const grade_built built =
        grade_build(&job->place, flavour, grade_left(job), object, &message, &error);
    if (message && *message && built != GRADE_UNWATCHED && (tell || built != GRADE_BUILT))
        fprintf(job->feedback, "%s\n%s\n", built == GRADE_BUILT ? "The compiler warns:"
                                                               : "It does not compile:", message);
    if (built == GRADE_UNWATCHED)
        grade_end(part, RESULT_FAILED, 0.0, "%s", message);
    free(message);
    if (built == GRADE_NOT_BUILT)
        grade_end(part, RESULT_BROKEN, 0.0, "it could not be compiled: %s", error.text);
    if (built == GRADE_REFUSED)
        grade_end(part, RESULT_FAILED, 0.0, "it does not compile");
    return built == GRADE_BUILT;
}

static const char *worker_of(const grade_programs *p, build_flavour flavour)
{
    return flavour == BUILD_ASAN                                      ? p->worker_asan
           : flavour == BUILD_CHECKED || flavour == BUILD_PROFILE ? p->worker_cusim
           : flavour == BUILD_GPU                                 ? p->worker_cuda : p->worker;
}

/* An object that was built to be watched is watched only if the worker is told so, too. Kernels
 * without end are ours to end. Which GPU it is may be a job scheduler's decision. */
static const char *const *environment_of(build_flavour flavour)
{
    static const char *const checked[] = { "CUSIM_CHECK=1", "CUSIM_TIME_LIMIT=0",
                                           "CUSIM_MEMORY=128M", NULL };
    static const char *const counted[] = { "CUSIM_PROFILE=1", "CUSIM_TIME_LIMIT=0",
                                           "CUSIM_MEMORY=128M", NULL };
    static char chosen[1024];
    static const char *gpu[] = { "CUDA_CACHE_DISABLE=1", NULL, NULL };

    if (flavour == BUILD_GPU) {
        const char *const devices = getenv("CUDA_VISIBLE_DEVICES");
        snprintf(chosen, sizeof chosen, "CUDA_VISIBLE_DEVICES=%s", devices ? devices : "");
        gpu[1] = devices ? chosen : NULL;
        return gpu;
    }
    return flavour == BUILD_CHECKED ? checked : flavour == BUILD_PROFILE ? counted : NULL;
}

remote *grade_remote(grade_job *job, build_flavour flavour, const char *object, result_part *part)
{
    char words[1024];
    const remote_options o = {
        .tier = job->settings->tier, .worker = worker_of(job->settings->programs, flavour),
        .object = object, .function = job->exercise->function,
        .workspace = job->exercise->workspace, .contract = job->contract, .pass = job->pass,
        .device = flavour == BUILD_CHECKED || flavour == BUILD_PROFILE || flavour == BUILD_GPU,
        .gpu = flavour == BUILD_GPU,
        .sanitizer = flavour == BUILD_ASAN,
        .cpus = flavour == BUILD_FAST ? job->policy->speed_threads : 0,
        .call_seconds = grade_call_seconds(job), .in_all_seconds = grade_left(job),
        .environment = environment_of(flavour),
    };
    remote *const r = remote_open(&o);

    if (!r) {
        grade_end(part, RESULT_BROKEN, 0.0, "no memory for a worker");
        return NULL;
    }
    const remote_state *const last = remote_last(r);
    if (last->fault == REMOTE_FINE)
        return r;
    grade_fault_words(job, last, words, sizeof words);
    grade_end(part, remote_is_ours(last) ? RESULT_BROKEN : RESULT_FAILED, 0.0, "%s", words);
    (void)grade_remote_end(job, r, NULL, part);
    return NULL;
}

bool grade_remote_end(grade_job *job, remote *r, char **said, result_part *part)
{
    file_error left;
    char *printed = NULL;

    const bool clean = remote_close(r, &printed, &left);
    if (!clean)
        grade_end(part, RESULT_BROKEN, 0.0, "%s", left.text);
    if (printed && !said && ftell(job->printed) == 0)
        fputs(printed, job->printed);
    if (said)
        *said = printed;
    else
        free(printed);
    return clean;
}

/* ---- The order ---- */

static result_part *part_named(result_exercise *e, const char *name)
{
    for (int i = e->part_count - 1; i >= 0; i--)    /* a group may have such a name */
        if (strcmp(e->part[i].name, name) == 0)
            return &e->part[i];
    return NULL;
}

/* Part number i is group number i but for groups without points, which are not shown. */
result_part *grade_part_of_group(grade_job *job, int group)
{
    int at = 0;

    if (job->policy->group[group].points <= 0)
        return NULL;
    for (int i = 0; i < group; i++)
        at += job->policy->group[i].points > 0;
    return &job->into->part[at];
}

/* Returns whether all groups passed. */
static bool grade_groups(grade_job *job, remote *worker)
{
    bool all = true;

    for (int i = 0; i < job->policy->group_count; i++) {
        result_part *const part = grade_part_of_group(job, i);
        if (!part)
            continue;
        if (grade_left(job) <= 0.0)
            grade_end(part, RESULT_FAILED, 0.0, "the time for this exercise was up before");
        else
            grade_group(job, worker, i, part);
        all = all && part->state == RESULT_PASSED;
    }
    return all;
}

/* A part that is only graded if all groups passed. */
static void grade_extra(grade_job *job, bool all, result_part *part,
                        void (*grade)(grade_job *job, result_part *part))
{
    if (!part)
        return;
    if (!all)
        grade_end(part, RESULT_FAILED, 0.0, "it counts once every group passes");
    else if (grade_left(job) <= 0.0)
        grade_end(part, RESULT_FAILED, 0.0, "the time for this exercise was up before");
    else
        grade(job, part);
}

static void grade_built_kernel(grade_job *job, build_flavour flavour, const char *object)
{
    result_exercise *const into = job->into;
    result_part *const memory = job->policy->memory_points > 0 ? part_named(into, "memory") : NULL;

    remote *const worker = grade_remote(job, flavour, object, &into->part[0]);
    if (!worker) {
        end_rest(into, 1, into->part[0].state, into->part[0].text ? into->part[0].text : "");
        return;
    }
    bool all = grade_groups(job, worker);
    if (!grade_remote_end(job, worker, NULL, &into->part[0])) {
        end_rest(into, 0, RESULT_BROKEN, into->part[0].text ? into->part[0].text : "");
        return;
    }
    if (job->settings->hardware && job->exercise->kind == EXERCISE_CUDA)
        all = grade_hardware(job) && all;
    if (memory && grade_left(job) <= 0.0)
        grade_end(memory, RESULT_FAILED, 0.0, "the time for this exercise was up before");
    else if (memory)
        grade_memory(job, object, memory);
    grade_extra(job, all, job->policy->speed_points > 0 ? part_named(into, "speed") : NULL,
                grade_speed);
    grade_extra(job, all, job->policy->profile_points > 0 ? part_named(into, "profile") : NULL,
                grade_profile);
}

static int pass_number(const student_contract *contract, const exercise *e)
{
    int pass = 0;

    while (strcmp(contract->concept->pass[pass].name, e->pass) != 0)
        pass++;
    return pass;
}

static void grade_kernel(grade_job *job)
{
    const grade_settings *const g = job->settings;
    const bool cuda = job->exercise->kind == EXERCISE_CUDA;
    lesson_path object;
    file_error error;

    job->contract = exercise_contract(g->course, job->lesson, job->exercise, &error);
    if (!job->contract) {
        end_rest(job->into, 0, RESULT_BROKEN, error.text);
        return;
    }
    job->pass = pass_number(job->contract, job->exercise);
    if (cuda && !*g->programs->worker_cusim) {
        end_rest(job->into, 0, RESULT_BROKEN, "build/convlab-worker-cusim is missing: CUDA "
                                              "exercises cannot be graded without it");
        return;
    }
    const bool opened = grade_place_open(&job->place, g->tier, g->course, job->lesson,
                                         job->exercise, job->contract, job->file,
                                         g->programs->cusim_cc, &error);
    const build_flavour flavour = cuda ? BUILD_CHECKED : BUILD_PATTERN;
    if (!opened)
        end_rest(job->into, 0, RESULT_BROKEN, error.text);
    else if (grade_compile(job, flavour, true, object, &job->into->part[0]))
        grade_built_kernel(job, flavour, object);
    else
        end_rest(job->into, 1, job->into->part[0].state,
                 job->into->part[0].text ? job->into->part[0].text : "");
    grade_place_close(&job->place);
}

/* ---- Its frame ---- */

/* What was written to the stream, fit to be shown; NULL: nothing, or no memory. */
static char *take_text(FILE **stream, char **text, size_t *size)
{
    char *clean = NULL;

    if (*stream && fclose(*stream) == 0 && *size > 0)
        clean = result_clean(*text, *size, RESULT_TEXT_BYTES);
    free(*text);
    *stream = NULL;
    return clean;
}

void grade_exercise(const grade_settings *g, const submission *s, const lesson *l, int at,
                    result_exercise *into)
{
    const double start = jail_clock();
    char *feedback = NULL, *printed = NULL;
    size_t feedback_size = 0, printed_size = 0;
    grade_job job = { .settings = g, .lesson = l, .exercise = &l->exercises[at],
                      .policy = policy_of(g, l, at), .submission = s, .into = into,
                      .file = submission_find(s, l, l->exercises[at].file),
                      .place = { .lock = -1 }, .deadline = start + g->exercise_seconds };

    into->seed = grade_seed(&job, NULL);
    job.feedback = open_memstream(&feedback, &feedback_size);
    job.printed = open_memstream(&printed, &printed_size);
    if (!job.feedback || !job.printed)
        end_rest(into, 0, RESULT_BROKEN, "no memory");
    else if (!job.file)
        end_rest(into, 0, RESULT_MISSING, "the file was not handed in");
    else if (job.exercise->kind == EXERCISE_PREDICT)
        grade_predict(&job, &into->part[0]);
    else
        grade_kernel(&job);
    end_rest(into, 0, RESULT_BROKEN, "it was not graded");
    into->feedback = take_text(&job.feedback, &feedback, &feedback_size);
    into->printed = take_text(&job.printed, &printed, &printed_size);
    into->state = RESULT_PASSED;                /* of one without parts */
    result_sum_exercise(into);
    into->seconds = jail_clock() - start;
}

/* ---- Programs ---- */

/* "" if it is not there. */
static void find_beside(lesson_path path, const char *folder, const char *name)
{
    path_join(path, folder, name, NULL);
    if (access(path, X_OK) != 0)
        path[0] = '\0';
}

bool grade_programs_find(grade_programs *p, file_error *error)
{
    lesson_path folder;

    *p = (grade_programs){ .self = "" };
    const ssize_t length = readlink("/proc/self/exe", p->self, sizeof p->self - 1);
    p->self[length > 0 ? length : 0] = '\0';
    snprintf(folder, sizeof folder, "%s", p->self);
    char *const slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    find_beside(p->worker, folder, "convlab-worker");
    find_beside(p->worker_asan, folder, "convlab-worker-asan");
    find_beside(p->worker_cusim, folder, "convlab-worker-cusim");
    find_beside(p->worker_cuda, folder, "convlab-worker-cuda");
    find_beside(p->cusim_cc, folder, "cusim-cc");
    if (*p->self && *p->worker && *p->worker_asan)
        return true;
    return file_refuse(error, STATUS_IO, "%s: expected convlab-worker and convlab-worker-asan "
                                         "beside the program, found them missing; make graders "
                                         "builds them", folder) == STATUS_OK;
}
