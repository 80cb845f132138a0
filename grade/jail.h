/* jail.h: runs a program that nobody trusts, with what it may see, use and do taken away first.
 *
 * Two tiers hold, and a third does not:
 *   JAIL_NAMESPACES  bubblewrap: own user, process, mount, network, IPC and host name spaces, a
 *                    file system of a few bound files, sized tmpfs, no capabilities; a seccomp
 *                    filter; resource limits; a cgroup of its own where we may make one.
 *   JAIL_LANDLOCK    where there are no namespaces (an unprivileged container): a user id of its
 *                    own, Landlock, the seccomp filter, no new privileges, resource limits.
 *   JAIL_NONE        limits alone. For practice: nothing that ran here may be scored.
 * A tier is used only if all of it works on this machine: jail_find() tries it, and jail_start()
 * refuses rather than start with less.
 *
 * What runs inside gets: stdin empty; stdout and stderr in a sealed file of fixed size (a flood
 * hits its end, it never blocks us); the descriptors it was given; an environment of PATH, LC_ALL=C
 * and what the options name; the files of `visible` and nothing else. */
#ifndef JAIL_H
#define JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "data/file_error.h"

typedef enum { JAIL_NONE, JAIL_LANDLOCK, JAIL_NAMESPACES, JAIL_TIERS } jail_tier;

/* "none", "landlock", "namespaces"; jail_tier_named() returns JAIL_TIERS for another name. */
const char *jail_tier_name(jail_tier tier);
jail_tier jail_tier_named(const char *name);

/* The best tier that works here. Each one above it that does not is explained, a line each, in
 * why[size] ("namespaces: bwrap is not installed (Debian: bubblewrap)"). Tried once per process. */
jail_tier jail_find(char *why, size_t size);

/* Tries one tier; false after *error if it does not work here. */
bool jail_works(jail_tier tier, file_error *error);

enum { JAIL_MAX_VISIBLE = 64, JAIL_MAX_KEPT = 8, JAIL_OUTPUT_BYTES = 1 << 16 };

typedef struct {
    const char *from;           /* a file or folder of this machine, read-only inside */
    const char *to;             /* its path inside; NULL: the same. JAIL_LANDLOCK has no other name
                                   for a file: use jail_path() to know how it is called inside */
} jail_visible;

typedef struct {
    jail_visible visible[JAIL_MAX_VISIBLE];     /* ended by one whose `from` is NULL */
    bool programs;              /* may fork and exec: a compiler. Else neither, and only threads */
    const char *scratch;        /* an empty folder of ours, which becomes /tmp inside for programs
                                   that must write files; NULL: nothing is writable. In
                                   JAIL_NAMESPACES a sized tmpfs stands in for it. */
    size_t memory_bytes;        /* address space of one process beyond what is mapped at start, and
                                   with a cgroup the memory of all */
    size_t disk_bytes;          /* of one file, and of the tmpfs */
    int tasks;                  /* processes and threads */
    int cpus;                   /* how many processors it may run on; 0: all */
    double cpu_seconds;         /* processor time of one process */
    bool large_addresses;       /* sanitizers reserve terabytes: no limit on addresses, only on the
                                   memory that is used */
    bool timers;                /* POSIX timers, which cusim needs. One could send the signal that
                                   continues what jail_freeze() stopped: not for timed programs */
    const char *const *environment;     /* "NAME=value" beside the usual, then NULL; or NULL */
} jail_options;

/* How it ended. */
typedef struct {
    bool ended;                 /* by itself; else jail_stop() did it */
    int code;                   /* exit code; -1: a signal ended it */
    int signal;
    bool memory;                /* the limit on memory ended it, as far as can be told */
    bool disk;                  /* it filled its scratch */
} jail_end;

typedef struct jail jail;

/* Starts argv[0] (a path inside) in a jail. `keep` are descriptors that it finds as 3, 4, ...; all
 * others are closed. Returns NULL after *error. */
jail *jail_start(jail_tier tier, const jail_options *options, char *const *argv, const int *keep,
                 int keep_count, file_error *error);

/* Readable (poll) when the program has ended. */
int jail_descriptor(const jail *j);

/* True once it has ended, waiting at most so long; *end then says how. */
bool jail_wait(jail *j, double seconds, jail_end *end);

/* Stops and continues all that runs in it: between two calls nothing of it computes. False: it
 * could not be done in this tier. */
bool jail_freeze(jail *j, bool frozen);

/* What it wrote to stdout and stderr so far: at most JAIL_OUTPUT_BYTES - 1, raw bytes, a NUL
 * behind. To be freed; *size (or NULL) gets the length. NULL: no memory. */
char *jail_output(const jail *j, size_t *size);

/* Ends everything in the jail, waits until it is gone, removes what it left (processes, files in
 * scratch, shared memory, cgroup), and frees. NULL is fine. False: something could not be removed;
 * it is said in *error. */
bool jail_stop(jail *j, file_error *error);

/* How the visible file number i is called inside. */
const char *jail_path(jail_tier tier, const jail_options *options, int i);

/* How the scratch folder is called inside, which is also TMPDIR and the working folder; NULL if
 * there is none. */
const char *jail_scratch(jail_tier tier, const jail_options *options);

/* Path of a program in PATH; false: not there. */
bool jail_find_program(const char *name, char *path, size_t size);

/* Seconds of a clock that only goes forward. */
double jail_clock(void);

/* Kills what earlier runs of ours that were killed themselves may have left (cgroups, user ids).
 * Called once at start. */
void jail_sweep(void);

/* Proves each denial on this machine: starts a probe in a jail of that tier once per thing that
 * must fail (opening a hidden file, a socket, ptrace, fork bomb, ...) and prints a line each.
 * Returns how many were not denied. */
int jail_self_test(jail_tier tier, FILE *out);

#endif
