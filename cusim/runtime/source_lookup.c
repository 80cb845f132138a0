/* source_lookup.c: from a code address to function, file and line, by binutils' addr2line.
 *
 * One child per module (the program; a shared library) is started when first needed and is asked
 * through a pair of sockets, an address at a time; answers are kept. It prints all functions that
 * were inlined at the address, innermost first; what lies in cusim's own headers or in those of the
 * system is not what a reader wants to see, so that the first frame outside them is the answer.
 * Where no program may be started, a file beside the module, MODULE.lines, can hold what addr2line
 * said of every address at which a line begins; an address between two belongs to the one below.
 * Without either the answer is the function's name and the offset in it, if there is one. */
#define _GNU_SOURCE             /* dladdr1 */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cusim/runtime/runtime.h"

extern char **environ;

enum { MODULES = 8, PLACE_BITS = 16, PLACES = 1 << PLACE_BITS, FRAMES = 64 };

typedef struct {
    uintptr_t address;
    long offset;                /* of its answer in the file */
} lookup_row;

typedef struct {
    uintptr_t base;             /* what the loader added to the addresses in the file */
    char path[PATH_MAX];
    int socket;                 /* -1: no addr2line */
    FILE *answers;              /* of the child, or the file of lines */
    lookup_row *rows;           /* of the file, by address; NULL: there is none */
    size_t row_count;
} lookup_module;

typedef struct {
    const void *pc;
    const char *function, *file;
    int line;
    bool in_header;             /* the innermost frame is not the program's */
} lookup_place;

static lookup_module modules[MODULES];
static int module_count;
static lookup_place places[PLACES];     /* in open addressing; a full table answers no more */
static int place_count;

static bool next_line(lookup_module *m, char *line, size_t bytes)
{
    while (!fgets(line, (int)bytes, m->answers)) {
        if (errno != EINTR || feof(m->answers))
            return false;
        clearerr(m->answers);                           /* the time limit's signal came */
    }
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/* ---- The file of lines ---- */

static int compare_rows(const void *a, const void *b)
{
    const uintptr_t x = ((const lookup_row *)a)->address, y = ((const lookup_row *)b)->address;
    return (x > y) - (x < y);
}

static bool add_row(lookup_module *m, uintptr_t address, long offset)
{
    if ((m->row_count & (m->row_count - 1)) == 0) {     /* 0 or a power of two: full */
        lookup_row *const more = realloc(m->rows, (2 * m->row_count + 1) * sizeof *more);
        if (!more)
            return false;
        m->rows = more;
    }
    m->rows[m->row_count++] = (lookup_row){ address, offset };
    return true;
}

/* False if there is no such file. */
static bool open_lines(lookup_module *m)
{
    static char text[PATH_MAX + 64];                    /* the stack is a fiber's */
    long offset = 0;

    snprintf(text, sizeof text, "%s.lines", m->path);
    m->answers = fopen(text, "re");
    if (!m->answers)
        return false;
    while (next_line(m, text, sizeof text)) {
        if (strncmp(text, "0x", 2) == 0 && !add_row(m, strtoul(text, NULL, 16), offset))
            break;
        offset = ftell(m->answers);
    }
    if (m->rows)
        qsort(m->rows, m->row_count, sizeof *m->rows, compare_rows);
    return true;
}

/* Goes to the answer of the last row at or below the address. */
static bool find_row(lookup_module *m, uintptr_t address)
{
    size_t from = 0, to = m->row_count;

    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (m->rows[middle].address <= address)
            from = middle + 1;
        else
            to = middle;
    }
    return from > 0 && fseek(m->answers, m->rows[from - 1].offset, SEEK_SET) == 0;
}

/* ---- The child ---- */

static void start_child(lookup_module *m)
{
    int pair[2];
    posix_spawn_file_actions_t actions;
    sigset_t none;
    posix_spawnattr_t attributes;
    pid_t pid;
    char *arguments[] = { (char *)"addr2line", (char *)"-f", (char *)"-C", (char *)"-i",
                          (char *)"-a", (char *)"-e", m->path, NULL };

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pair[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
    if (posix_spawnp(&pid, "addr2line", &actions, &attributes, arguments, environ) == 0)
        m->socket = pair[0];
    else
        close(pair[0]);
    close(pair[1]);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (m->socket >= 0 && (m->answers = fdopen(m->socket, "r")) == NULL) {
        close(m->socket);
        m->socket = -1;
    }
}

static lookup_module *module_of(const void *pc)
{
    Dl_info info;
    struct link_map *map = NULL;
    if (!dladdr1(pc, &info, (void **)&map, RTLD_DL_LINKMAP) || !map)
        return NULL;
    for (int i = 0; i < module_count; i++) {
        if (modules[i].base == map->l_addr)
            return &modules[i];
    }
    if (module_count == MODULES)
        return NULL;

    lookup_module *m = &modules[module_count++];
    m->base = map->l_addr;
    if (map->l_name[0] == '\0') {                       /* the program itself */
        const ssize_t n = readlink("/proc/self/exe", m->path, sizeof m->path - 1);
        m->path[n > 0 ? n : 0] = '\0';
    } else {
        snprintf(m->path, sizeof m->path, "%s", map->l_name);
    }
    m->socket = -1;
    if (!open_lines(m))
        start_child(m);
    return m;
}

/* True if next_line() gives the answer. */
static bool ask(lookup_module *m, uintptr_t address)
{
    if (m->rows)
        return find_row(m, address);
    if (m->socket < 0)
        return false;
    /* The second address marks the end of the answer to the first. */
    char text[64];
    const int n = snprintf(text, sizeof text, "%#lx\n0\n", (unsigned long)address);
    return send(m->socket, text, (size_t)n, MSG_NOSIGNAL) == n;
}

/* ---- The answer ---- */

static bool is_ours(const char *file)
{
    return strstr(file, "cusim/include/") || strncmp(file, "/usr/include/", 13) == 0 ||
           strncmp(file, "/usr/lib/", 9) == 0;
}

/* A path below the working directory is shown relative to it. */
static char *shown_path(const char *file)
{
    char here[PATH_MAX];
    if (getcwd(here, sizeof here)) {
        const size_t n = strlen(here);
        if (strncmp(file, here, n) == 0 && file[n] == '/')
            file += n + 1;
    }
    while (strncmp(file, "./", 2) == 0)
        file += 2;
    return strdup(file);
}

/* "path:12" or "path:12 (discriminator 3)"; false: "??:0". */
static bool split_place(char *text, int *line)
{
    char *colon = strrchr(text, ':');
    if (!colon || strncmp(text, "??", 2) == 0)
        return false;
    *colon = '\0';
    *line = atoi(colon + 1);
    return *line > 0;
}

static void read_answer(lookup_module *m, lookup_place *place)
{
    static char function[1024], file[PATH_MAX + 64];
    bool settled = false;

    if (!next_line(m, file, sizeof file))               /* the address again */
        return;
    for (int frame = 0; frame < FRAMES; frame++) {
        if (!next_line(m, function, sizeof function) || strncmp(function, "0x0000", 6) == 0)
            break;
        int line = 0;
        if (!next_line(m, file, sizeof file) || !split_place(file, &line) || settled)
            continue;
        free((void *)place->function);
        free((void *)place->file);
        place->function = strdup(function);
        place->file = shown_path(file);
        place->line = line;
        settled = !is_ours(file);
        place->in_header |= frame == 0 && !settled;
    }
    next_line(m, function, sizeof function);            /* of the mark: "??", "??:0" */
    next_line(m, file, sizeof file);
}

static void name_by_symbol(const void *pc, lookup_place *place)
{
    Dl_info info;
    char text[512];
    if (!dladdr(pc, &info) || !info.dli_sname)
        return;
    snprintf(text, sizeof text, "%s+%#lx", info.dli_sname,
             (unsigned long)((uintptr_t)pc - (uintptr_t)info.dli_saddr));
    place->function = strdup(text);
}

static lookup_place *place_of(const void *pc)
{
    uintptr_t at = (uintptr_t)pc * UINT64_C(0x9E3779B97F4A7C15) >> (64 - PLACE_BITS);
    while (places[at].pc && places[at].pc != pc)
        at = (at + 1) % PLACES;
    if (places[at].pc)
        return &places[at];
    if (place_count == PLACES - 1)
        return NULL;
    place_count++;
    places[at].pc = pc;
    lookup_module *m = module_of(pc);
    if (m && ask(m, (uintptr_t)pc - m->base))
        read_answer(m, &places[at]);
    if (!places[at].function)
        name_by_symbol(pc, &places[at]);
    return &places[at];
}

bool cusim_source_of(const void *pc, const char **function, const char **file, int *line)
{
    const lookup_place *place = pc ? place_of(pc) : NULL;
    if (function)
        *function = place ? place->function : NULL;
    if (file)
        *file = place ? place->file : NULL;
    if (line)
        *line = place ? place->line : 0;
    return place && place->file;
}

bool cusim_source_in_header(const void *pc)
{
    const lookup_place *place = pc ? place_of(pc) : NULL;
    return place && place->in_header;
}
