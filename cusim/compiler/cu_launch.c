/* cu_launch.c: kernel<<<grid, block>>>(arguments).
 *
 *   k<T><<<g, b>>>(x, 0)
 *
 * becomes, in the order of the source,
 *
 *   ::cusim::launch(::cusim::site(place of the launch, address of k<T>),
 *                   [=](auto &cusim_a0) { k<T>(cusim_a0, 0); },
 *                   ::cusim::config(g, b), ::cusim::convert<0>(k<T>, x))
 *
 * A null pointer or a list in braces means something only where it is written, in the call of the
 * kernel. So literals stay there, and only the rest is evaluated at the launch, and converted to
 * the type of the parameter where that is known before the arguments are. */
#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_unit.h"

/* ---- Where a launch begins ---- */

static bool is_operand_name(const cu_token *t)
{
    static const char *const words[] = { "return", "else", "do", "case", "new", "operator" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (cu_is(t, words[i]))
            return false;
    }
    return t->kind == CU_NAME;
}

/* The first token of the postfix expression that ends before token i, or -1. */
static int kernel_start(const cu_unit *u, int i)
{
    bool name_wanted = false;

    for (i--; i >= 0; i--) {
        const cu_token *const t = u->t + i;
        if (cu_is(t, ">") || cu_is(t, ")") || cu_is(t, "]")) {
            const int open = cu_match_back(u, i);
            if (open < 0)
                return -1;
            name_wanted = !cu_is(t, ")") || (open > 0 && (is_operand_name(u->t + open - 1) ||
                                                          cu_is(u->t + open - 1, ">")));
            i = open;
            if (name_wanted)
                continue;
        } else if (!is_operand_name(t)) {
            return -1;
        }
        if (i > 0 && cu_is(u->t + i - 1, "template"))
            i--;
        if (i == 0 || !(cu_is(u->t + i - 1, "::") || cu_is(u->t + i - 1, ".") ||
                        cu_is(u->t + i - 1, "->")))
            return i;
        i--;                                    /* and what the member or the space belongs to */
        if (cu_is(u->t + i, "::") &&
            (i == 0 || !(is_operand_name(u->t + i - 1) || cu_is(u->t + i - 1, ">"))))
            return i;                           /* ::kernel */
    }
    return -1;
}

void cu_find_launches(cu_unit *u)
{
    for (int i = 1; i < u->tokens.count; i++) {
        if (!cu_is_triple(u->t + i, "<") || cu_is(u->t + i - 1, "operator"))
            continue;
        const int start = kernel_start(u, i);
        if (start >= 0)
            u->launch[start] = i;
        i += 2;
    }
}

/* ---- Arguments ---- */

/* What stays in the kernel's call: see above. */
static bool is_literal(const cu_unit *u, int from, int to)
{
    const cu_token *const t = u->t + from;

    return to == from + 1 && (t->kind == CU_NUMBER || cu_is(t, "__null") || cu_is(t, "nullptr"));
}

static bool is_list(const cu_unit *u, int from, int to)
{
    return cu_is(u->t + from, "{") && cu_match(u, from) == to - 1;
}

typedef struct {
    int from, to;
    int number;             /* of the argument; -1: it is a part of one, in braces */
} piece;

typedef struct {
    cu_text call;           /* "a0, 0, {a1, 2}" */
    piece *evaluated;       /* at the launch */
    int count, room;
} argument_list;

static void sort_arguments(const cu_unit *u, argument_list *a, int from, int to, bool whole)
{
    for (int i = from, number = 0; i < to; number++) {
        const int end = cu_piece_end(u, i, to);
        if (i > from)
            cu_print(&a->call, ", ");
        if (is_list(u, i, end)) {
            cu_print(&a->call, "{");
            sort_arguments(u, a, i + 1, end - 1, false);
            cu_print(&a->call, "}");
        } else if (is_literal(u, i, end)) {
            cu_add(&a->call, u->t[i].text, u->t[i].length);
        } else {
            if (a->count == a->room)
                a->evaluated = cu_grow(a->evaluated, &a->room, sizeof *a->evaluated);
            cu_print(&a->call, "cusim_a%d", a->count);
            a->evaluated[a->count++] = (piece){ i, end, whole ? number : -1 };
        }
        i = end + 1;
    }
}

static bool has_pack(const cu_unit *u, int from, int to)
{
    for (int i = from; i < to; i++) {
        if (cu_is(u->t + i, "..."))
            return true;
    }
    return false;
}

/* The kernel as a function of what is evaluated at the launch. */
static void write_body(cu_unit *u, int from, int to, const argument_list *a, bool pack)
{
    cu_emit(u, " [=](");
    for (int i = 0; i < a->count && !pack; i++)
        cu_emit(u, "%sauto &cusim_a%d", i > 0 ? ", " : "", i);
    cu_emit(u, "%s) __attribute__((no_sanitize_thread, no_sanitize_coverage)) {",
            pack ? "auto &...cusim_a" : "");
    for (int i = from; i < to; i++)
        cu_emit_token(u, u->t + i);
    cu_emit(u, "(%s); },", pack ? "cusim_a..." : a->call.text ? a->call.text : "");
}

/* address: as cu_kernel_address has it. */
static void write_evaluated(cu_unit *u, const argument_list *a, bool pack, int from, int to,
                            const char *address)
{
    const char *const kernel = strchr(address, '(');

    if (pack) {
        cu_emit(u, ",");
        cu_walk(u, from, to);
        return;
    }
    for (int i = 0; i < a->count; i++) {
        const piece *const p = &a->evaluated[i];
        const bool known = kernel && p->number >= 0;
        cu_emit(u, ",");
        if (known)                              /* kernel is "(&k<T>)" */
            cu_emit(u, " ::cusim::convert<%d>(%.*s,", p->number, (int)strlen(kernel) - 2,
                    kernel + 1);
        cu_walk(u, p->from, p->to);
        if (known)
            cu_emit(u, ")");
    }
}

/* ---- The whole ---- */

/* The last >>> before the arguments of the <<< at i, or -1. Editors write >> > instead, which is
 * taken where no >>> is found: it may also close the arguments of a template. */
static int config_end(const cu_unit *u, int i)
{
    int loose = -1;

    for (i += 3; i < u->tokens.count; i++) {
        const cu_token *const t = u->t + i;
        if (cu_is_triple(t, ">") && !t[2].space) {
            while (cu_is_triple(u->t + i + 1, ">") && !u->t[i + 3].space)
                i++;
            return i;
        }
        if (loose < 0 && cu_is_triple(t, ">") && cu_is(t + 3, "("))
            loose = i;
        if (cu_is(t, "(") || cu_is(t, "[") || cu_is(t, "{")) {
            i = cu_match(u, i);
            if (i < 0)
                return loose;
        } else if (cu_is(t, ";") || cu_is(t, ")") || cu_is(t, "}")) {
            return loose;
        }
    }
    return loose;
}

/* The text with quotes, as a string literal. */
static char *quoted(const char *text)
{
    cu_text out = { 0 };

    cu_add(&out, "\"", 1);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            cu_add(&out, "\\", 1);
        cu_add(&out, *text == '\n' ? " " : text, 1);
    }
    cu_add(&out, "\"", 1);
    return out.text;
}

static void write_site(cu_unit *u, int from, int to, const char *address)
{
    char *const spelled = cu_spelled(u, from, to);
    char *const name = quoted(spelled);
    char *const place = cu_place(u, u->t + from);

    cu_emit(u, " ::cusim::launch(::cusim::site([] { static ::cusim::launch_place p = "
               "{ %s, %s, nullptr }; return &p; }(), %s),", name, place, address);
    free(place);
    free(name);
    free(spelled);
}

int cu_take_launch(cu_unit *u, int i)
{
    const int open = u->launch[i];
    const int end = config_end(u, open);
    const int arguments = end < 0 ? -1 : end + 3;
    argument_list a = { 0 };

    if (arguments < 0 || !cu_is(u->t + arguments, "(") || cu_match(u, arguments) < 0) {
        cu_error(u, u->t + open, end < 0 ? "this launch lacks its >>>"
                                         : "a launch needs its arguments in ( ) after >>>");
        return open + 3;
    }
    if (cu_function_flags(u) & (CU_DEVICE | CU_GLOBAL) && !(cu_function_flags(u) & CU_HOST))
        cu_error(u, u->t + open, "cusim does not cover a launch inside a kernel (dynamic "
                                 "parallelism)");
    const int close = cu_match(u, arguments);
    const bool pack = has_pack(u, arguments + 1, close);
    const bool start = u->start;

    if (!pack)
        sort_arguments(u, &a, arguments + 1, close, true);
    char *const address = cu_kernel_address(u, i, open);
    cu_emit_place(u, u->t + i);
    write_site(u, i, open, address);
    write_body(u, i, open, &a, pack);
    cu_emit(u, " ::cusim::config(");
    u->start = false;
    cu_walk(u, open + 3, end);
    cu_emit(u, ")");
    write_evaluated(u, &a, pack, arguments + 1, close, address);
    cu_emit_place(u, u->t + close);
    cu_emit(u, ")");
    u->start = start;
    free(address);
    free(a.call.text);
    free(a.evaluated);
    return close + 1;
}
