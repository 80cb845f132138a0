/* grade_build.c: the folder that the compiler sees, its command, and what comes back. */
#define _GNU_SOURCE             /* memfd_create, asprintf */
#include "grade/grade_build.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/whole_file.h"
#include "grade/grade_source.h"
#include "grade/session_parts.h"

/* What comes back: the object; of one that is watched the preprocessed text, symbols, and the first
 * of its jumps that nobody checks, and for CUDA the translated text, which line an address belongs
 * to, and the first store that nobody sees. */
enum { BACK_OBJECT, BACK_TEXT, BACK_TRANSLATED, BACK_SYMBOLS, BACK_LINES, BACK_JUMPS, BACK_STORES,
       BACKS };

enum { TOOLKIT_FOLDERS = 6 };

enum { BACK_BYTES = 16 << 20, HEADER_BYTES = 1 << 20, MOST_ARGUMENTS = BUILD_MAX_ARGUMENTS + 16 };

static const char in_jail[] = "/exercise";
static const size_t compile_memory = (size_t)1536 << 20, compile_disk = (size_t)64 << 20;
static const double compile_seconds = 20.0, cpu_seconds = 20.0;

/* ---- The folder ---- */

static bool refuse(file_error *error, const char *what)
{
    return file_refuse(error, STATUS_IO, "%s: %s", what, strerror(errno)) == STATUS_OK;
}

static bool make_folder(const char *path, mode_t mode, file_error *error)
{
    return ((mkdir(path, mode) == 0 || errno == EEXIST) && chmod(path, mode) == 0) ||
           refuse(error, path);
}

static bool write_file(const char *path, const void *bytes, size_t size, file_error *error)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const char *at = bytes;

    while (fd >= 0 && size > 0) {
        const ssize_t count = write(fd, at, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        at += count;
        size -= (size_t)count;
    }
    const bool written = fd >= 0 && size == 0 && fchmod(fd, 0644) == 0;
    const int why = errno;
    const bool closed = fd >= 0 && close(fd) == 0;
    if (written && closed)
        return true;
    errno = written ? errno : why;
    return refuse(error, path);
}

/* Whether students get it: see lessons/course.sh. */
static bool is_public(const char *concept, const char *name)
{
    const size_t length = strlen(name);

    if (strcmp(name, "cuda_launch.cuh") == 0)
        return true;
    if (length < 3 || strcmp(name + length - 2, ".h") != 0)
        return false;
    return !strstr(name, "_variants.h") &&
           !(strcmp(concept, "gemm") == 0 && strncmp(name, "gemm_", 5) == 0);
}

/* Copies the public headers of one folder, ROOT/under/name. */
static bool copy_headers(const grade_place *p, const char *root, const char *under,
                         const char *name, file_error *error)
{
    lesson_path from, to, file;
    bool good = true;

    path_join(from, root, under, name);
    path_join(to, p->in, under, name);
    DIR *const entries = opendir(from);
    if (!entries)
        return errno == ENOTDIR || refuse(error, from);
    good = make_folder(to, 0755, error);
    for (const struct dirent *e; good && (e = readdir(entries));) {
        uint8_t *bytes;
        size_t size;
        if (!is_public(name, e->d_name))
            continue;
        path_join(file, from, e->d_name, NULL);
        good = file_read_whole(file, HEADER_BYTES, &bytes, &size, error) == STATUS_OK;
        if (!good)
            break;
        path_join(file, to, e->d_name, NULL);
        good = write_file(file, bytes, size, error);
        free(bytes);
    }
    closedir(entries);
    return good;
}

static bool copy_all_headers(const grade_place *p, const course *c, const lesson *l,
                             file_error *error)
{
    lesson_path kernels, under;
    bool good = true;

    path_join(under, p->in, "kernels", NULL);
    if (!make_folder(under, 0755, error))
        return false;
    path_join(kernels, c->root, "kernels", NULL);
    DIR *const entries = opendir(kernels);
    if (!entries)
        return refuse(error, kernels);
    for (const struct dirent *e; good && (e = readdir(entries));)
        good = e->d_name[0] == '.' || copy_headers(p, c->root, "kernels", e->d_name, error);
    closedir(entries);
    path_join(under, p->in, "lessons", NULL);
    return good && make_folder(under, 0755, error) &&
           copy_headers(p, c->root, "lessons", l->folder, error);
}

static bool write_named(const grade_place *p, const char *name, const void *bytes, size_t size,
                        file_error *error)
{
    lesson_path path;

    path_join(path, p->in, name, NULL);
    return write_file(path, bytes, size, error);
}

/* What the file must define, and which names it may show. */
static bool write_contract(const grade_place *p, const student_contract *contract,
                           file_error *error)
{
    const exercise *const e = p->exercise;
    char *const expected = build_expected(contract, e, e->kind == EXERCISE_CUDA);
    char *script = NULL;

    if (!expected || asprintf(&script, "{ global: %s; %s%s local: *; };\n", e->function,
                              e->workspace ? e->workspace : "", e->workspace ? ";" : "") < 0) {
        free(expected);
        return file_refuse(error, STATUS_MEMORY, "no memory, or no such pass: %s", e->pass) ==
               STATUS_OK;
    }
    const bool written = write_named(p, "expected.h", expected, strlen(expected), error) &&
                         write_named(p, "names.map", script, strlen(script), error);
    free(expected);
    free(script);
    return written;
}

/* The compiler itself, since links such as /etc/alternatives lead out of what a jail shows. */
static bool find_compiler(lesson_path path, const char *name, file_error *error)
{
    lesson_path found;

    path_join(found, "/usr/bin", name, NULL);
    return realpath(found, path) || refuse(error, found);
}

bool grade_place_open(grade_place *p, jail_tier tier, const course *c, const lesson *l,
                      const exercise *e, const student_contract *contract,
                      const submission_file *file, const char *cusim_cc, file_error *error)
{
    const bool cuda = e->kind == EXERCISE_CUDA;

    *p = (grade_place){ .tier = tier, .exercise = e, .cusim_cc = cuda ? cusim_cc : "", .lock = -1 };
    if (cuda && !*cusim_cc)
        return file_refuse(error, STATUS_UNSUPPORTED, "build/cusim-cc is missing: make cusim "
                                                      "builds it") == STATUS_OK;
    if (folder_make(p->folder, &p->lock, error) != STATUS_OK) {
        p->folder[0] = '\0';
        return false;
    }
    path_join(p->in, p->folder, "in", NULL);
    return find_compiler(p->compiler, cuda ? "g++" : "cc", error) &&
           make_folder(p->in, 0755, error) && copy_all_headers(p, c, l, error) &&
           write_contract(p, contract, error) &&
           write_named(p, e->file, file->bytes, file->size, error);
}

void grade_place_close(grade_place *p)
{
    if (*p->folder)
        folder_remove(p->folder);
    if (p->lock >= 0)
        close(p->lock);
    p->folder[0] = '\0';
    p->lock = -1;
}

/* ---- The command ---- */

/* Points hang on what the simulator or the sanitizers say of it. */
static bool is_watched(const grade_place *p, build_flavour flavour)
{
    return *p->cusim_cc || flavour == BUILD_ASAN;
}

/* $1 the folder of the source, so that messages and reports name the file as the student does; the
 * rest is the compiler's command. */
static const char c_script[] =
    "cd \"$1\" && shift && \"$@\" -o \"$TMPDIR/made.so\" && exec cat \"$TMPDIR/made.so\" >&3";

/* What is watched goes nowhere unasked: see grade/worker/worker_targets.h. */
#ifdef __x86_64__
static const char *const asking[] = {
    "-mindirect-branch=thunk-extern", "-mindirect-branch-register",
    "-mfunction-return=thunk-extern", "-fno-jump-tables", "-fcf-protection=none", NULL
};

/* The first call or jump to where a register or memory says, return or system call in an object.
 * Attributes can bring them back. */
#define FIND_JUMPS(object)                                                                       \
    " objdump -d --no-show-raw-insn " object " >\"$TMPDIR/code\" &&"                             \
    " { grep -m1 -E '^ *[0-9a-f]+:[[:space:]]([A-Za-z0-9.]+ +)*(l?(call|jmp)[a-z]* +\\*|"        \
    "[a-z]*ret[a-z]*( |$)|sys[a-z]+|int +)' \"$TMPDIR/code\" >&8 || true; } &&"
#else
static const char *const asking[] = { NULL };
#define FIND_JUMPS(object)
#endif

/* The first `*p = f(...);` in gcc's dump, of a function that returns a struct and is not inlined:
 * it stores where it is told to, and -fsanitize=thread tells nobody. */
#define FIND_STORES(dump)                                                                        \
    " { grep -m1 -E '^ +[^=;\"]*[^A-Za-z_.$0-9=;\" ][^=;\"]* = [^=;\"]* \\(.*\\);' " dump    \
    " >&9 || true; } &&"

/* And the table of what it imports is not to be written to. The thunks are the worker's. */
#define FIXED_TABLE "-Wl,-z,relro,-z,now,-z,undefs"

/* As c_script, and what the compiler made on the way. */
static const char watched_script[] =
    "cd \"$1\" && shift && \"$@\" -save-temps=obj -o \"$TMPDIR/made.so\" &&"
    FIND_JUMPS("\"$TMPDIR\"/*.o")
    " cat \"$TMPDIR\"/*.i >&4 && nm -u \"$TMPDIR\"/*.o >&6 && exec cat \"$TMPDIR/made.so\" >&3";

/* $1 the translator, $2 the version script, $3 the source without its suffix; the rest are options.
 * The symbols are those that the object wants when it is loaded; the lines are for the simulator
 * (cusim/runtime/source_lookup.c), and an object without them is as good. */
static const char cuda_script[] =
    "cd \"$TMPDIR\" && cusim=$1 map=$2 in=$3 name=${3##*/} && shift 3 &&"
    " \"$cusim\" -E \"$@\" \"$in.cu\" >text.ii && cat text.ii >&4 &&"
    " \"$cusim\" --keep \"$@\" -fdump-tree-optimized=stores -c \"$in.cu\" -o made.o &&"
    " cat \"$name.cusim.ii\" >&5 &&"
    FIND_JUMPS("made.o") FIND_STORES("stores")
    " \"$CUSIM_CXX\" -shared -Wl,-Bsymbolic " FIXED_TABLE " -Wl,--version-script=\"$map\" made.o"
    " -o made.so &&"
    " nm made.so >&6 && nm -D made.so >&6 &&"
    " { objdump --dwarf=decodedline made.so |"
    "   sed -n 's/.*[[:space:]]\\(0x[0-9a-f]*\\).*/\\1/p' | sort -u |"
    "   addr2line -a -f -i -C -e made.so >&7 || true; } && exec cat made.so >&3";

typedef struct {
    const char *argv[MOST_ARGUMENTS];
    build_command options;
    jail_options jail;
    lesson_path seen;           /* p->in as the compiler knows it */
    lesson_path source, stem, expected, map, scratch;
    lesson_path translator, headers;    /* of the simulator, inside and outside */
    lesson_path toolkit[TOOLKIT_FOLDERS];
    char include[PATH_MAX + 2];         /* the headers inside, with a '/' at the end */
    char map_option[PATH_MAX + 32], in[PATH_MAX + 2], cxx[PATH_MAX + 16];
    const char *environment[2];
    int unseen;                 /* errno of what could not be looked at, so not shown; or 0 */
} compile_job;

/* What is there. `to`: its name inside where a jail can rename; NULL: as outside. */
static void show(compile_job *job, const char *path, const char *to)
{
    int i = 0;

    while (job->jail.visible[i].from)
        i++;
    if (access(path, F_OK) == 0)
        job->jail.visible[i] = (jail_visible){ path, to };      /* some twenty at most */
    else if (errno != ENOENT && errno != ENOTDIR)
        job->unseen = errno;
}

/* cusim's headers: beside the translator, as it looks for them itself. */
static void show_simulator(compile_job *job, const grade_place *p, bool renamed)
{
    char *slash;

    snprintf(job->include, sizeof job->include, "%s", p->cusim_cc);
    if ((slash = strrchr(job->include, '/')))
        *slash = '\0';
    path_join(job->include, job->include, "../cusim/include", NULL);
    if (!realpath(job->include, job->headers)) {
        job->unseen = errno;
        job->headers[0] = '\0';
    }
    show(job, p->cusim_cc, renamed ? "/simulator/build/cusim-cc" : NULL);
    show(job, job->headers, renamed ? "/simulator/cusim/include" : NULL);
    snprintf(job->translator, sizeof job->translator, "%s",
             renamed ? "/simulator/build/cusim-cc" : p->cusim_cc);
    snprintf(job->include, sizeof job->include, "%s/",
             renamed ? "/simulator/cusim/include" : job->headers);
}

/* What a compiler that is not the system's has beside it, and nothing else of where it lies. */
static void show_toolkit(compile_job *job, const grade_place *p)
{
    static const char *const folders[TOOLKIT_FOLDERS] = { "bin", "include", "lib", "lib64", "nvvm",
                                                          "targets" };
    lesson_path root;

    if (strncmp(p->compiler, "/usr/bin/", 9) == 0)
        return;
    snprintf(root, sizeof root, "%s", p->compiler);
    for (int i = 0; i < 2; i++) {               /* without /bin/nvcc */
        char *const slash = strrchr(root, '/');
        if (slash)
            *slash = '\0';
    }
    for (int i = 0; i < TOOLKIT_FOLDERS; i++) {
        path_join(job->toolkit[i], root, folders[i], NULL);
        show(job, job->toolkit[i], NULL);
    }
}

static void set_jail(compile_job *job, const grade_place *p)
{
    static const char *const system[] = { "/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64",
                                          "/usr/libexec", "/usr/include", "/bin", "/lib",
                                          "/lib64", NULL };
    const bool renamed = p->tier == JAIL_NAMESPACES;    /* elsewhere a file has one name only */

    job->jail = (jail_options){ .programs = true, .scratch = job->scratch,
                                .memory_bytes = compile_memory, .disk_bytes = compile_disk,
                                .tasks = 64, .cpus = 1, .cpu_seconds = cpu_seconds,
                                .environment = job->environment };
    for (int i = 0; system[i]; i++)
        show(job, system[i], NULL);
    show(job, p->in, renamed ? in_jail : NULL);
    snprintf(job->seen, sizeof job->seen, "%s", renamed ? in_jail : p->in);
    if (*p->cusim_cc)
        show_simulator(job, p, renamed);
    show_toolkit(job, p);
    snprintf(job->cxx, sizeof job->cxx, "CUSIM_CXX=%s", p->compiler);
    job->environment[0] = job->cxx;
}

static void set_command(compile_job *job, const grade_place *p, build_flavour flavour,
                        bool errors_only)
{
    build_command *const c = &job->options;

    snprintf(job->in, sizeof job->in, "%s/", job->seen);
    path_join(job->source, job->seen, p->exercise->file, NULL);
    path_join(job->expected, job->seen, "expected.h", NULL);
    path_join(job->map, job->seen, "names.map", NULL);
    snprintf(job->stem, sizeof job->stem, "%s", job->source);
    char *const dot = strrchr(job->stem, '.');
    if (dot)
        *dot = '\0';
    build_add_all(c, (const char *const[]){ "/usr/bin/sh", "-c",
                                            *p->cusim_cc ? cuda_script
                                            : flavour == BUILD_ASAN ? watched_script : c_script,
                                            "sh", NULL });
    if (*p->cusim_cc)
        build_add_all(c, (const char *const[]){ job->translator, job->map, job->stem, NULL });
    else
        build_add_all(c, (const char *const[]){ job->seen, p->compiler, NULL });
    build_add_options(c, flavour, errors_only);
    if (is_watched(p, flavour))
        build_add_all(c, asking);
    build_add_all(c, (const char *const[]){ "-I", job->seen, "-include", job->expected, NULL });
    if (*p->cusim_cc)
        return;
    if (flavour == BUILD_ASAN)                  /* it need not know, and behave */
        build_add_all(c, (const char *const[]){ "-U__SANITIZE_ADDRESS__", FIXED_TABLE, NULL });
    snprintf(job->map_option, sizeof job->map_option, "%s--version-script=%s",
             flavour == BUILD_GPU ? "-Xlinker=" : "-Wl,", job->map);
    build_add_all(c, (const char *const[]){ job->map_option, p->exercise->file, "-lm",
                                            NULL });
}

/* ---- What comes back ---- */

enum { HEADER_ZEROS = 64 };

/* Memory of fixed size that a program can write to and nothing else. */
static int back_open(const char *name)
{
    const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && (ftruncate(fd, BACK_BYTES) != 0 ||
                    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Its bytes up to the last that is not 0, and as many zeros behind as the last header of an object
 * may end with. False: it could not be read. */
static bool back_read(int fd, char **bytes, size_t *size)
{
    const off_t data = lseek(fd, 0, SEEK_DATA);         /* without any: ENXIO */
    const bool good = data >= 0 || errno == ENXIO;
    const off_t hole = data == 0 ? lseek(fd, 0, SEEK_HOLE) : 0;

    *bytes = NULL;
    *size = 0;
    if (!good || hole < 0)
        return false;
    char *const mapped = mmap(NULL, BACK_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED)
        return false;
    size_t end = hole <= BACK_BYTES ? (size_t)hole : 0;
    while (end > 0 && mapped[end - 1] == '\0')
        end--;
    *bytes = malloc(end + HEADER_ZEROS);
    if (*bytes) {
        memcpy(*bytes, mapped, end);
        memset(*bytes + end, '\0', HEADER_ZEROS);
        *size = end;
    }
    munmap(mapped, BACK_BYTES);
    return *bytes != NULL;
}

/* ---- What the text and the object may have ---- */

static bool is_allowed(bool cuda, char *const *text, const size_t *size,
                       const char *const *headers, file_error *why)
{
    if (size[BACK_JUMPS] > 0) {
        file_refuse(why, STATUS_VALUE, "it calls, jumps or returns unasked");
        return false;
    }
    if (size[BACK_STORES] > 0) {
        file_refuse(why, STATUS_VALUE, "a function returns a struct right into memory (store it in "
                                       "a variable first)");
        return false;
    }
    if (!cuda)
        return grade_source_watched(text[BACK_TEXT], size[BACK_TEXT], headers, why) &&
               grade_symbols_watched(text[BACK_SYMBOLS], size[BACK_SYMBOLS], why);
    if (!grade_source_allowed(text[BACK_TEXT], size[BACK_TEXT], headers, why))
        return false;
    if (!grade_source_has_assembly(text[BACK_TRANSLATED], size[BACK_TRANSLATED], headers))
        return grade_symbols_allowed(text[BACK_SYMBOLS], size[BACK_SYMBOLS], why);
    file_refuse(why, STATUS_VALUE, "it has assembly of the host");
    return false;
}

/* Holds what came back against the rules. *why is the student's to read. */
static grade_built inspect(const grade_place *p, const compile_job *job, const int *back,
                           file_error *why, file_error *error)
{
    const bool cuda = *p->cusim_cc;
    lesson_path kernels, lessons;
    /* A C file finds what is beside it by a relative name. */
    const char *const headers[] = { "/usr/", "<", kernels, lessons, job->expected,
                                    cuda ? job->include : "kernels/", cuda ? NULL : "lessons/",
                                    NULL };
    char *text[BACKS] = { NULL };
    size_t size[BACKS] = { 0 };
    grade_built built = GRADE_NOT_BUILT;
    bool read = true;

    path_join(kernels, job->seen, "kernels/", NULL);
    path_join(lessons, job->seen, "lessons/", NULL);
    for (int i = BACK_TEXT; i < BACKS; i++)
        read = read && back_read(back[i], &text[i], &size[i]);
    if (!read)
        file_refuse(error, STATUS_MEMORY, "what the compiler made cannot be read");
    else
        built = is_allowed(cuda, text, size, headers, why) ? GRADE_BUILT : GRADE_UNWATCHED;
    for (int i = 0; i < BACKS; i++)
        free(text[i]);
    return built;
}

/* What the student is told. GRADE_NOT_BUILT without memory for it. */
static grade_built refusal(const grade_place *p, const file_error *why, char **message,
                           file_error *error)
{
    if (asprintf(message, "%s, %s", why->text,
                 *p->cusim_cc ? "which may not be graded"
                              : "and so what it reads and writes cannot be watched") >= 0)
        return GRADE_UNWATCHED;
    *message = NULL;
    file_refuse(error, STATUS_MEMORY, "no memory for a message");
    return GRADE_NOT_BUILT;
}

/* ---- One run of the compiler ---- */

typedef struct {
    jail_end end;
    bool late;
    char *said;                 /* or NULL */
} compile_end;

static bool run_compiler(const grade_place *p, compile_job *job, const int *back, int back_count,
                         double seconds, compile_end *end, file_error *error)
{
    file_error left;

    *end = (compile_end){ .late = true };
    path_join(job->scratch, p->folder, "scratch", NULL);
    folder_remove(job->scratch);
    if (!make_folder(job->scratch, 0700, error))
        return false;
    jail *const j = jail_start(p->tier, &job->jail, (char *const *)job->options.argv, back,
                               back_count, error);
    if (!j)
        return false;
    end->late = !jail_wait(j, seconds, &end->end);
    end->said = jail_output(j, NULL);
    if (!jail_stop(j, &left)) {                 /* it has no way to the object, nor to a score */
        *error = left;
        free(end->said);
        end->said = NULL;
        return false;
    }
    if (!end->said)
        file_refuse(error, STATUS_MEMORY, "no memory for the compiler's messages");
    return end->said != NULL;
}

/* What the student is told when there is no object. NULL: no memory. */
static char *failure_words(const compile_end *end, double seconds, const char *shown)
{
    char *words = NULL;
    int length = 0;

    if (end->late)
        length = asprintf(&words, "  The compiler was stopped after %.0f s.\n", seconds);
    else if (end->end.memory || end->end.signal)
        length = asprintf(&words, "%s  The compiler was stopped: it ran out of memory or time.\n",
                          shown);
    else
        length = asprintf(&words, "%s", *shown ? shown : end->said);
    return length < 0 ? NULL : words;
}

/* The lines beside the object, for messages that name the file as the student does. */
static bool keep_lines(const compile_job *job, const int *back, const char *object,
                       file_error *error)
{
    const size_t length = strlen(job->in);
    lesson_path path;
    char *text;
    size_t size;

    if (!back_read(back[BACK_LINES], &text, &size))
        return file_refuse(error, STATUS_MEMORY, "no memory for the object's lines") == STATUS_OK;
    char *to = text;
    for (const char *at = text; *at;)
        if (strncmp(at, job->in, length) == 0)
            at += length;
        else
            *to++ = *at++;
    snprintf(path, sizeof path, "%.4000s.lines", object);
    const bool written = write_file(path, text, (size_t)(to - text), error);
    free(text);
    return written;
}

static grade_built keep_object(const grade_place *p, const compile_job *job, const int *back,
                               build_flavour flavour, lesson_path object, char **message,
                               file_error *error)
{
    char *bytes, name[32];
    size_t size;
    file_error why = { "" };

    if (is_watched(p, flavour)) {
        const grade_built built = inspect(p, job, back, &why, error);
        if (built == GRADE_UNWATCHED) {
            free(*message);
            return refusal(p, &why, message, error);
        }
        if (built != GRADE_BUILT)
            return built;
    }
    if (!back_read(back[BACK_OBJECT], &bytes, &size)) {
        file_refuse(error, STATUS_MEMORY, "the object cannot be read");
        return GRADE_NOT_BUILT;
    }
    snprintf(name, sizeof name, "student-%d.so", (int)flavour);
    path_join(object, p->folder, name, NULL);
    const bool written = write_file(object, bytes, size + HEADER_ZEROS, error) &&
                         (!*p->cusim_cc || keep_lines(job, back, object, error));
    free(bytes);
    return written ? GRADE_BUILT : GRADE_NOT_BUILT;
}

/* One run with its descriptors; *end is what the compiler said. */
static grade_built compile_once(const grade_place *p, compile_job *job, build_flavour flavour,
                                bool errors_only, double seconds, lesson_path object,
                                char **message, compile_end *end, file_error *error)
{
    const int back_count = is_watched(p, flavour) ? BACKS : 1;
    int back[BACKS] = { -1, -1, -1, -1, -1, -1, -1 };
    grade_built built = GRADE_NOT_BUILT;
    bool opened = true;

    *job = (compile_job){ .source = "" };
    path_join(job->scratch, p->folder, "scratch", NULL);
    set_jail(job, p);
    set_command(job, p, flavour, errors_only);
    for (int i = 0; i < back_count; i++)
        opened = (back[i] = back_open("made")) >= 0 && opened;
    if (!opened)
        refuse(error, "memory for the object");
    else if (job->unseen)
        file_refuse(error, STATUS_IO, "the compiler's files: %s", strerror(job->unseen));
    if (opened && !job->unseen && run_compiler(p, job, back, back_count, seconds, end, error)) {
        const bool good = !end->late && end->end.code == 0;
        char *const shown = build_messages(end->said, job->in, p->exercise->file, !good);
        *message = shown && !good ? failure_words(end, seconds, shown) : shown;
        if (*message != shown)
            free(shown);
        if (!*message)
            file_refuse(error, STATUS_MEMORY, "no memory for the compiler's messages");
        else
            built = good ? keep_object(p, job, back, flavour, object, message, error)
                         : GRADE_REFUSED;
    }
    for (int i = 0; i < BACKS; i++)
        if (back[i] >= 0)
            close(back[i]);
    return built;
}

grade_built grade_build(const grade_place *p, build_flavour flavour, double seconds,
                        lesson_path object, char **message, file_error *error)
{
    const double most = seconds < compile_seconds ? seconds : compile_seconds;
    compile_job *const job = malloc(sizeof *job);
    compile_end end = { .late = true };
    lesson_path source;
    uint8_t *bytes = NULL;
    size_t size;
    file_error why;

    *message = NULL;
    object[0] = '\0';
    if (!job)
        return file_refuse(error, STATUS_MEMORY, "no memory to compile"), GRADE_NOT_BUILT;
    path_join(source, p->in, p->exercise->file, NULL);
    grade_built built = GRADE_NOT_BUILT;
    if (file_read_whole(source, SUBMISSION_FILE_BYTES, &bytes, &size, error) == STATUS_OK) {
        if (is_watched(p, flavour) && !grade_source_honest((const char *)bytes, size, &why)) {
            built = refusal(p, &why, message, error);
        } else {
            built = compile_once(p, job, flavour, false, most, object, message, &end, error);
        }
        if (built == GRADE_REFUSED && !*p->cusim_cc && !end.late && !end.end.signal &&
            !end.end.memory) {                  /* again, for the first error alone */
            free(end.said);
            end.said = NULL;
            free(*message);
            *message = NULL;
            built = compile_once(p, job, flavour, true, most, object, message, &end, error);
        }
    }
    if (built == GRADE_NOT_BUILT) {
        free(*message);
        *message = NULL;
    }
    free(end.said);
    free(bytes);
    free(job);
    return built;
}
