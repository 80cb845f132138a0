/* profile_limits.c: adds up cusim's profile over all kernels, and compares. */
#include "lessons/profile_limits.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "data/whole_file.h"

enum { MOST_BYTES = 1 << 20 };

/* A figure: a sum over the kernels, or the quotient of two. */
typedef struct {
    const char *name;
    const char *space, *op;         /* where in a kernel's object; op NULL: loads and stores */
    const char *sum, *per;          /* per NULL: the sum itself */
} figure;

static const figure figures[] = {
    { "global_load_sectors", "global", "load", "sectors", "requests" },
    { "global_store_sectors", "global", "store", "sectors", "requests" },
    { "shared_load_passes", "shared", "load", "passes", "requests" },
    { "shared_store_passes", "shared", "store", "passes", "requests" },
    { "bank_conflicts", "shared", NULL, "conflicts", NULL },
    { "global_bytes", "global", NULL, "bytes_moved", NULL },
};
enum { FIGURES = sizeof figures / sizeof figures[0] };

static double add_up(const json_t *kernels, const figure *f, const char *what)
{
    const char *const ops[] = { f->op ? f->op : "load", f->op ? NULL : "store" };
    double sum = 0.0;
    size_t i;
    json_t *kernel;

    json_array_foreach((json_t *)kernels, i, kernel)
        for (int op = 0; op < 2 && ops[op]; op++)
            sum += json_number_value(json_object_get(
                json_object_get(json_object_get(kernel, f->space), ops[op]), what));
    return sum;
}

static double value_of(const json_t *kernels, const figure *f)
{
    const double sum = add_up(kernels, f, f->sum), per = f->per ? add_up(kernels, f, f->per) : 1.0;
    return per > 0.0 ? sum / per : 0.0;
}

static bool keep_limit(const json_t *kernels, const char *name, const json_t *limit, FILE *out)
{
    int i = 0;

    while (i < FIGURES && strcmp(figures[i].name, name) != 0)
        i++;
    if (i == FIGURES || !json_is_number(limit)) {
        fprintf(out, "at_most: '%s': expected a figure of AUTHORS.md and a number\n", name);
        return false;
    }
    const double value = value_of(kernels, &figures[i]), most = json_number_value(limit);
    const bool good = value <= most * (1.0 + 1e-9);
    fprintf(out, say("  %-22s %10.6g, at most %g wanted: %s\n", "  %-22s %10.6g, 목표 %g 이하: %s\n"),
            name, value, most, good ? say("good", "좋음") : say("too much", "너무 많음"));
    return good;
}

bool profile_tell(const char *printed, const char *json, const exercise_shape *limits, FILE *out)
{
    uint8_t *bytes;
    size_t size;
    file_error ignored;
    const char *name;
    json_t *limit;
    bool good = true;

    fprintf(out, "%s", say("\nWhat it asks of the memory:\n\n", "\n메모리에 무엇을 요구하는가:\n\n"));
    if (file_read_whole(printed, MOST_BYTES, &bytes, &size, &ignored) == STATUS_OK) {
        fwrite(bytes, 1, size, out);
        free(bytes);
    }
    json_t *const profile = json_load_file(json, 0, NULL);
    const json_t *const kernels = json_object_get(profile, "kernels");
    if (json_array_size(kernels) == 0) {
        fprintf(out, "%s", say("There is no profile: no kernel was launched.\n",
                               "프로파일이 없습니다. 커널이 하나도 실행되지 않았습니다.\n"));
        good = false;
    }
    fputc('\n', out);
    json_object_foreach((json_t *)limits, name, limit)
        good &= keep_limit(kernels, name, limit, out);
    json_decref(profile);
    return good;
}
