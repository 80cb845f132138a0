/* remote_worker.c: starting a worker, talking to it, and how it ended.
 *
 * An answer counts if it has the right size and the ticket of the question that was just asked; all
 * else that comes through the socket is read and dropped. */
#define _GNU_SOURCE             /* asprintf, pipe2, ppoll */
#include "grade/remote_parts.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lessons/subprocess.h"

enum { MOST_STARTS = 200, MOST_ENVIRONMENT = 16, TASKS = 64 };
static const size_t memory_bytes = (size_t)3 << 30;     /* 2 GiB, the shared files and walls */
static const double end_seconds = 2.0, own_start_seconds = 10.0;

bool remote_is_ours(const remote_state *s)
{
    return s->fault == REMOTE_NO_WORKER || s->fault == REMOTE_TOO_LARGE;
}

double remote_cpu(const remote *r)
{
    struct timespec t;
    clockid_t clock;

    if (r->pid <= 0 || clock_getcpuclockid(r->pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0.0;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What is our fault stays: nothing that comes after it says anything of the student's code. */
void remote_note(remote *r, remote_state what)
{
    if (what.fault == REMOTE_LATE) {            /* while it is shrunk calls have less */
        what.seconds = r->last.fault == REMOTE_LATE ? r->last.seconds : r->call_seconds;
        r->looped = true;
    }
    r->failed = true;
    if (!remote_is_ours(&r->last))
        r->last = what;
}

void remote_note_ours(remote *r, remote_fault fault, const char *format, ...)
{
    remote_state what = { .fault = fault };
    va_list list;

    va_start(list, format);
    vsnprintf(what.error.text, sizeof what.error.text, format, list);
    va_end(list);
    remote_note(r, what);
}

double remote_time_left(const remote *r)
{
    const double all = r->options.in_all_seconds - r->spent;
    return all < r->call_seconds ? all : r->call_seconds;
}

/* ---- Its end ---- */

void remote_end_worker(remote *r)
{
    file_error error;

    if (r->socket >= 0)
        close(r->socket);
    r->socket = -1;
    r->prepared = r->rests = false;
    if (!r->jail)
        return;
    size_t size = 0;
    char *const said = jail_output(r->jail, &size);
    if (!r->said && size > 0)
        r->said = said;
    else
        free(said);
    if (!jail_stop(r->jail, &error))
        r->left = error;
    r->jail = NULL;
}

/* Notes how it ended by itself, or that it did not. */
static void note_end(remote *r)
{
    jail_end end = { .ended = false };
    remote_state what = { .fault = REMOTE_LATE };

    if (jail_wait(r->jail, end_seconds, &end)) {
        what.fault = end.memory ? REMOTE_MEMORY : end.code < 0 ? REMOTE_CRASH : REMOTE_EXIT;
        what.signal = end.signal;
        what.code = end.code;
        if (what.fault == REMOTE_CRASH && end.signal == SIGXCPU)
            what.fault = REMOTE_LATE;
    }
    remote_note(r, what);
    remote_end_worker(r);
}

/* Of one that has ended, the next question tells; one that is about to end cannot be stopped
 * either, and is waited for. */
static void freeze(remote *r, bool frozen)
{
    jail_end ignored;

    if (jail_freeze(r->jail, frozen)) {
        r->rests = frozen;
    } else if (!jail_wait(r->jail, end_seconds, &ignored)) {
        remote_note_ours(r, REMOTE_NO_WORKER, "the worker could not be %s",
                         frozen ? "stopped" : "continued");
        remote_end_worker(r);
    }
}

void remote_wake(remote *r)
{
    if (r->jail && r->rests)
        freeze(r, false);
}

void remote_rest(remote *r)
{
    if (r->jail && !r->rests)
        freeze(r, true);
}

/* ---- Talking ---- */

/* True if there is something to read before the deadline; *gone: the worker has ended. `closed`: it
 * closed its end of the socket, and may still end itself. */
static bool wait_for_it(const remote *r, bool closed, double deadline, bool *gone)
{
    struct pollfd of[] = { { .fd = closed ? -1 : r->socket, .events = POLLIN },
                           { .fd = jail_descriptor(r->jail), .events = POLLIN } };

    for (;;) {
        const double left = deadline - jail_clock();
        if (left <= 0.0)
            return false;
        const struct timespec time = { (time_t)left, (long)(1e9 * (left - (double)(time_t)left)) };
        if (ppoll(of, 2, &time, NULL) <= 0)     /* one that fails is asked again: it has no say */
            continue;
        *gone = of[1].revents != 0;
        return true;
    }
}

/* Takes what has come; *pid: whose it is, by the kernel. */
static ssize_t take(const remote *r, worker_answer *a, pid_t *pid)
{
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr aligned;
    } beside;
    struct iovec text = { a, sizeof *a };
    struct msghdr m = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = beside.bytes,
                        .msg_controllen = sizeof beside };
    struct ucred who = { .pid = 0 };

    const ssize_t size = recvmsg(r->socket, &m, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
    const struct cmsghdr *const first = size > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (first && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_CREDENTIALS)
        memcpy(&who, CMSG_DATA(first), sizeof who);
    *pid = who.pid;
    return size;
}

/* The next answer with that ticket. What was sent before the end counts. */
static bool receive(remote *r, uint64_t ticket, double deadline, worker_answer *a)
{
    bool gone = false, closed = false;
    pid_t pid;

    for (;;) {
        const ssize_t size = take(r, a, &pid);
        if (size == (ssize_t)sizeof *a && a->ticket == ticket) {
            a->text[sizeof a->text - 1] = '\0';
            if (r->pid == 0)                    /* HELLO: nothing of the student's has run */
                r->pid = pid;
            return true;
        }
        if (size > 0 || (size < 0 && errno == EINTR)) {
            if (jail_clock() < deadline)
                continue;
            break;
        }
        if (gone) {
            note_end(r);
            return false;
        }
        closed |= size == 0;
        if (!wait_for_it(r, closed, deadline, &gone))
            break;
    }
    remote_note(r, (remote_state){ .fault = REMOTE_LATE });
    remote_end_worker(r);
    return false;
}

/* Whether it was the worker that made a question fail: it closed its end, or reads nothing. */
static bool is_its_doing(const remote *r, int error)
{
    struct pollfd of = { .fd = r->socket };
    jail_end ignored;

    return error == EAGAIN || (poll(&of, 1, 0) == 1 && (of.revents & (POLLHUP | POLLERR))) ||
           jail_wait(r->jail, 0.0, &ignored);
}

bool remote_ask(remote *r, worker_question *q, size_t bytes, worker_answer *a)
{
    const double start = jail_clock(), deadline = start + remote_time_left(r);

    if (!r->jail)                               /* it could not be continued */
        return false;
    if (getrandom(&q->ticket, sizeof q->ticket, 0) != (ssize_t)sizeof q->ticket) {
        remote_note_ours(r, REMOTE_NO_WORKER, "getrandom: %s", strerror(errno));
        return false;
    }
    ssize_t sent;
    do
        sent = send(r->socket, q, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    const int why = errno;
    const bool good = sent == (ssize_t)bytes ? receive(r, q->ticket, deadline, a) : false;
    if (sent != (ssize_t)bytes && is_its_doing(r, why)) {
        note_end(r);
    } else if (sent != (ssize_t)bytes) {
        remote_note_ours(r, REMOTE_NO_WORKER, "a question could not be sent: %s", strerror(why));
        remote_end_worker(r);
    }
    r->spent += jail_clock() - start;
    return good;
}

/* ---- Its start ---- */

/* What the jail must show: the worker, the student's object, and the shared objects that the worker
 * consists of. It is asked for them, outside of any jail: nothing of a student's is in it then. */
typedef struct {
    jail_options options;
    char *libraries;            /* lines of names, cut into strings */
    char *lines;                /* OBJECT.lines, for the simulator */
} window;

static bool add_libraries(window *w, const char *worker, int count, file_error *error)
{
    /* What is preloaded into us is not there for a worker. */
    char *const argv[] = { "env", "-i", (char *)worker, "--libraries", NULL };
    subprocess_result r = subprocess_run(argv, SUBPROCESS_OUTPUT, NULL, own_start_seconds);

    w->libraries = r.said;
    if (!r.said || !r.started || r.code != 0) {
        file_refuse(error, STATUS_IO, "%s --libraries: it did not run", worker);
        return false;
    }
    for (char *at = r.said, *name; (name = strtok_r(at, "\n", &at));) {
        if (count == JAIL_MAX_VISIBLE - 1) {
            file_refuse(error, STATUS_IO, "%s: too many shared objects", worker);
            return false;
        }
        w->options.visible[count++].from = name;
    }
    return true;
}

static bool open_window(window *w, const remote *r, file_error *error)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    const int cpus = r->options.cpus > 0 ? r->options.cpus : (int)online;

    *w = (window){ .options = { .memory_bytes = memory_bytes, .disk_bytes = JAIL_OUTPUT_BYTES,
                                .tasks = TASKS, .cpus = r->options.cpus,
                                .cpu_seconds = (r->options.in_all_seconds + end_seconds) * cpus,
                                .timers = r->options.device,
                                .large_addresses = r->own || r->options.sanitizer ||
                                                   r->options.device } };
    w->options.visible[0] = (jail_visible){ r->worker_path, r->own ? NULL : "/worker" };
    if (r->own)
        return true;
    w->options.visible[1] = (jail_visible){ r->object_path, "/student.so" };
    if (asprintf(&w->lines, "%s.lines", r->object_path) < 0) {
        w->lines = NULL;
        return file_refuse(error, STATUS_MEMORY, "no memory to start a worker") == STATUS_OK;
    }
    const bool lines = access(w->lines, R_OK) == 0;
    if (lines)
        w->options.visible[2] = (jail_visible){ w->lines, "/student.so.lines" };
    return add_libraries(w, r->worker_path, lines ? 3 : 2, error);
}

static bool asks_for(const char *const *environment, const char *name)
{
    for (; environment && *environment; environment++)
        if (strncmp(*environment, name, strlen(name)) == 0)
            return true;
    return false;
}

/* The environment of a worker: ours and the caller's. */
static void choose_environment(const remote *r, const char *environment[MOST_ENVIRONMENT])
{
    int count = 0;

    environment[count++] = "OMP_WAIT_POLICY=passive";
    environment[count++] = "OMP_DYNAMIC=false";
    if (r->options.device && !r->options.gpu && !asks_for(r->options.environment, "CUSIM_PROFILE="))
        environment[count++] = "CUSIM_CHECK=1";
    if (r->options.sanitizer)
        environment[count++] = "ASAN_OPTIONS=detect_leaks=0:exitcode=99:color=never:"
                               "detect_stack_use_after_return=1:allocator_may_return_null=1";
    for (const char *const *more = r->options.environment;
         more && *more && count < MOST_ENVIRONMENT - 1; more++)
        environment[count++] = *more;
    environment[count] = NULL;
}

static jail *start(remote *r, int socket, file_error *error)
{
    const int keep[] = { socket, r->inputs, r->outputs };
    const char *environment[MOST_ENVIRONMENT];
    window w;
    jail *started = NULL;

    choose_environment(r, environment);
    if (open_window(&w, r, error)) {
        w.options.environment = environment;
        const jail_tier tier = r->options.tier;
        char *const own[] = { r->worker_path, "--serve", r->object_path, NULL };
        char *const theirs[] = { (char *)jail_path(tier, &w.options, 0),
                                 (char *)jail_path(tier, &w.options, 1),
                                 (char *)r->options.function, (char *)r->options.workspace, NULL };
        started = jail_start(tier, &w.options, r->own ? own : theirs, keep, 3, error);
    }
    free(w.libraries);
    free(w.lines);
    return started;
}

/* HELLO comes before anything of the student's has run; what follows has no such warrant. */
static bool greeted(remote *r, double start)
{
    const double theirs = r->own ? own_start_seconds : remote_time_left(r);
    worker_answer a;

    const bool heard = receive(r, 0, start + own_start_seconds, &a);
    if (!heard || a.say != WORKER_HELLO) {
        const remote_state what = r->last;
        remote_note_ours(r, REMOTE_NO_WORKER, "%s: it did not start (%s)", r->options.worker,
                         heard ? a.text
                         : what.fault == REMOTE_EXIT ? "ended at once"
                         : what.fault == REMOTE_CRASH ? "crashed" : "said nothing");
        return false;
    }
    if (!receive(r, 0, jail_clock() + theirs, &a)) {
        if (r->last.fault == REMOTE_EXIT)
            r->last.fault = REMOTE_NOT_LOADED;
        return false;
    }
    if (a.say == WORKER_READY)
        return true;
    remote_state what = { .fault = a.say == WORKER_NOT_LOADED ? REMOTE_NOT_LOADED
                                                              : REMOTE_NO_FUNCTION };
    memcpy(what.finding, a.text, sizeof what.finding - 1);
    remote_note(r, what);
    return false;
}

static bool start_worker(remote *r)
{
    const double start_time = jail_clock();
    file_error error = { { 0 } };
    int pair[2];

    r->pid = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        remote_note_ours(r, REMOTE_NO_WORKER, "socketpair: %s", strerror(errno));
        return false;
    }
    r->starts++;
    r->socket = pair[0];
    /* What tells the sender leaves no room for descriptors that somebody sends along. */
    if (setsockopt(r->socket, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)) == 0)
        r->jail = start(r, pair[1], &error);
    else
        file_refuse(&error, STATUS_IO, "setsockopt: %s", strerror(errno));
    close(pair[1]);
    if (!r->jail)
        remote_note_ours(r, REMOTE_NO_WORKER, "%s", error.text);
    const bool good = r->jail && greeted(r, start_time);
    if (!good)
        remote_end_worker(r);
    r->spent += jail_clock() - start_time;
    return good;
}

bool remote_have_worker(remote *r)
{
    if (r->jail)
        return true;
    if (remote_is_ours(&r->last) || r->starts >= MOST_STARTS ||
        remote_time_left(r) <= 0.0) {
        remote_note(r, r->last.fault != REMOTE_FINE ? r->last
                                                    : (remote_state){ .fault = REMOTE_LATE });
        return false;
    }
    return start_worker(r);
}
