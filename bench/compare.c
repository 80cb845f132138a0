/* compare.c: two files of results, row by row. */
#include "bench/compare.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double FAMILY_LEVEL = 0.01;    /* chance that any unchanged row is called SLOWER */
static const double SUSPICION = 0.05;       /* level, for a single row, of measuring again */
static const double MOST_LOAD = 1.0;        /* difference of load averages that goes unsaid */
static const double LEAST_ERROR = 0.001;    /* of a logarithm: no time is known better */
static const double NORMAL_975 = 1.959964;
static const double NORMAL_75 = 0.674490;   /* median of the magnitude of a normal number */
enum { LEAST_CONTROLS = 5, MANY_CONTROLS = 40, MOST_AGAIN = 60 };
enum { MOST_LISTED = 20, WORST = 10 };

compare_options compare_options_default(void)
{
    return (compare_options){ .margin = 0.02, .processes = 5 };
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

/* Chance that Student's t with so many degrees of freedom (0: many, a normal number) is t or more.
 * Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4. */
static double upper_tail(double t, int freedom)
{
    const double pi = acos(-1.0), angle = atan(t / sqrt(freedom > 0 ? freedom : 1));
    const double square = cos(angle) * cos(angle);
    double term = freedom % 2 ? cos(angle) : 1.0, sum = 0.0;

    if (freedom <= 0)
        return 0.5 * erfc(t / sqrt(2.0));
    for (int k = freedom % 2 ? 3 : 2; k <= freedom; k += 2) {
        sum += term;
        term *= square * (k - 1) / k;
    }
    const double within = freedom % 2 ? (angle + sin(angle) * sum) * 2.0 / pi : sin(angle) * sum;
    return 0.5 * (1.0 - within);
}

/* The t that is exceeded in 2.5 % of cases. */
static double two_sided_95(int freedom)
{
    double low = 0.0, high = 20.0;

    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);
        if (upper_tail(middle, freedom) > 0.025)
            low = middle;
        else
            high = middle;
    }
    return high;
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

/* What a file knows of a row. */
static compare_processes processes_of(const bench_result *b)
{
    if (b->processes >= 2.0 && b->yard_mean > 0.0 && b->yard_spread >= 0.0)
        return (compare_processes){ (int)b->processes, log(b->yard_mean),
                                    b->yard_spread * b->yard_spread * (b->processes - 1.0) };
    return (compare_processes){ 1, log(b->yard), 0.0 };
}

/* The change, and its standard error by the intervals of both files. */
static compare_row row_of(const comparison *c, const bench_result *base, const bench_result *now)
{
    const double base_error = c->base_noise * error_of(base->yard_low, base->yard_high);
    const double now_error = c->now_noise * error_of(now->yard_low, now->yard_high);

    return (compare_row){ .base = base, .now = now, .before = processes_of(base),
                          .after = processes_of(now),
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

static double variance_of(const compare_processes *p)
{
    return p->count > 1 ? p->squares / (p->count - 1) : 0.0;
}

/* Square of the error of one side's mean. Of one process its own interval may say worse. */
static double mean_variance(const compare_processes *p, double variance, const bench_result *b,
                            double noise)
{
    const double own = noise * error_of(b->yard_low, b->yard_high);
    return p->count > 1 ? variance / p->count : fmax(variance, own * own);
}

/* Where processes are known on one side at least, change and error come from them alone. */
static void estimate(const comparison *c, compare_row *r)
{
    const int freedom = r->before.count + r->after.count - 2;

    if (freedom <= 0)
        return;
    double variance = (r->before.squares + r->after.squares) / freedom;
    if (r->before.count == 1)
        variance = fmax(variance, c->pooled);
    variance = fmax(variance, LEAST_ERROR * LEAST_ERROR);
    r->freedom = freedom;
    r->log_change = r->after.mean - r->before.mean;
    r->error = sqrt(mean_variance(&r->before, variance, r->base, c->base_noise) +
                    mean_variance(&r->after, variance, r->now, c->now_noise));
}

/* Chance that a row that did not change seems slower (sign -1: faster) by so much. */
static double chance(const compare_row *r, double sign)
{
    return upper_tail(sign * r->log_change / r->error, r->freedom);
}

static int by_slowness(const void *a, const void *b)
{
    const double p = chance(a, 1.0), q = chance(b, 1.0);
    const double x = ((const compare_row *)a)->log_change, y = ((const compare_row *)b)->log_change;
    return p != q ? (p > q) - (p < q) : (x < y) - (x > y);
}

/* Holm's procedure over rows sorted by slowness; sign -1 walks from the other end, for FASTER. Rows
 * that may not be reported take part with a chance of 1: they end nothing and get nothing. */
static void reject(comparison *c, double sign, double margin, bool live, measure_verdict verdict)
{
    size_t rejected = 0;

    for (size_t i = 0; i < c->count; i++) {
        compare_row *const r = &c->rows[sign > 0.0 ? i : c->count - 1 - i];
        if (live && !r->again)
            continue;
        if (chance(r, sign) > FAMILY_LEVEL / (double)(c->count - rejected))
            break;
        rejected++;
        if (sign * r->log_change > margin)
            r->verdict = verdict;
    }
}

static void judge(comparison *c, bool live)
{
    const double margin = log1p(c->margin);

    for (size_t i = 0; i < c->count; i++)
        estimate(c, &c->rows[i]);
    qsort(c->rows, c->count, sizeof *c->rows, by_slowness);
    for (size_t i = 0; i < c->count; i++) {
        compare_row *const r = &c->rows[i];
        const double half = two_sided_95(r->freedom) * r->error;
        r->change = exp(r->log_change);
        r->low = exp(r->log_change - half);
        r->high = exp(r->log_change + half);
        r->verdict = fabs(r->log_change) + half <= margin ? VERDICT_SAME : VERDICT_UNDECIDED;
    }
    reject(c, 1.0, margin, live, VERDICT_SLOWER);
    reject(c, -1.0, margin, live, VERDICT_FASTER);
    memset(c->verdicts, 0, sizeof c->verdicts);
    for (size_t i = 0; i < c->count; i++)
        c->verdicts[c->rows[i].verdict]++;
}

/* ---- measuring again ---- */

static bool looks_changed(const compare_row *r, double sign, double margin)
{
    return sign * r->log_change > margin && chance(r, sign) <= SUSPICION;
}

/* The rows that look changed, the worst first, slower before faster; of those that were measured
 * again already if `second`. Returns how many. */
static size_t suspects(comparison *c, bool second, compare_row **list)
{
    const double margin = log1p(c->margin);
    size_t count = 0;

    for (int sign = 1; sign >= -1; sign -= 2)
        for (size_t i = 0; i < c->count && count < MOST_AGAIN; i++) {
            compare_row *const r = &c->rows[sign > 0 ? i : c->count - 1 - i];
            if (r->again == second && looks_changed(r, sign, margin))
                list[count++] = r;
        }
    return count;
}

static void take(compare_processes *p, double value)
{
    const double off = value - p->mean;

    p->count++;
    p->mean += off / p->count;
    p->squares += off * (value - p->mean);
}

/* Measures the rows in fresh processes. What the file says of them counts no longer: they were
 * chosen for it. False: it cannot go on. */
static bool look_again(const compare_options *o, compare_row **list, size_t count)
{
    const char *names[MOST_AGAIN];
    double yards[MOST_AGAIN];
    bool good = true;

    for (size_t i = 0; i < count; i++)
        names[i] = list[i]->now->name;
    for (int k = 0; k < o->processes; k++) {
        good = o->again(o->context, names, count, yards);
        if (!good)
            break;
        for (size_t i = 0; i < count; i++) {
            if (!(yards[i] > 0.0))
                continue;
            if (!list[i]->again)
                list[i]->after = (compare_processes){ 0 };
            list[i]->again = true;
            take(&list[i]->after, log(yards[i]));
        }
    }
    for (size_t i = 0; i < count; i++)
        if (list[i]->again && list[i]->after.count < 2) {       /* too few to tell */
            list[i]->again = false;
            list[i]->after = processes_of(list[i]->now);
        }
    return good;
}

/* Of a row whose base has one process nobody knows how that was. A row may be fast in one process
 * of ten, the base's, and the fresh ones agree: so all such rows together tell of each. */
static void pool(comparison *c)
{
    double sum = 0.0;
    int count = 0;

    for (size_t i = 0; i < c->count; i++) {
        const compare_row *const r = &c->rows[i];
        if (r->again && r->before.count == 1) {
            sum += variance_of(&r->after);
            count++;
        }
    }
    c->pooled = count > 0 ? sum / count : 0.0;
}

static void measure_again(comparison *c, const compare_options *o)
{
    compare_row *list[MOST_AGAIN];

    for (int look = 0; look < 2; look++) {
        const size_t count = suspects(c, look == 1, list);
        const bool all = count == 0 || look_again(o, list, count);
        pool(c);
        judge(c, true);
        if (count == 0 || !all)
            return;
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
    judge(c, o->again != NULL);
    if (o->again)
        measure_again(c, o);
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
    char how[80] = "";

    if (r->freedom > 0)
        snprintf(how, sizeof how, "  (%d and %d processes%s)", r->before.count, r->after.count,
                 r->again ? ", measured again" : "");
    fprintf(out, "%+8.1f %%  %+7.1f .. %+6.1f %%  %-9s  %s%s\n", 100.0 * (r->change - 1.0),
            100.0 * (r->low - 1.0), 100.0 * (r->high - 1.0), measure_verdict_name(r->verdict),
            r->now->name, how);
}

static void print_file(FILE *out, const char *which, const result_file *f)
{
    fprintf(out, "%-5s commit %s, convlab %s, %s\n", which, result_context_value(f, "commit"),
            result_context_value(f, "convlab_version"), result_context_value(f, "machine"));
}

/* Work of others takes caches and memory away, from some rows more than from the yardstick, and
 * fresh processes cannot see it: all of them ran beside it. */
static void print_load(const comparison *c, FILE *out)
{
    const char *const before = result_context_value(c->base_file, "load_at_start");
    const char *const after = result_context_value(c->now_file, "load_at_start");
    char *before_end, *after_end;
    const double difference = strtod(before, &before_end) - strtod(after, &after_end);

    if (before_end != before && after_end != after && fabs(difference) > MOST_LOAD)
        fprintf(out, "WARNING: the machine was not as busy as it was: load average %s (base) and "
                     "%s (new).\n         What looks changed may be that.\n", before, after);
}

/* By what changes are judged, and what that cannot see. */
static void print_processes(const comparison *c, FILE *out)
{
    size_t known = 0, again = 0, blind = 0;

    for (size_t i = 0; i < c->count; i++) {
        known += c->rows[i].before.count > 1;
        again += c->rows[i].again;
        blind += c->rows[i].freedom == 0;
    }
    fprintf(out, "processes: the base knows %zu of %zu rows by several; %zu were measured again in "
                 "fresh ones\n", known, c->count, again);
    if (blind > 0)
        fprintf(out, "       %zu rows are judged by one process on each side: small kernels may "
                     "differ by 5 to\n       30 %% with nothing changed, since their data lie "
                     "elsewhere\n", blind);
}

void compare_print(const comparison *c, FILE *out)
{
    if (c->other_machine)
        fprintf(out, "WARNING: two machines. What follows compares the machines as much as the "
                     "code.\n\n");
    print_file(out, "base", c->base_file);
    print_file(out, "new", c->now_file);
    print_load(c, out);
    fprintf(out, "noise: A/A rows scatter %.2f (base) and %.2f (new) times as wide as their "
                 "intervals say", c->base_noise, c->now_noise);
    if (c->peer_count > 0)
        fprintf(out, ",\n       %zu peers %.2f times (their median change is %+.1f %%)",
                c->peer_count, c->peer_noise, 100.0 * (c->peer_change - 1.0));
    fprintf(out, "\n");
    print_processes(c, out);
    fprintf(out, "\n    change      95 %% interval     verdict    row\n");
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
