/* drawn_shape.c: a concept whose draw() and describe() obey the rules of an exercise.
 *
 * The concept's functions get no context of their own, so the rules are static: a process checks
 * one exercise. Bound parameters are settled in describe(), so that shrinking one that another
 * equals shrinks both. */
#include "lessons/drawn_shape.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { MAX_CHOICES = 16 };

typedef enum { FREE, FIXED, CHOICE, EQUALS, LEAST } rule_kind;

typedef struct {
    rule_kind kind;
    int value;                      /* FIXED, LEAST; EQUALS: number of the other parameter */
    int choice[MAX_CHOICES], choices;
} rule;

static const check_concept *original;
static check_concept restricted;
static rule rules_of[CHECK_MAX_PARAMS];

static int param_number(const check_concept *c, const char *name)
{
    for (int i = 0; i < c->param_count; i++)
        if (strcmp(c->param[i].name, name) == 0)
            return i;
    return -1;
}

/* Brings what the rules bind to what they say. */
static void settle(const rule *of, int *param)
{
    for (int i = 0; i < original->param_count; i++)
        if (of[i].kind == FIXED)
            param[i] = of[i].value;
    for (int i = 0; i < original->param_count; i++)
        if (of[i].kind == EQUALS)
            param[i] = param[of[i].value];
}

void drawn_shape_settle(int *param)
{
    settle(rules_of, param);
}

static void draw(check_random *r, int *param)
{
    original->draw(r, param);
    for (int i = 0; i < original->param_count; i++) {
        const rule *const one = &rules_of[i];
        if (one->kind == CHOICE)
            param[i] = check_random_pick(r, one->choices, one->choice);
        if (one->kind == LEAST && param[i] < one->value)
            param[i] = one->value;
    }
    settle(rules_of, param);
}

static bool allowed(const rule *one, int value)
{
    if (one->kind == LEAST)
        return value >= one->value;
    for (int i = 0; one->kind == CHOICE && i < one->choices; i++)
        if (one->choice[i] == value)
            return true;
    return one->kind != CHOICE;
}

static status describe(check_problem *p)
{
    settle(rules_of, p->param);
    for (int i = 0; i < original->param_count; i++)
        if (!allowed(&rules_of[i], p->param[i]))
            return STATUS_SHAPE;
    return original->describe(p);
}

/* ---- Reading the rules ---- */

static bool is_small(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= -1000000 &&
           json_integer_value(value) <= 1000000;
}

static bool read_rule(const check_concept *c, const json_t *value, rule *one)
{
    const json_t *const least = json_object_get(value, "least");

    *one = (rule){ .kind = FIXED, .value = (int)json_integer_value(value) };
    if (is_small(value))
        return true;
    if (json_is_string(value)) {
        *one = (rule){ .kind = EQUALS, .value = param_number(c, json_string_value(value)) };
        return one->value >= 0;
    }
    if (is_small(least)) {
        *one = (rule){ .kind = LEAST, .value = (int)json_integer_value(least) };
        return json_object_size(value) == 1;
    }
    *one = (rule){ .kind = CHOICE, .choices = (int)json_array_size(value) };
    for (int i = 0; i < one->choices && one->choices <= MAX_CHOICES; i++) {
        if (!is_small(json_array_get(value, (size_t)i)))
            return false;
        one->choice[i] = (int)json_integer_value(json_array_get(value, (size_t)i));
    }
    return one->choices >= 1 && one->choices <= MAX_CHOICES;
}

/* Where shrinking leads to: the smallest that the rule allows. */
static int simplest_of(const rule *one, int simplest)
{
    if (one->kind == FIXED || (one->kind == LEAST && one->value > simplest))
        return one->value;
    for (int i = 0; one->kind == CHOICE && i < one->choices; i++)
        if (i == 0 || one->choice[i] < simplest)
            simplest = one->choice[i];
    return simplest;
}

/* All rules; false after *error. */
static bool read_rules(const check_concept *c, const exercise_shape *rules,
                       rule of[CHECK_MAX_PARAMS], file_error *error)
{
    const char *name;
    json_t *value;

    memset(of, 0, CHECK_MAX_PARAMS * sizeof *of);
    json_object_foreach((json_t *)rules, name, value) {
        const int i = param_number(c, name);
        if (i < 0 || !read_rule(c, value, &of[i]))
            return file_refuse(error, STATUS_VALUE, "'shape': '%s': expected %s", name,
                               i < 0 ? "a parameter of the concept"
                                     : "a number, a list of up to 16 numbers, another parameter's "
                                       "name, or {\"least\": number}") == STATUS_OK;
    }
    return true;
}

const check_concept *drawn_shape_restrict(const check_concept *c, const exercise_shape *rules,
                                          file_error *error)
{
    original = c;
    restricted = *c;
    restricted.draw = draw;
    restricted.describe = describe;
    if (!read_rules(c, rules, rules_of, error))
        return NULL;
    for (int i = 0; i < c->param_count; i++)
        restricted.param[i].simplest = simplest_of(&rules_of[i], c->param[i].simplest);
    return &restricted;
}

bool drawn_shape_read(const check_concept *c, const exercise_shape *object, int *param,
                      file_error *error)
{
    const char *name;
    json_t *value;

    for (int i = 0; i < c->param_count; i++)
        param[i] = c->param[i].simplest;
    json_object_foreach((json_t *)object, name, value) {
        const int i = param_number(c, name);
        if (i < 0 || !is_small(value))
            return file_refuse(error, STATUS_VALUE, "'at': '%s': expected a parameter of the "
                                                    "concept and a number", name) == STATUS_OK;
        param[i] = (int)json_integer_value(value);
    }
    settle(rules_of, param);
    const status verdict = check_verdict(c, param);
    return verdict == STATUS_OK || file_refuse(error, STATUS_VALUE, "'at': %s",
                                               status_string(verdict)) == STATUS_OK;
}

bool drawn_shape_format(const exercise_shape *rules, const int *param, char *text, size_t size)
{
    int settled[CHECK_MAX_PARAMS], theirs[CHECK_MAX_PARAMS];
    rule of[CHECK_MAX_PARAMS];
    file_error ignored;
    size_t used = 0;

    memcpy(settled, param, sizeof settled);
    drawn_shape_settle(settled);
    memcpy(theirs, settled, sizeof theirs);
    bool exists = read_rules(original, rules, of, &ignored);
    settle(of, theirs);
    snprintf(text, size, "simplest");
    for (int i = 0; i < original->param_count; i++) {
        const int own = original->param[i].simplest, simplest = simplest_of(&of[i], own);
        exists = exists && theirs[i] == settled[i] && allowed(&of[i], settled[i]);
        if ((settled[i] != own || settled[i] != simplest) && of[i].kind != FIXED && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s=%d", used ? "," : "",
                                     original->param[i].name, settled[i]);
    }
    return exists;
}

void drawn_shape_simplest(const exercise_shape *rules, check_concept *copy)
{
    rule of[CHECK_MAX_PARAMS];
    file_error ignored;

    (void)read_rules(original, rules, of, &ignored);
    for (int i = 0; i < copy->param_count; i++)
        copy->param[i].simplest = simplest_of(&of[i], original->param[i].simplest);
}
