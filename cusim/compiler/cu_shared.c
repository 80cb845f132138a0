/* cu_shared.c: variables in shared memory.
 *
 *   __shared__ float tile[16][N];
 *
 * becomes a reference to room that the runtime gives, the same to all threads of a block:
 *
 *   typedef float cusim_b1; typedef cusim_b1 cusim_t2[16][N];
 *   static cusim_shared_site cusim_s2 = {"tile", file, line, sizes, ..};
 *   cusim_t2 &tile = *(cusim_t2 *)cusim_shared(&cusim_s2);
 *
 * and extern __shared__ a reference to where the dynamic part lies. At namespace scope only the
 * types and the site are written; each function that uses the name begins with the reference. A
 * lambda sees variables of static storage without capturing them, so it gets the reference as a
 * capture. */
#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_unit.h"

static bool same_name(const cu_token *a, const cu_token *b)
{
    return a->kind == CU_NAME && a->length == b->length &&
           memcmp(a->text, b->text, a->length) == 0;
}

/* Does the name stand in from..to-1, not as that of a member? */
static bool is_used(const cu_unit *u, const cu_token *name, int from, int to)
{
    for (int i = from; i < to; i++) {
        if (same_name(u->t + i, name) && !(i > 0 && (cu_is(u->t + i - 1, ".") ||
                                                     cu_is(u->t + i - 1, "->") ||
                                                     cu_is(u->t + i - 1, "::"))))
            return true;
    }
    return false;
}

/* ---- One declaration ---- */

static int begin_shared(const cu_unit *u, int i)
{
    for (int at = i; at < u->tokens.count; at++) {
        const cu_token *const t = u->t + at;
        const int after = cu_skip_attribute(u, at);
        if (after > at)
            at = after - 1;
        else if (cu_is(t, "__shared__"))
            return at;
        else if (t->kind == CU_SIGN && t->length == 1 && strchr(";(){}=[", *t->text))
            return -1;
    }
    return -1;
}

/* The type before the first declarator, as cusim_bN, and its attributes as those of a structure
 * that serves to ask for the alignment, cusim_lN. */
static void write_base(cu_unit *u, const cu_head *h, int number, bool aligned)
{
    cu_emit_place(u, u->t + h->first);
    if (aligned) {
        cu_emit(u, " struct");
        for (int i = h->first; i < h->declarator; i++) {
            for (const int after = cu_skip_attribute(u, i); i < after; i++)
                cu_emit_token(u, u->t + i);
        }
        cu_emit(u, " cusim_l%d { char c; };", number);
    }
    cu_emit(u, " typedef");
    for (int i = h->first; i < h->declarator; i++) {
        const cu_token *const t = u->t + i;
        if (cu_skip_attribute(u, i) > i)
            i = cu_skip_attribute(u, i) - 1;
        else if (!cu_is(t, "__shared__") && !cu_is(t, "extern") && !cu_is(t, "static"))
            cu_emit_token(u, t);
    }
    cu_emit(u, " cusim_b%d", number);
}

static bool has_attribute(const cu_unit *u, int from, int to)
{
    for (int i = from; i < to; i++) {
        if (cu_skip_attribute(u, i) > i)
            return true;
    }
    return false;
}

static int declared_name(const cu_unit *u, int from, int to)
{
    for (int i = from; i < to; i++) {
        if (u->t[i].kind == CU_NAME && !cu_is(u->t + i, "const") && !cu_is(u->t + i, "volatile") &&
            !cu_is(u->t + i, "__restrict__"))
            return i;
    }
    return -1;
}

static void write_site(cu_unit *u, const cu_shared *s, int aligned)
{
    char *const place = cu_place(u, s->name);
    char *const align = aligned < 0
        ? cu_format("alignof(cusim_t%d)", s->number)
        : cu_format("::cusim::larger(alignof(cusim_t%d), alignof(cusim_l%d))", s->number, aligned);

    cu_emit(u, "; static cusim_shared_site cusim_s%d = { \"%.*s\", %s, sizeof(cusim_t%d), %s, "
               "::cusim::element_bytes<cusim_t%d>(), 0, nullptr }",
            s->number, (int)s->name->length, s->name->text, place, s->number, align, s->number);
    free(align);
    free(place);
}

static void write_reference(cu_unit *u, const cu_shared *s)
{
    cu_emit(u, " cusim_t%d &%.*s = *(cusim_t%d *)", s->number, (int)s->name->length, s->name->text,
            s->number);
    if (s->dynamic)
        cu_emit(u, "cusim_dynamic_shared()");
    else
        cu_emit(u, "cusim_shared(&cusim_s%d)", s->number);
}

static void add_shared(cu_unit *u, const cu_shared *s)
{
    if (u->shared_count == u->shared_room)
        u->shared = cu_grow(u->shared, &u->shared_room, sizeof *u->shared);
    u->shared[u->shared_count++] = *s;
}

/* The declarator from..to-1 with base type number base; aligned: number of the structure, or -1. */
static void take_declarator(cu_unit *u, int from, int to, int base, int aligned, bool dynamic)
{
    const int name = declared_name(u, from, to);

    if (name < 0)
        return;
    for (int i = from; i < to; i++) {
        if (cu_is(u->t + i, "=") || cu_is(u->t + i, "{") ||
            (cu_is(u->t + i, "(") && i == name + 1)) {
            cu_error(u, u->t + name, "the __shared__ variable '%.*s' cannot have an initialiser",
                     (int)u->t[name].length, u->t[name].text);
            return;
        }
    }
    const cu_shared s = { u->t + name, ++u->number, dynamic,
                          cu_scope_now(u)->kind == CU_IN_NAMESPACE };
    cu_emit(u, "; typedef cusim_b%d", base);
    for (int i = from; i < to; i++) {
        if (cu_skip_attribute(u, i) > i)
            i = cu_skip_attribute(u, i) - 1;
        else if (i == name)
            cu_emit(u, " cusim_t%d", s.number);
        else
            cu_emit_token(u, u->t + i);
    }
    if (!dynamic)
        write_site(u, &s, aligned);
    if (!s.at_namespace) {
        cu_emit(u, ";");
        write_reference(u, &s);
    }
    add_shared(u, &s);
}

int cu_take_shared(cu_unit *u, int i)
{
    if (begin_shared(u, i) < 0)
        return i;
    const cu_head h = cu_parse_head(u, i);
    const bool wanted = h.flags & CU_SHARED && h.name >= 0;
    const int end = wanted ? cu_declaration_end(u, h.declarator) : i;

    if (!wanted || end >= u->tokens.count)
        return i;
    const int base = ++u->number;
    const bool aligned = has_attribute(u, h.first, h.declarator);
    write_base(u, &h, base, aligned);
    for (int at = h.declarator; at < end;) {
        const int next = cu_piece_end(u, at, end);
        take_declarator(u, at, next, base, aligned ? base : -1, (h.flags & CU_EXTERN) != 0);
        at = next + 1;
    }
    return end;
}

/* ---- Where they are used ---- */

/* Is there a __shared__ declaration of that name in from..to-1? */
static bool declared_again(const cu_unit *u, const cu_token *name, int from, int to)
{
    for (int i = from; i < to; i++) {
        if (cu_is(u->t + i, "__shared__") && is_used(u, name, i, cu_declaration_end(u, i)))
            return true;
    }
    return false;
}

void cu_shared_at_namespace(cu_unit *u, int open, int parameters)
{
    const int close = cu_match(u, open);
    const int count = u->shared_count;

    for (int i = 0; i < count; i++) {
        cu_shared s = u->shared[i];
        if (!s.at_namespace || close < 0 || !is_used(u, s.name, open, close) ||
            is_used(u, s.name, parameters, open) || declared_again(u, s.name, open, close))
            continue;
        write_reference(u, &s);
        cu_emit(u, ";");
        s.at_namespace = false;
        add_shared(u, &s);
    }
}

/* ---- Lambdas ---- */

static bool begins_lambda(const cu_unit *u, int i)
{
    static const char *const words[] = { "return", "else", "do", "co_return", "case" };
    const cu_token *const before = u->t + i - (i > 0);

    if (i == 0 || cu_is(u->t + i + 1, "[") || cu_is(before, "["))
        return false;
    if ((cu_is(before, "&") || cu_is(before, "&&")) && i > 1 && cu_is(before - 1, "auto"))
        return false;                           /* auto &[a, b] = .. */
    for (size_t n = 0; n < sizeof words / sizeof *words; n++) {
        if (cu_is(before, words[n]))
            return true;
    }
    return before->kind == CU_SIGN && !cu_is(before, ")") && !cu_is(before, "]") &&
           !cu_is(before, ">") && !cu_is(before, "}");
}

/* The { of the lambda whose [ is at i, or -1; *device: it has the qualifier __device__. */
static int lambda_body(const cu_unit *u, int i, bool *device)
{
    bool parameters = false;

    *device = false;
    for (i = cu_match(u, i) + 1; i > 0 && i < u->tokens.count; i++) {
        const cu_token *const t = u->t + i;
        int close = i;
        if (cu_is(t, "{"))
            return i;
        *device |= cu_is(t, "__device__");
        if (cu_is(t, "(")) {
            if (parameters && !cu_is(t - 1, "noexcept") && !cu_is(t - 1, "decltype") &&
                !cu_is(t - 1, "__attribute__"))
                return -1;
            parameters = true;
            close = cu_match(u, i);
        } else if (cu_is(t, "<")) {
            close = cu_match_angle(u, i);
        } else if (t->kind != CU_NAME && !cu_is(t, "->") && !cu_is(t, "*") && !cu_is(t, "&") &&
                   !cu_is(t, "::")) {
            return -1;
        }
        if (close < 0)
            return -1;
        i = close;
    }
    return -1;
}

int cu_take_capture(cu_unit *u, int i)
{
    bool device;
    const int close = begins_lambda(u, i) ? cu_match(u, i) : -1;
    const int open = close < 0 ? -1 : lambda_body(u, i, &device);
    const int end = open < 0 ? -1 : cu_match(u, open);

    if (end < 0)
        return i;
    u->lambda[open] = device ? 2 : 1;
    cu_emit_token(u, u->t + i);
    cu_walk(u, i + 1, close);
    const bool all = cu_is(u->t + i + 1, "&") && (i + 2 == close || cu_is(u->t + i + 2, ","));
    bool empty = close == i + 1;
    for (int s = 0; s < u->shared_count && !all; s++) {
        const cu_shared *const v = &u->shared[s];
        if (v->at_namespace || !is_used(u, v->name, open, end) || is_used(u, v->name, i, close))
            continue;
        cu_emit(u, "%s&%.*s", empty ? "" : ", ", (int)v->name->length, v->name->text);
        empty = false;
    }
    cu_emit_token(u, u->t + close);
    return close + 1;
}
