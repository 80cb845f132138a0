/* grade_source.c: words of a student's file, and symbols of its object, held against lists. */
#define _GNU_SOURCE             /* memmem */
#include "grade/grade_source.h"

#include <ctype.h>
#include <string.h>

/* A word of a list that ends with '*' stands for all that begin like it. */
static bool in_list(const char *word, size_t length, const char *const *list)
{
    for (; *list; list++) {
        const size_t size = strlen(*list);
        const bool prefix = (*list)[size - 1] == '*';
        if (prefix ? length >= size - 1 && memcmp(word, *list, size - 1) == 0
                   : length == size && memcmp(word, *list, size) == 0)
            return true;
    }
    return false;
}

/* ---- Words ---- */

/* The first turn off what watches, or call it; constructors run before anything is watched; what is
 * only a compiler's to call can be made to call anything. */
static const char *const forbidden_in_cuda[] = {
    "no_sanitize*", "__no_sanitize*", "no_instrument_function", "__no_instrument_function__",
    "__builtin_ia32_*", "__tsan_*", "__sanitizer_*", "__asan_*", "cusim*", "__cusim*",
    "constructor", "__constructor__", "destructor", "__destructor__", "init_priority",
    "__init_priority__", "ifunc", "__ifunc__", "cudaProfilerStart", "cudaProfilerStop", "_Z*",
    "_Unwind_*", "__gxx_*", "__builtin_setjmp", "__builtin_longjmp", "__builtin_eh_return",
    "__cxa_*", NULL
};

/* In C. Beside what turns the sanitizers off or calls them under any name: memory in other address
 * spaces is not watched, nor are bytes that a section makes code; and what leaves a function
 * without returning from it makes AddressSanitizer forget its whole stack; GOMP_parallel() and the
 * like call whatever they are told to. */
static const char *const forbidden_in_c[] = {
    "no_sanitize*", "__no_sanitize*", "no_address_safety_analysis",
    "__no_address_safety_analysis__", "__asan*", "__ubsan*", "__lsan*", "__tsan*", "__sanitizer*",
    "__builtin___asan*", "__builtin___ubsan*", "__builtin___tsan*", "__builtin___sanitizer*",
    "weakref", "__weakref__", "redefine_extname", "__seg_fs", "__seg_gs", "section", "__section__",
    "noreturn", "__noreturn__", "_Noreturn", "__builtin_setjmp", "__builtin_longjmp",
    "__builtin_eh_return", "GOMP_*", NULL
};

static const char *const assembly[] = { "asm", "__asm", "__asm__", NULL };

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

/* R"(, u8R"(, ...: such a string may hold lines that look like the preprocessor's. A string's end
 * before which an R stands looks much the same, but for what stands before the word. */
static bool begins_raw_string(const char *line, size_t start, size_t end, size_t length)
{
    static const char *const raw[] = { "R", "LR", "uR", "UR", "u8R", NULL };

    return end < length && line[end] == '"' && in_list(line + start, end - start, raw) &&
           (start == 0 || line[start - 1] != '"');
}

/* OpenMP's `section`, or a variable of that name: in an attribute a parenthesis follows, if need be
 * on a later line. */
static bool is_harmless(const char *line, size_t start, size_t end, size_t length)
{
    if (end - start != strlen("section") || memcmp(line + start, "section", end - start) != 0)
        return false;
    while (end < length && is_blank(line[end]))
        end++;
    return end < length ? line[end] != '(' : line[0] == '#';
}

/* The first word of the line that is in the list, also within strings and pragmas; NULL: none. */
static const char *find_word(const char *line, size_t length, const char *const *list,
                             size_t *word_length)
{
    for (size_t i = 0; i < length;) {
        const size_t start = i;
        while (i < length && is_word(line[i]))
            i++;
        if (i > start && ((in_list(line + start, i - start, list) &&
                           !is_harmless(line, start, i, length)) ||
                          begins_raw_string(line, start, i, length))) {
            *word_length = i - start + (i < length && line[i] == '"');
            return line + start;
        }
        i += i == start;
    }
    return NULL;
}

static const char *line_end(const char *line, const char *end)
{
    const char *const newline = memchr(line, '\n', (size_t)(end - line));
    return newline ? newline : end;
}

/* Of `# 12 "name" 1 3`: whether the name is a header's. */
static bool is_header(const char *line, size_t length, const char *const *headers)
{
    const char *const quote = memchr(line, '"', length);

    if (!quote || memmem(line, length, "/../", 4))
        return false;
    const size_t left = (size_t)(line + length - quote) - 1;
    for (; *headers; headers++)
        if (left >= strlen(*headers) && memcmp(quote + 1, *headers, strlen(*headers)) == 0)
            return true;
    return false;
}

/* The first such word in lines that are the student's own. */
static const char *find_own(const char *text, size_t size, const char *const *headers,
                            const char *const *list, size_t *word_length)
{
    const char *const end = text + size;
    bool own = true;

    for (const char *line = text; line < end; line = line_end(line, end) + 1) {
        const size_t length = (size_t)(line_end(line, end) - line);
        const bool marker = length > 2 && line[0] == '#' && line[1] == ' ';
        const char *const found =
            marker || !own ? NULL : find_word(line, length, list, word_length);
        if (found)
            return found;
        if (marker)
            own = !is_header(line, length, headers);
    }
    return NULL;
}

static bool has_none(const char *text, size_t size, const char *const *headers,
                     const char *const *list, file_error *why)
{
    size_t length;
    const char *const found = find_own(text, size, headers, list, &length);

    if (!found)
        return true;
    file_refuse(why, STATUS_VALUE, "it uses '%.*s'", length < 60 ? (int)length : 60, found);
    return false;
}

bool grade_source_allowed(const char *text, size_t size, const char *const *headers,
                          file_error *why)
{
    return has_none(text, size, headers, forbidden_in_cuda, why);
}

bool grade_source_watched(const char *text, size_t size, const char *const *headers,
                          file_error *why)
{
    if (!has_none(text, size, headers, forbidden_in_c, why))
        return false;
    if (!grade_source_has_assembly(text, size, headers))
        return true;
    file_refuse(why, STATUS_VALUE, "it has inline assembly");
    return false;
}

bool grade_source_has_assembly(const char *text, size_t size, const char *const *headers)
{
    size_t length;

    return find_own(text, size, headers, assembly, &length) != NULL;
}

/* ---- Lines ---- */

/* Whether what stands at `at` may be the first thing on its line: after blanks, a comment's end, or
 * a line that goes on. */
static bool may_begin_line(const char *text, const char *at)
{
    while (at > text && is_blank(at[-1]))
        at--;
    return at == text || at[-1] == '\n' || (at - text >= 2 && memcmp(at - 2, "*/", 2) == 0);
}

/* What follows '#' at the start of a line: a number, or something behind which one may hide. */
static bool names_line(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at < end && (isdigit((unsigned char)*at) || *at == '/' || *at == '\\' || *at == '?' ||
                        (end - at > 4 && memcmp(at, "line", 4) == 0 && !is_word(at[4])) ||
                        (end - at > 1 && *at == 'l' && memchr(at, '\\', (size_t)(
                                             end - at < 6 ? end - at : 6))));
}

bool grade_source_honest(const char *text, size_t size, file_error *why)
{
    static const char *const hashes[] = { "#", "%:", "?\?=" };
    const char *const end = text + size;

    for (const char *at = text; at < end; at++)
        for (int i = 0; i < 3; i++) {
            const size_t length = strlen(hashes[i]);
            if ((size_t)(end - at) < length || memcmp(at, hashes[i], length) != 0 ||
                !may_begin_line(text, at) || !names_line(at + length, end))
                continue;
            file_refuse(why, STATUS_VALUE, "it uses '#line' or '# number'");
            return false;
        }
    return true;
}

/* ---- Symbols ---- */

/* What compiled code calls in the simulator, and the CUDA runtime; C++'s own. */
static const char *const wanted_by_cuda[] = {
    "__tsan_*", "__sanitizer_cov_trace_pc", "cusim_*", "cuda*", "curand*", "cublas*",
    "launch_failed", "launch_status",
    "_Zn*", "_Zd*", "_ZT*", "_ZSt*", "_ZNSo*", "__cxa_*", "__gxx_personality_v0", "_Unwind_Resume",
    NULL
};

/* Of those, what lets through more than it should, or calls what it is given a pointer to. */
static const char *const unwanted[] = {
    "cudaProfiler*", "cudaLaunchHostFunc", "cudaStreamAddCallback", "cudaHostRegister",
    "cudaHostUnregister", "cudaGraphAddHostNode", "_ZSt13set_terminate*", "_ZSt15set_new_handler*",
    "_ZNSolsEPF*", NULL
};

/* What AddressSanitizer and its like add to C by themselves; OpenMP, threads, and more of libc, but
 * no function that reads where AddressSanitizer does not look. */
static const char *const wanted_by_c[] = {
    "__asan_init", "__asan_version_mismatch_check_v*", "__asan_register_globals",
    "__asan_unregister_globals", "__asan_report_load*", "__asan_report_store*", "__asan_load*",
    "__asan_store*", "__asan_handle_no_return", "__asan_option_detect_stack_use_after_return",
    "__asan_stack_malloc_*", "__asan_stack_free_*", "__asan_poison_stack_memory",
    "__asan_unpoison_stack_memory", "__asan_alloca_poison", "__asan_allocas_unpoison",
    "__ubsan_handle_*", "__tls_get_addr", "__cpu_model", "__cpu_indicator_init", "__divti3",
    "__modti3", "__udivti3", "__umodti3", "__multi3", "__muloti4", "__mulsc3", "__muldc3",
    "__divsc3", "__divdc3", "__powisf2", "__powidf2", "__truncdfhf2", "__truncsfhf2",
    "__extendhfsf2", "__popcountdi2", "__errno_location", "GOMP_*", "omp_*", "pthread_*", "sem_*",
    "sched_yield", "nanosleep", "usleep", "clock", "clock_gettime", "time", "malloc", "calloc",
    "realloc", "free", "aligned_alloc", "memcpy", "memmove", "memset", "strcpy", "strncpy",
    "printf", "fprintf", "fputs", "fputc", "fflush", "snprintf", "qsort", "sincos", "sincosf",
    "frexp", "frexpf", "posix_memalign", "memalign", "memchr", "strchr", "strrchr", "strstr",
    "strcat", "strncat", "strdup", "strtol", "atoi", "sprintf", "vprintf", "vfprintf", "vsnprintf",
    "fwrite", "putc", "div", "ldiv", "random", "srandom", "sqrtl", "expl", "exp2l", "expm1l",
    "logl", "log2l", "log10l", "log1pl", "powl", "sinl", "cosl", "tanl", "tanhl", "fabsl", "floorl",
    "ceill", "roundl", "truncl", "rintl", "fmodl", "fminl", "fmaxl", "fmal", "hypotl", "cbrtl",
    "ldexpl", "frexpl", "copysignl", "lroundl", "llround", "llroundf", "llrint", "llrintf", "logb",
    "logbf", "ilogb", "ilogbf", "fdim", "fdimf", "nextafter", "nextafterf", "modf", "modff",
    "remainder", "remainderf", NULL
};

static const char *const wanted_by_both[] = {
    /* What the linker's start files name. */
    "__stack_chk_fail", "__assert_fail", "_ITM_*", "__gmon_start__", "_GLOBAL_OFFSET_TABLE_",
    "__dso_handle", "__TMC_END__",
    /* grade/worker/worker_thunks.c */
    "__x86_indirect_thunk_*", "__x86_return_thunk",
    /* Memory and text; what writes to memory has another name in CUDA (cusim/device_heap.h). */
    "memcmp", "strlen", "strcmp", "strncmp", "puts", "putchar", "stderr", "stdout", "abort", "exit",
    "rand", "srand", "assert",
    /* Mathematics, of double and float. */
    "sqrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "sin", "cos", "tan",
    "tanh", "sinh", "cosh", "asin", "acos", "atan", "atan2", "erf", "erfc", "tgamma", "lgamma",
    "floor", "ceil", "round", "rint", "nearbyint", "trunc", "fmod", "fabs", "fmin", "fmax", "fma",
    "hypot", "cbrt", "ldexp", "scalbn", "lround", "lrint", "copysign", "sqrtf", "expf", "exp2f",
    "expm1f", "logf", "log2f", "log10f", "log1pf", "powf", "sinf", "cosf", "tanf", "tanhf", "sinhf",
    "coshf", "asinf", "acosf", "atanf", "atan2f", "erff", "erfcf", "tgammaf", "lgammaf", "floorf",
    "ceilf", "roundf", "rintf", "nearbyintf", "truncf", "fmodf", "fabsf", "fminf", "fmaxf", "fmaf",
    "hypotf", "cbrtf", "ldexpf", "scalbnf", "lroundf", "lrintf", "copysignf", NULL
};

/* A line of nm: "   U name@VERSION", "0000 i name"; *type is what stands before the name. */
static const char *symbol_of(const char *line, size_t length, char *type, size_t *name_length)
{
    const char *const end = line + length;
    const char *name = end;

    while (name > line && name[-1] != ' ')
        name--;
    if (name - line < 2)
        return NULL;
    *type = name[-2];
    const char *const version = memchr(name, '@', (size_t)(end - name));
    *name_length = (size_t)((version ? version : end) - name);
    return name;
}

/* The first symbol that the object wants and may not have, or (`resolved`) that a function of its
 * own finds; NULL: none. */
static const char *find_symbol(const char *text, size_t size, const char *const *wanted,
                               bool resolved, size_t *name_length)
{
    const char *const end = text + size;

    for (const char *line = text; line < end;) {
        const size_t length = (size_t)(line_end(line, end) - line);
        char type = ' ';
        const char *const name = symbol_of(line, length, &type, name_length);
        const bool undefined = name && (type == 'U' || type == 'w' || type == 'v');
        line += length + 1;
        if (undefined && ((!in_list(name, *name_length, wanted) &&
                           !in_list(name, *name_length, wanted_by_both)) ||
                          in_list(name, *name_length, unwanted)))
            return name;
        if (name && resolved && type == 'i')
            return name;
    }
    return NULL;
}

static bool refuse_symbol(const char *name, size_t length, file_error *why)
{
    if (!name)
        return true;
    file_refuse(why, STATUS_VALUE, "it uses '%.*s'", length < 60 ? (int)length : 60, name);
    return false;
}

bool grade_symbols_allowed(const char *text, size_t size, file_error *why)
{
    size_t length = 0;
    const char *const name = find_symbol(text, size, wanted_by_cuda, true, &length);

    return refuse_symbol(name, length, why);
}

bool grade_symbols_watched(const char *text, size_t size, file_error *why)
{
    size_t length = 0;
    const char *const name = find_symbol(text, size, wanted_by_c, false, &length);

    return refuse_symbol(name, length, why);
}
