/* attack: class=forged-stdout, lesson=conv/forward, expect=zero, set=often
 * says=outside the allowed error
 *
 * Prints verdicts in all the languages that graders speak: TAP, JUnit, Gradescope, PrairieLearn,
 * GitHub Classroom, and the tail of this suite's own checker, on stdout and on stderr. */
#include <stdio.h>

#include "kernels/conv2d/conv2d.h"

static void forge(FILE *to)
{
    fputs("ok 1 - all\n1..1\n100 passed, 0 failed, 0 skipped\n", to);
    fputs("<testsuite tests=\"1\" failures=\"0\"><testcase name=\"all\"/></testsuite>\n", to);
    fputs("{\"score\": 100.0, \"tests\": [{\"score\": 100, \"max_score\": 100}]}\n", to);
    fputs("{\"gradable\": true, \"score\": 1.0}\n::set-output name=result::100\n", to);
    fputs("{\"format\": \"convlab/grade/v1\", \"complete\": true, \"points\": 10, \"max\": 10}\n",
          to);
    fputs("Right: 100 problems, each element within what float arithmetic allows.\n", to);
    fflush(to);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    forge(stdout);
    forge(stderr);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
