/* cu_tokens.h: preprocessed C++ as tokens, each of which knows the line it came from.
 *
 * Only the program's own text is cut into tokens. What the preprocessor took from system headers
 * and from cusim's headers comes as whole pieces (CU_VERBATIM) that nobody looks into.
 *
 * `<` and `>` are always tokens of their own, unless followed by `=`: whether two of them close two
 * template argument lists or shift is not the lexer's business. */
#ifndef CU_TOKENS_H
#define CU_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    CU_NAME, CU_NUMBER, CU_STRING, CU_CHAR, CU_SIGN,
    CU_PRAGMA,              /* a whole line that begins with # and is no line marker */
    CU_VERBATIM,            /* lines, line markers among them, to be passed on */
    CU_END
} cu_kind;

typedef struct {
    cu_kind kind;
    const char *text;       /* in the text that was lexed; not terminated */
    size_t length;
    int file;               /* index into cu_tokens.files */
    int line;
    bool space;             /* white space stands before it */
} cu_token;

typedef struct {
    cu_token *at;           /* the last one is CU_END */
    int count;              /* without it */
    char **files;           /* quoted, as in the line markers */
    bool *foreign;          /* of each file: a system header, or one of cusim's */
    int file_count;
} cu_tokens;

/* Cuts `text` up; it must outlive the tokens. Files below the folder `own_include` are cusim's
 * headers. Never fails: what is no token becomes a CU_SIGN. */
cu_tokens cu_lex(const char *text, size_t length, const char *own_include);
void cu_tokens_free(cu_tokens *tokens);

bool cu_is(const cu_token *token, const char *text);
/* `<<<` or `>>>`, or `<< <` or `>> >`, which mean the same to nvcc. */
bool cu_is_triple(const cu_token *token, const char *sign);

#endif
