/* grade_result.c: the canonical result in memory: made, added up, freed. */
#include "grade/grade_result.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/whole_file.h"

static const char *const state_names[RESULT_STATES] = { "waiting", "passed", "failed",
                                                        "missing", "void", "broken" };

const char *result_state_name(result_state s)
{
    return (unsigned)s < RESULT_STATES ? state_names[s] : "?";
}

result_state result_state_named(const char *name)
{
    int s = 0;

    while (s < RESULT_STATES && strcmp(name, state_names[s]) != 0)
        s++;
    return (result_state)s;
}

bool result_make(result *r, int count)
{
    assert(count >= 0 && count <= RESULT_MAX_EXERCISES);
    memset(r, 0, sizeof *r);
    r->exercise = calloc(count > 0 ? (size_t)count : 1, sizeof *r->exercise);
    if (r->exercise)
        r->count = count;
    return r->exercise != NULL;
}

void result_free(result *r)
{
    for (int i = 0; i < r->count; i++) {
        result_exercise *const e = &r->exercise[i];
        for (int k = 0; k < e->part_count; k++)
            free(e->part[k].text);
        free(e->title);
        free(e->feedback);
        free(e->printed);
    }
    free(r->exercise);
    free(r->remark);
    memset(r, 0, sizeof *r);
}

/* Points in hundredths, so that their sum does not depend on the order; NaN counts as nothing. */
static long hundredths(double points, double max)
{
    return lround(100 * fmin(fmax(points, 0), max));
}

static result_state worse(result_state a, result_state b)
{
    static const int badness[RESULT_STATES] = {
        [RESULT_PASSED] = 0, [RESULT_FAILED] = 1, [RESULT_VOID] = 2,
        [RESULT_MISSING] = 3, [RESULT_WAITING] = 4, [RESULT_BROKEN] = 5,
    };
    return badness[a] > badness[b] ? a : b;
}

void result_sum_exercise(result_exercise *e)
{
    long points = 0, max = 0;

    if (e->part_count > 0)
        e->state = RESULT_PASSED;
    for (int i = 0; i < e->part_count; i++) {
        result_part *const p = &e->part[i];
        const long part_max = hundredths(p->max, RESULT_MAX_POINTS);
        p->max = (double)part_max / 100;
        const long part_points = hundredths(p->points, p->max);
        p->points = (double)part_points / 100;
        points += part_points;
        max += part_max;
        e->state = worse(e->state, p->state);
    }
    e->points = (double)points / 100;
    e->max = (double)max / 100;
}

void result_sum(result *r)
{
    long points = 0, max = 0;

    for (int i = 0; i < r->count; i++) {
        result_exercise *const e = &r->exercise[i];
        result_sum_exercise(e);
        points += lround(100 * e->points);
        max += lround(100 * e->max);
    }
    r->points = (double)points / 100;
    r->max = (double)max / 100;
}

status result_write_file(const char *path, const void *bytes, size_t size, file_error *error)
{
    return file_replace(path, 1, &(file_part){ bytes, size }, error);
}
