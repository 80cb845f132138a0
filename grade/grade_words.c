/* grade_words.c: what happened to a worker, and at which shape. */
#define _GNU_SOURCE             /* sigdescr_np */
#include "grade/grade_parts.h"

#include <string.h>

#include "cusim/include/cusim.h"
#include "grade/worker_protocol.h"
#include "lessons/drawn_shape.h"

static void say_crash(const remote_state *s, char *text, size_t size)
{
    const char *const name = sigabbrev_np(s->signal), *const words = sigdescr_np(s->signal);

    snprintf(text, size, "it crashed: SIG%s (%s)", name ? name : "?", words ? words : "unknown");
}

/* Exit codes that say something; NULL: the others. A student's code may use them as well. */
static const char *words_of_code(int code)
{
    switch (code) {
    case WORKER_EXIT_ASTRAY:
        return "it tried to run code that is not its own: by a pointer to something else than a "
               "function, or by a changed return address";
    case WORKER_EXIT_SOCKET:
        return "it closed or replaced a descriptor that is not its own, and so cut itself off from "
               "the grader";
    case CUSIM_WALL_CODE:
        return "it tried to write into memory that is not its own, but the simulator's or a "
               "library's";
    default:
        return NULL;
    }
}

void grade_fault_words(const grade_job *job, const remote_state *s, char *text, size_t size)
{
    text[0] = '\0';
    const bool ended = s->fault == REMOTE_EXIT || (s->fault == REMOTE_NOT_LOADED && !*s->finding);
    if (ended && words_of_code(s->code)) {
        snprintf(text, size, "%s", words_of_code(s->code));
        return;
    }
    switch (s->fault) {
    case REMOTE_FINE:
    case REMOTE_FAULTS:
        break;
    case REMOTE_NO_FUNCTION:
        snprintf(text, size, "%s has no function named '%s' that can be called; keep the name that "
                             "the starter gives it, and do not make it static",
                 job->exercise->file, job->exercise->function);
        break;
    case REMOTE_NOT_LOADED:
        if (*s->finding)
            snprintf(text, size, "what the compiler made of %s cannot be loaded: %.*s",
                     job->exercise->file, CHECK_FINDING_BYTES, s->finding);
        else
            snprintf(text, size, "the program ended with exit code %d while %s was loaded, before "
                                 "any call; nothing in it may run by itself",
                     s->code, job->exercise->file);
        break;
    case REMOTE_CRASH:
        say_crash(s, text, size);
        break;
    case REMOTE_LATE:
        snprintf(text, size, "it did not come back within %g s: an endless loop?",
                 s->seconds);
        break;
    case REMOTE_EXIT:
        snprintf(text, size, "the program ended with exit code %d in the middle of a call; a "
                             "kernel returns to its caller, it does not call exit", s->code);
        break;
    case REMOTE_MEMORY:
        snprintf(text, size, "its memory was used up; a kernel allocates nothing, it works in the "
                             "buffers it is given");
        break;
    case REMOTE_WORKSPACE:
        snprintf(text, size, "it asked for %zu bytes of workspace, which is more than there is",
                 s->bytes);
        break;
    case REMOTE_DEVICE:
        snprintf(text, size, "the device reports: %.*s", CHECK_FINDING_BYTES, s->finding);
        break;
    case REMOTE_NO_WORKER:
    case REMOTE_TOO_LARGE:
        snprintf(text, size, "it could not be run: %s", s->error.text);
        break;
    }
}

bool grade_outcome_is_ours(const grade_job *job, check_outcome o)
{
    return o == CHECK_MEMORY || (o == CHECK_NO_PROBLEM && grade_left(job) > 0.0);
}

void grade_shape_words(const grade_job *job, const int *param, char *text, size_t size)
{
    (void)drawn_shape_format(job->exercise->shape, param, text, size);
    if (strcmp(text, "simplest") == 0)
        snprintf(text, size, "every extent 1");
}
