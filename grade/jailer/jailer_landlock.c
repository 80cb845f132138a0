/* jailer_landlock.c: what of the file system and the network is left without namespaces.
 *
 * Every right that this kernel's Landlock knows is taken; reading is given back for the visible
 * files, for what /proc has on the program itself (sanitizers read their memory map there) and for
 * three devices, and writing for scratch. Later kernels know more rights: those that the headers of
 * the machine that compiles may lack are named by number here.
 * Source: Linux, Documentation/userspace-api/landlock.rst. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "grade/jailer/jailer.h"

/* As of version 6; an older kernel is given fewer bytes of it. */
typedef struct {
    uint64_t files, network, scopes;
} ruleset_rights;

#define TRUNCATE    (UINT64_C(1) << 14)     /* version 3 */
#define IOCTL_DEV   (UINT64_C(1) << 15)     /* version 5 */
#define TCP         (UINT64_C(3))           /* version 4: bind, connect */
#define SCOPES      (UINT64_C(3))           /* version 6: abstract sockets, signals */

#define READ_FILES (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE)
#define FILE_RIGHTS (READ_FILES | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE | IOCTL_DEV)

static uint64_t all_file_rights(long version)
{
    uint64_t rights = (UINT64_C(1) << 13) - 1;

    if (version >= 2)
        rights |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        rights |= TRUNCATE;
    if (version >= 5)
        rights |= IOCTL_DEV;
    return rights;
}

/* A path that is not there gives no right. */
static int allow(int rules, const char *path, uint64_t rights, bool must)
{
    struct landlock_path_beneath_attr beneath;
    struct stat st;
    int result = 0;
    const int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st)) {
        if (fd >= 0)
            close(fd);
        return must ? -1 : 0;
    }
    beneath.parent_fd = fd;
    beneath.allowed_access = S_ISDIR(st.st_mode) ? rights : rights & FILE_RIGHTS;
    if (beneath.allowed_access)
        result = (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath,
                              0);
    close(fd);
    return result;
}

static int allow_all(const jailer_job *job, int rules, uint64_t known, const char **what)
{
    const uint64_t reading = READ_FILES | LANDLOCK_ACCESS_FS_READ_DIR;
    const uint64_t writing =
        known & ~(uint64_t)(LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                            LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                            LANDLOCK_ACCESS_FS_MAKE_SYM | IOCTL_DEV);
    static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/urandom" };
    static char own[32];

    for (char **path = job->group[JAIL_READABLE]; *path; path++) {
        const uint64_t device = strncmp(*path, "/dev/", 5) == 0
                                    ? LANDLOCK_ACCESS_FS_WRITE_FILE | (known & IOCTL_DEV) : 0;
        if (*what = *path, access(*path, R_OK) || allow(rules, *path, reading | device, true))
            return -1;
    }
    snprintf(own, sizeof own, "/proc/%d", (int)getpid());
    if (*what = own, allow(rules, own, reading & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE, false))
        return -1;
    *what = "devices for the program";
    for (int i = 0; i < 3; i++)
        if (allow(rules, devices[i], LANDLOCK_ACCESS_FS_READ_FILE |
                                         (i == 0 ? LANDLOCK_ACCESS_FS_WRITE_FILE : 0), false))
            return -1;
    *what = "scratch folder";
    if (job->group[JAIL_SCRATCH][0] && allow(rules, job->group[JAIL_SCRATCH][0], writing, true))
        return -1;
    return 0;
}

int jailer_landlock(const jailer_job *job, const char **what)
{
    *what = "Landlock";
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                                 LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return -1;
    const ruleset_rights rights = { all_file_rights(version), version >= 4 ? TCP : 0,
                                    version >= 6 ? SCOPES : 0 };
    const size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &rights, size, 0);
    if (rules < 0)
        return -1;
    if (allow_all(job, rules, rights.files, what))
        return -1;
    *what = "Landlock";
    if (syscall(SYS_landlock_restrict_self, rules, 0))
        return -1;
    return close(rules);
}
