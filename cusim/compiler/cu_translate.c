/* cu_translate.c: the walk over the tokens, which knows in what kind of scope it is and where
 * statements begin, and hands what is CUDA to the files that know it. */
#include "cusim/compiler/cu_translate.h"

#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_unit.h"

const cu_scope *cu_scope_now(const cu_unit *u)
{
    return &u->scopes[u->scope_count - 1];
}

unsigned cu_function_flags(const cu_unit *u)
{
    for (int i = u->scope_count - 1; i > 0; i--) {
        if (u->scopes[i].kind == CU_IN_FUNCTION)
            return u->scopes[i].flags;
    }
    return 0;
}

static bool in_function(const cu_unit *u)
{
    const cu_scope_kind kind = cu_scope_now(u)->kind;
    return kind == CU_IN_FUNCTION || kind == CU_IN_BLOCK;
}

/* ---- Scopes ---- */

static cu_scope *push(cu_unit *u, cu_scope_kind kind)
{
    if (u->scope_count == u->scope_room)
        u->scopes = cu_grow(u->scopes, &u->scope_room, sizeof *u->scopes);
    cu_scope *const s = &u->scopes[u->scope_count++];
    *s = (cu_scope){ .kind = kind, .parens = u->parens, .shared_count = u->shared_count,
                     .path_length = u->path.length };
    return s;
}

/* Does the { at i begin a block? In a function it would else begin an initialiser. After ( it is a
 * statement as an expression, or an initialiser, in which nothing looks like a statement. */
static bool begins_block(const cu_unit *u, int i)
{
    static const char *const before[] = { ";", "{", "}", ")", ":", "else", "do", "try", "(" };

    for (i--; i >= 0 && (u->t[i].kind == CU_PRAGMA || u->t[i].kind == CU_VERBATIM); i--)
        ;
    if (i < 0)
        return true;
    for (size_t n = 0; n < sizeof before / sizeof *before; n++) {
        if (cu_is(u->t + i, before[n]))
            return true;
    }
    return false;
}

static void enter_namespace(cu_unit *u, int open)
{
    push(u, CU_IN_NAMESPACE);
    for (int i = u->head.first; i < open; i++) {
        const cu_token *const t = u->t + i;
        const int after = cu_skip_attribute(u, i);
        if (after > i)
            i = after - 1;
        else if (t->kind == CU_NAME && !cu_is(t, "namespace") && !cu_is(t, "inline") &&
                 !cu_is(t, "extern"))
            cu_print(&u->path, "::%.*s", (int)t->length, t->text);
    }
}

/* The { at i of a declaration outside of functions. */
static void enter_declared(cu_unit *u, int i)
{
    const cu_head *const h = &u->head;
    const bool function = h->parameters >= 0;
    const cu_token *const before = u->t + (i > 0 ? i - 1 : 0);

    if (h->flags & CU_NAMESPACE || (h->flags & CU_LINKAGE && h->name < 0)) {
        enter_namespace(u, i);
    } else if (function && u->constructor && (before->kind == CU_NAME || cu_is(before, ">"))) {
        push(u, CU_IN_OTHER);                   /* x{1}, before the body */
        return;
    } else if (function) {
        cu_scope *const s = push(u, CU_IN_FUNCTION);
        s->flags = h->flags;
        cu_function_begins(u, s, i);
    } else if (h->flags & CU_CLASS && !cu_is(before, "=")) {
        push(u, CU_IN_CLASS);
    } else {
        push(u, CU_IN_OTHER);
        return;
    }
    u->pending = false;
}

static void enter(cu_unit *u, int i)
{
    const cu_scope *const outer = cu_scope_now(u);

    if (u->lambda[i]) {
        const unsigned flags = cu_function_flags(u) | (u->lambda[i] == 2 ? CU_DEVICE : 0u);
        cu_scope *const s = push(u, CU_IN_FUNCTION);
        s->flags = flags;
        s->expression = true;
    } else if (u->pending && u->parens == outer->parens) {
        enter_declared(u, i);
    } else if (in_function(u) && begins_block(u, i)) {
        push(u, CU_IN_BLOCK);
    } else {
        push(u, CU_IN_OTHER);
    }
    u->start = cu_scope_now(u)->kind != CU_IN_OTHER;
}

static void leave(cu_unit *u)
{
    if (u->scope_count < 2)
        return;
    const cu_scope s = u->scopes[--u->scope_count];
    u->parens = s.parens;
    u->shared_count = s.shared_count;
    u->path.length = s.path_length;
    if (u->path.text)
        u->path.text[u->path.length] = '\0';
    if (s.after)
        cu_emit(u, "%s", s.after);
    free(s.after);
    u->start = s.kind == CU_IN_NAMESPACE || s.kind == CU_IN_BLOCK ||
               (s.kind == CU_IN_FUNCTION && !s.expression);
    if (s.kind == CU_IN_CLASS)
        u->pending = false;                     /* what follows are variables of the class */
}

/* ---- Parentheses, statements ---- */

static void open_paren(cu_unit *u, int i)
{
    static const char *const words[] = { "if", "for", "while", "switch" };
    const cu_token *before = u->t + i - (i > 0);

    if (i > 1 && (cu_is(before, "constexpr") || cu_is(before, "consteval")))
        before--;
    if (u->parens == u->control_room)
        u->control = cu_grow(u->control, &u->control_room, 1);
    u->control[u->parens] = 0;
    for (size_t n = 0; n < sizeof words / sizeof *words; n++) {
        if (i > 0 && cu_is(before, words[n]))
            u->control[u->parens] = 1;
    }
    u->parens++;
}

static void close_paren(cu_unit *u)
{
    if (u->parens > cu_scope_now(u)->parens)
        u->start = u->control[--u->parens] != 0;
}

static void end_statement(cu_unit *u)
{
    if (u->parens != cu_scope_now(u)->parens)
        return;
    u->start = true;
    u->pending = false;
    if (u->after.length > 0 && cu_scope_now(u)->kind == CU_IN_NAMESPACE) {
        cu_emit(u, "%s", u->after.text);
        u->after.length = 0;
    }
}

/* A colon outside of parentheses: after a label a statement begins. */
static void colon(cu_unit *u, int i)
{
    const cu_token *const first = u->t + u->statement;

    if (u->parens != cu_scope_now(u)->parens)
        return;
    if (u->pending && u->head.parameters >= 0)
        u->constructor = true;
    if (cu_is(first, "case") || (i == u->statement + 1 && first->kind == CU_NAME)) {
        u->start = true;
        u->pending = false;
    }
}

static void take_sign(cu_unit *u, int i)
{
    const cu_token *const t = u->t + i;

    if (t->length != 1 || !strchr("(){};:[]", *t->text)) {
        cu_emit_token(u, t);
        return;
    }
    if (*t->text != '[' && *t->text != ']')
        u->start = false;
    cu_emit_token(u, t);
    switch (*t->text) {
    case '(': open_paren(u, i); break;
    case ')': close_paren(u); break;
    case '{': enter(u, i); break;
    case '}': leave(u); break;
    case ';': end_statement(u); break;
    case ':': colon(u, i); break;
    default: break;
    }
}

/* ---- Names ---- */

/* Does another `inline` stand before the name at i in its declaration? */
static bool has_inline_before(const cu_unit *u, int i)
{
    for (i--; i >= 0; i--) {
        const cu_token *const t = u->t + i;
        if (cu_is(t, "inline") || cu_is(t, "__inline__") || cu_is(t, "__inline") ||
            cu_is(t, "__forceinline__"))
            return true;
        if (t->kind == CU_SIGN && t->length == 1 && strchr(";{}()=,", *t->text))
            return false;
    }
    return false;
}

static bool has_inline_after(const cu_unit *u, int i)
{
    for (i++; i < u->tokens.count; i++) {
        const cu_token *const t = u->t + i;
        if (cu_is(t, "inline") || cu_is(t, "__inline__") || cu_is(t, "__inline"))
            return true;
        if (t->kind == CU_SIGN && t->length == 1 && strchr(";{}()=,", *t->text))
            return false;
    }
    return false;
}

/* A name that CUDA gives a meaning and that is gone, or another one, in the translation. Returns
 * the token after it, or i if the name is none of these. */
static int take_qualifier(cu_unit *u, int i)
{
    static const char *const gone[] = { "__global__", "__device__", "__host__", "__constant__",
                                        "__managed__", "__grid_constant__", "__shared__" };
    const cu_token *const t = u->t + i;

    for (size_t n = 0; n < sizeof gone / sizeof *gone; n++) {
        if (cu_is(t, gone[n]))
            return i + 1;
    }
    if (cu_is(t, "__launch_bounds__") && cu_is(t + 1, "("))
        return cu_skip_attribute(u, i);
    if (cu_is(t, "__forceinline__")) {
        cu_emit_place(u, t);
        if (!has_inline_before(u, i) && !has_inline_after(u, i))
            cu_emit(u, " inline");
        return i + 1;
    }
    if (cu_is(t, "__noinline__")) {
        cu_emit_place(u, t);
        cu_emit(u, " __attribute__((noinline))");
        return i + 1;
    }
    return i;
}

/* cu_skip_attribute's groups go out as they are: __noinline__ means something else in there. */
static int take_attribute(cu_unit *u, int i)
{
    const int after = cu_is(u->t + i, "__attribute__") ? cu_skip_attribute(u, i) : i;

    for (int at = i; at < after; at++)
        cu_emit_token(u, u->t + at);
    return after;
}

static int take_name(cu_unit *u, int i)
{
    const cu_token *const t = u->t + i;
    int next = take_qualifier(u, i);

    if (next == i)
        next = take_attribute(u, i);
    if (next == i && (cu_is(t, "asm") || cu_is(t, "__asm__") || cu_is(t, "__asm")))
        next = cu_take_asm(u, i);
    if (next > i)
        return next;
    cu_refuse(u, i);
    if (cu_is(t, "__assert_fail")) {
        cu_emit_place(u, t);
        cu_emit(u, " cusim_assert_fail");
    } else {
        cu_emit_token(u, t);
    }
    if (in_function(u) && (cu_is(t, "else") || cu_is(t, "do")))
        u->start = true;
    return i + 1;
}

/* ---- The walk ---- */

/* At the first token of a statement or declaration. */
static int begin(cu_unit *u, int i)
{
    const cu_token *const t = u->t + i;
    int next = i;

    u->start = false;
    u->statement = i;
    if (!in_function(u)) {
        u->head = cu_parse_head(u, i);
        u->pending = true;
        u->constructor = false;
        if (cu_scope_now(u)->kind == CU_IN_NAMESPACE) {
            u->after.length = 0;
            next = cu_take_shared(u, i);
            if (next == i)
                cu_declare(u);
        }
    } else {
        next = cu_take_shared(u, i);
        if (next == i)
            next = cu_take_ignored(u, i);
        if (cu_is(t, "struct") || cu_is(t, "class") || cu_is(t, "union") || cu_is(t, "typedef")) {
            u->head = cu_parse_head(u, i);
            u->pending = (u->head.flags & CU_CLASS) && u->head.parameters < 0;
        } else {
            u->pending = false;
        }
    }
    return next;
}

void cu_walk(cu_unit *u, int from, int to)
{
    for (int i = from; i < to;) {
        const cu_token *const t = u->t + i;
        if (t->kind == CU_VERBATIM || t->kind == CU_PRAGMA) {
            (t->kind == CU_PRAGMA ? cu_emit_pragma : cu_emit_verbatim)(u, t);
            i++;
            continue;
        }
        if (u->start && !cu_is(t, "}")) {
            const int next = begin(u, i);
            if (next > i) {
                i = next;
                continue;
            }
        }
        if (i == u->static_at) {
            cu_emit_place(u, t);
            cu_emit(u, " static");
            u->static_at = -1;
        }
        int next = u->launch[i] ? cu_take_launch(u, i) : i;
        if (next == i && cu_is(t, "["))
            next = cu_take_capture(u, i);
        if (next == i && t->kind == CU_NAME) {
            next = take_name(u, i);
        } else if (next == i) {
            if (t->kind == CU_SIGN)
                take_sign(u, i);
            else
                cu_emit_token(u, t);
            next = i + 1;
        }
        i = next;
    }
}

static void walk_all(cu_unit *u, bool dry)
{
    u->dry = dry;
    u->scope_count = 0;
    u->parens = 0;
    u->shared_count = 0;
    u->path.length = 0;
    u->number = 0;
    u->pending = false;
    u->start = true;
    u->static_at = -1;
    u->out_file = -1;
    u->out_fresh = true;
    push(u, CU_IN_NAMESPACE);
    cu_walk(u, 0, u->tokens.count);
    while (u->scope_count > 1)                  /* the program lacks a } */
        free(u->scopes[--u->scope_count].after);
}

/* g++ -E begins with "# 0 FILE"; the compiler takes the first marker for the name of the whole, and
 * so do debuggers. */
static void emit_first_marker(cu_unit *u, const char *text, size_t length)
{
    const char *const end = memchr(text, '\n', length);

    if (end && length > 4 && memcmp(text, "# 0 ", 4) == 0)
        cu_add(u->out, text, (size_t)(end + 1 - text));
}

int cu_translate(const char *text, size_t length, const cu_translate_options *options, cu_text *out,
                 cu_text *errors)
{
    cu_unit u = { .options = options, .out = out, .errors = errors };

    u.tokens = cu_lex(text, length, options->own_include);
    u.t = u.tokens.at;
    u.launch = calloc((size_t)u.tokens.count + 1, sizeof *u.launch);
    u.lambda = calloc((size_t)u.tokens.count + 1, 1);
    if (!u.launch || !u.lambda)
        abort();
    cu_find_launches(&u);
    walk_all(&u, true);
    emit_first_marker(&u, text, length);
    walk_all(&u, false);
    if (options->check)
        cu_emit(&u, "\nextern \"C\" { extern const int cusim_built_check "
                    "__attribute__((weak)) = 1; }\n");
    if (options->profile)
        cu_emit(&u, "\nextern \"C\" { extern const int cusim_built_profile "
                    "__attribute__((weak)) = 1; }\n");

    for (int i = 0; i < u.function_count; i++)
        free(u.functions[i].path);
    free(u.functions);
    free(u.shared);
    free(u.scopes);
    free(u.control);
    free(u.launch);
    free(u.lambda);
    free(u.after.text);
    free(u.path.text);
    cu_tokens_free(&u.tokens);
    return u.error_count;
}

bool cu_has_volatile(const char *text, size_t length, const char *own_include)
{
    cu_tokens tokens = cu_lex(text, length, own_include);
    bool found = false;

    for (int i = 0; i < tokens.count && !found; i++)
        found = cu_is(&tokens.at[i], "volatile") && !cu_is(&tokens.at[i + 1], "(") &&
                (i == 0 || tokens.at[i - 1].length < 3 ||
                 memcmp(tokens.at[i - 1].text, "asm", 3) != 0);
    cu_tokens_free(&tokens);
    return found;
}
