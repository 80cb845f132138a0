/* cu_asm.c: asm("PTX" : outputs : inputs : clobbers) in code of the device.
 *
 * Outputs become references, inputs copies, named cusim_N in the order of the operands; the
 * instructions (cu_ptx.h) work on these, and the outputs are written back:
 *
 *   do { auto &&cusim_o0 = (x); uint32_t cusim_0 = {}; const uint32_t cusim_1 = in(y); ..;
 *        out(cusim_o0, cusim_0); } while (0)
 *
 * Assembly in functions of the host alone is the host's and left to its compiler. */
#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_ptx.h"
#include "cusim/compiler/cu_unit.h"

enum { MOST_OPERANDS = 64 };

typedef struct {
    const char *type;           /* of cusim_N */
    bool output;
} operand;

typedef struct {
    cu_text ptx;
    operand operands[MOST_OPERANDS];
    int count;
} statement;

/* The characters of a string literal, its escapes resolved. */
static void add_string(cu_text *to, const cu_token *t)
{
    const char *const end = t->text + t->length;
    const char *at = memchr(t->text, '"', t->length);
    const bool raw = at && at > t->text && at[-1] == 'R';

    if (!at)
        return;
    if (raw) {
        const char *const open = memchr(at, '(', (size_t)(end - at));
        const ptrdiff_t tag = open ? open - at - 1 : 0;
        if (open && end - open > tag + 2)
            cu_add(to, open + 1, (size_t)(end - open - tag - 3));
        return;
    }
    for (at++; at < end && *at != '"'; at++) {
        char c = *at;
        if (c == '\\' && at + 1 < end) {
            at++;
            c = *at == 'n' ? '\n' : *at == 't' ? '\t' : *at == 'r' ? '\r' : *at;
        }
        cu_add(to, &c, 1);
    }
}

static const char *type_of_constraint(char letter)
{
    switch (letter) {
    case 'h': return "uint16_t";
    case 'r': return "uint32_t";
    case 'l': return "uint64_t";
    case 'f': return "float";
    case 'd': return "double";
    case 'n': return "long long";
    default: return NULL;
    }
}

/* "+r" (expression) at i; the token after it, or -1 after an error. */
static int take_operand(cu_unit *u, statement *s, int i, bool output)
{
    const cu_token *const constraint = u->t + i;
    cu_text letters = { 0 };

    while (u->t[i].kind == CU_STRING)
        add_string(&letters, u->t + i++);
    const int close = cu_is(u->t + i, "(") ? cu_match(u, i) : -1;
    if (letters.length == 0 || close < 0 || s->count == MOST_OPERANDS) {
        cu_error(u, constraint, "cusim does not understand this operand of inline PTX");
        free(letters.text);
        return -1;
    }
    const bool both = strchr(letters.text, '+') != NULL;
    const char *const type = type_of_constraint(letters.text[letters.length - 1]);
    free(letters.text);
    if (!type) {
        cu_error(u, constraint, "cusim does not cover the constraint %.*s of inline PTX",
                 (int)constraint->length, constraint->text);
        return -1;
    }
    const int n = s->count++;
    s->operands[n] = (operand){ type, output };
    cu_emit_place(u, constraint);
    if (output)
        cu_emit(u, " auto &&cusim_o%d = (", n);
    else
        cu_emit(u, " const %s cusim_%d = ::cusim::ptx::in<%s>(", type, n, type);
    cu_walk(u, i + 1, close);
    cu_emit(u, ");");
    if (output && both)
        cu_emit(u, " %s cusim_%d = ::cusim::ptx::in<%s>(cusim_o%d);", type, n, type, n);
    else if (output)
        cu_emit(u, " %s cusim_%d = {};", type, n);
    return close + 1;
}

/* The operands from i on, after the : at i - 1; the token after them. */
static int take_operands(cu_unit *u, statement *s, int i, int close, bool output)
{
    while (i >= 0 && i < close && !cu_is(u->t + i, ":") && !cu_is(u->t + i, "::")) {
        if (cu_is(u->t + i, ","))
            i++;
        else
            i = take_operand(u, s, i, output);
    }
    return i;
}

static bool take_sections(cu_unit *u, statement *s, int open, int close)
{
    int i = open + 1;

    while (u->t[i].kind == CU_STRING)
        add_string(&s->ptx, u->t + i++);
    if (i == open + 1) {
        cu_error(u, u->t + i, "cusim understands inline PTX only as string literals");
        return false;
    }
    if (i == close)
        return true;
    if (cu_is(u->t + i, ":")) {
        i = take_operands(u, s, i + 1, close, true);
        if (i >= 0 && cu_is(u->t + i, ":"))
            i = take_operands(u, s, i + 1, close, false);
        else if (i >= 0 && cu_is(u->t + i, "::"))
            i = close;                          /* no inputs: only clobbers follow */
    } else if (cu_is(u->t + i, "::")) {
        i = take_operands(u, s, i + 1, close, false);
    } else {
        cu_error(u, u->t + i, "cusim does not understand this inline PTX");
        return false;
    }
    return i >= 0;
}

static void write_instructions(cu_unit *u, const statement *s, const cu_token *at)
{
    cu_text code = { 0 };
    char *problem = NULL;

    if (cu_ptx(s->ptx.text ? s->ptx.text : "", s->count, &code, &problem)) {
        cu_emit_place(u, at);
        cu_emit(u, " {%s }", code.text ? code.text : "");
    } else {
        cu_error(u, at, "%s", problem ? problem : "cusim does not understand this inline PTX");
    }
    free(problem);
    free(code.text);
}

int cu_take_asm(cu_unit *u, int i)
{
    int open = i + 1;
    statement s = { 0 };

    if (u->dry || !(cu_function_flags(u) & (CU_DEVICE | CU_GLOBAL)))
        return i;
    while (cu_is(u->t + open, "volatile") || cu_is(u->t + open, "__volatile__") ||
           cu_is(u->t + open, "__volatile") || cu_is(u->t + open, "inline"))
        open++;
    const int close = cu_is(u->t + open, "(") ? cu_match(u, open) : -1;
    if (close < 0)
        return i;
    cu_emit_place(u, u->t + i);
    cu_emit(u, " do {");
    if (take_sections(u, &s, open, close)) {
        write_instructions(u, &s, u->t + i);
        for (int n = 0; n < s.count; n++) {
            if (s.operands[n].output)
                cu_emit(u, " ::cusim::ptx::out(cusim_o%d, cusim_%d);", n, n);
        }
    }
    cu_emit(u, " } while (0)");
    cu_emit_place(u, u->t + close);
    free(s.ptx.text);
    return close + 1;
}
