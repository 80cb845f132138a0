/* output_classroom50.c: result.json as Classroom 50 (GitHub Classroom's successor) collects it.
 *
 * Its scores are whole numbers: points are given in hundredths, so that partial credit stays exact
 * and the sum of the tests is the score; each test has its points beside them. Who and what was
 * graded comes from the variables that its runner sets; without them, from the result.
 * Source: github.com/foundation50/classroom50, schemas/result-v1.schema.json and
 *         wiki/Advanced-Autograding.md, "The result.json contract". */
#include "grade/output_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STORY_BYTES = 2000 };            /* as much as its runner keeps of a test's output */

static json_int_t hundredths(double points)
{
    return llround(100 * points);
}

static json_t *test_json(const result *r, int at, int part, size_t most)
{
    const result_exercise *const e = &r->exercise[at];
    const result_part *const p = &e->part[part];
    const double points = output_points(r, p->points);
    char *const name = output_part_name(e, p);
    char *const story = output_part_story(e, part, most < STORY_BYTES ? most : STORY_BYTES);
    json_t *const o = json_object();
    const bool fine = name && story && output_put(o, "test-name", json_string(name)) &&
                      output_put(o, "passed",
                                 json_boolean(p->state == RESULT_PASSED && r->scored)) &&
                      output_put(o, "score", json_integer(hundredths(points))) &&
                      output_put(o, "max-score", json_integer(hundredths(p->max))) &&
                      output_put(o, "points", json_real(points)) &&
                      output_put(o, "max-points", json_real(p->max)) &&
                      output_put(o, "state", json_string(result_state_name(p->state))) &&
                      output_put(o, "output", json_string(story));

    free(name);
    free(story);
    if (fine)
        return o;
    json_decref(o);
    return NULL;
}

/* Its runner sets SUBMISSION_TAG; elsewhere a variable such as USERNAME means something else. */
static bool in_runner(void)
{
    const char *const tag = getenv("SUBMISSION_TAG");
    return tag && strncmp(tag, "submit/", 7) == 0;
}

/* The runner's variable, or what stands for it. */
static bool put_variable(json_t *root, const char *key, const char *variable, const char *otherwise)
{
    const char *const value = in_runner() ? getenv(variable) : NULL;
    char *const line = output_line(value && *value ? value : otherwise);
    const bool fine = line && output_put(root, key, json_string(*line ? line : "?"));

    free(line);
    return fine;
}

/* "individual" unless the runner says group or team. */
static bool put_type(json_t *root)
{
    const char *const type = in_runner() ? getenv("ASSIGNMENT_TYPE") : NULL;
    const bool many = type && (strcmp(type, "group") == 0 || strcmp(type, "team") == 0);

    return output_put(root, "assignment_type", json_string(many ? type : "individual"));
}

/* submit/2026-01-31T12-00-00Z-0123abc, the form of the tag that a submission gets. */
static bool put_submission(json_t *root, const result *r)
{
    char own[64];

    snprintf(own, sizeof own, "submit/%.31s-%.7s", r->started, r->sha256);
    for (char *c = own; *c; c++)
        if (*c == ':')
            *c = '-';
    return put_variable(root, "submission", "SUBMISSION_TAG", own);
}

static bool put_identity(json_t *root, const result *r)
{
    const char *const review = getenv("REVIEW_URL"), *const owner = getenv("OWNER");
    char files[80];
    bool one = r->count > 0;

    for (int i = 1; i < r->count; i++)
        one = one && strncmp(r->exercise[i].lesson, r->exercise[0].lesson, RESULT_NAME_BYTES) == 0;
    snprintf(files, sizeof files, "sha256:%.64s", r->sha256);
    return output_put(root, "schema", json_string("classroom50/result/v1")) &&
           put_variable(root, "classroom", "CLASSROOM", "convlab") &&
           put_variable(root, "assignment", "ASSIGNMENT", one ? r->exercise[0].lesson : "course") &&
           put_type(root) &&
           put_variable(root, "owner", owner && *owner ? "OWNER" : "USERNAME", r->id) &&
           put_submission(root, r) && put_variable(root, "commit", "COMMIT_URL", files) &&
           put_variable(root, "release", "RELEASE_URL", files) &&
           put_variable(root, "review", review && *review ? "REVIEW_URL" : "COMMIT_URL", files);
}

static json_t *make_json(const result *r, size_t most)
{
    json_t *const root = json_object();

    if (put_identity(root, r) &&
        output_put_text(root, "datetime", *r->started ? r->started : "1970-01-01T00:00:00Z",
                        sizeof r->started) &&
        output_put(root, "score", json_integer(hundredths(output_points(r, r->points)))) &&
        output_put(root, "max-score", json_integer(hundredths(r->max))) &&
        output_put_tests(root, r, test_json, most))
        return root;
    json_decref(root);
    return NULL;
}

char *output_classroom50(const result *r, size_t *size)
{
    return output_json(r, make_json, size);
}
