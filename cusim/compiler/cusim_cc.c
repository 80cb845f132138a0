/* cusim_cc.c: cusim-cc, which compiles .cu files to run on the CPU.
 *
 * Each .cu file is preprocessed by g++, with cusim's headers in place of CUDA's, translated to C++
 * (cu_translate.h), and compiled by g++. The program is linked with libcusim.a, the runtime.
 * Headers and library are found beside the program's own executable, or below $CUSIM_HOME. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cusim/compiler/cu_memory.h"
#include "cusim/compiler/cu_options.h"
#include "cusim/compiler/cu_registers.h"
#include "cusim/compiler/cu_run.h"
#include "cusim/compiler/cu_translate.h"

#ifndef CONVLAB_VERSION
#define CONVLAB_VERSION "unknown"
#endif

static const char help[] =
    "usage: cusim-cc [options] FILE...\n"
    "\n"
    "Compiles CUDA programs to run on the CPU, in cusim. Files: .cu, .cpp, .cc, .c, .o, .a\n"
    "\n"
    "  -o FILE            the program, or with -c the object file\n"
    "  -c, -dc            compile only\n"
    "  --check            the program watches every access to memory: out of bounds, races,\n"
    "                     uninitialised reads, barriers that not all threads reach, ...\n"
    "  --profile          the program counts sectors, bank conflicts, branches and FLOP\n"
    "  -O0 ... -O3        optimisation (-O2); --check and --profile always take -O2\n"
    "  -I -D -U -include  as of any compiler; so are -L -l -g -w -std= -x -shared\n"
    "  -M -MM -MD -MMD -MP -MF -MT\n"
    "                     dependencies for make\n"
    "  -f... -m... -W...  go to the host compiler, as do the values of -Xcompiler\n"
    "  -E                 preprocess only\n"
    "  -rdc=true          variables and functions of the device are shared between files\n"
    "  -lib               make an archive\n"
    "  --keep             leave the translated files (NAME.cusim.ii) beside the output\n"
    "  --verbose          show the commands that are run\n"
    "  --help, --version\n"
    "\n"
    "Options of nvcc that choose a GPU or tune its code (-arch, -gencode, -G, -lineinfo,\n"
    "-maxrregcount, -Xptxas, --use_fast_math, ...) are accepted and mean nothing here.\n"
    "\n"
    "Environment: CUSIM_HOME, the folder that holds include/ and libcusim.a; CUSIM_CXX, the\n"
    "host compiler (g++). What the program itself reads is in cusim/README.md.\n"
    "\n"
    "Exit codes: 0 success, 1 a file did not compile, 2 wrong usage.\n";

typedef struct {
    cu_options options;
    char include[PATH_MAX];     /* cusim's headers */
    char library[PATH_MAX];     /* libcusim.a */
    const char *compiler;
    char **files;               /* made for the linker */
    int file_count, file_room;
} driver;

/* ---- Where cusim is ---- */

/* `path` made absolute, if it is there. */
static bool resolve(const char *path, char *to)
{
    return realpath(path, to) != NULL;
}

static bool locate(driver *d)
{
    char own[PATH_MAX] = "";
    const char *const home = getenv("CUSIM_HOME");
    const ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    char *const slash = length > 0 ? strrchr(own, '/') : NULL;

    if (slash)
        *slash = '\0';
    const char *const root = home && *home ? home : own;
    static const char *const folders[] = { "include", "cusim/include", "../cusim/include" };
    static const char *const libraries[] = { "libcusim.a", "build/libcusim.a" };
    bool found = false;

    for (size_t i = 0; i < sizeof folders / sizeof *folders && !found; i++) {
        char *const header = cu_format("%s/%s/cuda_runtime.h", root, folders[i]);
        found = resolve(header, d->include);
        free(header);
    }
    if (!found) {
        fprintf(stderr, "cusim-cc: cusim's headers are not at %s/../cusim/include; set "
                        "CUSIM_HOME\n", root);
        return false;
    }
    *strrchr(d->include, '/') = '\0';
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries && !*d->library; i++) {
        char *const name = cu_format("%s/%s", root, libraries[i]);
        if (!resolve(name, d->library))
            *d->library = '\0';
        free(name);
    }
    return true;
}

/* ---- Flags ---- */

static void add_all(cu_list *to, const cu_list *from)
{
    for (int i = 0; i < from->count; i++)
        cu_list_add(to, from->at[i]);
}

static void add_flags(cu_list *to, const char *const *flags, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cu_list_add(to, flags[i]);
}
#define ADD(to, flags) add_flags(to, flags, sizeof (flags) / sizeof *(flags))

/* The translation needs generic lambdas, which came with C++14. */
static const char *standard_of(const driver *d, cu_language language)
{
    const char *const given = d->options.standard;

    if (language == CU_SOURCE_C)
        return given && !strstr(given, "++") ? given : "-std=gnu11";
    if (!given || !strstr(given, "++"))
        return "-std=gnu++17";
    if (strstr(given, "++11") || strstr(given, "++03") || strstr(given, "++98") ||
        strstr(given, "++0x"))
        return "-std=gnu++14";
    return given;
}

static void add_preprocessing(const driver *d, cu_list *to, cu_language language)
{
    static const char *const cuda[] = {
        "-D__CUDACC__", "-D__NVCC__", "-D__CUDA_ARCH__=800", "-D__CUDA_ARCH_LIST__=800",
        "-D__CUDACC_VER_MAJOR__=12", "-D__CUDACC_VER_MINOR__=0", "-D__CUDACC_VER_BUILD__=0",
        "-include", "cuda_runtime.h",
    };

    cu_list_add(to, standard_of(d, language));
    cu_list_add(to, "-D__CUSIM__=1");
    cu_list_add(to, "-I");
    cu_list_add(to, d->include);
    if (language == CU_SOURCE_CUDA) {
        ADD(to, cuda);
        if (d->options.relocatable)
            cu_list_add(to, "-D__CUDACC_RDC__");
    }
    if (d->options.check || d->options.profile)     /* __SANITIZE_THREAD__ comes too late */
        cu_list_add(to, "-DCUSIM_WATCHED");         /* for device_heap.h */
    add_all(to, &d->options.preprocess);
}

/* A program with an error must do what it would do on a GPU, not what the host compiler makes of
 * undefined behaviour: indices wrap, loops that wait end by the time limit, null is an address.
 * has_volatile: such accesses are made in lockstep, so the runtime has to see them. */
static void add_compiling(const driver *d, bool has_volatile, cu_list *to)
{
    static const char *const always[] = {
        "-g", "-fno-strict-aliasing", "-fwrapv", "-fno-delete-null-pointer-checks",
        "-fno-aggressive-loop-optimizations", "-ffp-contract=fast", "-fno-math-errno",
        "-fno-threadsafe-statics", "-fno-show-column", "-fno-diagnostics-show-caret",
    };
    static const char *const cxx[] = { "-fno-finite-loops", "-Wno-narrowing" };
    static const char *const quiet[] = { "-w" };
    static const char *const ours[] = {         /* warnings about what the translator writes */
        "-Wno-unknown-pragmas", "-Wno-unused-function", "-Wno-unused-local-typedefs",
        "-Wno-unused-const-variable",
    };
    static const char *const instrumented[] = {
        "-O2", "-fsanitize=thread", "--param", "tsan-distinguish-volatile=1", "-fno-tree-sra",
        "-fno-tree-vectorize", "-fno-tree-slp-vectorize", "-fno-store-merging",
        "-fno-tree-loop-distribution", "-fno-tree-loop-distribute-patterns", "-fno-ipa-icf",
        "-fno-optimize-sibling-calls", "-fno-crossjumping", "-fno-tree-tail-merge",
        "-fno-omit-frame-pointer",
    };
    static const char *const checked[] = {      /* calls, so that device_heap.h can see to them */
        "-fno-builtin-memcpy", "-fno-builtin-memmove", "-fno-builtin-memset",
    };
    static const char *const traced[] = {       /* basic blocks, in the order of the source */
        "-fsanitize-coverage=trace-pc", "-fno-reorder-blocks", "-fno-reorder-blocks-and-partition",
        "-fno-thread-jumps", "-fno-partial-inlining",
    };

    cu_list_add(to, d->options.optimise ? d->options.optimise : "-O2");
    ADD(to, always);
    ADD(to, cxx);
    if (d->options.warnings)
        ADD(to, ours);
    else
        ADD(to, quiet);
    add_all(to, &d->options.compile);
    if (d->options.check || d->options.profile || has_volatile)
        ADD(to, instrumented);
    if (d->options.check)
        ADD(to, checked);
    if (d->options.profile)
        ADD(to, traced);
}

/* ---- Names of outputs ---- */

/* The file's name with another ending, in the output folder. */
static char *renamed(const driver *d, const char *file, const char *ending)
{
    const char *const slash = strrchr(file, '/');
    const char *const base = slash ? slash + 1 : file;
    const char *const dot = strrchr(base, '.');
    const int length = (int)(dot ? dot - base : (ptrdiff_t)strlen(base));
    const char *const folder = d->options.output_folder;

    return cu_format("%s%s%.*s%s", folder ? folder : "", folder ? "/" : "", length, base, ending);
}

static char *with_ending(const char *file, const char *ending)
{
    const char *const slash = strrchr(file, '/');
    const char *const dot = strrchr(slash ? slash : file, '.');

    return cu_format("%.*s%s", (int)(dot ? dot - file : (ptrdiff_t)strlen(file)), file, ending);
}

static char *object_of(const driver *d, const cu_input *input)
{
    if (d->options.goal != CU_COMPILE)
        return cu_folder_file("o");
    return d->options.output ? cu_copy(d->options.output, strlen(d->options.output))
                             : renamed(d, input->name, ".o");
}

/* ---- One file ---- */

/* Libraries of CUDA that cusim lacks, by what their headers' names begin with. */
static const struct {
    const char *header, *what;
    bool fine;                  /* if it is found: cusim's own, or of use without a GPU */
} lacking[] = {
    { "thrust/", "the Thrust library", false }, { "cub/", "the CUB library", false },
    { "cuda/std/", "libcu++", false }, { "cutlass/", "CUTLASS", false },
    { "cute/", "CuTe", false }, { "cufft", "cuFFT", false }, { "cusparse", "cuSPARSE", false },
    { "cusolver", "cuSOLVER", false }, { "cudnn", "cuDNN", false }, { "nvrtc", "NVRTC", false },
    { "nvml", "NVML", false }, { "nccl", "NCCL", false },
    { "npp", "NPP", false }, { "nvjpeg", "nvJPEG", false }, { "nvtx3/", "NVTX", true },
    { "nvToolsExt", "NVTX", true }, { "cupti", "CUPTI", false }, { "cudla", "cuDLA", false },
    { "cuda_gl_interop", "OpenGL interoperability", false },
    { "cuda_egl_interop", "EGL interoperability", false },
    { "cuda/", "this part of libcu++", true },
    { "cooperative_groups/", "this part of cooperative groups", true },
};

/* If a header was not found that belongs to CUDA, says that cusim lacks it. */
static void explain(const char *messages)
{
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        char *const missing = cu_format("fatal error: %s", lacking[i].header);
        const bool found = strstr(messages, missing) != NULL;
        free(missing);
        if (found) {
            fprintf(stderr, "cusim-cc: cusim does not cover %s\n", lacking[i].what);
            return;
        }
    }
}

/* The headers of a CUDA Toolkit may lie where the compiler looks by itself, and then lead to errors
 * without end. Returns false, after a message, if the preprocessed text has one of them. */
static bool is_covered(const cu_input *input, const char *text)
{
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        char *const entered = cu_format("include/%s", lacking[i].header);
        const char *at = lacking[i].fine ? NULL : strstr(text, entered);
        while (at) {
            const char *line = at;
            while (line > text && line[-1] != '\n')
                line--;
            if (strncmp(line, "# 1 \"/", 6) == 0)
                break;
            at = strstr(at + 1, entered);
        }
        free(entered);
        if (at) {
            fprintf(stderr, "%s: error: cusim does not cover %s, of which it includes %.*s\n",
                    input->name, lacking[i].what, (int)strcspn(at + 8, "\""), at + 8);
            return false;
        }
    }
    return true;
}

static int run_compiler(const driver *d, const cu_list *command)
{
    cu_text said = { 0 };
    const int code = cu_run(command, &said, d->options.verbose);

    if (said.text) {
        cu_show_messages(said.text, d->include);
        if (code != 0)
            explain(said.text);
    }
    free(said.text);
    return code;
}

static void add_dependencies(const driver *d, const cu_input *input, const char *object,
                             cu_list *to, char **names)
{
    const cu_options *const o = &d->options;

    add_all(to, &o->dependency_flags);
    if (!o->dependencies)
        return;
    const char *const target = o->goal == CU_COMPILE ? object : o->output ? o->output : "a.out";
    names[0] = o->goal == CU_COMPILE ? with_ending(object, ".d") : renamed(d, input->name, ".d");
    cu_list_add(to, "-MF");
    cu_list_add(to, o->dependency_file ? o->dependency_file : names[0]);
    cu_list_add(to, "-MT");
    cu_list_add(to, o->dependency_target ? o->dependency_target : target);
}

/* g++ -E, to the file `to`; NULL: stdout, or -o. */
static int preprocess(const driver *d, const cu_input *input, const char *object, const char *to)
{
    const cu_options *const o = &d->options;
    cu_list command = { 0 };
    char *name = NULL;

    cu_list_add(&command, d->compiler);
    if (o->goal != CU_DEPENDENCIES)
        cu_list_add(&command, "-E");
    cu_list_add(&command, "-x");
    cu_list_add(&command, input->language == CU_SOURCE_C ? "c" : "c++");
    add_preprocessing(d, &command, input->language);
    add_dependencies(d, input, object, &command, &name);
    for (int i = 0; i < o->compile.count; i++) {
        if (strncmp(o->compile.at[i], "-f", 2) == 0 || strncmp(o->compile.at[i], "-m", 2) == 0 ||
            strcmp(o->compile.at[i], "-pthread") == 0)
            cu_list_add(&command, o->compile.at[i]);        /* they define macros */
    }
    cu_list_add(&command, o->optimise ? o->optimise : "-O2");
    if (!to)
        to = o->output;
    if (to) {
        cu_list_add(&command, "-o");
        cu_list_add(&command, to);
    }
    cu_list_add(&command, input->name);
    const int code = run_compiler(d, &command);
    free(command.at);
    free(name);
    return code;
}

static int translate(const driver *d, const cu_input *input, const char *from, const char *to,
                     bool *has_volatile)
{
    const cu_translate_options how = { d->include, d->options.relocatable, d->options.check,
                                       d->options.profile };
    cu_text text = { 0 }, out = { 0 }, errors = { 0 };
    int code = 1;

    if (cu_read_file(from, &text) && is_covered(input, text.text)) {
        const int count = cu_translate(text.text, text.length, &how, &out, &errors);
        *has_volatile = cu_has_volatile(text.text, text.length, d->include);
        if (count > 0)
            cu_show_messages(errors.text, d->include);
        else if (d->options.profile)
            cu_add_registers(input->name, standard_of(d, input->language), &d->options.preprocess,
                             d->options.verbose, &out);
        code = count > 0 || !cu_write_file(to, &out);
    }
    free(text.text);
    free(out.text);
    free(errors.text);
    return code;
}

static int compile_as(const driver *d, const char *language, const char *file, const char *object,
                      const cu_input *input, bool has_volatile)
{
    cu_list command = { 0 };
    char *name = NULL;

    cu_list_add(&command, d->compiler);
    cu_list_add(&command, "-x");
    cu_list_add(&command, language);
    if (input->language == CU_SOURCE_CUDA) {
        cu_list_add(&command, standard_of(d, input->language));
    } else {
        add_preprocessing(d, &command, input->language);
        add_dependencies(d, input, object, &command, &name);
    }
    add_compiling(d, has_volatile, &command);
    cu_list_add(&command, "-c");
    cu_list_add(&command, file);
    cu_list_add(&command, "-o");
    cu_list_add(&command, object);
    const int code = run_compiler(d, &command);
    free(command.at);
    free(name);
    return code;
}

static int compile(const driver *d, const cu_input *input, const char *object)
{
    if (input->language != CU_SOURCE_CUDA)
        return compile_as(d, input->language == CU_SOURCE_C ? "c" : "c++", input->name, object,
                          input, false);
    char *const text = cu_folder_file("ii");
    char *const translated = d->options.keep ? renamed(d, input->name, ".cusim.ii")
                                             : cu_folder_file("cusim.ii");
    bool has_volatile = false;
    int code = preprocess(d, input, object, text);

    if (code == 0)
        code = translate(d, input, text, translated, &has_volatile);
    if (code == 0)
        code = compile_as(d, "c++-cpp-output", translated, object, input, has_volatile);
    free(text);
    free(translated);
    return code;
}

/* ---- The whole ---- */

static void add_file(driver *d, char *name)
{
    if (d->file_count == d->file_room)
        d->files = cu_grow(d->files, &d->file_room, sizeof *d->files);
    d->files[d->file_count++] = name;
}

static int link_files(const driver *d)
{
    static const char *const libraries[] = { "-lboost_context", "-lpthread", "-ldl", "-lm" };
    cu_list command = { 0 };

    if (!*d->library) {
        fputs("cusim-cc: libcusim.a is not beside cusim-cc; make cusim builds it, and CUSIM_HOME "
              "names its folder\n", stderr);
        return 1;
    }
    cu_list_add(&command, d->compiler);
    cu_list_add(&command, "-o");
    cu_list_add(&command, d->options.output ? d->options.output : "a.out");
    add_all(&command, &d->options.link);
    for (int i = 0; i < d->file_count; i++)
        cu_list_add(&command, d->files[i]);
    cu_list_add(&command, d->library);
    ADD(&command, libraries);
    const int code = run_compiler(d, &command);
    free(command.at);
    return code;
}

static int archive(const driver *d)
{
    cu_list command = { 0 };

    cu_list_add(&command, "ar");
    cu_list_add(&command, "rcs");
    cu_list_add(&command, d->options.output);
    for (int i = 0; i < d->file_count; i++) {
        if (d->files[i][0] != '-')
            cu_list_add(&command, d->files[i]);
    }
    const int code = cu_run(&command, NULL, d->options.verbose);
    free(command.at);
    return code;
}

/* Where nvcc links the code of the GPU there is nothing to do: an object file, empty. */
static int make_empty(const driver *d)
{
    char *const source = cu_folder_file("c");
    const cu_text nothing = { 0 };
    cu_list command = { 0 };
    int code = 1;

    if (cu_write_file(source, &nothing)) {
        const char *const words[] = { d->compiler, "-x", "c", "-c", source, "-o",
                                      d->options.output ? d->options.output : "a_dlink.o" };
        ADD(&command, words);
        code = run_compiler(d, &command);
    }
    free(command.at);
    free(source);
    return code;
}

static int build(driver *d)
{
    const cu_options *const o = &d->options;
    int code = 0;

    if (o->goal == CU_EMPTY)
        return make_empty(d);
    for (int i = 0; i < o->input_count; i++) {
        const cu_input *const input = &o->inputs[i];
        if (input->language == CU_LINKED) {
            add_file(d, cu_copy(input->name, strlen(input->name)));
        } else if (o->goal == CU_PREPROCESS || o->goal == CU_DEPENDENCIES) {
            code |= preprocess(d, input, "", NULL);
        } else {
            char *const object = object_of(d, input);
            code |= compile(d, input, object);
            add_file(d, object);
        }
    }
    if (code == 0 && o->goal == CU_LINK)
        code = link_files(d);
    else if (code == 0 && o->goal == CU_ARCHIVE)
        code = archive(d);
    return code;
}

int main(int count, char **arguments)
{
    driver d = { 0 };
    const char *const compiler = getenv("CUSIM_CXX");
    int code = 2;

    d.compiler = compiler && *compiler ? compiler : "g++";
    if (!cu_options_parse(&d.options, count, arguments))
        code = 2;
    else if (d.options.help)
        code = fputs(help, stdout) < 0;
    else if (d.options.version)
        code = puts("cusim-cc " CONVLAB_VERSION) < 0;
    else if (locate(&d) && cu_folder_make())
        code = build(&d) == 0 ? 0 : 1;
    else
        code = 1;
    cu_folder_remove();
    for (int i = 0; i < d.file_count; i++)
        free(d.files[i]);
    free(d.files);
    cu_options_free(&d.options);
    return code;
}
