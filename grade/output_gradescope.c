/* output_gradescope.c: results.json of a Gradescope autograder: one test per part.
 *
 * Source: "Autograder Specifications", gradescope-autograders.readthedocs.io/en/latest/specs/. */
#include "grade/output_parts.h"

#include <math.h>
#include <stdlib.h>

static json_t *test_json(const result *r, int at, int part, size_t most)
{
    const result_exercise *const e = &r->exercise[at];
    const result_part *const p = &e->part[part];
    char *const name = output_part_name(e, p), *const story = output_part_story(e, part, most);
    json_t *const o = json_object();
    char number[32];

    snprintf(number, sizeof number, "%d.%d", at + 1, part + 1);
    const bool fine = name && story && output_put(o, "name", json_string(name)) &&
                      output_put(o, "number", json_string(number)) &&
                      output_put(o, "score", json_real(output_points(r, p->points))) &&
                      output_put(o, "max_score", json_real(p->max)) &&
                      output_put(o, "status", json_string(p->state == RESULT_PASSED && r->scored
                                                              ? "passed" : "failed")) &&
                      output_put(o, "output", json_string(story)) &&
                      output_put(o, "output_format", json_string("text")) &&
                      output_put(o, "visibility", json_string("visible")) &&
                      output_put(o, "tags", json_pack("[s]", result_state_name(p->state)));
    free(name);
    free(story);
    if (fine)
        return o;
    json_decref(o);
    return NULL;
}

/* For the instructor: Gradescope stores it and shows it to nobody else. */
static json_t *extra_json(const result *r)
{
    json_t *const o = json_object();

    if (output_put_text(o, "id", r->id, sizeof r->id) &&
        output_put_text(o, "sha256", r->sha256, sizeof r->sha256) &&
        output_put_text(o, "version", r->version, sizeof r->version) &&
        output_put(o, "tier", json_string(jail_tier_name(r->tier))) &&
        output_put(o, "scored", json_boolean(r->scored)) &&
        output_put(o, "complete", json_boolean(r->complete)))
        return o;
    json_decref(o);
    return NULL;
}

/* The stamp and the remark. */
static char *about(const result *r, size_t most)
{
    const char *const stamp = output_stamp(r);
    size_t size;
    sheet s;

    if (!sheet_begin(&s))
        return NULL;
    if (stamp)
        fprintf(s.out, "%s\n", stamp);
    sheet_text(&s, "", r->remark, most > 200 ? most - 200 : 0, "", RESULT_LINE_BYTES);
    return sheet_end(&s, &size);
}

static json_t *make_json(const result *r, size_t most)
{
    json_t *const root = json_object();
    char *const output = about(r, most);
    const double seconds = isfinite(r->seconds) ? fmin(fmax(r->seconds, 0), 1e9) : 0;
    const bool fine = output &&
                      output_put(root, "score", json_real(output_points(r, r->points))) &&
                      output_put(root, "execution_time", json_integer(lround(seconds))) &&
                      output_put(root, "output", json_string(output)) &&
                      output_put(root, "output_format", json_string("text")) &&
                      output_put(root, "test_output_format", json_string("text")) &&
                      output_put(root, "test_name_format", json_string("text")) &&
                      output_put(root, "visibility", json_string("visible")) &&
                      output_put(root, "stdout_visibility", json_string("hidden")) &&
                      output_put(root, "extra_data", extra_json(r)) &&
                      output_put_tests(root, r, test_json, most);

    free(output);
    if (fine)
        return root;
    json_decref(root);
    return NULL;
}

char *output_gradescope(const result *r, size_t *size)
{
    return output_json(r, make_json, size);
}
