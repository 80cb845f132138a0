/* command_conformance.c: `convlab conformance`: other people's tests, every host variant. */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "check/conformance/conformance.h"
#include "cli/cli.h"

enum { MAX_FOLDERS = 64 };

typedef struct {
    long passed, failed, skipped, malformed;
} tally;

/* ---- --variant ---- */

static const variant_info *info_at(size_t concept, size_t row)
{
    const check_concept *const c = check_concepts[concept];
    return row < *c->variant_count ? check_variant_info(check_variant_row(c, row)) : NULL;
}

/* Whether a name has been listed already, by an earlier row. */
static bool is_listed(size_t concept, size_t row)
{
    const char *const name = info_at(concept, row)->name;

    for (size_t c = 0; c <= concept; c++)
        for (size_t i = 0; c < concept ? info_at(c, i) != NULL : i < row; i++)
            if (strcmp(info_at(c, i)->name, name) == 0)
                return true;
    return false;
}

/* CLI_OK if some concept has a host variant of that name, else an exit code after a complaint. */
static int check_variant_name(const char *name)
{
    char list[512] = "";
    size_t used = 0;
    bool elsewhere = false;

    for (size_t c = 0; check_concepts[c]; c++)
        for (size_t i = 0; info_at(c, i); i++) {
            const variant_info *const v = info_at(c, i);
            if (strcmp(v->name, name) == 0 && v->space == SPACE_HOST)
                return CLI_OK;
            elsewhere = elsewhere || strcmp(v->name, name) == 0;
            if (v->space == SPACE_HOST && !is_listed(c, i) && used < sizeof list)
                used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                         used ? ", " : "", v->name);
        }
    if (elsewhere)
        return cli_fail(&command_conformance, CLI_UNAVAILABLE,
                        "--variant %s: not a host variant; cases run on the host only", name);
    return cli_fail(&command_conformance, CLI_USAGE, "--variant: expected one of %s; found '%s'",
                    list, name);
}

/* ---- Cases ---- */

static void report_failures(const char *path, const conformance_result *r)
{
    char text[512];

    for (int i = 0; i < r->failure_count && i < CONFORMANCE_MAX_FAILURES; i++) {
        conformance_describe(&r->failure[i], text, sizeof text);
        printf("%sfailed%s  %s: %s: %s\n", cli_color("\033[31m"), cli_color("\033[0m"), path,
               r->op, text);
    }
    if (r->failure_count > CONFORMANCE_MAX_FAILURES)
        printf("failed  %s: and %d more\n", path, r->failure_count - CONFORMANCE_MAX_FAILURES);
}

static void run_case(const char *path, const char *variant, tally *sum)
{
    static conformance_result r;

    conformance_run(path, variant, &r);
    switch (r.outcome) {
    case CONFORMANCE_PASSED:
        sum->passed++;
        break;
    case CONFORMANCE_FAILED:
        sum->failed++;
        report_failures(path, &r);
        break;
    case CONFORMANCE_SKIPPED:
        sum->skipped++;
        printf("skipped %s: %s: %s\n", path, r.op, r.reason);
        break;
    case CONFORMANCE_MALFORMED:
        sum->failed++;
        sum->malformed++;
        fflush(stdout);
        if (strncmp(r.reason, path, strlen(path)) == 0)
            cli_fail(&command_conformance, CLI_INPUT, "%s", r.reason);
        else
            cli_fail(&command_conformance, CLI_INPUT, "%s: %s", path, r.reason);
    }
}

static int run(int argc, char **argv)
{
    const char *variant = NULL, *folders[MAX_FOLDERS];
    const cli_option options[] = {
        { "variant", CLI_TEXT, &variant, "V", "run only this variant (default: all)", 0, 0 },
        { .name = NULL },
    };
    int folder_count, code;
    char **paths;
    ptrdiff_t count;
    file_error error;
    tally sum = { 0 };

    if (!cli_parse(&command_conformance, options, argc, argv, 1, MAX_FOLDERS, folders,
                   &folder_count, &code))
        return code;
    if (variant && (code = check_variant_name(variant)) != CLI_OK)
        return code;
    if (conformance_paths(folder_count, folders, &paths, &count, &error) != STATUS_OK)
        return cli_fail(&command_conformance, CLI_INPUT, "%s", error.text);
    for (ptrdiff_t i = 0; i < count; i++)
        run_case(paths[i], variant, &sum);
    conformance_paths_free(paths, count);
    printf("%ld passed, %ld failed, %ld skipped\n", sum.passed, sum.failed, sum.skipped);
    return sum.malformed ? CLI_INPUT : sum.failed ? CLI_FAILED : CLI_OK;
}

const cli_command command_conformance = {
    .name = "conformance",
    .synopsis = "DIR... [--variant V]",
    .summary = "runs ONNX's and PyTorch's own cases through every host variant",
    .details = "Reads every *.safetensors file below the folders (or a file that is named):\n"
               "tensors input_N, output_N, grad_output_0, grad_input_N; metadata op, attributes.\n"
               "A case passes if all variants give what the file says, within what rounding\n"
               "explains; a malformed file counts as failed and the exit code is 3.",
    .run = run,
};
