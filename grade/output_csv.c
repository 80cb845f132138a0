/* output_csv.c: one row per exercise of a submission.
 *
 * Source: RFC 4180; OWASP, "CSV Injection". */
#include "grade/output_parts.h"

static void print_row(sheet *s, const result *r, const result_exercise *e)
{
    char points[OUTPUT_POINTS_BYTES], max[OUTPUT_POINTS_BYTES];

    sheet_cell(s, r->id, true);
    sheet_cell(s, e->lesson, false);
    sheet_cell(s, e->exercise, false);
    sheet_cell(s, e->file, false);
    fprintf(s->out, ",%s,%s,%s,%s,%.1f,%016llx\r\n", result_state_name(e->state),
            output_number(points, output_points(r, e->points)), output_number(max, e->max),
            r->scored ? "yes" : "no", e->seconds, (unsigned long long)e->seed);
}

char *output_csv(const result *r, size_t *size)
{
    sheet s;

    if (!sheet_begin(&s))
        return NULL;
    fputs("id,lesson,exercise,file,state,points,max,scored,seconds,seed\r\n", s.out);
    for (int i = 0; i < r->count; i++)
        print_row(&s, r, &r->exercise[i]);
    return sheet_end(&s, size);
}
