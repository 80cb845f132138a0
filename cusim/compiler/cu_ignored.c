/* cu_ignored.c: a call of the runtime API as a statement of its own, whose result nobody reads:
 *
 *   cudaFree(p);     becomes     cusim_ignored((cudaFree(p), ::cusim::no_error()), "cudaFree", ..);
 *
 * so that checked mode can tell of an error that was thrown away. (void)cudaFree(p) is left alone:
 * it says that the program does not want to know. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_unit.h"

int cu_take_ignored(cu_unit *u, int i)
{
    const cu_token *const t = u->t + i;
    const bool api = t->kind == CU_NAME && t->length > 4 && memcmp(t->text, "cuda", 4) == 0 &&
                     isupper((unsigned char)t->text[4]);

    if (!api || !cu_is(t + 1, "(") || cu_is(t, "cudaGetLastError") ||
        cu_is(t, "cudaPeekAtLastError"))
        return i;
    const int close = cu_match(u, i + 1);
    if (close < 0 || !cu_is(u->t + close + 1, ";"))
        return i;
    char *const place = cu_place(u, t);
    cu_emit_place(u, t);
    cu_emit(u, " cusim_ignored((");
    for (int at = i; at < i + 2; at++)
        cu_emit_token(u, u->t + at);
    cu_walk(u, i + 2, close);
    cu_emit_token(u, u->t + close);
    cu_emit(u, ", ::cusim::no_error()), \"%.*s\", %s)", (int)t->length, t->text, place);
    free(place);
    return close + 1;
}
