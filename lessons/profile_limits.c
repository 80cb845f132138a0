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

double profile_sum_of(const json_t *profile, const char *space, const char *op, const char *what)
{
    const char *const ops[] = { op ? op : "load", op ? NULL : "store" };
    double sum = 0.0;
    size_t i;
    json_t *kernel;

    json_array_foreach(json_object_get(profile, "kernels"), i, kernel)
        for (int at = 0; at < 2 && ops[at]; at++)
            sum += json_number_value(json_object_get(
                json_object_get(json_object_get(kernel, space), ops[at]), what));
    return sum;
}

static double value_of(const json_t *profile, const figure *f)
{
    const double sum = profile_sum_of(profile, f->space, f->op, f->sum);
    const double per = f->per ? profile_sum_of(profile, f->space, f->op, f->per) : 1.0;
    return per > 0.0 ? sum / per : 0.0;
}

/* NULL: there is none of that name. */
static const figure *find_figure(const char *name)
{
    for (int i = 0; i < FIGURES; i++)
        if (strcmp(figures[i].name, name) == 0)
            return &figures[i];
    return NULL;
}

bool profile_has_figure(const char *name)
{
    return find_figure(name) != NULL;
}

static bool keep_limit(const json_t *profile, const char *name, const json_t *limit, FILE *out)
{
    const figure *const f = find_figure(name);

    if (!f || !json_is_number(limit)) {
        fprintf(out, "at_most: '%s': expected a figure of AUTHORS.md and a number\n", name);
        return false;
    }
    const double value = value_of(profile, f), most = json_number_value(limit);
    const bool good = value <= most * (1.0 + 1e-9);
    fprintf(out, say("  %-22s %10.6g, at most %g wanted: %s\n", "  %-22s %10.6g, 목표 %g 이하: %s\n"),
            name, value, most, good ? say("good", "좋음") : say("too much", "너무 많음"));
    return good;
}

bool profile_keeps(const json_t *profile, const exercise_shape *limits, FILE *out)
{
    const char *name;
    json_t *limit;
    bool good = true;

    if (json_array_size(json_object_get(profile, "kernels")) == 0) {
        fprintf(out, "%s", say("There is no profile: no kernel was launched.\n",
                               "프로파일이 없습니다. 커널이 하나도 실행되지 않았습니다.\n"));
        good = false;
    }
    fputc('\n', out);
    json_object_foreach((json_t *)limits, name, limit)
        good &= keep_limit(profile, name, limit, out);
    return good;
}

bool profile_tell(const char *printed, const char *json, const exercise_shape *limits, FILE *out)
{
    uint8_t *bytes;
    size_t size;
    file_error ignored;

    fprintf(out, "%s", say("\nWhat it asks of the memory:\n\n", "\n메모리에 무엇을 요구하는가:\n\n"));
    if (file_read_whole(printed, MOST_BYTES, &bytes, &size, &ignored) == STATUS_OK) {
        fwrite(bytes, 1, size, out);
        free(bytes);
    }
    json_t *const profile = json_load_file(json, 0, NULL);
    const bool good = profile_keeps(profile, limits, out);
    json_decref(profile);
    return good;
}
