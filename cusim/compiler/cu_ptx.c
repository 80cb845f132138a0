/* cu_ptx.c: reads the text of an assembly statement: scopes, registers, instructions, operands. */
#include "cusim/compiler/cu_ptx.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *at;
    int operands;
    cu_text *out;
    char **registers;           /* declared with .reg */
    int register_count, register_room;
    int depth;                  /* of { } */
    char *problem;
} reader;

static bool fail(reader *r, char *problem)
{
    if (r->problem)
        free(problem);
    else
        r->problem = problem;
    return false;
}

/* ---- White space, names ---- */

static void skip_space(reader *r)
{
    for (;;) {
        if (isspace((unsigned char)*r->at)) {
            r->at++;
        } else if (r->at[0] == '/' && r->at[1] == '/') {
            r->at += strcspn(r->at, "\n");
        } else if (r->at[0] == '/' && r->at[1] == '*') {
            const char *const end = strstr(r->at + 2, "*/");
            r->at = end ? end + 2 : r->at + strlen(r->at);
        } else {
            return;
        }
    }
}

static bool take(reader *r, char c)
{
    skip_space(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* The C++ variable of a register: what is no letter, digit or _ becomes _. */
static char *variable_of(const char *name, size_t length)
{
    char *const variable = cu_format("cusim_r_%.*s", (int)length, name);

    for (char *c = variable; *c; c++)
        *c = is_name_char(*c) && *c != '$' ? *c : '_';
    return variable;
}

static bool is_register(const reader *r, const char *variable)
{
    for (int i = 0; i < r->register_count; i++) {
        if (strcmp(r->registers[i], variable) == 0)
            return true;
    }
    return false;
}

/* ---- Operands ---- */

/* %tid.x and the like, without the %. */
static char *special_register(const char *name, size_t length)
{
    static const char *const known[] = {
        "tid.x", "tid.y", "tid.z", "ntid.x", "ntid.y", "ntid.z", "ctaid.x", "ctaid.y", "ctaid.z",
        "nctaid.x", "nctaid.y", "nctaid.z", "laneid", "warpid", "nwarpid", "smid", "nsmid",
        "gridid", "clock", "clock_hi", "clock64", "globaltimer", "globaltimer_lo", "lanemask_eq",
        "lanemask_lt", "lanemask_le", "lanemask_gt", "lanemask_ge", "dynamic_smem_size",
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i]) == length && memcmp(name, known[i], length) == 0) {
            char *const call = cu_format("::cusim::ptx::%s()", known[i]);
            for (char *c = call; *c; c++)
                *c = *c == '.' ? '_' : *c;
            return call;
        }
    }
    return NULL;
}

static char *take_percent(reader *r)
{
    r->at += 1 + (r->at[1] == '%');
    const char *const name = r->at;
    if (isdigit((unsigned char)*name)) {
        const long number = strtol(name, (char **)&r->at, 10);
        if (number < r->operands)
            return cu_format("cusim_%ld", number);
        fail(r, cu_format("inline PTX has no operand %%%ld", number));
        return NULL;
    }
    while (is_name_char(*r->at) || (*r->at == '.' && is_name_char(r->at[1])))
        r->at++;
    const size_t length = (size_t)(r->at - name);
    char *const special = special_register(name, length);
    if (special)
        return special;
    char *const variable = variable_of(name, length);
    if (is_register(r, variable))
        return variable;
    free(variable);
    fail(r, cu_format("cusim does not cover the PTX register '%%%.*s'", (int)length, name));
    return NULL;
}

static char *take_number(reader *r)
{
    const char *const text = r->at;
    char *end;

    if (text[0] == '0' && (text[1] == 'f' || text[1] == 'F' || text[1] == 'd' || text[1] == 'D')) {
        const bool single = text[1] == 'f' || text[1] == 'F';
        const unsigned long long bits = strtoull(text + 2, &end, 16);
        r->at = end;
        return single ? cu_format("::cusim::ptx::bits<float>(uint32_t(0x%llx))", bits)
                      : cu_format("::cusim::ptx::bits<double>(uint64_t(0x%llxull))", bits);
    }
    while (isalnum((unsigned char)*r->at) || *r->at == '.')
        r->at++;
    return cu_copy(text, (size_t)(r->at - text));
}

/* A register, a number, a predicate: as an expression. NULL after a failure. */
static char *take_value(reader *r)
{
    skip_space(r);
    if (*r->at == '!' || *r->at == '-') {
        const char sign = *r->at++;
        char *const value = take_value(r);
        char *const text = value ? cu_format("%c%s", sign, value) : NULL;
        free(value);
        return text;
    }
    if (*r->at == '%')
        return take_percent(r);
    if (isdigit((unsigned char)*r->at))
        return take_number(r);
    const char *const name = r->at;
    while (is_name_char(*r->at))
        r->at++;
    const size_t length = (size_t)(r->at - name);
    if (length == 1 && *name == '_')
        return cu_copy("::cusim::ptx::nowhere", 21);
    if (length == 7 && memcmp(name, "WARP_SZ", 7) == 0)
        return cu_copy("32", 2);
    char *const variable = variable_of(name, length);
    if (length > 0 && is_register(r, variable))
        return variable;
    free(variable);
    fail(r, cu_format("inline PTX: '%.*s' is no register, operand or number",
                      length > 0 ? (int)length : 8, name));
    return NULL;
}

static bool take_address(reader *r, cu_ptx_operand *o)
{
    o->kind = CU_PTX_ADDRESS;
    o->text = take_value(r);
    skip_space(r);
    if (o->text && (*r->at == '+' || *r->at == '-')) {
        const bool minus = *r->at++ == '-';
        char *const offset = take_value(r);
        o->offset = offset ? cu_format("%s(%s)", minus ? "-" : "", offset) : NULL;
        free(offset);
    } else if (o->text) {
        o->offset = cu_copy("0", 1);
    }
    return o->text && o->offset && (take(r, ']') || fail(r, cu_format("inline PTX lacks a ]")));
}

static bool take_list(reader *r, cu_ptx_operand *o)
{
    o->kind = CU_PTX_LIST;
    do {
        char *const value = o->count < CU_PTX_VECTOR ? take_value(r) : NULL;
        if (!value)
            return fail(r, cu_format("inline PTX: the list in { } is too long"));
        o->at[o->count++] = value;
    } while (take(r, ','));
    return take(r, '}') || fail(r, cu_format("inline PTX lacks a }"));
}

static bool take_operand(reader *r, cu_ptx_operand *o)
{
    if (take(r, '['))
        return take_address(r, o);
    if (take(r, '{'))
        return take_list(r, o);
    o->text = take_value(r);
    if (!o->text || !take(r, '|'))
        return o->text != NULL;
    o->kind = CU_PTX_PAIR;
    o->at[0] = o->text;
    o->text = NULL;
    o->at[1] = take_value(r);
    o->count = 2;
    return o->at[1] != NULL;
}

/* ---- Instructions ---- */

static void free_instruction(cu_ptx_instruction *i)
{
    for (int p = 0; p < i->part_count; p++)
        free(i->parts[p]);
    for (int o = 0; o < i->operand_count; o++) {
        free(i->operands[o].text);
        free(i->operands[o].offset);
        for (int v = 0; v < i->operands[o].count; v++)
            free(i->operands[o].at[v]);
    }
}

/* "cp.async.cg.shared::cta.global": its parts, each without what stands behind ::. */
static bool split_name(reader *r, const char *name, size_t length, cu_ptx_instruction *i)
{
    const char *const end = name + length;

    for (const char *part = name; part < end;) {
        const char *stop = part;
        while (stop < end && *stop != '.')
            stop++;
        size_t count = (size_t)(stop - part);
        const char *const colon = memchr(part, ':', count);
        if (colon && count > 6 && memcmp(part, "shared", 6) == 0)
            count = (size_t)(colon - part);
        if (i->part_count == CU_PTX_PARTS)
            return fail(r, cu_format("cusim does not cover the PTX instruction '%.*s'", (int)length,
                                     name));
        i->parts[i->part_count++] = cu_copy(part, count);
        part = stop + (stop < end);
    }
    return true;
}

static bool take_operands(reader *r, cu_ptx_instruction *i)
{
    skip_space(r);
    if (*r->at == ';' || *r->at == '\0' || *r->at == '}')
        return true;
    do {
        if (i->operand_count == CU_PTX_OPERANDS)
            return fail(r, cu_format("cusim does not cover the PTX instruction '%s' with so many "
                                     "operands", i->name));
        if (!take_operand(r, &i->operands[i->operand_count++]))
            return false;
    } while (take(r, ','));
    return true;
}

static bool take_guard(reader *r)
{
    if (!take(r, '@'))
        return true;
    char *const predicate = take_value(r);
    if (predicate)
        cu_print(r->out, " if (%s)", predicate);
    free(predicate);
    return predicate != NULL;
}

static bool take_instruction(reader *r)
{
    cu_ptx_instruction i = { 0 };

    if (!take_guard(r))
        return false;
    skip_space(r);
    const char *const name = r->at;
    while (is_name_char(*r->at) || *r->at == '.' || (r->at[0] == ':' && r->at[1] == ':') ||
           (r->at > name && r->at[0] == ':' && r->at[-1] == ':'))
        r->at++;
    const size_t length = (size_t)(r->at - name);
    if (length == 0)
        return fail(r, cu_format("inline PTX: an instruction is expected at '%.12s'", name));
    if (take(r, ':'))
        return fail(r, cu_format("cusim does not cover labels in inline PTX ('%.*s:')", (int)length,
                                 name));
    char *const whole = cu_copy(name, length);
    i.name = whole;
    bool fine = split_name(r, name, length, &i) && take_operands(r, &i);
    if (fine) {
        skip_space(r);
        if (*r->at != ';' && *r->at != '\0' && *r->at != '}')
            fine = fail(r, cu_format("inline PTX lacks a ; after '%s'", whole));
        else if (!cu_ptx_write(&i, r->out))
            fine = fail(r, cu_format("cusim does not cover the PTX instruction '%s'", whole));
    }
    free_instruction(&i);
    free(whole);
    return fine;
}

/* ---- Registers, scopes ---- */

static void declare(reader *r, const char *type, char *variable)
{
    if (r->register_count == r->register_room)
        r->registers = cu_grow(r->registers, &r->register_room, sizeof *r->registers);
    r->registers[r->register_count++] = variable;
    cu_print(r->out, " %s %s = {};", type, variable);
}

/* After ".reg": .type names, of which name<4> stands for name0 ... name3. */
static bool take_registers(reader *r)
{
    skip_space(r);
    const char *const start = r->at + (*r->at == '.');
    r->at = start;
    while (is_name_char(*r->at))
        r->at++;
    char *const type = cu_copy(start, (size_t)(r->at - start));
    const char *const known = cu_ptx_type(type);
    bool fine = known != NULL ||
                fail(r, cu_format("cusim does not cover PTX registers of type '.%s'", type));
    free(type);
    do {
        skip_space(r);
        const char *const name = r->at += *r->at == '%';
        while (is_name_char(*r->at))
            r->at++;
        const size_t length = (size_t)(r->at - name);
        if (!fine || length == 0)
            return fine && fail(r, cu_format("inline PTX: a register's name is expected"));
        if (!take(r, '<')) {
            declare(r, known, variable_of(name, length));
            continue;
        }
        const long count = strtol(r->at, (char **)&r->at, 10);
        for (long n = 0; n < count && n < 256; n++) {
            char *const one = cu_format("%.*s%ld", (int)length, name, n);
            declare(r, known, variable_of(one, strlen(one)));
            free(one);
        }
        fine = take(r, '>');
    } while (take(r, ','));
    return fine;
}

static bool take_statement(reader *r)
{
    if (take(r, '{')) {
        r->depth++;
        cu_print(r->out, " {");
        return true;
    }
    if (take(r, '}')) {
        if (--r->depth < 0)
            return fail(r, cu_format("inline PTX: a } without its {"));
        cu_print(r->out, " }");
        return true;
    }
    if (take(r, ';'))
        return true;
    if (strncmp(r->at, ".reg", 4) == 0 && !is_name_char(r->at[4])) {
        r->at += 4;
        return take_registers(r);
    }
    if (*r->at == '.')
        return fail(r, cu_format("cusim does not cover the PTX directive '%.*s'",
                                 (int)strcspn(r->at, " \t\n;"), r->at));
    return take_instruction(r);
}

bool cu_ptx(const char *text, int operands, cu_text *out, char **problem)
{
    reader r = { .at = text, .operands = operands, .out = out };
    bool fine = true;

    for (skip_space(&r); fine && *r.at; skip_space(&r))
        fine = take_statement(&r);
    if (fine && r.depth != 0)
        fine = fail(&r, cu_format("inline PTX: a { without its }"));
    for (int i = 0; i < r.register_count; i++)
        free(r.registers[i]);
    free(r.registers);
    *problem = r.problem;
    return fine;
}
