/* sibling.c: the programs beside this one, and how a command goes on in one of them.
 *
 * The CUDA rows' symbols are the same whether nvcc or cusim-cc compiled them, so a program holds
 * one kind: convlab the simulated ones, convlab-checked those that watch every access, convlab-cuda
 * those for a GPU. */
#include "cli/cli.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernels/core/device.h"
#include "nets/plan.h"

enum { MAX_ARGUMENTS = 256 };

bool cli_sibling(const char *name, char *path, size_t size)
{
    char self[PATH_MAX] = "";
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

    self[length > 0 ? length : 0] = '\0';
    snprintf(path, size, "%s/convlab-%s", dirname(self), name);
    if (access(path, X_OK) == 0)
        return true;
    if (strcmp(name, "cuda") == 0)
        snprintf(path, size, "the program for a GPU has not been built (make cuda does it, where "
                             "nvcc is)");
    else
        snprintf(path, size, "convlab-%s has not been built (make %s does it)", name, name);
    return false;
}

/* Goes on in convlab-cuda. Returns only an exit code after a complaint. */
static int go_to_cuda(const cli_command *command, int argc, char **argv)
{
    static const char offer[] = "--space cusim runs the same kernels in the simulator, slowly";
    char path[PATH_MAX];
    char *arguments[MAX_ARGUMENTS + 2];

    if (!cli_sibling("cuda", path, sizeof path))
        return cli_fail(command, CLI_UNAVAILABLE, "%s; %s", path, offer);
    if (argc > MAX_ARGUMENTS)
        return cli_fail(command, CLI_USAGE, "more than %d arguments", (int)MAX_ARGUMENTS);
    arguments[0] = path;
    memcpy(arguments + 1, argv, (size_t)(argc + 1) * sizeof *argv);     /* and the final NULL */
    fflush(stdout);
    execv(path, arguments);
    return cli_fail(command, CLI_UNAVAILABLE, "cannot run %s; %s", path, offer);
}

static int unknown_variant(const cli_command *command, const char *variant)
{
    const char *names[PLAN_MAX_VARIANT_NAMES];
    const int count = plan_variant_names(names);
    char list[1024] = "";
    size_t used = 0;

    for (int i = 0; i < count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, " %s", names[i]);
    return cli_fail(command, CLI_USAGE, "--variant %s: no concept has it; there are:%s", variant,
                    list);
}

int cli_check_variant(const cli_command *command, const char *variant, const char *space, int argc,
                      char **argv)
{
    const device_kind kind = device_kind_built();
    const bool simulated = space && strcmp(space, "cusim") == 0;
    variant_space where;

    if (space && !simulated && strcmp(space, "cuda") != 0)
        return cli_fail(command, CLI_USAGE, "--space: expected cuda or cusim, found '%s'", space);
    if (!plan_variant_known(variant, &where))
        return unknown_variant(command, variant);
    if (where == SPACE_HOST)
        return space ? cli_fail(command, CLI_USAGE, "--space %s: variant %s runs on the host",
                                space, variant)
                     : CLI_OK;
    if (kind == DEVICE_NONE)
        return cli_fail(command, CLI_UNAVAILABLE, "--variant %s: %s", variant, device_missing());
    if (simulated != (kind == DEVICE_CUSIM))
        return simulated ? cli_fail(command, CLI_UNAVAILABLE, "--space cusim: this is the program "
                                                              "for a GPU; convlab has it")
                         : go_to_cuda(command, argc, argv);
    const char *const missing = device_missing();
    return missing ? cli_fail(command, CLI_UNAVAILABLE, "--variant %s: %s; --space cusim runs the "
                                                        "same kernels in the simulator, slowly",
                              variant, missing)
                   : CLI_OK;
}

FILE *cli_open_program(char **arguments, pid_t *child)
{
    int ends[2];

    if (pipe(ends) != 0)
        return NULL;
    *child = fork();
    if (*child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(arguments[0], arguments);
        _exit(CLI_UNAVAILABLE);
    }
    close(ends[1]);
    if (*child > 0)
        return fdopen(ends[0], "r");
    close(ends[0]);
    return NULL;
}
