/* cu_unit.h: what the files of the translator share.
 *
 * The translator walks the tokens twice. The first walk writes nothing; it only learns which
 * kernels there are, so that a launch can name one that is overloaded or defined further down. */
#ifndef CU_UNIT_H
#define CU_UNIT_H

#include "cusim/compiler/cu_memory.h"
#include "cusim/compiler/cu_tokens.h"
#include "cusim/compiler/cu_translate.h"

/* ---- Declarations ---- */

enum {
    CU_GLOBAL = 1, CU_DEVICE = 2, CU_HOST = 4, CU_CONSTANT = 8, CU_SHARED = 16, CU_MANAGED = 32,
    CU_EXTERN = 64, CU_STATIC = 128, CU_INLINE = 256, CU_FRIEND = 512, CU_TYPEDEF = 1024,
    CU_CLASS = 2048, CU_NAMESPACE = 4096, CU_TEMPLATE = 8192, CU_SPECIAL = 16384,
    CU_QUALIFIED = 32768, CU_LINKAGE = 65536, CU_ENUM = 131072, CU_CONST = 262144
};

/* A declaration up to where its first declarator's parameters, initialiser or body begin. Numbers
 * are of tokens; -1 where there is none. */
typedef struct {
    unsigned flags;             /* CU_TEMPLATE: template<...>; CU_SPECIAL: template<>, or template
                                   alone; CU_LINKAGE: extern "C" */
    int first;                  /* after template<...> and attributes */
    int declarator;             /* first of the * & ( or the name */
    int name;
    int parameters;             /* the ( of a function */
    int stop;
    int template_open, template_close;
    int bounds;                 /* the ( of __launch_bounds__ */
} cu_head;

/* ---- Where the walk is ---- */

typedef enum {
    CU_IN_NAMESPACE, CU_IN_CLASS, CU_IN_FUNCTION, CU_IN_BLOCK, CU_IN_OTHER
} cu_scope_kind;

typedef struct {
    cu_scope_kind kind;
    unsigned flags;             /* of the function */
    int parens;                 /* open ones when it began */
    int shared_count;           /* of cu_unit.shared when it began */
    bool expression;            /* a lambda's body: the statement goes on after it */
    char *after;                /* written after its }, or NULL */
    size_t path_length;         /* of cu_unit.path when it began */
} cu_scope;

/* A function of the program's at namespace scope, or one of its overloads. */
typedef struct {
    char *path;                 /* "::space::name" */
    size_t name_length;         /* the last part of path */
    bool kernel, is_template, defined;
    int parameters;
    int template_parameters;    /* that have no default and are no pack */
} cu_function;

/* A __shared__ variable that can be named here. */
typedef struct {
    const cu_token *name;
    int number;                 /* of cusim_tN and cusim_sN */
    bool dynamic;
    bool at_namespace;          /* each function that uses it gets a reference of its own */
} cu_shared;

typedef struct {
    const cu_translate_options *options;
    cu_tokens tokens;
    const cu_token *t;          /* tokens.at */
    bool dry;                   /* the first walk */

    cu_text *out;
    int out_file, out_line;     /* where the host compiler thinks that it is */
    bool out_fresh;             /* at the start of a line */
    cu_text *errors;
    int error_count;

    int *launch;                /* of a kernel's first token: its <<<; else 0 */
    unsigned char *lambda;      /* of a lambda's {: 1, or 2 if it has __device__ */

    cu_scope *scopes;
    int scope_count, scope_room;
    char *control;              /* of each open (: 1 if it is that of if, for, while, switch */
    int parens, control_room;
    bool start;                 /* a statement or declaration begins here */
    int statement;              /* its first token */
    bool pending;               /* at namespace or class scope: head is of this declaration */
    bool constructor;           /* and its member initialisers have begun */
    cu_head head;
    int static_at;              /* the token before which `static` is written, or -1 */
    cu_text after;              /* written after the declaration's ; */
    cu_text path;               /* "::space" */

    cu_function *functions;
    int function_count, function_room;
    cu_shared *shared;
    int shared_count, shared_room;
    int number;                 /* for names */
    int file_number;            /* of the kernel template at hand */
} cu_unit;

/* ---- Output (cu_output.c) ---- */

/* Each of these writes nothing in the first walk. */
void cu_emit_token(cu_unit *u, const cu_token *token);
void cu_emit_verbatim(cu_unit *u, const cu_token *token);
void cu_emit_pragma(cu_unit *u, const cu_token *token);
__attribute__((format(printf, 2, 3)))
void cu_emit(cu_unit *u, const char *format, ...);
/* Goes to the line of token. */
void cu_emit_place(cu_unit *u, const cu_token *token);
/* "file", line */
char *cu_place(const cu_unit *u, const cu_token *token);
__attribute__((format(printf, 3, 4)))
void cu_error(cu_unit *u, const cu_token *token, const char *format, ...);

/* ---- Reading ahead (cu_parse.c) ---- */

/* The token that closes the ( [ { or < at i, or -1. */
int cu_match(const cu_unit *u, int i);
int cu_match_angle(const cu_unit *u, int i);
/* The token that opens what the ) ] or > at i closes, or -1. */
int cu_match_back(const cu_unit *u, int i);
cu_head cu_parse_head(const cu_unit *u, int i);
/* The tokens from..to-1 as the program wrote them; to be freed. */
char *cu_spelled(const cu_unit *u, int from, int to);
/* Where the piece that begins at i ends: the next comma outside of brackets, or `to`. */
int cu_piece_end(const cu_unit *u, int i, int to);
/* The ; of the declaration that has token i. */
int cu_declaration_end(const cu_unit *u, int i);
/* Skips __attribute__((..)), alignas(..), [[..]] and the like at i; i itself if there is none. */
int cu_skip_attribute(const cu_unit *u, int i);

/* ---- The walk (cu_translate.c) ---- */

/* Translates the tokens from..to-1. */
void cu_walk(cu_unit *u, int from, int to);
/* Qualifiers of the innermost function; 0 outside of functions. */
unsigned cu_function_flags(const cu_unit *u);
const cu_scope *cu_scope_now(const cu_unit *u);

/* Each takes what begins at token i and returns the token after it; i itself if it is nothing of
 * the kind. */
int cu_take_launch(cu_unit *u, int i);                  /* cu_launch.c */
void cu_find_launches(cu_unit *u);
int cu_take_shared(cu_unit *u, int i);                  /* cu_shared.c */
int cu_take_capture(cu_unit *u, int i);                 /* a lambda's [..] */
int cu_take_asm(cu_unit *u, int i);                     /* cu_asm.c */
int cu_take_ignored(cu_unit *u, int i);                 /* cu_ignored.c */

/* The references to __shared__ variables of namespace scope that the function with this head and
 * the body at { needs. */
void cu_shared_at_namespace(cu_unit *u, int open, int parameters);

/* At the start of a declaration at namespace scope with head u->head. */
void cu_declare(cu_unit *u);                            /* cu_declare.c */
void cu_function_begins(cu_unit *u, cu_scope *scope, int open);     /* after its { */
/* The function that a launch of tokens from..to-1 means, as an expression; to be freed. */
char *cu_kernel_address(const cu_unit *u, int from, int to);

/* Reports the token if it is of CUDA but not of cusim. */
void cu_refuse(cu_unit *u, int i);                      /* cu_refuse.c */

#endif
