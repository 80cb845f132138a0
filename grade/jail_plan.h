/* jail_plan.h: what the grader tells build/convlab-jailer, the small program that goes into the
 * jail first: the last steps before the student's program starts, and what to watch while it runs.
 *
 * The plan is a sealed memory file at descriptor JAIL_PLAN_FD; the two talk over a socket at
 * JAIL_CONTROL_FD, one jail_message each way at a time. Both see an end of file when the other is
 * gone: a grader that was killed takes its jails with it. */
#ifndef JAIL_PLAN_H
#define JAIL_PLAN_H

#include <linux/filter.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    JAIL_PLAN_FD = 3,
    JAIL_CONTROL_FD = 4,
    JAIL_KEPT_FD = 5,                   /* the first of those that the program gets as 3, ... */
    JAIL_MAX_FILTER = 1024,
    JAIL_MAX_STRINGS = 4096,
    JAIL_INSIDE_ID = 65534              /* user and group inside user namespaces */
};

/* Groups of strings in the plan, in this order. */
enum { JAIL_BWRAP, JAIL_ARGUMENTS, JAIL_ENVIRONMENT, JAIL_READABLE, JAIL_SCRATCH, JAIL_GROUPS };

typedef struct {
    uint32_t size;                      /* of this structure: an old jailer refuses a new plan */
    int32_t tier;
    int32_t kept;
    uint32_t user;                      /* to run as, if change_user */
    bool change_user;
    bool user_namespace;                /* make one whose root is our root, before bwrap starts */
    bool programs;
    bool filtered;
    int64_t limit[16];                  /* by RLIMIT_ number; -1: leave it */
    uint64_t watch_memory;              /* resident bytes of all processes; 0: not watched */
    uint64_t watch_disk, watch_files;   /* in scratch; 0: not watched */
    bool affinity;
    cpu_set_t cpus;
    uint32_t filter_count;
    struct sock_filter filter[JAIL_MAX_FILTER];
    uint32_t strings[JAIL_GROUPS];      /* how many of each */
    uint32_t text_bytes;                /* all of them, each with its NUL, behind this structure */
} jail_plan;

typedef enum {
    JAIL_SAYS_READY = 1,    /* jailer: enter me into groups, map my users; waits for JAIL_GO */
    JAIL_GO,
    JAIL_SAYS_STARTED,      /* jailer: the program runs */
    JAIL_SAYS_FAILED,       /* jailer: text says what */
    JAIL_SAYS_NO_USERS,     /* jailer: no user namespace to be had */
    JAIL_SAYS_ENDED,        /* jailer: value is what waitpid() told */
    JAIL_STOP,              /* stops the program until JAIL_CONTINUE */
    JAIL_CONTINUE,
    JAIL_SAYS_DONE,         /* jailer: value is 0 or an errno */
    JAIL_SAYS_LEFT          /* jailer, last: text names what could not be removed */
} jail_word;

typedef struct {
    int32_t word;
    int32_t value;
    bool memory, disk;      /* with JAIL_SAYS_ENDED: a watched limit ended it */
    char text[240];
} jail_message;

#endif
