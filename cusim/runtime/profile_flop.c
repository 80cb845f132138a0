/* profile_flop.c: how many floating-point operations each basic block does, from the machine code.
 *
 * The program is disassembled once, at exit, by objdump (which comes with the compiler). A basic
 * block goes from the call of __sanitizer_cov_trace_pc at its start to the next such call, or to
 * the end of the function. Its add, subtract, multiply, divide and square root instructions count
 * one operation per element, fused multiply-add two; calls of the C library's functions (expf, ...)
 * count as special functions. Reads the assembly of x86-64 and of 64-bit Arm. */
#define _GNU_SOURCE             /* dl_iterate_phdr */

#include "cusim/runtime/profile.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- One instruction ---- */

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Elements of an x86 instruction: by the type at the mnemonic's end, and by the register. */
static unsigned x86_elements(const char *end, const char *operands)
{
    const unsigned per_16_bytes = end[1] == 'd' ? 2 : 4;

    if (end[0] == 's')
        return 1;
    return strstr(operands, "%zmm") ? 4 * per_16_bytes
         : strstr(operands, "%ymm") ? 2 * per_16_bytes : per_16_bytes;
}

static unsigned x86_flop(const char *mnemonic, size_t length, const char *operands)
{
    static const char *const single[] = { "add", "sub", "mul", "div", "sqrt" };

    if (length < 5 || !strchr("sp", mnemonic[length - 2]) || !strchr("sd", mnemonic[length - 1]))
        return 0;
    const char *end = mnemonic + length - 2;
    if (starts_with(mnemonic, "vfm") || starts_with(mnemonic, "vfnm"))
        return 2 * x86_elements(end, operands);
    if (mnemonic[0] == 'v')
        mnemonic++;
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if ((size_t)(end - mnemonic) == strlen(single[i]) && starts_with(mnemonic, single[i]))
            return x86_elements(end, operands);
    return 0;
}

/* Elements of an Arm instruction: "s0", "d1" are one, "v0.4s" says how many. */
static unsigned arm_elements(const char *operands)
{
    const char *dot = operands[0] == 'v' ? strchr(operands, '.') : NULL;

    return dot ? (unsigned)atoi(dot + 1) : 1;
}

static unsigned arm_flop(const char *mnemonic, size_t length, const char *operands)
{
    static const char *const single[] = { "fadd", "fsub", "fmul", "fnmul", "fdiv", "fsqrt" };
    static const char *const fused[] = { "fmadd", "fmsub", "fnmadd", "fnmsub", "fmla", "fmls" };

    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (length == strlen(single[i]) && starts_with(mnemonic, single[i]))
            return arm_elements(operands);
    for (size_t i = 0; i < sizeof fused / sizeof *fused; i++)
        if (length == strlen(fused[i]) && starts_with(mnemonic, fused[i]))
            return 2 * arm_elements(operands);
    return 0;
}

static bool is_conditional_jump(const char *mnemonic)
{
    return (mnemonic[0] == 'j' && !starts_with(mnemonic, "jmp")) || starts_with(mnemonic, "b.") ||
           starts_with(mnemonic, "cbz") || starts_with(mnemonic, "cbnz") ||
           starts_with(mnemonic, "tbz") || starts_with(mnemonic, "tbnz");
}

/* A call of the C library: exp, expf, ... and fma; or that by which half's fma is computed. Some
 * have the runtime's name (device_heap.h). */
static void read_call(profile_instruction *in, const char *name)
{
    static const char *const special[] = {
        "exp", "exp2", "exp10", "expm1", "log", "log2", "log10", "log1p", "pow", "sin", "cos",
        "sincos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh",
        "acosh", "atanh", "cbrt", "hypot", "erf", "erfc", "tgamma", "lgamma", "fmod", "remainder",
        "j0", "j1", "y0", "y1"
    };
    static const char own[] = "cusim_";
    name += starts_with(name, own) ? strlen(own) : 0;
    size_t length = strcspn(name, "@>+");

    if (length > 1 && name[length - 1] == 'f' && strncmp(name, "erf", length) != 0)
        length--;
    if ((length == 3 && starts_with(name, "fma")) || strstr(name, "sticky_multiply_add"))
        in->flop = 2;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (length == strlen(special[i]) && starts_with(name, special[i]))
            in->special = 1;
}

profile_instruction profile_read_instruction(const char *text)
{
    profile_instruction in = { 0 };
    const size_t length = strcspn(text, " \t\n");
    const char *operands = text + length + strspn(text + length, " \t");

    in.is_branch = is_conditional_jump(text);
    if (starts_with(text, "call") || starts_with(text, "jmp") || starts_with(text, "bl ") ||
        starts_with(text, "bl\t") || starts_with(text, "b ") || starts_with(text, "b\t")) {
        const char *name = strchr(operands, '<');
        if (name && starts_with(name + 1, "__sanitizer_cov_trace_pc"))
            in.ends_block = true;
        else if (name)
            read_call(&in, name + 1);
        return in;
    }
    in.flop = text[0] == 'f' ? arm_flop(text, length, operands) : x86_flop(text, length, operands);
    return in;
}

/* ---- The program ---- */

typedef struct {
    profile_block **blocks;             /* of all kernels, by address */
    size_t count;
    /* The object file (program or shared library) that is being read: */
    uintptr_t low, high, bias;          /* its addresses in memory, less those in the file */
    char path[4096];
} code;

static int by_pc(const void *a, const void *b)
{
    const profile_block *const *x = a, *const *y = b;

    return ((*x)->pc > (*y)->pc) - ((*x)->pc < (*y)->pc);
}

static bool collect(code *c, profile_kernel *kernels)
{
    for (profile_kernel *k = kernels; k; k = k->next)
        c->count += k->block_map.used;
    c->blocks = malloc((c->count + 1) * sizeof *c->blocks);
    if (!c->blocks)
        return false;

    size_t at = 0;
    for (profile_kernel *k = kernels; k; k = k->next)
        for (size_t i = 0; i < k->block_map.used; i++)
            c->blocks[at++] = &k->basic_blocks[i];
    qsort(c->blocks, c->count, sizeof *c->blocks, by_pc);
    return true;
}

/* Finds the object file that c->low lies in. */
static int find_object(struct dl_phdr_info *info, size_t size, void *argument)
{
    code *c = argument;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type != PT_LOAD || c->low < start ||
            c->low >= start + info->dlpi_phdr[i].p_memsz)
            continue;
        c->high = start + info->dlpi_phdr[i].p_memsz;
        c->bias = info->dlpi_addr;
        if (info->dlpi_name[0])
            snprintf(c->path, sizeof c->path, "%s", info->dlpi_name);
        else {
            const ssize_t n = readlink("/proc/self/exe", c->path, sizeof c->path - 1);
            c->path[n > 0 ? n : 0] = '\0';
        }
        return 1;
    }
    return 0;
}

/* Runs objdump on the part of c's object file from c->low to the last block in it. */
static FILE *start_objdump(const code *c, uintptr_t last, pid_t *child)
{
    enum { FUNCTION_BYTES = 1 << 16 };      /* beyond the last block: the rest of its function */
    char start[64], stop[64];
    int ends[2];

    snprintf(start, sizeof start, "--start-address=%#zx", (size_t)(c->low - c->bias));
    snprintf(stop, sizeof stop, "--stop-address=%#zx", (size_t)(last - c->bias + FUNCTION_BYTES));
    if (pipe(ends) != 0)
        return NULL;
    *child = fork();
    if (*child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (!freopen("/dev/null", "w", stderr))
            _exit(127);
        execlp("objdump", "objdump", "-d", "--no-show-raw-insn", start, stop, c->path, NULL);
        _exit(127);
    }
    close(ends[1]);
    if (*child > 0)
        return fdopen(ends[0], "r");
    close(ends[0]);
    return NULL;
}

/* Adds one instruction to all blocks (of several kernels) that start at the same place. */
static void add_instruction(code *c, size_t first, const profile_instruction *in, uintptr_t pc)
{
    const uintptr_t start = c->blocks[first]->pc;

    for (size_t i = first; i < c->count && c->blocks[i]->pc == start; i++) {
        c->blocks[i]->flop += in->flop;
        c->blocks[i]->special += in->special;
        if (in->is_branch && !c->blocks[i]->branch_pc)
            c->blocks[i]->branch_pc = pc;
    }
}

/* Reads lines such as "    11a9:\tmulss  %xmm1,%xmm0" and, between functions, "... <name>:". */
static void read_disassembly(code *c, FILE *from, size_t first)
{
    char line[1024];
    size_t next = first, current = SIZE_MAX;

    while (fgets(line, sizeof line, from)) {
        char *end;
        const uintptr_t pc = (uintptr_t)strtoull(line, &end, 16) + c->bias;
        if (line[0] != ' ' || *end != ':' || end[1] != '\t') {
            current = SIZE_MAX;
            continue;
        }
        while (next < c->count && c->blocks[next]->pc < pc)
            next++;
        if (next < c->count && c->blocks[next]->pc == pc)
            current = next;
        const profile_instruction in = profile_read_instruction(end + 2);
        if (in.ends_block)
            current = SIZE_MAX;
        else if (current != SIZE_MAX)
            add_instruction(c, current, &in, pc);
    }
}

bool profile_disassemble(profile_kernel *kernels)
{
    code c = { 0 };
    bool good = collect(&c, kernels);

    for (size_t first = 0, end; good && first < c.count; first = end) {
        c.low = c.blocks[first]->pc;
        good = dl_iterate_phdr(find_object, &c) != 0;
        for (end = first + 1; end < c.count && c.blocks[end]->pc < c.high;)
            end++;
        pid_t child = -1;
        FILE *from = good ? start_objdump(&c, c.blocks[end - 1]->pc, &child) : NULL;
        int status = -1;
        if (from) {
            read_disassembly(&c, from, first);
            fclose(from);
        }
        if (child > 0)
            waitpid(child, &status, 0);
        good = status == 0;
    }
    free(c.blocks);
    return good;
}
