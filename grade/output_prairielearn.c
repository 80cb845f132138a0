/* output_prairielearn.c: results.json of PrairieLearn's external grading: one test per part.
 *
 * What does not count (unscored, incomplete, our own failure) is "not gradable": it has score 0 and
 * takes no attempt from the student.
 * Source: PrairieLearn, docs/externalGrading.md, "Grading results". */
#include "grade/output_parts.h"

#include <stdlib.h>
#include <string.h>

static json_t *test_json(const result *r, int at, int part, size_t most)
{
    const result_exercise *const e = &r->exercise[at];
    const result_part *const p = &e->part[part];
    char *const name = output_part_name(e, p), *const story = output_part_story(e, part, most);
    json_t *const o = json_object();
    const bool fine = name && story && output_put(o, "name", json_string(name)) &&
                      output_put(o, "points", json_real(output_points(r, p->points))) &&
                      output_put(o, "max_points", json_real(p->max)) &&
                      output_put(o, "message", json_string(result_state_name(p->state))) &&
                      (!*story || output_put(o, "output", json_string(story))) &&
                      (!e->title || most == 0 || output_put_text(o, "description", e->title, 400));

    free(name);
    free(story);
    if (fine)
        return o;
    json_decref(o);
    return NULL;
}

static json_t *make_json(const result *r, size_t most)
{
    json_t *const root = json_object();
    const char *const stamp = output_stamp(r);
    char points[OUTPUT_POINTS_BYTES], max[OUTPUT_POINTS_BYTES], message[160];

    if (stamp)
        snprintf(message, sizeof message, "%s", stamp);
    else
        snprintf(message, sizeof message, "%s of %s points", output_number(points, r->points),
                 output_number(max, r->max));
    if (output_put(root, "gradable", json_boolean(!stamp)) &&
        output_put(root, "score", json_real(!stamp && r->max > 0 ? r->points / r->max : 0)) &&
        output_put(root, "message", json_string(message)) &&
        (!stamp || output_put(root, "format_errors", json_pack("[s]", stamp))) &&
        (!r->remark || output_put_text(root, "output", r->remark, most)) &&
        output_put_tests(root, r, test_json, most))
        return root;
    json_decref(root);
    return NULL;
}

char *output_prairielearn(const result *r, size_t *size)
{
    return output_json(r, make_json, size);
}
