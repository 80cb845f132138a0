/* command_grade.c: `convlab grade`: goes on in convlab-grade, which needs more libraries than the
 * rest and is not in the course that students get. */
#include "cli/cli.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run(int argc, char **argv)
{
    char path[PATH_MAX];

    if (!cli_sibling("grade", path, sizeof path))
        return cli_fail(&command_grade, CLI_UNAVAILABLE, "the grader is not here or has not been "
                                                         "built (make graders does it)");
    char **const arguments = calloc((size_t)argc + 1, sizeof *arguments);
    if (!arguments)
        return cli_fail(&command_grade, CLI_INPUT, "no memory for %d arguments", argc);
    memcpy(arguments, argv, (size_t)argc * sizeof *argv);
    arguments[0] = path;
    execv(path, arguments);
    free(arguments);
    return cli_fail(&command_grade, CLI_UNAVAILABLE, "cannot run %s", path);
}

const cli_command command_grade = {
    .name = "grade",
    .synopsis = "SUBMISSION... --course DIR [--lesson NAME] [--out DIR] [--jobs N] [options]",
    .summary = "coursework: points for submissions that nobody has to trust",
    .run = run,
};
