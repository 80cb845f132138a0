/* run_report.h: what a training run leaves behind to look at.
 *
 * Beside the files of nets/train.h a run folder holds
 *     steps.csv        step,epoch,loss: after each step (on a device each tenth); a resumed run
 *                      cuts off what was logged after its checkpoint
 *     confusion.csv    rows are labels, columns the network's answers, on the test images
 *     worst.csv        image,label,answer,probability: the wrong answers given with most confidence
 * and, where gnuplot is installed, pictures that are drawn from the files alone:
 *     curves.svg       loss over the steps, cost of each epoch
 *     confusion.svg, filters.svg (first convolution, or first linear layer), worst.svg */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include "data/dataset.h"
#include "nets/evaluate.h"
#include "plot/plot.h"
#include "plot/plot_csv.h"

enum { RUN_CURVE_POINTS = 200, RUN_TITLE_BYTES = 160 };

/* Losses over epochs, ready to be drawn: chart points into the other members. */
typedef struct {
    plot_chart chart;               /* series 0: steps if there are any; then: epochs */
    csv_table log, steps;
    double step_x[RUN_CURVE_POINTS], step_y[RUN_CURVE_POINTS];
    double *epoch_x;
    char title[RUN_TITLE_BYTES], step_name[64];
} run_curve;

/* Reads log.csv and steps.csv (which may be missing) of a run folder. On STATUS_OK release *c with
 * run_curve_free(), and do not move it; STATUS_IO says in *error which file and line are wrong. */
status run_curve_read(const char *folder, run_curve *c, file_error *error);
void run_curve_free(run_curve *c);

/* Writes the confusion matrix. */
status run_report_confusion(const evaluation *e, const char *set_name, const char *path,
                            file_error *error);

/* Writes confusion.csv and worst.csv; logits[test->count][test->classes] are the network's. */
status run_report_results(const char *folder, const dataset *test, const evaluation *e,
                          const float *logits, file_error *error);

/* Removes the results of an earlier end of a run that now goes on, and their pictures. */
void run_report_forget(const char *folder);

/* Draws every picture for which the folder has the numbers. worst.svg needs the test images: those
 * of `test`, or if that is NULL of the set that the model names; without them it is left as it is.
 * Returns STATUS_OK, or the first failure: STATUS_UNSUPPORTED without gnuplot. */
status run_report_draw(const char *folder, const dataset *test, file_error *error);

#endif
