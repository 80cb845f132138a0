/* attack_judge.c: whether a result is valid, and whether the attack got what it may not have.
 *
 *   attack_judge RESULT.json TIER EXPECT SECONDS SAYS
 *
 * EXPECT: zero (no point at all), no-PART (none for that part: no-speed, no-memory, no-profile),
 * harmless (any: it is about what is left behind); for honest solutions full (all points) and
 * some-PART. SAYS: a regular expression that some text of the result must match, if points are
 * missing. An attack that reaches what it may not prints STOLEN. Complaints go to stdout. */
#define _GNU_SOURCE
#include <math.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void complain(const char *format, ...)
{
    va_list rest;

    va_start(rest, format);
    vprintf(format, rest);
    va_end(rest);
    putchar('\n');
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *const text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

static double number_of(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

/* Control characters, and those that turn the direction of writing. */
static void check_clean(const char *key, const char *text)
{
    for (const char *at = text; *at; at++) {
        const unsigned char c = (unsigned char)*at, next = (unsigned char)at[1];
        const bool turns = c == 0xe2 && ((next == 0x80 && (unsigned char)at[2] >= 0xaa &&
                                          (unsigned char)at[2] <= 0xae) ||
                                         (next == 0x81 && (unsigned char)at[2] >= 0xa6 &&
                                          (unsigned char)at[2] <= 0xa9));
        if ((c < ' ' && c != '\n' && c != '\t') || c == 127 || (c == 0xc2 && next < 0xa0) ||
            turns) {
            complain("'%s' has a control character, byte %d", key, (int)(at - text));
            return;
        }
    }
}

static void check_all_clean(const json_t *value, const char *key)
{
    const char *name;
    json_t *member;
    size_t i;

    if (json_is_string(value)) {
        check_clean(key, json_string_value(value));
        if (json_string_length(value) > 20000)
            complain("'%s' has %zu bytes", key, json_string_length(value));
        if (strcmp(key, "printed") == 0 && strstr(json_string_value(value), "STOLEN"))
            complain("it got through: %.300s", strstr(json_string_value(value), "STOLEN"));
    }
    json_object_foreach((json_t *)value, name, member) check_all_clean(member, name);
    json_array_foreach(value, i, member) check_all_clean(member, key);
}

static bool says(const json_t *result, const regex_t *wanted)
{
    const json_t *const exercises = json_object_get(result, "exercises");
    json_t *e, *part;
    size_t i, k;
    bool found = regexec(wanted, text_of(result, "remark"), 0, NULL, 0) == 0 &&
                 *text_of(result, "remark");

    json_array_foreach(exercises, i, e) {
        found = found || (*text_of(e, "feedback") &&
                          regexec(wanted, text_of(e, "feedback"), 0, NULL, 0) == 0);
        json_array_foreach(json_object_get(e, "parts"), k, part)
            found = found || (*text_of(part, "text") &&
                              regexec(wanted, text_of(part, "text"), 0, NULL, 0) == 0);
    }
    return found;
}

static void tell(const json_t *result)
{
    json_t *e, *part;
    size_t i, k;

    json_array_foreach(json_object_get(result, "exercises"), i, e) {
        json_array_foreach(json_object_get(e, "parts"), k, part)
            complain("  %s: %s, %g of %g: %.200s", text_of(part, "name"), text_of(part, "state"),
                     number_of(part, "points"), number_of(part, "max"), text_of(part, "text"));
        if (*text_of(e, "feedback"))
            complain("  feedback: %.400s", text_of(e, "feedback"));
    }
    if (*text_of(result, "remark"))
        complain("  remark: %.300s", text_of(result, "remark"));
}

/* Points of the part, or of all for NULL; NaN: there is no such part. */
static double points_of(const json_t *result, const char *name)
{
    json_t *e, *part;
    size_t i, k;
    double sum = name ? (double)NAN : 0.0;

    json_array_foreach(json_object_get(result, "exercises"), i, e)
        json_array_foreach(json_object_get(e, "parts"), k, part)
            if (!name)
                sum += number_of(part, "points");
            else if (strcmp(text_of(part, "name"), name) == 0)
                sum = number_of(part, "points");
    return sum;
}

static bool check_points(const json_t *result, const char *expect)
{
    const double points = number_of(result, "points"), max = number_of(result, "max");

    if (!(points >= 0.0 && points <= max && max > 0.0))
        complain("%g of %g points", points, max);
    if (fabs(points - points_of(result, NULL)) > 0.011)
        complain("%g points, and %g over its parts", points, points_of(result, NULL));
    if (strcmp(expect, "zero") == 0 && points > 0.0)
        complain("it got %g of %g points", points, max);
    else if (strcmp(expect, "full") == 0 && points < max)
        complain("it got only %g of %g points", points, max);
    else if (strncmp(expect, "some-", 5) == 0 && !(points_of(result, expect + 5) > 0.0))
        complain("it got no point for '%s'", expect + 5);
    else if (strncmp(expect, "no-", 3) == 0 && !(points_of(result, expect + 3) <= 0.0))
        complain("it got %g points for '%s'", points_of(result, expect + 3), expect + 3);
    else
        return true;
    return false;
}

/* No submission may make it look as if the grader had failed. */
static bool check_states(const json_t *result)
{
    json_t *e, *part;
    size_t i, k;

    json_array_foreach(json_object_get(result, "exercises"), i, e)
        json_array_foreach(json_object_get(e, "parts"), k, part) {
            const char *const state = text_of(part, "state");
            if (strcmp(state, "broken") != 0 && strcmp(state, "waiting") != 0)
                continue;
            complain("'%s' is %s", text_of(part, "name"), state);
            return false;
        }
    return true;
}

static void check_times(const json_t *result, double most)
{
    json_t *e;
    size_t i;

    json_array_foreach(json_object_get(result, "exercises"), i, e)
        if (number_of(e, "seconds") > most)
            complain("it took %.1f s, and may take %.1f s", number_of(e, "seconds"), most);
}

int main(int argc, char **argv)
{
    json_error_t error;
    regex_t wanted;

    if (argc != 6 || regcomp(&wanted, argv[5], REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0) {
        fputs("usage: attack_judge RESULT.json TIER EXPECT SECONDS SAYS\n", stderr);
        return 2;
    }
    json_t *const result = json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error);
    if (!result) {
        complain("%s: %s", argv[1], error.text);
        return 1;
    }
    if (strcmp(text_of(result, "format"), "convlab/grade/v1") != 0)
        complain("the format is '%s'", text_of(result, "format"));
    if (strcmp(text_of(result, "tier"), argv[2]) != 0)
        complain("the tier is '%s'", text_of(result, "tier"));
    if (!json_is_true(json_object_get(result, "complete")))
        complain("it is not complete");
    if (!json_is_true(json_object_get(result, "scored")))
        complain("it is not scored");
    check_all_clean(result, "");
    check_times(result, atof(argv[4]));
    bool fine = check_states(result);
    fine = check_points(result, argv[3]) && fine;
    if (number_of(result, "points") < number_of(result, "max") && !says(result, &wanted)) {
        complain("nothing says why: no text matches '%s'", argv[5]);
        fine = false;
    }
    if (!fine || getenv("ATTACKS_TELL"))
        tell(result);
    json_decref(result);
    regfree(&wanted);
    return 0;
}
