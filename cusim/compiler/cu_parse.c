/* cu_parse.c: reading ahead: matching brackets and the heads of declarations.
 *
 * This is no parser of C++. It knows what a declaration looks like up to its name, which is enough
 * to tell a function from a variable and a class from a block. What it does not understand it
 * leaves to the host compiler. */
#include <string.h>

#include "cusim/compiler/cu_unit.h"

int cu_match(const cu_unit *u, int i)
{
    int depth = 0;

    for (; i < u->tokens.count; i++) {
        const cu_token *const t = u->t + i;
        if (t->kind != CU_SIGN || t->length != 1)
            continue;
        if (strchr("([{", *t->text))
            depth++;
        else if (strchr(")]}", *t->text) && --depth == 0)
            return i;
    }
    return -1;
}

int cu_match_angle(const cu_unit *u, int i)
{
    int depth = 0;

    for (; i < u->tokens.count; i++) {
        const cu_token *const t = u->t + i;
        if (cu_is(t, "<")) {
            depth++;
        } else if (cu_is(t, ">")) {
            if (--depth == 0)
                return i;
        } else if (t->kind == CU_SIGN && t->length == 1 && strchr("([{", *t->text)) {
            i = cu_match(u, i);
            if (i < 0)
                return -1;
        } else if (cu_is(t, ";") || cu_is(t, ")") || cu_is(t, "]") || cu_is(t, "}")) {
            return -1;
        }
    }
    return -1;
}

int cu_match_back(const cu_unit *u, int i)
{
    const bool angle = cu_is(u->t + i, ">");
    int depth = 0;

    for (; i >= 0; i--) {
        const cu_token *const t = u->t + i;
        if (t->kind != CU_SIGN || t->length != 1)
            continue;
        if (angle && *t->text == '>') {
            depth++;
        } else if (angle && *t->text == '<') {
            if (--depth == 0)
                return i;
        } else if (angle && strchr(")]}", *t->text)) {
            i = cu_match_back(u, i);
            if (i < 0)
                return -1;
        } else if (angle && strchr("([{;", *t->text)) {
            return -1;
        } else if (!angle && strchr(")]}", *t->text)) {
            depth++;
        } else if (!angle && strchr("([{", *t->text) && --depth == 0) {
            return i;
        }
    }
    return -1;
}

int cu_skip_attribute(const cu_unit *u, int i)
{
    static const char *const names[] = {
        "__attribute__", "__attribute", "alignas", "_Alignas", "__align__", "__builtin_align__",
        "__launch_bounds__", "__cluster_dims__", "__declspec", "explicit",
    };
    const cu_token *const t = u->t + i;
    int close = -1;

    if (cu_is(t, "[") && cu_is(t + 1, "[")) {
        close = cu_match(u, i);
    } else if (t->kind == CU_NAME && cu_is(t + 1, "(")) {
        for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
            if (cu_is(t, names[n]))
                close = cu_match(u, i + 1);
        }
    }
    return close < 0 ? i : close + 1;
}

char *cu_spelled(const cu_unit *u, int from, int to)
{
    cu_text text = { 0 };

    cu_add(&text, "", 0);
    for (int i = from; i < to; i++) {
        const cu_token *const t = u->t + i;
        if (t->kind == CU_VERBATIM || t->kind == CU_PRAGMA)
            continue;
        if (t->space && text.length > 0)
            cu_add(&text, " ", 1);
        cu_add(&text, t->text, t->length);
    }
    return text.text;
}

int cu_piece_end(const cu_unit *u, int i, int to)
{
    while (i < to && !cu_is(u->t + i, ",")) {
        const cu_token *const t = u->t + i;
        int close = -1;
        if (cu_is(t, "(") || cu_is(t, "[") || cu_is(t, "{")) {
            close = cu_match(u, i);
        } else if (cu_is(t, "<") && i > 0 && t[-1].kind == CU_NAME) {
            close = cu_match_angle(u, i);       /* or is it a comparison? */
            if (close >= 0 && !cu_is(u->t + close + 1, "(") && !cu_is(u->t + close + 1, "{") &&
                !cu_is(u->t + close + 1, "::") && !cu_is(u->t + close + 1, ",") &&
                !cu_is(u->t + close + 1, ")") && !cu_is(u->t + close + 1, ">"))
                close = -1;
        }
        i = close >= 0 && close < to ? close + 1 : i + 1;
    }
    return i;
}

int cu_declaration_end(const cu_unit *u, int i)
{
    while (i < u->tokens.count && !cu_is(u->t + i, ";")) {
        const int close = cu_is(u->t + i, "{") || cu_is(u->t + i, "(") ? cu_match(u, i) : -1;
        i = close >= 0 ? close + 1 : i + 1;
    }
    return i;
}

/* ---- Heads of declarations ---- */

static unsigned flag_of(const cu_token *t)
{
    static const struct {
        const char *name;
        unsigned flag;
    } known[] = {
        { "__global__", CU_GLOBAL }, { "__device__", CU_DEVICE }, { "__host__", CU_HOST },
        { "__constant__", CU_CONSTANT }, { "__shared__", CU_SHARED }, { "__managed__", CU_MANAGED },
        { "extern", CU_EXTERN }, { "static", CU_STATIC }, { "inline", CU_INLINE },
        { "__inline__", CU_INLINE }, { "__inline", CU_INLINE }, { "__forceinline__", CU_INLINE },
        { "friend", CU_FRIEND }, { "typedef", CU_TYPEDEF }, { "using", CU_TYPEDEF },
        { "static_assert", CU_TYPEDEF }, { "_Static_assert", CU_TYPEDEF },
        { "class", CU_CLASS }, { "struct", CU_CLASS }, { "union", CU_CLASS }, { "enum", CU_ENUM },
        { "namespace", CU_NAMESPACE }, { "constexpr", CU_CONST }, { "const", CU_CONST },
    };

    for (size_t i = 0; t->kind == CU_NAME && i < sizeof known / sizeof *known; i++) {
        if (cu_is(t, known[i].name))
            return known[i].flag;
    }
    return 0;
}

/* template<...>, template<> or template alone at i. */
static int skip_template(const cu_unit *u, cu_head *h, int i)
{
    while (cu_is(u->t + i, "template")) {
        const int close = cu_is(u->t + i + 1, "<") ? cu_match_angle(u, i + 1) : -1;
        if (close < 0) {
            h->flags |= CU_SPECIAL;
            return i + 1;
        }
        h->flags |= close == i + 2 ? CU_SPECIAL : CU_TEMPLATE;
        h->template_open = i + 1;
        h->template_close = close;
        i = close + 1;
    }
    return i;
}

/* The operator at i and its sign; the token after it. */
static int skip_operator(const cu_unit *u, int i)
{
    i++;
    if (cu_is(u->t + i, "(") && cu_is(u->t + i + 1, ")"))
        return i + 2;
    while (i < u->tokens.count && !cu_is(u->t + i, "(") && !cu_is(u->t + i, ";") &&
           !cu_is(u->t + i, "{"))
        i++;
    return i;
}

/* The ( at i of a declarator: of (*pointer), or of a function's parameters. */
static bool is_pointer_declarator(const cu_unit *u, int i)
{
    const cu_token *const t = u->t + i + 1;

    return cu_is(t, "*") || cu_is(t, "&") || cu_is(t, "&&") ||
           (t->kind == CU_NAME && cu_is(t + 1, "::") && cu_is(t + 2, "*"));
}

static void take_pointer_declarator(const cu_unit *u, cu_head *h, int i)
{
    if (h->declarator < 0)
        h->declarator = i;
    h->stop = i;
    while (i < u->tokens.count && !cu_is(u->t + i, ")")) {
        if (u->t[i].kind == CU_NAME && !cu_is(u->t + i, "const") && !cu_is(u->t + i + 1, "::"))
            h->name = i;
        i++;
    }
}

/* One token, or group of tokens, of the declaration's specifiers and its declarator's name. Returns
 * the token after it, or i itself where the head ends. */
static int take_specifier(const cu_unit *u, cu_head *h, int i)
{
    const cu_token *const t = u->t + i;
    const int after = cu_skip_attribute(u, i);

    if (after > i) {
        if (cu_is(t, "__launch_bounds__"))
            h->bounds = i + 1;
        return after;
    }
    if (t->kind == CU_STRING || t->kind == CU_VERBATIM || t->kind == CU_PRAGMA) {
        h->flags |= t->kind == CU_STRING ? CU_LINKAGE : 0;
        return i + 1;
    }
    if (cu_is(t, "operator")) {
        h->name = i;
        return skip_operator(u, i);
    }
    if (cu_is(t, "decltype") && cu_is(t + 1, "(")) {
        const int close = cu_match(u, i + 1);
        return close < 0 ? i : close + 1;
    }
    if (t->kind == CU_NAME) {
        const unsigned flag = flag_of(t);
        h->flags |= flag;
        if (flag == 0 && !cu_is(t, "volatile") && !cu_is(t, "__restrict__") &&
            !cu_is(t, "__restrict"))
            h->name = i;
        return i + 1;
    }
    if (cu_is(t, "<")) {
        const int close = cu_match_angle(u, i);
        return close < 0 ? i : close + 1;
    }
    if (cu_is(t, "*") || cu_is(t, "&") || cu_is(t, "&&")) {
        if (h->declarator < 0)
            h->declarator = i;
        return i + 1;
    }
    return cu_is(t, "::") || cu_is(t, "~") || cu_is(t, "...") ? i + 1 : i;
}

cu_head cu_parse_head(const cu_unit *u, int i)
{
    cu_head h = { .declarator = -1, .name = -1, .parameters = -1, .template_open = -1,
                  .template_close = -1, .bounds = -1 };

    i = skip_template(u, &h, i);
    while (cu_is(u->t + i, "[") && cu_skip_attribute(u, i) > i)
        i = cu_skip_attribute(u, i);
    h.first = i;
    for (;;) {
        const int next = i < u->tokens.count ? take_specifier(u, &h, i) : i;
        const bool body = next == i && cu_is(u->t + i, "{") && (h.flags & (CU_CLASS | CU_ENUM)) &&
                          (h.flags & (CU_DEVICE | CU_CONSTANT | CU_SHARED | CU_MANAGED));
        const int close = body ? cu_match(u, i) : -1;
        if (close < 0 && next == i)
            break;
        i = close < 0 ? next : close + 1;       /* the members of a variable's own type */
    }
    h.stop = i;
    if (cu_is(u->t + i, "(") && is_pointer_declarator(u, i))
        take_pointer_declarator(u, &h, i);
    else if (cu_is(u->t + i, "(") && h.name >= 0)
        h.parameters = i;
    if (h.declarator < 0)
        h.declarator = h.name;
    if (h.name > 0 && cu_is(u->t + h.name - 1, "::") && h.name - 1 > h.first &&
        (u->t[h.name - 2].kind == CU_NAME || cu_is(u->t + h.name - 2, ">")))
        h.flags |= CU_QUALIFIED;
    return h;
}
