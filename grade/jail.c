/* jail.c: a program in a jail, from start to end. What runs inside is jail_spawn.c's plan and
 * grade/jailer. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "grade/jail_parts.h"

enum { STOP_SECONDS = 5, FREEZE_SECONDS = 5 };

jail *jail_start(jail_tier tier, const jail_options *options, char *const *argv, const int *keep,
                 int keep_count, file_error *error)
{
    static bool no_maps;        /* user namespaces cannot be had, though we are root */
    jail_users users = geteuid() != 0 ? JAIL_USERS_OWN
                       : no_maps ? JAIL_USERS_PLAIN : JAIL_USERS_MAPPED;
    file_error why = { "" };
    bool again = false;
    jail *j = jail_spawn(tier, users, options, argv, keep, keep_count, &again, &why);

    if (again) {
        no_maps = true;
        users = JAIL_USERS_PLAIN;
        j = jail_spawn(tier, users, options, argv, keep, keep_count, &again, &why);
    }
    if (!j)
        file_refuse(error, STATUS_IO, "%s: %s", jail_tier_name(tier),
                    *why.text ? why.text : "no memory");
    return j;
}

int jail_descriptor(const jail *j)
{
    return j->control;
}

/* ---- Its end ---- */

static void note_end(jail *j, const jail_message *m)
{
    j->ended = true;
    j->end = (jail_end){ .ended = true, .code = -1, .signal = SIGKILL };
    if (m && WIFEXITED(m->value))
        j->end.code = WEXITSTATUS(m->value), j->end.signal = 0;
    else if (m && WIFSIGNALED(m->value))
        j->end.signal = WTERMSIG(m->value);
    j->end.memory = (m && m->memory) || jail_group_memory_ended(&j->group);
    j->end.disk = m && m->disk;
}

/* Takes what the jailer says, if it is of the end; false if the jailer is gone. */
static bool note(jail *j, int heard, const jail_message *m)
{
    if (heard < 0) {
        if (!j->ended)
            note_end(j, NULL);
        return false;
    }
    if (heard > 0 && m->word == JAIL_SAYS_ENDED && !j->ended)
        note_end(j, m);
    if (heard > 0 && m->word == JAIL_SAYS_LEFT)
        memcpy(j->left, m->text, sizeof j->left);
    return true;
}

bool jail_wait(jail *j, double seconds, jail_end *end)
{
    const double until = jail_clock() + seconds;
    jail_message m;

    while (!j->ended) {
        const int heard = jail_listen(j, until - jail_clock(), &m);

        note(j, heard, &m);
        if (heard == 0)
            return false;
    }
    *end = j->end;
    return true;
}

bool jail_freeze(jail *j, bool frozen)
{
    jail_message m = { .word = frozen ? JAIL_STOP : JAIL_CONTINUE };
    const double until = jail_clock() + FREEZE_SECONDS;

    /* Of several processes one could continue the others while they are stopped one by one. */
    if (j->programs || j->ended ||
        send(j->control, &m, sizeof m, MSG_NOSIGNAL) != (ssize_t)sizeof m)
        return false;
    for (;;) {
        const int heard = jail_listen(j, until - jail_clock(), &m);

        if (heard > 0 && m.word == JAIL_SAYS_DONE)
            return m.value == 0;
        if (!note(j, heard, &m) || heard == 0 || j->ended)
            return false;
    }
}

char *jail_output(const jail *j, size_t *size)
{
    const off_t at = lseek(j->output, 0, SEEK_CUR);
    const size_t length = at < 0 ? 0 : at < JAIL_OUTPUT_BYTES ? (size_t)at : JAIL_OUTPUT_BYTES - 1;
    char *const text = malloc(length + 1);
    size_t have = 0;

    if (!text)
        return NULL;
    while (have < length) {
        const ssize_t got = pread(j->output, text + have, length - have, (off_t)have);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            break;
        have += got > 0 ? (size_t)got : 0;
    }
    text[have] = '\0';
    if (size)
        *size = have;
    return text;
}

/* Waits for the jailer's end; kills it when it takes too long. False: it had to. */
static bool end_jailer(jail *j)
{
    const double until = jail_clock() + STOP_SECONDS;
    const struct timespec pause = { 0, 200000 };
    jail_message m;
    bool willing = true;

    shutdown(j->control, SHUT_WR);
    while (note(j, jail_listen(j, until - jail_clock(), &m), &m) && jail_clock() < until)
        ;
    while (j->pid > 0) {
        const pid_t got = waitpid(j->pid, NULL, WNOHANG);

        if (got == j->pid || (got < 0 && errno == ECHILD)) {
            j->pid = 0;
        } else if (willing && jail_clock() > until) {
            kill(j->pid, SIGKILL);
            willing = false;
        } else {
            nanosleep(&pause, NULL);
        }
    }
    return willing;
}

bool jail_stop(jail *j, file_error *error)
{
    bool clean = true;

    if (!j)
        return true;
    if (j->pid > 0 && !end_jailer(j)) {
        file_refuse(error, STATUS_IO, "%s: convlab-jailer did not end and was killed",
                    jail_tier_name(j->tier));
        clean = false;
    }
    if (!jail_group_remove(&j->group)) {
        file_refuse(error, STATUS_IO, "%s: a control group could not be removed",
                    jail_tier_name(j->tier));
        clean = false;
    }
    if (*j->left) {
        file_refuse(error, STATUS_IO, "%s: %s", jail_tier_name(j->tier), j->left);
        clean = false;
    }
    if (j->control >= 0)
        close(j->control);
    if (j->output >= 0)
        close(j->output);
    if (j->user_held >= 0)
        close(j->user_held);
    free(j);
    return clean;
}

void jail_sweep(void)
{
    jail_group_sweep("/proc");
    jail_user_sweep();
}
