/* demo.h: what a lesson's demo.c offers: parts of the text that are computed before the reader's
 * eyes, the answers to its questions, and concepts of its own.
 *
 * demo.c becomes build/lessons/NAME/demo.so, which `convlab lesson NAME` loads; it may call
 * everything in kernels/, reference/, data/, plot/, nets/ and check/. It defines one symbol:
 *
 *     const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
 *
 * A part prints to d->out. It chooses words by say(english, korean) and prints the same numbers in
 * both languages. */
#ifndef DEMO_H
#define DEMO_H

#include <stdbool.h>
#include <stdio.h>

#include "lessons/lesson.h"
#include "lessons/student_row.h"
#include "plot/plot.h"

typedef struct {
    FILE *out;
    bool unicode, colour;       /* for plot_map_text() and plot_chart_text() */
    const char *folder;         /* for pictures: build/lessons/NAME */
} demo;

typedef struct {
    const char *name;           /* `convlab lesson NAME --show PART` */
    void (*print)(const demo *d);
} demo_part;

/* What `name = value` in the student's answers must be. */
typedef struct {
    const char *name;
    double (*value)(void);      /* computed, not typed */
    double tolerance;           /* largest difference that still counts; 0: exactly this number */
} demo_answer;

typedef struct {
    const demo_part *parts;             /* ends with a row whose name is NULL */
    const demo_answer *answers;         /* the same; NULL without predict exercises */
    const student_contract *contracts;  /* concepts that only this lesson has; ends likewise */
} lesson_demo;

/* What demo.c defines. */
extern const lesson_demo lesson_demo_table;

/* Loads it. NULL after filling *error: not built, or without a table. Stays loaded. */
const lesson_demo *demo_load(const course *c, const lesson *l, file_error *error);

/* Prints one part to `out`; pictures go to build/lessons/NAME. False after filling *error. */
bool demo_show(const course *c, const lesson *l, const char *part, FILE *out, bool colour,
               file_error *error);

/* Draws the pictures side by side: as text to d->out, and as NAME.svg in d->folder, if gnuplot is
 * there; a line says where the file is, or what is missing. */
void demo_maps(const demo *d, const plot_map *maps, int count, const char *name);
void demo_chart(const demo *d, const plot_chart *chart, const char *name);

#endif
