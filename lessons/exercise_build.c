/* exercise_build.c: the compiler's command line, and its messages cut to what the student needs. */
#define _GNU_SOURCE             /* memmem, asprintf */
#include "lessons/exercise_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/subprocess.h"

enum { PATIENCE_S = 60, MOST_LINES = 24 };

static const int no_pass = -1;

static int pass_number(const check_concept *c, const char *name)
{
    for (int i = 0; i < c->pass_count; i++)
        if (strcmp(c->pass[i].name, name) == 0)
            return i;
    return no_pass;
}

/* Taken from the concept's table. */
char *build_expected(const student_contract *contract, const exercise *e, bool cuda)
{
    static const char c_form[] = "#include \"%s\"\n"
                                 "extern __typeof__(*((%s *)0)->%s) %s;\n";
    static const char cuda_form[] =
        "#include \"%s\"\n"
        "#include <type_traits>\n"
        "extern \"C\" std::remove_pointer_t<decltype(%s::%s)> %s;\n";
    const int pass = pass_number(contract->concept, e->pass);
    char *text;

    if (pass == no_pass || !contract->pass[pass].field ||
        asprintf(&text, cuda ? cuda_form : c_form, contract->header, contract->type,
                 contract->pass[pass].field, e->function) < 0)
        return NULL;
    return text;
}

static bool write_text(const char *path, const char *text)
{
    FILE *const file = fopen(path, "w");
    const bool written = file && fputs(text, file) >= 0;

    return file && fclose(file) == 0 && written;
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
char *build_messages(const char *said, const char *folder, const char *file, bool errors_only)
{
    static const char declared[] = "note: previous declaration of";
    char *const text = strdup(said), *kept = NULL, *rest = NULL;
    size_t size = 0;
    bool keeping = false;
    int lines = 0;
    FILE *const out = text ? open_memstream(&kept, &size) : NULL;

    if (!out) {
        free(text);
        return NULL;
    }
    remove_all(text, folder);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
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
    free(text);
    if (fclose(out) == 0)
        return kept;
    free(kept);
    return NULL;
}

/* ---- The command ---- */

void build_add(build_command *c, const char *argument)
{
    if (c->count < BUILD_MAX_ARGUMENTS - 1)
        c->argv[c->count++] = argument;
    c->argv[c->count] = NULL;
}

void build_add_all(build_command *c, const char *const *arguments)
{
    for (; *arguments; arguments++)
        build_add(c, *arguments);
}

/* UndefinedBehaviorSanitizer's library goes into the object, where nothing else need find it. To
 * compute an address from a NULL that is then not used is no fault that anyone can see. */
static void add_flavour(build_command *c, build_flavour flavour)
{
    static const char *const asan[] = {
        "-fsanitize=address,undefined", "-fno-sanitize=pointer-overflow",
        "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-static-libubsan", NULL
    };

    if (flavour == BUILD_PATTERN)
        build_add(c, "-ftrivial-auto-var-init=pattern");
    if (flavour == BUILD_ZERO)
        build_add(c, "-ftrivial-auto-var-init=zero");
    if (flavour == BUILD_ASAN)
        build_add_all(c, asan);
}

void build_add_options(build_command *c, build_flavour flavour, bool errors_only)
{
    static const char *const always[] = {
        "-std=gnu11", "-shared", "-fPIC", "-O2", "-g", "-fopenmp", "-fdiagnostics-color=never",
        "-fno-diagnostics-show-option", "-Werror=implicit-function-declaration",
        "-Wl,-z,defs", "-Wl,-Bsymbolic", NULL
    };
    static const char *const warnings[] = { "-Wall", "-Wextra", "-Wno-unused-parameter", NULL };
    static const char *const errors[] = { "-fmax-errors=1", NULL };
    static const char *const cuda[] = { "-O2", "-fPIC", NULL };
    /* GPUs of the same generations as the suite's own rows, and newer ones by PTX. */
    static const char *const gpu[] = {
        "-std=c++17", "-O2", "-Xcompiler", "-fPIC", "-shared", "-cudart", "static",
        "-gencode", "arch=compute_75,code=sm_75", "-gencode", "arch=compute_80,code=sm_80",
        "-gencode", "arch=compute_90,code=sm_90", "-gencode", "arch=compute_90,code=compute_90",
        "-Xlinker", "-Bsymbolic", NULL
    };

    if (flavour == BUILD_GPU) {
        build_add_all(c, gpu);
        return;
    }
    if (flavour == BUILD_CHECKED || flavour == BUILD_PROFILE) {
        build_add_all(c, cuda);
        build_add(c, flavour == BUILD_PROFILE ? "--profile" : "--check");
        return;
    }
    build_add_all(c, always);
    build_add_all(c, errors_only ? errors : warnings);
    add_flavour(c, flavour);
}

static subprocess_result run_compiler(build_command *c)
{
    return subprocess_run((char *const *)c->argv, SUBPROCESS_OUTPUT, NULL, PATIENCE_S);
}

static const char *compiler(void)
{
    const char *const chosen = getenv("CC");
    return chosen && *chosen && !strchr(chosen, ' ') ? chosen : "cc";
}

static subprocess_result compile_c(const course *in, const char *source, const char *object,
                                   const char *expected, build_flavour flavour, bool errors_only)
{
    build_command c = { .count = 0 };

    build_add_all(&c, (const char *const[]){ "env", "LC_ALL=C", compiler(), NULL });
    build_add_options(&c, flavour, errors_only);
    build_add_all(&c, (const char *const[]){ "-I", in->root, "-include", expected, source, "-o",
                                             object, "-lm", NULL });
    return run_compiler(&c);
}

static subprocess_result compile_cuda(const course *in, const char *source, const char *object,
                                      const char *expected, build_flavour flavour)
{
    lesson_path cusim;
    char *middle;
    build_command c = { .count = 0 };

    if (asprintf(&middle, "%s.o", object) < 0)
        abort();
    path_join(cusim, in->root, "build/cusim-cc", NULL);
    build_add_all(&c, (const char *const[]){ "env", "LC_ALL=C", cusim, NULL });
    build_add_options(&c, flavour, false);
    build_add_all(&c, (const char *const[]){ "-I", in->root, "-include", expected, "-c", source,
                                             "-o", middle, NULL });
    subprocess_result r = run_compiler(&c);
    if (r.code == 0) {
        free(r.said);
        c.count = 0;
        build_add_all(&c, (const char *const[]){ "env", "LC_ALL=C", "g++", "-shared",
                                                 "-Wl,-Bsymbolic", middle, "-o", object, NULL });
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
    char *path, *folder;
    subprocess_result r;

    if (asprintf(&path, "%s.expected.h", object) < 0 ||
        asprintf(&folder, "%.*s", slash ? (int)(slash + 1 - source) : 0, source) < 0)
        abort();
    char *const expected = build_expected(contract, e, cuda);
    if (!expected || !write_text(path, expected)) {
        r = (subprocess_result){ .code = -1, .said = strdup("cannot write beside the object") };
    } else if (cuda) {
        r = compile_cuda(c, source, object, path, flavour);
    } else {
        r = compile_c(c, source, object, path, flavour, false);
        if (r.started && r.code != 0) {         /* again, for the first error alone */
            free(r.said);
            r = compile_c(c, source, object, path, flavour, true);
        }
    }
    *message = build_messages(r.said, folder, e->file, r.code != 0);
    if (!*message)
        abort();
    if (r.code != 0 && !**message) {
        free(*message);
        *message = r.said;
        r.said = NULL;
    }
    free(r.said);
    free(folder);
    free(expected);
    free(path);
    return r.code == 0;
}
