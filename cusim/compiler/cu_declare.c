/* cu_declare.c: functions and variables of namespace scope.
 *
 *   __global__ void k(..) {..}   is followed by  static const int cusim_k1 = ::cusim::
 *                                register_kernel<decltype(&::k), &::k>("k", file, line, 0);
 *   template <class T> __global__ void k(..) {..}
 *                                begins with  (void)&::cusim::instance<decltype(&::k<T>), &::k<T>,
 *                                cusim_file1, line>::done;  so that each instance is registered
 *   __device__ float f(..)       static, since two files may each have one (unless -rdc=true)
 *   __constant__ float c[9];     static likewise, and followed by
 *                                static ::cusim::variable cusim_v1("c", c, CUSIM_CONSTANT, ..);
 *
 * A kernel is named with its whole path, because a `using namespace std` may make k ambiguous. An
 * overloaded one has no address that could be named, and is not registered: it can be launched. */
#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_unit.h"

/* ---- Which functions there are ---- */

static int count_parameters(const cu_unit *u, int open)
{
    const int close = cu_match(u, open);
    int count = 0;

    for (int i = open + 1; i < close; i = cu_piece_end(u, i, close) + 1)
        count++;
    return count == 1 && close == open + 2 && cu_is(u->t + open + 1, "void") ? 0 : count;
}

/* The name that the template parameter in from..to-1 declares, or -1. */
static int template_parameter_name(const cu_unit *u, int from, int to)
{
    int end = from;

    while (end < to && !cu_is(u->t + end, "=")) {
        const int close = cu_is(u->t + end, "<") ? cu_match_angle(u, end)
                          : cu_is(u->t + end, "(") ? cu_match(u, end) : -1;
        end = close >= 0 && close < to ? close + 1 : end + 1;
    }
    const int last = end - 1;
    if (last <= from || u->t[last].kind != CU_NAME || cu_is(u->t + last - 1, "::") ||
        cu_is(u->t + last, "typename") || cu_is(u->t + last, "class"))
        return -1;
    return last;
}

static bool piece_has(const cu_unit *u, int from, int to, const char *sign)
{
    for (int i = from; i < to; i++) {
        if (cu_is(u->t + i, sign))
            return true;
    }
    return false;
}

static int count_needed_template_parameters(const cu_unit *u, const cu_head *h)
{
    int count = 0;

    for (int i = h->template_open + 1; i < h->template_close;) {
        const int end = cu_piece_end(u, i, h->template_close);
        count += !piece_has(u, i, end, "=") && !piece_has(u, i, end, "...");
        i = end + 1;
    }
    return count;
}

static char *path_of(const cu_unit *u, const cu_token *name)
{
    return cu_format("%s::%.*s", u->path.length > 0 ? u->path.text : "", (int)name->length,
                     name->text);
}

static bool is_definition(const cu_unit *u, const cu_head *h)
{
    int i = cu_match(u, h->parameters);

    while (i >= 0 && i < u->tokens.count && !cu_is(u->t + i, ";") && !cu_is(u->t + i, "{"))
        i++;
    return i >= 0 && cu_is(u->t + i, "{");
}

/* In the first walk: remembers the function that u->head declares, unless it is known. */
static void remember(cu_unit *u)
{
    const cu_head *const h = &u->head;
    const cu_token *const name = u->t + h->name;
    cu_function f = {
        .path = path_of(u, name), .name_length = name->length,
        .kernel = (h->flags & CU_GLOBAL) != 0, .is_template = (h->flags & CU_TEMPLATE) != 0,
        .defined = is_definition(u, h), .parameters = count_parameters(u, h->parameters),
        .template_parameters = count_needed_template_parameters(u, h),
    };

    for (int i = 0; i < u->function_count; i++) {
        cu_function *const known = &u->functions[i];
        if (strcmp(known->path, f.path) != 0 || known->is_template != f.is_template ||
            known->parameters != f.parameters || (known->defined && f.defined))
            continue;
        known->defined |= f.defined;            /* declared once more */
        known->kernel |= f.kernel;
        if (f.template_parameters > known->template_parameters)
            known->template_parameters = f.template_parameters;
        free(f.path);
        return;
    }
    if (u->function_count == u->function_room)
        u->functions = cu_grow(u->functions, &u->function_room, sizeof f);
    u->functions[u->function_count++] = f;
}

/* The only function of this path, or NULL. */
static const cu_function *only_function(const cu_unit *u, const char *path)
{
    const cu_function *found = NULL;

    for (int i = 0; i < u->function_count; i++) {
        if (strcmp(u->functions[i].path, path) != 0)
            continue;
        if (found)
            return NULL;
        found = &u->functions[i];
    }
    return found;
}

/* ---- The kernel of a launch ---- */

/* The kernel that is called like the token, or NULL; *paths: how many of that name there are, in
 * whatever namespaces. */
static const cu_function *kernel_named(const cu_unit *u, const cu_token *name, int *paths)
{
    const cu_function *found = NULL;

    *paths = 0;
    for (int i = 0; i < u->function_count; i++) {
        const cu_function *const f = &u->functions[i];
        if (f->kernel && f->name_length == name->length &&
            memcmp(f->path + strlen(f->path) - f->name_length, name->text, name->length) == 0) {
            found = f;
            ++*paths;
        }
    }
    return found;
}

char *cu_kernel_address(const cu_unit *u, int from, int to)
{
    int paths, arguments = -1;
    char *address = NULL;

    while (to - from > 2 && cu_is(u->t + from, "(") && cu_match(u, from) == to - 1) {
        from++;                                 /* (k)<<<...>>> */
        to--;
    }
    int name = to - 1;
    char *const text = cu_spelled(u, from, to);

    if (cu_is(u->t + to - 1, ">")) {
        const int open = cu_match_back(u, to - 1);
        name = open - 1;
        arguments = 0;
        for (int i = open + 1; open > from && i < to - 1; i = cu_piece_end(u, i, to - 1) + 1)
            arguments++;
    }
    const cu_function *const f = name >= from && u->t[name].kind == CU_NAME
                                     ? kernel_named(u, u->t + name, &paths) : NULL;
    if (f && f->is_template ? arguments < f->template_parameters : !f && arguments >= 0) {
        address = cu_copy("nullptr", 7);        /* known only after deduction */
    } else if (!f) {
        address = cu_format("::cusim::address(%s)", text);
    } else if (paths > 1 || !only_function(u, f->path)) {
        address = cu_copy("nullptr", 7);
    } else {
        char *const rest = cu_spelled(u, name + 1, to);
        address = cu_format("::cusim::address(&%s%s)", f->path, rest);
        free(rest);
    }
    free(text);
    return address;
}

/* ---- What is written beside a function ---- */

static char *bounds_of(const cu_unit *u, const cu_head *h)
{
    const int close = h->bounds >= 0 ? cu_match(u, h->bounds) : -1;

    if (close < 0)
        return cu_copy("0", 1);
    char *const threads = cu_spelled(u, h->bounds, close + 1);
    char *const text = cu_format("(::cusim::first_of%s)", threads);
    free(threads);
    return text;
}

/* "<T, N, Ts...>" from template <class T, int N, class... Ts>; NULL if one has no name. */
static char *template_names(const cu_unit *u, const cu_head *h)
{
    cu_text names = { 0 };

    for (int i = h->template_open + 1; i < h->template_close;) {
        const int end = cu_piece_end(u, i, h->template_close);
        const int name = template_parameter_name(u, i, end);
        if (name < 0) {
            free(names.text);
            return NULL;
        }
        cu_print(&names, "%s%.*s%s", names.length > 0 ? ", " : "<", (int)u->t[name].length,
                 u->t[name].text, piece_has(u, i, end, "...") ? "..." : "");
        i = end + 1;
    }
    cu_add(&names, ">", 1);
    return names.text;
}

static bool is_special(const cu_unit *u, const cu_head *h)
{
    return h->flags & CU_SPECIAL || cu_is(u->t + h->name + 1, "<");
}

static bool is_registered(const cu_unit *u, const cu_head *h)
{
    if (!(h->flags & CU_GLOBAL) || h->flags & CU_QUALIFIED || is_special(u, h))
        return false;
    char *const path = path_of(u, u->t + h->name);
    const bool only = only_function(u, path) != NULL;
    free(path);
    return only;
}

static char *registration(cu_unit *u)
{
    const cu_token *const name = u->t + u->head.name;
    char *const path = path_of(u, name);
    char *const bounds = bounds_of(u, &u->head);
    char *const place = cu_place(u, name);
    char *const text = cu_format(
        " static const int cusim_k%d = ::cusim::register_kernel<decltype(&%s), &%s>"
        "(\"%.*s\", %s, %s);",
        ++u->number, path, path, (int)name->length, name->text, place, bounds);

    free(place);
    free(bounds);
    free(path);
    return text;
}

static void write_instance(cu_unit *u)
{
    const cu_token *const name = u->t + u->head.name;
    char *const names = template_names(u, &u->head);
    char *const path = path_of(u, name);
    char *const bounds = bounds_of(u, &u->head);

    if (names)
        cu_emit(u, " (void)&::cusim::instance<decltype(&%s%s), &%s%s, cusim_file%d, %d, %s>::done;",
                path, names, path, names, u->file_number, name->line, bounds);
    free(bounds);
    free(path);
    free(names);
}

void cu_function_begins(cu_unit *u, cu_scope *scope, int open)
{
    const cu_head h = u->head;
    const int number = u->scope_count - 2;      /* the scope that holds the function */
    const bool at_namespace = u->scopes[number].kind == CU_IN_NAMESPACE;

    cu_shared_at_namespace(u, open, h.parameters);
    if (u->dry || !at_namespace || !is_registered(u, &h))
        return;
    if (h.flags & CU_TEMPLATE)
        write_instance(u);
    else
        scope->after = registration(u);
}

/* ---- Variables ---- */

static void add_variable(cu_unit *u, const cu_token *name, const char *spelled)
{
    const char *const kind = u->head.flags & CU_CONSTANT ? "CUSIM_CONSTANT"
                             : u->head.flags & CU_MANAGED ? "CUSIM_MANAGED" : "CUSIM_DEVICE";
    char *const place = cu_place(u, name);

    cu_print(&u->after, " static ::cusim::variable cusim_v%d(\"%s\", %s, ::%s, %s);", ++u->number,
             spelled, spelled, kind, place);
    free(place);
}

static void register_variables(cu_unit *u)
{
    const cu_head *const h = &u->head;
    const int end = cu_declaration_end(u, h->declarator);
    int at = h->declarator;

    if (h->flags & CU_QUALIFIED) {              /* A::x: the only declarator, as a rule */
        int from = h->name;
        while (from > h->first && (cu_is(u->t + from - 1, "::") || cu_is(u->t + from, "::")))
            from--;
        char *const spelled = cu_spelled(u, from, h->name + 1);
        add_variable(u, u->t + h->name, spelled);
        free(spelled);
        return;
    }
    while (at < end) {
        const int next = cu_piece_end(u, at, end);
        while (at < next && (u->t[at].kind != CU_NAME || cu_is(u->t + at, "const") ||
                             cu_is(u->t + at, "volatile") || cu_is(u->t + at + 1, "::") ||
                             cu_skip_attribute(u, at) > at))
            at = cu_skip_attribute(u, at) > at ? cu_skip_attribute(u, at) : at + 1;
        if (at < next) {
            char *const spelled = cu_spelled(u, at, at + 1);
            add_variable(u, u->t + at, spelled);
            free(spelled);
        }
        at = next + 1;
    }
}

static bool may_be_static(const cu_unit *u)
{
    const unsigned taken = CU_STATIC | CU_EXTERN | CU_FRIEND | CU_TYPEDEF | CU_SPECIAL |
                           CU_QUALIFIED | CU_LINKAGE | CU_NAMESPACE;

    return !u->options->relocatable && !(u->head.flags & taken);
}

void cu_declare(cu_unit *u)
{
    const cu_head *const h = &u->head;
    const unsigned on_device = h->flags & (CU_DEVICE | CU_CONSTANT | CU_MANAGED);

    if (h->flags & (CU_TYPEDEF | CU_NAMESPACE) || h->name < 0)
        return;
    if (h->parameters >= 0) {
        if (u->dry && !(h->flags & (CU_QUALIFIED | CU_FRIEND)) && !is_special(u, h))
            remember(u);
        if (on_device && !(h->flags & (CU_HOST | CU_GLOBAL)) && may_be_static(u))
            u->static_at = h->first;
        if (!u->dry && h->flags & CU_GLOBAL && h->flags & CU_TEMPLATE && is_registered(u, h)) {
            u->file_number = ++u->number;
            cu_emit(u, " static const char cusim_file%d[] = %s;", u->file_number,
                    u->tokens.files[u->t[h->name].file]);
        }
        return;
    }
    if (!on_device)
        return;
    if (may_be_static(u) && !(h->flags & (CU_TEMPLATE | CU_INLINE)))
        u->static_at = h->first;
    if (!u->dry && !(h->flags & (CU_TEMPLATE | CU_SPECIAL)) &&
        (!(h->flags & CU_EXTERN) || cu_is(u->t + h->stop, "=")))
        register_variables(u);
}
