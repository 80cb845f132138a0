/* compare.c: two files of results, row by row. */
#include "bench/compare.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double FAMILY_LEVEL = 0.01;    /* chance that any unchanged row is called SLOWER */
static const double SUSPICION = 0.05;       /* level, for a single row, of measuring again */
static const double LEAST_ERROR = 0.001;    /* of a logarithm: no time is known better */
static const double NORMAL_975 = 1.959964;
static const double NORMAL_75 = 0.674490;   /* median of the magnitude of a normal number */
enum { LEAST_CONTROLS = 5, MANY_CONTROLS = 40, TIMES_AGAIN = 2, MOST_AGAIN = 60 };
enum { MOST_LISTED = 20, WORST = 10 };

compare_options compare_options_default(void)
{
    return (compare_options){ .margin = 0.02 };
}

/* ---- numbers ---- */

/* Standard error of a logarithm, from a 95 % interval. */
static double error_of(double low, double high)
{
    return fmax((log(high) - log(low)) / (2.0 * NORMAL_975), LEAST_ERROR);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts v. 0 of nothing. */
static double median(double *v, size_t count)
{
    if (count == 0)
        return 0.0;
    qsort(v, count, sizeof *v, by_value);
    return count % 2 ? v[count / 2] : 0.5 * (v[count / 2 - 1] + v[count / 2]);
}

/* How many times wider than promised standardised deviations scatter: 1 if they keep their promise,
 * or are too few to tell. By their middle or their 95 % quantile, whichever says more, so that
 * single changes do not count, but a heavy tail does. */
static double noise_of(double *deviations, size_t count)
{
    if (count < LEAST_CONTROLS)
        return 1.0;
    for (size_t i = 0; i < count; i++)
        deviations[i] = fabs(deviations[i]);
    const double middle = median(deviations, count) / NORMAL_75;    /* sorts */
    const double tail = deviations[count * 19 / 20] / NORMAL_975;
    return fmax(1.0, fmax(middle, count >= MANY_CONTROLS ? tail : 0.0));
}

/* Chance of a standardised deviation of z or more. */
static double upper_tail(double z)
{
    return 0.5 * erfc(z / sqrt(2.0));
}

/* ---- rows ---- */

static bool has_role(const bench_result *b, const char *role)
{
    return strcmp(b->role, role) == 0;
}

/* Ours, timed against the yardstick, and not above its roof. */
static bool is_comparable(const bench_result *b)
{
    return !b->skipped[0] && b->valid && b->kind != RESULT_CEILING && !isnan(b->yard);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const bench_result *const *)a)->name, (*(const bench_result *const *)b)->name);
}

/* The file's results sorted by name; NULL without memory. */
static const bench_result **sorted(const result_file *f)
{
    const bench_result **const s = malloc((f->count + 1) * sizeof *s);

    for (size_t i = 0; s && i < f->count; i++)
        s[i] = &f->results[i];
    if (s)
        qsort(s, f->count, sizeof *s, by_name);
    return s;
}

static const bench_result *find(const bench_result **s, size_t count, const bench_result *like)
{
    const bench_result **const found = bsearch(&like, s, count, sizeof *s, by_name);
    return found ? *found : NULL;
}

/* How noisy a run was, by its A/A rows. */
static double control_noise(const result_file *f, double *room)
{
    size_t count = 0;

    for (size_t i = 0; i < f->count; i++) {
        const bench_result *const b = &f->results[i];
        if (has_role(b, "control") && !b->skipped[0] && !isnan(b->ratio))
            room[count++] = log(b->ratio) / error_of(b->ratio_low, b->ratio_high);
    }
    return noise_of(room, count);
}

static compare_row row_of(const comparison *c, const bench_result *base, const bench_result *now)
{
    const double base_error = c->base_noise * error_of(base->yard_low, base->yard_high);
    const double now_error = c->now_noise * error_of(now->yard_low, now->yard_high);

    return (compare_row){ .base = base, .now = now,
                          .log_change = log(now->yard) - log(base->yard),
                          .error = hypot(base_error, now_error) };
}

/* Sorts both files' results into what can be compared and what cannot. */
static void pair(comparison *c, const bench_result **base, const bench_result **now,
                 double *peer_changes, double *peer_deviations)
{
    const size_t base_count = c->base_file->count, now_count = c->now_file->count;

    for (size_t i = 0; i < base_count; i++) {
        const bench_result *const b = &c->base_file->results[i];
        const bench_result *const n = find(now, now_count, b);
        const bool own = has_role(b, "own"), peer = has_role(b, "peer");
        if (!is_comparable(b) || (!own && !peer))
            continue;
        if (own && !n)
            c->missing[c->missing_count++] = b;
        else if (own && n->skipped[0])
            c->lost[c->lost_count++] = n;
        else if (own && is_comparable(n))
            c->rows[c->count++] = row_of(c, b, n);
        if (!peer || !n || !is_comparable(n))
            continue;
        const compare_row row = row_of(c, b, n);
        peer_changes[c->peer_count] = row.log_change;
        peer_deviations[c->peer_count++] = row.log_change / row.error;
    }
    for (size_t i = 0; i < now_count; i++) {
        const bench_result *const n = &c->now_file->results[i];
        if (has_role(n, "own") && is_comparable(n) && !find(base, base_count, n))
            c->added[c->added_count++] = n;
    }
}

/* ---- judging ---- */

static int by_slowness(const void *a, const void *b)
{
    const compare_row *const x = a, *const y = b;
    const double p = x->log_change / x->error, q = y->log_change / y->error;
    return (p < q) - (p > q);
}

/* Holm's procedure over rows sorted by slowness; sign -1 walks from the other end, for FASTER. */
static void reject(comparison *c, double sign, double margin, measure_verdict verdict)
{
    for (size_t i = 0; i < c->count; i++) {
        compare_row *const r = &c->rows[sign > 0.0 ? i : c->count - 1 - i];
        const double change = sign * r->log_change;
        if (upper_tail(change / r->error) > FAMILY_LEVEL / (double)(c->count - i))
            break;
        if (change > margin && (!r->again || sign * r->log_again > margin))
            r->verdict = verdict;
    }
}

static void judge(comparison *c)
{
    const double margin = log1p(c->margin);

    qsort(c->rows, c->count, sizeof *c->rows, by_slowness);
    for (size_t i = 0; i < c->count; i++) {
        compare_row *const r = &c->rows[i];
        const double half = NORMAL_975 * r->error;
        r->change = exp(r->log_change);
        r->low = exp(r->log_change - half);
        r->high = exp(r->log_change + half);
        r->verdict = fabs(r->log_change) + half <= margin ? VERDICT_SAME : VERDICT_UNDECIDED;
    }
    reject(c, 1.0, margin, VERDICT_SLOWER);
    reject(c, -1.0, margin, VERDICT_FASTER);
    memset(c->verdicts, 0, sizeof c->verdicts);
    for (size_t i = 0; i < c->count; i++)
        c->verdicts[c->rows[i].verdict]++;
}

/* Measures a row again and joins all that was measured, by weight. Joining is fair: had every row
 * been measured so often, the same bound would hold for all of them. */
static void measure_row_again(comparison *c, const compare_options *o, compare_row *r)
{
    const double now_noise = c->peer_noise * c->now_noise;
    const double base = c->peer_noise * c->base_noise *
                        error_of(r->base->yard_low, r->base->yard_high);
    const double first = now_noise * error_of(r->now->yard_low, r->now->yard_high);
    const double first_weight = 1.0 / (first * first);
    double weight = 0.0, sum = 0.0;

    for (int i = 0; i < TIMES_AGAIN; i++) {
        bench_result fresh = *r->now;
        if (!o->again(o->context, r->now->name, &fresh) || !(fresh.yard > 0.0))
            continue;
        const double error = now_noise * error_of(fresh.yard_low, fresh.yard_high);
        weight += 1.0 / (error * error);
        sum += log(fresh.yard / r->base->yard) / (error * error);
    }
    if (weight <= 0.0)
        return;
    r->again = true;
    r->log_again = sum / weight;
    r->log_change = (first_weight * r->log_change + sum) / (first_weight + weight);
    r->error = hypot(base, 1.0 / sqrt(first_weight + weight));
}

/* What looks slower is looked at more closely; the rows are sorted by slowness. */
static void measure_again(comparison *c, const compare_options *o)
{
    const double margin = log1p(c->margin);
    int done = 0;

    for (size_t i = 0; i < c->count && done < MOST_AGAIN; i++) {
        compare_row *const r = &c->rows[i];
        if (r->log_change <= margin || upper_tail(r->log_change / r->error) > SUSPICION)
            continue;
        measure_row_again(c, o, r);
        done++;
    }
}

/* ---- the whole ---- */

static bool allocate(comparison *c, size_t base, size_t now)
{
    c->rows = malloc((base + 1) * sizeof *c->rows);
    c->missing = malloc((base + 1) * sizeof *c->missing);
    c->lost = malloc((base + 1) * sizeof *c->lost);
    c->added = malloc((now + 1) * sizeof *c->added);
    return c->rows && c->missing && c->lost && c->added;
}

static bool match(comparison *c)
{
    const size_t base_count = c->base_file->count, now_count = c->now_file->count;
    const bench_result **const base = sorted(c->base_file), **const now = sorted(c->now_file);
    double *const room = malloc((base_count + now_count + 1) * 2 * sizeof *room);
    const bool good = allocate(c, base_count, now_count) && base && now && room;

    if (good) {
        double *const deviations = room + base_count + now_count;
        c->base_noise = control_noise(c->base_file, room);
        c->now_noise = control_noise(c->now_file, room);
        pair(c, base, now, room, deviations);
        c->peer_change = exp(median(room, c->peer_count));
        c->peer_noise = noise_of(deviations, c->peer_count);
        for (size_t i = 0; i < c->count; i++)
            c->rows[i].error *= c->peer_noise;
    }
    free(base);
    free(now);
    free(room);
    return good;
}

bool compare(const result_file *base, const char *base_path, const result_file *now,
             const char *now_path, const compare_options *o, comparison *c, file_error *error)
{
    const char *const there = result_context_value(base, "machine");
    const char *const here = result_context_value(now, "machine");

    *c = (comparison){ .base_file = base, .now_file = now, .margin = o->margin,
                       .other_machine = !*there || strcmp(there, here) != 0 };
    if (c->other_machine && !o->force) {
        file_refuse(error, STATUS_IO, "%s: expected results of this machine ('%s'), found those of "
                    "'%s'; --force compares them nevertheless", base_path, here, there);
        *c = (comparison){ 0 };
        return false;
    }
    const bool memory = match(c);
    if (!memory || (c->count == 0 && c->lost_count == 0)) {
        if (memory)
            file_refuse(error, STATUS_IO, "%s: expected some of the results that are in %s, found "
                        "none of its %zu", base_path, now_path, c->added_count);
        else
            file_refuse(error, STATUS_MEMORY, "%s: no memory to compare it", base_path);
        compare_free(c);
        return false;
    }
    judge(c);
    if (o->again) {
        measure_again(c, o);
        judge(c);
    }
    return true;
}

void compare_free(comparison *c)
{
    free(c->rows);
    free(c->missing);
    free(c->added);
    free(c->lost);
    *c = (comparison){ 0 };
}

bool compare_regressed(const comparison *c)
{
    return c->verdicts[VERDICT_SLOWER] > 0 || c->lost_count > 0;
}

/* ---- printing ---- */

static void print_list(FILE *out, const char *title, const bench_result **list, size_t count,
                       bool reasons)
{
    if (count > 0)
        fprintf(out, "\n%s (%zu):\n", title, count);
    for (size_t i = 0; i < count && i < MOST_LISTED; i++)
        fprintf(out, "  %s%s%s\n", list[i]->name, reasons ? ": " : "",
                reasons ? list[i]->skipped : "");
    if (count > MOST_LISTED)
        fprintf(out, "  and %zu more\n", count - MOST_LISTED);
}

static void print_row(FILE *out, const compare_row *r)
{
    fprintf(out, "%+8.1f %%  %+7.1f .. %+6.1f %%  %-9s  %s%s\n", 100.0 * (r->change - 1.0),
            100.0 * (r->low - 1.0), 100.0 * (r->high - 1.0), measure_verdict_name(r->verdict),
            r->now->name, r->again ? "  (measured again)" : "");
}

static void print_file(FILE *out, const char *which, const result_file *f)
{
    fprintf(out, "%-5s commit %s, convlab %s, %s\n", which, result_context_value(f, "commit"),
            result_context_value(f, "convlab_version"), result_context_value(f, "machine"));
}

void compare_print(const comparison *c, FILE *out)
{
    if (c->other_machine)
        fprintf(out, "WARNING: two machines. What follows compares the machines as much as the "
                     "code.\n\n");
    print_file(out, "base", c->base_file);
    print_file(out, "new", c->now_file);
    fprintf(out, "noise: A/A rows scatter %.2f (base) and %.2f (new) times as wide as their "
                 "intervals say", c->base_noise, c->now_noise);
    if (c->peer_count > 0)
        fprintf(out, ",\n       %zu peers %.2f times (their median change is %+.1f %%)",
                c->peer_count, c->peer_noise, 100.0 * (c->peer_change - 1.0));
    fprintf(out, "\n\n    change      95 %% interval     verdict    row\n");
    for (size_t i = 0; i < c->count; i++) {
        const measure_verdict v = c->rows[i].verdict;
        if (i < WORST || v == VERDICT_SLOWER || v == VERDICT_FASTER)
            print_row(out, &c->rows[i]);
    }
    print_list(out, "no longer measured", c->lost, c->lost_count, true);
    print_list(out, "only in the base", c->missing, c->missing_count, false);
    print_list(out, "new", c->added, c->added_count, false);
    fprintf(out, "\n%zu rows: %zu SLOWER, %zu FASTER, %zu SAME, %zu UNDECIDED (margin %g %%, "
                 "Holm's test at %g %% over all rows)\n", c->count, c->verdicts[VERDICT_SLOWER],
            c->verdicts[VERDICT_FASTER], c->verdicts[VERDICT_SAME],
            c->verdicts[VERDICT_UNDECIDED], 100.0 * c->margin, 100.0 * FAMILY_LEVEL);
}

int compare_files(const char *base_path, const char *now_path, const compare_options *o,
                  FILE *out)
{
    result_file base = { 0 }, now = { 0 };
    comparison c = { 0 };
    file_error error;
    int code = 3;

    if (result_read(base_path, &base, &error) && result_read(now_path, &now, &error) &&
        compare(&base, base_path, &now, now_path, o, &c, &error)) {
        if (c.other_machine)
            fprintf(stderr, "WARNING: %s is of another machine; compared because of --force\n",
                    base_path);
        compare_print(&c, out);
        code = compare_regressed(&c) ? 1 : 0;
    } else {
        fprintf(stderr, "%s\n", error.text);
    }
    compare_free(&c);
    result_free(&base);
    result_free(&now);
    return code;
}
