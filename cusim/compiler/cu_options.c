/* cu_options.c: one table of options. nvcc takes -option value, -option=value and, with one or two
 * dashes, long names; -I, -D and the like also take their value without a space. */
#include "cusim/compiler/cu_options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cusim/compiler/cu_memory.h"

typedef enum {
    DROP,               /* of nvcc, means nothing here */
    DROP_VALUE,
    REFUSE,
    OUTPUT, OUTPUT_FOLDER, COMPILE, DEVICE_COMPILE, DEVICE_LINK, ARCHIVE, PREPROCESS, DEPENDENCIES,
    DEPENDENCY_FLAG, DEPENDENCY_FILE, DEPENDENCY_TARGET, MAKE_FILE_TOO,
    JOINED_PREPROCESS,  /* -Ifolder: value joined or apart; goes on joined */
    APART_PREPROCESS,   /* -include file */
    LIBRARY, LIBRARY_FOLDER, OPTIMISE, STANDARD, LANGUAGE, RELOCATABLE, DEBUG, STREAM,
    TO_COMPILER, TO_LINKER, QUIET, WARN_ERROR, SHARED, THREADED,
    DEFINE, CHECK, PROFILE, KEEP, VERBOSE, HELP, VERSION
} meaning;

typedef struct {
    const char *name, *long_name;       /* long_name: as --long; NULL: only the short form */
    meaning what;
    const char *gcc;                    /* for those that go on to the host compiler */
} option;

static const option options[] = {
    { "o", "output-file", OUTPUT, NULL },
    { "odir", "output-directory", OUTPUT_FOLDER, NULL },
    { "c", "compile", COMPILE, NULL },
    { "dc", "device-c", DEVICE_COMPILE, NULL },
    { "dlink", "device-link", DEVICE_LINK, NULL },
    { "lib", "lib", ARCHIVE, NULL },
    { "E", "preprocess", PREPROCESS, NULL },
    { "M", "generate-dependencies", DEPENDENCIES, "-M" },
    { "MM", "generate-nonsystem-dependencies", DEPENDENCIES, "-MM" },
    { "MD", "generate-dependencies-with-compile", MAKE_FILE_TOO, "-MD" },
    { "MMD", "generate-nonsystem-dependencies-with-compile", MAKE_FILE_TOO, "-MMD" },
    { "MP", "generate-dependency-targets", DEPENDENCY_FLAG, "-MP" },
    { "MF", "dependency-output", DEPENDENCY_FILE, NULL },
    { "MT", "dependency-target-name", DEPENDENCY_TARGET, NULL },
    { "MQ", NULL, DEPENDENCY_TARGET, NULL },
    { "I", "include-path", JOINED_PREPROCESS, "-I" },
    { "D", "define-macro", JOINED_PREPROCESS, "-D" },
    { "U", "undefine-macro", JOINED_PREPROCESS, "-U" },
    { "isystem", "system-include", APART_PREPROCESS, "-isystem" },
    { "include", "pre-include", APART_PREPROCESS, "-include" },
    { "L", "library-path", LIBRARY_FOLDER, NULL },
    { "l", "library", LIBRARY, NULL },
    { "O", "optimize", OPTIMISE, NULL },
    { "std", "std", STANDARD, NULL },
    { "x", "x", LANGUAGE, NULL },
    { "g", "debug", DEBUG, NULL },
    { "w", "disable-warnings", QUIET, NULL },
    { "Werror", "Werror", WARN_ERROR, NULL },
    { "shared", "shared", SHARED, NULL },
    { "pthread", NULL, THREADED, NULL },
    { "rdc", "relocatable-device-code", RELOCATABLE, NULL },
    { "default-stream", "default-stream", STREAM, NULL },
    { "Xcompiler", "compiler-options", TO_COMPILER, NULL },
    { "Xlinker", "linker-options", TO_LINKER, NULL },
    { NULL, "check", CHECK, NULL },
    { NULL, "profile", PROFILE, NULL },
    { "keep", "keep", KEEP, NULL },
    { "save-temps", "save-temps", KEEP, NULL },
    { "v", "verbose", VERBOSE, NULL },
    { "h", "help", HELP, NULL },
    { "V", "version", VERSION, NULL },

    { "ptx", "ptx", REFUSE, NULL }, { "cubin", "cubin", REFUSE, NULL },
    { "fatbin", "fatbin", REFUSE, NULL }, { "optix-ir", "optix-ir", REFUSE, NULL },
    { "ltoir", "ltoir", REFUSE, NULL }, { "cuda", "cuda", REFUSE, NULL },
    { "gpu", "gpu", REFUSE, NULL }, { "run", "run", REFUSE, NULL },
    { "dryrun", "dryrun", REFUSE, NULL },

    { "arch", "gpu-architecture", DROP_VALUE, NULL }, { "code", "gpu-code", DROP_VALUE, NULL },
    { "gencode", "generate-code", DROP_VALUE, NULL },
    { "maxrregcount", "maxrregcount", DROP_VALUE, NULL },
    { "ccbin", "compiler-bindir", DROP_VALUE, NULL },
    { "Xptxas", "ptxas-options", DROP_VALUE, NULL },
    { "Xnvlink", "nvlink-options", DROP_VALUE, NULL },
    { "Xcudafe", NULL, DROP_VALUE, NULL }, { "Xfatbin", NULL, DROP_VALUE, NULL },
    { "Xarchive", "archive-options", DROP_VALUE, NULL },
    { "diag-suppress", "diag-suppress", DROP_VALUE, NULL },
    { "diag-warn", "diag-warn", DROP_VALUE, NULL },
    { "diag-error", "diag-error", DROP_VALUE, NULL },
    { "cudart", "cudart", DROP_VALUE, NULL }, { "cudadevrt", "cudadevrt", DROP_VALUE, NULL },
    { "t", "threads", DROP_VALUE, NULL }, { "time", "time", DROP_VALUE, NULL },
    { "split-compile", "split-compile", DROP_VALUE, NULL },
    { "keep-dir", "keep-dir", DROP_VALUE, NULL }, { "m", "machine", DROP_VALUE, NULL },
    { "ftz", "ftz", DROP_VALUE, NULL }, { "fmad", "fmad", DROP_VALUE, NULL },
    { "prec-div", "prec-div", DROP_VALUE, NULL }, { "prec-sqrt", "prec-sqrt", DROP_VALUE, NULL },
    { "dopt", "dopt", DROP_VALUE, NULL },
    { "G", "device-debug", DROP, NULL }, { "lineinfo", "generate-line-info", DROP, NULL },
    { "m64", NULL, DROP, NULL }, { "restrict", "restrict", DROP, NULL },
    { "use_fast_math", "use_fast_math", DROP, NULL },
    { "expt-relaxed-constexpr", NULL, DEFINE, "-D__CUDACC_RELAXED_CONSTEXPR__" },
    { "expt-extended-lambda", NULL, DEFINE, "-D__CUDACC_EXTENDED_LAMBDA__" },
    { "extended-lambda", NULL, DEFINE, "-D__CUDACC_EXTENDED_LAMBDA__" },
    { "res-usage", "resource-usage", DROP, NULL }, { "src-in-ptx", "source-in-ptx", DROP, NULL },
    { "extra-device-vectorization", "extra-device-vectorization", DROP, NULL },
    { "dlto", "dlink-time-opt", DROP, NULL },
    { "err-no", "display-error-number", DROP, NULL },
    { "no-err-no", "no-display-error-number", DROP, NULL },
    { "allow-unsupported-compiler", "allow-unsupported-compiler", DROP, NULL },
    { "forward-unknown-to-host-compiler", "forward-unknown-to-host-compiler", DROP, NULL },
    { "pg", NULL, DROP, NULL }, { "dw", NULL, DROP, NULL },
    { "Wno-deprecated-gpu-targets", "Wno-deprecated-gpu-targets", DROP, NULL },
    { "Wreorder", "Wreorder", DROP, NULL },
    { "Wdefault-stream-launch", "Wdefault-stream-launch", DROP, NULL },
    { "Wmissing-launch-bounds", "Wmissing-launch-bounds", DROP, NULL },
    { "Wext-lambda-captures-this", "Wext-lambda-captures-this", DROP, NULL },
};

/* Libraries of CUDA: cusim is the first of them itself, or has them in its headers; a program that
 * uses one of the others already lacks its header. */
static const char *const libraries[] = {
    "cudart", "cudart_static", "cuda", "cudadevrt", "cublas", "cublasLt", "curand", "culibos",
    "nvToolsExt", "cufft", "cusparse", "cusolver", "cudnn", "nvrtc", "nvidia-ml", "cuda_runtime",
};

__attribute__((format(printf, 1, 2)))
static bool wrong(const char *format, ...)
{
    va_list arguments;

    fputs("cusim-cc: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return false;
}

void cu_list_add(cu_list *list, const char *text)
{
    if (list->count + 1 >= list->room)
        list->at = cu_grow(list->at, &list->room, sizeof *list->at);
    list->at[list->count++] = text;
    list->at[list->count] = NULL;
}

/* Text made here, which lives as long as the options. */
static const char *owned(cu_options *o, char *text)
{
    cu_list_add(&o->owned, text);
    return text;
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* ---- Files ---- */

static bool language_named(const char *name, cu_language *language)
{
    if (strcmp(name, "cu") == 0)
        *language = CU_SOURCE_CUDA;
    else if (strcmp(name, "c++") == 0)
        *language = CU_SOURCE_CXX;
    else if (strcmp(name, "c") == 0)
        *language = CU_SOURCE_C;
    else
        return wrong("-x %s: expected cu, c++ or c", name);
    return true;
}

static bool language_of(const char *file, cu_language *language)
{
    static const struct {
        const char *ending;
        cu_language language;
    } known[] = {
        { ".cu", CU_SOURCE_CUDA }, { ".cuh", CU_SOURCE_CUDA },
        { ".cpp", CU_SOURCE_CXX }, { ".cc", CU_SOURCE_CXX }, { ".cxx", CU_SOURCE_CXX },
        { ".c++", CU_SOURCE_CXX }, { ".C", CU_SOURCE_CXX }, { ".c", CU_SOURCE_C },
        { ".o", CU_LINKED }, { ".a", CU_LINKED }, { ".so", CU_LINKED }, { ".obj", CU_LINKED },
    };
    const char *const slash = strrchr(file, '/');
    const char *const ending = strrchr(slash ? slash : file, '.');

    for (size_t i = 0; ending && i < sizeof known / sizeof *known; i++) {
        if (strcmp(ending, known[i].ending) == 0) {
            *language = known[i].language;
            return true;
        }
    }
    if (strstr(file, ".so.")) {
        *language = CU_LINKED;
        return true;
    }
    return wrong("%s: expected a name that ends in .cu, .cpp, .cc, .c, .o or .a "
                 "(or say -x cu before it)", file);
}

static void add_input(cu_options *o, const char *name, cu_language language)
{
    if (o->input_count == o->input_room)
        o->inputs = cu_grow(o->inputs, &o->input_room, sizeof *o->inputs);
    o->inputs[o->input_count++] = (cu_input){ name, language };
}

static bool add_file(cu_options *o, const char *name, const cu_language *forced)
{
    cu_language language = CU_LINKED;

    if (forced)
        language = *forced;
    else if (!language_of(name, &language))
        return false;
    if (access(name, R_OK) != 0)
        return wrong("cannot read %s: %s", name, strerror(errno));
    add_input(o, name, language);
    return true;
}

/* ---- Flags of the host compiler ---- */

/* One flag, given to cusim-cc itself or by -Xcompiler. */
static void host_flag(cu_options *o, const char *flag)
{
    if (begins_with(flag, "-Wl,") || begins_with(flag, "-L")) {
        cu_list_add(&o->link, flag);
    } else if (begins_with(flag, "-I") || begins_with(flag, "-D") || begins_with(flag, "-U")) {
        cu_list_add(&o->preprocess, flag);
    } else if (begins_with(flag, "-O")) {
        o->optimise = flag;
    } else if (begins_with(flag, "-std=")) {
        o->standard = flag;
    } else if (begins_with(flag, "-g") || strcmp(flag, "-w") == 0) {
        return;                                 /* line information is always there */
    } else if (begins_with(flag, "-l")) {
        add_input(o, flag, CU_LINKED);
    } else {
        o->warnings |= begins_with(flag, "-W") && !begins_with(flag, "-Wno-");
        cu_list_add(&o->compile, flag);
        if (strcmp(flag, "-fopenmp") == 0 || strcmp(flag, "-pthread") == 0 ||
            strcmp(flag, "-static") == 0 || strcmp(flag, "-rdynamic") == 0)
            cu_list_add(&o->link, flag);
    }
}

/* "a,b c": the values of one -Xcompiler or -Xlinker. */
static void split(cu_options *o, const char *values, bool to_linker)
{
    while (*values) {
        const size_t length = strcspn(values, ", \t");
        if (length > 0) {
            char *const one = cu_copy(values, length);
            const char *const flag = owned(o, one);
            if (to_linker)
                cu_list_add(&o->link, owned(o, cu_format("-Wl,%s", flag)));
            else
                host_flag(o, flag);
        }
        values += length + (values[length] != '\0');
    }
}

/* A folder of the real toolkit holds headers that would stand in the way of cusim's. */
static bool is_toolkit(const char *folder)
{
    char *const name = cu_format("%s/crt/host_config.h", folder);
    const bool found = access(name, R_OK) == 0;

    free(name);
    return found;
}

static void add_library(cu_options *o, const char *name)
{
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        if (strcmp(name, libraries[i]) == 0)
            return;
    }
    add_input(o, owned(o, cu_format("-l%s", name)), CU_LINKED);
}

/* ---- Options ---- */

static bool takes_value(meaning what)
{
    switch (what) {
    case DROP_VALUE: case OUTPUT: case OUTPUT_FOLDER: case DEPENDENCY_FILE:
    case DEPENDENCY_TARGET: case JOINED_PREPROCESS: case APART_PREPROCESS: case LIBRARY:
    case LIBRARY_FOLDER: case OPTIMISE: case STANDARD: case LANGUAGE: case RELOCATABLE:
    case STREAM: case TO_COMPILER: case TO_LINKER: case WARN_ERROR:
        return true;
    default:
        return false;
    }
}

/* The option that `text`, without its dashes, names; *value: what is joined to it, or NULL. */
static const option *find_option(const char *text, const char **value)
{
    const size_t length = strcspn(text, "=");
    const size_t count = sizeof options / sizeof *options;

    *value = text[length] ? text + length + 1 : NULL;
    for (size_t i = 0; i < count; i++) {
        const option *const o = &options[i];
        if ((o->name && strlen(o->name) == length && memcmp(text, o->name, length) == 0) ||
            (o->long_name && strlen(o->long_name) == length &&
             memcmp(text, o->long_name, length) == 0))
            return o;
    }
    for (size_t i = 0; i < count; i++) {
        const option *const o = &options[i];
        if (o->name && o->name[1] == '\0' && *text == *o->name && strchr("IDULlOt", *text)) {
            *value = text + 1;
            return o;
        }
    }
    return NULL;
}

static void apply_value(cu_options *o, const option *found, const char *value)
{
    switch (found->what) {
    case OUTPUT: o->output = value; break;
    case OUTPUT_FOLDER: o->output_folder = value; break;
    case DEPENDENCY_FILE: o->dependency_file = value; break;
    case DEPENDENCY_TARGET: o->dependency_target = value; break;
    case JOINED_PREPROCESS:
        if (!(found->gcc[1] == 'I' && is_toolkit(value)))
            cu_list_add(&o->preprocess, owned(o, cu_format("%s%s", found->gcc, value)));
        break;
    case APART_PREPROCESS:
        if (is_toolkit(value))
            break;
        cu_list_add(&o->preprocess, found->gcc);
        cu_list_add(&o->preprocess, value);
        break;
    case LIBRARY: add_library(o, value); break;
    case LIBRARY_FOLDER: cu_list_add(&o->link, owned(o, cu_format("-L%s", value))); break;
    case OPTIMISE: o->optimise = owned(o, cu_format("-O%s", value)); break;
    case STANDARD: o->standard = owned(o, cu_format("-std=%s", value)); break;
    case RELOCATABLE: o->relocatable = strcmp(value, "true") == 0; break;
    case STREAM:
        if (strcmp(value, "per-thread") == 0)
            cu_list_add(&o->preprocess, "-DCUDA_API_PER_THREAD_DEFAULT_STREAM=1");
        break;
    case TO_COMPILER: split(o, value, false); break;
    case TO_LINKER: split(o, value, true); break;
    default: break;
    }
}

static bool apply_flag(cu_options *o, const option *found, const char *text)
{
    switch (found->what) {
    case REFUSE: return wrong("%s: cusim makes programs for the CPU; there is no GPU code to show "
                              "or run", text);
    case DEFINE: cu_list_add(&o->preprocess, found->gcc); break;
    case COMPILE: o->goal = CU_COMPILE; break;
    case DEVICE_COMPILE: o->goal = CU_COMPILE; o->relocatable = true; break;
    case DEVICE_LINK: o->goal = CU_EMPTY; break;
    case ARCHIVE: o->goal = CU_ARCHIVE; break;
    case PREPROCESS: o->goal = CU_PREPROCESS; break;
    case DEPENDENCIES: o->goal = CU_DEPENDENCIES; cu_list_add(&o->dependency_flags, found->gcc);
        break;
    case MAKE_FILE_TOO: o->dependencies = true; cu_list_add(&o->dependency_flags, found->gcc);
        break;
    case DEPENDENCY_FLAG: cu_list_add(&o->dependency_flags, found->gcc); break;
    case SHARED:
        o->shared = true;
        cu_list_add(&o->compile, "-fPIC");
        cu_list_add(&o->link, "-shared");
        break;
    case THREADED: host_flag(o, "-pthread"); break;
    case CHECK: o->check = true; break;
    case PROFILE: o->profile = true; break;
    case KEEP: o->keep = true; break;
    case VERBOSE: o->verbose = true; break;
    case HELP: o->help = true; break;
    case VERSION: o->version = true; break;
    default: break;
    }
    return true;
}

/* The option arguments[*at]; moves *at to its value where that stands apart. */
static bool take_option(cu_options *o, int count, char **arguments, int *at, cu_language *forced,
                        bool *is_forced)
{
    const char *const text = arguments[*at];
    const char *value = NULL;
    const option *const found = find_option(text + 1 + (text[1] == '-'), &value);

    if (!found && text[1] != '-' && (strchr("fWm", text[1]) || begins_with(text, "-pedantic") ||
                                     begins_with(text, "-g"))) {
        host_flag(o, text);
        return true;
    }
    if (!found)
        return wrong("unknown option %s (cusim-cc --help lists them)", text);
    if (!takes_value(found->what)) {
        if (value)
            return wrong("%s: this option takes no value", text);
        return apply_flag(o, found, text);
    }
    if (!value || (!*value && found->name && found->name[1] == '\0')) {
        if (found->what == OPTIMISE) {
            o->optimise = "-O2";
            return true;
        }
        if (++*at >= count)
            return wrong("%s needs a value", text);
        value = arguments[*at];
    }
    if (found->what == LANGUAGE) {
        *is_forced = true;
        return language_named(value, forced);
    }
    apply_value(o, found, value);
    return true;
}

static bool agree(const cu_options *o)
{
    int sources = 0;

    for (int i = 0; i < o->input_count; i++)
        sources += o->inputs[i].language != CU_LINKED;
    if (o->help || o->version || o->goal == CU_EMPTY)
        return true;
    if (o->input_count == 0)
        return wrong("no input file (cusim-cc --help tells what there is)");
    if (o->goal != CU_LINK && o->goal != CU_ARCHIVE && sources == 0)
        return wrong("nothing to compile: only files for the linker are given");
    if (o->goal != CU_LINK && o->goal != CU_ARCHIVE && o->output && sources > 1)
        return wrong("-o names one file, but %d files are compiled", sources);
    if (o->goal == CU_ARCHIVE && !o->output)
        return wrong("-lib needs -o");
    return true;
}

bool cu_options_parse(cu_options *o, int count, char **arguments)
{
    cu_language forced = CU_LINKED;
    bool is_forced = false;

    *o = (cu_options){ .goal = CU_LINK };
    for (int i = 1; i < count; i++) {
        const bool fine = arguments[i][0] == '-' && arguments[i][1]
            ? take_option(o, count, arguments, &i, &forced, &is_forced)
            : add_file(o, arguments[i], is_forced ? &forced : NULL);
        if (!fine)
            return false;
    }
    return agree(o);
}

void cu_options_free(cu_options *o)
{
    for (int i = 0; i < o->owned.count; i++)
        free((char *)(uintptr_t)o->owned.at[i]);
    free(o->owned.at);
    free(o->preprocess.at);
    free(o->compile.at);
    free(o->link.at);
    free(o->dependency_flags.at);
    free(o->inputs);
}
