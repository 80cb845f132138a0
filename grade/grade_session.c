/* grade_session.c: many submissions: a process each, so many at a time, and none can touch another.
 *
 * Idea: the session reads nothing that a student made. It starts jobs, waits, and looks at what
 *       they left on disk: a complete result or not. A job that dies, hangs or cannot write leaves
 *       a zero result that says so, and the session goes on.
 * Signals: all are taken at one place (sigtimedwait), so there are no handlers. Jobs have process
 *       groups of their own: Ctrl-C reaches the session alone, which then ends them.
 * Left over: jobs die with the session (PR_SET_PDEATHSIG); what a dead job has started becomes ours
 *       (PR_SET_CHILD_SUBREAPER) and is ended; its temporary files lie in a folder of ours. */
#define _GNU_SOURCE             /* MAP_ANONYMOUS */
#include "grade/grade_session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "grade/outputs.h"
#include "grade/session_parts.h"

/* Beyond what the exercises may take: compiling, starting workers, reading, writing. */
static const double seconds_per_exercise = 60.0, seconds_per_unit = 60.0;

typedef struct {
    pid_t pid;                      /* 0: nobody works here */
    int which;                      /* the submission */
    double deadline;
    bool late;
    lesson_path temporary;
} job;

typedef struct {
    const grade_settings *g;
    const session_options *o;
    grading of;
    session_counts *counts;
    session_progress progress;
    lesson_path temporary;          /* the jobs' folders are in it */
    int temporary_lock, lock;
    sigset_t awaited, before;       /* signals: taken here; blocked when we came */
    job *jobs;
    file_error *said;               /* one per job, shared with its process */
    int begun;                      /* submissions */
    double unit_seconds;
} session;

/* ---- Names ---- */

typedef struct {
    char id[SUBMISSION_ID_BYTES];
    const char *path;
} named;

static int by_id(const void *a, const void *b)
{
    return strcmp(((const named *)a)->id, ((const named *)b)->id);
}

status session_names(const char *const *paths, int count, file_error *error)
{
    struct stat about;
    status s = STATUS_OK;

    for (int i = 0; i < count; i++)
        if (lstat(paths[i], &about) != 0)
            return file_refuse(error, STATUS_IO, "%s: expected a submission: %s", paths[i],
                               strerror(errno));
    named *const all = calloc((size_t)count + 1, sizeof *all);
    if (!all)
        return file_refuse(error, STATUS_MEMORY, "no memory for %d names", count);
    for (int i = 0; i < count; i++) {
        submission_id(paths[i], all[i].id);
        all[i].path = paths[i];
    }
    qsort(all, (size_t)count, sizeof *all, by_id);
    for (int i = 1; i < count && s == STATUS_OK; i++)
        if (by_id(&all[i - 1], &all[i]) == 0)
            s = file_refuse(error, STATUS_VALUE, "%s and %s: expected different names, found '%s' "
                                                 "for both: rename one", all[i - 1].path,
                            all[i].path, all[i].id);
    free(all);
    return s;
}

/* ---- One job ---- */

/* The job's process. Never returns. */
static void work(const session *s, const job *j, pid_t session_pid)
{
    unit_end end = UNIT_FAILED;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != session_pid)               /* it was gone before that line */
        _exit(UNIT_FAILED);
    if (s->lock >= 0)
        close(s->lock);                         /* a lock lives as long as the last who has it */
    if (sigprocmask(SIG_SETMASK, &s->before, NULL) != 0 ||
        setenv("TMPDIR", j->temporary, 1) != 0)
        file_refuse(&s->said[j - s->jobs], STATUS_MEMORY, "the job cannot begin: %s",
                    strerror(errno));
    else
        end = unit_grade(s->g, s->o, &s->of, s->o->paths[j->which], &s->said[j - s->jobs]);
    _exit((int)end);
}

/* Its result says why there are no points; if even that cannot be written, stderr does. */
static void abandon(session *s, const char *id, const char *why)
{
    char text[2 * sizeof(file_error)];
    file_error error;

    s->counts->broken++;
    snprintf(text, sizeof text, "The grader could not finish with this submission: %s. It has no "
                                "result yet and has to be graded again.", why);
    const bool written = unit_abandon(s->g, s->o, id, text, &error) == STATUS_OK;
    const bool more = !written && strcmp(error.text, why) != 0;
    snprintf(text, sizeof text, "not graded: %s%s%s", why, more ? "; " : "",
             more ? error.text : "");
    session_progress_add(&s->progress, id, text, PROGRESS_TROUBLE);
}

/* Begins the next submission in a free place. */
static void start(session *s, job *j)
{
    const int which = s->begun++;
    const pid_t self = getpid();
    char id[SUBMISSION_ID_BYTES], name[32];
    file_error error;

    submission_id(s->o->paths[which], id);
    snprintf(name, sizeof name, "%d", which);
    path_join(j->temporary, s->temporary, name, NULL);
    s->said[j - s->jobs].text[0] = '\0';
    j->which = which;
    if (!*j->temporary || mkdir(j->temporary, 0711) != 0) {
        file_refuse(&error, STATUS_IO, "%s/%s: cannot be made: %s", s->temporary, name,
                    strerror(errno));
        abandon(s, id, error.text);
        return;
    }
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0)
        work(s, j, self);
    if (pid < 0) {
        file_refuse(&error, STATUS_IO, "no process for it: %s", strerror(errno));
        rmdir(j->temporary);
        abandon(s, id, error.text);
        return;
    }
    setpgid(pid, pid);                          /* whichever of the two comes first */
    j->pid = pid;
    j->late = false;
    j->deadline = session_clock() + s->unit_seconds;
}

static void kill_job(const job *j)
{
    kill(-j->pid, SIGKILL);
    kill(j->pid, SIGKILL);
}

/* What a complete result says in a line. */
static bool summarise(const session *s, const char *id, char *line, size_t size)
{
    lesson_path path;
    result r;

    path_join(path, s->o->out, id, "result.json");
    if (result_read(&r, path, NULL) != STATUS_OK)
        return false;
    const bool complete = r.complete;
    int broken = 0;
    for (int i = 0; i < r.count; i++)
        broken += r.exercise[i].state == RESULT_BROKEN;
    snprintf(line, size, "%g of %g points%s, %.1f s", r.points, r.max,
             r.scored ? "" : " (unscored)", r.seconds);
    if (broken > 0)
        snprintf(line + strlen(line), size - strlen(line), "; %d exercise%s could not be graded: "
                                                           "see its result", broken,
                 broken == 1 ? "" : "s");
    result_free(&r);
    return complete;
}

/* Counts a job that has ended, or says in its result that it died. */
static void finish(session *s, job *j, int state)
{
    const int code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    char id[SUBMISSION_ID_BYTES], line[sizeof(file_error) + 64];
    const char *const said = s->said[j - s->jobs].text;

    submission_id(s->o->paths[j->which], id);
    if (j->late) {
        snprintf(line, sizeof line, "it took more than %.0f s", s->unit_seconds);
        abandon(s, id, line);
    } else if (code < 0) {
        snprintf(line, sizeof line, "it was ended by signal %d", WTERMSIG(state));
        abandon(s, id, line);
    } else if (code == UNIT_FAILED || code > UNIT_FAILED || !summarise(s, id, line, sizeof line)) {
        abandon(s, id, *said ? said : "its result is missing");
    } else {
        s->counts->graded += code == UNIT_GRADED;
        s->counts->kept += code == UNIT_KEPT;
        s->counts->broken += code == UNIT_BROKEN;
        s->counts->unreadable += code == UNIT_UNREADABLE;
        if (code == UNIT_UNREADABLE)
            snprintf(line, sizeof line, "cannot be read: %s", said);
        if (code == UNIT_KEPT)
            snprintf(line + strlen(line), sizeof line - strlen(line), " (already graded)");
        session_progress_add(&s->progress, id, line,
                             code == UNIT_KEPT     ? PROGRESS_KEPT
                             : code == UNIT_GRADED ? PROGRESS_DONE : PROGRESS_TROUBLE);
    }
}

/* ---- What dead jobs leave ---- */

static bool is_job(const session *s, pid_t pid)
{
    for (int i = 0; i < s->o->jobs; i++)
        if (s->jobs[i].pid == pid)
            return true;
    return false;
}

/* Ends processes that came to us because their job is dead. */
static void kill_strays(const session *s)
{
    enum { ROUNDS = 100 };

    for (int round = 0; round < ROUNDS; round++) {
        FILE *const children = fopen("/proc/thread-self/children", "re");
        int found = 0;
        long pid;
        if (!children)
            return;
        while (fscanf(children, "%ld", &pid) == 1)
            if (!is_job(s, (pid_t)pid)) {
                found++;
                kill((pid_t)pid, SIGKILL);
                waitpid((pid_t)pid, NULL, WNOHANG);
            }
        fclose(children);
        if (found == 0)
            return;
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);      /* their children come */
    }
}

/* Takes back a place whose process is gone. */
static void clear(job *j)
{
    j->pid = 0;
    if (!folder_remove(j->temporary))
        fprintf(stderr, "convlab grade: %s: could not be removed\n", j->temporary);
}

/* ---- All of them ---- */

static int running(const session *s)
{
    int count = 0;

    for (int i = 0; i < s->o->jobs; i++)
        count += s->jobs[i].pid != 0;
    return count;
}

static void reap(session *s)
{
    for (int i = 0; i < s->o->jobs; i++) {
        job *const j = &s->jobs[i];
        int state = 0;
        if (!j->pid || waitpid(j->pid, &state, WNOHANG) != j->pid)
            continue;
        const bool died = !WIFEXITED(state);
        clear(j);
        if (died) {
            kill_strays(s);
            jail_sweep();
        }
        finish(s, j, state);
    }
}

static void end_late_ones(session *s)
{
    const double now = session_clock();

    for (int i = 0; i < s->o->jobs; i++)
        if (s->jobs[i].pid && now > s->jobs[i].deadline) {
            s->jobs[i].late = true;
            kill_job(&s->jobs[i]);
        }
}

/* Ends those at work; their zero results are on disk. */
static void stop(session *s)
{
    for (int i = 0; i < s->o->jobs; i++) {
        job *const j = &s->jobs[i];
        if (!j->pid)
            continue;
        kill_job(j);
        while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        clear(j);
        s->counts->left++;
    }
    s->counts->left += s->o->path_count - s->begun;
    kill_strays(s);
    jail_sweep();
}

static void run_all(session *s)
{
    static const struct timespec tick = { .tv_nsec = 500000000 };

    session_progress_begin(&s->progress, stderr, s->o->path_count);
    while (!s->counts->stopped_by && (s->begun < s->o->path_count || running(s) > 0)) {
        for (int i = 0; i < s->o->jobs && s->begun < s->o->path_count; i++)
            if (!s->jobs[i].pid)
                start(s, &s->jobs[i]);
        if (running(s) == 0)
            continue;
        const int got = sigtimedwait(&s->awaited, NULL, &tick);
        if (got > 0 && got != SIGCHLD)
            s->counts->stopped_by = got;
        reap(s);
        end_late_ones(s);
        session_progress_tick(&s->progress);
    }
    if (s->counts->stopped_by)
        stop(s);
    kill_strays(s);
    session_progress_end(&s->progress);
}

/* ---- Before and after ---- */

static status make_out(const char *out, file_error *error)
{
    lesson_path path;

    if (snprintf(path, sizeof path, "%s", out) >= (int)sizeof path)
        return file_refuse(error, STATUS_IO, "%.200s...: the path is too long", out);
    for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        mkdir(path, 0755);                      /* the last one tells what is wrong */
        *slash = '/';
    }
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return file_refuse(error, STATUS_IO, "%s: cannot be made: %s", out, strerror(errno));
    return STATUS_OK;
}

/* Two sessions would undo each other's work. */
static status take_lock(session *s, file_error *error)
{
    lesson_path path;

    path_join(path, s->o->out, ".lock", NULL);
    s->lock = *path ? open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    if (s->lock >= 0 && flock(s->lock, LOCK_EX | LOCK_NB) == 0)
        return STATUS_OK;
    if (s->lock >= 0 && errno == EWOULDBLOCK)
        return file_refuse(error, STATUS_IO, "%s: another grader is at work in this folder",
                           s->o->out);
    return file_refuse(error, STATUS_IO, "%s/.lock: cannot be locked: %s", s->o->out,
                       strerror(errno));
}

static status take_signals(session *s, file_error *error)
{
    static const int ours[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

    sigemptyset(&s->awaited);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        sigaddset(&s->awaited, ours[i]);
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || sigprocmask(SIG_BLOCK, &s->awaited, &s->before) != 0)
        return file_refuse(error, STATUS_IO, "signals cannot be blocked: %s", strerror(errno));
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return STATUS_OK;
}

static status make_places(session *s, file_error *error)
{
    const size_t count = (size_t)s->o->jobs;

    s->jobs = calloc(count, sizeof *s->jobs);
    s->said = mmap(NULL, count * sizeof *s->said, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s->jobs && s->said != MAP_FAILED)
        return STATUS_OK;
    if (s->said == MAP_FAILED)
        s->said = NULL;
    return file_refuse(error, STATUS_MEMORY, "no memory for %d jobs", s->o->jobs);
}

static status begin(session *s, grade_settings *g, file_error *error)
{
    const int exercises = unit_exercises(g, s->o);

    if (exercises == 0 || exercises > RESULT_MAX_EXERCISES)
        return file_refuse(error, STATUS_VALUE, "%s: expected 1 to %d exercises to grade, found %d",
                           g->course->root, (int)RESULT_MAX_EXERCISES, exercises);
    s->unit_seconds = s->o->unit_seconds > 0.0
                          ? s->o->unit_seconds
                          : seconds_per_unit +
                                exercises * (g->exercise_seconds + seconds_per_exercise);
    status ok = session_names(s->o->paths, s->o->path_count, error);
    if (ok == STATUS_OK)
        ok = make_out(s->o->out, error);
    if (ok == STATUS_OK && s->o->gradebook)
        ok = take_lock(s, error);
    if (ok == STATUS_OK)
        ok = grading_open(&s->of, g, s->o, s->o->again && s->o->gradebook, error);
    g->key = s->of.key;
    if (ok == STATUS_OK)
        ok = make_places(s, error);
    if (ok == STATUS_OK)
        ok = folder_make(s->temporary, &s->temporary_lock, error);
    if (ok == STATUS_OK)
        ok = take_signals(s, error);
    return ok;
}

/* Undoes what begin() has done, however far it came. */
static void end(session *s)
{
    if (s->temporary_lock >= 0) {
        if (!folder_remove(s->temporary))
            fprintf(stderr, "convlab grade: %s: could not be removed\n", s->temporary);
        close(s->temporary_lock);
    }
    if (s->said)
        munmap(s->said, (size_t)s->o->jobs * sizeof *s->said);
    free(s->jobs);
    if (s->lock >= 0)
        close(s->lock);
}

status session_run(grade_settings *g, const session_options *o, session_counts *counts,
                   file_error *error)
{
    session s = { .g = g, .o = o, .counts = counts, .temporary_lock = -1, .lock = -1 };

    *counts = (session_counts){ 0 };
    sigprocmask(SIG_BLOCK, NULL, &s.before);
    status ok = begin(&s, g, error);
    if (ok == STATUS_OK) {
        run_all(&s);
        if (o->gradebook && !counts->stopped_by && gradebook_write(o->out, error) != STATUS_OK)
            ok = STATUS_IO;
    }
    end(&s);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    sigprocmask(SIG_SETMASK, &s.before, NULL);
    return ok;
}
