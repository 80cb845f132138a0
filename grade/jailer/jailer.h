/* jailer.h: the parts of build/convlab-jailer. */
#ifndef JAILER_H
#define JAILER_H

#include <sys/types.h>

#include "grade/jail.h"
#include "grade/jail_plan.h"

/* The plan with its strings taken apart: group[g][i], NULL behind the last. */
typedef struct {
    const jail_plan *plan;
    char *string[JAIL_MAX_STRINGS + JAIL_GROUPS];
    char **group[JAIL_GROUPS];
} jailer_job;

/* The last steps of the process that becomes the program. Returns only if one of them failed:
 * *what then names it and errno says why. */
void jailer_become(const jailer_job *job, const char **what);

/* Leaves reading of the plan's files, writing of scratch, and nothing else of the file system, no
 * TCP, no signals and abstract sockets outwards as far as this kernel's Landlock goes. 0 or -1. */
int jailer_landlock(const jailer_job *job, const char **what);

/* Resident bytes of all processes in the jail. */
uint64_t jailer_memory(const jailer_job *job, pid_t child);

/* Whether scratch holds more than it may. */
bool jailer_disk_full(const jailer_job *job);

/* Removes all that is in the folder. False: something is left. */
bool jailer_empty(const char *folder);

/* Kills every process of the plan's user, which is nobody else's. False: some are left. */
bool jailer_kill_user(uid_t user);

/* Kills and reaps every descendant of this process, which is their reaper. False: some are left. */
bool jailer_kill_children(void);

/* One attempt of jail_self_test(); returns the exit code that tells how it went. */
int jailer_probe(int count, char **argument);

#endif
