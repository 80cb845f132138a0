/* session_unit.c: one submission, from its bytes to its result on disk.
 *
 * Order on disk: a zero result and its formats before anything of the student's runs; at the end
 * the formats first and result.json last, because that tells the next run that all is done. */
#include "grade/session_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grade/outputs.h"

enum { REMARK_BYTES = 2048 };

static bool is_wanted(const session_options *o, const lesson *l, int at)
{
    return (!o->only || l == o->only) &&
           (!o->exercise || strcmp(l->exercises[at].name, o->exercise) == 0);
}

int unit_exercises(const grade_settings *g, const session_options *o)
{
    int count = 0;

    for (int i = 0; i < g->course->count; i++)
        for (int at = 0; at < g->course->lessons[i].exercise_count; at++)
            count += is_wanted(o, &g->course->lessons[i], at);
    return count;
}

static bool keep_remark(result *r, const char *text)
{
    char *const remark = *text ? result_clean(text, strlen(text), REMARK_BYTES) : NULL;

    free(r->remark);
    r->remark = remark;
    return remark || !*text;
}

/* A result of 0 points in which every exercise is still to come. */
static status make_zero(result *r, const grade_settings *g, const session_options *o,
                        const char *id, const char *remark, file_error *error)
{
    int count = 0;

    if (!result_make(r, unit_exercises(g, o)))
        return file_refuse(error, STATUS_MEMORY, "%s: no memory for its result", id);
    snprintf(r->id, sizeof r->id, "%s", id);
    snprintf(r->version, sizeof r->version, "%s", o->version);
    snprintf(r->commit, sizeof r->commit, "%s", o->commit);
    r->tier = g->tier;
    r->scored = !o->practice && g->tier != JAIL_NONE;
    session_time(r->started);
    for (int i = 0; i < g->course->count; i++) {
        const lesson *const l = &g->course->lessons[i];
        for (int at = 0; at < l->exercise_count; at++)
            if (is_wanted(o, l, at))
                grade_exercise_prepare(g, l, at, &r->exercise[count++]);
    }
    result_sum(r);
    if (!keep_remark(r, remark))
        return file_refuse(error, STATUS_MEMORY, "%s: no memory for its result", id);
    return STATUS_OK;
}

static status make_folder(const session_options *o, const char *id, lesson_path folder,
                          file_error *error)
{
    struct stat about;

    path_join(folder, o->out, id, NULL);
    if (!*folder)
        return file_refuse(error, STATUS_IO, "%.200s.../%s: the path is too long", o->out, id);
    /* A link in its place would lead the results elsewhere. */
    if ((mkdir(folder, 0755) != 0 && errno != EEXIST) || lstat(folder, &about) != 0)
        return file_refuse(error, STATUS_IO, "%s: cannot be made: %s", folder, strerror(errno));
    if (!S_ISDIR(about.st_mode))
        return file_refuse(error, STATUS_IO, "%s: expected a folder, found something else", folder);
    return STATUS_OK;
}

/* result.json first, so that from here on nobody takes an older one for this one's. */
static status write_zero(const result *r, const session_options *o, const char *folder,
                         file_error *error)
{
    lesson_path path;

    path_join(path, folder, "result.json", NULL);
    const status s = result_write(r, path, error);
    return s == STATUS_OK ? outputs_write(r, folder, o->formats, error) : s;
}

static status write_final(const result *r, const session_options *o, const char *folder,
                          file_error *error)
{
    lesson_path path;

    path_join(path, folder, "result.json", NULL);
    const status s = outputs_write(r, folder, o->formats, error);
    return s == STATUS_OK ? result_write(r, path, error) : s;
}

static bool is_broken(const result *r)
{
    for (int i = 0; i < r->count; i++)
        if (r->exercise[i].state == RESULT_BROKEN)
            return true;
    return false;
}

/* True if an earlier run has graded just these bytes in just this grading. */
static bool is_done(const session_options *o, const grading *of, const submission *s,
                    const char *folder)
{
    char key[SECRET_TEXT_BYTES];
    lesson_path path;
    result r;

    path_join(path, folder, "result.json", NULL);
    secret_print(&of->key, key);
    if (access(path, F_OK) != 0)
        return false;
    const bool done = result_read(&r, path, NULL) == STATUS_OK && r.complete && !is_broken(&r) &&
                      strcmp(r.sha256, s->sha256) == 0 && strcmp(r.secret, key) == 0 &&
                      strcmp(r.version, o->version) == 0 && strcmp(r.commit, o->commit) == 0 &&
                      strcmp(r.started, of->began) >= 0;
    result_free(&r);
    return done;
}

/* What the student should know about what they handed in. */
static bool remark_on(result *r, const submission *s)
{
    char text[REMARK_BYTES] = "";

    if (s->ignored > 0)
        snprintf(text, sizeof text, "%s%s%d file%s that no exercise asks for %s ignored.",
                 s->remark.text, *s->remark.text ? "\n" : "", s->ignored,
                 s->ignored == 1 ? "" : "s", s->ignored == 1 ? "was" : "were");
    else
        snprintf(text, sizeof text, "%s", s->remark.text);
    return keep_remark(r, text);
}

static void grade_all(result *r, const grade_settings *g, const session_options *o,
                      const submission *s)
{
    session_grader *const grader = o->grader ? o->grader : grade_exercise;
    const double begin = session_clock();
    int count = 0;

    for (int i = 0; i < g->course->count; i++) {
        const lesson *const l = &g->course->lessons[i];
        for (int at = 0; at < l->exercise_count; at++)
            if (is_wanted(o, l, at))
                grader(g, s, l, at, &r->exercise[count++]);
    }
    r->seconds = session_clock() - begin;
}

/* Grades what has been read. */
static unit_end grade_read(result *r, const grade_settings *g, const session_options *o,
                           const grading *of, const submission *s, const char *folder,
                           file_error *error)
{
    if (!o->again && is_done(o, of, s, folder))
        return UNIT_KEPT;
    if (make_zero(r, g, o, s->id, "", error) != STATUS_OK)
        return UNIT_FAILED;
    snprintf(r->sha256, sizeof r->sha256, "%s", s->sha256);
    if (!keep_remark(r, "The grader has not finished with this submission.")) {
        file_refuse(error, STATUS_MEMORY, "%s: no memory for its result", s->id);
        return UNIT_FAILED;
    }
    if (write_zero(r, o, folder, error) != STATUS_OK)
        return UNIT_FAILED;
    grade_all(r, g, o, s);
    if (!remark_on(r, s)) {
        file_refuse(error, STATUS_MEMORY, "%s: no memory for its result", s->id);
        return UNIT_FAILED;
    }
    r->complete = true;
    secret_print(&of->key, r->secret);
    result_sum(r);
    if (write_final(r, o, folder, error) != STATUS_OK)
        return UNIT_FAILED;
    return is_broken(r) ? UNIT_BROKEN : UNIT_GRADED;
}

/* Nothing of it could be read: that is its result. */
static unit_end grade_unreadable(result *r, const grade_settings *g, const session_options *o,
                                 const char *id, const char *folder, file_error *error)
{
    const file_error why = *error;
    char remark[REMARK_BYTES];

    snprintf(remark, sizeof remark, "This submission cannot be read. %s", why.text);
    if (make_zero(r, g, o, id, remark, error) != STATUS_OK)
        return UNIT_FAILED;
    for (int i = 0; i < r->count; i++)
        for (int k = 0; k < r->exercise[i].part_count; k++)
            r->exercise[i].part[k].state = RESULT_MISSING;
    r->complete = true;
    result_sum(r);
    if (write_zero(r, o, folder, error) != STATUS_OK)
        return UNIT_FAILED;
    *error = why;
    return UNIT_UNREADABLE;
}

unit_end unit_grade(const grade_settings *g, const session_options *o, const grading *of,
                    const char *path, file_error *error)
{
    static submission s;                        /* a table of some hundred files */
    char id[SUBMISSION_ID_BYTES];
    lesson_path folder;
    result r = { 0 };
    unit_end end = UNIT_FAILED;

    submission_id(path, id);
    if (make_folder(o, id, folder, error) != STATUS_OK)
        return UNIT_FAILED;
    const status opened = submission_open(&s, path, g->course, o->only, error);
    if (opened == STATUS_OK)
        end = grade_read(&r, g, o, of, &s, folder, error);
    else if (opened == STATUS_VALUE)            /* what was handed in is the matter, not we */
        end = grade_unreadable(&r, g, o, id, folder, error);
    result_free(&r);
    submission_close(&s);
    return end;
}

status unit_abandon(const grade_settings *g, const session_options *o, const char *id,
                    const char *why, file_error *error)
{
    lesson_path folder;
    result r = { 0 };

    status s = make_folder(o, id, folder, error);
    if (s == STATUS_OK)
        s = make_zero(&r, g, o, id, why, error);
    if (s == STATUS_OK)
        s = write_zero(&r, o, folder, error);
    result_free(&r);
    return s;
}
