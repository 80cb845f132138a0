/* test_feedback.c: what a student is told: the right numbers, in both languages. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check_adapters.h"
#include "check/mutants/mutants.h"
#include "lessons/feedback.h"
#include "lessons/feedback_parts.h"

static const uint64_t seed = 5;
static const feedback_style english = { FEEDBACK_ENGLISH, false };
static const feedback_style korean = { FEEDBACK_KOREAN, false };

static const void *mutant(const char *concept, const char *name)
{
    for (const mutant_table *t = mutant_tables; t->concept; t++)
        for (size_t i = 0; strcmp(t->concept->name, concept) == 0 && i < *t->count; i++) {
            const void *const row = (const char *)t->rows + i * t->row_bytes;
            if (strcmp(check_variant_info(row)->name, name) == 0)
                return row;
        }
    fail_msg("no mutant %s of %s", name, concept);
    return NULL;
}

/* The feedback on a failure; for free(). */
static char *told(const check_concept *c, const void *row, int pass, check_result *r,
                  feedback_style style)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *const out = open_memstream(&text, &bytes);

    assert_non_null(out);
    feedback_print(out, c, row, pass, r, style);
    fclose(out);
    return text;
}

static char *told_of(const check_concept *c, const char *name, int pass, feedback_style style)
{
    check_result r;

    check_variant(c, mutant(c->name, name), pass, seed, 300, &r);
    assert_true(r.failed);
    return told(c, mutant(c->name, name), pass, &r, style);
}

static void expect(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is missing in:\n%s", part, text);
}

/* ---- One kind of failure after the other ---- */

static void a_wrong_value_is_shown_with_its_neighbours(void **state)
{
    char *const text = told_of(&check_conv2d, "pad-one-side", 0, english);

    (void)state;
    expect(text, "conv2d, forward: wrong.");
    expect(text, "pad_left = 1  (columns of padding on the left)\n"
                 "  and all others as simple as can be");
    expect(text, "input  x[1][1][1][1]\n  input  w[1][1][1][1]\n  output y[1][1][1][2]");
    expect(text, "y[0][0][0][0]: yours is ");
    expect(text, "  y[0][0][0][column], yours (* wrong)\n                0           1 \n");
    expect(text, "  y[0][0][0][column], expected\n");
    expect(text, "  y[0][0][0][column], yours - expected\n");
    expect(text, "The inputs, for you to work it out by hand:\n  x = ");
    expect(text, "Where the wrong elements lie, at the shape that failed first:\n");
    expect(text, "Diagnosis\n  You apply padding on one side only");
    free(text);
}

static void an_element_left_out_is_called_unset(void **state)
{
    char *const text = told_of(&check_activation, "last-forgotten", 0, english);

    (void)state;
    expect(text, "An output element was never written.");
    expect(text, "Your loop ends one element early");
    free(text);
}

static void a_changed_input_is_shown_before_and_after(void **state)
{
    check_result r = { .failed = true, .param = { 1, 1, 2, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1 },
                       .seed = 4 };
    const void *const row = mutant("conv2d", "dy-modified");

    (void)state;
    assert_int_equal(check_shape(&check_conv2d, row, 2, r.param, r.seed, &r.failure), STATUS_OK);
    assert_int_equal(r.failure.outcome, CHECK_INPUT_CHANGED);
    char *const text = told(&check_conv2d, row, 2, &r, english);
    expect(text, "You changed an input.");
    expect(text, "dy[0][0][row][column], before your kernel ran\n");
    expect(text, "dy[0][0][row][column], after (* changed)\n");
    expect(text, "You change dy. Inputs belong to the caller");
    free(text);
}

static void a_write_outside_is_told_with_the_bounds(void **state)
{
    char *const text = told_of(&check_conv2d, "guard-overwritten", 0, english);

    (void)state;
    expect(text, "y: element 1 was written; it has elements 0 to 0\nYou wrote outside a buffer.");
    expect(text, "You write one element behind the end of y.");
    free(text);
}

static void a_result_that_depends_on_threads_is_told(void **state)
{
    char *const text = told_of(&check_mse, "sum-per-thread", 0, english);

    (void)state;
    expect(text, " in one run, ");
    expect(text, "The result changes with the number of threads");
    expect(text, "You add up one partial sum per thread");
    free(text);
}

static void the_map_names_the_region(void **state)
{
    char *const text = told_of(&check_conv2d, "last-row-skipped", 0, english);
    char *const by_image = told_of(&check_conv2d, "first-image-only", 0, english);

    (void)state;
    expect(text, "all of them lie in the last row, and nothing there is right.");
    expect(by_image, "all of them lie beyond the first image, and nothing there is right.");
    expect(by_image, "by image, wrong of ");
    free(text);
    free(by_image);
}

/* ---- Languages and colours ---- */

/* The digits of a text, one after the other. */
static void digits_of(const char *text, char *out, size_t size)
{
    size_t used = 0;

    for (; *text && used + 1 < size; text++)
        if (strchr("0123456789", *text))
            out[used++] = *text;
    out[used] = '\0';
}

static void both_languages_tell_the_same(void **state)
{
    char *const en = told_of(&check_linear, "bias-by-row", 0, english);
    char *const ko = told_of(&check_linear, "bias-by-row", 0, korean);

    (void)state;
    expect(ko, "linear, forward: 틀렸습니다.");
    expect(ko, "틀리는 가장 작은 모양:");
    expect(ko, "진단\n  배치의 행 번호로 편향을 골랐습니다.");
    assert_null(strstr(ko, "wrong"));
    assert_null(strstr(ko, "expected"));
    assert_null(strstr(ko, "\n\n\n"));
    char numbers[2][4000];
    const char *const from[2] = { strstr(en, "y[0]"), strstr(ko, "y[0]") };
    for (int i = 0; i < 2; i++) {               /* up to the map, whose sentences differ in order */
        char part[4000];
        snprintf(part, sizeof part, "%s", from[i]);
        char *const end = strstr(part, i == 0 ? "Where" : "처음");
        assert_non_null(end);
        *end = '\0';
        digits_of(part, numbers[i], sizeof numbers[i]);
    }
    assert_string_equal(numbers[0], numbers[1]);
    free(en);
    free(ko);
}

static void colour_only_where_it_is_wanted(void **state)
{
    const feedback_style coloured = { FEEDBACK_ENGLISH, true };
    char *const plain = told_of(&check_conv2d, "pad-one-side", 0, english);
    char *const text = told_of(&check_conv2d, "pad-one-side", 0, coloured);

    (void)state;
    assert_null(strchr(plain, '\033'));
    expect(text, "\033[31m");
    expect(text, "*\033[0m");
    free(plain);
    free(text);
}

static void the_environment_chooses(void **state)
{
    (void)state;
    unsetenv("CONVLAB_LANG");
    assert_int_equal(feedback_language_wanted(), FEEDBACK_ENGLISH);
    setenv("CONVLAB_LANG", "ko_KR.UTF-8", 1);
    assert_int_equal(feedback_language_wanted(), FEEDBACK_KOREAN);
    setenv("CONVLAB_LANG", "fr", 1);
    assert_int_equal(feedback_language_wanted(), FEEDBACK_ENGLISH);
    unsetenv("CONVLAB_LANG");
    FILE *const file = tmpfile();
    assert_non_null(file);
    assert_false(feedback_colour_wanted(fileno(file)));
    fclose(file);
}

/* ---- Plain numbers ---- */

static void plainer_numbers_fail_at_the_same_shape(void **state)
{
    const void *const row = mutant("conv2d", "flipped-kernel");
    check_result r, before;
    check_case again;

    (void)state;
    check_variant(&check_conv2d, row, 0, 9, 300, &r);      /* holds an infinity */
    before = r;
    assert_false(before.failure.got == before.failure.got &&
                 before.failure.got - before.failure.got == 0.0);
    free(told(&check_conv2d, row, 0, &r, english));
    assert_memory_equal(r.param, before.param, sizeof r.param);
    assert_true(r.seed != before.seed);
    assert_true(2.0 * r.failure.got == (double)(long)(2.0 * r.failure.got) ||
                4.0 * r.failure.got == (double)(long)(4.0 * r.failure.got));
    assert_int_equal(check_shape(&check_conv2d, row, 0, r.param, r.seed, &again), STATUS_OK);
    assert_int_equal(again.outcome, before.failure.outcome);
    assert_true(again.got == r.failure.got);
}

/* ---- Everything has words ---- */

static void outcomes_parameters_and_axes_have_words(void **state)
{
    (void)state;
    for (int o = 0; o < CHECK_OUTCOMES; o++)
        for (int language = 0; language < FEEDBACK_LANGUAGES; language++)
            assert_non_null(feedback_outcome_words((check_outcome)o, (feedback_language)language));
    for (const check_concept *const *c = check_concepts; *c; c++)
        for (int i = 0; i < (*c)->param_count; i++) {
            const char *const name = (*c)->param[i].name;
            const bool listed = name[0] == 'e' && strlen(name) == 2;    /* concat's e0, e1, ... */
            if (!listed && (!feedback_param_words((*c)->name, name, FEEDBACK_ENGLISH) ||
                            !feedback_param_words((*c)->name, name, FEEDBACK_KOREAN)))
                fail_msg("%s: no words for %s", (*c)->name, name);
        }
}

/* Every axis that can be longer than 1 has a name, so that no page says "index 2". */
static void every_axis_has_a_name(void **state)
{
    (void)state;
    for (const check_concept *const *c = check_concepts; *c; c++) {
        check_random r = { 3 };
        for (int draw = 0; draw < 200; draw++) {
            check_problem p = { .concept = *c };
            (*c)->draw(&r, p.param);
            if ((*c)->describe(&p) != STATUS_OK)
                continue;
            for (int i = 0; i < p.tensor_count; i++)
                for (int axis = 0; axis < p.tensor[i].rank; axis++)
                    if (p.tensor[i].extent[axis] > 1 &&
                        strncmp(feedback_axis_words((*c)->name, &p.tensor[i], axis,
                                                    FEEDBACK_ENGLISH), "index", 5) == 0)
                        fail_msg("%s: axis %d of %s has no name", (*c)->name, axis,
                                 p.tensor[i].name);
        }
    }
}

/* Every mutant, in every language: no crash, an end, and something in each part. */
static void feedback_on_every_mutant_ends(void **state)
{
    (void)state;
    for (const mutant_table *t = mutant_tables; t->concept; t++)
        for (size_t i = 0; i < *t->count; i += 3) {
            const void *const row = (const char *)t->rows + i * t->row_bytes;
            for (int pass = 0; pass < t->concept->pass_count; pass++) {
                check_result r;
                check_variant(t->concept, row, pass, seed, 20, &r);
                if (!r.failed)
                    continue;
                char *const text = told(t->concept, row, pass, &r, korean);
                expect(text, "\n진단\n");
                assert_true(strlen(text) < 12000);
                free(text);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_value_is_shown_with_its_neighbours),
        cmocka_unit_test(an_element_left_out_is_called_unset),
        cmocka_unit_test(a_changed_input_is_shown_before_and_after),
        cmocka_unit_test(a_write_outside_is_told_with_the_bounds),
        cmocka_unit_test(a_result_that_depends_on_threads_is_told),
        cmocka_unit_test(the_map_names_the_region),
        cmocka_unit_test(both_languages_tell_the_same),
        cmocka_unit_test(colour_only_where_it_is_wanted),
        cmocka_unit_test(the_environment_chooses),
        cmocka_unit_test(plainer_numbers_fail_at_the_same_shape),
        cmocka_unit_test(outcomes_parameters_and_axes_have_words),
        cmocka_unit_test(every_axis_has_a_name),
        cmocka_unit_test(feedback_on_every_mutant_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
