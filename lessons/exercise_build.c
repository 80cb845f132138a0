/* exercise_build.c: the compiler's command line, and its messages cut to what the student needs. */
#define _GNU_SOURCE             /* memmem, asprintf */
#include "lessons/exercise_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/subprocess.h"

enum { MAX_ARGUMENTS = 48, PATIENCE_S = 60, MOST_LINES = 24 };

static const int no_pass = -1;

static int pass_number(const check_concept *c, const char *name)
{
    for (int i = 0; i < c->pass_count; i++)
        if (strcmp(c->pass[i].name, name) == 0)
            return i;
    return no_pass;
}

/* What the student's function must look like, taken from the concept's table. */
static bool write_expected(const char *path, const student_contract *contract, const exercise *e,
                           bool cuda)
{
    const int pass = pass_number(contract->concept, e->pass);
    FILE *const file = pass == no_pass ? NULL : fopen(path, "w");

    if (!file)
        return false;
    fprintf(file, "#include \"%s\"\n", contract->header);
    if (cuda)
        fprintf(file, "#include <type_traits>\n"
                      "extern \"C\" std::remove_pointer_t<decltype(%s::%s)> %s;\n",
                contract->type, contract->pass[pass].field, e->function);
    else
        fprintf(file, "extern __typeof__(*((%s *)0)->%s) %s;\n", contract->type,
                contract->pass[pass].field, e->function);
    return fclose(file) == 0;
}

/* ---- Messages ---- */

static void remove_all(char *text, const char *what)
{
    const size_t length = strlen(what);

    for (char *at; length > 0 && (at = strstr(text, what));)
        memmove(at, at + length, strlen(at + length) + 1);
}

/* True for a line that begins with the file's name and says something of its own. */
static bool is_about(const char *line, const char *file, bool errors_only)
{
    return strncmp(line, file, strlen(file)) == 0 && line[strlen(file)] == ':' &&
           !strstr(line, "In function") && !strstr(line, "At top level") &&
           !strstr(line, "note: each undeclared") &&
           !(errors_only && strstr(line, "warning: "));
}

/* Keeps the lines that begin with the file's name and the source lines shown below them. The note
 * with the expected type is told without its place, which is a file of ours. */
static char *about_file(const char *said, const char *folder, const char *file, bool errors_only)
{
    static const char declared[] = "note: previous declaration of";
    char *const text = strdup(said), *kept = NULL;
    size_t size = 0;
    bool keeping = false;
    int lines = 0;
    FILE *const out = open_memstream(&kept, &size);

    if (!text || !out)
        abort();
    remove_all(text, folder);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, "/usr/bin/ld: ", 13) == 0)
            line += 13;
        const char *const expected = strstr(line, declared);
        const char *const type = expected ? strstr(expected, "with type ") : NULL;
        if (type) {
            fprintf(out, say("  The exercise wants %s\n", "  연습 문제가 원하는 형: %s\n"),
                    type + strlen("with type "));
            keeping = false;
            continue;
        }
        if (*line != ' ')
            keeping = is_about(line, file, errors_only);
        if (keeping && lines++ < MOST_LINES)
            fprintf(out, "  %s\n", line);
    }
    fclose(out);
    free(text);
    return kept;
}

/* ---- The command ---- */

typedef struct {
    char *argv[MAX_ARGUMENTS];
    int count;
} command;

static void add(command *c, const char *argument)
{
    if (c->count < MAX_ARGUMENTS - 1)
        c->argv[c->count++] = (char *)argument;
}

static void add_all(command *c, const char *const *arguments)
{
    for (; *arguments; arguments++)
        add(c, *arguments);
}

static subprocess_result run_compiler(command *c)
{
    c->argv[c->count] = NULL;
    return subprocess_run(c->argv, SUBPROCESS_OUTPUT, NULL, PATIENCE_S);
}

static const char *compiler(void)
{
    const char *const chosen = getenv("CC");
    return chosen && *chosen && !strchr(chosen, ' ') ? chosen : "cc";
}

static subprocess_result compile_c(const course *in, const char *source, const char *object,
                                   const char *expected, build_flavour flavour, bool errors_only)
{
    static const char *const always[] = {
        "-std=gnu11", "-shared", "-fPIC", "-O2", "-g", "-fopenmp", "-fdiagnostics-color=never",
        "-fno-diagnostics-show-option", "-Werror=implicit-function-declaration",
        "-Wl,-z,defs", "-Wl,-Bsymbolic", NULL
    };
    static const char *const warnings[] = { "-Wall", "-Wextra", "-Wno-unused-parameter", NULL };
    static const char *const errors[] = { "-fmax-errors=1", NULL };
    command c = { .count = 0 };

    add_all(&c, (const char *const[]){ "env", "LC_ALL=C", compiler(), NULL });
    add_all(&c, always);
    add_all(&c, errors_only ? errors : warnings);
    if (flavour != BUILD_FAST)
        add(&c, flavour == BUILD_ZERO ? "-ftrivial-auto-var-init=zero"
                                      : "-ftrivial-auto-var-init=pattern");
    add_all(&c, (const char *const[]){ "-I", in->root, "-include", expected, source, "-o",
                                       object, "-lm", NULL });
    return run_compiler(&c);
}

static subprocess_result compile_cuda(const course *in, const char *source, const char *object,
                                      const char *expected, build_flavour flavour)
{
    lesson_path cusim;
    char *middle;
    command c = { .count = 0 };

    if (asprintf(&middle, "%s.o", object) < 0)
        abort();
    path_join(cusim, in->root, "build/cusim-cc", NULL);
    add_all(&c, (const char *const[]){ "env", "LC_ALL=C", cusim, "-O2", "-fPIC", NULL });
    add(&c, flavour == BUILD_PROFILE ? "--profile" : "--check");
    add_all(&c, (const char *const[]){ "-I", in->root, "-include", expected, "-c", source,
                                       "-o", middle, NULL });
    subprocess_result r = run_compiler(&c);
    if (r.code == 0) {
        free(r.said);
        c.count = 0;
        add_all(&c, (const char *const[]){ "env", "LC_ALL=C", "g++", "-shared", "-Wl,-Bsymbolic",
                                           middle, "-o", object, NULL });
        r = run_compiler(&c);
    }
    free(middle);
    return r;
}

bool exercise_build(const course *c, const exercise *e, const student_contract *contract,
                    const char *source, const char *object, build_flavour flavour,
                    char **message)
{
    const bool cuda = flavour == BUILD_CHECKED || flavour == BUILD_PROFILE;
    const char *const slash = strrchr(source, '/');
    char *expected, *folder;
    subprocess_result r;

    if (asprintf(&expected, "%s.expected.h", object) < 0 ||
        asprintf(&folder, "%.*s", slash ? (int)(slash + 1 - source) : 0, source) < 0)
        abort();
    if (!write_expected(expected, contract, e, cuda)) {
        r = (subprocess_result){ .code = -1, .said = strdup("cannot write beside the object") };
    } else if (cuda) {
        r = compile_cuda(c, source, object, expected, flavour);
    } else {
        r = compile_c(c, source, object, expected, flavour, false);
        if (r.started && r.code != 0) {         /* again, for the first error alone */
            free(r.said);
            r = compile_c(c, source, object, expected, flavour, true);
        }
    }
    *message = about_file(r.said, folder, e->file, r.code != 0);
    if (r.code != 0 && !**message) {
        free(*message);
        *message = r.said;
        r.said = NULL;
    }
    free(r.said);
    free(folder);
    free(expected);
    return r.code == 0;
}
