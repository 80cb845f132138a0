/* output_text.c: feedback.txt, for the student to read.
 *
 * Idea:  what a student can influence stands indented or behind a bar, so that it cannot pass for
 *        a line of ours. In a result that is not scored the parts still show what they would get:
 *        that is what practice is for; the sum above them is 0.
 * Hazard: the secret stays out of this and of every other output but result.json, for the seeds of
 *        all other submissions can be made from it; an exercise's own seed gives nothing away. */
#include "grade/output_parts.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 92 };

static const char rule[] =
    "--------------------------------------------------------------------------------";

/* "Name      text" on one line; nothing for "". */
static void print_entry(sheet *s, const char *name, const char *text)
{
    char *const line = output_line(text);

    s->failed |= !line;
    if (line && *line)
        fprintf(s->out, "%-10s%s\n", name, line);
    free(line);
}

static void print_head(sheet *s, const result *r)
{
    char points[OUTPUT_POINTS_BYTES], max[OUTPUT_POINTS_BYTES], would[OUTPUT_POINTS_BYTES];
    const char *const stamp = output_stamp(r);

    if (stamp)
        fprintf(s->out, "*** %s ***\n\n", stamp);
    print_entry(s, "For", r->id);
    fprintf(s->out, "Points    %s of %s", output_number(points, output_points(r, r->points)),
            output_number(max, r->max));
    if (!r->scored)
        fprintf(s->out, " (unscored: it would be %s)", output_number(would, r->points));
    fputc('\n', s->out);
    print_entry(s, "Started", r->started);
    print_entry(s, "Files", r->sha256);
    print_entry(s, "Grader", r->version);
    print_entry(s, "Commit", r->commit);
    print_entry(s, "Sandbox", jail_tier_name(r->tier));
    sheet_text(s, "\nAbout what was handed in:\n", r->remark, RESULT_TEXT_BYTES, "    ", WIDTH);
}

static void print_part(sheet *s, const result_part *p)
{
    char points[OUTPUT_POINTS_BYTES], max[OUTPUT_POINTS_BYTES], sum[2 * OUTPUT_POINTS_BYTES + 4];
    char *const name = output_line(p->name);

    s->failed |= !name;
    snprintf(sum, sizeof sum, "%s of %s", output_number(points, p->points),
             output_number(max, p->max));
    fprintf(s->out, "  %-8s %-12s %s", result_state_name(p->state), sum, name ? name : "");
    free(name);
    if (p->cases > 0)
        fprintf(s->out, ": %ld of %ld cases", p->passed, p->cases);
    if (p->value > 0)
        fprintf(s->out, ": %.3g times as fast as the reference (%.3g to %.3g)", p->value, p->low,
                p->high);
    fputc('\n', s->out);
    sheet_text(s, "", p->text, RESULT_TEXT_BYTES, "                        ", WIDTH);
}

static void print_exercise(sheet *s, const result_exercise *e)
{
    char points[OUTPUT_POINTS_BYTES], max[OUTPUT_POINTS_BYTES], name[2 * RESULT_NAME_BYTES + 2];

    snprintf(name, sizeof name, "%s/%s", e->lesson, e->exercise);
    fprintf(s->out, "\n%s\n", rule);
    print_entry(s, "Exercise", name);
    sheet_text(s, "", e->title, RESULT_TEXT_BYTES, "          ", WIDTH);
    print_entry(s, "File", e->file);
    fprintf(s->out, "Points    %s of %s: %s", output_number(points, e->points),
            output_number(max, e->max), result_state_name(e->state));
    if (e->seed != 0)                           /* it was come to */
        fprintf(s->out, ", in %.1f s, seed %016llx", e->seconds, (unsigned long long)e->seed);
    fputc('\n', s->out);
    for (int k = 0; k < e->part_count; k++)
        print_part(s, &e->part[k]);
    sheet_text(s, "\n", e->feedback, RESULT_TEXT_BYTES, "    ", WIDTH);
    sheet_text(s, "\n  The program printed:\n", e->printed, RESULT_TEXT_BYTES, "  | ", WIDTH);
}

char *output_text(const result *r, size_t *size)
{
    sheet s;

    if (!sheet_begin(&s))
        return NULL;
    print_head(&s, r);
    for (int i = 0; i < r->count; i++)
        print_exercise(&s, &r->exercise[i]);
    return sheet_end(&s, size);
}
