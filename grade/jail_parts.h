/* jail_parts.h: what the files jail_*.c share; nobody else includes it. */
#ifndef JAIL_PARTS_H
#define JAIL_PARTS_H

#include "grade/jail.h"
#include "grade/jail_plan.h"

/* ---- jail_user.c: user ids that nobody else has ---- */

/* Claims a user id until *held is closed; false after *error: this process is not root, or all are
 * taken. */
bool jail_user_claim(uid_t *user, int *held, file_error *error);

/* Kills processes of our user ids that no jail holds any more. */
void jail_user_sweep(void);

/* ---- jail_group.c: control groups, version 1 and 2 ---- */

enum { JAIL_GROUP_PLACES = 2, JAIL_GROUP_PATH = 512 };

typedef struct {
    char folder[JAIL_GROUP_PLACES][JAIL_GROUP_PATH];    /* "" where there is none */
    bool memory;                        /* the first of them limits memory */
    bool unified;                       /* version 2: one folder for both */
} jail_group;

/* Makes groups below this process's own as far as it may: none is no failure. `proc` is "/proc",
 * tests have another. */
void jail_group_make(jail_group *g, const char *proc, const jail_options *o);
bool jail_group_enter(const jail_group *g, pid_t pid);
bool jail_group_memory_ended(const jail_group *g);
/* Kills what is in them and removes them. False: one is left. */
bool jail_group_remove(jail_group *g);
void jail_group_sweep(const char *proc);

/* ---- jail_filter.c ---- */

/* Fills plan->filter for this processor. */
bool jail_filter_make(jail_plan *plan, const jail_options *o, file_error *error);

/* ---- jail_spawn.c ---- */

/* How a user id of its own is had in JAIL_NAMESPACES. */
typedef enum {
    JAIL_USERS_MAPPED,      /* root: a user namespace in which another user is JAIL_INSIDE_ID */
    JAIL_USERS_PLAIN,       /* root where there are no user namespaces: the user as it is */
    JAIL_USERS_OWN          /* an ordinary user: a user namespace with itself as JAIL_INSIDE_ID */
} jail_users;

struct jail {
    jail_tier tier;
    bool programs;
    pid_t pid;              /* of convlab-jailer, or of bwrap that it became; 0: none */
    int control, output;    /* -1: none */
    int user_held;          /* -1: none */
    jail_group group;
    bool ended;
    jail_end end;
    char left[240];         /* what the jailer could not remove, or "" */
};

/* Starts the jailer, which starts argv. *again is set, and NULL returned, if another way of having
 * users should be tried. */
jail *jail_spawn(jail_tier tier, jail_users users, const jail_options *o, char *const *argv,
                 const int *keep, int keep_count, bool *again, file_error *error);

/* One message, waiting at most so long: 1 a message, 0 none in time, -1 the jailer is gone. */
int jail_listen(const jail *j, double seconds, jail_message *m);

/* ---- jail_tier.c ---- */

/* Path of the program beside the running one or in a folder above it; NULL after *error. */
const char *jail_jailer(file_error *error);

#endif
