/* jail_tier.c: which tiers there are, which one works here, how things are called in each. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grade/jail_parts.h"
#include "grade/jailer/probe_codes.h"

enum { PATH_BYTES = 4096, FOLDERS_ABOVE = 4 };

static const char *const tier_name[JAIL_TIERS] = { "none", "landlock", "namespaces" };

const char *jail_tier_name(jail_tier tier)
{
    return tier_name[tier];
}

jail_tier jail_tier_named(const char *name)
{
    int t = 0;

    while (t < JAIL_TIERS && strcmp(name, tier_name[t]) != 0)
        t++;
    return (jail_tier)t;
}

const char *jail_path(jail_tier tier, const jail_options *options, int i)
{
    const jail_visible *const v = &options->visible[i];

    return tier == JAIL_NAMESPACES && v->to ? v->to : v->from;
}

const char *jail_scratch(jail_tier tier, const jail_options *options)
{
    return options->scratch && tier == JAIL_NAMESPACES ? "/tmp" : options->scratch;
}

/* ---- Programs ---- */

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool jail_find_program(const char *name, char *path, size_t size)
{
    const char *const list = getenv("PATH");

    for (const char *at = list; at && *at;) {
        const size_t length = strcspn(at, ":");

        if (length && snprintf(path, size, "%.*s/%s", (int)length, at, name) < (int)size &&
            is_program(path))
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}

/* Test programs lie deeper in build/ than the jailer. */
const char *jail_jailer(file_error *error)
{
    static char found[PATH_BYTES];
    char self[PATH_BYTES], path[PATH_BYTES + 32];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

    if (*found && is_program(found))
        return found;
    self[length > 0 ? length : 0] = '\0';
    for (int i = 0; i < FOLDERS_ABOVE; i++) {
        char *const slash = strrchr(self, '/');
        if (!slash)
            break;
        *slash = '\0';
        snprintf(path, sizeof path, "%s/convlab-jailer", self);
        if (strlen(path) < sizeof found && is_program(path))
            return strcpy(found, path);
    }
    file_refuse(error, STATUS_IO, "convlab-jailer is not beside the program that needs it "
                                  "(make build/convlab-jailer)");
    return NULL;
}

/* ---- Finding a tier ---- */

/* In tier landlock the jailer becomes another user and then looks for itself by its path. A folder
 * on the way that keeps others out is put before the words that this ended with. */
static void tell_closed_folder(const char *path, file_error *error)
{
    const file_error why = *error;
    char folder[PATH_BYTES];
    struct stat st;

    if (!strstr(why.text, strerror(EACCES)))
        return;
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        if (stat(folder, &st) == 0 && !(st.st_mode & S_IXOTH)) {
            file_refuse(error, STATUS_IO, "other users cannot enter %.400s (%04o): %.500s", folder,
                        (unsigned)(st.st_mode & 07777), why.text);
            return;
        }
    }
}

/* Runs the jailer's probe in it: it looks whether what matters most is denied. */
bool jail_works(jail_tier tier, file_error *error)
{
    const char *const jailer = jail_jailer(error);
    jail_options o = { .visible = { { jailer, "/trial" } }, .memory_bytes = 64 << 20,
                       .tasks = 4, .cpu_seconds = 5 };
    jail_end end = { .code = -1 };

    if (!jailer)
        return false;
    char *const argv[] = { (char *)jail_path(tier, &o, 0), (char *)"probe", (char *)"trial",
                           (char *)jail_tier_name(tier), NULL };
    jail *const j = jail_start(tier, &o, argv, NULL, 0, error);
    if (!j && tier == JAIL_LANDLOCK)
        tell_closed_folder(jailer, error);
    if (!j)
        return false;
    const bool ended = jail_wait(j, 10, &end);
    if (!ended || end.code != PROBE_TRIAL)
        file_refuse(error, STATUS_IO, "%s: the trial program told %d instead of %d",
                    jail_tier_name(tier), ended ? end.code : -1, PROBE_TRIAL);
    if (!jail_stop(j, error))
        return false;
    return ended && end.code == PROBE_TRIAL;
}

jail_tier jail_find(char *why, size_t size)
{
    static char reasons[1024];
    static int found = -1;

    if (found < 0) {
        size_t used = 0;

        reasons[0] = '\0';
        for (found = JAIL_NAMESPACES; found > JAIL_NONE; found--) {
            file_error error = { "" };
            if (jail_works((jail_tier)found, &error))
                break;
            used += (size_t)snprintf(reasons + used, sizeof reasons - used, "%s%.400s",
                                     used ? "\n" : "", error.text);
        }
    }
    if (size)
        snprintf(why, size, "%s", reasons);
    return (jail_tier)found;
}
