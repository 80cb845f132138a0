/* grade_predict.c: answers.txt: points for each answer that the lesson's demo computes as well. */
#include <math.h>

#include "grade/grade_parts.h"
#include "lessons/exercise_check.h"

void grade_predict(grade_job *job, result_part *part)
{
    file_error error;
    predict_count count;
    const lesson_demo *const table = demo_load(job->settings->course, job->lesson, &error);

    if (!table || !table->answers) {
        grade_end(part, RESULT_BROKEN, 0.0, "%s",
                  table ? "the lesson's demo has no answers" : error.text);
        return;
    }
    if (!predict_answers(table->answers, job->exercise->file, job->file->bytes, job->file->size,
                         job->feedback, &count) || count.of == 0) {
        grade_end(part, RESULT_BROKEN, 0.0, "the answers could not be read: no memory, or none "
                                            "are asked for");
        return;
    }
    part->passed = count.right;
    part->cases = count.of;
    if (count.right == count.of)
        grade_end(part, RESULT_PASSED, part->max, NULL);
    else
        grade_end(part, RESULT_FAILED, floor(100.0 * part->max * count.right / count.of) / 100.0,
                  "%d of %d answers are right", count.right, count.of);
}
