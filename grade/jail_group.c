/* jail_group.c: control groups: memory and number of tasks of all of a jail together, where this
 * process may make such groups below its own.
 *
 * Version 1 has a hierarchy per controller, version 2 one for all. Below the own group, never
 * beside it: the limits that others set for us hold for the jail too. A group's name has our
 * process number and start time, so that a later run knows those of the dead:
 * convlab-PID-START-NUMBER. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "grade/jail_parts.h"

enum {
    BESIDE_THE_PROGRAM = 4,     /* jailer outside, bwrap, jailer inside, one that ends */
    SWEEP_DEPTH = 6
};

/* ---- Small files ---- */

static bool write_text(const char *folder, const char *name, const char *text)
{
    char path[JAIL_GROUP_PATH + 64];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t length = (ssize_t)strlen(text);
    const bool written = write(fd, text, (size_t)length) == length;
    close(fd);
    return written;
}

static bool write_number(const char *folder, const char *name, uint64_t number)
{
    char text[32];

    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return write_text(folder, name, text);
}

/* The number behind `word` in a file of lines "word number"; 0 if there is none. */
static uint64_t read_number(const char *folder, const char *name, const char *word)
{
    char path[JAIL_GROUP_PATH + 64], key[64];
    unsigned long long number, found = 0;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const f = fopen(path, "re");
    while (f && fscanf(f, "%63s %llu", key, &number) == 2)
        if (strcmp(key, word) == 0)
            found = number;
    if (f)
        fclose(f);
    return found;
}

enum { GONE = 0, NOT_KNOWN = 1 };       /* processes that start so early are not ours */

/* When a process started, in clock ticks since the machine did; GONE: there is none any more;
 * NOT_KNOWN: it could not be read. */
static unsigned long long start_time(const char *proc, long pid)
{
    char path[JAIL_GROUP_PATH + 64], text[1024];
    unsigned long long start = NOT_KNOWN;

    snprintf(path, sizeof path, "%s/%ld/stat", proc, pid);
    FILE *const f = fopen(path, "re");
    if (!f)
        return errno == ENOENT ? GONE : NOT_KNOWN;
    const size_t got = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[got] = '\0';
    const char *at = strrchr(text, ')');        /* the name before it may hold anything */
    if (at && strncmp(at, ") Z", 3) == 0)       /* dead, and nobody has asked how it ended */
        return GONE;
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (at)
        start = strtoull(at, NULL, 10);
    return start > NOT_KNOWN ? start : NOT_KNOWN;
}

/* ---- Where they are ---- */

/* Whether a comma-separated list has the word. */
static bool has_word(const char *list, const char *word)
{
    const size_t length = strlen(word);

    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == length && strncmp(at, word, length) == 0)
            return true;
    return false;
}

/* Our group's path within the hierarchy that has the controller ("": version 2). */
static bool own_group(const char *proc, const char *controller, char *path, size_t size)
{
    char name[JAIL_GROUP_PATH], line[2 * JAIL_GROUP_PATH];
    bool found = false;

    snprintf(name, sizeof name, "%s/self/cgroup", proc);
    FILE *const f = fopen(name, "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        char *const list = strchr(line, ':');
        char *const at = list ? strchr(list + 1, ':') : NULL;

        if (!at)
            continue;
        *at = '\0';
        at[1 + strcspn(at + 1, "\n")] = '\0';
        if (*controller ? has_word(list + 1, controller) : list[1] == '\0')
            found = snprintf(path, size, "%s", at + 1) < (int)size;
    }
    if (f)
        fclose(f);
    return found;
}

/* The folder in which that hierarchy is mounted, with our group's path behind. A mount of a part of
 * the hierarchy shows that part's root at its top. */
static bool own_folder(const char *proc, const char *controller, char *folder, size_t size)
{
    char name[JAIL_GROUP_PATH], line[4096], root[JAIL_GROUP_PATH], at[JAIL_GROUP_PATH];
    char path[JAIL_GROUP_PATH], type[32], options[256];
    bool found = false;

    if (!own_group(proc, controller, path, sizeof path))
        return false;
    snprintf(name, sizeof name, "%s/self/mountinfo", proc);
    FILE *const f = fopen(name, "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        const char *const rest = strstr(line, " - ");

        if (!rest || sscanf(line, "%*s %*s %*s %511s %511s", root, at) != 2 ||
            sscanf(rest, " - %31s %*s %255s", type, options) != 2)
            continue;
        if (strcmp(type, *controller ? "cgroup" : "cgroup2") != 0 ||
            (*controller && !has_word(options, controller)))
            continue;
        const size_t cut = strcmp(root, "/") == 0 ? 0 : strlen(root);
        if (strncmp(path, root, cut) != 0)
            continue;
        const char *const below = path + cut;
        found = snprintf(folder, size, "%s%s", at, strcmp(below, "/") == 0 ? "" : below) <
                (int)size - 64;
    }
    if (f)
        fclose(f);
    return found;
}

/* The folders below which we may make groups: memory, pids; or version 2's alone. */
static int places(const char *proc, char folder[JAIL_GROUP_PLACES][JAIL_GROUP_PATH])
{
    const bool memory = own_folder(proc, "memory", folder[0], JAIL_GROUP_PATH);
    const bool pids = own_folder(proc, "pids", folder[1], JAIL_GROUP_PATH);

    if (!memory)
        folder[0][0] = '\0';
    if (!pids)
        folder[1][0] = '\0';
    if (memory || pids)
        return 2;
    return own_folder(proc, "", folder[0], JAIL_GROUP_PATH) ? 1 : 0;
}

/* ---- Making and removing ---- */

/* Without our start time in its name it would look like a stale one. */
static bool make_folder(char *folder, const char *proc)
{
    static unsigned number;
    const size_t length = strlen(folder);
    const unsigned long long start = start_time(proc, getpid());

    snprintf(folder + length, JAIL_GROUP_PATH - length, "/convlab-%ld-%llu-%u", (long)getpid(),
             start, number++);
    if (start > NOT_KNOWN && mkdir(folder, 0700) == 0)
        return true;
    folder[0] = '\0';
    return false;
}

/* Removal of a group waits until the kernel has let go of what ended in it. */
static bool remove_folder(const char *folder)
{
    const struct timespec pause = { 0, 1000000 };

    for (int tries = 0; tries < 1000; tries++) {
        if (rmdir(folder) == 0 || errno == ENOENT)
            return true;
        if (errno != EBUSY && tries > 2)
            return false;
        nanosleep(&pause, NULL);
    }
    return false;
}

static void kill_in(const char *folder)
{
    char path[JAIL_GROUP_PATH + 64];
    long pid;

    snprintf(path, sizeof path, "%s/cgroup.procs", folder);
    FILE *const f = fopen(path, "re");
    while (f && fscanf(f, "%ld", &pid) == 1)
        if (pid > 1 && pid != getpid())
            kill((pid_t)pid, SIGKILL);
    if (f)
        fclose(f);
}

static bool limit_unified(const char *folder, const jail_options *o)
{
    if (o->memory_bytes && !write_number(folder, "memory.max", o->memory_bytes))
        return false;
    write_text(folder, "memory.swap.max", "0");
    write_text(folder, "memory.oom.group", "1");
    return o->tasks <= 0 ||
           write_number(folder, "pids.max", (uint64_t)(o->tasks + BESIDE_THE_PROGRAM));
}

static bool limit_memory(const char *folder, const jail_options *o)
{
    if (!write_number(folder, "memory.limit_in_bytes", o->memory_bytes))
        return false;
    write_number(folder, "memory.memsw.limit_in_bytes", o->memory_bytes);
    return true;
}

static void drop(char *folder)
{
    if (*folder)
        remove_folder(folder);
    *folder = '\0';
}

void jail_group_make(jail_group *g, const char *proc, const jail_options *o)
{
    *g = (jail_group){ .memory = false };
    const int count = places(proc, g->folder);

    g->unified = count == 1;
    for (int i = 0; i < count; i++)
        if (g->folder[i][0])
            make_folder(g->folder[i], proc);
    if (g->unified) {
        if (*g->folder[0] && !limit_unified(g->folder[0], o))
            drop(g->folder[0]);
        g->memory = *g->folder[0] && o->memory_bytes;
        return;
    }
    if (*g->folder[0] && (!o->memory_bytes || !limit_memory(g->folder[0], o)))
        drop(g->folder[0]);
    if (*g->folder[1] &&
        (o->tasks <= 0 || !write_number(g->folder[1], "pids.max",
                                        (uint64_t)(o->tasks + BESIDE_THE_PROGRAM))))
        drop(g->folder[1]);
    g->memory = *g->folder[0] != '\0';
}

bool jail_group_enter(const jail_group *g, pid_t pid)
{
    for (int i = 0; i < JAIL_GROUP_PLACES; i++)
        if (*g->folder[i] && !write_number(g->folder[i], "cgroup.procs", (uint64_t)pid))
            return false;
    return true;
}

bool jail_group_memory_ended(const jail_group *g)
{
    return g->memory && read_number(g->folder[0], g->unified ? "memory.events"
                                                             : "memory.oom_control",
                                    "oom_kill") > 0;
}

bool jail_group_remove(jail_group *g)
{
    bool all = true;

    for (int i = 0; i < JAIL_GROUP_PLACES; i++) {
        if (!*g->folder[i])
            continue;
        kill_in(g->folder[i]);
        all &= remove_folder(g->folder[i]);
        *g->folder[i] = '\0';
    }
    return all;
}

/* Whether it is surely the group of a run that is no more. */
static bool is_stale(const char *proc, const char *name)
{
    unsigned long long start;
    unsigned number;
    long pid;

    if (sscanf(name, "convlab-%ld-%llu-%u", &pid, &start, &number) != 3)
        return false;
    const unsigned long long now = start_time(proc, pid);
    return now != NOT_KNOWN && now != start;
}

/* Below our own group stale ones are ended. Elsewhere, where a run of another session may have left
 * some, they are removed if nothing runs in them: who is alive in another container cannot be told
 * from here. */
static void sweep_folder(const char *proc, const char *folder, const char *own, int depth)
{
    DIR *const d = opendir(folder);

    for (struct dirent *e; d && (e = readdir(d));) {
        char path[JAIL_GROUP_PATH];

        if (e->d_type != DT_DIR || e->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= (int)sizeof path)
            continue;
        if (!is_stale(proc, e->d_name)) {
            if (depth > 0)
                sweep_folder(proc, path, own, depth - 1);
        } else if (strcmp(folder, own) == 0) {
            kill_in(path);
            remove_folder(path);
        } else {
            rmdir(path);
        }
    }
    if (d)
        closedir(d);
}

void jail_group_sweep(const char *proc)
{
    char folder[JAIL_GROUP_PLACES][JAIL_GROUP_PATH], path[JAIL_GROUP_PATH];
    const int count = places(proc, folder);

    for (int i = 0; i < count; i++) {
        const char *const controller = count == 1 ? "" : i == 0 ? "memory" : "pids";

        if (!*folder[i] || !own_group(proc, controller, path, sizeof path))
            continue;
        /* Where the hierarchy is mounted: the folder without our path behind. */
        const size_t length = strlen(folder[i]), below = strcmp(path, "/") == 0 ? 0 : strlen(path);
        char top[JAIL_GROUP_PATH];
        const size_t cut = below < length && strcmp(folder[i] + length - below, path) == 0
                               ? length - below : length;
        snprintf(top, sizeof top, "%.*s", (int)cut, folder[i]);
        sweep_folder(proc, top, folder[i], SWEEP_DEPTH);
    }
}
