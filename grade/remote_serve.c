/* remote_serve.c: the other side of a row of the suite's own: --serve CONCEPT/VARIANT/PASS, and
 * @DEMO.SO behind it for a concept of a lesson's own. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grade/remote.h"
#include "grade/worker/worker_serve.h"
#include "lessons/demo.h"

enum { NAME_BYTES = 64 };

static const student_contract *find_contract(const char *concept, const char *path)
{
    if (!path)
        return student_contract_find(student_contracts, concept);
    void *const object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const lesson_demo *const table = object ? dlsym(object, "lesson_demo_table") : NULL;
    return table ? student_contract_find(table->contracts, concept) : NULL;
}

static void *find_function(const student_contract *contract, const char *variant, int pass)
{
    const check_concept *const c = contract->concept;
    void *function = NULL;

    for (size_t i = 0; i < *c->variant_count; i++) {
        const unsigned char *const row = check_variant_row(c, i);
        if (strcmp(check_variant_info(row)->name, variant) == 0)
            memcpy(&function, row + contract->pass[pass].offset, sizeof function);
    }
    return function;
}

_Noreturn void remote_serve(const char *what)
{
    char concept[NAME_BYTES], variant[NAME_BYTES];
    const char *const at = strchr(what, '@');
    int pass;

    if (sscanf(what, "%63[^/]/%63[^/]/%d", concept, variant, &pass) == 3 && pass >= 0 &&
        pass < CHECK_MAX_PASSES) {
        const student_contract *const contract = find_contract(concept, at ? at + 1 : NULL);
        void *const function =
            contract && contract->pass[pass].field ? find_function(contract, variant, pass) : NULL;
        if (function) {
            worker_tell(WORKER_HELLO, NULL);
            worker_tell(WORKER_READY, NULL);
            worker_serve(function, NULL);
        }
    }
    fprintf(stderr, "--serve %s: there is no such row\n", what);
    exit(WORKER_EXIT_USAGE);
}
