/* exercise_predict.c: `name = value` lines against what the lesson's demo computes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/whole_file.h"
#include "lessons/exercise_check.h"

enum { MOST_BYTES = 1 << 16, MOST_ANSWERS = 32, MOST_COMPLAINTS = 20 };

typedef struct {
    const demo_answer *answers;
    bool seen[MOST_ANSWERS], right[MOST_ANSWERS];
    FILE *out;
    const char *file;
    int complaints;                     /* about lines that are no answer */
    bool unknown;                       /* an answer could not be computed: no memory */
} sheet;

static int find_answer(const sheet *s, const char *name, size_t length)
{
    for (int i = 0; i < MOST_ANSWERS && s->answers[i].name; i++)
        if (strlen(s->answers[i].name) == length && memcmp(s->answers[i].name, name, length) == 0)
            return i;
    return -1;
}

/* True for a number with nothing but blanks behind it. */
static bool read_number(const char *text, double *number)
{
    char *end;

    *number = strtod(text, &end);
    return end != text && end[strspn(end, " \t\r")] == '\0';
}

/* One line: empty, a comment after '#', or name = value. */
static void read_line(sheet *s, char *line, int number)
{
    double value;

    line[strcspn(line, "#")] = '\0';
    line += strspn(line, " \t\r");
    if (!*line)
        return;
    const size_t length = strcspn(line, " \t=");
    const char *const equals = line + length + strspn(line + length, " \t");
    const int which = find_answer(s, line, length);
    if (*equals != '=' || which < 0) {
        if (s->complaints++ < MOST_COMPLAINTS)
            fprintf(s->out,
                    say("  %s:%d: expected name = value, a name of the starter; found '%.80s'\n",
                        "  %s:%d: 시작 파일에 있는 이름으로 '이름 = 값'이 와야 하는데 '%.80s'입니다\n"),
                    s->file, number, line);
        return;
    }
    s->seen[which] = true;
    const char *const given = equals + 1 + strspn(equals + 1, " \t");
    const demo_answer *const a = &s->answers[which];
    if (*given == '\0' || *given == '\r' || *given == '?') {
        fprintf(s->out, say("  %-24s not answered yet (line %d)\n",
                            "  %-24s 아직 답이 없습니다 (%d번째 줄)\n"), a->name, number);
    } else if (!read_number(given, &value)) {
        fprintf(s->out, say("  %-24s expected a number, found '%.80s' (line %d)\n",
                            "  %-24s 숫자가 와야 하는데 '%.80s'입니다 (%d번째 줄)\n"), a->name, given, number);
    } else {
        const double right = a->value();
        s->unknown |= isnan(right);
        s->right[which] = fabs(value - right) <= a->tolerance;
        fprintf(s->out, s->right[which] ? say("  %-24s right\n", "  %-24s 맞습니다\n")
                                        : say("  %-24s is not %.9g (line %d)\n",
                                              "  %-24s %.9g은(는) 아닙니다 (%d번째 줄)\n"),
                a->name, value, number);
    }
}

bool predict_answers(const demo_answer *answers, const char *file, const uint8_t *bytes,
                     size_t size, FILE *out, predict_count *count)
{
    sheet s = { .answers = answers, .out = out, .file = file };
    char *const text = strndup((const char *)bytes, size < MOST_BYTES ? size : MOST_BYTES);
    int number = 0;

    *count = (predict_count){ 0, 0 };
    for (char *line = text, *next; line && *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = '\0';
        read_line(&s, line, ++number);
    }
    for (; count->of < MOST_ANSWERS && answers[count->of].name; count->of++) {
        if (!s.seen[count->of])
            fprintf(out, say("  %-24s is missing: a line '%s = ' and the number\n",
                             "  %-24s 없습니다: '%s = ' 뒤에 숫자를 쓴 줄이 필요합니다\n"),
                    answers[count->of].name, answers[count->of].name);
        count->right += s.right[count->of];
    }
    free(text);
    return text && !s.unknown;
}

bool exercise_predict(const course *c, const lesson *l, const exercise *e, const char *path,
                      FILE *out)
{
    uint8_t *bytes;
    size_t size;
    file_error error;
    predict_count count;

    const lesson_demo *const table = demo_load(c, l, &error);
    if (!table || !table->answers ||
        file_read_whole(path, MOST_BYTES, &bytes, &size, &error) != STATUS_OK) {
        fprintf(out, "%s\n", table && !table->answers ? "the lesson's demo has no answers"
                                                      : error.text);
        return false;
    }
    const bool read = predict_answers(table->answers, e->file, bytes, size, out, &count);
    free(bytes);
    return read && count.right == count.of;
}
