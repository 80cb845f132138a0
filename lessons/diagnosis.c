/* diagnosis.c: a student's kernel and all mutants on the same problems, and the verdict from that.
 *
 * Idea: for each mutant and each output, count the problems on which it is wrong with the
 *       student's numbers (explained), wrong otherwise or right (missed), and wrong where the
 *       student is right (contradicted). Problems are run until every wrong output is explained
 *       by one mutant only; after the first few, with those mutants only that are in question. */
#include "lessons/diagnosis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check/mutants/mutants.h"
#include "lessons/diagnosis_parts.h"

enum {
    MAX_MUTANTS = 64,
    FEW_PROBLEMS = 10,                      /* with all mutants */
    MOST_PROBLEMS = 60,                     /* in all; one bit of tally.which each */
    MOST_ELEMENTS = 6000,                   /* in all tensors of a problem: they have to be quick */
    MAX_DRAWS = 40
};

static const double budget_s = 0.5;         /* for the problems beyond the first few */

typedef struct {
    int explained, missed, contradicted;
    uint64_t which;                         /* those explained, bit by bit */
    int alike;                              /* with errors of the same order as the student's */
} tally;

typedef struct {
    const check_concept *concept;
    const void *row;
    int pass;
    const mutant_table *table;              /* NULL: the concept has none */
    int slots;                              /* outputs of the pass; number `slots`: behaviour */
    char name[DIAGNOSIS_SLOTS][32];
    int wrong[DIAGNOSIS_SLOTS];             /* problems on which the student's slot is wrong */
    bool newly_wrong[DIAGNOSIS_SLOTS];      /* the latest problem is the first of them */
    tally score[MAX_MUTANTS][DIAGNOSIS_SLOTS];
    diagnosis_pattern pattern[DIAGNOSIS_SLOTS];
    int problems;
    struct { int param[CHECK_MAX_PARAMS]; uint64_t seed; } few[FEW_PROBLEMS];
} inquiry;

static size_t mutant_count(const inquiry *q)
{
    return !q->table ? 0 : *q->table->count < MAX_MUTANTS ? *q->table->count : MAX_MUTANTS;
}

static const void *mutant_row(const inquiry *q, size_t m)
{
    return (const char *)q->table->rows + m * q->table->row_bytes;
}

static void begin(inquiry *q, const check_concept *c, const void *row, int pass)
{
    *q = (inquiry){ .concept = c, .row = row, .pass = pass };
    for (const mutant_table *t = mutant_tables; t->concept; t++)
        if (strcmp(t->concept->name, c->name) == 0)
            q->table = t;
    const char *at = c->pass[pass].writes;
    while (*at && q->slots < DIAGNOSIS_SLOTS - 1) {
        const size_t length = strcspn(at, " ");
        snprintf(q->name[q->slots++], sizeof q->name[0], "%.*s", (int)length, at);
        at += length + strspn(at + length, " ");
    }
}

static int slot_of(const inquiry *q, const char *tensor)
{
    for (int i = 0; i < q->slots; i++)
        if (strcmp(q->name[i], tensor) == 0)
            return i;
    return -1;
}

/* ---- One problem ---- */

static void count(tally *score, int problem, bool student_wrong, bool mutant_wrong, bool agree)
{
    if (student_wrong && mutant_wrong && agree) {
        score->explained++;
        score->which |= UINT64_C(1) << problem;
    } else if (student_wrong) {
        score->missed++;
    } else if (mutant_wrong) {
        score->contradicted++;
    }
}

static bool same_behaviour(const check_case *a, const check_case *b)
{
    return a->outcome == b->outcome && a->tensor && b->tensor && strcmp(a->tensor, b->tensor) == 0;
}

/* Holds mutant number m against the student's answer. */
static void confront(inquiry *q, check_trial *t, size_t m, const diagnosis_answer *student)
{
    const check_problem *const p = check_trial_problem(t);
    diagnosis_answer own;
    const bool ran = diagnosis_answer_take(t, mutant_row(q, m), &own);

    for (int i = 0; i < p->tensor_count; i++) {
        const int slot = check_trial_writes(t, i) ? slot_of(q, p->tensor[i].name) : -1;
        if (slot < 0)
            continue;
        count(&q->score[m][slot], q->problems, student->wrong[i], ran && own.wrong[i],
              ran && student->wrong[i] && diagnosis_answers_agree(t, i, student, &own));
        q->score[m][slot].alike +=
            ran && student->wrong[i] && diagnosis_answers_err_alike(t, i, student, &own);
    }
    count(&q->score[m][q->slots], q->problems, student->found.outcome != CHECK_PASSED,
          ran && own.found.outcome != CHECK_PASSED,
          ran && same_behaviour(&student->found, &own.found));
    diagnosis_answer_free(&own);
}

/* Explains some output, as far as is known. */
static bool in_question(const inquiry *q, size_t m, int slot)
{
    const tally *const s = &q->score[m][slot];
    return q->wrong[slot] > 0 && s->explained > 0 && s->missed == 0 && s->contradicted == 0;
}

/* Whether it is worth running once more: it explains something, or something is wrong for the first
 * time. */
static bool worth_running(const inquiry *q, size_t m)
{
    for (int slot = 0; slot <= q->slots; slot++)
        if (in_question(q, m, slot) || q->newly_wrong[slot])
            return true;
    return q->problems < FEW_PROBLEMS;
}

static void note_student(inquiry *q, const check_trial *t, const diagnosis_answer *student)
{
    const check_problem *const p = check_trial_problem(t);

    memset(q->newly_wrong, 0, sizeof q->newly_wrong);
    for (int i = 0; i < p->tensor_count; i++) {
        const int slot = check_trial_writes(t, i) ? slot_of(q, p->tensor[i].name) : -1;
        if (slot < 0 || !student->wrong[i])
            continue;
        q->newly_wrong[slot] = q->wrong[slot]++ == 0;
        if (!check_trial_special(t))            /* one infinity hides every pattern */
            diagnosis_pattern_note(&q->pattern[slot], t, i, student);
    }
    if (student->found.outcome != CHECK_PASSED)
        q->newly_wrong[q->slots] = q->wrong[q->slots]++ == 0;
}

/* Runs the student's row and the mutants. */
static void investigate(inquiry *q, const int *param, uint64_t seed)
{
    status verdict;
    check_trial *const t = check_trial_open(q->concept, q->pass, param, seed, &verdict);
    diagnosis_answer student = { 0 };

    if (t && diagnosis_answer_take(t, q->row, &student)) {
        note_student(q, t, &student);
        if (q->problems < FEW_PROBLEMS) {
            memcpy(q->few[q->problems].param, param, sizeof q->few[0].param);
            q->few[q->problems].seed = seed;
        }
        for (size_t m = 0; m < mutant_count(q); m++)
            if (worth_running(q, m))
                confront(q, t, m, &student);
        q->problems++;
    }
    diagnosis_answer_free(&student);
    check_trial_close(t);
}

/* ---- Which problems ---- */

static ptrdiff_t elements(const check_concept *c, const int *param)
{
    check_problem p = { .concept = c };
    ptrdiff_t sum = 0;

    memcpy(p.param, param, sizeof p.param);
    if (c->describe(&p) != STATUS_OK)
        return PTRDIFF_MAX;
    for (int i = 0; i < p.tensor_count; i++)
        sum += p.tensor[i].count;
    return sum;
}

/* The smallest of a few drawn shapes that are all large, or the first that is not. */
static bool draw_small(const check_concept *c, uint64_t seed, int *param)
{
    ptrdiff_t smallest = PTRDIFF_MAX;

    for (uint64_t i = 0; i < MAX_DRAWS && smallest > MOST_ELEMENTS; i++) {
        int drawn[CHECK_MAX_PARAMS] = { 0 };
        if (!check_trial_draw(c, check_random_mix(seed, i), drawn))
            return false;
        const ptrdiff_t size = elements(c, drawn);
        if (size < smallest) {
            smallest = size;
            memcpy(param, drawn, sizeof drawn);
        }
    }
    return smallest < PTRDIFF_MAX;
}

/* Each wrong output is explained by one mutant, and has been so more than once; or by none. */
static bool settled(const inquiry *q)
{
    for (int slot = 0; slot <= q->slots; slot++) {
        int candidates = 0;
        for (size_t m = 0; m < mutant_count(q); m++)
            candidates += in_question(q, m, slot);
        if (candidates > 1 || (candidates == 1 && q->wrong[slot] < 3))
            return false;
    }
    return true;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void investigate_all(inquiry *q, const check_result *r)
{
    const double start = seconds();
    int param[CHECK_MAX_PARAMS] = { 0 };

    investigate(q, r->param, r->seed);
    if (check_trial_draw(q->concept, r->seed, param) &&
        elements(q->concept, param) <= 4 * MOST_ELEMENTS)
        investigate(q, param, r->seed);         /* the same contents, as it was before shrinking */
    for (uint64_t i = 0; i + 2 < MOST_PROBLEMS; i++) {
        const uint64_t seed = check_random_mix(r->seed, i);
        const double spent = seconds() - start;
        if (i >= FEW_PROBLEMS ? spent > budget_s || settled(q) : spent > 2.0 * budget_s)
            break;
        if (i % 4 == 3)
            investigate(q, r->param, seed);     /* where it is known to fail */
        else if (draw_small(q->concept, seed, param))
            investigate(q, param, seed);
    }
}

/* ---- Conclusions ---- */

static diagnosis_finding *add_finding(diagnosis *d, diagnosis_kind kind, int group)
{
    if (d->count == DIAGNOSIS_FINDINGS)
        return NULL;
    diagnosis_finding *const f = &d->finding[d->count++];
    *f = (diagnosis_finding){ .kind = kind, .group = group };
    return f;
}

static void name_mutant(const inquiry *q, size_t m, diagnosis_finding *f)
{
    const variant_info *const info = check_variant_info(mutant_row(q, m));

    f->name = info->name;
    for (int language = 0; language < FEEDBACK_LANGUAGES; language++) {
        const char *const words =
            diagnosis_words(q->concept->name, info->name, (feedback_language)language);
        snprintf(f->words[language], sizeof f->words[language], "%s", words ? words : info->idea);
    }
}

static void name_tensors(const inquiry *q, unsigned slots, diagnosis_finding *f)
{
    size_t used = 0;

    for (int slot = 0; slot < q->slots && used < sizeof f->tensors; slot++)
        if (slots >> slot & 1)
            used += (size_t)snprintf(f->tensors + used, sizeof f->tensors - used, "%s%s",
                                     used ? " " : "", q->name[slot]);
}

/* The slots that it explains on every problem, out of those wanted, and whether it is wrong
 * elsewhere in another way. */
static unsigned explained_by(const inquiry *q, size_t m, unsigned wanted, bool *clean)
{
    unsigned slots = 0;

    *clean = true;
    for (int slot = 0; slot <= q->slots; slot++) {
        const tally *const s = &q->score[m][slot];
        if (wanted >> slot & 1 && in_question(q, m, slot))
            slots |= 1u << slot;
        if (s->contradicted > 0 || (s->explained > 0 && s->missed > 0))
            *clean = false;
    }
    return slots;
}

/* Names those mutants that explain most of the slots in `open`; returns what remains. */
static unsigned conclude_mutants(const inquiry *q, unsigned open, int group, diagnosis *d)
{
    unsigned best = 0;
    bool best_clean = false;

    for (size_t m = 0; m < mutant_count(q); m++) {
        bool clean;
        const unsigned slots = explained_by(q, m, open, &clean);
        const int more = __builtin_popcount(slots) - __builtin_popcount(best);
        if (slots && (more > 0 || (more == 0 && clean && !best_clean))) {
            best = slots;
            best_clean = clean;
        }
    }
    for (size_t m = 0; best && m < mutant_count(q); m++) {
        bool clean;
        if (explained_by(q, m, open, &clean) != best || clean != best_clean)
            continue;
        diagnosis_finding *const f = add_finding(d, DIAGNOSIS_EXPLAINS, group);
        if (!f)
            break;
        name_mutant(q, m, f);
        name_tensors(q, best, f);
        f->wrong = f->explained = q->score[m][__builtin_ctz(best)].explained;
    }
    return open & ~best;
}

/* Mutants that compute the right formula and lose digits on the way; how many, and where, depends
 * on the order in which one adds up. */
static bool loses_digits(const inquiry *q, size_t m)
{
    static const char *const names[] = { "one-pass", "half-precision", "half-precision-sum",
                                         "float-betas" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(check_variant_info(mutant_row(q, m))->name, names[i]) == 0)
            return true;
    return false;
}

/* True if it errs by as much as the student on all problems, but for one or two that are close to
 * the bound. */
static bool errs_alike(const inquiry *q, size_t m, int slot)
{
    const tally *const s = &q->score[m][slot];
    const int few = q->wrong[slot] < FEW_PROBLEMS ? q->wrong[slot] : FEW_PROBLEMS;

    return s->alike >= 3 && s->alike + 2 >= few && s->contradicted < 2;
}

/* Names such a mutant, for that output and all others in which it loses digits as well, unless a
 * mutant of the other kind is in question. Returns the slots that remain. */
static unsigned conclude_rounding(const inquiry *q, unsigned open, diagnosis *d)
{
    for (size_t m = 0; m < mutant_count(q); m++)
        for (int slot = 0; slot < q->slots; slot++)
            if (!loses_digits(q, m) && in_question(q, m, slot))
                return open;
    for (size_t m = 0; m < mutant_count(q); m++) {
        unsigned slots = 0;
        int best = -1;
        for (int slot = 0; loses_digits(q, m) && slot < q->slots; slot++) {
            slots |= q->score[m][slot].alike > 0 ? 1u << slot & open : 0;
            if (errs_alike(q, m, slot) && (best < 0 || q->wrong[slot] > q->wrong[best]))
                best = slot;
        }
        diagnosis_finding *const f = best < 0 ? NULL : add_finding(d, DIAGNOSIS_EXPLAINS, 0);
        if (!f)
            continue;
        name_mutant(q, m, f);
        name_tensors(q, slots, f);
        f->explained = q->score[m][best].alike;
        f->wrong = q->wrong[best];
        return open & ~slots;
    }
    return open;
}

/* The mutant that explains most of the problems on which this slot is wrong that are not `covered`,
 * without being wrong where the student is right. Returns how many; 0 if there is not one such. */
static int largest_part(const inquiry *q, int slot, uint64_t covered, size_t *which)
{
    int most = 0;
    bool single = false;

    for (size_t m = 0; m < mutant_count(q); m++) {
        const tally *const s = &q->score[m][slot];
        const int more = __builtin_popcountll(s->which & ~covered);
        if (s->contradicted > 0 || more < most)
            continue;
        single = more > most;
        most = more;
        *which = m;
    }
    return single ? most : 0;
}

/* Several mistakes in one slot: those mutants that explain a part of the problems each. */
static bool conclude_parts(const inquiry *q, int slot, int group, diagnosis *d)
{
    uint64_t covered = 0;
    size_t m = 0;

    if (3 * largest_part(q, slot, 0, &m) < q->wrong[slot])
        return false;
    for (int k = 0; k < 2 && largest_part(q, slot, covered, &m) >= 3 - k; k++) {
        diagnosis_finding *const f = add_finding(d, DIAGNOSIS_PARTLY, group);
        if (!f)
            break;
        name_mutant(q, m, f);
        name_tensors(q, 1u << slot, f);
        f->explained = q->score[m][slot].explained;
        f->wrong = q->wrong[slot];
        covered |= q->score[m][slot].which;
    }
    return covered != 0;
}

static bool conclude_pattern(const inquiry *q, int slot, int group, diagnosis *d)
{
    diagnosis_finding found = { .kind = DIAGNOSIS_PATTERN, .group = group };

    if (slot == q->slots || !diagnosis_pattern_find(&q->pattern[slot], q->concept, &found))
        return false;
    diagnosis_finding *const f = add_finding(d, DIAGNOSIS_PATTERN, group);
    if (!f)
        return false;
    *f = found;
    name_tensors(q, 1u << slot, f);
    f->explained = f->wrong = q->pattern[slot].problems;
    return true;
}

/* ---- Two mistakes at once ---- */

/* pairs[a][b], a < b: on how many problems the errors of both add up to the student's. */
typedef struct {
    int explained[MAX_MUTANTS][MAX_MUTANTS];
    int wrong;
} pair_table;

static void note_pairs(const inquiry *q, check_trial *t, int i, pair_table *pairs)
{
    diagnosis_answer student = { 0 }, *const own = calloc(MAX_MUTANTS, sizeof *own);
    bool ran[MAX_MUTANTS] = { false };

    if (own && diagnosis_answer_take(t, q->row, &student) && student.wrong[i]) {
        pairs->wrong++;
        for (size_t m = 0; m < mutant_count(q); m++)
            ran[m] = diagnosis_answer_take(t, mutant_row(q, m), &own[m]) && own[m].wrong[i];
        for (size_t a = 0; a < mutant_count(q); a++)
            for (size_t b = a + 1; ran[a] && b < mutant_count(q); b++)
                pairs->explained[a][b] +=
                    ran[b] && diagnosis_answers_add_up(t, i, &student, &own[a], &own[b]);
    }
    for (size_t m = 0; own && m < mutant_count(q); m++)
        diagnosis_answer_free(&own[m]);
    free(own);
    diagnosis_answer_free(&student);
}

/* Names the one pair that explains all problems of the first few in which both show, if together
 * with the mutants alone they explain all. */
static bool conclude_pair(const inquiry *q, int slot, int group, diagnosis *d)
{
    pair_table *const pairs = calloc(1, sizeof *pairs);
    const int few = q->problems < FEW_PROBLEMS ? q->problems : FEW_PROBLEMS;
    int found = 0, best = 1;
    size_t first = 0, second = 0;

    for (int k = 0; pairs && slot < q->slots && k < few; k++) {
        status verdict;
        check_trial *const t =
            check_trial_open(q->concept, q->pass, q->few[k].param, q->few[k].seed, &verdict);
        for (int i = 0; t && !check_trial_special(t) && i < check_trial_problem(t)->tensor_count;
             i++)
            if (strcmp(check_trial_problem(t)->tensor[i].name, q->name[slot]) == 0)
                note_pairs(q, t, i, pairs);
        check_trial_close(t);
    }
    for (size_t a = 0; pairs && a < mutant_count(q); a++)
        for (size_t b = a + 1; b < mutant_count(q); b++) {
            const int both = pairs->explained[a][b];
            if (both < best || both + q->score[a][slot].explained +
                                   q->score[b][slot].explained < pairs->wrong)
                continue;
            found = both == best ? found + 1 : 1;
            best = both;
            first = a;
            second = b;
        }
    const bool named = found == 1 && best > 1 && d->count + 2 <= DIAGNOSIS_FINDINGS;
    for (int k = 0; named && k < 2; k++) {
        diagnosis_finding *const f = add_finding(d, DIAGNOSIS_ONE_OF_TWO, group);
        name_mutant(q, k == 0 ? first : second, f);
        name_tensors(q, 1u << slot, f);
        f->explained = best;
        f->wrong = pairs->wrong;
    }
    free(pairs);
    return named;
}

/* ---- The whole ---- */

/* Results that change with the number of threads are right each time, within rounding: only a
 * mutant that fails in the same way can tell why. */
static void diagnose_threads(const inquiry *q, const check_result *r, diagnosis *d)
{
    for (size_t m = 0; m < mutant_count(q); m++) {
        check_case found;
        if (check_shape(q->concept, mutant_row(q, m), q->pass, r->param, r->seed, &found) !=
                STATUS_OK || found.outcome != CHECK_THREADS)
            continue;
        diagnosis_finding *const f = add_finding(d, DIAGNOSIS_EXPLAINS, 0);
        if (!f)
            return;
        name_mutant(q, m, f);
        snprintf(f->tensors, sizeof f->tensors, "%s", r->failure.tensor ? r->failure.tensor : "");
        f->explained = f->wrong = 1;
    }
    d->problems = 1;
}

void diagnose(const check_concept *c, const void *row, int pass, const check_result *r,
              diagnosis *d)
{
    inquiry *const q = malloc(sizeof *q);
    unsigned open = 0;
    int group = 0;

    *d = (diagnosis){ 0 };
    if (!q)
        return;
    begin(q, c, row, pass);
    if (r->failure.outcome == CHECK_THREADS) {
        diagnose_threads(q, r, d);
        free(q);
        return;
    }
    investigate_all(q, r);
    d->problems = q->problems;
    for (int slot = 0; slot <= q->slots; slot++)
        open |= q->wrong[slot] > 0 ? 1u << slot : 0;
    open = conclude_rounding(q, open, d);
    group = d->count;
    for (unsigned rest; (rest = conclude_mutants(q, open, group, d)) != open; group++)
        open = rest;
    for (int slot = 0; slot <= q->slots; slot++)
        if (open >> slot & 1)
            group += conclude_pair(q, slot, group, d) || conclude_pattern(q, slot, group, d) ||
                     conclude_parts(q, slot, group, d);
    free(q);
}
